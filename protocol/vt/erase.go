package vt

// Protected cells are spared by two families, whichever protected them: DECSED,
// DECSEL and DECSERA spare those of DECSCA (VT220), ED, EL and ECH those of SPA
// (ECMA-48 section 8.3.143). A terminal is in the way of the one that was last
// used, as xterm is.

// spares reports whether erasing spares protected cells, for the sequences of
// DEC or for the others.
func (t *Terminal) spares(dec bool) bool { return dec != t.isoProtect }

// eraseDisplay is CSI Ps J, ED, and CSI ? Ps J, DECSED: 0 erases from the cursor
// to the end, 1 from the start to the cursor, 2 all of the screen, 3 the history.
func (t *Terminal) eraseDisplay(how int, dec bool) {
	selective := t.spares(dec)
	switch how {
	case 0:
		t.eraseLine(0, dec)
		t.eraseRowsOr(t.y+1, t.rows, selective)
	case 1:
		t.eraseRowsOr(0, t.y, selective)
		t.eraseLine(1, dec)
		if !selective {
			t.g.info(t.y).wrapped = false
			if t.x == t.cols-1 && t.y+1 < t.rows {
				t.g.info(t.y + 1).wrapped = false
			}
		}
	case 2:
		t.eraseRowsOr(0, t.rows, selective)
	case 3:
		if !dec {
			t.hist.clear()
		}
	}
	t.wrapNext = false
}

// eraseRowsOr erases whole rows.
func (t *Terminal) eraseRowsOr(top, bot int, selective bool) {
	if !selective {
		t.eraseRows(top, bot)
		return
	}
	for y := top; y < bot; y++ {
		t.eraseCells(y, 0, t.cols, true)
	}
}

// eraseRows makes whole rows blank.
func (t *Terminal) eraseRows(top, bot int) {
	b := t.eraser()
	for y := top; y < bot; y++ {
		t.g.clearRow(y, b, t.gen)
	}
}

// eraseLine is CSI Ps K, EL, and CSI ? Ps K, DECSEL: 0 erases from the cursor to
// the end of the row, 1 from its start to the cursor, 2 all of it.
func (t *Terminal) eraseLine(how int, dec bool) {
	selective := t.spares(dec)
	from, to := 0, t.cols
	switch how {
	case 0:
		from = t.x
	case 1:
		to = t.x + 1
	case 2:
	default:
		return
	}
	t.wrapNext = false
	t.eraseCells(t.y, from, to, selective)
	if from == 0 && to == t.cols && !selective || how == 0 && from == 0 {
		t.g.info(t.y).wrapped = false
	}
}

// eraseChars is CSI Ps X, ECH.
func (t *Terminal) eraseChars(n int) {
	t.wrapNext = false
	t.eraseCells(t.y, t.x, min(t.x+min(n, MaxCols), t.cols), t.spares(false))
}

// eraseCells makes the cells of a row blank, and both halves of wide characters
// at the ends.
func (t *Terminal) eraseCells(y, from, to int, selective bool) {
	b := t.eraser()
	t.g.info(y).gen = t.gen
	if b == 0 && from >= t.g.ink(y) {
		return // nothing is there
	}
	row := t.row(y)
	if !selective {
		cutLeft(row, from)
		cutLeft(row, to)
		fill(row[from:to], b)
		return
	}
	var of styleRef // what protected was found for; the default style is not
	protected := false
	for x := from; x < to; x++ {
		c := row[x]
		if s := c.style(); s != of {
			of, protected = s, t.styles.at(s).unpack().Attr&Protected != 0
		}
		if c&cellTail != 0 || protected {
			continue
		}
		if c&cellWide != 0 {
			row[x+1] = b
		}
		row[x] = b
	}
}
