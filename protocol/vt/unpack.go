package vt

import "unicode/utf8"

// An unpacker turns what packRow made into cells, with its own numbers for
// styles and texts.
type unpacker struct {
	styles   styleTable
	clusters clusterTable
	cells    []cell
	p        []byte
	bad      bool // the bytes are not a packed row

	links map[uint32]uint32 // if not nil, the numbers that links get
}

// reset forgets the cells.
func (u *unpacker) reset() {
	u.styles.reset()
	u.clusters.reset()
	u.cells, u.bad = u.cells[:0], false
}

// addStyle returns the number of a style.
func (u *unpacker) addStyle(s style) uint32 {
	n, ok := u.styles.add(s)
	if !ok {
		u.styles.startSweep()
		u.styles.mark(u.cells)
		u.styles.endSweep()
		n, _ = u.styles.add(s)
	}
	return n
}

// addCluster returns the content of a cell with a text of several characters.
func (u *unpacker) addCluster(text []byte) cell {
	n, ok := u.clusters.add(text)
	if !ok {
		u.clusters.startSweep()
		u.clusters.mark(u.cells)
		u.clusters.endSweep()
		n, _ = u.clusters.add(text)
	}
	return cellCluster | cell(n)
}

// row appends the cells of a packed row and returns the row's flags.
func (u *unpacker) row(p []byte) rowMeta {
	u.p = p
	flags := u.byte()
	meta := rowMeta{
		mark:    Mark(flags & 3),
		size:    LineSize(flags >> 2 & 3),
		wrapped: flags&packWrapped != 0,
	}
	if meta.mark > MarkOutput || flags > packWrapped|0x0f {
		u.bad = true
	}
	base := cell(0)
	start := len(u.cells)
	for len(u.p) > 0 && !u.bad && len(u.cells)-start <= MaxCols {
		switch b := u.p[0]; {
		case b >= 0x20 && b < 0x7f:
			u.cells = append(u.cells, base|cell(b))
			u.p = u.p[1:]
		case b == packStyle:
			u.p = u.p[1:]
			base = blank(u.addStyle(u.style()))
		case b == packBlank:
			u.p = u.p[1:]
			for range u.byte() {
				u.cells = append(u.cells, base)
			}
		default:
			c := u.char()
			u.cells = append(u.cells, base|c)
			if c&cellWide != 0 {
				u.cells = append(u.cells, base|cellTail)
			}
		}
	}
	return meta
}

// byte takes a byte.
func (u *unpacker) byte() byte {
	if len(u.p) == 0 {
		u.bad = true
		return 0
	}
	b := u.p[0]
	u.p = u.p[1:]
	return b
}

// char takes what a cell shows.
func (u *unpacker) char() cell {
	b := u.byte()
	wide := cell(0)
	if b == packWide {
		wide = cellWide
		b = u.byte()
	}
	switch {
	case b == packCluster:
		n := int(u.byte())
		if n == 0 || n > maxCluster || n > len(u.p) || !isText(u.p[:n]) || utf8.RuneCount(u.p[:n]) < 2 {
			u.bad = true
			return 0
		}
		text := u.p[:n]
		u.p = u.p[n:]
		return wide | u.addCluster(text)
	case b >= ' ' && b < 0x7f:
		return wide | cell(b)
	case b < 0xc2: // DEL, a control, or no character
		u.bad = true
		return 0
	}
	r, n := utf8.DecodeRune(append(append(make([]byte, 0, 4), b), u.p[:min(len(u.p), 3)]...))
	if n < 2 || r < 0xa0 {
		u.bad = true
		return 0
	}
	u.p = u.p[n-1:]
	return wide | cell(r)
}

// style takes a packed style.
func (u *unpacker) style() style {
	what := u.byte()
	if what == 0 {
		return style{}
	}
	var colors [3]Color
	for i := range colors {
		switch kind := Color(what>>(2*i)&3) << 24; kind {
		case colorPalette:
			colors[i] = kind | Color(u.byte())
		case colorRGB:
			colors[i] = kind | Color(u.byte())<<16 | Color(u.byte())<<8 | Color(u.byte())
		case colorKind:
			u.bad = true
		}
	}
	var attrs, link uint64
	if what&packAttr != 0 {
		attrs = uint64(u.byte()) | uint64(u.byte())<<8
		u.bad = u.bad || attrs >= 1<<12 || attrs>>9 > uint64(UnderlineDashed)
	}
	if what&packLink != 0 {
		for i := range 4 {
			link |= uint64(u.byte()) << (8 * i)
		}
	}
	if u.links != nil && link != 0 {
		link = uint64(u.links[uint32(link)])
	}
	s := Style{Fg: colors[0], Bg: colors[1], Ul: colors[2], Link: uint32(link)}.pack()
	s.a |= attrs << styleAttrShift
	return s
}
