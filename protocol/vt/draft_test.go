package vt_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/everwire/everwire/protocol/vt"
)

// TestDrafts checks that rows which are written from left to right need not be
// packed again, and that drafts are right whatever else changes a row.
func TestDrafts(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     int // how many of the four rows have a draft
	}{
		{"text", "one\r\ntwo\r\nthree\r\nfour", 4},
		{"styles", "\x1b[1;31mone\x1b[m two \x1b[44m three\x1b[0;4m\t\x1b[38;2;1;2;3m.", 4},
		{"gaps", "a\tb\x1b[30Gc\x1b[31md\x1b[40Ge", 4},
		{"wide and combining characters", "漢字 e\u0301o\u0302\u0323 \U0001f600\u0301 é", 4},
		{"wrapped", "0123456789012345678901234567890123456789012345678901234567890", 4},
		{"erased behind the text", "text\x1b[K\x1b[5X", 4},
		{"written over", "text\rT", 3},
		{"erased", "text\x1b[2D\x1b[K", 3},
		{"erased with a background", "text\x1b[44m\x1b[K", 3},
		{"inserted", "text\x1b[2D\x1b[@", 3},
		{"deleted", "text\x1b[2D\x1b[P", 3},
		{"combined in the middle", "text\x1b[2D\u0301", 3},
		{"combined with a blank", "\x1b[5C\u0301", 3},
		{"combined behind a gap", "text\x1b[5C\u0301", 3},
		{"styles that do not fit into a cell", styles(40), 3},
		{"too many styles", colours(40), 3},
		{"too many characters of several bytes", strings.Repeat("é", 40), 3},
		{"too many combining characters", strings.Repeat("e\u0301\u0302", 40), 3},
	} {
		term := vt.New(vt.Options{Cols: 40, Rows: 4, Scrollback: 100})
		write(term, "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\x1b[H"+tt.in)
		if err := term.CheckDrafts(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if got := term.Drafts(); got != tt.want {
			t.Errorf("%s: %d rows have a draft, want %d", tt.name, got, tt.want)
		}
		before := term.Row(0)
		want := before.AppendText(nil)
		write(term, "\x1b[4;1H\n")
		if got := term.HistoryRow(term.HistoryLen() - 1).AppendText(nil); string(got) != string(want) {
			t.Errorf("%s: the history has %q, the row was %q", tt.name, got, want)
		}
	}
}

// colours is so many characters of different colours.
func colours(n int) string {
	s := ""
	for i := range n {
		s += fmt.Sprintf("\x1b[38;2;1;2;%dmx", i)
	}
	return s
}

// TestDraftsThatAreLookedAt looks at rows after each byte that is written to them,
// and at others only when all is written.
func TestDraftsThatAreLookedAt(t *testing.T) {
	for _, in := range []string{
		"plain text, and more of it",
		"\x1b[1;31mred text\x1b[m and \x1b[44mblue\x1b[20G, far away",
		"漢字 e\u0301o\u0302\u0323 \U0001f600\u0301 é",
		"\x1b[31me\u0301\u0302\x1b[32m漢\u0301x",
		"\x1b[?2027h\U0001F468\u200D\U0001F469 \U0001F1E9\U0001F1EA 1\ufe0f\u20e3",
		"\x1b[38;2;1;2;3;48;2;4;5;6mboth\x1b[31mone",
		"text\x1b[2D\u0301\x1b[@y\r\nmore\rM",
		colours(40) + "\x1b[m" + strings.Repeat("é", 40),
	} {
		var terms [2]*vt.Terminal
		for i := range terms {
			terms[i] = vt.New(vt.Options{Cols: 40, Rows: 4, Scrollback: 100})
			write(terms[i], strings.Repeat("\n", 8)+"\x1b[H")
			for k := range len(in) {
				write(terms[i], in[k:k+1])
				if i == 0 {
					terms[i].Row(terms[i].Cursor().Y)
				}
			}
			if err := terms[i].CheckDrafts(); err != nil {
				t.Errorf("%q: %v", in, err)
			}
		}
		checkSame(t, in, state(terms[0], true), state(terms[1], true))
	}
}

// styles is so many characters of different styles.
func styles(n int) string {
	s := ""
	for i := range n {
		s += "\x1b[48;2;1;2;" + string(rune('1'+i%9)) + ";38;2;3;4;" + string(rune('1'+i/9)) + "mx"
	}
	return s
}

// TestCharactersOfSeveralBytes writes well-formed and malformed UTF-8 at once
// and byte by byte, at any distance from the end of what is written.
func TestCharactersOfSeveralBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	edges := []byte{0x41, 0x7f, 0x80, 0x8f, 0x90, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff}
	for range 3000 {
		p := []byte("漢")
		for range 1 + r.IntN(9) {
			switch r.IntN(4) {
			case 0:
				p = utf8.AppendRune(p, 0xa0+r.Int32N(utf8.MaxRune-0xa0))
			case 1:
				p = utf8.AppendRune(p, 0xa0+r.Int32N(0x1000))
			default:
				p = append(p, edges[r.IntN(len(edges))]|byte(r.IntN(2)))
			}
		}
		whole, single := vt.New(vt.Options{Cols: 15, Rows: 2}), vt.New(vt.Options{Cols: 15, Rows: 2})
		_, _ = whole.Write(p)
		for i := range p {
			_, _ = single.Write(p[i : i+1])
		}
		for y := range 2 {
			got, want := string(whole.Row(y).AppendText(nil)), string(single.Row(y).AppendText(nil))
			if got != want || whole.Cursor() != single.Cursor() {
				t.Fatalf("%x: %q, byte by byte %q", p, got, want)
			}
		}
	}
}
