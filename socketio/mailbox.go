package socketio

import (
	"context"
	"fmt"
	"slices"

	"github.com/everwire/everwire/session"
)

// entryKind is what an entry of a mailbox asks for.
type entryKind uint8

const (
	connectEntry   entryKind = iota // ask the middlewares, accept, tell the connect handlers
	connectedEntry                  // accepted already: tell the connect handlers
	eventEntry
	disconnectEntry
)

// entry is one thing that runs the application's code.
type entry struct {
	kind   entryKind
	event  event
	reason DisconnectReason
}

// overhead is what an entry costs besides its data.
const overhead = 128

func (e *entry) size() int {
	n := overhead + len(e.event.data)
	for _, b := range e.event.binary {
		n += len(b)
	}
	return n
}

// post appends an entry and sees that somebody takes it: Receive, or a
// goroutine that lives until the mailbox is dry.
func (s *Socket) post(e entry) {
	s.mu.Lock()
	s.mailbox = append(s.mailbox, e)
	if s.more != nil {
		close(s.more)
		s.more = nil
	}
	start := !s.running
	s.running = true
	s.mu.Unlock()
	if start {
		s.client.conn.Go(s.run)
	}
}

// take removes the first entry. Without one it ends the run.
func (s *Socket) take() (entry, bool) {
	s.mu.Lock()
	if len(s.mailbox) == 0 {
		s.mailbox = nil
		s.running = false
		s.mu.Unlock()
		return entry{}, false
	}
	e := s.pop()
	s.mu.Unlock()
	if e.kind != disconnectEntry {
		s.client.taken(e.size())
	}
	return e, true
}

// pop removes the first entry. The caller holds mu.
func (s *Socket) pop() entry {
	e := s.mailbox[0]
	s.mailbox[0] = entry{}
	s.mailbox = s.mailbox[1:]
	return e
}

// run executes entries until the mailbox is dry. In a namespace with a session
// handler it becomes the handler's goroutine.
func (s *Socket) run() {
	for {
		e, ok := s.take()
		if !ok {
			return
		}
		if e.kind == connectEntry && s.ns.sessionHandler() != nil {
			if s.admitted() {
				s.serve()
				return
			}
			continue
		}
		s.protect(func() { s.execute(e) })
	}
}

// admitted asks the middlewares and accepts the socket.
func (s *Socket) admitted() (ok bool) {
	s.protect(func() { ok = s.ns.admit(s) && s.accept() })
	return ok
}

// protect keeps a panic of the application's to the socket it happened on.
func (s *Socket) protect(f func()) {
	defer func() {
		if v := recover(); v != nil {
			session.LogPanic(s.client.conn.Logger().With("ns", s.ns.name), v)
			s.disconnect(HandlerFailed, &session.CloseError{Code: session.InternalError, Err: fmt.Errorf("panic: %v", v)})
		}
	}()
	f()
}

func (s *Socket) execute(e entry) {
	switch e.kind {
	case connectEntry:
		if s.admitted() {
			s.ns.connected(s)
		}
	case connectedEntry:
		s.ns.connected(s)
	case eventEntry:
		if s.open() {
			s.dispatch(&e.event)
		}
	case disconnectEntry:
		for _, h := range s.ns.disconnectHandlers() {
			s.protect(func() { h(s, e.reason) })
		}
	}
}

// serve runs the namespace's session handler. Its entries are taken by
// Receive; what is left when it returns is of no use, but the disconnect
// handlers.
func (s *Socket) serve() {
	s.protect(func() { s.ns.sessionHandler().ServeSession(s) })
	s.Close(session.Normal, "")
	s.mu.Lock()
	s.mailbox = slices.DeleteFunc(s.mailbox, func(e entry) bool {
		if e.kind == disconnectEntry {
			return false
		}
		defer s.client.taken(e.size())
		return true
	})
	s.mu.Unlock()
	s.run()
}

// next is Receive's take: it waits.
func (s *Socket) next(ctx context.Context) (entry, error) {
	for {
		s.mu.Lock()
		if len(s.mailbox) > 0 && s.mailbox[0].kind != disconnectEntry {
			e := s.pop()
			s.mu.Unlock()
			s.client.taken(e.size())
			return e, nil
		}
		if s.end != nil {
			defer s.mu.Unlock()
			return entry{}, s.end
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
				return entry{}, context.Cause(ctx)
			}
		}
	}
}
