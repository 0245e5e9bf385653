package vt

// A draft is the packed form of a row as far as it has been written. Programs
// write most rows from left to right and leave them: such a row has been packed
// already when it goes to the history, from the bytes that came and at hardly
// any cost. Whatever else changes the cells ends the draft, and packRow makes it
// anew from the cells; the bytes are the same.
type draft struct {
	ink   int32    // all cells from this column on are zero, with a draft or without
	n     int32    // the bytes of the draft, the first being for the flags; noDraft if there is none
	style styleRef // at the end of the draft
}

const noDraft = -1

// draftReserve is what must be free in a draft before some text: for blanks in
// front of it and a style.
const draftReserve = 32

// draftSize is the room for the draft of a row.
func draftSize(cols int) int { return 2*cols + 2*draftReserve }

// keepDrafts makes room for drafts, once rows go to the history. The rows that
// are there have none.
func (g *grid) keepDrafts() {
	if g.packed == nil {
		g.packed = make([]byte, len(g.drafts)*draftSize(g.cols))
	}
}

// draftBytes returns the draft of a place, or nil.
func (g *grid) draftBytes(place int32) []byte {
	d := &g.drafts[place]
	if d.n < 0 {
		return nil
	}
	off := int(place) * draftSize(g.cols)
	return g.packed[off : off+int(d.n) : off+draftSize(g.cols)]
}

// emptyDraft starts the draft of a row of zero cells.
func (g *grid) emptyDraft(place int32) {
	d := draft{n: noDraft}
	if g.packed != nil {
		d.n = 1
	}
	g.drafts[place] = d
}

// ink returns the column from which on all cells of row y are zero.
func (g *grid) ink(y int) int { return int(g.drafts[g.order[y]].ink) }

// draftText appends ASCII characters to the draft of a place. They have gone into
// the cells from column x on, which is not left of the ink, in the pen's style.
func (t *Terminal) draftText(place int32, x int, text []byte) {
	d := &t.g.drafts[place]
	if d.style != t.penRef || int(d.ink) != x {
		t.draftStyle(place, x)
	}
	d.ink = int32(x + len(text))
	if d.n < 0 {
		return
	}
	if room := t.g.draftRoom(place); len(text) <= len(room) {
		d.n += int32(copy(room, text))
		return
	}
	d.n = noDraft
}

// draftRunes appends other characters likewise.
func (t *Terminal) draftRunes(place int32, x int, cells []cell) {
	d := &t.g.drafts[place]
	if d.style != t.penRef || int(d.ink) != x {
		t.draftStyle(place, x)
	}
	d.ink = int32(x + len(cells))
	if d.n < 0 {
		return
	}
	room, n := t.g.draftRoom(place), 0
	for i := 0; i < len(cells); i++ {
		if len(room)-n < 3 {
			d.n = noDraft
			return
		}
		c := cells[i]
		wide := c / cellWide & 1
		to := room[n : n+3 : n+3]
		to[0], to[1], to[2] = packRune|byte(wide<<6)|byte(c>>16)&0x1f, byte(c>>8), byte(c)
		n += 3
		i += int(wide)
	}
	d.n += int32(n)
}

// draftRoom returns what is free behind the draft of a place.
func (g *grid) draftRoom(place int32) []byte {
	size := draftSize(g.cols)
	off := int(place) * size
	return g.packed[off+int(g.drafts[place].n) : off+size]
}

// draftStyle appends blanks up to column x and the pen's style.
func (t *Terminal) draftStyle(place int32, x int) {
	d := &t.g.drafts[place]
	b := t.g.draftBytes(place)
	if cap(b)-len(b) < draftReserve {
		d.n, d.style = noDraft, t.penRef
		return
	}
	if gap := x - int(d.ink); gap > 0 {
		if d.style != 0 {
			b = append(b, packStyle, 0)
			d.style = 0
		}
		for ; gap > 255; gap -= 255 {
			b = append(b, packBlank, 255)
		}
		b = append(b, packBlank, byte(gap))
	}
	if t.penRef != d.style {
		b = appendStyle(append(b, packStyle), t.styles.at(t.penRef))
		d.style = t.penRef
	}
	d.n = int32(len(b))
}

// overwrite ends the draft of a place because cells left of column x change.
func (g *grid) overwrite(place int32, x int) {
	d := &g.drafts[place]
	d.n = noDraft
	d.ink = max(d.ink, int32(x))
}

// redraft replaces the last character of a draft, that of cell c in column x, by
// a cluster. If it is not the last one the draft ends.
func (g *grid) redraft(place int32, x int, c cell, text []byte, clusters *clusterTable) {
	d := &g.drafts[place]
	end := x + c.width()
	last := 3
	switch {
	case end != int(d.ink) || c&cellContent == 0:
		g.overwrite(place, end)
		return
	case c&cellCluster != 0:
		last += len(clusters.at(c.index()))
	case c.index() < 0x80:
		last = 1
	}
	b := g.draftBytes(place)
	if b == nil || cap(b)-len(b)+last < 3+len(text) {
		d.n = noDraft
		return
	}
	b = append(b[:len(b)-last], packCluster, byte(c.width()), byte(len(text)))
	d.n = int32(len(append(b, text...)))
}

// endDrafts ends all drafts.
func (g *grid) endDrafts() {
	for i := range g.drafts {
		g.drafts[i].n = noDraft
	}
}
