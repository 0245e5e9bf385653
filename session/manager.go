package session

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"iter"
	"sync"
)

// ErrDraining says that no new session is accepted because the server is
// shutting down.
var ErrDraining = errors.New("session: server is shutting down")

// Manager keeps the sessions of a server and finds them by id. Its methods
// may be called concurrently. Use NewManager.
type Manager struct {
	ctx      context.Context
	cancel   context.CancelFunc
	handlers sync.WaitGroup

	mu       sync.Mutex // guards below
	conns    map[string]*Conn
	draining bool
	empty    chan struct{} // closed when draining and the last session is over
}

// NewManager returns an empty Manager.
func NewManager() *Manager {
	m := &Manager{conns: make(map[string]*Conn), empty: make(chan struct{})}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	return m
}

// Open starts a session with a fresh id of 128 random bits. It returns
// ErrDraining during Shutdown. The session lives on the manager's own
// context: that of the opening request ends with its response.
func (m *Manager) Open(cfg *Config, peer Peer) (*Conn, error) {
	c := NewConn(m.ctx, NewID(), cfg, peer)
	c.onOver = m.forget
	c.handlers = &m.handlers
	m.mu.Lock()
	if m.draining {
		m.mu.Unlock()
		c.onOver = nil
		c.Kill(&CloseError{Code: GoingAway})
		return nil, ErrDraining
	}
	m.conns[c.id] = c
	m.mu.Unlock()
	return c, nil
}

// NewID returns 22 characters of base64url that nobody can guess.
func NewID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Get returns the session with the given id, or nil. Sessions that are
// closing are found until they are over.
func (m *Manager) Get(id string) *Conn {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.conns[id]
}

// Len returns the number of sessions.
func (m *Manager) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.conns)
}

// All iterates over the sessions there were when the loop began.
func (m *Manager) All() iter.Seq[*Conn] {
	return func(yield func(*Conn) bool) {
		m.mu.Lock()
		all := make([]*Conn, 0, len(m.conns))
		for _, c := range m.conns {
			all = append(all, c)
		}
		m.mu.Unlock()
		for _, c := range all {
			if !yield(c) {
				return
			}
		}
	}
}

func (m *Manager) forget(c *Conn) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.conns, c.id)
	if m.draining && len(m.conns) == 0 {
		m.closeEmpty()
	}
}

func (m *Manager) closeEmpty() {
	select {
	case <-m.empty:
	default:
		close(m.empty)
	}
}

// Shutdown refuses new sessions, closes all there are with GoingAway after
// what they have queued, and waits for them and their handlers. When ctx is
// done first, it ends the rest at once and returns the context's cause.
func (m *Manager) Shutdown(ctx context.Context) error {
	m.mu.Lock()
	m.draining = true
	if len(m.conns) == 0 {
		m.closeEmpty()
	}
	m.mu.Unlock()
	for c := range m.All() {
		c.Close(GoingAway, "server shutting down")
	}
	var err error
	select {
	case <-m.empty:
	case <-ctx.Done():
		err = context.Cause(ctx)
		for c := range m.All() {
			c.Kill(&CloseError{Code: GoingAway, Reason: "server shut down"})
		}
	}
	m.cancel()
	done := make(chan struct{})
	go func() { m.handlers.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		if err == nil {
			err = context.Cause(ctx)
		}
	}
	return err
}
