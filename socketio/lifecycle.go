package socketio

import (
	"errors"
	"io"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
)

// accept tells the client that it is in, and then everybody else. If work is to
// follow, the socket counts as running from the moment it is accepted: its
// disconnect handlers, should it end at once, wait for the connect handlers.
func (s *Socket) accept(work bool) bool {
	if s.ctx.Err() != nil {
		return false // the client has left meanwhile
	}
	data := sio.AppendString([]byte(`{"sid":`), s.id)
	if s.stay != nil {
		if !s.ns.keeper.claim(s) {
			return false
		}
		data = sio.AppendString(append(data, `,"pid":`...), s.stay.private)
	}
	data = append(data, '}')
	if !s.client.tell(outgoing{Packet: sio.Packet{Type: sio.Connect, Namespace: s.ns.name, Data: data}}) {
		return false
	}
	s.mu.Lock()
	if s.end != nil {
		s.mu.Unlock()
		return false
	}
	s.accepted = true
	s.running = s.running || work
	s.mu.Unlock()
	s.client.mu.Lock()
	s.client.relax()
	s.client.mu.Unlock()
	s.ns.add(s)
	if s.ns.name == "/" {
		s.client.passRoot()
	}
	if s.stay != nil {
		s.ns.keeper.resume(s)
	}
	if !s.open() {
		s.ns.remove(s) // its end was quicker
	}
	return true
}

// reject ends a socket that was not accepted.
func (s *Socket) reject(reason DisconnectReason, err error) {
	if s.finish(reason, &session.CloseError{Code: session.PolicyViolated, Err: err}) {
		s.client.remove(s)
		s.client.refuse(s.ns.name, err)
	}
}

// finish ends the socket, once. The disconnect handlers follow what is in the
// mailbox, which is of interest still if it was the client that left.
func (s *Socket) finish(reason DisconnectReason, cause error) bool {
	if cause == nil {
		cause = &session.CloseError{Code: session.Normal, Reason: string(reason), Remote: reason == ClientDisconnect}
	}
	s.mu.Lock()
	if s.end != nil {
		s.mu.Unlock()
		return false
	}
	s.end = cause
	ce, ok := errors.AsType[*session.CloseError](cause)
	if ok && ce.Normal() {
		s.end = io.EOF
	}
	accepted, acks := s.accepted, s.acks
	// Events of a client that no middleware has let in are nobody's business.
	s.deaf = !accepted || !ok || !ce.Remote
	s.notify()
	s.acks = nil
	s.mu.Unlock()
	for _, w := range acks {
		w.answer(nil)
	}
	s.cancel(cause)
	if k := s.ns.keeper; k != nil {
		k.depart(s, reason, cause)
	}
	if accepted {
		s.ns.remove(s)
	}
	s.wind(accepted, reason)
	s.ns.srv.release(s.ns)
	return true
}

// wind sees that the disconnect handlers are called, if there are any, and
// counts the socket while something still runs for it.
func (s *Socket) wind(accepted bool, reason DisconnectReason) {
	handlers := s.ns.read().onDisconnect
	s.mu.Lock()
	start := false
	if accepted && len(handlers) > 0 {
		s.farewell = func() {
			for _, h := range handlers {
				s.farewellTo(h, reason)
			}
		}
		start = !s.running
		s.running = true
	}
	s.lingering = s.running
	if s.running {
		s.client.lingers()
	}
	s.mu.Unlock()
	if start {
		s.client.conn.Go(s.run)
	}
}

func (s *Socket) farewellTo(h func(*Socket, DisconnectReason), reason DisconnectReason) {
	defer s.recovered()
	h(s, reason)
}

// disconnect ends the socket from this side.
func (s *Socket) disconnect(reason DisconnectReason, cause error) bool {
	if !s.finish(reason, cause) {
		return false
	}
	if s.client.leave(s) {
		s.inTurn(func() { s.client.dismiss(s, reason, cause) })
	}
	return true
}
