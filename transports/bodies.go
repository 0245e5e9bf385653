package transports

import (
	"context"
	"sync"
	"time"

	"github.com/everwire/everwire/session"
)

// MaxBodies is how many requests of one session before Engine.IO may bring data
// at once. Its clients send one after the other; more than two are under way
// only when a client has given one up. Each is held in memory until the session
// has taken it, which may be long.
const MaxBodies = 4

// bodies are the places that sessions have for the bodies of requests. A session
// that brings none costs nothing.
type bodies struct {
	mu sync.Mutex // guards below
	of map[*session.Conn]*places
}

// places are those of one session.
type places struct {
	taken chan struct{} // as many as are taken
	users int           // requests that have one or wait for it; guarded by bodies.mu
}

// EnterBody waits until a request may bring data to c, of which no more than
// MaxBodies do at once; LeaveBody has to follow. It returns false, and nothing has
// to follow, if the session or ctx ends before, or MessageTimeout.
func (e *Engine) EnterBody(ctx context.Context, c *session.Conn) bool {
	p := e.bodies.use(c)
	select {
	case p.taken <- struct{}{}:
		return true
	default:
		// Only now: to ask for the session's context makes it.
	}
	timeout := time.NewTimer(MessageTimeout)
	defer timeout.Stop()
	select {
	case p.taken <- struct{}{}:
		return true
	case <-timeout.C:
	case <-ctx.Done():
	case <-c.Context().Done():
	}
	e.bodies.forget(c, p)
	return false
}

// LeaveBody ends what EnterBody began.
func (e *Engine) LeaveBody(c *session.Conn) {
	p := e.bodies.find(c)
	<-p.taken
	e.bodies.forget(c, p)
}

// use is the beginning of one user, and forget its end.
func (b *bodies) use(c *session.Conn) *places {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.of[c]
	if p == nil {
		p = &places{taken: make(chan struct{}, MaxBodies)}
		if b.of == nil {
			b.of = make(map[*session.Conn]*places)
		}
		b.of[c] = p
	}
	p.users++
	return p
}

func (b *bodies) find(c *session.Conn) *places {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.of[c]
}

func (b *bodies) forget(c *session.Conn, p *places) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.users--; p.users == 0 {
		delete(b.of, c)
	}
}
