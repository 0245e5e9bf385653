package vt

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// A history keeps rows that have left the screen, packed: the text in UTF-8 and
// the styles as runs, an eighth of what they took on the screen. The rows lie in
// a ring of bytes that grows to its bound and is then used again, the oldest
// rows making way.
type history struct {
	maxRows  int
	maxBytes int
	buf      []byte
	index    []span // a ring: where the rows are
	first    int    // in index, the oldest row
	count    int
	tail     int // where the next row goes
}

// A span is a place in the ring of bytes.
type span struct{ off, n uint32 }

func (h *history) init(rows, bytes int) {
	*h = history{maxRows: max(rows, 0), maxBytes: min(max(bytes, 0), 1<<30)}
}

func (h *history) clear() { h.first, h.count, h.tail = 0, 0, 0 }

// at returns the packed row i, 0 being the oldest.
func (h *history) at(i int) []byte {
	s := h.index[(h.first+i)%len(h.index)]
	return h.buf[s.off : s.off+s.n]
}

// drop forgets the oldest row.
func (h *history) drop() {
	h.first = (h.first + 1) % len(h.index)
	h.count--
	if h.count == 0 {
		h.tail = 0
	}
}

// dropNewest forgets the newest row.
func (h *history) dropNewest() {
	h.count--
	h.tail = 0
	if h.count > 0 {
		s := h.index[(h.first+h.count-1)%len(h.index)]
		h.tail = int(s.off + s.n)
	}
}

// add keeps a packed row.
func (h *history) add(packed []byte) {
	if h.maxRows == 0 || len(packed) > h.maxBytes {
		return
	}
	if h.count == h.maxRows {
		h.drop()
	}
	off, ok := h.place(len(packed))
	for !ok {
		if len(h.buf) < h.maxBytes {
			h.grow(len(packed))
		} else {
			h.drop()
		}
		off, ok = h.place(len(packed))
	}
	copy(h.buf[off:], packed)
	if h.count == len(h.index) {
		h.growIndex()
	}
	h.index[(h.first+h.count)%len(h.index)] = span{uint32(off), uint32(len(packed))}
	h.count++
	h.tail = off + len(packed)
}

// place returns where n bytes are free: behind the newest row, or at the start
// of the ring.
func (h *history) place(n int) (off int, ok bool) {
	if h.count == 0 {
		return 0, n <= len(h.buf)
	}
	head := int(h.index[h.first].off)
	if h.tail <= head {
		return h.tail, h.tail+n <= head
	}
	if h.tail+n <= len(h.buf) {
		return h.tail, true
	}
	return 0, n <= head
}

// grow makes the ring of bytes larger, with the oldest row at its start.
func (h *history) grow(n int) {
	size := max(2*len(h.buf), 4096)
	for size < len(h.buf)+n {
		size *= 2
	}
	buf := make([]byte, min(size, h.maxBytes))
	off := 0
	for i := range h.count {
		row := h.at(i)
		copy(buf[off:], row)
		h.index[(h.first+i)%len(h.index)].off = uint32(off)
		off += len(row)
	}
	h.buf, h.tail = buf, off
}

// growIndex makes the index larger, with the oldest row at its start.
func (h *history) growIndex() {
	index := make([]span, min(max(2*len(h.index), 64), h.maxRows))
	for i := range h.count {
		index[i] = h.index[(h.first+i)%len(h.index)]
	}
	h.index, h.first = index, 0
}

// keepRow packs row y of the main screen into the history.
func (t *Terminal) keepRow(y int) {
	if t.hist.maxRows == 0 {
		return
	}
	t.scratch = packRow(t.scratch[:0], t.Row(y))
	t.hist.add(t.scratch)
}

// Bytes in a packed row that are no characters.
const (
	packBlank   = 0x00 // a number of blanks follows
	packWide    = 0x01 // the next character is wide
	packCluster = 0x02 // a length and that many bytes follow
	packStyle   = 0x03 // the style of the next cells follows
)

// Bits of a packed row's first byte, above the mark (two bits) and the size
// (two bits).
const packWrapped = 0x10

