package vt_test

import (
	"testing"
	"unicode"

	"github.com/everwire/everwire/protocol/vt"
)

func TestRuneWidth(t *testing.T) {
	for _, tt := range []struct {
		first, last rune
		want        int
	}{
		{' ', '~', 1}, {0xa0, 0x2ff, 1}, {0x300, 0x36f, 0}, {0xad, 0xad, 1}, {0x200b, 0x200f, 0}, {0xfe0f, 0xfe0f, 0},
		{0x1100, 0x115f, 2}, {0x1160, 0x11ff, 0}, {0x3041, 0x3096, 2}, {0x4e00, 0x9fff, 2}, {0xac00, 0xd7a3, 2},
		{0xff01, 0xff60, 2}, {0xff61, 0xff9f, 1}, {0x1f300, 0x1f320, 2}, {0x1f1e6, 0x1f1ff, 1}, {0x1f3fb, 0x1f3ff, 2},
		{0x2600, 0x2603, 1}, {0x2614, 0x2615, 2}, {0x2764, 0x2764, 1}, {0x20000, 0x2fffd, 2}, {0x30000, 0x3fffd, 2},
		{0x2500, 0x257f, 1}, {0xe000, 0xf8ff, 1}, {0xe0100, 0xe01ef, 0}, {0x110000, 0x110000, 1}, {-1, -1, 1},
	} {
		for r := tt.first; r <= tt.last; r++ {
			if got := vt.RuneWidth(r); got != tt.want {
				t.Errorf("U+%04X has width %d, want %d", r, got, tt.want)
			}
		}
	}
}

// TestMarksHaveNoWidth compares with the tables of the standard library, which
// may be of an older Unicode.
func TestMarksHaveNoWidth(t *testing.T) {
	for r := range rune(0x20000) {
		if r == 0x1171e { // Mn once, Mc since Unicode 16
			continue
		}
		if unicode.In(r, unicode.Mn, unicode.Me) && vt.RuneWidth(r) != 0 {
			t.Errorf("U+%04X, a mark, has width %d", r, vt.RuneWidth(r))
		}
		if unicode.In(r, unicode.Lu, unicode.Ll, unicode.Nd) && vt.RuneWidth(r) == 0 {
			t.Errorf("U+%04X, a letter or digit, has no width", r)
		}
		if unicode.Is(unicode.Han, r) && unicode.Is(unicode.Lo, r) && vt.RuneWidth(r) != 2 {
			t.Errorf("U+%04X, an ideograph, has width %d", r, vt.RuneWidth(r))
		}
	}
}

func TestGraphemes(t *testing.T) {
	for _, tt := range []struct {
		in      string
		cells   string // with mode 2027, cells with | between, a wide one has a 2
		without string
	}{
		{"e\u0301x", "e\u0301|x", "e\u0301|x"},
		{"👨‍👩‍👧x", "👨‍👩‍👧2|x", "👨\u200d2|👩\u200d2|👧2|x"},
		{"🇩🇪🇫🇷x", "🇩🇪2|🇫🇷2|x", "🇩|🇪|🇫|🇷|x"},
		{"❤\uFE0Fx", "❤\uFE0F2|x", "❤\uFE0F|x"},
		{"1\uFE0F\u20E3x", "1\uFE0F\u20E32|x", "1\uFE0F\u20E3|x"}, // a keycap
		{"ab#\uFE0F\u20E3*\uFE0F\u20E3x", "a|b|#\uFE0F\u20E32|*\uFE0F\u20E32|x", "a|b|#\uFE0F\u20E3|*\uFE0F\u20E3|x"},
		{"1\u20E3x", "1\u20E3|x", "1\u20E3|x"}, // without U+FE0F it is text
		{"a\uFE0Fx", "a\uFE0F|x", "a\uFE0F|x"},
		{"👍🏽x", "👍🏽2|x", "👍2|🏽2|x"},
		{"각x", "각2|x", "각2|x"}, // LVT
		{"\u1100\u1161\u11a8x", "\u1100\u1161\u11a82|x", "\u1100\u1161\u11a82|x"},
		{"नीx", "नी|x", "न|ी|x"},
		{"a👩x", "a|👩2|x", "a|👩2|x"},
		{"👩\u200dax", "👩\u200d2|a|x", "👩\u200d2|a|x"},
		{"👩🏽‍🚀x", "👩🏽‍🚀2|x", "👩2|🏽\u200d2|🚀2|x"},
		{"👩x👩", "👩2|x|👩2", "👩2|x|👩2"},
	} {
		for _, on := range []bool{true, false} {
			term := vt.New(vt.Options{Cols: 20, Rows: 2, Graphemes: on})
			write(term, tt.in)
			want := tt.without
			if on {
				want = tt.cells
			}
			got := ""
			for x := 0; x < term.Cursor().X; {
				c := term.Cell(x, 0)
				if x > 0 {
					got += "|"
				}
				got += c.Text()
				if c.Width == 2 {
					got += "2"
				}
				x += max(c.Width, 1)
			}
			if got != want {
				t.Errorf("%q with graphemes %v: %q, want %q", tt.in, on, got, want)
			}
		}
	}
}

func TestGraphemesDoNotJoinAcrossMoves(t *testing.T) {
	term := vt.New(vt.Options{Cols: 20, Rows: 2, Graphemes: true})
	write(term, "🇩\x1b[m🇪")
	if a, b := term.Cell(0, 0).Text(), term.Cell(1, 0).Text(); a != "🇩" || b != "🇪" {
		t.Errorf("%q %q", a, b)
	}
}

func TestLongClustersAreCut(t *testing.T) {
	term := vt.New(vt.Options{})
	write(term, "a")
	for range 10000 {
		write(term, "\u0301")
	}
	if n := len(term.Cell(0, 0).Text()); n < 32 || n > 64 {
		t.Errorf("a cell holds %d bytes", n)
	}
}
