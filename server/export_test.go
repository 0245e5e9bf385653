package server

import (
	"net/http"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

// RouteInfo is what the tests see of a route.
type RouteInfo struct {
	Name    string
	Guarded bool
	// Session: the route opens sessions. Raw: without Engine.IO.
	Session, Raw bool
}

// Routes returns all routes, with the answer to unknown paths as "*".
func (s *Server) Routes() []RouteInfo {
	var all []RouteInfo
	add := func(name string, h http.Handler) {
		info := RouteInfo{Name: name}
		if g, ok := h.(*guarded); ok {
			_, engine := g.end.(engineEndpoint)
			_, raw := g.end.(rawEndpoint)
			info.Guarded, info.Session, info.Raw = true, engine || raw, raw
		}
		all = append(all, info)
	}
	s.router.Walk(func(r *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		add(r.GetName(), r.GetHandler())
		return nil
	})
	add("*", s.router.NotFoundHandler)
	return all
}

// RouteUnguarded registers a handler as no method of Server can.
func (s *Server) RouteUnguarded(path string) {
	s.router.Handle(path, http.NotFoundHandler()).Name(path)
}

// Manager returns the sessions.
func (s *Server) Manager() *session.Manager { return s.manager }

// Guard returns the guard.
func (s *Server) Guard() *guard.Guard { return s.guard }

// Logins returns how many logins have live sessions.
func (s *Server) Logins() int { return len(s.logins.live()) }

// OpenAs opens a session of Engine.IO for another principal.
func (s *Server) OpenAs(principal string, cfg *session.Config) (*session.Conn, error) {
	return s.manager.Open(cfg, session.Peer{Principal: principal})
}

// Table returns the families of Socket.IO.
func (s *Server) Table() *transports.Table {
	var table *transports.Table
	s.router.Walk(func(r *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		if g, ok := r.GetHandler().(*guarded); ok && table == nil {
			if e, ok := g.end.(engineEndpoint); ok {
				table = e.table
			}
		}
		return nil
	})
	return table
}

// SetBodyTimeout shortens the time for a request's body during a test.
func SetBodyTimeout(t *testing.T, d time.Duration) {
	old := bodyTimeout
	bodyTimeout = d
	t.Cleanup(func() { bodyTimeout = old })
}