// packRow appends a row: a byte of flags, then the text of the cells, with a
// style wherever it changes; at the start it is the default one. Blanks at the
// end are left out.
func packRow(dst []byte, r Row) []byte {
	flags := byte(r.meta.mark) | byte(r.meta.size)<<2
	if r.meta.wrapped {
		flags |= packWrapped
	}
	dst = append(dst, flags)
	cells := trimCells(r.cells)
	base := cell(0)
	for i := 0; i < len(cells); {
		c := cells[i]
		if c^base >= 1<<styleShift {
			base = blank(c.style())
			dst = appendStyle(append(dst, packStyle), r.styles.at(c.style()))
		}
		// Most cells are ASCII in the style of the one before.
		n := len(dst)
		dst = slices.Grow(dst, len(cells)-i)[:n+len(cells)-i]
		for i < len(cells) && (cells[i]^base)-0x20 < 0x5f {
			dst[n] = byte(cells[i])
			n++
			i++
		}
		dst = dst[:n]
		if i < len(cells) && cells[i]^base < 1<<styleShift {
			dst, i = packCell(dst, cells, i, r.clusters)
		}
	}
	return dst
}

// packCell appends what is not ASCII at cells[i], and returns the index behind
// it.
func packCell(dst []byte, cells []cell, i int, clusters *clusterTable) ([]byte, int) {
	c := cells[i]
	switch {
	case c&cellContent == 0:
		n := 1
		for n < 255 && i+n < len(cells) && cells[i+n] == c {
			n++
		}
		return append(dst, packBlank, byte(n)), i + n
	case c&cellTail != 0:
		return dst, i + 1
	case c&cellWide != 0:
		dst = append(dst, packWide)
	}
	if c&cellCluster != 0 {
		text := clusters.at(c.index())
		return append(append(dst, packCluster, byte(len(text))), text...), i + 1
	}
	return utf8.AppendRune(dst, rune(c.index())), i + 1
}

// trimCells leaves blanks in the default style at the end out.
func trimCells(cells []cell) []cell {
	n := len(cells)
	for n >= 4 && cells[n-1]|cells[n-2]|cells[n-3]|cells[n-4] == 0 {
		n -= 4
	}
	for n > 0 && cells[n-1] == 0 {
		n--
	}
	return cells[:n]
}

// Bits of a packed style's first byte. Colours take two bits each, as in Color.
const (
	packAttr = 0x40
	packLink = 0x80
)

// appendStyle appends a style: what is in it, then its parts.
func appendStyle(dst []byte, s style) []byte {
	if s == (style{}) {
		return append(dst, 0)
	}
	st := s.unpack()
	colors := [...]Color{st.Fg, st.Bg, st.Ul}
	what := byte(0)
	for i, c := range colors {
		what |= byte(c>>24) << (2 * i)
	}
	attrs := s.a >> styleAttrShift
	if attrs != 0 {
		what |= packAttr
	}
	if st.Link != 0 {
		what |= packLink
	}
	dst = append(dst, what)
	for _, c := range colors {
		switch c & colorKind {
		case colorPalette:
			dst = append(dst, byte(c))
		case colorRGB:
			dst = append(dst, byte(c>>16), byte(c>>8), byte(c))
		}
	}
	if attrs != 0 {
		dst = append(dst, byte(attrs), byte(attrs>>8))
	}
	if st.Link != 0 {
		dst = binary.LittleEndian.AppendUint32(dst, st.Link)
	}
	return dst
}

// HistoryLen returns how many rows have left the screen and are still known.
func (t *Terminal) HistoryLen() int { return t.hist.count }

// HistoryRow returns row i of the history, 0 being the oldest. It is empty if
// there is no such row. Blanks at its end are left out.
func (t *Terminal) HistoryRow(i int) Row {
	if i < 0 || i >= t.hist.count {
		return Row{}
	}
	u := &t.unpack
	u.reset()
	meta := u.row(t.hist.at(i))
	return Row{u.cells, meta, &u.styles, &u.clusters}
}
