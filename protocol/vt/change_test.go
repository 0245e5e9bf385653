package vt_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/vt"
)

func TestOnlyChangedRowsAreNew(t *testing.T) {
	term := vt.New(vt.Options{Cols: 10, Rows: 5})
	write(term, fiveRows)
	seen := term.Generation()
	write(term, "\x1b[2;2Hx\x1b[4;1H\x1b[K\x1b[H")
	var changed []int
	for y := range 5 {
		if term.RowGeneration(y) > seen {
			changed = append(changed, y)
		}
	}
	if got := fmt.Sprint(changed); got != "[1 3]" {
		t.Errorf("rows %s have changed", got)
	}
	if scrolls, ok := term.AppendScrolls(nil, seen); len(scrolls) > 0 || !ok {
		t.Errorf("scrolls %v %v", scrolls, ok)
	}
}

func TestScrollingIsAMove(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want string
	}{
		{"\x1b[5;1H\n\n", "[{0 5 2}]"},
		{"\x1b[H\x1bM", "[{0 5 -1}]"},
		{"\x1b[2;4r\x1b[4;1H\n", "[{1 4 1}]"},
		{"\x1b[2;1H\x1b[2M", "[{1 5 2}]"},
		{"\x1b[2;1H\x1b[L\x1b[M", "[]"},
		{"\x1b[5;1H\n\x1b[2;4r\x1b[4;1H\n", "[{0 5 1} {1 4 1}]"},
	} {
		term := vt.New(vt.Options{Cols: 10, Rows: 5})
		write(term, fiveRows)
		seen := term.Generation()
		write(term, tt.in)
		got, ok := term.AppendScrolls(nil, seen)
		if fmt.Sprint(got) != tt.want || !ok {
			t.Errorf("%q: %v %v, want %s", tt.in, got, ok, tt.want)
		}
		fresh := 0
		for y := range 5 {
			if term.RowGeneration(y) > seen {
				fresh++
			}
		}
		if fresh > 2 {
			t.Errorf("%q: %d rows are new", tt.in, fresh)
		}
	}
}

func TestMovesAreForgotten(t *testing.T) {
	term := vt.New(vt.Options{Cols: 10, Rows: 5})
	seen := term.Generation()
	if _, ok := term.AppendScrolls(nil, 0); ok {
		t.Error("generation 0 knows something")
	}
	for i := range 200 {
		write(term, fmt.Sprintf("\x1b[%dr\x1b[5;1H\n", 1+i%2))
	}
	if _, ok := term.AppendScrolls(nil, seen); ok {
		t.Error("200 moves are known")
	}
	seen = term.Generation()
	write(term, "\x1b[?1049h")
	if _, ok := term.AppendScrolls(nil, seen); ok {
		t.Error("the other screen is not told")
	}
	seen = term.Generation()
	term.Resize(20, 10)
	if _, ok := term.AppendScrolls(nil, seen); ok {
		t.Error("a resize is not told")
	}
}

// TestAViewerWithMovesAndRows keeps a copy as text by scrolls and rows alone,
// looking at times of its own.
func TestAViewerWithMovesAndRows(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	term := vt.New(vt.Options{Cols: 12, Rows: 8})
	view := make([]string, 8)
	seen := uint64(0)
	steps := []string{"\r\nword", "\n", "\x1bM", "\x1b[2;5r", "\x1b[r", "\x1b[3;1H", "\x1b[7;2H", "\x1b[2L", "\x1b[M", "\x1b[3S", "\x1b[T", "x", "\x1b[K"}
	for i := range 3000 {
		write(term, steps[r.IntN(len(steps))]+fmt.Sprint(i%10))
		if r.IntN(4) > 0 {
			continue
		}
		scrolls, ok := term.AppendScrolls(nil, seen)
		for _, s := range scrolls {
			old := append([]string(nil), view...)
			for y := s.Top; y < s.Bottom; y++ {
				view[y] = "?"
				if from := y + s.Lines; from >= s.Top && from < s.Bottom {
					view[y] = old[from]
				}
			}
		}
		for y := range view {
			if !ok || term.RowGeneration(y) > seen {
				view[y] = string(term.Row(y).AppendText(nil))
			}
		}
		seen = term.Generation()
		want := strings.TrimSuffix(string(term.AppendText(nil)), "\n")
		checkSame(t, fmt.Sprintf("step %d", i), want, strings.Join(view, "\n"))
	}
}

