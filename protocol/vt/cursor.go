package vt

// CursorShape is what the cursor looks like (DECSCUSR).
type CursorShape uint8

// The shapes of a cursor.
const (
	CursorBlock CursorShape = iota
	CursorUnderline
	CursorBar
)

// A Cursor is where the next character goes, and what the cursor looks like.
type Cursor struct {
	X, Y    int  // column and row, inside the screen
	Pending bool // a character went to the last column: the next one wraps first
	Visible bool
	Blink   bool
	Shape   CursorShape
	Style   Style // of the next character
}

// Cursor returns the cursor.
func (t *Terminal) Cursor() Cursor {
	return Cursor{
		X: t.x, Y: t.y, Pending: t.wrapNext, Style: t.pen, Shape: t.shape,
		Visible: t.modes&modeCursorVisible != 0,
		Blink:   t.modes&modeCursorBlink != 0,
	}
}

// setCursorShape is CSI Ps SP q, DECSCUSR: 0 and 1 a blinking block, 2 a steady
// one, 3 and 4 an underline, 5 and 6 a bar.
func (t *Terminal) setCursorShape() {
	n := t.parser.par.get(0, 0)
	if n > 6 {
		return
	}
	n = max(n, 1) - 1
	t.shape = CursorShape(n / 2)
	t.switchMode(modeCursorBlink, n%2 == 0)
}

// moveTo puts the cursor into a column and a row, which count from the margins
// if DECOM is set.
func (t *Terminal) moveTo(x, y int) {
	t.moveRow(y)
	t.moveColumn(x)
}

// moveColumn is CSI Ps G, CHA, and CSI Ps `, HPA.
func (t *Terminal) moveColumn(x int) {
	t.wrapNext = false
	if t.modes&modeOrigin != 0 {
		t.x = t.left + min(x, t.right-t.left-1)
		return
	}
	t.x = min(x, t.cols-1)
}

// moveRow is CSI Ps d, VPA.
func (t *Terminal) moveRow(y int) {
	t.wrapNext = false
	if t.modes&modeOrigin != 0 {
		t.y = t.top + min(y, t.bot-t.top-1)
		return
	}
	t.y = min(y, t.rows-1)
}

// cursorUp moves up, at most to the top margin if the cursor is below it.
func (t *Terminal) cursorUp(n int) {
	t.wrapNext = false
	stop := 0
	if t.y >= t.top {
		stop = t.top
	}
	t.y = max(t.y-n, stop)
}

// cursorDown moves down, at most to the bottom margin if the cursor is above it.
func (t *Terminal) cursorDown(n int) {
	t.wrapNext = false
	stop := t.rows - 1
	if t.y < t.bot {
		stop = t.bot - 1
	}
	t.y = min(t.y+min(n, MaxRows), stop)
}

// cursorForward moves right, at most to the right margin if the cursor is left
// of it.
func (t *Terminal) cursorForward(n int) {
	t.wrapNext = false
	stop := t.cols - 1
	if t.x < t.right {
		stop = t.right - 1
	}
	t.x = min(t.x+min(n, MaxCols), stop)
}

// cursorBack is BS and CSI Ps D, CUB: it moves left, at most to the left margin
// if the cursor is right of it. If reverse wrap is on it goes on in the row
// above: in mode 45 if that row runs over into this one, in mode 1045 always,
// and from the top to the bottom.
func (t *Terminal) cursorBack(n int) {
	reverse := t.modes&(modeReverseWrap|modeReverseWrapAll) != 0 && t.modes&modeWrap != 0
	n = min(n, MaxCols*MaxRows)
	if t.wrapNext {
		t.wrapNext = false
		if reverse {
			n--
		}
	}
	for {
		stop := 0
		if t.x >= t.left {
			stop = t.left
		}
		if n <= t.x-stop {
			t.x -= n
			return
		}
		n -= t.x - stop + 1
		t.x = stop
		if !reverse || !t.lineBack() {
			return
		}
	}
}

