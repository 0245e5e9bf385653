package vt

// Mods is a set of modifier keys.
type Mods uint8

// The modifier keys.
const (
	Shift Mods = 1 << iota
	Alt
	Ctrl
	Meta
)

// KeyCode names a key that is not a character.
type KeyCode uint8

// The keys. KeyRune is a character, in Key.Rune.
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

// AppendKey appends what the program is to read for a key, by the modes in force.
func (t *Terminal) AppendKey(dst []byte, k Key) []byte { return dst }

// AppendPaste appends pasted text, in brackets if the program asked for them.
// The text cannot end the brackets.
func (t *Terminal) AppendPaste(dst []byte, text string) []byte { return dst }

// AppendFocus appends that the window has got or lost the focus, if the program
// asked for it.
func (t *Terminal) AppendFocus(dst []byte, in bool) []byte { return dst }

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
// one that is held in a move.
type Mouse struct {
	Action         MouseAction
	Button         MouseButton
	Mods           Mods
	X, Y           int // the cell, from 0
	PixelX, PixelY int // the place inside the window, for mode 1016
}

// AppendMouse appends an event of the mouse, if the modes in force ask for it.
func (t *Terminal) AppendMouse(dst []byte, m Mouse) []byte { return dst }
