package vt_test

import (
	"fmt"
	"testing"

	"github.com/everwire/everwire/protocol/vt"
)

func TestModesAreSetAndReset(t *testing.T) {
	for _, n := range []int{1, 4, 5, 6, 7, 8, 12, 25, 40, 41, 42, 45, 66, 67, 69, 80, 95, 1004, 1007, 1034, 1036, 1045, 2004, 2026, 2027,
		9, 1000, 1002, 1003, 1005, 1006, 1015, 1016, 47, 1047, 1049} {
		term := vt.New(vt.Options{})
		was := term.Mode(true, n)
		write(term, fmt.Sprintf("\x1b[?%dh", n))
		if got := term.Mode(true, n); got != vt.ModeSet {
			t.Errorf("mode %d is %d after DECSET", n, got)
		}
		write(term, fmt.Sprintf("\x1b[?%dl", n))
		if got := term.Mode(true, n); got != vt.ModeReset {
			t.Errorf("mode %d is %d after DECRST", n, got)
		}
		if was == vt.ModeUnknown {
			t.Errorf("mode %d is not known at first", n)
		}
	}
	for _, n := range []int{2, 4, 12, 20} {
		term := vt.New(vt.Options{})
		write(term, fmt.Sprintf("\x1b[%dh", n))
		if !term.Mode(false, n).On() {
			t.Errorf("ANSI mode %d is not set", n)
		}
		write(term, fmt.Sprintf("\x1b[%dl", n))
		if term.Mode(false, n).On() {
			t.Errorf("ANSI mode %d is set", n)
		}
	}
}

func TestMouseModesExcludeEachOther(t *testing.T) {
	term := vt.New(vt.Options{})
	write(term, "\x1b[?1000;1003;1005;1006h")
	if term.MouseMode() != 1003 || term.Mode(true, 1000).On() || term.Mode(true, 1005).On() || !term.Mode(true, 1006).On() {
		t.Errorf("mode %d, 1000 %v, 1005 %v", term.MouseMode(), term.Mode(true, 1000), term.Mode(true, 1005))
	}
}

func TestXTSAVEAndXTRESTORE(t *testing.T) {
	term := vt.New(vt.Options{})
	write(term, "\x1b[?2004;1002;1006h\x1b[?2004;7;1002;1006s\x1b[?2004;7;1002;1006l\x1b[?2004;7;1002;1006r")
	for _, n := range []int{2004, 7, 1002, 1006} {
		if !term.Mode(true, n).On() {
			t.Errorf("mode %d was not restored", n)
		}
	}
}

func TestAlternateScreen(t *testing.T) {
	runScreen(t, []screenTest{
		{"1049 saves the cursor and clears", "ab\x1b[?1049h\x1b[Hx\x1b[?1049l", "ab", 2, 0},
		{"1049 shows a blank screen", "ab\x1b[?1049hx", "  x", 3, 0},
		{"47 keeps what is on it", "ab\x1b[?47hx\x1b[?47ly\x1b[?47h", "  x", 4, 0},
		{"1047 clears it when it goes", "ab\x1b[?1047hx\x1b[?1047ly\x1b[?1047h", "", 4, 0},
		{"1048 saves the cursor", "ab\x1b[?1048h\x1b[3;3H\x1b[?1048lx", "abx", 3, 0},
		{"each screen has its saved cursor", "ab\x1b7\x1b[?47h\x1b[4;4H\x1b7\x1b[?47l\x1b8x", "abx", 3, 0},
		{"a row of another size ends the wait to wrap", "\x1b#6abcde\x1b[?47hx", "    x", 5, 0},
		{"RIS leaves it", "ab\x1b[?1049hx\x1bcy", "y", 1, 0},
	})
	term := vt.New(vt.Options{Cols: 10, Rows: 3, Scrollback: 10})
	write(term, "\x1b[?1049h1\r\n2\r\n3\r\n4\r\n5")
	if n := term.HistoryLen(); n != 0 || !term.AltScreen() {
		t.Errorf("the alternate screen has %d rows of history", n)
	}
}

func TestSoftReset(t *testing.T) {
	term := vt.New(vt.Options{})
	write(term, "abc\x1b[2;4r\x1b[?6;1;66h\x1b[4h\x1b[?25l\x1b[1m\x1b(0\x1b[!p")
	c := term.Cursor()
	if term.Mode(true, 6).On() || term.Mode(true, 1).On() || term.Mode(false, 4).On() || !c.Visible || c.Style != (vt.Style{}) {
		t.Errorf("DECSTR left %+v", c)
	}
	if term.Cell(0, 0).Rune != 'a' {
		t.Error("DECSTR cleared the screen")
	}
	write(term, "\x1b[20;1Hq\n\x1b[24;1H\n")
	if got := term.Cell(0, 18).Rune; got != 'q' {
		t.Errorf("margins or character set were left, %q", got)
	}
}

func TestCursorShape(t *testing.T) {
	for in, want := range map[string]vt.Cursor{
		"\x1b[ q":           {Shape: vt.CursorBlock, Blink: true},
		"\x1b[2 q":          {Shape: vt.CursorBlock},
		"\x1b[3 q":          {Shape: vt.CursorUnderline, Blink: true},
		"\x1b[6 q":          {Shape: vt.CursorBar},
		"\x1b[6 q\x1b[9 q":  {Shape: vt.CursorBar},
		"\x1b[5 q\x1b[?12l": {Shape: vt.CursorBar},
	} {
		term := vt.New(vt.Options{})
		write(term, in)
		if c := term.Cursor(); c.Shape != want.Shape || c.Blink != want.Blink {
			t.Errorf("%q: shape %d blink %v", in, c.Shape, c.Blink)
		}
	}
}

func TestLineSizes(t *testing.T) {
	term := vt.New(vt.Options{Cols: 10, Rows: 5})
	write(term, "\x1b#6abcdefg")
	if got := string(term.AppendText(nil)); got != "abcde\nfg\n\n\n\n" {
		t.Errorf("a row of double width holds %q", got)
	}
	write(term, "\x1b[3;1H\x1b#3\x1b[4;1H\x1b#4\x1b[5;1H\x1b#6\x1b#5")
	for y, want := range []vt.LineSize{vt.LineDoubleWide, vt.LineNormal, vt.LineDoubleUpper, vt.LineDoubleLower, vt.LineNormal} {
		if got := term.Row(y).Size(); got != want {
			t.Errorf("row %d has size %d, want %d", y, got, want)
		}
	}
	write(term, "\x1b[2J")
	if got := term.Row(0).Size(); got != vt.LineNormal {
		t.Errorf("after ED row 0 has size %d", got)
	}
}
