package ws

import "fmt"

// Type is the type of an Event, and of what is appended for the peer.
type Type uint8

// The types.
const (
	None   Type = iota // nothing to report: more bytes are needed
	Text               // a whole message of UTF-8 text
	Binary             // a whole message of bytes
	Ping               // asks for a Pong with the same payload
	Pong               // answers a Ping, or comes by itself
	Close              // the peer has closed and sends nothing more
)

var typeNames = [...]string{"none", "text", "binary", "ping", "pong", "close"}

// String returns the type's name in lower case.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "invalid"
}

// AppendMessage appends a whole Text or Binary message in one frame, as a
// server sends it, and a client too in the hixie dialects. The result does not
// depend on the receiver, so one result serves all receivers of a broadcast
// whose dialects have the same Slot. The payload of a Text must be UTF-8; that
// is not checked here, except for the hixie dialects, whose frames would
// break: there each run of other bytes is replaced by U+FFFD. A type that the
// dialect cannot carry gives ErrUnsupported, and dst is returned as it was.
func AppendMessage(dst []byte, dialect Dialect, t Type, payload []byte) ([]byte, error) {
	return dialect.wire().appendMessage(dst, t, payload)
}

// AppendMaskedMessage is AppendMessage for clients: the frame is masked with
// the key (see AppendMaskedFrame), but for the hixie dialects, which ignore it.
func AppendMaskedMessage(dst []byte, dialect Dialect, key [4]byte, t Type, payload []byte) ([]byte, error) {
	switch {
	case dialects[dialect].slot == slotSentinel:
		return AppendMessage(dst, dialect, t, payload)
	case t == Text:
		return AppendMaskedFrame(dst, OpText, true, false, key, payload)
	case t == Binary:
		return AppendMaskedFrame(dst, OpBinary, true, false, key, payload)
	}
	return dst, fmt.Errorf("%w: message of type %v", ErrUnsupported, t)
}

// AppendPing appends a ping with at most MaxControl bytes of payload. The
// hixie dialects have none and give ErrUnsupported: whoever pings to see
// whether the client is alive does without, and relies on the transport's
// keep-alive or on messages of the application. See Dialect.HasPing.
func AppendPing(dst []byte, dialect Dialect, payload []byte) ([]byte, error) {
	return dialect.wire().appendControl(dst, Ping, payload)
}

// AppendPong appends a pong with at most MaxControl bytes of payload: those of
// the ping that it answers. The hixie dialects give ErrUnsupported.
func AppendPong(dst []byte, dialect Dialect, payload []byte) ([]byte, error) {
	return dialect.wire().appendControl(dst, Pong, payload)
}
