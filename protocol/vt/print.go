package vt

import (
	"encoding/binary"
	"unicode/utf8"
)

// printRun prints ASCII characters and returns how many bytes of p it took: at
// least one, at most up to the end of the row.
func (t *Terminal) printRun(p []byte) int {
	if t.charset.special() || t.modes&modeInsert != 0 {
		t.print(rune(p[0]))
		return 1
	}
	if t.wrapNext {
		t.wrap()
	}
	if !t.penOK {
		t.usePen()
	}
	limit := t.lineEnd()
	row := t.g.row(t.y)
	room := row[t.x:limit]
	if len(p) > len(room) {
		p = p[:len(room)]
	}
	cutLeft(row, t.x)
	room = room[:len(p)]
	base := blank(t.penRef)
	n := printWords(room, p, base)
	for n < len(p) && p[n]-0x20 < 0x5f {
		if room[n]&cellWide != 0 {
			cutLeft(row, t.x+n+1)
		}
		room[n] = base | cell(p[n])
		n++
	}
	t.g.info(t.y).gen = t.gen
	t.lastRune, t.lastProps = rune(p[n-1]), propNarrow
	t.pairOpen, t.pictZWJ, t.pictBefore = false, false, false
	t.advance(n, limit)
	return n
}

// printWords prints ASCII characters over cells without wide characters, eight
// at a time, and returns how many.
func printWords(room []cell, p []byte, base cell) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	n := 0
	for len(p)-n >= 8 && len(room)-n >= 8 {
		word := binary.LittleEndian.Uint64(p[n:])
		if (word|(word-0x20*ones)|(word+ones))&highs != 0 {
			break // below 0x20, DEL or above
		}
		c := (*[8]cell)(room[n:])
		if (c[0]|c[1]|c[2]|c[3]|c[4]|c[5]|c[6]|c[7])&cellHalves != 0 {
			break
		}
		w := cell(word)
		c[0], c[1], c[2], c[3] = base|w&0xff, base|w>>8&0xff, base|w>>16&0xff, base|w>>24&0xff
		c[4], c[5], c[6], c[7] = base|w>>32&0xff, base|w>>40&0xff, base|w>>48&0xff, base|w>>56
		n += 8
	}
	return n
}

// advance moves the cursor behind what was printed.
func (t *Terminal) advance(n, limit int) {
	t.x += n
	if t.x >= limit {
		t.x = limit - 1
		t.wrapNext = true
	}
}

// lineEnd returns the column where text that goes on at the cursor ends: the
// right margin, or the edge of the screen.
func (t *Terminal) lineEnd() int {
	end := t.cols
	if t.g.info(t.y).size != LineNormal {
		end = max(t.cols/2, 1)
		t.x = min(t.x, end-1)
	}
	if t.x < t.right {
		end = min(end, t.right)
	}
	return end
}

// wrap ends the state in which the last column has been written: the next
// character begins a new row, or overwrites the last column if DECAWM is off.
func (t *Terminal) wrap() {
	t.wrapNext = false
	if t.modes&modeWrap == 0 {
		return
	}
	t.index()
	t.carriageReturn()
	m := t.g.info(t.y)
	m.wrapped, m.gen = true, t.gen
}

// print puts a character on the screen.
func (t *Terminal) print(r rune) {
	r = t.charset.translate(r)
	pr := propsOf(r)
	if t.modes&modeGraphemes != 0 && t.lastRune != 0 && t.joinsLast(pr) {
		t.extend(r, pr)
		return
	}
	w := int(pr & propWidth)
	if w == 0 {
		t.combine(r, pr)
		return
	}
	t.put(cell(r), r, pr, w)
}

