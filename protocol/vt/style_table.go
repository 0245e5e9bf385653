package vt

// A style is a Style in sixteen bytes: a has the colours of text (26 bits) and
// background (26) and the attributes (12), b the colour of the underline (26)
// and the hyperlink (32).
type style struct{ a, b uint64 }

const (
	styleBgShift        = 26
	styleAttrShift      = 52
	styleUnderlineShift = styleAttrShift + 9
	styleLinkShift      = 26
)

func (s Style) pack() style {
	return style{
		a: uint64(s.Fg&colorMask) | uint64(s.Bg&colorMask)<<styleBgShift |
			uint64(s.Attr)<<styleAttrShift | uint64(s.Underline)<<styleUnderlineShift,
		b: uint64(s.Ul&colorMask) | uint64(s.Link)<<styleLinkShift,
	}
}

func (s style) unpack() Style {
	return Style{
		Fg:        Color(s.a) & colorMask,
		Bg:        Color(s.a>>styleBgShift) & colorMask,
		Ul:        Color(s.b) & colorMask,
		Attr:      Attr(s.a>>styleAttrShift) & (1<<9 - 1),
		Underline: Underline(s.a >> styleUnderlineShift),
		Link:      uint32(s.b >> styleLinkShift),
	}
}

func (s style) hash() uint32 {
	h := s.a*0x9E3779B97F4A7C15 ^ s.b*0xC2B2AE3D27D4EB4F
	return uint32(h >> 32)
}

// A styleTable gives each style in use a small number. Number 0 is the default
// style. Styles are not counted: when the table is full, what no cell has any
// more is swept out, and the table grows only if that leaves it half full. So
// it is never much larger than the number of cells.
type styleTable struct {
	list []style  // by number; list[0] is the default
	free []uint32 // numbers to be used again
	hash []uint32 // open addressing, a power of two; 0 is a free place
	used []uint64 // one bit per number, for a sweep
}

const minStyles = 64

func (st *styleTable) at(n uint32) style { return st.list[n] }

// reset empties the table.
func (st *styleTable) reset() {
	if cap(st.list) == 0 {
		st.list = make([]style, 1, minStyles)
		st.hash = make([]uint32, 2*minStyles)
	}
	st.list = st.list[:1]
	st.free = st.free[:0]
	clear(st.hash)
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
		if st.list[n] == s {
			return n, place, true
		}
	}
}

// add returns the number of a style. It reports false if the table is full.
func (st *styleTable) add(s style) (uint32, bool) {
	if s == (style{}) {
		return 0, true
	}
	n, place, ok := st.find(s)
	if ok {
		return n, true
	}
	switch {
	case len(st.free) > 0:
		n = st.free[len(st.free)-1]
		st.free = st.free[:len(st.free)-1]
		st.list[n] = s
	case len(st.list) < cap(st.list):
		n = uint32(len(st.list))
		st.list = append(st.list, s)
	default:
		return 0, false
	}
	st.hash[place] = n
	return n, true
}

// startSweep prepares for calls of mark.
func (st *styleTable) startSweep() {
	words := (cap(st.list) + 63) / 64
	if cap(st.used) < words {
		st.used = make([]uint64, words)
	}
	st.used = st.used[:words]
	clear(st.used)
	st.used[0] = 1
}

// mark keeps the styles of some cells.
func (st *styleTable) mark(cells []cell) {
	last := uint32(0)
	for _, c := range cells {
		if n := c.style(); n != last {
			st.used[n/64] |= 1 << (n % 64)
			last = n
		}
	}
}

// endSweep forgets what was not marked and grows the table if it is still half
// full.
func (st *styleTable) endSweep() {
	live := 0
	st.free = st.free[:0]
	for n := len(st.list) - 1; n > 0; n-- {
		if st.used[n/64]&(1<<(n%64)) != 0 {
			live++
		} else {
			st.free = append(st.free, uint32(n))
		}
	}
	if live > cap(st.list)/2 {
		list := make([]style, len(st.list), 2*cap(st.list))
		copy(list, st.list)
		st.list = list
		st.hash = make([]uint32, 2*cap(list))
	} else {
		clear(st.hash)
	}
	for n := range st.list {
		if n > 0 && st.used[n/64]&(1<<(n%64)) != 0 {
			_, place, _ := st.find(st.list[n])
			st.hash[place] = uint32(n)
		}
	}
}

// intern returns the number of a style.
func (t *Terminal) intern(s style) uint32 {
	n, ok := t.styles.add(s)
	if !ok {
		t.sweepStyles()
		n, _ = t.styles.add(s)
	}
	return n
}

// sweepStyles makes room in the table of styles.
func (t *Terminal) sweepStyles() {
	t.styles.startSweep()
	t.styles.mark(t.main.cells)
	t.styles.mark(t.alt.cells)
	keep := [...]cell{blank(t.penID)}
	t.styles.mark(keep[:])
	t.styles.endSweep()
}
