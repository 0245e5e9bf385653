package vt_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/vt"
)

// modesShown are the modes that state compares.
var modesShown = []int{
	1, 4, 5, 6, 7, 8, 9, 12, 25, 40, 41, 42, 45, 47, 66, 67, 69, 80, 95, 1000, 1002, 1003, 1004, 1005,
	1006, 1007, 1015, 1016, 1034, 1036, 1045, 2004, 2027,
}

// state returns all that can be seen of a terminal, as text to compare.
// Characters of blank cells and spaces look the same. Whether the first row
// continues one that is not known does not count.
func state(t *vt.Terminal, history bool) string {
	var b strings.Builder
	cols, rows := t.Size()
	c := t.Cursor()
	fmt.Fprintf(&b, "size %d×%d alt %v\n", cols, rows, t.AltScreen())
	fmt.Fprintf(&b, "cursor %d,%d pending %v visible %v blink %v shape %v style %s\n",
		c.X, c.Y, c.Pending, c.Visible, c.Blink, c.Shape, style(t, c.Style))
	fmt.Fprintf(&b, "title %q icon %q dir %q\nmodes", t.Title(), t.IconName(), t.Directory())
	for _, n := range modesShown {
		if t.Mode(true, n).On() {
			fmt.Fprint(&b, " ?", n)
		}
	}
	for _, n := range []int{2, 4, 12, 20} {
		if t.Mode(false, n).On() {
			fmt.Fprint(&b, " ", n)
		}
	}
	fg, bg, cur := t.DefaultColors()
	fmt.Fprint(&b, "\ncolors ", fg, bg, cur)
	for n := range 256 {
		if c := t.PaletteColor(uint8(n)); c != vt.Default {
			fmt.Fprint(&b, " ", n, "=", c)
		}
	}
	for s := vt.SpecialBold; s <= vt.SpecialItalic; s++ {
		fmt.Fprint(&b, " ", t.SpecialColor(s))
	}
	b.WriteByte('\n')
	if history {
		for i := range t.HistoryLen() {
			fmt.Fprintf(&b, "h%d wrapped %v ", i, i > 0 && t.HistoryRow(i).Wrapped())
			row(&b, t, t.HistoryRow(i))
		}
	}
	for y := range rows {
		first := y == 0 && (!history || t.HistoryLen() == 0)
		fmt.Fprintf(&b, "%d wrapped %v ", y, !first && t.Row(y).Wrapped())
		row(&b, t, t.Row(y))
	}
	return b.String()
}

func style(t *vt.Terminal, s vt.Style) string {
	uri, id, _ := t.Link(s.Link)
	s.Link = 0
	return fmt.Sprint(s, uri, id)
}

func row(b *strings.Builder, t *vt.Terminal, r vt.Row) {
	fmt.Fprintf(b, "size %v ", r.Size())
	last := ""
	var cells []string
	for x := range r.Len() {
		c := r.Cell(x)
		text := fmt.Sprintf("%s%d", c.Text(), c.Width)
		if s := style(t, c.Style); s != last {
			text = "{" + s + "}" + text
			last = s
		}
		cells = append(cells, text)
	}
	for len(cells) > 0 && cells[len(cells)-1] == " 1" {
		cells = cells[:len(cells)-1]
	}
	fmt.Fprintln(b, strings.Join(cells, ""))
}

// diffLines returns the lines in which two states differ.
func diffLines(a, b string) string {
	la, lb := strings.Split(a, "\n"), strings.Split(b, "\n")
	var out []string
	for i := range max(len(la), len(lb)) {
		var x, y string
		if i < len(la) {
			x = la[i]
		}
		if i < len(lb) {
			y = lb[i]
		}
		if x != y {
			out = append(out, "- "+x, "+ "+y)
		}
	}
	return strings.Join(out, "\n")
}

func write(t *vt.Terminal, s string) { _, _ = t.Write([]byte(s)) }

func checkSame(t *testing.T, what string, want, got string) {
	t.Helper()
	if want != got {
		t.Fatalf("%s:\n%s", what, diffLines(want, got))
	}
}

// pieces cuts data at places that seed chooses.
func pieces(data []byte, seed uint64) [][]byte {
	var out [][]byte
	for len(data) > 0 {
		seed = seed*6364136223846793005 + 1442695040888963407
		n := min(1+int(seed>>33)%7, len(data))
		out = append(out, data[:n])
		data = data[n:]
	}
	return slices.Clip(out)
}
