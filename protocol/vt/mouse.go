package vt

import "unicode/utf8"

// MouseButton is a button of a mouse.
type MouseButton uint8

// The buttons. The wheel is four of them.
const (
	MouseNone MouseButton = iota
	MouseLeft
	MouseMiddle
	MouseRight
	MouseWheelUp
	MouseWheelDown
	MouseWheelLeft
	MouseWheelRight
	MouseBack
	MouseForward
)

// MouseAction is what happened to a mouse.
type MouseAction uint8

// The actions.
const (
	MousePress MouseAction = iota
	MouseRelease
	MouseMove
)

// A Mouse is an event of a mouse. Button is the one pressed or released, or the
// one that is held in a move. A turn of the wheel is a press. Cells and pixels
// count from 0; what is outside of the screen is taken for its edge.
type Mouse struct {
	Action         MouseAction
	Button         MouseButton
	Mods           Mods
	X, Y           int // the cell
	PixelX, PixelY int // the place inside the window, for mode 1016
}

// buttonCodes are the codes of buttons in reports.
var buttonCodes = [...]int{
	MouseNone: 3, MouseLeft: 0, MouseMiddle: 1, MouseRight: 2,
	MouseWheelUp: 64, MouseWheelDown: 65, MouseWheelLeft: 66, MouseWheelRight: 67,
	MouseBack: 128, MouseForward: 129,
}

// MouseMode returns which events the program has asked for: 0, or the number of
// the mode that is set: 9, 1000, 1002 or 1003.
func (t *Terminal) MouseMode() int { return t.mouse }

// AppendMouse appends an event of the mouse, if the modes in force ask for it:
// 9 (X10), 1000 (buttons), 1002 (drag) or 1003 (all moves), in the format of
// 1005 (UTF-8), 1006 (SGR), 1015 (urxvt) or 1016 (SGR with pixels). If none is
// set the wheel becomes cursor keys in the alternate screen, where mode 1007
// asks for that. Each call is an event: of moves, pass those only that come to
// another cell, or with mode 1016 to another pixel.
func (t *Terminal) AppendMouse(dst []byte, m Mouse) []byte {
	if int(m.Button) >= len(buttonCodes) || t.modes&modeKeyLock != 0 {
		return dst
	}
	if t.mouse == 0 {
		return t.appendWheelKeys(dst, m)
	}
	if !t.wantsMouse(m) {
		return dst
	}
	code := buttonCodes[m.Button]
	if m.Action == MouseMove {
		code += 32
	}
	if t.mouse != 9 {
		for i, mod := range [...]Mods{Shift, Alt | Meta, Ctrl} {
			if m.Mods&mod != 0 {
				code += 4 << i
			}
		}
	}
	x, y := min(max(m.X, 0), t.cols-1)+1, min(max(m.Y, 0), t.rows-1)+1
	switch t.mouseFormat {
	case 1016:
		x, y = max(m.PixelX, 0)+1, max(m.PixelY, 0)+1
		fallthrough
	case 1006: // CSI < b ; x ; y M, or m for a release
		dst = appendInt(append(dst, "\x1b[<"...), code)
		dst = appendInt(append(dst, ';'), x)
		dst = appendInt(append(dst, ';'), y)
		if m.Action == MouseRelease {
			return append(dst, 'm')
		}
		return append(dst, 'M')
	}
	if m.Action == MouseRelease {
		code = code&^0xc3 | 3 // which one is not told
	}
	switch t.mouseFormat {
	case 1015: // CSI b+32 ; x ; y M
		dst = appendInt(append(dst, "\x1b["...), code+32)
		dst = appendInt(append(dst, ';'), x)
		return append(appendInt(append(dst, ';'), y), 'M')
	case 1005: // CSI M, three characters
		dst = append(dst, "\x1b[M"...)
		for _, v := range [...]int{code, x, y} {
			dst = utf8.AppendRune(dst, rune(min(v, 2015)+32))
		}
		return dst
	}
	if x > 223 || y > 223 || code > 223 {
		return dst // a byte cannot say it
	}
	return append(dst, 0x1b, '[', 'M', byte(code+32), byte(x+32), byte(y+32)) // CSI M, three bytes
}

// wantsMouse reports whether the mode in force asks for an event.
func (t *Terminal) wantsMouse(m Mouse) bool {
	wheel := m.Button >= MouseWheelUp && m.Button <= MouseWheelRight
	switch {
	case t.mouse == 9:
		return m.Action == MousePress && m.Button >= MouseLeft && m.Button <= MouseRight
	case m.Action == MouseMove:
		return t.mouse == 1003 || t.mouse == 1002 && m.Button != MouseNone && !wheel
	case m.Button == MouseNone:
		return false
	}
	return m.Action == MousePress || !wheel
}

// appendWheelKeys appends cursor keys for a turn of the wheel.
func (t *Terminal) appendWheelKeys(dst []byte, m Mouse) []byte {
	if t.g != &t.alt || t.modes&modeAltScroll == 0 || m.Action != MousePress {
		return dst
	}
	switch m.Button {
	case MouseWheelUp:
		return t.AppendKey(dst, Key{Code: KeyUp})
	case MouseWheelDown:
		return t.AppendKey(dst, Key{Code: KeyDown})
	}
	return dst
}
