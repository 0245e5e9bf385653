package vt

// execute does a C0 control (ECMA-48 section 8.2).
func (t *Terminal) execute(c byte) {
	t.breakChain()
	switch c {
	case 0x07: // BEL
		t.addEvent(Event{Kind: EventBell})
	case 0x08: // BS
		t.cursorBack(1)
	case 0x09: // HT
		if t.wrapNext && t.modes&(modeMoreFix|modeWrap) == modeMoreFix|modeWrap {
			t.wrap() // mode 41 mends what more(1) does to a full line
		}
		t.tab(1)
	case 0x0a, 0x0b, 0x0c: // LF, VT, FF
		t.index()
		if t.modes&modeNewline != 0 {
			t.carriageReturn()
		}
	case 0x0d: // CR
		t.carriageReturn()
	case 0x0e: // SO, LS1
		t.charset.gl = 1
	case 0x0f: // SI, LS0
		t.charset.gl = 0
	}
}

// control8 does a C1 control that came as one character, U+0080 to U+009F.
// Most are ESC and the character 0x40 lower.
func (t *Terminal) control8(r rune) {
	t.parser.state = stateGround
	t.startSequence()
	t.breakChain()
	switch r {
	case 0x90: // DCS
		t.parser.state = stateDCS
	case 0x9b: // CSI
		t.parser.state = stateCSI
	case 0x9d: // OSC
		t.parser.state = stateOSC
		t.parser.str.start(maxOSC)
	case 0x98, 0x9e, 0x9f: // SOS, PM, APC
		t.parser.state = stateSkip
		t.parser.str.start(0)
	case 0x9c: // ST
	default:
		t.escape(byte(r - 0x40))
	}
}

// carriageReturn is CR: the cursor goes to the left margin, or to the left edge
// if it is left of the margin.
func (t *Terminal) carriageReturn() {
	t.wrapNext = false
	if t.x >= t.left {
		t.x = t.left
	} else {
		t.x = 0
	}
}

// index moves the cursor down, and the scroll region up if it is at its bottom.
func (t *Terminal) index() {
	t.wrapNext = false
	switch {
	case t.y == t.bot-1:
		if t.insideMargins() {
			t.scrollUp(t.top, t.bot, 1, true)
		}
	case t.y < t.rows-1:
		t.y++
	}
}

// reverseIndex moves the cursor up, and the scroll region down if it is at its
// top.
func (t *Terminal) reverseIndex() {
	t.wrapNext = false
	switch {
	case t.y == t.top:
		if t.insideMargins() {
			t.scrollDown(t.top, t.bot, 1)
		}
	case t.y > 0:
		t.y--
	}
}

// insideMargins reports whether the cursor is between the left and the right
// margin.
func (t *Terminal) insideMargins() bool { return t.x >= t.left && t.x < t.right }
