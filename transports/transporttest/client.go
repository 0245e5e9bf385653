package transporttest

import (
	"fmt"

	"github.com/everwire/everwire/session"
)

// Client is the client's end of a session. Send and Receive may be called by
// two goroutines at once; Close and Cut by any.
type Client interface {
	// Send sends a message and returns when the transport has it, for polling
	// when the request was answered.
	Send(session.Message) error
	// Receive returns the next message. It answers pings by the way. At the
	// end it returns an error: a *Closed if the server closed the session, a
	// *Refused if it answered a request with an error.
	Receive() (session.Message, error)
	// Close closes the session as the protocol has it.
	Close() error
	// Cut drops all connections without a word.
	Cut()
	// Pings has one value for each ping answered, as far as there is room.
	Pings() <-chan struct{}
}

// Closed says that the server has closed the session.
type Closed struct {
	// Code and Reason are those of the WebSocket's close frame.
	Code   uint16
	Reason string
}

// Error returns code and reason.
func (c *Closed) Error() string { return fmt.Sprintf("closed by the server: %d %s", c.Code, c.Reason) }

// Refused is an HTTP answer that is not what the protocol goes on with.
type Refused struct {
	Status int
	Body   string
}

// Error returns status and body.
func (r *Refused) Error() string { return fmt.Sprintf("refused: %d %s", r.Status, r.Body) }

// pings counts the pings that a client has answered.
type pings chan struct{}

func newPings() pings { return make(pings, 1000) }

func (p pings) Pings() <-chan struct{} { return p }

func (p pings) answered() {
	select {
	case p <- struct{}{}:
	default:
	}
}
