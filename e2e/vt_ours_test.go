package e2e_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/everwire/everwire/protocol/vt"
)

// vtHistory is how many rows both emulators keep that have scrolled off.
const vtHistory = 60

func newVT(cols, rows int, graphemes bool) *vt.Terminal {
	return vt.New(vt.Options{Cols: cols, Rows: rows, Scrollback: vtHistory, Graphemes: graphemes})
}

// playVT plays a stream to protocol/vt.
func playVT(s vtStream) *vtScreen {
	term := newVT(s.Cols, s.Rows, s.Graphemes)
	term.Write([]byte(s.Setup))
	for _, step := range s.Steps {
		if step.Cols > 0 {
			term.Resize(step.Cols, step.Rows)
		}
		term.Write(step.Write)
	}
	return screenOf(term)
}

// screenOf describes a terminal. It takes its replies and events.
func screenOf(term *vt.Terminal) *vtScreen {
	c := term.Cursor()
	s := &vtScreen{X: c.X, Y: c.Y, Pending: c.Pending, Title: term.Title(), Replies: string(term.AppendReplies(nil))}
	for _, e := range term.AppendEvents(nil) {
		if e.Kind == vt.EventBell {
			s.Bell = true
		}
	}
	numbers := map[string]int{}
	cols, rows := term.Size()
	for y := range rows {
		line := term.Row(y)
		r := vtRow{Wrapped: line.Wrapped()}
		for x := range cols {
			cell := line.Cell(x)
			text := cell.Text()
			if cell.Rune == 0 {
				text = ""
			}
			style := vtStyle(term, cell.Style)
			n, known := numbers[style]
			if !known {
				n = len(s.Styles)
				numbers[style] = n
				s.Styles = append(s.Styles, style)
			}
			r.Chars, r.Widths, r.Styles = append(r.Chars, text), append(r.Widths, cell.Width), append(r.Styles, n)
		}
		s.Rows = append(s.Rows, r)
	}
	for i := range term.HistoryLen() {
		s.History = append(s.History, strings.TrimRight(string(term.HistoryRow(i).AppendText(nil)), " "))
	}
	s.Modes = vtModes(term)
	return s
}

var vtAttributes = []struct {
	attr vt.Attr
	word string
}{
	{vt.Blink, "blink"}, {vt.Inverse, "inverse"}, {vt.Hidden, "hidden"}, {vt.Strike, "strike"}, {vt.Overline, "overline"},
}

var vtUnderlines = []string{"", "single", "double", "curly", "dotted", "dashed"}

// vtStyle has the words that vt/xterm.mjs has, in its order.
func vtStyle(term *vt.Terminal, s vt.Style) string {
	var words []string
	color := func(name string, c vt.Color) {
		if n, ok := c.Palette(); ok {
			words = append(words, fmt.Sprintf("%s=%d", name, n))
		} else if r, g, b, ok := c.RGB(); ok {
			words = append(words, fmt.Sprintf("%s=#%02x%02x%02x", name, r, g, b))
		}
	}
	color("fg", s.Fg)
	color("bg", s.Bg)
	if s.Attr&vt.Bold != 0 {
		words = append(words, "bold")
	}
	if s.Attr&vt.Faint != 0 {
		words = append(words, "dim")
	}
	if s.Attr&vt.Italic != 0 {
		words = append(words, "italic")
	}
	if s.Underline != vt.UnderlineNone {
		words = append(words, "underline="+vtUnderlines[s.Underline])
		color("ul", s.Ul) // @xterm/headless keeps it only with an underline
	}
	for _, a := range vtAttributes {
		if s.Attr&a.attr != 0 {
			words = append(words, a.word)
		}
	}
	if s.Link != 0 {
		uri, _, _ := term.Link(s.Link)
		words = append(words, "link="+uri)
	}
	return strings.Join(words, " ")
}

// vtModes has the modes that vt/xterm.mjs tells.
func vtModes(term *vt.Terminal) map[string]any {
	private := func(n int) bool { return term.Mode(true, n) == vt.ModeSet }
	// The first that is set names the kind of mouse, as in vtMouse.
	first := func(none string, modes ...int) string {
		if i := slices.IndexFunc(modes, private); i >= 0 {
			return vtMouse[modes[i]]
		}
		return none
	}
	c := term.Cursor()
	return map[string]any{
		"cursor-keys":    private(1),
		"keypad":         private(66),
		"paste":          private(2004),
		"insert":         term.Mode(false, 4) == vt.ModeSet,
		"mouse":          first("none", 9, 1000, 1002, 1003),
		"mouse-encoding": first("default", 1006, 1016),
		"origin":         private(6),
		"reverse-wrap":   private(45),
		"focus":          private(1004),
		"synchronized":   private(2026),
		"wrap":           private(7),
		"alternate":      term.AltScreen(),
		"cursor-hidden":  !c.Visible,
		"cursor-style":   []string{"block", "underline", "bar"}[c.Shape],
	}
}

var vtMouse = map[int]string{9: "x10", 1000: "vt200", 1002: "drag", 1003: "any", 1006: "sgr", 1016: "sgr_pixels"}
