package socketio

import "github.com/everwire/everwire/session"

// Load is what a client's connection holds.
type Load struct {
	Events, Bytes, Awaiting, Sockets int
	Timer                            bool
}

// AcceptWatched is Accept, and returns a function that looks at the client.
func (srv *Server) AcceptWatched(conn *session.Conn) func() Load {
	return srv.AcceptWatchedAs(Gen4, conn)
}

// AcceptWatchedAs is AcceptWatched for a generation.
func (srv *Server) AcceptWatchedAs(g Generation, conn *session.Conn) func() Load {
	c := srv.accept(g, conn)
	return func() Load {
		c.mu.Lock()
		defer c.mu.Unlock()
		return Load{int(c.budget.events), c.budget.bytes, int(c.budget.awaiting), len(c.sockets), c.impatience != nil}
	}
}

// Size is how many rooms exist and how many sockets are in any.
func (m *Memory) Size() (rooms, sockets int) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.members), len(m.rooms)
}

// PendingAcks is how many acks the socket waits for.
func (s *Socket) PendingAcks() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.acks)
}

// Overhead is what an entry of a mailbox costs besides its data.
const Overhead = overhead

// Kept is what a namespace keeps for Recovery.
type Kept struct{ Events, Bytes, Clients, Stays int }

// Kept returns what ns keeps.
func (ns *Namespace) Kept() Kept {
	k := ns.keeper
	k.mu.Lock()
	defer k.mu.Unlock()
	return Kept{len(k.log) - k.off, k.bytes, k.away.Len(), len(k.stays)}
}

// Stock is what all namespaces keep together.
func (srv *Server) Stock() (bytes, clients int64) {
	return srv.stock.bytes.Load(), srv.stock.clients.Load()
}

// Listening is how many handlers a namespace has for an event.
func (ns *Namespace) Listening(event string) int { return len(ns.read().handlers[event]) }
