// Package peers has the terminal emulators that are measured, behind one
// interface. xterm.mjs beside it is the one that runs on Node.
package peers

import (
	"io"
	"strings"

	charm "github.com/charmbracelet/x/vt"
	"github.com/everwire/everwire/protocol/vt"
	tcell "github.com/gdamore/tcell/v3/vt"
	"github.com/hinshun/vt10x"
	"github.com/tonistiigi/vt100"
)

// An Emulator takes the output of a program.
type Emulator interface {
	io.Writer
	// Text returns what the screen shows, a line for each row, when everything
	// written has been taken in.
	Text() string
}

// Open makes an emulator of a size. Scrollback is how many rows it is to keep,
// if it can.
type Open func(cols, rows, scrollback int) Emulator

// trimmed returns rows of text without the blanks at their ends and the blank
// rows at the bottom.
func trimmed(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight(line, " \n\x00") + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

type everwire struct{ *vt.Terminal }

// Everwire is the emulator of this project.
func Everwire(cols, rows, scrollback int) Emulator {
	return everwire{vt.New(vt.Options{Cols: cols, Rows: rows, Scrollback: scrollback})}
}

func (e everwire) Text() string { return trimmed(string(e.AppendText(nil))) }

type vt10xTerminal struct{ vt10x.Terminal }

// VT10x is github.com/hinshun/vt10x, which keeps no scrollback.
func VT10x(cols, rows, _ int) Emulator {
	return vt10xTerminal{vt10x.New(vt10x.WithSize(cols, rows))}
}

func (v vt10xTerminal) Text() string { return trimmed(v.String()) }

type charmEmulator struct{ *charm.Emulator }

// Charm is github.com/charmbracelet/x/vt.
func Charm(cols, rows, scrollback int) Emulator {
	e := charm.NewEmulator(cols, rows)
	e.SetScrollbackSize(max(scrollback, 1)) // 0 would be its default, 10,000
	return charmEmulator{e}
}

func (c charmEmulator) Text() string { return trimmed(c.String()) }

// tcellTerm is an emulator that takes in what was written in a goroutine. Its
// backend is the one in memory that its module has for tests.
type tcellTerm struct {
	term       tcell.MockTerm
	cols, rows int
}

// Tcell is github.com/gdamore/tcell/v3/vt, which keeps no scrollback.
func Tcell(cols, rows, _ int) Emulator {
	t := tcellTerm{tcell.NewMockTerm(tcell.MockOptSize{X: tcell.Col(cols), Y: tcell.Row(rows)}), cols, rows}
	if err := t.term.Start(); err != nil {
		panic(err)
	}
	return t
}

func (t tcellTerm) Write(p []byte) (int, error) {
	n, err := t.term.Write(p)
	if err != nil {
		return n, err
	}
	return n, t.term.Drain()
}

func (t tcellTerm) Text() string {
	var b strings.Builder
	for y := range t.rows {
		for x := range t.cols {
			c := t.term.GetCell(tcell.Coord{X: tcell.Col(x), Y: tcell.Row(y)}).C
			if c == "" {
				c = " "
			}
			b.WriteString(c)
		}
		b.WriteByte('\n')
	}
	return trimmed(b.String())
}

type vt100Terminal struct{ *vt100.VT100 }

// VT100 is github.com/tonistiigi/vt100, which knows neither scroll regions nor
// wide characters and keeps no scrollback.
func VT100(cols, rows, _ int) Emulator { return vt100Terminal{vt100.NewVT100(rows, cols)} }

func (v vt100Terminal) Text() string {
	var b strings.Builder
	for _, row := range v.Content {
		b.WriteString(string(row) + "\n")
	}
	return trimmed(b.String())
}
