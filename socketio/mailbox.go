package socketio

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/everwire/everwire/session"
)

// errNotServed says that nothing may take events from a mailbox but its runner.
var errNotServed = errors.New("socketio: the namespace has no session handler")

// post appends an event, unless the socket has ended, and sees that somebody
// takes it: Receive, or a goroutine that lives until the mailbox is dry.
func (s *Socket) post(e *event) bool {
	s.mu.Lock()
	if s.end != nil {
		s.mu.Unlock()
		return false
	}
	s.mailbox = append(s.mailbox, e)
	s.notify()
	start := !s.running
	s.running = true
	s.mu.Unlock()
	if start {
		s.client.conn.Go(s.run)
	}
	return true
}

// notify wakes Receive. The caller holds mu.
func (s *Socket) notify() {
	if s.more != nil {
		close(s.more)
		s.more = nil
	}
}

// pop removes the first event. The caller holds mu.
func (s *Socket) pop() *event {
	e := s.mailbox[0]
	s.mailbox[0] = nil
	s.mailbox = s.mailbox[1:]
	return e
}

// run works until there is nothing to do for the socket.
func (s *Socket) run() {
	for s.step() {
	}
}

// step handles one event or, after the last one, the socket's farewell.
func (s *Socket) step() bool {
	s.mu.Lock()
	if len(s.mailbox) > 0 {
		e, deaf := s.pop(), s.deaf
		s.mu.Unlock()
		s.client.taken(e.size())
		if !deaf {
			s.dispatch(e)
		}
		return true
	}
	s.mailbox = nil
	farewell := s.farewell
	s.farewell = nil
	s.running = farewell != nil
	done := s.lingering && !s.running
	s.mu.Unlock()
	if done {
		s.client.taken(overhead)
	}
	if farewell == nil {
		return false
	}
	farewell()
	return true
}

// begin is the first that runs for a socket, if anything is to run before its
// first event. It goes on with what has come meanwhile. If root is not nil it
// waits for that first.
func (s *Socket) begin(t *table, root <-chan struct{}) {
	s.client.taken(overhead)
	if root != nil {
		select {
		case <-root:
		case <-s.ctx.Done():
		}
	}
	switch {
	case (root != nil || s.ns.guarded(t)) && !s.admitted(t):
	case t.session != nil:
		s.serve(t.session)
	default:
		s.welcome(t)
	}
	s.run()
}

// guarded reports whether it takes a while to accept a client: middlewares are
// asked, or it gets what it has missed.
func (ns *Namespace) guarded(t *table) bool {
	return len(t.middlewares) > 0 || ns.keeper != nil && t.session == nil
}

// admitted asks the middlewares and accepts the socket.
func (s *Socket) admitted(t *table) bool {
	defer s.recovered()
	middlewares := t.middlewares
	if s.recovers && s.ns.keeper.cfg.SkipMiddlewares {
		middlewares = nil
	}
	for _, m := range middlewares {
		if err := m(s.ctx, s); err != nil {
			s.reject(ServerDisconnect, err)
			return false
		}
	}
	return s.accept(true)
}

// greetingPause separates the answer to CONNECT from what the connect handlers
// emit. Hand-written clients, and the protocol's own test suite, take one
// message at a time after connecting and lose the second of two that arrive in
// one read.
const greetingPause = 5 * time.Millisecond

// welcome runs the connect handlers.
func (s *Socket) welcome(t *table) {
	defer s.recovered()
	if len(t.onConnect) > 0 {
		s.pause(greetingPause)
	}
	for _, f := range t.onConnect {
		if err := f(s.ctx, s); err != nil {
			if s.disconnect(ServerDisconnect, &session.CloseError{Code: session.Forced, Err: err}) {
				s.log().Warn("connect handler failed", "err", err)
			}
			return
		}
	}
}

// pause waits, but not for a client that has gone.
func (s *Socket) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.ctx.Done():
	}
}

// serve runs the namespace's session handler. Events that it has left in the
// mailbox are of no use to anybody.
func (s *Socket) serve(h session.Handler) {
	func() {
		defer s.recovered()
		h.ServeSession(s)
	}()
	s.Close(session.Normal, "")
	s.mu.Lock()
	s.deaf = true
	s.mu.Unlock()
}

// recovered keeps a panic of the application's to the socket it happened on.
// It must be deferred directly.
func (s *Socket) recovered() {
	v := recover()
	if v == nil {
		return
	}
	session.LogPanic(s.log(), v)
	s.mu.Lock()
	accepted := s.accepted
	s.mu.Unlock()
	if !accepted {
		s.reject(HandlerFailed, &Error{Message: "internal error"})
		return
	}
	s.disconnect(HandlerFailed, &session.CloseError{Code: session.InternalError, Err: fmt.Errorf("panic: %v", v)})
}

// next is Receive's step: it waits for an event.
func (s *Socket) next(ctx context.Context) (*event, error) {
	for {
		s.mu.Lock()
		if len(s.mailbox) > 0 {
			e := s.pop()
			s.mu.Unlock()
			s.client.taken(e.size())
			return e, nil
		}
		if s.end != nil {
			defer s.mu.Unlock()
			return nil, s.end
		}
		if s.more == nil {
			s.more = make(chan struct{})
		}
		more := s.more
		s.mu.Unlock()
		select {
		case <-more:
		case <-ctx.Done():
			// The socket's own context ends after its mailbox did: go
			// round once more for what has arrived, and for the reason.
			if s.ctx.Err() == nil {
				return nil, context.Cause(ctx)
			}
		}
	}
}

// warn logs what is the client's fault or a handler's, as a warning once a
// second: a client could write the log otherwise.
func (s *Socket) warn(msg string, attrs ...slog.Attr) {
	const pause = time.Second
	now := time.Now().UnixNano()
	level := slog.LevelDebug
	s.mu.Lock()
	// That a handler could not reach a client that has gone is no news.
	if s.end == nil && (s.warned == 0 || now-s.warned >= int64(pause)) {
		s.warned = now
		level = slog.LevelWarn
	}
	s.mu.Unlock()
	s.log().LogAttrs(s.ctx, level, msg, attrs...)
}
