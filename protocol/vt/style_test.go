package vt_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/vt"
)

func TestSGR(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want vt.Style
	}{
		{"1;2;3;5;7;8;9;53", vt.Style{Attr: vt.Bold | vt.Faint | vt.Italic | vt.Blink | vt.Inverse | vt.Hidden | vt.Strike | vt.Overline}},
		{"6", vt.Style{Attr: vt.Blink}},
		{"1;2;22", vt.Style{}},
		{"3;23;5;25;7;27;8;28;9;29;53;55;4;24", vt.Style{}},
		{"31;42", vt.Style{Fg: vt.Palette(1), Bg: vt.Palette(2)}},
		{"97;100", vt.Style{Fg: vt.Palette(15), Bg: vt.Palette(8)}},
		{"31;39;42;49", vt.Style{}},
		{"38;5;200;1", vt.Style{Fg: vt.Palette(200), Attr: vt.Bold}},
		{"38;5;256", vt.Style{}},
		{"48;2;1;2;3;7;4:5", vt.Style{Bg: vt.RGB(1, 2, 3), Attr: vt.Inverse, Underline: vt.UnderlineDashed}},
		{"38;5;255;48;5;254;53", vt.Style{Fg: vt.Palette(255), Bg: vt.Palette(254), Attr: vt.Overline}},
		{"38;2;255;2;3;48;5;254", vt.Style{Fg: vt.RGB(255, 2, 3), Bg: vt.Palette(254)}},
		{"38;2;1;2;3;1", vt.Style{Fg: vt.RGB(1, 2, 3), Attr: vt.Bold}},
		{"38;2;1;2;300", vt.Style{}},
		{"38;2;1;2", vt.Style{}},
		{"38:2:1:2:3;1", vt.Style{Fg: vt.RGB(1, 2, 3), Attr: vt.Bold}},
		{"38:2::1:2:3;1", vt.Style{Fg: vt.RGB(1, 2, 3), Attr: vt.Bold}},
		{"48:5:7", vt.Style{Bg: vt.Palette(7)}},
		{"58;5;9;58:2::4:5:6", vt.Style{Ul: vt.RGB(4, 5, 6)}},
		{"58;5;9;59", vt.Style{}},
		{"4", vt.Style{Underline: vt.UnderlineSingle}},
		{"4:0", vt.Style{}},
		{"4:3", vt.Style{Underline: vt.UnderlineCurly}},
		{"4:5;1", vt.Style{Underline: vt.UnderlineDashed, Attr: vt.Bold}},
		{"4:9", vt.Style{Underline: vt.UnderlineSingle}},
		{"21", vt.Style{Underline: vt.UnderlineDouble}},
		{"4;1;31;0", vt.Style{}},
		{"1;31;", vt.Style{}},
		{"", vt.Style{}},
		{"1;99;3", vt.Style{Attr: vt.Bold | vt.Italic}},
		{strings.Repeat("0;", 40) + "1", vt.Style{}}, // only 32 parameters are kept
	} {
		term := vt.New(vt.Options{})
		write(term, "\x1b["+tt.in+"mx")
		if got := term.Cell(0, 0).Style; got != tt.want {
			t.Errorf("SGR %s: %+v, want %+v", tt.in, got, tt.want)
		}
		if got := term.Cursor().Style; got != tt.want {
			t.Errorf("SGR %s: the cursor has %+v, want %+v", tt.in, got, tt.want)
		}
	}
}

func TestErasedCellsHaveTheBackground(t *testing.T) {
	for _, in := range []string{
		"\x1b[2J", "\x1b[K", "\x1b[2K", "\x1b[5X", "\x1b[5@", "\x1b[5P\x1b[80C", "\x1b[L", "\x1b[M\x1b[24;1H",
		"\x1b[24;1H\n", "\x1bM", "\x1b[S\x1b[24;1H", "\x1b[T",
	} {
		term := vt.New(vt.Options{})
		write(term, "\x1b[1;4;31;44m"+in)
		c := term.Cursor()
		if got, want := term.Cell(c.X, c.Y).Style, (vt.Style{Bg: vt.Palette(4)}); got != want {
			t.Errorf("%q: %+v, want %+v", in, got, want)
		}
	}
}