// put writes a character of one or two columns.
func (t *Terminal) put(content cell, r rune, pr props, w int) {
	if t.wrapNext {
		t.wrap()
	}
	if !t.penOK {
		t.usePen()
	}
	limit := t.lineEnd()
	if w == 2 && t.x+1 >= limit {
		if t.modes&modeWrap == 0 || limit < 2 || limit == t.right && t.right-t.left < 2 {
			return // there is no room for it
		}
		t.wrap()
		limit = t.lineEnd()
		if t.x+1 >= limit {
			return
		}
	}
	if t.modes&modeInsert != 0 {
		t.insertCells(w)
	}
	row := t.g.row(t.y)
	cutLeft(row, t.x)
	cutLeft(row, t.x+w)
	base := blank(t.penRef)
	row[t.x] = base | content
	if w == 2 {
		row[t.x] |= cellWide
		row[t.x+1] = base | cellTail
	}
	t.g.info(t.y).gen = t.gen
	t.remember(r, pr)
	t.advance(w, limit)
}

// remember keeps the last character, for REP and for what may join it.
func (t *Terminal) remember(r rune, pr props) {
	t.lastRune, t.lastProps = r, pr
	t.pairOpen = pr&propClass == classRegional
	t.pictZWJ, t.pictBefore = false, false
}

// breakChain forgets the last character.
func (t *Terminal) breakChain() { t.lastRune = 0 }

// behind returns the column of the character before the cursor, or -1.
func (t *Terminal) behind() int {
	x := t.x
	if !t.wrapNext {
		x--
	}
	if x > 0 && t.g.row(t.y)[x]&cellTail != 0 {
		x--
	}
	return x
}

// combine adds a character without width to the one before the cursor. At the
// left edge there is none, and it is dropped.
func (t *Terminal) combine(r rune, pr props) {
	x := t.behind()
	if x < 0 {
		return
	}
	t.addToCell(x, r)
	if t.lastRune != 0 {
		t.lastProps = pr
	}
}

// usePen finds out how cells have the style to write.
func (t *Terminal) usePen() {
	t.penRef = t.intern(t.pen.pack())
	t.penOK = true
}

// eraser returns the blank that erased cells become: it has the background of
// the pen, and nothing else.
func (t *Terminal) eraser() cell {
	if t.pen.Bg.IsDefault() {
		return 0
	}
	return blank(t.intern(Style{Bg: t.pen.Bg}.pack()))
}

// printRunes prints characters of several bytes and returns how many bytes of p
// it took, at least one.
func (t *Terminal) printRunes(p []byte) int {
	if t.charset.special() || t.modes&(modeInsert|modeGraphemes) != 0 {
		return t.runeBytes(p)
	}
	if t.wrapNext {
		return t.runeBytes(p)
	}
	if !t.penOK {
		t.usePen()
	}
	limit := t.lineEnd()
	row := t.g.row(t.y)
	base := blank(t.penRef)
	x, i := t.x, 0
	var r rune
	var pr props
	for i < len(p) && p[i] >= 0xc2 {
		next, size := decodeRune(p[i:])
		if size < 2 || next < 0xa0 {
			break
		}
		kind := propsOf(next)
		w := int(kind & propWidth)
		if w == 0 && i > 0 {
			t.finishRunes(x, limit, r, pr)
			t.combine(next, kind)
			return i + size
		}
		if w == 0 || x+w > limit {
			break
		}
		cutLeft(row, x)
		cutLeft(row, x+w)
		row[x] = base | cell(next)
		if w == 2 {
			row[x] |= cellWide
			row[x+1] = base | cellTail
		}
		r, pr = next, kind
		x += w
		i += size
	}
	if i == 0 {
		return t.runeBytes(p)
	}
	t.finishRunes(x, limit, r, pr)
	return i
}

// finishRunes ends printRunes: the cursor goes to column x, behind character r.
func (t *Terminal) finishRunes(x, limit int, r rune, pr props) {
	t.g.info(t.y).gen = t.gen
	t.remember(r, pr)
	t.advance(x-t.x, limit)
}

// decodeRune is utf8.DecodeRune, faster for most characters of three bytes.
func decodeRune(p []byte) (rune, int) {
	if len(p) > 2 && p[0]-0xe1 < 0x0c && (p[1]^0x80)|(p[2]^0x80) < 0x40 {
		return rune(p[0]&0x0f)<<12 | rune(p[1]^0x80)<<6 | rune(p[2]^0x80), 3
	}
	return utf8.DecodeRune(p)
}
