package vt

import "unicode/utf8"

// The sequences that work on rectangles (VT420). All take top, left, bottom and
// right, from 1, counted from the margins if DECOM is set.

// A rect is a rectangle of cells; bottom and right are behind its last ones.
type rect struct{ top, left, bottom, right int }

// rectAt reads a rectangle from the parameters, the first being number i.
// Missing ends are those of the screen. It reports false if nothing is in it.
func (t *Terminal) rectAt(i int) (rect, bool) {
	par := &t.parser.par
	x0, y0, x1, y1 := 0, 0, t.cols, t.rows
	if t.modes&modeOrigin != 0 {
		x0, y0, x1, y1 = t.left, t.top, t.right, t.bot
	}
	end := func(i, first, last int) int {
		n := par.get(i, 0)
		if n == 0 {
			return last
		}
		return min(first+min(n, MaxCols), last)
	}
	r := rect{
		top:    y0 + min(par.num(i)-1, MaxRows),
		left:   x0 + min(par.num(i+1)-1, MaxCols),
		bottom: end(i+2, y0, y1),
		right:  end(i+3, x0, x1),
	}
	return r, r.top < r.bottom && r.left < r.right
}

// csiRect does the sequences of this family.
func (t *Terminal) csiRect(inter, final byte) {
	switch [2]byte{inter, final} {
	case [2]byte{'$', 'r'}: // CSI Pt ; Pl ; Pb ; Pr ; Pm $ r   DECCARA
		t.changeRect(false)
	case [2]byte{'$', 't'}: // CSI Pt ; Pl ; Pb ; Pr ; Pm $ t   DECRARA
		t.changeRect(true)
	case [2]byte{'$', 'v'}: // CSI Pt ; Pl ; Pb ; Pr ; Pp ; Pt ; Pl ; Pp $ v   DECCRA
		t.copyRect()
	case [2]byte{'$', 'x'}: // CSI Pc ; Pt ; Pl ; Pb ; Pr $ x   DECFRA
		t.fillRect()
	case [2]byte{'$', 'z'}: // CSI Pt ; Pl ; Pb ; Pr $ z   DECERA
		t.eraseRect(false)
	case [2]byte{'$', '{'}: // CSI Pt ; Pl ; Pb ; Pr $ {   DECSERA
		t.eraseRect(t.spares(true))
	case [2]byte{'$', 'w'}: // CSI Ps $ w   DECRQPSR
		t.replyPresentation()
	case [2]byte{'*', 'x'}: // CSI Ps * x   DECSACE
		if n := t.parser.par.get(0, 0); n <= 2 {
			t.extent = n
		}
	case [2]byte{'#', 'y'}: // CSI Ps # y   XTCHECKSUM
		t.checksum = t.parser.par.get(0, 0)
	case [2]byte{'*', 'y'}: // CSI Pi ; Pg ; Pt ; Pl ; Pb ; Pr * y   DECRQCRA
		t.replyChecksum()
	}
}

func (t *Terminal) eraseRect(selective bool) {
	r, ok := t.rectAt(0)
	if !ok {
		return
	}
	for y := r.top; y < r.bottom; y++ {
		t.eraseCells(y, r.left, r.right, selective)
	}
}

func (t *Terminal) fillRect() {
	ch := rune(t.parser.par.get(0, 0))
	r, ok := t.rectAt(1)
	if !ok || ch < 0x20 || ch > 0x7e && ch < 0xa0 || ch > 0xff {
		return
	}
	if !t.penOK {
		t.usePen()
	}
	single := t.charset.single // which is for a character that is printed
	t.charset.single = 0
	b := blank(t.penRef) | cell(t.charset.translate(ch))
	t.charset.single = single
	for y := r.top; y < r.bottom; y++ {
		row := t.row(y)
		cutLeft(row, r.left)
		cutLeft(row, r.right)
		fill(row[r.left:r.right], b)
		t.g.info(y).gen = t.gen
	}
}

func (t *Terminal) copyRect() {
	par := &t.parser.par
	r, ok := t.rectAt(0)
	if !ok {
		return
	}
	x0, y0, x1, y1 := 0, 0, t.cols, t.rows
	if t.modes&modeOrigin != 0 {
		x0, y0, x1, y1 = t.left, t.top, t.right, t.bot
	}
	top, left := y0+min(par.num(5)-1, MaxRows), x0+min(par.num(6)-1, MaxCols)
	w, h := min(r.right-r.left, x1-left), min(r.bottom-r.top, y1-top)
	if w <= 0 || h <= 0 {
		return
	}
	for i := range h {
		if top > r.top { // the rows may overlap: the last one first
			i = h - 1 - i
		}
		from, to := t.peek(r.top+i), t.row(top+i)
		cutLeft(to, left)
		cutLeft(to, left+w)
		copy(to[left:left+w], from[r.left:r.left+w])
		mendHalves(to, left, left+w)
		t.g.info(top + i).gen = t.gen
	}
}