// lineBack moves the cursor to the end of the row above, if reverse wrap allows
// it.
func (t *Terminal) lineBack() bool {
	y := t.y - 1
	switch {
	case t.modes&modeReverseWrapAll != 0:
		if t.y == t.top {
			y = t.bot - 1
		}
	case t.y == t.top || !t.g.info(t.y).wrapped:
		return false
	}
	if y < 0 {
		return false
	}
	t.y = y
	t.x = t.right - 1
	return true
}

// A savedCursor is what DECSC keeps.
type savedCursor struct {
	set     bool
	x, y    int
	pending bool // the last column flag
	origin  bool
	pen     Style
	charset charsets
}

// saveCursor is ESC 7, DECSC, and CSI s, SCOSC.
func (t *Terminal) saveCursor() {
	t.saved[t.screen()] = savedCursor{
		set: true, x: t.x, y: t.y, pending: t.wrapNext, pen: t.pen, charset: t.charset,
		origin: t.modes&modeOrigin != 0,
	}
}

// restoreCursor is ESC 8, DECRC, and CSI u, SCORC. The wrap flag of the manuals
// is the last column flag of DEC STD 070, not DECAWM: a cursor that was saved
// while it waited to wrap waits again. If nothing was saved the cursor goes home
// and is as after a reset.
func (t *Terminal) restoreCursor() {
	s := t.saved[t.screen()]
	t.x, t.y = min(s.x, t.cols-1), min(s.y, t.rows-1)
	t.wrapNext = s.pending
	t.checkWait()
	t.pen, t.penOK = s.pen, false
	t.switchMode(modeOrigin, s.origin)
	t.charset = s.charset
}

// checkWait ends the wait to wrap if the cursor has come into a row that does
// not end there: one with characters of another size, or without the margin.
func (t *Terminal) checkWait() {
	t.wrapNext = t.wrapNext && t.x == t.rowEnd(t.x, t.y)-1
}

// rowEnd returns the column where text ends that goes on at x in row y.
func (t *Terminal) rowEnd(x, y int) int {
	end := t.rowCols(y)
	if x < t.right {
		end = min(end, t.right)
	}
	return end
}

// rowCols returns how many columns row y has; with wide characters half as many.
func (t *Terminal) rowCols(y int) int {
	if t.g.info(y).size != LineNormal {
		return max(t.cols/2, 1)
	}
	return t.cols
}

// setMargins is CSI Pt ; Pb r, DECSTBM.
func (t *Terminal) setMargins() {
	par := &t.parser.par
	top, bot := par.num(0)-1, par.get(1, 0)
	if bot == 0 || bot > t.rows {
		bot = t.rows
	}
	if top >= bot-1 {
		return
	}
	t.top, t.bot = top, bot
	t.moveTo(0, 0)
}

// setSideMargins is CSI Pl ; Pr s, DECSLRM.
func (t *Terminal) setSideMargins() {
	par := &t.parser.par
	left, right := par.num(0)-1, par.get(1, 0)
	if right == 0 || right > t.cols {
		right = t.cols
	}
	if left >= right-1 {
		return
	}
	t.left, t.right = left, right
	t.moveTo(0, 0)
}

// resetMargins makes the whole screen the scroll region.
func (t *Terminal) resetMargins() {
	t.top, t.bot, t.left, t.right = 0, t.rows, 0, t.cols
}

// softReset is CSI ! p, DECSTR (VT510 manual, chapter 5).
func (t *Terminal) softReset() {
	t.modes |= modeCursorVisible | modeWrap
	t.modes &^= modeOrigin | modeInsert | modeKeyLock | modeCursorKeys | modeKeypad | modeMargins |
		modeReverseWrap | modeReverseWrapAll
	t.resetMargins()
	t.pen, t.penOK = Style{}, false
	t.charset = charsets{}
	t.saved[t.screen()] = savedCursor{}
	t.isoProtect, t.extent = false, 0
	t.keyFormat = 0
	t.wrapNext = false
}

// setLevel is CSI Pl ; Pc " p, DECSCL: 61 is a VT100, 62 and more have 8-bit
// controls unless Pc is 1. All know the same sequences here.
func (t *Terminal) setLevel() {
	level := t.parser.par.get(0, 0)
	if level < 61 || level > 65 {
		return
	}
	t.softReset()
	t.level8 = level > 61 && t.parser.par.get(1, 0) != 1
}
