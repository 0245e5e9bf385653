package vt

// escape does an escape sequence: ESC, intermediate bytes, a final byte.
func (t *Terminal) escape(final byte) {
	t.breakChain()
	switch t.parser.inters {
	case 0:
		t.escapePlain(final)
	case 1:
		t.escapeWith(t.parser.inter, final)
	}
}

// escapePlain does the sequences without intermediate bytes.
func (t *Terminal) escapePlain(final byte) {
	switch final {
	case '6': // ESC 6   DECBI
		t.backIndex()
	case '7': // ESC 7   DECSC
		t.saveCursor()
	case '8': // ESC 8   DECRC
		t.restoreCursor()
	case '9': // ESC 9   DECFI
		t.forwardIndex()
	case '=': // ESC =   DECKPAM
		t.switchMode(modeKeypad, true)
	case '>': // ESC >   DECKPNM
		t.switchMode(modeKeypad, false)
	case 'D': // ESC D   IND
		t.index()
	case 'E': // ESC E   NEL
		t.index()
		t.carriageReturn()
	case 'H': // ESC H   HTS
		t.setTab(t.x)
	case 'M': // ESC M   RI
		t.reverseIndex()
	case 'N': // ESC N   SS2
		t.charset.single = 2
	case 'O': // ESC O   SS3
		t.charset.single = 3
	case 'V': // ESC V   SPA
		t.isoProtect = true
		t.setProtected(true)
	case 'W': // ESC W   EPA
		t.setProtected(false)
	case 'Z': // ESC Z   DECID
		t.replyDA()
	case 'c': // ESC c   RIS
		t.reset()
	case 'n': // ESC n   LS2
		t.charset.gl = 2
	case 'o': // ESC o   LS3
		t.charset.gl = 3
	}
}

// escapeWith does the sequences with one intermediate byte.
func (t *Terminal) escapeWith(inter, final byte) {
	switch inter {
	case ' ':
		switch final {
		case 'F': // ESC SP F   S7C1T
			t.level8 = false
		case 'G': // ESC SP G   S8C1T
			t.level8 = true
		}
	case '#':
		switch final {
		case '3': // ESC # 3   DECDHL, the upper half
			t.setLineSize(LineDoubleUpper)
		case '4': // ESC # 4   DECDHL, the lower half
			t.setLineSize(LineDoubleLower)
		case '5': // ESC # 5   DECSWL
			t.setLineSize(LineNormal)
		case '6': // ESC # 6   DECDWL
			t.setLineSize(LineDoubleWide)
		case '8': // ESC # 8   DECALN
			t.alignmentTest()
		}
	case '(', ')', '*', '+': // ESC ( F, ESC ) F, ESC * F, ESC + F   SCS, 94 characters
		t.charset.designate(int(inter-'('), final)
	case '-', '.', '/': // ESC - F, ESC . F, ESC / F   SCS, 96 characters
		t.charset.designate96(int(inter-'-')+1, final)
	}
}

// setLineSize sets the size of the cursor's row. There are no margins in a row
// of wide characters, so it is ignored while DECLRMM is set.
func (t *Terminal) setLineSize(s LineSize) {
	if t.modes&modeMargins != 0 {
		return
	}
	m := t.g.info(t.y)
	m.size, m.gen = s, t.gen
	if s != LineNormal {
		t.x = min(t.x, max(t.cols/2, 1)-1)
		t.sized = true
	}
	t.wrapNext = false
}

// alignmentTest is ESC # 8, DECALN: the screen is full of E, without margins.
func (t *Terminal) alignmentTest() {
	t.switchMode(modeOrigin, false)
	t.resetMargins()
	for y := range t.rows {
		t.g.clearRow(y, 'E', t.gen)
	}
	t.moveTo(0, 0)
}

// setProtected is SPA and EPA, ESC V and ESC W, and DECSCA, CSI Ps " q.
func (t *Terminal) setProtected(on bool) {
	if on {
		t.pen.Attr |= Protected
	} else {
		t.pen.Attr &^= Protected
	}
	t.penOK = false
}
