package vt

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// A draft is a row in its packed form, as far as it has been written. Programs
// write most rows from left to right and leave them, and most of these go to the
// history before anybody has looked at them. So what is appended to such a row
// goes to its draft only: show makes the cells once they are wanted. Whatever
// else changes the cells ends the draft, and packRow makes it anew from them;
// the bytes are the same.
//
// A draft knows no numbers of styles or clusters: a style that does not fit into
// a cell ends it.
type draft struct {
	ink   int32    // all cells from this column on are zero, with a draft or without
	shown int32    // the cells before this column are made, those behind it zero; ink if there is no draft
	n     int32    // the bytes of the draft, the first being for the flags; 0 if there is none
	last  int32    // where in them the last character begins
	read  int32    // the cells that are made are those of the bytes before
	style styleRef // at the end of the draft
	was   styleRef // at read
}

// draftReserve is what must be free in a draft before some text: for blanks in
// front of it and a style.
const draftReserve = 32

// draftSize is the room for the draft of a row.
func draftSize(cols int) int { return 2*cols + 2*draftReserve }

// draftAt returns the draft of a place but for its flags. Behind it is what is
// free.
func (g *grid) draftAt(place int32) []byte {
	size := draftSize(g.cols)
	off := int(place) * size
	return g.packed[off : off+int(g.drafts[place].n) : off+size]
}

// draftBytes returns the packed form of row y, or nil if it has no draft.
func (g *grid) draftBytes(y int) []byte {
	place := g.order[y]
	if g.drafts[place].n == 0 {
		return nil
	}
	b := g.draftAt(place)
	b[0] = packFlags(&g.meta[place])
	return b
}

// appendPacked appends row y of a screen in its packed form.
func (t *Terminal) appendPacked(dst []byte, g *grid, y int) []byte {
	if b := g.draftBytes(y); b != nil {
		return append(dst, b...)
	}
	return packRow(dst, Row{t.cells(g, y), *g.info(y), &t.styles, &t.clusters})
}

// startDraft starts the draft of row y, all cells of which are zero.
func (g *grid) startDraft(y int) {
	if g.packed == nil {
		g.packed = make([]byte, len(g.drafts)*draftSize(g.cols))
	}
	g.drafts[g.order[y]] = draft{n: 1, read: 1}
}

// ink returns the column from which on all cells of row y are zero.
func (g *grid) ink(y int) int { return int(g.drafts[g.order[y]].ink) }

// cells returns the cells of row y of a screen, to be looked at.
func (t *Terminal) cells(g *grid, y int) []cell {
	place := g.order[y]
	if d := &g.drafts[place]; d.shown < d.ink {
		t.show(g, place)
	}
	return g.at(place)
}

// peek returns the cells of row y of the screen that is shown, to be looked at.
func (t *Terminal) peek(y int) []cell { return t.cells(t.g, y) }

// row returns the cells of row y of the screen that is shown, to be changed in
// any way.
func (t *Terminal) row(y int) []cell {
	row, d := t.open(t.g.order[y])
	d.inked(t.cols)
	return row
}

// open returns the cells at a place, to be changed left of the ink. That ends the
// draft.
func (t *Terminal) open(place int32) ([]cell, *draft) {
	d := &t.g.drafts[place]
	if d.n > 0 {
		t.endDraft(place)
	}
	return t.g.at(place), d
}

// endDraft makes the cells at a place the only form of the row.
func (t *Terminal) endDraft(place int32) {
	d := &t.g.drafts[place]
	if d.shown < d.ink {
		t.show(t.g, place)
	}
	d.n = 0
	d.shown = d.ink
}

// inked says that the cells left of column x are written, and that there is no
// draft of them.
func (d *draft) inked(x int) {
	d.ink = max(d.ink, int32(x))
	d.shown = d.ink
}

