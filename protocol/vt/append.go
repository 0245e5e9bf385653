package vt

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// appendText prints text into cells that are all zero from the cursor on, which
// is the usual case: nothing is to be cut, and the draft of the row goes on. It
// returns how many bytes of p it took, at most up to limit; none if there is no
// text that can be printed like this.
func (t *Terminal) appendText(p []byte, limit int) int {
	place := t.g.order[t.y]
	n := appendASCII(t.g.at(place)[t.x:limit], p, blank(t.penRef))
	x := t.x + n
	if n > 0 {
		t.draftText(place, t.x, p[:n])
		t.remember(rune(p[n-1]), propNarrow)
	}
	if n < len(p) && p[n] >= 0xc2 && x < limit && t.modes&modeGraphemes == 0 {
		more, cells := t.appendMixed(p[n:], place, x, limit)
		n, x = n+more, x+cells
	}
	if n > 0 {
		t.g.meta[place].gen = t.gen
		t.advance(x-t.x, limit)
	}
	return n
}

// appendMixed does the same from column x on with text that begins with a
// character of several bytes. It returns how many bytes and cells that were.
func (t *Terminal) appendMixed(p []byte, place int32, x, limit int) (n, cells int) {
	room := t.g.at(place)[x:limit]
	base := blank(t.penRef)
	for n < len(p) && cells < len(room) {
		if p[n] < 0x80 {
			k := appendASCII(room[cells:], p[n:], base)
			if k == 0 {
				break
			}
			t.draftText(place, x+cells, p[n:n+k])
			n, cells = n+k, cells+k
			continue
		}
		k, w := appendRunes(room[cells:], p[n:], base)
		if k == 0 {
			break
		}
		t.draftRunes(place, x+cells, room[cells:cells+w])
		n, cells = n+k, cells+w
	}
	if n > 0 {
		last := room[cells-1]
		if last&cellTail != 0 {
			last = room[cells-2]
		}
		r := rune(last.index())
		t.remember(r, propsOf(r))
	}
	return n, cells
}

// appendASCII puts ASCII characters into zero cells, mostly eight at a time, and
// returns how many.
func appendASCII(room []cell, p []byte, base cell) int {
	if len(p) > len(room) {
		p = p[:len(room)]
	}
	room = room[:len(p)]
	n := 0
	for n <= len(p)-8 {
		word := binary.LittleEndian.Uint64(p[n:])
		c := (*[8]cell)(room[n:])
		if stop := notASCII(word); stop != 0 {
			return n + appendPart(c, word, bits.TrailingZeros64(stop)/8, base)
		}
		spread((*[4]cell)(c[:4]), word, base)
		spread((*[4]cell)(c[4:]), word>>32, base)
		n += 8
	}
	for n < len(p) && p[n]-0x20 < 0x5f {
		room[n] = base | cell(p[n])
		n++
	}
	return n
}

// appendPart puts the first n of eight characters into zero cells and returns n.
func appendPart(c *[8]cell, word uint64, n int, base cell) int {
	if base == 0 {
		word &= 1<<(8*n&63) - 1 // the cells behind the text stay zero
		spread((*[4]cell)(c[:4]), word, 0)
		spread((*[4]cell)(c[4:]), word>>32, 0)
		return n
	}
	for i := range n {
		c[i&7] = base | cell(byte(word))
		word >>= 8
	}
	return n
}

// appendRunes puts characters of several bytes into zero cells and returns how
// many bytes and cells that were. It stops at characters without width, at
// malformed ones, and where fewer than four bytes or two cells are left: it looks
// at four at once, and always fills two.
func appendRunes(room []cell, p []byte, base cell) (n, x int) {
	for len(p)-n >= 4 && len(room)-x >= 2 {
		v := binary.LittleEndian.Uint32(p[n:])
		r, size := v&0x0f<<12|v>>2&0xfc0|v>>16&0x3f, 3
		if v&0xc0c0f0 != 0x8080e0 {
			if r, size = runeOf2Or4(v); size == 0 {
				break
			}
		} else if r < 0x800 || r>>11 == 0xd800>>11 {
			break
		}
		w := cell(propsOf(rune(r)) & propWidth)
		if w == 0 {
			break
		}
		to := (*[2]cell)(room[x:])
		to[0] = base | cell(r) | (w-1)*cellWide
		to[1] = (base | cellTail) & -(w - 1) // zero, as before, behind a narrow one
		n, x = n+size, x+int(w)
	}
	return n, x
}

// runeOf2Or4 decodes a character of two or four bytes that stands at the lower
// end of v. The size is 0 if there is none.
func runeOf2Or4(v uint32) (r uint32, size int) {
	if v&0xc0e0 == 0x80c0 {
		if r = v&0x1f<<6 | v>>8&0x3f; r >= 0xa0 { // below are controls
			return r, 2
		}
	} else if v&0xc0c0c0f8 == 0x808080f0 {
		if r = v&0x07<<18 | v<<4&0x3f000 | v>>10&0xfc0 | v>>24&0x3f; r >= 0x10000 && r <= utf8.MaxRune {
			return r, 4
		}
	}
	return 0, 0
}
