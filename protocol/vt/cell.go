package vt

import "unicode/utf8"

// A cell is a place of a grid in eight bytes. The lower 24 bits are what stands
// there: 21 bits of a character or of a cluster's index, one bit that tells
// which, two bits for the cell's part in a wide character. The upper 40 are the
// style. Zero is a blank in the default style.
type cell uint64

const (
	cellRune    cell = 1<<21 - 1
	cellCluster cell = 1 << 21
	cellWide    cell = 1 << 22 // the left half of a wide character
	cellTail    cell = 2 << 22 // its right half
	cellHalves  cell = cellWide | cellTail
	cellContent cell = 1<<24 - 1
	styleShift       = 24
)

// blank returns an empty cell in a style.
func blank(r styleRef) cell { return cell(r) << styleShift }

func (c cell) style() styleRef { return styleRef(c >> styleShift) }

// index returns the character or the cluster's index.
func (c cell) index() uint32 { return uint32(c & cellRune) }

// width returns the number of columns of what begins in the cell.
func (c cell) width() int {
	switch c & cellHalves {
	case cellWide:
		return 2
	case cellTail:
		return 0
	}
	return 1
}

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

// A LineSize is the size of the characters of a row (DECDWL, DECDHL). A row of
// wide ones shows the left half of its cells.
type LineSize uint8

// The sizes of a row.
const (
	LineNormal      LineSize = iota // ESC # 5
	LineDoubleWide                  // ESC # 6
	LineDoubleUpper                 // ESC # 3, the upper half of characters twice as high
	LineDoubleLower                 // ESC # 4, the lower half
)

// A Mark says what OSC 133 told about a row.
type Mark uint8

// The marks of a row.
const (
	MarkNone   Mark = iota
	MarkPrompt      // a prompt begins here
	MarkOutput      // the output of a command begins here
)

// A Row is a line of the screen or of the history. It is to be read before the
// next call of a method of its Terminal.
type Row struct {
	cells    []cell
	meta     rowMeta
	styles   *styleTable
	clusters *clusterTable
}

// Len returns the number of cells. A row of the history has none for the blanks
// at its end.
func (r Row) Len() int { return len(r.cells) }

// Cell returns the cell in column x, counted from 0; a blank one beyond the end.
func (r Row) Cell(x int) Cell {
	if x < 0 || x >= len(r.cells) {
		return Cell{Width: 1}
	}
	c := r.cells[x]
	out := Cell{Rune: rune(c.index()), Width: c.width(), Style: r.styles.at(c.style()).unpack()}
	if c&cellCluster != 0 {
		text := r.clusters.at(c.index())
		first, n := utf8.DecodeRune(text)
		out.Rune, out.more = first, string(text[n:])
	}
	return out
}

// Wrapped reports whether the row continues the one above, because text ran
// over the right edge.
func (r Row) Wrapped() bool { return r.meta.wrapped }

// Size returns the size of the row's characters.
func (r Row) Size() LineSize { return r.meta.size }

// Mark returns what the shell said about the row.
func (r Row) Mark() Mark { return r.meta.mark }

// AppendText appends the characters of the row, without the blanks at its end.
func (r Row) AppendText(dst []byte) []byte {
	return r.appendCells(dst, r.cells[:usedLen(r.cells)])
}

// appendCells appends the characters of some cells.
func (r Row) appendCells(dst []byte, cells []cell) []byte {
	for _, c := range cells {
		dst = appendCell(dst, c, r.clusters)
	}
	return dst
}

// appendCell appends the characters of a cell.
func appendCell(dst []byte, c cell, clusters *clusterTable) []byte {
	switch {
	case c&cellTail != 0:
		return dst
	case c&cellCluster != 0:
		return append(dst, clusters.at(c.index())...)
	case c&cellRune == 0:
		return append(dst, ' ')
	}
	return utf8.AppendRune(dst, rune(c.index()))
}

// usedLen returns the number of cells up to the last one with a character that
// is not a space.
func usedLen(cells []cell) int {
	n := len(cells)
	for n > 0 && (cells[n-1]&cellContent == 0 || cells[n-1]&cellContent == ' ') {
		n--
	}
	return n
}