// show makes the cells of a draft that are not made yet.
func (t *Terminal) show(g *grid, place int32) {
	d := &g.drafts[place]
	b, row := g.draftAt(place), g.at(place)
	x, base := int(d.shown), blank(d.was)
	for i := int(d.read); i < len(b); {
		switch c := b[i]; {
		case c >= packRune:
			wide := c >> 6 & 1
			row[x] = base | cell(wide)*cellWide | cell(c&0x1f)<<16 | cell(b[i+1])<<8 | cell(b[i+2])
			if wide != 0 {
				row[x+1] = base | cellTail
			}
			x += 1 + int(wide)
			i += 3
		case c == packStyle:
			u := unpacker{p: b[i+1:]}
			ref, _ := u.style().ref()
			base = blank(ref)
			i = len(b) - len(u.p)
		case c == packBlank:
			n := int(b[i+1])
			fill(row[x:x+n], base)
			x += n
			i += 2
		case c == packCluster:
			width, text := int(b[i+1]), b[i+3:][:b[i+2]]
			row[x] = base | t.clusterCell(text)
			if width == 2 {
				row[x] |= cellWide
				row[x+1] = base | cellTail
			}
			x += width
			i += 3 + len(text)
		default:
			n := printASCII(row, x, len(row), b[i:], base)
			x += n
			i += n
		}
	}
	d.shown, d.read, d.was = int32(x), d.n, base.style()
}

// fresh reports whether what is printed at the cursor is appended to the draft of
// its row.
func (t *Terminal) fresh() bool {
	d := &t.g.drafts[t.g.order[t.y]]
	return d.n > 0 && t.x >= int(d.ink)
}

// draftText appends text to the draft of the cursor's row up to the column limit,
// and returns how many bytes of it: none if p begins with something that is not
// printed as it is, or if there is no room, which ends the draft.
func (t *Terminal) draftText(p []byte, limit int) int {
	place := t.g.order[t.y]
	d := &t.g.drafts[place]
	room, k := t.draftRoom(place, d)
	n, x := 0, t.x
	for n < len(p) && x < limit && len(room) > 0 {
		if p[n] < 0x80 {
			size := copyASCII(room[k:], p[n:], limit-x)
			n, k, x = n+size, k+size, x+size
			if n == len(p) || p[n] < 0xc2 {
				break // mostly at a control
			}
			continue
		}
		if t.modes&modeGraphemes != 0 {
			break
		}
		size, used, width := packRunes(room[k:], p[n:], limit-x)
		if size == 0 {
			break
		}
		n, k, x = n+size, k+used, x+width
	}
	if n == 0 {
		return 0
	}
	last := rune(p[n-1])
	pr, start := propNarrow, k-1
	if last >= 0x80 {
		start = k - 3
		last = unpackRune(room[start:])
		pr = propsOf(last)
	}
	d.add(k, start, x, t.penRef)
	t.g.meta[place].gen = t.gen
	t.remember(last, pr)
	t.advance(x-t.x, limit)
	return n
}

// draftRune appends a character to the draft of the cursor's row and reports
// whether there was room. Else the draft has ended.
func (t *Terminal) draftRune(r rune, width int) bool {
	place := t.g.order[t.y]
	d := &t.g.drafts[place]
	room, k := t.draftRoom(place, d)
	if room == nil {
		return false
	}
	n := 1
	if r < 0x7f {
		room[k] = byte(r)
	} else {
		n = 3
		putRune(room[k:], uint32(r), width)
	}
	d.add(k+n, k, t.x+width, t.penRef)
	t.g.meta[place].gen = t.gen
	return true
}

// add says that n bytes have been appended, in which the last character is at
// the byte start, that they end at column x, and what style they end with.
func (d *draft) add(n, start, x int, s styleRef) {
	d.last = d.n + int32(start)
	d.n += int32(n)
	d.ink = int32(x)
	d.style = s
}

// draftRoom returns what is free behind the draft of the cursor's row. The first k
// bytes of it are the blanks up to the cursor and the pen's style. If there is too
// little it ends the draft and returns nil.
func (t *Terminal) draftRoom(place int32, d *draft) (room []byte, k int) {
	b := t.g.draftAt(place)
	room = b[len(b):cap(b)]
	if len(room) < draftReserve {
		t.endDraft(place)
		return nil, 0
	}
	if d.style != t.penRef || int(d.ink) != t.x {
		if t.penRef&refKind == refTable {
			t.endDraft(place)
			return nil, 0
		}
		k = draftStyle(room, d.style, t.penRef, t.x-int(d.ink))
	}
	return room, k
}

