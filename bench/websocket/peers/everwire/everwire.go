// Package everwire is this project's own server as a server under test, on its
// public API.
package everwire

import (
	"net"

	"github.com/everwire/everwire/bench/websocket/peers"
	"github.com/everwire/everwire/handlers/echo"
	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
)

// Server echoes at /ws/echo.
type Server struct {
	srv   *server.Server
	conns peers.Set[*session.Conn]
}

// New returns a Server. Every dialect is on, as by default.
func New() *Server {
	s := &Server{srv: server.New(server.Options{Guard: guard.Config{
		AnyOrigin: true, SessionsPerSecond: -1, UnauthenticatedConns: -1, LoginsPerMinute: -1,
	}})}
	s.srv.HandleRaw("echo", s)
	return s
}

// Serve implements peers.Server.
func (s *Server) Serve(ln net.Listener) error { return s.srv.HTTPServer().Serve(ln) }

// ServeSession echoes, and has broadcasts reach the session meanwhile.
func (s *Server) ServeSession(raw session.Session) {
	// The session of a raw client is a Conn, which can take a message without
	// waiting for the client.
	c := raw.(*session.Conn)
	s.conns.Add(c)
	defer s.conns.Remove(c)
	echo.Handler{}.ServeSession(raw)
}

// Broadcast implements peers.Server. The frame is made once for all.
func (s *Server) Broadcast(text []byte) {
	p := session.Packet{Type: session.PacketMessage, Kind: session.Text, Data: text, Prepared: new(session.Prepared)}
	for _, c := range s.conns.All() {
		c.Offer(p)
	}
}
