package vt

import "strconv"

// Replies go to the program as if a user had typed them, so a program that
// makes the terminal send text of its choice can type commands (CVE-2003-0070).
// All replies are therefore made of fixed words and numbers that this file and
// color.go form; titles, the clipboard and an answerback are never reported.

// maxReplies bounds what waits to be taken.
const maxReplies = 64 << 10

// appendInt appends a number in decimal.
func appendInt(dst []byte, n int) []byte { return strconv.AppendInt(dst, int64(n), 10) }

// appendHex4 appends four digits.
func appendHex4(dst []byte, n uint16) []byte {
	const digits = "0123456789ABCDEF"
	return append(dst, digits[n>>12], digits[n>>8&15], digits[n>>4&15], digits[n&15])
}

// replyCSI sends CSI, a prefix, numbers with semicolons, and an end.
func (t *Terminal) replyCSI(prefix, end string, numbers ...int) {
	if len(t.replies) > maxReplies {
		return
	}
	dst := t.appendControl(t.replies, '[')
	dst = append(dst, prefix...)
	for i, n := range numbers {
		if i > 0 {
			dst = append(dst, ';')
		}
		dst = appendInt(dst, n)
	}
	t.replies = append(dst, end...)
}

// replyDCS sends DCS, what body appends, and ST.
func (t *Terminal) replyDCS(body func(dst []byte) []byte) {
	if len(t.replies) > maxReplies {
		return
	}
	t.replies = t.appendControl(body(t.appendControl(t.replies, 'P')), '\\')
}

// appendControl appends a C1 control, in eight bits after S8C1T.
func (t *Terminal) appendControl(dst []byte, c byte) []byte {
	if t.level8 {
		return append(dst, c+0x40)
	}
	return append(dst, 0x1b, c)
}

// replyDA answers CSI c and ESC Z, DA1: a VT420 (64) with selective erase (6),
// user windows and horizontal scrolling (21), colour (22), rectangles (28), and
// perhaps sixel (4).
func (t *Terminal) replyDA() {
	if t.opt.Sixel {
		t.replyCSI("?", "c", 64, 4, 6, 21, 22, 28)
		return
	}
	t.replyCSI("?", "c", 64, 6, 21, 22, 28)
}

// replyDA2 answers CSI > c, DA2: a VT420 (41), a version, no ROM. The version
// is one that programs take for a terminal with SGR mouse reports.
func (t *Terminal) replyDA2() {
	if t.parser.par.get(0, 0) == 0 {
		t.replyCSI(">", "c", 41, 380, 0)
	}
}

// replyDA3 answers CSI = c, DA3: a unit id of zeros.
func (t *Terminal) replyDA3() {
	if t.parser.par.get(0, 0) == 0 {
		t.replyDCS(func(dst []byte) []byte { return append(dst, "!|00000000"...) })
	}
}

// replyVersion answers CSI > q, XTVERSION.
func (t *Terminal) replyVersion() {
	if t.parser.par.get(0, 0) == 0 {
		t.replyDCS(func(dst []byte) []byte { return append(dst, ">|everwire-vt(1)"...) })
	}
}

// replyTerminalParameters answers CSI Ps x, DECREQTPARM: no parity, eight bits,
// 38400 baud.
func (t *Terminal) replyTerminalParameters() {
	if n := t.parser.par.get(0, 0); n <= 1 {
		t.replyCSI("", "x", n+2, 1, 1, 128, 128, 1, 0)
	}
}

// place returns the cursor's row and column as the program counts them: from
// the margins if DECOM is set.
func (t *Terminal) place() (row, col int) {
	if t.modes&modeOrigin != 0 {
		return t.y - t.top, t.x - t.left
	}
	return t.y, t.x
}

// replyStatus answers CSI Ps n, DSR.
func (t *Terminal) replyStatus() {
	switch t.parser.par.get(0, 0) {
	case 5: // operating status: fine
		t.replyCSI("", "n", 0)
	case 6: // CPR
		row, col := t.place()
		t.replyCSI("", "R", row+1, col+1)
	}
}

