package vt

import "unicode/utf8"

// A Cell is one place of the screen.
type Cell struct {
	// Rune is the character, or the first one of several. Zero is a cell that
	// was never written or that was erased; it looks like a space.
	Rune rune

	// Width is the number of columns: 1, 2 for the left half of a wide
	// character, 0 for its right half.
	Width int

	// Style is how the cell looks. A blank has one too.
	Style Style

	// more is what follows Rune: combining characters, the rest of an emoji.
	more string
}

// Text returns all characters of the cell, a space if it is blank, and nothing
// for the right half of a wide character.
func (c Cell) Text() string {
	if c.more == "" && c.Rune >= ' ' {
		return string(c.Rune)
	}
	return string(c.AppendText(nil))
}

// AppendText appends what Text returns.
func (c Cell) AppendText(dst []byte) []byte {
	switch {
	case c.Width == 0:
		return dst
	case c.Rune == 0:
		return append(dst, ' ')
	}
	return append(utf8.AppendRune(dst, c.Rune), c.more...)
}

// A Row is a line of the screen or of the history, to be read before the next
// call of a method of the Terminal.
type Row struct {
	cells []Cell // placeholder for the packed cells
	wrap  bool
}

// Len returns the number of cells.
func (r Row) Len() int { return len(r.cells) }

// Cell returns the cell in column x, counted from 0; a blank one beyond the end.
func (r Row) Cell(x int) Cell {
	if x < 0 || x >= len(r.cells) {
		return Cell{Width: 1}
	}
	return r.cells[x]
}

// Wrapped reports whether the row continues the one above, because text ran
// over the right edge.
func (r Row) Wrapped() bool { return r.wrap }

// AppendText appends the characters of the row, without the blanks at its end.
func (r Row) AppendText(dst []byte) []byte { return dst }
