package rfb

import "crypto/rsa"

// An EventKind says what has happened.
type EventKind uint8

// Kinds of events.
const (
	// EventNone means that all bytes are used: feed more.
	EventNone EventKind = iota
	// EventCredentials means that the server wants a password, and a name if
	// NeedUsername is set: call Login.
	EventCredentials
	// EventServerKey shows the key by which a server of RA2 can be known: call
	// AcceptServerKey, or give up.
	EventServerKey
	// EventTLS means that the connection is to be wrapped in TLS, as the
	// client's side: write all output, do the handshake, check the server's
	// certificate, and call TLSDone.
	EventTLS
	// EventReady means that the handshake is over. Rect is the size of the
	// framebuffer, Text is the desktop's name.
	EventReady
	// EventUpdateStart means that an update has begun to arrive: a good moment
	// to ask for the next one.
	EventUpdateStart
	// EventRect means that Rect of the framebuffer was drawn.
	EventRect
	// EventUpdate means that an update is complete.
	EventUpdate
	// EventResize means that there is a new framebuffer of the size of Rect,
	// and that Framebuffer returns it.
	EventResize
	// EventScreens means that the server tells of its Screens, and so takes
	// SetDesktopSize. Reason and Status say whose change it was, and how the
	// client's went.
	EventScreens
	// EventCursor means that Cursor is how the pointer looks.
	EventCursor
	// EventPointer means that the server has moved the pointer to Rect.
	EventPointer
	// EventName means that Text is the desktop's name.
	EventName
	// EventBell asks for a sound.
	EventBell
	// EventCutText means that Text is in the server's clipboard. Of a text over
	// MaxText nothing is told.
	EventCutText
	// EventColors means that the color map has changed, which pixels of the
	// format are indexes into. What was drawn before keeps its colors until it
	// is asked for anew.
	EventColors
	// EventLEDs means that LEDs are the lamps of the keyboard that are lit.
	EventLEDs
	// EventFence is the answer to a fence of this side: Text is its payload.
	EventFence
	// EventContinuousUpdates means that the server has said that it can send
	// updates without being asked, or that it no longer does: Enabled tells.
	EventContinuousUpdates
)

// An Event is what has happened. Kind says which fields count.
type Event struct {
	Kind     EventKind
	Rect     Rect     // EventReady, EventRect, EventResize, EventScreens, EventPointer
	Encoding Encoding // EventRect
	Source   Rect     // EventRect of EncodingCopyRect: where its pixels were before
	// Text is that of EventReady, EventName, EventCutText and EventFence. It
	// comes from the server: it is not to be trusted, and may be anything but
	// too long.
	Text         string
	Cursor       *Cursor        // EventCursor: the receiver's to keep
	Screens      []Screen       // EventScreens
	Reason       int            // EventScreens: ResizedByServer and its like
	Status       int            // EventScreens: ResizeDone and its like, for ResizedByClient
	LEDs         LEDs           // EventLEDs
	Enabled      bool           // EventContinuousUpdates
	Security     SecurityType   // EventCredentials, EventServerKey, EventTLS
	NeedUsername bool           // EventCredentials
	ServerKey    *rsa.PublicKey // EventServerKey
}
