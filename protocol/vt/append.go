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
	row := t.g.at(place)[:limit]
	b := t.g.openDraft(place, t.x, t.penRef, &t.styles)
	base := blank(t.penRef)
	x, i := t.x, 0
	for i < len(p) && x < len(row) {
		if p[i] < 0x80 {
			n := appendASCII(row[x:], p[i:], base)
			if n == 0 {
				break
			}
			b = draftText(b, p[i:i+n])
			i, x = i+n, x+n
			continue
		}
		n, w := 0, 0
		if t.modes&modeGraphemes == 0 {
			n, w = appendRunes(row[x:], p[i:], base)
		}
		if n == 0 {
			break
		}
		b = draftRunes(b, row[x:x+w])
		i, x = i+n, x+w
	}
	if i == 0 {
		return 0
	}
	t.g.closeDraft(place, x, t.penRef, b)
	t.g.meta[place].gen = t.gen
	last := row[x-1]
	if last&cellTail != 0 {
		last = row[x-2]
	}
	r := rune(last.index())
	t.remember(r, propsOf(r))
	t.advance(x-t.x, limit)
	return i
}

// appendASCII puts ASCII characters into zero cells and returns how many.
func appendASCII(room []cell, p []byte, base cell) int {
	n := 0
	for len(p)-n >= 8 && len(room)-n >= 8 {
		word := binary.LittleEndian.Uint64(p[n:])
		c := (*[8]cell)(room[n:])
		stop := notASCII(word)
		if stop == 0 {
			spread(c, word, base)
			n += 8
			continue
		}
		end := uint(bits.TrailingZeros64(stop)) / 8
		if base == 0 { // the cells behind the text stay zero
			spread(c, word&(1<<(8*end)-1), 0)
			return n + int(end)
		}
		for i := range end {
			c[i&7] = base | cell(byte(word))
			word >>= 8
		}
		return n + int(end)
	}
	for n < len(p) && n < len(room) && p[n]-0x20 < 0x5f {
		room[n] = base | cell(p[n])
		n++
	}
	return n
}

// appendRunes puts characters of several bytes into zero cells and returns how
// many bytes and cells that were. It stops at characters without width, at
// malformed ones, and where fewer than four bytes are left: it looks at four at
// once.
func appendRunes(room []cell, p []byte, base cell) (n, x int) {
	for len(p)-n >= 4 && x < len(room) {
		v := binary.LittleEndian.Uint32(p[n:])
		r, size := v&0x0f<<12|v>>2&0xfc0|v>>16&0x3f, 3
		if v&0xc0c0f0 != 0x8080e0 {
			if r, size = runeOf2Or4(v); size == 0 {
				break
			}
		} else if r < 0x800 || r>>11 == 0xd800>>11 {
			break
		}
		c := base | cell(r)
		switch propsOf(rune(r)) & propWidth {
		case propNarrow:
			room[x] = c
			x++
		case propWide:
			if x+1 >= len(room) {
				return n, x
			}
			room[x], room[x+1] = c|cellWide, base|cellTail
			x += 2
		default:
			return n, x
		}
		n += size
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