// replyPrivateStatus answers CSI ? Ps n, DSR of the DEC terminals.
func (t *Terminal) replyPrivateStatus() {
	switch t.parser.par.get(0, 0) {
	case 6: // DECXCPR, with the page
		row, col := t.place()
		t.replyCSI("?", "R", row+1, col+1, 1)
	case 15: // printer: none
		t.replyCSI("?", "n", 13)
	case 25: // user defined keys: locked
		t.replyCSI("?", "n", 21)
	case 26: // keyboard: North American, ready, LK401
		t.replyCSI("?", "n", 27, 1, 0, 0)
	case 53, 55: // locator: none
		t.replyCSI("?", "n", 50)
	case 56: // kind of locator: none
		t.replyCSI("?", "n", 57, 0)
	case 62: // space for macros
		t.replyCSI("", "*{", 0)
	case 63: // checksum of macros, DECCKSR
		id := t.parser.par.get(1, 0)
		t.replyDCS(func(dst []byte) []byte { return append(appendInt(dst, id), "!~0000"...) })
	case 75: // data integrity: fine
		t.replyCSI("?", "n", 70)
	case 85: // several sessions: not configured
		t.replyCSI("?", "n", 83)
	}
}

// replyMode answers CSI Ps $ p and CSI ? Ps $ p, DECRQM.
func (t *Terminal) replyMode(private bool) {
	prefix := ""
	if private {
		prefix = "?"
	}
	n := t.parser.par.get(0, 0)
	t.replyCSI(prefix, "$y", n, int(t.Mode(private, n)))
}

// windowOp is CSI Ps ; Ps ; Ps t, XTWINOPS. The window is the viewer's: it is
// not moved or resized, and its title is not told.
func (t *Terminal) windowOp() {
	par := &t.parser.par
	w, h := t.opt.CellWidth, t.opt.CellHeight
	switch par.get(0, 0) {
	case 11: // not an icon
		t.replyCSI("", "t", 1)
	case 13: // position
		t.replyCSI("", "t", 3, 0, 0)
	case 14: // size in pixels
		if w > 0 && h > 0 {
			t.replyCSI("", "t", 4, h*t.rows, w*t.cols)
		}
	case 15: // size of the desktop in pixels
		if w > 0 && h > 0 {
			t.replyCSI("", "t", 5, h*t.rows, w*t.cols)
		}
	case 16: // size of a cell
		if w > 0 && h > 0 {
			t.replyCSI("", "t", 6, h, w)
		}
	case 18: // size in characters
		t.replyCSI("", "t", 8, t.rows, t.cols)
	case 19: // size of the desktop in characters
		t.replyCSI("", "t", 9, t.rows, t.cols)
	case 22:
		t.pushTitle()
	case 23:
		t.popTitle()
	}
}

// replyPresentation answers CSI Ps $ w, DECRQPSR: 1 asks for the cursor, 2 for
// the tab stops.
func (t *Terminal) replyPresentation() {
	switch t.parser.par.get(0, 0) {
	case 1:
		t.replyDCS(t.appendCursorReport)
	case 2:
		t.replyDCS(func(dst []byte) []byte {
			dst = append(dst, "2$u"...)
			sep := false
			for x := range t.cols {
				if t.isTab(x) {
					if sep {
						dst = append(dst, '/')
					}
					dst = appendInt(dst, x+1)
					sep = true
				}
			}
			return dst
		})
	}
}

// appendCursorReport appends DECCIR.
func (t *Terminal) appendCursorReport(dst []byte) []byte {
	row, col := t.place()
	dst = append(appendInt(append(dst, "1$u"...), row+1), ';')
	dst = append(appendInt(dst, col+1), ";1;"...)
	look := byte('@')
	for i, a := range [...]bool{t.pen.Attr&Bold != 0, t.pen.Underline != 0, t.pen.Attr&Blink != 0, t.pen.Attr&Inverse != 0} {
		if a {
			look |= 1 << i
		}
	}
	protected := byte('@')
	if t.pen.Attr&Protected != 0 {
		protected |= 1
	}
	flags := byte('@')
	for i, a := range [...]bool{t.modes&modeOrigin != 0, t.charset.single == 2, t.charset.single == 3, t.wrapNext} {
		if a {
			flags |= 1 << i
		}
	}
	dst = append(dst, look, ';', protected, ';', flags, ';')
	dst = append(appendInt(dst, int(t.charset.gl)), ";2;@;"...)
	for _, g := range t.charset.g {
		if g == setGraphic {
			dst = append(dst, '0')
		} else {
			dst = append(dst, 'B')
		}
	}
	return dst
}
