package vt

// csi does a control sequence: CSI, perhaps a prefix, parameters, perhaps an
// intermediate byte, and a final byte.
func (t *Terminal) csi(final byte) {
	last := t.lastRune
	t.breakChain()
	ps := &t.parser
	switch {
	case final == 'm' && ps.inters == 0 && ps.prefix == 0: // CSI Pm m   SGR, the most frequent one
		t.sgr()
	case ps.inters > 1:
	case ps.inters == 1:
		t.csiWith(ps.prefix, ps.inter, final)
	case ps.prefix == 0:
		if !t.csiCursor(final) && !t.csiEdit(final) {
			t.csiOther(final, last)
		}
	case ps.prefix == '?':
		t.csiPrivate(final)
	case ps.prefix == '>':
		switch final {
		case 'c': // CSI > Ps c   DA2
			t.replyDA2()
		case 'm': // CSI > Pp ; Pv m   XTMODKEYS
			t.setKeyFormat()
		case 'n': // CSI > Ps n
			if t.parser.par.get(0, 0) == 4 {
				t.keyFormat = 0
			}
		case 'q': // CSI > Ps q   XTVERSION
			t.replyVersion()
		}
	case ps.prefix == '=' && final == 'c': // CSI = Ps c   DA3
		t.replyDA3()
	}
}

// csiCursor does the sequences that move the cursor.
func (t *Terminal) csiCursor(final byte) bool {
	par := &t.parser.par
	switch final {
	case 'A': // CSI Ps A   CUU
		t.cursorUp(par.num(0))
	case 'B': // CSI Ps B   CUD
		t.cursorDown(par.num(0))
	case 'C': // CSI Ps C   CUF
		t.cursorForward(par.num(0))
	case 'D': // CSI Ps D   CUB
		t.cursorBack(par.num(0))
	case 'E': // CSI Ps E   CNL
		t.cursorDown(par.num(0))
		t.carriageReturn()
	case 'F': // CSI Ps F   CPL
		t.cursorUp(par.num(0))
		t.carriageReturn()
	case 'G', '`': // CSI Ps G   CHA;   CSI Ps `   HPA
		t.moveColumn(par.num(0) - 1)
	case 'H', 'f': // CSI Ps ; Ps H   CUP;   CSI Ps ; Ps f   HVP
		t.moveTo(par.num(1)-1, par.num(0)-1)
	case 'I': // CSI Ps I   CHT
		t.tab(par.num(0))
	case 'Z': // CSI Ps Z   CBT
		t.backTab(par.num(0))
	case 'a': // CSI Ps a   HPR, which knows no margins
		_, x := t.place()
		t.moveColumn(x + min(par.num(0), MaxCols))
	case 'e': // CSI Ps e   VPR, which knows none either
		y, _ := t.place()
		t.moveRow(y + min(par.num(0), MaxRows))
	case 'd': // CSI Ps d   VPA
		t.moveRow(par.num(0) - 1)
	case 's': // CSI s   SCOSC;   CSI Pl ; Pr s   DECSLRM
		if t.modes&modeMargins != 0 {
			t.setSideMargins()
		} else {
			t.saveCursor()
		}
	case 'u': // CSI u   SCORC
		t.restoreCursor()
	default:
		return false
	}
	return true
}

// csiEdit does the sequences that change the screen.
func (t *Terminal) csiEdit(final byte) bool {
	par := &t.parser.par
	switch final {
	case '@': // CSI Ps @   ICH
		t.insertChars(par.num(0))
	case 'J': // CSI Ps J   ED
		t.eraseDisplay(par.get(0, 0), false)
	case 'K': // CSI Ps K   EL
		t.eraseLine(par.get(0, 0), false)
	case 'L': // CSI Ps L   IL
		t.insertLines(par.num(0))
	case 'M': // CSI Ps M   DL
		t.deleteLines(par.num(0))
	case 'P': // CSI Ps P   DCH
		t.deleteChars(par.num(0))
	case 'S': // CSI Ps S   SU
		t.scrollUp(t.top, t.bot, par.num(0), true)
		t.checkWait()
	case 'T': // CSI Ps T   SD; with five parameters it is xterm's mouse tracking
		if par.count() == 1 {
			t.scrollDown(t.top, t.bot, par.num(0))
			t.checkWait()
		}
	case '^': // CSI Ps ^   SD, as ECMA-48 once had it
		t.scrollDown(t.top, t.bot, par.num(0))
		t.checkWait()
	case 'X': // CSI Ps X   ECH
		t.eraseChars(par.num(0))
	default:
		return false
	}
	return true
}

