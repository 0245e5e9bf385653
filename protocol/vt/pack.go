package vt

import (
	"encoding/binary"
	"slices"
)

// Bytes in a packed row that are not ASCII.
const (
	packBlank   = 0x00 // a number of blanks follows
	packCluster = 0x01 // the columns, a length and that many bytes follow
	packStyle   = 0x02 // the style of the next cells follows
	packRune    = 0x80 // or-ed with 0x40 if it is wide and the upper five of its 21 bits; two bytes follow
)

// Bits of a packed row's first byte, above the mark (two bits) and the size
// (two bits).
const packWrapped = 0x10

// packRow appends a row: a byte of flags, then what the cells show, with a style
// wherever it changes; at the start it is the default one. Blanks at the
// end are left out.
func packRow(dst []byte, r Row) []byte {
	dst = append(dst, packFlags(&r.meta))
	cells := trimCells(r.cells)
	base := cell(0)
	for i := 0; i < len(cells); {
		// Nearly all cells are one character in the style of the one before.
		dst = slices.Grow(dst, 4*(len(cells)-i)+8)
		n, used := packUsual(dst[len(dst):cap(dst)], cells[i:], base)
		dst = dst[:len(dst)+n]
		if i += used; i == len(cells) {
			break
		}
		if c := cells[i]; c^base >= 1<<styleShift {
			base = blank(c.style())
			dst = appendStyle(append(dst, packStyle), r.styles.at(c.style()))
			continue
		}
		dst, used = packOther(dst, cells[i:], r.clusters)
		i += used
	}
	return dst
}

// packFlags returns the first byte of a packed row.
func packFlags(m *rowMeta) byte {
	flags := byte(m.mark) | byte(m.size)<<2
	if m.wrapped {
		flags |= packWrapped
	}
	return flags
}

// packUsual puts the cells at the start that are single characters in the style
// of base into room, which has four bytes for each cell. It returns how many
// bytes and cells that were.
func packUsual(room []byte, cells []cell, base cell) (n, i int) {
	for i < len(cells) {
		c := cells[i] ^ base
		if c-0x20 < 0x5f {
			k := packWords(room[n:], cells[i:], base)
			n, i = n+k, i+k
			for i < len(cells) && (cells[i]^base)-0x20 < 0x5f {
				room[n] = byte(cells[i])
				n++
				i++
			}
			continue
		}
		if c&^(cellWide|cellRune) != 0 || c == 0 {
			break
		}
		b := room[n : n+3 : n+3]
		wide := c / cellWide
		b[0], b[1], b[2] = packRune|byte(wide<<6)|byte(c>>16)&0x1f, byte(c>>8), byte(c)
		n += 3
		i += 1 + int(wide)
	}
	return n, i
}

// packWords puts ASCII cells into room, eight at a time, and returns how many.
func packWords(room []byte, cells []cell, base cell) (n int) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for len(cells)-n >= 8 {
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
	return n
}

// packOther appends what is at the start of cells, blanks or a cluster, and
// returns how many cells it is.
func packOther(dst []byte, cells []cell, clusters *clusterTable) ([]byte, int) {
	c := cells[0]
	if c&cellContent == 0 {
		n := 1
		for n < 255 && n < len(cells) && cells[n] == c {
			n++
		}
		return append(dst, packBlank, byte(n)), n
	}
	text, width := clusters.at(c.index()), c.width()
	return append(append(dst, packCluster, byte(width), byte(len(text))), text...), width
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
	fg, bg, ul := Color(s.a)&colorMask, Color(s.a>>styleBgShift)&colorMask, Color(s.b)&colorMask
	what := byte(fg>>24) | byte(bg>>24)<<2 | byte(ul>>24)<<4
	attrs, link := s.a>>styleAttrShift, uint32(s.b>>styleLinkShift)
	if attrs != 0 {
		what |= packAttr
	}
	if link != 0 {
		what |= packLink
	}
	dst = append(dst, what)
	if fg != 0 {
		dst = appendColor(dst, fg)
	}
	if bg != 0 {
		dst = appendColor(dst, bg)
	}
	if ul != 0 {
		dst = appendColor(dst, ul)
	}
	if attrs != 0 {
		dst = append(dst, byte(attrs), byte(attrs>>8))
	}
	if link != 0 {
		dst = binary.LittleEndian.AppendUint32(dst, link)
	}
	return dst
}

// appendColor appends the number of a colour or its 24 bits.
func appendColor(dst []byte, c Color) []byte {
	if c&colorKind == colorPalette {
		return append(dst, byte(c))
	}
	return append(dst, byte(c>>16), byte(c>>8), byte(c))
}
