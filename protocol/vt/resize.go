package vt

// Resize changes the size of the screen. Zero is 80 columns, 24 rows. The text
// of the main screen and of the history is wrapped anew, which takes time in
// proportion to the history; the alternate screen is cut. Margins are reset and
// lines are numbered anew. The program is not told: that is what TIOCSWINSZ is
// for.
func (t *Terminal) Resize(cols, rows int) {
	cols, rows = clampSize(cols, rows)
	if cols == t.cols && rows == t.rows {
		return
	}
	t.gen++
	t.breakChain()
	if t.g == &t.alt {
		t.cutAlt(cols, rows)
		cursor := place{x: t.saved[0].x, y: min(t.saved[0].y, t.rows-1), behind: t.saved[0].pending}
		if !t.saved[0].set {
			cursor.y = t.y
		}
		cursor = t.reflow(cols, rows, cursor)
		t.saved[0].x, t.saved[0].y, t.saved[0].pending = cursor.x, cursor.y, cursor.behind
	} else {
		t.alt = grid{}
		cursor := t.reflow(cols, rows, place{t.x, t.y, t.wrapNext})
		t.x, t.y, t.wrapNext = cursor.x, cursor.y, cursor.behind
	}
	t.cols, t.rows = cols, rows
	t.resetMargins()
	t.forgetScrolls()
	t.touchAll()
	t.noteControl()
}

// cutAlt gives the alternate screen another size. What does not fit is lost, at
// the top if the cursor would be.
func (t *Terminal) cutAlt(cols, rows int) {
	for y := range t.rows {
		t.cells(&t.alt, y) // while clusters are known to be in them
	}
	old := t.alt
	t.alt = grid{}
	t.alt.init(cols, rows)
	top := max(t.y-rows+1, 0)
	for y := range min(rows, old.rows-top) {
		from, to := old.at(old.order[top+y]), t.alt.renew(y)
		cutLeft(from, cols)
		copy(to, from)
		*t.alt.info(y) = *old.info(top + y)
	}
	t.y -= top
	if t.x >= cols {
		t.x = cols - 1
	}
	t.wrapNext = t.wrapNext && t.x == cols-1
}

// A reflower wraps lines anew. Rows go in, packed, and come out packed.
type reflower struct {
	from, to int // columns
	u        unpacker
	meta     rowMeta // of the row that comes out next
	gap      bool    // the last row ended with one blank that may be no text
	out      history
	count    int // rows that have come out
	scratch  []byte
	points   []point
}

// A point is a place in the rows that go in, and becomes one in those that come
// out.
type point struct {
	row, col int
	end      bool // col is behind the last character of a full row
	state    uint8
}

// The states of a point.
const (
	pointAhead  = iota // its row has not come
	pointInLine        // col counts from the start of the cells not yet out
	pointDone
)

// add takes row i. goes says that the next row continues it.
func (f *reflower) add(i int, packed []byte, goes bool) {
	start := len(f.u.cells)
	meta := f.u.row(packed)
	if f.gap && len(f.u.cells) > start && f.u.cells[start]&cellWide != 0 {
		f.u.cells = append(f.u.cells[:start-1], f.u.cells[start:]...)
		start--
	}
	f.gap = false
	if !meta.wrapped || start == 0 {
		f.meta = meta
		f.meta.wrapped = meta.wrapped && f.meta.wrapped && f.count > 0
	}
	for k := range f.points {
		if p := &f.points[k]; p.state == pointAhead && p.row == i {
			p.state = pointInLine
			p.col += start
		}
	}
	if goes && meta.size == LineNormal {
		used := len(f.u.cells) - start
		f.gap = used == f.from-1
		for range f.from - used {
			f.u.cells = append(f.u.cells, 0)
		}
	}
	for len(f.u.cells) > f.to && f.meta.size == LineNormal {
		f.emit(f.to, false)
	}
	if !goes || meta.size != LineNormal {
		f.emit(len(f.u.cells), true)
		f.u.reset()
	}
}

// emit lets a row of at most n cells out. last says that the line ends with it.
func (f *reflower) emit(n int, last bool) {
	cells := f.u.cells
	n = min(n, f.to)
	if n < len(cells) && cells[n]&cellTail != 0 {
		if n--; n == 0 { // one column has no room for a wide character
			cells[0], cells[1] = 0, 0
			n = 1
		}
	}
	row := Row{cells[:n], f.meta, &f.u.styles, &f.u.clusters}
	f.scratch = packRow(f.scratch[:0], row)
	f.out.add(f.scratch)
	for k := range f.points {
		p := &f.points[k]
		if p.state != pointInLine {
			continue
		}
		if p.col >= n && !last {
			p.col -= n
			continue
		}
		p.state, p.row = pointDone, f.count
		p.end = p.col >= f.to
		p.col = min(p.col, f.to-1)
	}
	f.count++
	f.u.cells = append(cells[:0], cells[n:]...)
	f.meta.wrapped, f.meta.mark = true, MarkNone
}

