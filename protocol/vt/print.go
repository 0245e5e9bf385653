package vt

import (
	"encoding/binary"
	"unicode/utf8"
)

// printText prints text and returns how many bytes of p it took: at least one, at
// most up to the end of the row.
func (t *Terminal) printText(p []byte) int {
	ascii := p[0] < 0x80
	if t.charset.special() || t.modes&modeInsert != 0 || !ascii && (t.wrapNext || t.modes&modeGraphemes != 0) {
		return t.printOne(p)
	}
	if t.wrapNext {
		t.wrap()
	}
	if !t.penOK {
		t.usePen()
	}
	limit := t.lineEnd()
	var n int
	switch {
	case t.fresh():
		n = t.draftText(p, limit)
	case ascii:
		return t.overtype(p, limit)
	default:
		n = t.overtypeRunes(p, limit)
	}
	if n == 0 {
		return t.printOne(p)
	}
	if n < len(p) && p[n] >= 0xc2 && t.modes&modeGraphemes == 0 {
		if r, size := utf8.DecodeRune(p[n:]); r >= 0xa0 && size > 1 && propsOf(r)&propWidth == 0 {
			t.combine(r, propsOf(r))
			return n + size
		}
	}
	return n
}

// printOne prints a character and returns how many bytes of p it took.
func (t *Terminal) printOne(p []byte) int {
	if p[0] >= 0x80 {
		return t.runeBytes(p)
	}
	t.print(rune(p[0]))
	return 1
}

// overtype prints ASCII characters into cells.
func (t *Terminal) overtype(p []byte, limit int) int {
	place := t.g.order[t.y]
	row, d := t.open(place)
	n := printASCII(row, t.x, limit, p, blank(t.penRef))
	d.inked(t.x + n)
	t.g.meta[place].gen = t.gen
	t.remember(rune(p[n-1]), propNarrow)
	t.advance(n, limit)
	return n
}

// Of eight bytes in a word at once.
const (
	byteOnes  = 0x0101010101010101
	byteHighs = 0x8080808080808080
)

// load8 returns the eight bytes of p from number i on.
func load8(p []byte, i int) uint64 { return binary.LittleEndian.Uint64(p[i : i+8 : i+8]) }

// notASCII has the upper bit set in the first byte of a word that is not a
// printable ASCII character. Behind it bits may be set too.
func notASCII(word uint64) uint64 {
	return (word | (word - 0x20*byteOnes) | (word + byteOnes)) & byteHighs
}

// spread puts the lower four bytes of a word into cells. For eight it would not be
// inlined.
func spread(c *[4]cell, word uint64, base cell) {
	w := cell(word)
	c[0], c[1], c[2], c[3] = base|w&0xff, base|w>>8&0xff, base|w>>16&0xff, base|w>>24&0xff
}

// printASCII puts ASCII characters into the columns x to end-1 of a row and
// returns how many.
func printASCII(row []cell, x, end int, p []byte, base cell) int {
	cutLeft(row, x)
	room := row[x:end]
	if len(p) > len(room) {
		p = p[:len(room)]
	}
	room = room[:len(p)]
	n := 0
	for n <= len(p)-8 { // eight at a time, over cells without wide characters
		word := load8(p, n)
		if notASCII(word) != 0 {
			break
		}
		c := (*[8]cell)(room[n : n+8 : n+8])
		if (c[0]|c[1]|c[2]|c[3]|c[4]|c[5]|c[6]|c[7])&cellHalves != 0 {
			break
		}
		spread((*[4]cell)(c[:4]), word, base)
		spread((*[4]cell)(c[4:]), word>>32, base)
		n += 8
	}
	for n < len(p) && p[n]-0x20 < 0x5f {
		if room[n]&cellWide != 0 {
			cutLeft(row, x+n+1)
		}
		room[n] = base | cell(p[n])
		n++
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
	t.put(r, pr, w)
}

// put writes a character of one or two columns.
func (t *Terminal) put(r rune, pr props, w int) {
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
	if !t.fresh() || !t.draftRune(r, w) {
		place := t.g.order[t.y]
		row, d := t.open(place)
		d.inked(t.x + w)
		cutLeft(row, t.x)
		cutLeft(row, t.x+w)
		base := blank(t.penRef)
		row[t.x] = base | cell(r)
		if w == 2 {
			row[t.x] |= cellWide
			row[t.x+1] = base | cellTail
		}
		t.g.meta[place].gen = t.gen
	}
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
	if x > 0 && t.peek(t.y)[x]&cellTail != 0 {
		x--
	}
	return x
}

// combine adds a character without width to the one before the cursor. At the
// left edge there is none, and it is dropped.
func (t *Terminal) combine(r rune, pr props) {
	if t.addToLast(r) && t.lastRune != 0 {
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

// overtypeRunes is overtype for characters of several bytes. It may take none.
func (t *Terminal) overtypeRunes(p []byte, limit int) int {
	place := t.g.order[t.y]
	row, d := t.open(place)
	base := blank(t.penRef)
	x, i := t.x, 0
	var r rune
	var pr props
	for i < len(p) && p[i] >= 0xc2 {
		next, size := utf8.DecodeRune(p[i:])
		if size < 2 || next < 0xa0 {
			break
		}
		kind := propsOf(next)
		w := int(kind & propWidth)
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
	if i > 0 {
		d.inked(x)
		t.g.meta[place].gen = t.gen
		t.remember(r, pr)
		t.advance(x-t.x, limit)
	}
	return i
}
