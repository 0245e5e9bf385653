// Package everwire is this project's own server as a server under test, on its
// public API.
package everwire

import (
	"net"

	"github.com/everwire/everwire/handlers/echo"
	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
)

// Server echoes at /ws/echo.
type Server struct {
	echo.Handler
	srv *server.Server
	all session.Group
}

// New returns a Server. Every dialect is on, as by default.
func New() *Server {
	s := &Server{srv: server.New(server.Options{Guard: guard.Config{
		AnyOrigin: true, SessionsPerSecond: -1, UnauthenticatedConns: -1, LoginsPerMinute: -1,
	}})}
	s.srv.HandleRaw("echo", s)
	return s
}

// Serve implements process.Server.
func (s *Server) Serve(ln net.Listener) error { return s.srv.HTTPServer().Serve(ln) }

// Opened and Over have broadcasts reach the sessions meanwhile.
func (s *Server) Opened(c session.Session)        { s.all.Add(c) }
func (s *Server) Over(c session.Session, _ error) { s.all.Remove(c) }

// Broadcast implements process.Server.
func (s *Server) Broadcast(text []byte) {
	s.all.Broadcast(session.Message{Kind: session.Text, Data: text})
}
