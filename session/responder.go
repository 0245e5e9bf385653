package session

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// A Responder is a Handler that only ever acts on what arrives. A session that
// it serves has no goroutine of its own for it, and no inbox: Respond is called
// on the goroutine that reads the client, and what it sends is written by that
// goroutine too. That makes an idle session cheap and an answer quick.
//
// ServeSession is still needed, for sessions of other kinds;
// ResponderFunc(h.Respond).ServeSession is all that it has to call.
type Responder interface {
	Handler
	// Respond takes one message. For one session it is called in order, and
	// never twice at a time; for different sessions, concurrently. m.Data is
	// only valid during the call: what is kept has to be a copy. It may be
	// sent with s, which makes one.
	//
	// Nothing else of the client is read before Respond returns, and nothing
	// that it sends goes out, so it should not wait for anything; s.Send may
	// be waited for. An error ends the session: a *CloseError with its code,
	// others with InternalError. A panic ends it like an error, and is
	// logged.
	Respond(s Session, m Message) error
}

// An Attendant is a Responder that is told when its sessions begin and end. A
// panic is logged, and one of Opened ends the session with InternalError.
type Attendant interface {
	Responder
	// Opened comes before anything else of the session. It must not wait;
	// what it sends is the first that the client gets.
	Opened(Session)
	// Over comes once for each Opened, as soon as no further message is taken,
	// with the session's cause. It must not wait either. A Respond that is
	// under way may end after it.
	Over(s Session, cause error)
}

// ResponderFunc lets a function be a Responder.
type ResponderFunc func(Session, Message) error

// Respond calls f(s, m).
func (f ResponderFunc) Respond(s Session, m Message) error { return f(s, m) }

// ServeSession calls f with message after message until the session ends.
func (f ResponderFunc) ServeSession(s Session) {
	for {
		m, err := s.Receive(s.Context()) // m is ours to send
		if err != nil {
			return
		}
		if err := f(s, m); err != nil {
			cause := respondCause(err)
			s.Close(cause.Code, cause.Reason)
			return
		}
	}
}

func respondCause(err error) *CloseError {
	if ce, ok := errors.AsType[*CloseError](err); ok {
		return ce
	}
	return &CloseError{Code: InternalError, Reason: "handler failed", Err: err}
}

// reactor is the Sink of a session whose handler is a Responder, and the
// Session that it sees.
type reactor struct {
	*Conn
	h    Responder
	busy atomic.Bool // Respond runs
}

// serveResponder makes h the session's handler.
func serveResponder(c *Conn, h Responder) {
	r := &reactor{Conn: c, h: h}
	if a, ok := h.(Attendant); ok {
		r.open(a)
	}
	c.SetSink(r)
}

func (r *reactor) open(a Attendant) {
	defer func() {
		if v := recover(); v != nil {
			LogPanic(r.Logger(), v)
			r.Abort(respondCause(fmt.Errorf("panic: %v", v)))
		}
	}()
	a.Opened(r)
}

func (r *reactor) Deliver(p Packet) (err error) {
	r.busy.Store(true)
	defer func() {
		r.busy.Store(false)
		if v := recover(); v != nil {
			LogPanic(r.Logger(), v)
			err = respondCause(fmt.Errorf("panic: %v", v)) // aborts the session
		}
	}()
	if err := r.h.Respond(r, Message{Kind: p.Kind, Data: p.Data}); err != nil {
		// What the handler has said before still counts.
		r.end(respondCause(err), false)
	}
	return nil
}

func (r *reactor) Over(cause error) {
	defer func() {
		if v := recover(); v != nil { // of any goroutine, which is not to end for it
			LogPanic(r.Logger(), v)
		}
	}()
	if a, ok := r.h.(Attendant); ok {
		a.Over(r, cause)
	}
}

// Send is the session's, but it sends a copy, and while Respond waits in it the
// client is not held to be silent: it is its reader that waits.
func (r *reactor) Send(ctx context.Context, m Message) (err error) {
	// Of its own end the session knows better.
	if ctx.Err() != nil && ctx != r.Context() {
		return context.Cause(ctx)
	}
	p := messagePacket(m)
	p.Data, p.buffer = copyOf(m.Data)
	room, err := r.enqueue(p)
	switch {
	case room == nil:
		return err
	case !r.busy.Load(): // it is not the reader that waits
		return r.Enqueue(ctx, p)
	}
	r.Stall(func() { err = r.Enqueue(ctx, p) })
	return err
}