func TestDECCARAAndDECRARA(t *testing.T) {
	bold, both := vt.Style{Attr: vt.Bold}, vt.Style{Attr: vt.Bold | vt.Inverse}
	for _, tt := range []struct {
		in   string
		x, y int
		want vt.Style
	}{
		{"\x1b[2*x\x1b[1;2;3;3;1$r", 1, 1, bold},
		{"\x1b[2*x\x1b[1;2;3;3;1$r", 4, 1, vt.Style{}},
		{"\x1b[1;2;3;3;1$r", 4, 1, bold}, // a stream goes from the first corner to the last
		{"\x1b[1;2;3;3;1$r", 0, 0, vt.Style{}},
		{"\x1b[1;2;3;3;1$r", 3, 2, vt.Style{}},
		{"\x1b[1;1;3;3;1;7$r", 0, 0, both},
		{"\x1b[1;1;3;3;1;7$r\x1b[1;1;3;3;7$t", 0, 0, bold},
		{"\x1b[1;1;3;3;1;7$r\x1b[1;1;3;3;0$r", 0, 0, vt.Style{}},
		{"\x1b[1;1;3;3;0$t", 0, 0, vt.Style{Attr: vt.Bold | vt.Blink | vt.Inverse, Underline: vt.UnderlineSingle}},
	} {
		term := vt.New(vt.Options{Cols: 10, Rows: 5})
		write(term, tt.in)
		if got := term.Cell(tt.x, tt.y).Style; got != tt.want {
			t.Errorf("%q: %d,%d has %+v, want %+v", tt.in, tt.x, tt.y, got, tt.want)
		}
	}
}

// TestManyStyles has more styles than the first table holds, and more than a
// screen holds over time: none is mixed up.
func TestManyStyles(t *testing.T) {
	term := vt.New(vt.Options{Cols: 40, Rows: 20})
	n := 0
	for range 30 {
		var b strings.Builder
		b.WriteString("\x1b[H")
		first := n
		for range 800 {
			fmt.Fprintf(&b, "\x1b[38;2;%d;%d;%dm#", n>>16&255, n>>8&255, n&255)
			n++
		}
		write(term, b.String())
		for i := range 800 {
			k := first + i
			want := vt.RGB(uint8(k>>16), uint8(k>>8), uint8(k))
			if got := term.Cell(i%40, i/40).Style.Fg; got != want {
				t.Fatalf("cell %d has %x, want %x", i, got, want)
			}
		}
	}
}

// TestManyClusters does the same with characters of several parts.
func TestManyClusters(t *testing.T) {
	term := vt.New(vt.Options{Cols: 40, Rows: 10})
	text := func(n int) string {
		return string([]rune{rune('a' + n%26), rune(0x300 + n/26%64), rune(0x300 + n/1664%64)})
	}
	n := 0
	for range 20 {
		first := n
		write(term, "\x1b[H")
		for range 400 {
			write(term, text(n))
			n++
		}
		for i := range 400 {
			if got := term.Cell(i%40, i/40).Text(); got != text(first+i) {
				t.Fatalf("cell %d has %q, want %q", i, got, text(first+i))
			}
		}
	}
}

func TestLinks(t *testing.T) {
	term := vt.New(vt.Options{})
	write(term, "\x1b]8;id=x:foo=y;http://example.org/a;b\x1b\\in\x1b]8;;\x07out")
	uri, id, ok := term.Link(term.Cell(1, 0).Style.Link)
	if uri != "http://example.org/a;b" || id != "x" || !ok {
		t.Errorf("link %q id %q %v", uri, id, ok)
	}
	if n := term.Cell(2, 0).Style.Link; n != 0 {
		t.Errorf("text behind the link has link %d", n)
	}
	if _, _, ok := term.Link(0); ok {
		t.Error("0 is a link")
	}

	first := term.Cell(0, 0).Style.Link
	for i := range 5000 {
		write(term, fmt.Sprintf("\x1b]8;;http://example.org/%d\x1b\\.", i))
	}
	if uri, _, ok := term.Link(first); ok {
		t.Errorf("after 5000 links the first is still known, as %q", uri)
	}
	c := term.Cursor()
	if uri, _, _ := term.Link(c.Style.Link); uri != "http://example.org/4999" {
		t.Errorf("the last link is %q", uri)
	}
}
