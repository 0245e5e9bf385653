package session

import "sync"

// Group is a set of sessions that are told the same. A broadcast is encoded
// once for each kind of client, however many there are. The zero value is
// empty and ready. A Group must not be copied; all methods may be called
// concurrently.
type Group struct {
	mu      sync.Mutex // guards below
	members map[Session]struct{}
}

// Add makes s a member, once. It stays one until Remove, so a handler removes
// its session when that is over: an Attendant in Over, any other at the end of
// ServeSession.
func (g *Group) Add(s Session) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.members == nil {
		g.members = make(map[Session]struct{})
	}
	g.members[s] = struct{}{}
}

// Remove takes s out, if it is a member.
func (g *Group) Remove(s Session) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.members, s)
}

// Len returns the number of members.
func (g *Group) Len() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.members)
}

// Broadcast queues m for every member and returns for how many it was queued.
// It waits for no client: where an outbox is full, the session's Overflow policy
// decides. A client whose dialect cannot carry m is left out, and so is a
// Session that is none of this package's. m.Data is handed over: a Responder
// that passes on what it was given has to copy it.
func (g *Group) Broadcast(m Message) (queued int) {
	g.mu.Lock()
	members := make([]Session, 0, len(g.members))
	for s := range g.members {
		members = append(members, s)
	}
	g.mu.Unlock()
	p := [1]Packet{messagePacket(m)}
	p[0].Prepared = new(Prepared)
	for _, s := range members {
		if o, ok := s.(interface{ Offer(...Packet) error }); ok && o.Offer(p[:]...) == nil {
			queued++
		}
	}
	return queued
}
