package vt_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/vt"
)

// all returns history and screen as text, with a > before rows that continue
// the one above.
func all(t *vt.Terminal) string {
	var lines []string
	add := func(mark string, r vt.Row) {
		if r.Wrapped() {
			mark += ">"
		}
		lines = append(lines, mark+string(r.AppendText(nil)))
	}
	for i := range t.HistoryLen() {
		add("^", t.HistoryRow(i))
	}
	_, rows := t.Size()
	for y := range rows {
		add("", t.Row(y))
	}
	return strings.TrimRight(strings.Join(lines, "|"), "|")
}

func TestResize(t *testing.T) {
	for _, tt := range []struct {
		name       string
		in         string
		cols, rows int
		want       string
		x, y       int
	}{
		{"narrower wraps", "abcdefgh\r\nij", 5, 5, "abcde|>fgh|ij", 2, 2},
		{"wider joins", "abcdefghijklmno\r\np", 20, 5, "abcdefghijklmno|p", 1, 1},
		{"the cursor stays with its character", "abcdefgh\x1b[1;7H", 5, 5, "abcde|>fgh", 1, 1},
		{"the cursor waits at the end", "abcdefghij", 5, 5, "abcde|>fghij", 4, 1},
		{"a new line is not joined", "0123456789\r\nab", 20, 5, "0123456789|ab", 2, 1},
		{"wide characters are not cut", "a漢字漢字", 4, 5, "a漢|>字漢|>字", 2, 2},
		{"and come back", "a漢字漢字漢字", 13, 5, "a漢字漢字漢字", 12, 0},
		{"lower: blank rows go first", "a\r\nb", 10, 2, "a|b", 1, 1},
		{"lower: then rows at the top", fiveRows, 10, 3, "^aaa|^bbb|ccc|ddd|eee", 3, 2},
		{"lower: rows below the cursor are kept", fiveRows + "\x1b[4;1H", 10, 3, "^aaa|^bbb|ccc|ddd|eee", 0, 1},
		{"lower: the cursor is kept", fiveRows + "\x1b[H", 10, 3, "aaa|bbb|ccc", 0, 0},
		{"higher: rows come back", fiveRows + "\r\nfff\r\nggg", 10, 6, "^aaa|bbb|ccc|ddd|eee|fff|ggg", 3, 5},
		{"higher: not if the cursor is above the bottom", fiveRows + "\r\nfff\r\nggg\x1b[H\x1b[J", 10, 6, "^aaa|^bbb", 0, 0},
		{"one column", "a漢b", 1, 5, "a|>|>|>b", 0, 3},
		{"blanks inside are kept", "a\x1b[1;8Hbcde", 5, 5, "a|>  bcd|>e", 1, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			term := vt.New(vt.Options{Cols: 10, Rows: 5, Scrollback: 20})
			write(term, tt.in)
			term.Resize(tt.cols, tt.rows)
			if got := all(term); got != tt.want {
				t.Errorf("%q becomes %q, want %q", tt.in, got, tt.want)
			}
			if c := term.Cursor(); c.X != tt.x || c.Y != tt.y {
				t.Errorf("the cursor is in %d,%d, want %d,%d", c.X, c.Y, tt.x, tt.y)
			}
			checkInvariants(t, term)
		})
	}
}

// TestResizeThereAndBack makes the screen narrow and wide again: no text is
// lost, and lines end where they did.
func TestResizeThereAndBack(t *testing.T) {
	term := vt.New(vt.Options{Cols: 40, Rows: 10, Scrollback: 1000})
	for i := range 40 {
		write(term, fmt.Sprintf("\r\n\x1b[3%dmline %d %s 漢字 e\u0301", i%8, i, strings.Repeat("word ", i%13)))
	}
	want := all(term)
	for _, cols := range []int{7, 100, 2, 33, 40} {
		term.Resize(cols, 10)
		checkInvariants(t, term)
	}
	checkSame(t, "there and back", strings.ReplaceAll(want, "|", "\n"), strings.ReplaceAll(all(term), "|", "\n"))
}