// A place is where a cursor is, perhaps behind the last column.
type place struct {
	x, y   int
	behind bool
}

// reflow wraps the main screen and the history anew and returns where the cursor
// has come to.
func (t *Terminal) reflow(cols, rows int, cursor place) place {
	f := &reflower{from: t.main.cols, to: cols}
	f.u.reset()
	f.out.init(t.hist.maxRows+2*MaxRows, 1<<30)
	h := t.hist.count
	at := point{row: h + cursor.y, col: cursor.x}
	if cursor.behind {
		at.col++
	}
	f.points = []point{{row: h}, at}
	if t.g == &t.main && t.saved[0].set {
		s := point{row: h + min(t.saved[0].y, t.main.rows-1), col: t.saved[0].x}
		if t.saved[0].pending {
			s.col++
		}
		f.points = append(f.points, s)
	}
	t.feed(f, cursor.y, rows)
	top, at := f.points[0], f.points[1]
	newTop := max(top.row, f.count-rows)
	if cursor.y == t.main.rows-1 {
		newTop = f.count - rows
	}
	newTop = max(min(newTop, at.row), f.count-f.out.count, 0)
	t.base = t.base - uint64(h) + uint64(newTop)
	cursor = place{at.col, at.row - newTop, at.end && cursor.behind}
	if len(f.points) > 2 {
		s := f.points[2]
		t.saved[0].x, t.saved[0].y = s.col, min(max(s.row-newTop, 0), rows-1)
		t.saved[0].pending = t.saved[0].pending && s.end
	}
	t.takeRows(f, newTop, cols, rows)
	return cursor
}

// feed gives the reflower all rows: the history and the screen up to the cursor
// and to the last row that is not blank.
func (t *Terminal) feed(f *reflower, cursor, rows int) {
	h := t.hist.count
	screen := t.main.rows
	for screen > cursor+1 && isBlank(t.cells(&t.main, screen-1)) {
		screen--
	}
	pack := func(dst []byte, i int) []byte {
		if i < h {
			return append(dst, t.hist.at(i)...)
		}
		return t.appendPacked(dst, &t.main, i-h)
	}
	this := pack(nil, 0)
	var next []byte
	for i := range h + screen {
		goes := false
		if i+1 < h+screen {
			next = pack(next[:0], i+1)
			goes = next[0]&packWrapped != 0
		}
		f.add(i, this, goes)
		this, next = next, this
		if p := f.points[1]; p.state == pointDone && f.count >= p.row+rows {
			return // the rest would be below the screen
		}
	}
}

// takeRows makes the rows from newTop on the screen and those before the history.
func (t *Terminal) takeRows(f *reflower, newTop, cols, rows int) {
	for ; f.count > newTop+rows; f.count-- {
		f.out.dropNewest()
	}
	t.main.init(cols, rows)
	u := &t.unpack
	for y := min(rows, f.count-newTop) - 1; y >= 0; y-- {
		u.reset()
		meta := u.row(f.out.at(f.out.count - 1))
		meta.gen = t.gen
		t.setRow(&t.main, y, Row{u.cells, meta, &u.styles, &u.clusters})
		f.out.dropNewest()
	}
	old := t.hist
	t.hist.init(old.maxRows, old.maxBytes)
	for i := range f.out.count {
		t.hist.add(f.out.at(i))
	}
}

// setRow replaces a row of a grid by one with other numbers for styles and
// texts. The rest of a short row is blank.
func (t *Terminal) setRow(g *grid, y int, r Row) {
	row := g.renew(y)
	var was, is styleRef
	n := min(len(r.cells), len(row))
	for x, c := range r.cells[:n] {
		if c.style() != was {
			was = c.style()
			is = t.intern(r.styles.at(was))
		}
		content := c & cellContent
		if c&cellCluster != 0 {
			content = t.clusterCell(r.clusters.at(c.index())) | c&cellHalves
		}
		row[x] = blank(is) | content
	}
	clear(row[n:])
	if n > 0 && row[n-1]&cellWide != 0 {
		row[n-1] &^= cellContent
	}
	*g.info(y) = r.meta
}

// isBlank reports whether nothing was written into cells.
func isBlank(cells []cell) bool {
	for _, c := range cells {
		if c != 0 {
			return false
		}
	}
	return true
}