func TestDiffsAreSmall(t *testing.T) {
	term := vt.New(vt.Options{Cols: 120, Rows: 40})
	for i := range 60 {
		write(term, fmt.Sprintf("\r\nline %d of a log that goes on", i))
	}
	seen := term.Generation()
	if diff := term.AppendDiff(nil, seen); len(diff) > 0 {
		t.Errorf("nothing takes %d bytes", len(diff))
	}
	write(term, "\r\none more line of a log")
	for name, n := range map[string]int{
		"diff": len(term.AppendDiff(nil, seen)), "ANSI": len(term.AppendANSI(nil, seen)),
	} {
		if n > 100 {
			t.Errorf("a scrolled line takes %d bytes as %s", n, name)
		}
	}
	if n := len(term.AppendDiff(nil, 0)); n > 4096 {
		t.Errorf("a screen takes %d bytes", n)
	}
}

func TestDiffsCarrySettings(t *testing.T) {
	term, viewer := vt.New(vt.Options{Cols: 20, Rows: 5}), vt.New(vt.Options{})
	write(term, "\x1b]0;title\x07\x1b]7;file:///x\x07\x1b]4;3;#123456\x07\x1b]11;#ffffff\x07\x1b[?2004;1000;1006h\x1b[3 q"+
		"\x1b]8;id=1;http://example.org/\x07link\x1b[1;3;4:3;58:5:9;38;2;1;2;3mx\x1b[2;4r\x1b[?25l")
	checkDiff(t, term, viewer, 0)
	seen := term.Generation()
	write(term, "\x1b[?1049h\x1b]2;other\x07\x1b[?2004l漢e\u0301")
	checkDiff(t, term, viewer, seen)
	if got := string(viewer.AppendPaste(nil, "x")); got != "x" {
		t.Errorf("the viewer pastes %q", got)
	}
}

// TestARowThatOnlyBecameAContinuation wraps into a row that has no room for
// what comes: that the row continues another one is all that is new.
func TestARowThatOnlyBecameAContinuation(t *testing.T) {
	term, viewer := vt.New(vt.Options{Cols: 3, Rows: 3}), vt.New(vt.Options{})
	write(term, "\x1b[2;1H\x1b#6\x1b[Habc")
	checkDiff(t, term, viewer, 0)
	seen := term.Generation()
	write(term, "漢")
	if !term.Row(1).Wrapped() {
		t.Fatal("the text did not wrap")
	}
	checkDiff(t, term, viewer, seen)
}

func TestMalformedDiffs(t *testing.T) {
	term := vt.New(vt.Options{Cols: 20, Rows: 5})
	write(term, "\x1b[31mtext\x1b]8;;http://example.org/\x07漢e\u0301\x1b]0;title\x07\n\n\n\n\n\n")
	diff := term.AppendDiff(nil, 0)
	for n := 1; n < len(diff); n++ {
		if err := vt.New(vt.Options{}).Apply(diff[:n]); err != vt.ErrDiff {
			t.Fatalf("the first %d of %d bytes: %v", n, len(diff), err)
		}
	}
	if err := vt.New(vt.Options{}).Apply(append(diff, 0)); err != vt.ErrDiff {
		t.Errorf("a byte too many: %v", err)
	}
	if err := vt.New(vt.Options{}).Apply(diff); err != nil {
		t.Error(err)
	}
}

// TestDiffsWithWhatATerminalCannotBe changes one byte of a setting.
func TestDiffsWithWhatATerminalCannotBe(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		bad      byte
	}{
		{"a single shift to G1", "\x1bN", 1},
		{"a mouse mode that is none", "\x1b[?9h", 5},
		{"a set that does not exist", "\x1b(A", 200},
		{"a cursor of no shape", "\x1b[3 q", 9},
	} {
		plain, term := vt.New(vt.Options{}), vt.New(vt.Options{})
		write(plain, "")
		write(term, tt.in)
		a, b := plain.AppendDiff(nil, 0), term.AppendDiff(nil, 0)
		at := 0
		for at < len(b) && a[at] == b[at] {
			at++
		}
		if len(a) != len(b) || at == len(b) {
			t.Fatalf("%s: %q and %q are not the same but for a byte", tt.name, a, b)
		}
		b[at] = tt.bad
		if err := vt.New(vt.Options{}).Apply(b); err != vt.ErrDiff {
			t.Errorf("%s: %v, want ErrDiff", tt.name, err)
		}
	}
}
