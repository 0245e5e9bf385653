// Package gws is a server under test on github.com/lxzan/gws.
package gws

import (
	"net"
	"net/http"

	"github.com/lxzan/gws"

	"github.com/everwire/everwire/bench/websocket/peers"
)

// Server echoes in the connection's ReadLoop.
type Server struct {
	upgrader *gws.Upgrader
	conns    peers.Set[*gws.Conn]
}

// New returns a Server.
func New() *Server {
	s := new(Server)
	s.upgrader = gws.NewUpgrader(&handler{server: s}, &gws.ServerOption{CheckUtf8Enabled: true})
	return s
}

// Serve implements process.Server.
func (s *Server) Serve(ln net.Listener) error { return http.Serve(ln, s) }

// ServeHTTP starts one connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := s.upgrader.Upgrade(w, r)
	if err != nil {
		return // it is answered
	}
	// In a goroutine of its own, so that the request can be collected.
	go c.ReadLoop()
}

// Broadcast implements process.Server with a Broadcaster.
func (s *Server) Broadcast(text []byte) {
	b := gws.NewBroadcaster(gws.OpcodeText, text)
	defer b.Close()
	for _, c := range s.conns.All() {
		b.Broadcast(c)
	}
}

type handler struct {
	gws.BuiltinEventHandler
	server *Server
}

func (h *handler) OnOpen(c *gws.Conn)           { h.server.conns.Add(c) }
func (h *handler) OnClose(c *gws.Conn, _ error) { h.server.conns.Remove(c) }
func (h *handler) OnPing(c *gws.Conn, p []byte) { c.WritePong(p) }

func (h *handler) OnMessage(c *gws.Conn, m *gws.Message) {
	defer m.Close()
	c.WriteMessage(m.Opcode, m.Bytes())
}