// csiOther does the sequences that are left.
func (t *Terminal) csiOther(final byte, last rune) {
	par := &t.parser.par
	switch final {
	case 'b': // CSI Ps b   REP
		t.repeat(last, par.num(0))
	case 'c': // CSI Ps c   DA
		if par.get(0, 0) == 0 {
			t.replyDA()
		}
	case 'g': // CSI Ps g   TBC
		t.clearTabs()
	case 'h': // CSI Pm h   SM
		t.setModes(false, true)
	case 'l': // CSI Pm l   RM
		t.setModes(false, false)
	case 'n': // CSI Ps n   DSR
		t.replyStatus()
	case 'r': // CSI Pt ; Pb r   DECSTBM
		t.setMargins()
	case 't': // CSI Ps ; Ps ; Ps t   XTWINOPS
		t.windowOp()
	case 'x': // CSI Ps x   DECREQTPARM
		t.replyTerminalParameters()
	}
}

// csiPrivate does the sequences with a question mark.
func (t *Terminal) csiPrivate(final byte) {
	par := &t.parser.par
	switch final {
	case 'J': // CSI ? Ps J   DECSED
		t.eraseDisplay(par.get(0, 0), true)
	case 'K': // CSI ? Ps K   DECSEL
		t.eraseLine(par.get(0, 0), true)
	case 'W': // CSI ? 5 W   DECST8C
		if par.get(0, 0) == 5 {
			t.resetTabs()
		}
	case 'h': // CSI ? Pm h   DECSET
		t.setModes(true, true)
	case 'l': // CSI ? Pm l   DECRST
		t.setModes(true, false)
	case 'm': // CSI ? Pp m   XTQMODKEYS
		t.replyKeyFormat()
	case 'n': // CSI ? Ps n   DSR
		t.replyPrivateStatus()
	case 'r': // CSI ? Pm r   XTRESTORE
		t.restoreModes()
	case 's': // CSI ? Pm s   XTSAVE
		t.saveModes()
	}
}

// csiWith does the sequences with an intermediate byte.
func (t *Terminal) csiWith(prefix, inter, final byte) {
	par := &t.parser.par
	switch [3]byte{prefix, inter, final} {
	case [3]byte{0, ' ', '@'}: // CSI Ps SP @   SL
		t.scrollSide(par.num(0), false)
	case [3]byte{0, ' ', 'A'}: // CSI Ps SP A   SR
		t.scrollSide(par.num(0), true)
	case [3]byte{0, ' ', 'q'}: // CSI Ps SP q   DECSCUSR
		t.setCursorShape()
	case [3]byte{0, '!', 'p'}: // CSI ! p   DECSTR
		t.softReset()
	case [3]byte{0, '"', 'p'}: // CSI Pl ; Pc " p   DECSCL
		t.setLevel()
	case [3]byte{0, '"', 'q'}: // CSI Ps " q   DECSCA
		if n := par.get(0, 0); n <= 2 {
			t.isoProtect = false
			t.setProtected(n == 1)
		}
	case [3]byte{0, '$', 'p'}: // CSI Ps $ p   DECRQM
		t.replyMode(false)
	case [3]byte{'?', '$', 'p'}: // CSI ? Ps $ p   DECRQM
		t.replyMode(true)
	case [3]byte{0, '\'', '}'}: // CSI Ps ' }   DECIC
		t.shiftColumns(par.num(0), true)
	case [3]byte{0, '\'', '~'}: // CSI Ps ' ~   DECDC
		t.shiftColumns(par.num(0), false)
	default:
		if prefix == 0 {
			t.csiRect(inter, final)
		}
	}
}
