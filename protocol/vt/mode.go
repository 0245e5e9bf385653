package vt

// A mode is a switch of the terminal, as a bit.
type mode uint64

const (
	modeKeyLock        mode = 1 << iota // KAM
	modeInsert                          // IRM
	modeSendReceive                     // SRM: no local echo
	modeNewline                         // LNM
	modeCursorKeys                      // DECCKM
	modeColumns                         // DECCOLM
	modeSlowScroll                      // DECSCLM
	modeReverseScreen                   // DECSCNM
	modeOrigin                          // DECOM
	modeWrap                            // DECAWM
	modeRepeat                          // DECARM
	modeCursorBlink                     // att610
	modeCursorVisible                   // DECTCEM
	modeAllowColumns                    // 40
	modeReverseWrap                     // 45
	modeReverseWrapAll                  // 1045
	modeKeypad                          // DECNKM
	modeBackarrow                       // DECBKM
	modeMargins                         // DECLRMM
	modeNoClearColumns                  // DECNCSM
	modeFocus                           // 1004
	modeAltScroll                       // 1007
	modeMeta8                           // 1034
	modeMetaEscape                      // 1036
	modePaste                           // 2004
	modeSync                            // 2026
	modeGraphemes                       // 2027
	modeSixelDisplay                    // DECSDM
	modeMoreFix                         // 41
	modeNational                        // DECNRCM
	modeLast           = modeNational
)

const defaultModes = modeSendReceive | modeWrap | modeRepeat | modeCursorVisible | modeCursorBlink | modeMetaEscape

// modeBit returns the bit of a mode that is nothing but a switch, or 0.
func modeBit(private bool, n int) mode {
	if !private {
		switch n {
		case 2:
			return modeKeyLock
		case 4:
			return modeInsert
		case 12:
			return modeSendReceive
		case 20:
			return modeNewline
		}
		return 0
	}
	return privateModes[n]
}

var privateModes = map[int]mode{
	1: modeCursorKeys, 3: modeColumns, 4: modeSlowScroll, 5: modeReverseScreen,
	6: modeOrigin, 7: modeWrap, 8: modeRepeat, 12: modeCursorBlink,
	25: modeCursorVisible, 40: modeAllowColumns, 41: modeMoreFix, 42: modeNational, 45: modeReverseWrap,
	66: modeKeypad, 67: modeBackarrow, 69: modeMargins, 80: modeSixelDisplay,
	95: modeNoClearColumns, 1004: modeFocus, 1007: modeAltScroll,
	1034: modeMeta8, 1036: modeMetaEscape, 1045: modeReverseWrapAll,
	2004: modePaste, 2026: modeSync, 2027: modeGraphemes,
}

// ModeState is the state of a mode, in the numbers of DECRQM.
type ModeState uint8

// The states of modes.
const (
	ModeUnknown     ModeState = iota // 0: there is no such mode
	ModeSet                          // 1
	ModeReset                        // 2
	ModeAlwaysSet                    // 3
	ModeAlwaysReset                  // 4
)

// On reports whether the mode is set.
func (s ModeState) On() bool { return s == ModeSet || s == ModeAlwaysSet }

// Mode returns the state of a mode: private ones are those of DECSET (CSI ? n h),
// others those of SM (CSI n h).
func (t *Terminal) Mode(private bool, n int) ModeState {
	if bit := modeBit(private, n); bit != 0 {
		return stateOf(t.modes&bit != 0)
	}
	if !private {
		switch n { // of ECMA-48, which nobody has made
		case 1, 3, 5, 7, 10, 11, 13, 14, 15, 16, 17, 18, 19:
			return ModeAlwaysReset
		}
		return ModeUnknown
	}
	switch n {
	case 9, 1000, 1002, 1003:
		return stateOf(t.mouse == n)
	case 1005, 1006, 1015, 1016:
		return stateOf(t.mouseFormat == n)
	case 47, 1047, 1049:
		return stateOf(t.g == &t.alt)
	case 1048:
		return stateOf(t.saved[t.screen()].set)
	case 2: // DECANM: there is no VT52 in here
		return ModeAlwaysSet
	case 18, 19, 60: // DECPFF, DECPEX, DECHCCM: there is no printer, and one page
		return ModeAlwaysReset
	}
	return ModeUnknown
}

func stateOf(on bool) ModeState {
	if on {
		return ModeSet
	}
	return ModeReset
}