// mendHalves blanks halves of wide characters that a copy has cut at the ends of
// cells[from:to].
func mendHalves(cells []cell, from, to int) {
	if cells[from]&cellTail != 0 {
		cells[from] &^= cellContent
	}
	if cells[to-1]&cellWide != 0 {
		cells[to-1] &^= cellContent
	}
}

// changeRect is DECCARA, which sets attributes, and DECRARA, which reverses
// them. Without DECSACE 2 the cells are those of the text from the first corner
// to the last one.
func (t *Terminal) changeRect(reverse bool) {
	r, ok := t.rectAt(0)
	if !ok {
		return
	}
	for y := r.top; y < r.bottom; y++ {
		from, to := r.left, r.right
		if t.extent != 2 {
			if y > r.top {
				from = 0
			}
			if y < r.bottom-1 {
				to = t.cols
			}
		}
		t.changeCells(y, from, to, reverse)
	}
}

func (t *Terminal) changeCells(y, from, to int, reverse bool) {
	row := t.row(y)
	t.g.info(y).gen = t.gen
	var was, is styleRef
	known := false
	for x := from; x < to; x++ {
		if row[x]&cellTail != 0 {
			continue // both halves look as the left one
		}
		if !known || row[x].style() != was {
			was = row[x].style()
			s := t.styles.at(was).unpack()
			if reverse {
				t.reverseStyle(&s, 4)
			} else {
				t.changeStyle(&s, 4)
			}
			is, known = t.intern(s.pack()), true
			// Interning may have swept the table; numbers of cells stay.
		}
		row[x] = blank(is) | row[x]&cellContent
		if row[x]&cellWide != 0 {
			row[x+1] = blank(is) | row[x+1]&cellContent
		}
	}
}

// reverseStyle reverses the attributes of SGR 1, 4, 5, 7 and 8, all for 0.
func (t *Terminal) reverseStyle(s *Style, i int) {
	par := &t.parser.par
	for ; i == 4 || i < par.count(); i++ {
		n := par.get(i, 0)
		if n == 0 || n == 1 {
			s.Attr ^= Bold
		}
		if n == 0 || n == 4 {
			if s.Underline == UnderlineNone {
				s.Underline = UnderlineSingle
			} else {
				s.Underline = UnderlineNone
			}
		}
		if n == 0 || n == 5 {
			s.Attr ^= Blink
		}
		if n == 0 || n == 7 {
			s.Attr ^= Inverse
		}
		if n == 8 {
			s.Attr ^= Hidden
		}
	}
}

// replyChecksum is DECRQCRA. The answer is
//
//	DCS Pi ! ~ hhhh ST
//
// with the negative sum of the characters and of weights for attributes, as the
// VT420 forms it; blanks count as spaces. XTCHECKSUM, CSI Ps # y, has a bit that
// leaves the sum positive, one that leaves attributes out, and one that leaves
// out what was never written.
func (t *Terminal) replyChecksum() {
	id := t.parser.par.get(0, 0)
	r, ok := t.rectAt(2)
	sum, weight := 0, 0
	var of styleRef // what weight was found for; the default style has none
	for y := r.top; ok && y < r.bottom; y++ {
		row := t.peek(y)
		for _, c := range row[r.left:r.right] {
			if s := c.style(); s != of {
				of, weight = s, t.styleSum(s)
			}
			if n := t.contentSum(c); n > 0 {
				sum += n + weight
			}
		}
	}
	if t.checksum&checksumPositive == 0 {
		sum = -sum
	}
	t.replyDCS(func(dst []byte) []byte {
		dst = appendInt(dst, id)
		return appendHex4(append(dst, "!~"...), uint16(sum))
	})
}

// The bits of XTCHECKSUM that are known.
const (
	checksumPositive = 1 << iota
	checksumPlain
	_ // blanks are never left out
	checksumWritten
)

// contentSum returns what the characters of a cell add to the checksum; 0 is
// for a cell that does not count.
func (t *Terminal) contentSum(c cell) int {
	sum := int(c.index())
	switch {
	case c&cellTail != 0, c&cellContent == 0 && t.checksum&checksumWritten != 0:
		return 0
	case c&cellCluster != 0:
		sum = 0
		for text := t.clusters.at(c.index()); len(text) > 0; {
			r, n := utf8.DecodeRune(text)
			sum += int(r)
			text = text[n:]
		}
	case sum == 0:
		sum = ' '
	}
	return sum
}

// styleSum returns what the attributes of a cell add to the checksum.
func (t *Terminal) styleSum(r styleRef) int {
	if t.checksum&checksumPlain != 0 {
		return 0
	}
	s := t.styles.at(r).unpack()
	sum := 0
	for _, w := range [...]struct {
		attr   Attr
		weight int
	}{{Protected, 4}, {Hidden, 8}, {Inverse, 0x20}, {Blink, 0x40}, {Bold, 0x80}} {
		if s.Attr&w.attr != 0 {
			sum += w.weight
		}
	}
	if s.Underline != UnderlineNone {
		sum += 0x10
	}
	return sum
}