// draftStyle puts blanks in the default style and the change from one style to
// another into room and returns how many bytes that is.
func draftStyle(room []byte, from, to styleRef, blanks int) int {
	b := room[:0]
	if blanks > 0 {
		if from != 0 {
			b = append(b, packStyle, 0)
			from = 0
		}
		for ; blanks > 255; blanks -= 255 {
			b = append(b, packBlank, 255)
		}
		b = append(b, packBlank, byte(blanks))
	}
	switch {
	case from == to:
	case to == 0:
		b = append(b, packStyle, 0)
	default:
		b = appendStyle(append(b, packStyle), to.style())
	}
	return len(b)
}

// copyASCII copies ASCII characters, at most so many, and returns how many. It
// may write a few bytes behind them.
func copyASCII(room, p []byte, most int) int {
	n := 0
	for size := min(len(p), len(room)) - 8; n <= size; {
		word := load8(p, n)
		binary.LittleEndian.PutUint64(room[n:n+8:n+8], word)
		if stop := notASCII(word); stop != 0 {
			return min(n+bits.TrailingZeros64(stop)/8, most)
		}
		if n += 8; n >= most {
			return most
		}
	}
	for n < len(p) && n < len(room) && n < most && p[n]-0x20 < 0x5f {
		room[n] = p[n]
		n++
	}
	return n
}

// packRunes packs characters of several bytes and returns how many bytes were
// read, how many written, and for how many columns, at most as many as said. It
// stops at characters without width, at malformed ones, and where fewer than four
// bytes or two columns are left: it looks at four at once.
func packRunes(room, p []byte, columns int) (n, k, x int) {
	for len(p)-n >= 4 && len(room)-k >= 4 && columns-x >= 2 {
		v := binary.LittleEndian.Uint32(p[n:])
		r, size := v&0x0f<<12|v>>2&0xfc0|v>>16&0x3f, 3
		if v&0xc0c0f0 != 0x8080e0 {
			if r, size = runeOf2Or4(v); size == 0 {
				break
			}
		} else if r < 0x800 || r>>11 == 0xd800>>11 {
			break
		}
		w := int(propsOf(rune(r)) & propWidth)
		if w == 0 {
			break
		}
		putRune(room[k:], r, w)
		n, k, x = n+size, k+3, x+w
	}
	return n, k, x
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

// putRune puts a packed character of one or two columns into the first three of
// four bytes.
func putRune(room []byte, r uint32, width int) {
	binary.BigEndian.PutUint32(room, packRune<<24|uint32(width-1)<<30|r<<8)
}

// unpackRune returns what putRune has put.
func unpackRune(b []byte) rune { return rune(b[0]&0x1f)<<16 | rune(b[1])<<8 | rune(b[2]) }

// draftJoin adds a character to the last one of the draft of the cursor's row, if
// the cursor stands behind that. What is too long is dropped.
func (t *Terminal) draftJoin(r rune) bool {
	place := t.g.order[t.y]
	d := &t.g.drafts[place]
	end := t.x
	if t.wrapNext {
		end++
	}
	if d.n <= 1 || int(d.ink) != end {
		return false
	}
	b := t.g.draftAt(place)
	if cap(b)-len(b) < draftReserve {
		return false
	}
	width := 1
	if first := b[d.last]; first == packCluster {
		width = int(b[d.last+1])
	} else {
		base := rune(first)
		if first >= packRune {
			base = unpackRune(b[d.last:])
			width += int(first >> 6 & 1)
		}
		b = append(b[:d.last], packCluster, byte(width), byte(utf8.RuneLen(base)))
		b = utf8.AppendRune(b, base)
	}
	if size := b[d.last+2]; int(size)+utf8.RuneLen(r) <= maxCluster {
		b[d.last+2] = size + byte(utf8.RuneLen(r))
		b = utf8.AppendRune(b, r)
	}
	d.n = int32(len(b))
	if d.read > d.last { // its cell is to be made anew
		d.read = d.last
		d.shown = d.ink - int32(width)
		clear(t.g.at(place)[d.shown:d.ink])
	}
	t.g.meta[place].gen = t.gen
	return true
}