// setModes is
//
//	CSI Pm h, CSI Pm l       SM, RM
//	CSI ? Pm h, CSI ? Pm l   DECSET, DECRST
func (t *Terminal) setModes(private, on bool) {
	for i := range t.parser.par.count() {
		t.setMode(private, t.parser.par.get(i, 0), on)
	}
}

func (t *Terminal) setMode(private bool, n int, on bool) {
	if private && t.setPrivateMode(n, on) {
		return
	}
	bit := modeBit(private, n)
	t.switchMode(bit, on)
	switch bit {
	case modeReverseScreen:
		t.touchAll()
	case modeOrigin:
		t.moveTo(0, 0)
	case modeWrap: // DEC STD 070: resetting DECAWM resets the last column flag
		t.wrapNext = t.wrapNext && on
	case modeMargins:
		t.left, t.right, t.wrapNext = 0, t.cols, false
	}
}

func (t *Terminal) switchMode(bit mode, on bool) {
	if on {
		t.modes |= bit
	} else {
		t.modes &^= bit
	}
}

// setPrivateMode sets the private modes that are more than a switch.
func (t *Terminal) setPrivateMode(n int, on bool) bool {
	switch n {
	case 3:
		t.setColumns(on)
	case 9, 1000, 1002, 1003:
		if on {
			t.mouse = n
		} else {
			t.mouse = 0
		}
	case 1005, 1006, 1015, 1016:
		if on {
			t.mouseFormat = n
		} else if t.mouseFormat == n {
			t.mouseFormat = 0
		}
	case 47:
		t.showAlt(on)
	case 1047:
		if !on && t.g == &t.alt {
			t.eraseRows(0, t.rows)
		}
		t.showAlt(on)
	case 1048:
		if on {
			t.saveCursor()
		} else {
			t.restoreCursor()
		}
	case 1049:
		t.setAltSaving(on)
	default:
		return false
	}
	return true
}

// setAltSaving is CSI ? 1049 h and l.
func (t *Terminal) setAltSaving(on bool) {
	if on {
		if t.g != &t.alt {
			t.saveCursor()
		}
		t.showAlt(true)
		t.eraseRows(0, t.rows)
		return
	}
	t.showAlt(false)
	t.restoreCursor()
}

// showAlt switches between the screens. Both have the same cursor, but each its
// saved one.
func (t *Terminal) showAlt(on bool) {
	if on == (t.g == &t.alt) {
		return
	}
	t.g = &t.main
	if on {
		t.g = &t.alt
		if t.alt.cols != t.cols || t.alt.rows != t.rows {
			t.alt.init(t.cols, t.rows)
		}
	}
	t.checkWait()
	t.forgetScrolls()
	t.touchAll()
}

// setColumns is DECCOLM, CSI ? 3 h and l, where CSI ? 40 h allows it. The width
// is the viewer's, so only its side effects happen.
func (t *Terminal) setColumns(on bool) {
	if t.modes&modeAllowColumns == 0 {
		return
	}
	t.switchMode(modeColumns, on)
	t.switchMode(modeMargins, false)
	t.resetMargins()
	if t.modes&modeNoClearColumns == 0 {
		t.eraseRows(0, t.rows)
	}
	t.moveTo(0, 0)
}

// saveModes is CSI ? Pm s, XTSAVE.
func (t *Terminal) saveModes() {
	for i := range t.parser.par.count() {
		n := t.parser.par.get(i, 0)
		on := t.Mode(true, n) == ModeSet
		if bit := modeBit(true, n); bit != 0 {
			if on {
				t.savedModes |= bit
			} else {
				t.savedModes &^= bit
			}
			continue
		}
		switch n {
		case 9, 1000, 1002, 1003:
			t.savedMouse = t.mouse
		case 1005, 1006, 1015, 1016:
			t.savedMouseFormat = t.mouseFormat
		}
	}
}

// restoreModes is CSI ? Pm r, XTRESTORE.
func (t *Terminal) restoreModes() {
	for i := range t.parser.par.count() {
		n := t.parser.par.get(i, 0)
		if bit := modeBit(true, n); bit != 0 {
			t.setMode(true, n, t.savedModes&bit != 0)
			continue
		}
		switch n {
		case 9, 1000, 1002, 1003:
			t.mouse = t.savedMouse
		case 1005, 1006, 1015, 1016:
			t.mouseFormat = t.savedMouseFormat
		}
	}
}
