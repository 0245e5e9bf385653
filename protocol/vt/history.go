package vt

import "encoding/binary"

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

// Bytes in packed text that are no characters.
const (
	packBlank   = 0x00
	packWide    = 0x01 // the next character is wide
	packCluster = 0x02 // a length and that many bytes
)

// Bits of a packed row's first byte, above the mark (two bits) and the size
// (two bits).
const packWrapped = 0x10

// packRow appends a row: a byte of flags, then runs of cells in one style, each
// the number of cells, the style and the text. Blanks at the end are left out.
func packRow(dst []byte, r Row) []byte {
	flags := byte(r.meta.mark) | byte(r.meta.size)<<2
	if r.meta.wrapped {
		flags |= packWrapped
	}
	dst = append(dst, flags)
	cells := r.cells
	for len(cells) > 0 && cells[len(cells)-1] == 0 {
		cells = cells[:len(cells)-1]
	}
	for len(cells) > 0 {
		id := cells[0].style()
		n := 1
		for n < len(cells) && cells[n].style() == id {
			n++
		}
		dst = binary.AppendUvarint(dst, uint64(n))
		dst = appendStyle(dst, r.styles.at(id))
		dst = packText(dst, cells[:n], r.clusters)
		cells = cells[n:]
	}
	return dst
}

// packText appends the text of cells.
func packText(dst []byte, cells []cell, clusters *clusterTable) []byte {
	for _, c := range cells {
		if c &= cellContent; c-0x20 < 0x5f {
			dst = append(dst, byte(c))
			continue
		}
		switch {
		case c == 0:
			dst = append(dst, packBlank)
			continue
		case c&cellTail != 0:
			continue
		case c&cellWide != 0:
			dst = append(dst, packWide)
		}
		if c&cellCluster != 0 {
			text := clusters.at(c.index())
			dst = append(append(dst, packCluster, byte(len(text))), text...)
			continue
		}
		dst = appendCell(dst, c, clusters)
	}
	return dst
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
