package vt_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/vt"
)

func TestRowJSON(t *testing.T) {
	for in, want := range map[string]string{
		"":                 `{"y":0,"runs":[]}`,
		"a<b>&\"\\":        `{"y":0,"runs":[{"text":"a\u003cb\u003e\u0026\"\\","cols":7}]}`,
		"\x1b[3Gx":         `{"y":0,"runs":[{"text":"  x","cols":3}]}`,
		"漢e\u0301":         `{"y":0,"runs":[{"text":"漢e` + "\u0301" + `","cols":3}]}`,
		"\x1b[31ma\x1b[mb": `{"y":0,"runs":[{"text":"a","cols":1,"fg":1},{"text":"b","cols":1}]}`,
		"\x1b[1;7;4:3;58;5;9;38;2;1;2;255;48;5;200ma": `{"y":0,"runs":[{"text":"a","cols":1,"fg":"#0102ff","bg":200,"ul":9,` +
			`"bold":true,"inverse":true,"underline":"curly"}]}`,
		"\x1b]8;;http://x/?a&b\x07a": `{"y":0,"runs":[{"text":"a","cols":1,"link":"http://x/?a\u0026b"}]}`,
		"\x1b#6a":                    `{"y":0,"size":1,"runs":[{"text":"a","cols":1}]}`,
		"\x1b[44m\x1b[2K":            `{"y":0,"runs":[{"text":"          ","cols":10,"bg":4}]}`,
	} {
		term := vt.New(vt.Options{Cols: 10, Rows: 2})
		write(term, in)
		got := term.AppendRowJSON(nil, 0)
		if string(got) != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
		if !json.Valid(got) {
			t.Errorf("%q: not JSON: %s", in, got)
		}
	}
	term := vt.New(vt.Options{Cols: 10, Rows: 2})
	write(term, "0123456789a")
	if got, want := string(term.AppendRowJSON(nil, 1)), `{"y":1,"wrapped":true,"runs":[{"text":"a","cols":1}]}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestText(t *testing.T) {
	term := vt.New(vt.Options{Cols: 10, Rows: 4})
	write(term, "a b   \r\n\r\n\x1b[5Gx漢")
	if got, want := string(term.AppendText(nil)), "a b\n\n    x漢\n\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAccessibleText(t *testing.T) {
	term := vt.New(vt.Options{Cols: 12, Rows: 8})
	write(term, "┌──────────┐│ Yes   No │└──────────┘\x1b[4;1Ha long line that wraps\r\n\r\nend")
	if got, want := string(term.AppendAccessible(nil)), "Yes No\na long line that wraps\nend\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestSnapshotRestoresTheHistory(t *testing.T) {
	term := vt.New(vt.Options{Cols: 20, Rows: 4, Scrollback: 100})
	for i := range 30 {
		write(term, strings.Repeat("\x1b[32mwrapped ", i%5)+"\x1b[m row\r\n")
	}
	for _, n := range []int{0, 1, 5, 1000} {
		other := vt.New(vt.Options{Cols: 20, Rows: 4, Scrollback: 100})
		write(other, "old text\x1b[?1049h\x1b[2;3r")
		_, _ = other.Write(term.AppendSnapshot(nil, n))
		want := min(n, term.HistoryLen())
		if got := other.HistoryLen(); got != want {
			t.Errorf("%d rows of history, want %d", got, want)
			continue
		}
		for i := range want {
			a, b := term.HistoryRow(term.HistoryLen()-want+i), ""
			b = string(a.AppendText(nil))
			if got := string(other.HistoryRow(i).AppendText(nil)); got != b {
				t.Errorf("row %d is %q, want %q", i, got, b)
			}
		}
		checkSame(t, "screen", state(term, false), state(other, false))
	}
}

func TestSnapshotHasTheMainScreenBehindTheOther(t *testing.T) {
	term := vt.New(vt.Options{Cols: 20, Rows: 4})
	write(term, "main\x1b[1;31m\x1b[?1049h\x1b[Hother\x1b[2;3r\x1b[?6h\x1b[4h")
	other := vt.New(vt.Options{Cols: 20, Rows: 4})
	_, _ = other.Write(term.AppendSnapshot(nil, 10))
	checkSame(t, "alternate screen", state(term, true), state(other, true))
	write(term, "\x1b[?1049l!")
	write(other, "\x1b[?1049l!")
	checkSame(t, "main screen", state(term, true), state(other, true))
}

// TestSnapshotHasTheSavedSingleShift saves a cursor behind SS2, which the
// snapshot can only bring about by writing over a character.
func TestSnapshotHasTheSavedSingleShift(t *testing.T) {
	for _, first := range []string{"abc", "漢字", "\x1b[?2027h1\ufe0f\u20e3x", "\x1b[44m\x1b[K", "\x1b[?25l"} {
		term, fresh := vt.New(vt.Options{Cols: 10, Rows: 3}), vt.New(vt.Options{Cols: 10, Rows: 3})
		write(term, first+"\x1b*0\x1bN\x1b7q")
		_, _ = fresh.Write(term.AppendSnapshot(nil, 0))
		checkSame(t, "snapshot of "+first, state(term, true), state(fresh, true))
		write(term, "\x1b8q")
		write(fresh, "\x1b8q")
		checkSame(t, "after DECRC", state(term, true), state(fresh, true))
	}
}

// TestSnapshotOfOneRow has no row to run over into but by scrolling.
func TestSnapshotOfOneRow(t *testing.T) {
	for _, in := range []string{"abcdefghijk", "abc漢字漢字", "ab\x1b[44m  cd\r\nx", "abcd\r\nefghi\x1b[K"} {
		o := vt.Options{Cols: 4, Rows: 1, Scrollback: 10}
		term, fresh := vt.New(o), vt.New(o)
		write(term, in)
		_, _ = fresh.Write(term.AppendSnapshot(nil, 10))
		checkSame(t, in, state(term, true), state(fresh, true))
	}
}
