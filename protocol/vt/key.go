package vt

import "unicode/utf8"

// Mods is a set of modifier keys.
type Mods uint8

// The modifier keys, with the weights that xterm gives them.
const (
	Shift Mods = 1 << iota
	Alt
	Ctrl
	Meta
)

// KeyCode names a key that is not a character.
type KeyCode uint8

// The keys. KeyRune, the zero value, is a character, in Key.Rune. Those from
// KeyKP0 on are of the numeric keypad.
const (
	KeyRune KeyCode = iota
	KeyUp
	KeyDown
	KeyRight
	KeyLeft
	KeyHome
	KeyEnd
	KeyPageUp
	KeyPageDown
	KeyInsert
	KeyDelete
	KeyBackspace
	KeyTab
	KeyEnter
	KeyEscape
	KeyF1
	KeyF2
	KeyF3
	KeyF4
	KeyF5
	KeyF6
	KeyF7
	KeyF8
	KeyF9
	KeyF10
	KeyF11
	KeyF12
	KeyF13
	KeyF14
	KeyF15
	KeyF16
	KeyF17
	KeyF18
	KeyF19
	KeyF20
	KeyKP0
	KeyKP1
	KeyKP2
	KeyKP3
	KeyKP4
	KeyKP5
	KeyKP6
	KeyKP7
	KeyKP8
	KeyKP9
	KeyKPDecimal
	KeyKPDivide
	KeyKPMultiply
	KeyKPSubtract
	KeyKPAdd
	KeyKPEnter
	KeyKPEqual
)

// A Key is a key press.
type Key struct {
	Code KeyCode
	Rune rune // for KeyRune: the character, with Shift already applied
	Mods Mods
}

// functionKeys are the numbers of F5 to F20 in CSI n ~.
var functionKeys = [...]int{15, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32, 33, 34}

// keypadText is what the keypad types, and keypadFinal what it sends behind SS3
// in application mode (DECKPAM).
const (
	keypadText  = "0123456789./*-+\r="
	keypadFinal = "pqrstuvwxynojmkMX"
)

// AppendKey appends what the program is to read for a key, by the modes in
// force: application cursor keys, application keypad, backarrow, new line,
// modifyOtherKeys, keyboard lock. It is what xterm sends for a PC keyboard.
func (t *Terminal) AppendKey(dst []byte, k Key) []byte {
	if t.modes&modeKeyLock != 0 {
		return dst
	}
	switch c := k.Code; {
	case c == KeyRune:
		return t.appendRuneKey(dst, k)
	case c >= KeyUp && c <= KeyEnd:
		return t.appendLetterKey(dst, "ABCDHF"[c-KeyUp], k.Mods, t.modes&modeCursorKeys != 0)
	case c >= KeyPageUp && c <= KeyDelete:
		return appendTildeKey(dst, [...]int{5, 6, 2, 3}[c-KeyPageUp], k.Mods)
	case c >= KeyF1 && c <= KeyF4:
		return t.appendLetterKey(dst, "PQRS"[c-KeyF1], k.Mods, true)
	case c >= KeyF5 && c <= KeyF20:
		return appendTildeKey(dst, functionKeys[c-KeyF5], k.Mods)
	case c >= KeyKP0 && c <= KeyKPEqual:
		return t.appendKeypad(dst, k)
	}
	return t.appendEditKey(dst, k)
}

// appendLetterKey appends CSI x, or SS3 x in application mode, or CSI 1 ; m x.
func (t *Terminal) appendLetterKey(dst []byte, final byte, m Mods, app bool) []byte {
	if m != 0 {
		return append(appendInt(append(dst, "\x1b[1;"...), int(m)+1), final)
	}
	if app {
		return append(dst, 0x1b, 'O', final)
	}
	return append(dst, 0x1b, '[', final)
}

// appendTildeKey appends CSI n ~, or CSI n ; m ~.
func appendTildeKey(dst []byte, n int, m Mods) []byte {
	dst = appendInt(append(dst, "\x1b["...), n)
	if m != 0 {
		dst = appendInt(append(dst, ';'), int(m)+1)
	}
	return append(dst, '~')
}

// appendKeypad appends a key of the numeric keypad.
func (t *Terminal) appendKeypad(dst []byte, k Key) []byte {
	i := k.Code - KeyKP0
	if t.modes&modeKeypad != 0 {
		if k.Mods != 0 {
			return append(appendInt(append(dst, "\x1bO"...), int(k.Mods)+1), keypadFinal[i])
		}
		return append(dst, 0x1b, 'O', keypadFinal[i])
	}
	if k.Code == KeyKPEnter {
		return t.appendEditKey(dst, Key{Code: KeyEnter, Mods: k.Mods})
	}
	return t.appendRuneKey(dst, Key{Rune: rune(keypadText[i]), Mods: k.Mods})
}

// appendEditKey appends the keys that send a control character.
func (t *Terminal) appendEditKey(dst []byte, k Key) []byte {
	var c byte
	switch k.Code {
	case KeyBackspace:
		c = 0x7f
		if (t.modes&modeBackarrow != 0) != (k.Mods&Ctrl != 0) {
			c = 0x08
		}
	case KeyTab:
		c = '\t'
	case KeyEnter:
		c = '\r'
	case KeyEscape:
		c = 0x1b
	default:
		return dst
	}
	if t.keyFormat == 2 && k.Mods != 0 {
		return appendOtherKey(dst, rune(c), k.Mods)
	}
	if k.Code == KeyTab && k.Mods&Shift != 0 {
		return append(dst, "\x1b[Z"...)
	}
	if k.Mods&(Alt|Meta) != 0 {
		dst = append(dst, 0x1b)
	}
	dst = append(dst, c)
	if k.Code == KeyEnter && t.modes&modeNewline != 0 {
		dst = append(dst, '\n')
	}
	return dst
}

// appendRuneKey appends a character.
func (t *Terminal) appendRuneKey(dst []byte, k Key) []byte {
	if !utf8.ValidRune(k.Rune) {
		return dst
	}
	r, ok := k.Rune, true
	if k.Mods&Ctrl != 0 {
		r, ok = controlOf(r)
	}
	switch {
	case t.keyFormat == 2 && k.Mods&^Shift != 0, t.keyFormat == 1 && !ok:
		return appendOtherKey(dst, k.Rune, k.Mods)
	}
	if k.Mods&(Alt|Meta) != 0 {
		if t.modes&modeMetaEscape == 0 && t.modes&modeMeta8 != 0 && r < 0x80 {
			return utf8.AppendRune(dst, r|0x80)
		}
		dst = append(dst, 0x1b)
	}
	return utf8.AppendRune(dst, r)
}

// appendOtherKey appends CSI 27 ; m ; code ~, as modifyOtherKeys asks for.
func appendOtherKey(dst []byte, r rune, m Mods) []byte {
	dst = appendInt(append(dst, "\x1b[27;"...), int(m)+1)
	return append(appendInt(append(dst, ';'), int(r)), '~')
}

// controlOf returns the control character of Ctrl and a key, and whether there
// is one.
func controlOf(r rune) (rune, bool) {
	switch {
	case r >= 'a' && r <= 'z':
		return r - 'a' + 1, true
	case r >= '@' && r <= '_':
		return r - '@', true
	case r == ' ' || r == '2':
		return 0, true
	case r >= '3' && r <= '7':
		return r - '3' + 0x1b, true
	case r == '8' || r == '?':
		return 0x7f, true
	case r == '/':
		return 0x1f, true
	}
	return r, false
}
