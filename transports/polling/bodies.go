package polling

import (
	"context"
	"sync"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

// maxBodies is how many requests of one session before Engine.IO may bring data
// at once. Its clients send one after the other; more than two are under way
// only when a client has given one up. Each is held in memory until the session
// has taken it, which may be long.
const maxBodies = 4

// bodies are the places that sessions have for the bodies of requests. One that
// brings none costs nothing.
type bodies struct {
	mu sync.Mutex // guards below
	of map[*session.Conn]*places
}

// places are those of one session.
type places struct {
	taken chan struct{} // as many as are taken
	users int           // requests that have one or wait for it; guarded by bodies.mu
}

var uploads = bodies{of: make(map[*session.Conn]*places)}

// enter waits for a place, for which leave has to be called. It returns false if
// the session ends, the request does, or there is no place in time.
func (b *bodies) enter(ctx context.Context, c *session.Conn) bool {
	b.mu.Lock()
	p := b.of[c]
	if p == nil {
		p = &places{taken: make(chan struct{}, maxBodies)}
		b.of[c] = p
	}
	p.users++
	b.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, transports.MessageTimeout)
	defer cancel()
	select {
	case p.taken <- struct{}{}:
		return true
	case <-ctx.Done():
	case <-c.Context().Done():
	}
	b.forget(c, p)
	return false
}

// leave gives a place back.
func (b *bodies) leave(c *session.Conn) {
	b.mu.Lock()
	p := b.of[c]
	b.mu.Unlock()
	<-p.taken
	b.forget(c, p)
}

// forget is the end of one user.
func (b *bodies) forget(c *session.Conn, p *places) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.users--; p.users == 0 {
		delete(b.of, c)
	}
}
