package server

import (
	"context"
	"sync"
	"time"

	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
)

const (
	// sweepInterval is how soon the end of a login is noticed at the latest.
	sweepInterval = time.Second
	// touchInterval is how often live sessions keep their login alive; well
	// below guard.LoginIdle.
	touchInterval = time.Minute
)

// logins knows which sessions came of which login, to end them with it.
type logins struct {
	mu    sync.Mutex // guards below
	conns map[string]map[*session.Conn]struct{}
}

// add counts a session to a login. If the login has ended meanwhile, the
// session ends too.
func (l *logins) add(login string, c *session.Conn, g *guard.Guard) {
	l.mu.Lock()
	if l.conns == nil {
		l.conns = make(map[string]map[*session.Conn]struct{})
	}
	if l.conns[login] == nil {
		l.conns[login] = make(map[*session.Conn]struct{})
	}
	l.conns[login][c] = struct{}{}
	l.mu.Unlock()
	context.AfterFunc(c.Context(), func() { l.remove(login, c) })
	if !g.Touch(login) {
		l.end(login)
	}
}

func (l *logins) remove(login string, c *session.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns[login], c)
	if len(l.conns[login]) == 0 {
		delete(l.conns, login)
	}
}

// end ends the sessions of a login that is over.
func (l *logins) end(login string) {
	l.mu.Lock()
	conns := make([]*session.Conn, 0, len(l.conns[login]))
	for c := range l.conns[login] {
		conns = append(conns, c)
	}
	l.mu.Unlock()
	for _, c := range conns {
		c.Abort(&session.CloseError{Code: session.Revoked, Reason: "signed out"})
	}
}

func (l *logins) live() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]string, 0, len(l.conns))
	for login := range l.conns {
		out = append(out, login)
	}
	return out
}

// routeLogin adds what a login needs, if there is one.
func (s *Server) routeLogin() {
	if !s.guard.HasLogin() {
		return
	}
	s.routeExact("/login", own(s.guard.LoginHandler()))
	s.routeExact("/logout", own(s.guard.LogoutHandler()))
	s.routeExact("/tickets", own(s.guard.TicketHandler()))
	s.guard.OnRevoke(s.logins.end)
	s.guard.OnRevoke(s.sio.Revoke) // those whose connection was lost before
	ctx, stop := context.WithCancel(context.Background())
	s.stop, s.kept = stop, make(chan struct{})
	go s.keepLogins(ctx)
}

// keepLogins notices logins that expire and keeps those alive whose sessions
// are in use. It ends with Shutdown.
func (s *Server) keepLogins(ctx context.Context) {
	defer close(s.kept)
	sweep, touch := time.NewTicker(sweepInterval), time.NewTicker(touchInterval)
	defer sweep.Stop()
	defer touch.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sweep.C:
			s.guard.Sweep()
		case <-touch.C:
			for _, login := range s.logins.live() {
				s.guard.Touch(login)
			}
		}
	}
}

// Revoke ends all sessions of the login that a grant names, and the login
// itself; see guard.Guard.Revoke.
func (s *Server) Revoke(login string) { s.guard.Revoke(login) }
