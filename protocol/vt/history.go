package vt

// A history keeps rows that have left the screen, packed: a byte for most
// characters and a style where it changes, an eighth of what they took on the
// screen. The rows lie in
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

// spanBytes is the size of a span: the index of rows has as many bytes as the
// rows at most, also if these are blank.
const spanBytes = 8

func (h *history) init(rows, bytes int) {
	bytes = min(max(bytes, 0), 1<<30)
	*h = history{maxRows: min(max(rows, 0), bytes/spanBytes), maxBytes: bytes}
}

func (h *history) clear() { h.first, h.count, h.tail = 0, 0, 0 }

// span returns where row i is, 0 being the oldest.
func (h *history) span(i int) *span {
	if i += h.first; i >= len(h.index) {
		i -= len(h.index)
	}
	return &h.index[i]
}

// at returns the packed row i.
func (h *history) at(i int) []byte {
	s := h.span(i)
	return h.buf[s.off : s.off+s.n]
}

// drop forgets the oldest row.
func (h *history) drop() {
	if h.first++; h.first == len(h.index) {
		h.first = 0
	}
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
		s := h.span(h.count - 1)
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
	*h.span(h.count) = span{uint32(off), uint32(len(packed))}
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
		h.span(i).off = uint32(off)
		off += len(row)
	}
	h.buf, h.tail = buf, off
}

// growIndex makes the index larger, with the oldest row at its start.
func (h *history) growIndex() {
	index := make([]span, min(max(2*len(h.index), 64), h.maxRows))
	for i := range h.count {
		index[i] = *h.span(i)
	}
	h.index, h.first = index, 0
}

// room returns the free bytes behind the newest row, once there is a place for
// another one in the index; none if that needs more than an assignment.
func (h *history) room() []byte {
	if h.count == h.maxRows {
		h.drop()
	}
	if h.count == 0 || h.count == len(h.index) {
		return nil
	}
	end := len(h.buf)
	if head := int(h.span(0).off); h.tail <= head {
		end = head
	}
	return h.buf[h.tail:h.tail:end]
}

// commit keeps a row of n bytes that has been packed into the room.
func (h *history) commit(n int) {
	*h.span(h.count) = span{uint32(h.tail), uint32(n)}
	h.count++
	h.tail += n
}

// keepRow packs row y of the main screen into the history.
func (t *Terminal) keepRow(y int) {
	if t.hist.maxRows == 0 {
		return
	}
	if b := t.main.draftBytes(y); b != nil {
		t.hist.add(b)
		return
	}
	if dst := t.hist.room(); cap(dst) >= 8*t.cols+64 {
		packed := packRow(dst, t.Row(y))
		if len(packed) <= cap(dst) && &packed[0] == &dst[:1][0] {
			t.hist.commit(len(packed))
			return
		}
		t.hist.add(packed) // it did not fit
		return
	}
	t.scratch = packRow(t.scratch[:0], t.Row(y))
	t.hist.add(t.scratch)
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
