package session

import (
	"context"
	"errors"
)

// Errors that callers branch on. Receive and Send may also return the cause
// of a session's end (see Session.Context).
var (
	// ErrClosed says that the session is closing or over: nothing more can be
	// sent, and after the delivered messages nothing more will be received.
	ErrClosed = errors.New("session: closed")
	// ErrQueueFull says that the outbox had no room and the call must not
	// wait. Nothing of the refused event was queued.
	ErrQueueFull = errors.New("session: outbox full")
	// ErrUnsupported says that this client's dialect cannot carry a message
	// of that kind, for example Binary to a hixie WebSocket.
	ErrUnsupported = errors.New("session: kind not supported by the client's dialect")
)

// Kind tells what a Message's bytes are.
type Kind uint8

const (
	// Text is UTF-8 text.
	Text Kind = iota
	// JSON is one JSON value in UTF-8. A raw WebSocket carries it as text.
	JSON
	// Binary is arbitrary bytes. Not every dialect can carry it: see
	// Peer.Binary.
	Binary
)

// String returns the kind's name in lower case.
func (k Kind) String() string {
	switch k {
	case Text:
		return "text"
	case JSON:
		return "json"
	case Binary:
		return "binary"
	}
	return "invalid"
}

// Message is one unit of user data. It is not modified after Send: the caller
// hands Data over and must not write to it again.
type Message struct {
	Kind Kind
	Data []byte
}

// Session is a connected client, whatever carries it. All methods may be
// called by several goroutines at once; two concurrent Receive calls share
// the messages between them.
type Session interface {
	// ID identifies the session. It is never empty and does not change.
	ID() string
	// Peer is a snapshot of what is known of the client: after an upgrade a
	// new call tells the new transport. The caller may keep it.
	Peer() Peer
	// Context is done when the session is over; context.Cause then says why:
	// a *CloseError for a close by either side or a limit.
	Context() context.Context
	// Receive returns the next message. It blocks until there is one, ctx is
	// done, or the session is over. Messages that arrived before the end are
	// delivered first; then it returns io.EOF if the client closed normally,
	// else the cause. The caller owns the message's Data.
	Receive(ctx context.Context) (Message, error)
	// Send queues m. It blocks while the outbox is full, until ctx is done or
	// the session closes. A nil error means that m is queued in order, not
	// that the client has it.
	Send(ctx context.Context, m Message) error
	// Close ends the session. What was queued before is sent first; the close
	// is the last thing on the wire. Close does not wait for that. The first
	// call counts, later ones return ErrClosed.
	Close(code Code, reason string) error
}

// Handler is what a session is for. ServeSession runs on a goroutine of its
// own; when it returns, the session is closed with Normal. A panic ends its
// session alone and is logged.
type Handler interface {
	ServeSession(Session)
}

// HandlerFunc lets a function be a Handler.
type HandlerFunc func(Session)

// ServeSession calls f(s).
func (f HandlerFunc) ServeSession(s Session) { f(s) }

// shortID is the number of bytes of an id that a log may have.
const shortID = 8

// ShortID returns the start of a session's id, which identifies the session in
// a log but does not authorise. The id as a whole does with Engine.IO, so it
// must not be logged.
func ShortID(id string) string { return id[:min(shortID, len(id))] }
