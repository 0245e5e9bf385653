package vt

// insertChars is CSI Ps @, ICH.
func (t *Terminal) insertChars(n int) {
	t.wrapNext = false
	t.insertCells(n)
}

// insertCells moves the cells from the cursor to the right margin to the right.
func (t *Terminal) insertCells(n int) {
	if t.insideMargins() {
		t.shiftRight(t.y, t.x, t.right, n)
	}
}

// deleteChars is CSI Ps P, DCH: the cells right of the cursor move to the left.
func (t *Terminal) deleteChars(n int) {
	t.wrapNext = false
	if t.insideMargins() {
		t.shiftLeft(t.y, t.x, t.right, n)
	}
}

// shiftRight moves cells of a row and puts blanks in front of them.
func (t *Terminal) shiftRight(y, from, to, n int) {
	row := t.row(y)
	n = min(n, to-from)
	cutLeft(row, from)
	cutLeft(row, to)
	cutLeft(row, to-n)
	copy(row[from+n:to], row[from:to-n])
	fill(row[from:from+n], t.eraser())
	t.g.info(y).gen = t.gen
}

// shiftLeft moves cells of a row and puts blanks behind them.
func (t *Terminal) shiftLeft(y, from, to, n int) {
	row := t.row(y)
	n = min(n, to-from)
	cutLeft(row, from)
	cutLeft(row, from+n)
	cutLeft(row, to)
	copy(row[from:to-n], row[from+n:to])
	fill(row[to-n:to], t.eraser())
	t.g.info(y).gen = t.gen
}

// insertLines is CSI Ps L, IL: the rows from the cursor to the bottom margin
// move down.
func (t *Terminal) insertLines(n int) {
	if t.y < t.top || t.y >= t.bot || !t.insideMargins() {
		return
	}
	t.scrollDown(t.y, t.bot, n)
	t.x, t.wrapNext = t.left, false
}

// deleteLines is CSI Ps M, DL: the rows below the cursor move up.
func (t *Terminal) deleteLines(n int) {
	if t.y < t.top || t.y >= t.bot || !t.insideMargins() {
		return
	}
	t.scrollUp(t.y, t.bot, n, false)
	t.x, t.wrapNext = t.left, false
}

// shiftColumns is CSI Ps ' }, DECIC, and CSI Ps ' ~, DECDC: inserts or deletes
// columns at the cursor.
func (t *Terminal) shiftColumns(n int, insert bool) {
	if t.y < t.top || t.y >= t.bot || !t.insideMargins() {
		return
	}
	t.wrapNext = false
	for y := t.top; y < t.bot; y++ {
		if insert {
			t.shiftRight(y, t.x, t.right, n)
		} else {
			t.shiftLeft(y, t.x, t.right, n)
		}
	}
}

// scrollSide is CSI Ps SP @, SL, and CSI Ps SP A, SR: the region moves sideways.
func (t *Terminal) scrollSide(n int, right bool) {
	if t.y < t.top || t.y >= t.bot || !t.insideMargins() {
		return
	}
	t.wrapNext = false
	for y := t.top; y < t.bot; y++ {
		if right {
			t.shiftRight(y, t.left, t.right, n)
		} else {
			t.shiftLeft(y, t.left, t.right, n)
		}
	}
}

// backIndex is ESC 6, DECBI: the cursor moves left; at the left margin the
// region moves right instead.
func (t *Terminal) backIndex() {
	t.wrapNext = false
	switch {
	case t.x == t.left:
		if t.y >= t.top && t.y < t.bot {
			t.scrollSide(1, true)
		}
	case t.x > 0:
		t.x--
	}
}

// forwardIndex is ESC 9, DECFI, the opposite.
func (t *Terminal) forwardIndex() {
	t.wrapNext = false
	switch {
	case t.x == t.right-1:
		if t.y >= t.top && t.y < t.bot {
			t.scrollSide(1, false)
		}
	case t.x < t.cols-1:
		t.x++
	}
}

// repeat is CSI Ps b, REP: the last character once more, at most as often as the
// screen has cells.
func (t *Terminal) repeat(last rune, n int) {
	if last == 0 {
		return
	}
	for n = min(n, t.cols*t.rows); n > 0; n-- {
		pr := propsOf(last)
		w := int(pr & propWidth)
		if w == 0 {
			return
		}
		t.put(last, pr, w)
	}
	t.breakChain()
}
