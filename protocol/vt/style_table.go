package vt

import "math/bits"

// A styleTable gives each style that does not fit into a cell a number: those
// with a hyperlink, a coloured underline, or two colours of which one has 24
// bits. Styles are not counted: when the table is full, what no cell has any
// more is swept out, and the table grows only if that leaves it nearly full. So
// it is never much larger than the number of cells. The zero value is empty.
type styleTable struct {
	a    []uint64 // by number: one half of the styles
	b    []uint64 // the other half, which is nil while it is zero in all
	hash []uint32 // open addressing, a power of two: number+1, or 0 for a free place
	used []uint64 // one bit per number that was in use at the last sweep
	next uint32   // the numbers from here on are free if their bit is clear
}

const minStyles = 32

// at returns the style that a cell has.
func (st *styleTable) at(r styleRef) style {
	if r&refKind != refTable {
		return r.style()
	}
	return st.entry(uint32(r))
}

// entry returns the style with a number.
func (st *styleTable) entry(n uint32) style {
	s := style{a: st.a[n]}
	if st.b != nil {
		s.b = st.b[n]
	}
	return s
}

// reset empties the table.
func (st *styleTable) reset() {
	if len(st.a) > 2*minStyles {
		*st = styleTable{}
		return
	}
	clear(st.hash)
	clear(st.used)
	st.next = 0
}

// find returns the number of a style and whether the table has it, else the
// place in the hash table where it belongs.
func (st *styleTable) find(s style) (n uint32, place uint32, ok bool) {
	mask := uint32(len(st.hash) - 1)
	for place = s.hash() & mask; ; place = (place + 1) & mask {
		n = st.hash[place]
		if n == 0 {
			return 0, place, false
		}
		if st.a[n-1] == s.a && (st.b == nil && s.b == 0 || st.b != nil && st.b[n-1] == s.b) {
			return n - 1, place, true
		}
	}
}

// add returns how a cell has a style. It reports false if the table is full.
func (st *styleTable) add(s style) (styleRef, bool) {
	if r, ok := s.ref(); ok {
		return r, true
	}
	if len(st.hash) == 0 {
		return 0, false
	}
	n, place, ok := st.find(s)
	if !ok {
		if n, ok = st.take(); !ok {
			return 0, false
		}
		if s.b != 0 && st.b == nil {
			st.b = make([]uint64, len(st.a))
		}
		st.a[n] = s.a
		if st.b != nil {
			st.b[n] = s.b
		}
		st.hash[place] = n + 1
	}
	return refTable | styleRef(n), true
}

// take returns a free number.
func (st *styleTable) take() (uint32, bool) {
	for n := st.next; int(n) < len(st.a); n++ {
		if st.used[n/64]&(1<<(n%64)) == 0 {
			st.next = n + 1
			return n, true
		}
	}
	st.next = uint32(len(st.a))
	return 0, false
}

// startSweep prepares for calls of mark.
func (st *styleTable) startSweep() { clear(st.used) }

// mark keeps the styles of some cells.
func (st *styleTable) mark(cells []cell) {
	for _, c := range cells {
		if c >= cell(refTable)<<styleShift {
			n := uint32(c.style())
			st.used[n/64] |= 1 << (n % 64)
		}
	}
}

// live returns how many styles are marked.
func (st *styleTable) live() int {
	n := 0
	for _, w := range st.used {
		n += bits.OnesCount64(w)
	}
	return n
}

// endSweep forgets what was not marked and grows the table if it is still nearly
// full, for so many cells. Numbers stay.
func (st *styleTable) endSweep(cells int) {
	live := st.live()
	if len(st.a)-live <= max(len(st.a)/6, cells/sweepShare) {
		st.resize(styleRoom(live, cells))
	}
	clear(st.hash)
	for n := range st.a {
		if st.used[n/64]&(1<<(n%64)) != 0 {
			_, place, _ := st.find(st.entry(uint32(n)))
			st.hash[place] = uint32(n) + 1
		}
	}
	st.next = 0
}

// sweepShare is how many cells a sweep may read at most for each number that it
// makes free: else a few bytes of input could cost the reading of a large screen.
const sweepShare = 512

// styleRoom returns how large a table should be that has some styles of so many
// cells: a quarter is for new ones, so that a sweep pays.
func styleRoom(live, cells int) int { return live + live/4 + max(minStyles, 2*cells/sweepShare) }

// resize makes the table larger, with an empty hash table.
func (st *styleTable) resize(size int) {
	grown := func(list []uint64, n int) []uint64 {
		out := make([]uint64, n)
		copy(out, list)
		return out
	}
	st.a = grown(st.a, size)
	if st.b != nil {
		st.b = grown(st.b, size)
	}
	st.used = grown(st.used, (size+63)/64)
	st.hash = make([]uint32, 1<<bits.Len(uint(size+size/4)))
}

// shrink makes the table fit for what was marked and returns the new number of
// each style by its old one.
func (st *styleTable) shrink(live, cells int) []uint32 {
	old := *st
	numbers := make([]uint32, len(old.a))
	*st = styleTable{}
	if live == 0 {
		return numbers
	}
	st.resize(styleRoom(live, cells))
	for n := range old.a {
		if old.used[n/64]&(1<<(n%64)) != 0 {
			r, _ := st.add(old.entry(uint32(n)))
			numbers[n] = uint32(r)
		}
	}
	return numbers
}

// intern returns how a cell has a style.
func (t *Terminal) intern(s style) styleRef {
	r, ok := t.styles.add(s)
	if !ok {
		t.markStyles()
		t.styles.endSweep(t.styledCells())
		r, _ = t.styles.add(s)
	}
	return r
}

// markStyles marks all styles that are in use.
func (t *Terminal) markStyles() {
	t.styles.startSweep()
	t.styles.mark(t.main.cells)
	t.styles.mark(t.alt.cells)
	pen := [...]cell{blank(t.penRef)}
	t.styles.mark(pen[:])
}

// styledCells is how many cells markStyles reads.
func (t *Terminal) styledCells() int { return len(t.main.cells) + len(t.alt.cells) }

// largeStyles is the size from which a table of styles is worth shrinking.
const largeStyles = 512

// shrinkStyles gives memory back once a picture with many styles is gone. It
// changes the numbers in the cells.
func (t *Terminal) shrinkStyles() {
	t.markStyles()
	live := t.styles.live()
	if styleRoom(live, t.styledCells()) > len(t.styles.a)/2 {
		t.styles.endSweep(t.styledCells())
		return
	}
	numbers := t.styles.shrink(live, t.styledCells())
	renumber := func(cells []cell) {
		for i, c := range cells {
			if c >= cell(refTable)<<styleShift {
				cells[i] = blank(refTable|styleRef(numbers[uint32(c.style())])) | c&cellContent
			}
		}
	}
	renumber(t.main.cells)
	renumber(t.alt.cells)
	pen := [...]cell{blank(t.penRef)}
	renumber(pen[:])
	t.penRef = pen[0].style()
}
