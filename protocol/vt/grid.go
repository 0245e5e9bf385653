package vt

// rowMeta is what is known of a row besides its cells.
type rowMeta struct {
	gen     uint64 // the generation in which the cells last changed
	wrapped bool   // the row continues the one above
	size    LineSize
	mark    Mark
}

// A grid is the memory of one screen. Rows do not move in it: order says which
// place holds which row, so scrolling moves four bytes per row.
type grid struct {
	cols, rows int
	cells      []cell
	order      []int32   // by row: its place
	meta       []rowMeta // by place
	drafts     []draft   // by place
	packed     []byte    // the drafts' bytes; nil before the first one
	spare      []int32   // for rotations
}

// init makes the grid blank and of a size.
func (g *grid) init(cols, rows int) {
	*g = grid{
		cols: cols, rows: rows,
		cells:  make([]cell, cols*rows),
		order:  make([]int32, rows),
		meta:   make([]rowMeta, rows),
		drafts: make([]draft, rows),
		spare:  make([]int32, rows),
	}
	for y := range g.order {
		g.order[y] = int32(y)
	}
}

// at returns the cells at a place.
func (g *grid) at(place int32) []cell {
	off := int(place) * g.cols
	return g.cells[off : off+g.cols : off+g.cols]
}

// info returns what is known of a row.
func (g *grid) info(y int) *rowMeta { return &g.meta[g.order[y]] }

// rotateUp moves the rows from top to bottom-1 up by n, and those that leave at
// the top to the bottom.
func (g *grid) rotateUp(top, bottom, n int) {
	if n == 1 {
		first := g.order[top]
		copy(g.order[top:bottom-1], g.order[top+1:bottom])
		g.order[bottom-1] = first
		return
	}
	copy(g.spare, g.order[top:top+n])
	copy(g.order[top:], g.order[top+n:bottom])
	copy(g.order[bottom-n:bottom], g.spare[:n])
}

// rotateDown is the opposite of rotateUp.
func (g *grid) rotateDown(top, bottom, n int) { g.rotateUp(top, bottom, bottom-top-n) }

// clearRow makes a row blank.
func (g *grid) clearRow(y int, b cell, gen uint64) {
	place := g.order[y]
	g.meta[place] = rowMeta{gen: gen}
	if b != 0 {
		fill(g.renew(y), b)
		return
	}
	clear(g.at(place)[:g.drafts[place].shown])
	g.drafts[place] = draft{}
}

// renew returns the cells of a row, all of which are to be set.
func (g *grid) renew(y int) []cell {
	place := g.order[y]
	g.drafts[place] = draft{ink: int32(g.cols), shown: int32(g.cols)}
	return g.at(place)
}

// fill sets cells to one value.
func fill(cells []cell, c cell) {
	if c == 0 {
		clear(cells)
		return
	}
	for i := range cells {
		cells[i] = c
	}
}

// cutLeft makes sure that no wide character lies across the left edge of
// cells[x:]: what is left of it becomes blank.
func cutLeft(cells []cell, x int) {
	if x > 0 && x < len(cells) && cells[x]&cellTail != 0 {
		cells[x-1] &^= cellContent
		cells[x] &^= cellContent
	}
}
