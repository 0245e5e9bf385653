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

// addStyle returns how a cell has a style.
func (u *unpacker) addStyle(s style) styleRef {
	n, ok := u.styles.add(s)
	if !ok {
		u.styles.startSweep()
		u.styles.mark(u.cells)
		u.styles.endSweep(len(u.cells))
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

// char takes what a cell shows that is neither ASCII nor blank.
func (u *unpacker) char() cell {
	b := u.byte()
	if b == packCluster {
		return u.cluster()
	}
	c := cell(b&0x1f)<<16 | cell(u.byte())<<8 | cell(u.byte())
	if b&packRune == 0 || b&0x20 != 0 || c < 0x20 || c > utf8.MaxRune || c >= 0x7f && c < 0xa0 || !utf8.ValidRune(rune(c)) {
		u.bad = true
		return 0
	}
	if b&0x40 != 0 {
		c |= cellWide
	}
	return c
}

// cluster takes a text of several characters.
func (u *unpacker) cluster() cell {
	width, n := u.byte(), int(u.byte())
	if width < 1 || width > 2 || n == 0 || n > maxCluster || n > len(u.p) || !isText(u.p[:n]) || utf8.RuneCount(u.p[:n]) < 2 {
		u.bad = true
		return 0
	}
	text := u.p[:n]
	u.p = u.p[n:]
	c := u.addCluster(text)
	if width == 2 {
		c |= cellWide
	}
	return c
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
