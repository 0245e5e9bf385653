package rfb

import "github.com/everwire/everwire/protocol/rfb"

// A Source is a desktop that viewers look at. One source serves many viewers:
// its methods are called concurrently, and none may block for long.
//
// Desktop is a Source for programs that draw; a gateway to another server is
// its own.
type Source interface {
	rfb.Picture
	// Watch has changes reported from now on, until stop is called, and
	// returns how things are. A change must be reported before somebody can
	// read its pixels, so it is likely to be reported under the source's lock:
	// notify does not block, and calls nothing of the source.
	Watch(notify func(Change)) (now State, stop func())
	// Input is what a viewer does, in its order. The last one is InputLeave.
	// Viewers without the right to do anything are only heard leaving.
	Input(v *Viewer, in Input)
}

// A Resizer is a Source whose size viewers may change. The result is one of
// rfb.ResizeDone and its like; the change itself is reported as every other.
type Resizer interface {
	AskResize(v *Viewer, width, height int, screens []rfb.Screen) (status int)
}

// A State is what a viewer has to know of a desktop next to its pixels.
type State struct {
	Width, Height int          // in pixels
	Screens       []rfb.Screen // nil if there is one of the whole size
	Name          string       // of the desktop, in UTF-8
	Cursor        *rfb.Cursor  // nil for none
	LEDs          rfb.LEDs     // lamps that are lit
	// Clipboard is what was copied last, "" if nothing was. Viewers that come
	// later are not sent it, which would replace what their users have copied;
	// those with the extended clipboard may ask for it.
	Clipboard string
}

// A ChangeKind says what has changed.
type ChangeKind uint8

// Kinds of changes.
const (
	Damaged          ChangeKind = iota // the pixels of Rect
	Copied                             // Rect has become what was at X, Y
	Resized                            // the size or the screens, and all of the picture
	CursorChanged                      // the pointer's shape, not its place
	Renamed                            // the desktop's name
	LEDsChanged                        // the lamps of the keyboard
	ClipboardChanged                   // somebody has copied a text
	BellRang                           // nothing else
)

// A Change is something that viewers have to be told.
type Change struct {
	Kind ChangeKind // says which fields count
	Rect rfb.Rect   // Damaged, Copied
	X, Y int        // Copied
	// State is the new one, all of it, unless Kind is Damaged or Copied.
	State State
	// By is the viewer who did it, or nil. It gets no clipboard back that is
	// its own, and is told that a resizing was its wish.
	By *Viewer
}

// An InputKind says what a viewer has done.
type InputKind uint8

// Kinds of input.
const (
	InputKey       InputKind = iota // a key went down or up
	InputPointer                    // the pointer has moved, or a button changed
	InputClipboard                  // the viewer has copied a text
	InputLeave                      // the viewer has gone
)

// An Input is what a viewer has done. Kind says which fields count.
type Input struct {
	Kind     InputKind
	Down     bool   // InputKey: it went down
	Keysym   uint32 // InputKey: of X11
	ScanCode uint32 // InputKey: of a PC (XT), or 0 if the viewer sends none
	X, Y     int    // InputPointer: pixels, which may lie outside of the desktop
	// Buttons that are pressed, InputPointer: bit 0 is the left one, 1 the
	// middle, 2 the right, 3 to 6 the wheel.
	Buttons uint16
	Text    string // InputClipboard; lines end with LF
}