func TestResizeOfTheAlternateScreen(t *testing.T) {
	term := vt.New(vt.Options{Cols: 10, Rows: 5, Scrollback: 20})
	write(term, "main text which wraps\x1b[?1049h\x1b[2J\x1b[H"+fiveRows)
	term.Resize(2, 3)
	if got := string(term.AppendText(nil)); got != "cc\ndd\nee\n" {
		t.Errorf("the alternate screen shows %q", got)
	}
	term.Resize(30, 5)
	write(term, "\x1b[?1049l")
	if got := all(term); got != "main text which wraps" {
		t.Errorf("the main screen shows %q", got)
	}
	if c := term.Cursor(); c.X != 21 || c.Y != 0 {
		t.Errorf("the cursor is in %d,%d", c.X, c.Y)
	}
}

func TestSizesAreClamped(t *testing.T) {
	for _, tt := range []struct{ cols, rows, wantCols, wantRows int }{
		{0, 0, 80, 24}, {-5, -5, 80, 24}, {5000, 5000, vt.MaxCols, vt.MaxRows}, {1, 1, 1, 1},
	} {
		term := vt.New(vt.Options{Cols: tt.cols, Rows: tt.rows})
		if cols, rows := term.Size(); cols != tt.wantCols || rows != tt.wantRows {
			t.Errorf("%d×%d becomes %d×%d", tt.cols, tt.rows, cols, rows)
		}
		write(term, "\x1b#8漢\x1b[2;3r\x1b[?69h\x1b[1;2s\n\n\x1bM")
		checkInvariants(t, term)
	}
}

func TestHistory(t *testing.T) {
	term := vt.New(vt.Options{Cols: 30, Rows: 2, Scrollback: 50})
	for i := range 500 {
		write(term, fmt.Sprintf("\x1b[38;5;%dmrow %d\x1b[m 漢e\u0301\x1b]8;;http://example.org/%d\x07x\x1b]8;;\x07\r\n", i%256, i, i))
	}
	if n := term.HistoryLen(); n != 50 {
		t.Fatalf("%d rows", n)
	}
	for i := range 50 {
		k := 449 + i
		r := term.HistoryRow(i)
		if got, want := string(r.AppendText(nil)), fmt.Sprintf("row %d 漢e\u0301x", k); got != want {
			t.Errorf("row %d is %q, want %q", i, got, want)
		}
		if got, want := r.Cell(0).Style.Fg, vt.Palette(uint8(k%256)); got != want {
			t.Errorf("row %d has colour %x, want %x", i, got, want)
		}
		uri, _, _ := term.Link(r.Cell(r.Len() - 1).Style.Link)
		if want := fmt.Sprintf("http://example.org/%d", k); uri != want {
			t.Errorf("row %d has link %q, want %q", i, uri, want)
		}
	}
	if term.Line(0) != 499 {
		t.Errorf("the top is line %d", term.Line(0))
	}
	write(term, "\x1b[3J")
	if n := term.HistoryLen(); n != 0 || term.HistoryRow(0).Len() != 0 {
		t.Errorf("after ED 3 there are %d rows", n)
	}
}

func TestHistoryIsBoundedInBytes(t *testing.T) {
	term := vt.New(vt.Options{Cols: 100, Rows: 2, Scrollback: 1 << 20, ScrollbackBytes: 10000})
	for i := range 2000 {
		write(term, fmt.Sprintf("%d %s\r\n", i, strings.Repeat("x", i%90)))
	}
	n := term.HistoryLen()
	if n < 100 || n > 1000 {
		t.Errorf("10000 bytes hold %d rows", n)
	}
	for i := range n {
		if want := fmt.Sprintf("%d ", 1999-n+i); !strings.HasPrefix(string(term.HistoryRow(i).AppendText(nil))+" ", want) {
			t.Fatalf("row %d is %q", i, term.HistoryRow(i).AppendText(nil))
		}
	}
}

func TestWhatGoesToTheHistory(t *testing.T) {
	for in, want := range map[string]int{
		"\x1b[5;1H\n":               1,
		"\x1b[2S":                   2,
		"\x1b[1;3r\x1b[3;1H\n":      1,
		"\x1b[2;3r\x1b[3;1H\n":      0,
		"\x1b[H\x1b[M":              0,
		"\x1b[?69h\x1b[2;5s\x1b[2S": 0,
		"\x1b[2J":                   0,
	} {
		term := vt.New(vt.Options{Cols: 10, Rows: 5, Scrollback: 10})
		write(term, fiveRows+in)
		if got := term.HistoryLen(); got != want {
			t.Errorf("%q: %d rows, want %d", in, got, want)
		}
	}
}
