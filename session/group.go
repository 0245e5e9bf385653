package session

import "sync"

// Group is a set of sessions that are told the same, whatever carries them. A
// broadcast is encoded once for each kind of raw client, however many there
// are; clients of Socket.IO get it one by one, and have rooms of their own for
// what only they are told. The zero value is
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
// decides. A client whose dialect cannot carry m is left out. A Session that
// somebody else has written is reached if it has a method TrySend(Message)
// error, which must not wait. m.Data is handed over: a Responder that passes on
// what it was given has to copy it.
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
		if tell(s, m, p[:]) == nil {
			queued++
		}
	}
	return queued
}

// tell queues m, or the packet that has it, without waiting.
func tell(s Session, m Message, p []Packet) error {
	switch s := s.(type) {
	case interface{ Offer(...Packet) error }:
		return s.Offer(p...)
	case interface{ TrySend(Message) error }:
		return s.TrySend(m)
	}
	return ErrUnsupported
}
