package vt

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// Bytes in a packed row that are no characters.
const (
	packBlank   = 0x00 // a number of blanks follows
	packOdd     = 0x01 // the next character has not its usual width
	packCluster = 0x02 // the columns, a length and that many bytes follow
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
	for len(cells) > 0 {
		if c := cells[0]; c^base >= 1<<styleShift {
			base = blank(c.style())
			dst = appendStyle(append(dst, packStyle), r.styles.at(c.style()))
		}
		// Most cells are text of usual width in the style of the one before.
		dst = slices.Grow(dst, 4*len(cells)+8)
		room := dst[len(dst) : len(dst)+4*len(cells)+8]
		n, used := packASCII(room, cells, base)
		cells, room = cells[used:], room[n:]
		wide, used := packUsual(room, cells, base)
		cells = cells[used:]
		dst = dst[:len(dst)+n+wide]
		if len(cells) > 0 && n+wide == 0 && cells[0]^base < 1<<styleShift {
			dst, used = packOther(dst, cells, r.clusters)
			cells = cells[used:]
		}
	}
	return dst
}

// packASCII puts the cells at the start that are ASCII in the style of base into
// room, and returns the bytes and the cells that were used.
func packASCII(room []byte, cells []cell, base cell) (n, used int) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for len(cells)-n >= 8 && len(room)-n >= 8 {
		c := (*[8]cell)(cells[n:])
		c0, c1, c2, c3 := c[0]^base, c[1]^base, c[2]^base, c[3]^base
		c4, c5, c6, c7 := c[4]^base, c[5]^base, c[6]^base, c[7]^base
		word := c0 | c1<<8 | c2<<16 | c3<<24 | c4<<32 | c5<<40 | c6<<48 | c7<<56
		if c0|c1|c2|c3|c4|c5|c6|c7 >= 0x80 || (word-ones)&^word&highs != 0 {
			break // not ASCII, or a blank
		}
		binary.LittleEndian.PutUint64(room[n:], uint64(word))
		n += 8
	}
	for n < len(cells) && n < len(room) && (cells[n]^base)-0x20 < 0x5f {
		room[n] = byte(cells[n])
		n++
	}
	return n, n
}

// packUsual does the same with wide characters of three bytes, such as those of
// Chinese and Japanese.
func packUsual(room []byte, cells []cell, base cell) (n, used int) {
	for used < len(cells) && len(room)-n >= 3 {
		c := cells[used] ^ base
		r := rune(c & 0xffff)
		if c != cellWide|cell(r) || r < 0x800 || propsOf(r)&propWidth != propWide {
			break
		}
		room[n] = 0xe0 | byte(r>>12)
		room[n+1] = 0x80 | byte(r>>6)&0x3f
		room[n+2] = 0x80 | byte(r)&0x3f
		n += 3
		used += 2
	}
	return n, used
}

// packOther appends what is at the start of cells, whatever it is, and returns
// how many cells it is.
func packOther(dst []byte, cells []cell, clusters *clusterTable) ([]byte, int) {
	c := cells[0]
	width := c.width()
	switch {
	case c&cellContent == 0:
		n := 1
		for n < 255 && n < len(cells) && cells[n] == c {
			n++
		}
		return append(dst, packBlank, byte(n)), n
	case c&cellCluster != 0:
		text := clusters.at(c.index())
		return append(append(dst, packCluster, byte(width), byte(len(text))), text...), width
	}
	r := rune(c.index())
	if RuneWidth(r) != width {
		dst = append(dst, packOdd)
	}
	return utf8.AppendRune(dst, r), max(width, 1)
}

// trimCells leaves blanks in the default style at the end out.
func trimCells(cells []cell) []cell {
	n := len(cells)
	for n >= 8 {
		c := (*[8]cell)(cells[n-8:])
		if c[0]|c[1]|c[2]|c[3]|c[4]|c[5]|c[6]|c[7] != 0 {
			break
		}
		n -= 8
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
