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
	empty chan struct{} // closed when draining and the last session is over
	idle  chan struct{} // closed when besides no handler runs

	mu       sync.Mutex // guards below
	conns    map[string]*Conn
	handlers int       // running; a new one needs a session, so idle is final
	resting  []*worker // none without a session
	draining bool
}

// NewManager returns an empty Manager.
func NewManager() *Manager {
	return &Manager{
		conns: make(map[string]*Conn),
		empty: make(chan struct{}),
		idle:  make(chan struct{}),
	}
}

// Open starts a session with a fresh id of 128 random bits. It returns
// ErrDraining during Shutdown. The session depends on no request's context:
// that of the opening request ends with its response.
func (m *Manager) Open(cfg *Config, peer Peer) (*Conn, error) {
	c := newConn(context.Background(), NewID(), cfg, peer)
	c.m = m
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.draining {
		return nil, ErrDraining
	}
	m.conns[c.id] = c
	c.managed = true
	c.start() // last: its timer calls forget
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
	c := m.conns[id]
	m.mu.Unlock()
	if c != nil {
		if c.overdue(); c.State() == Closed {
			return nil // its time is over, though its timer was late
		}
	}
	return c
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
	c.managed = false
	if len(m.conns) == 0 {
		m.dismiss()
	}
	m.check()
}

// handlerBegins counts c's handler, unless the session is over.
func (m *Manager) handlerBegins(c *Conn) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.begins(c)
}

// begins is handlerBegins for a caller that holds mu.
func (m *Manager) begins(c *Conn) bool {
	if !c.managed {
		return false
	}
	m.handlers++
	return true
}

func (m *Manager) handlerEnds() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.handlers--
	m.check()
}

// check tells Shutdown how far it is. The caller holds mu.
func (m *Manager) check() {
	if !m.draining || len(m.conns) > 0 {
		return
	}
	closeOnce(m.empty)
	if m.handlers == 0 {
		closeOnce(m.idle)
	}
}

// closeOnce closes ch if it is open. The callers exclude each other.
func closeOnce(ch chan struct{}) {
	select {
	case <-ch:
	default:
		close(ch)
	}
}

// Shutdown is Drain without a spread.
func (m *Manager) Shutdown(ctx context.Context) error { return m.Drain(ctx, 0) }
