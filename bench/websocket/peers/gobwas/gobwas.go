// Package gobwas is a server under test on github.com/gobwas/ws.
package gobwas

import (
	"net"
	"net/http"
	"sync"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/everwire/everwire/bench/websocket/peers"
)

// Server echoes in a goroutine of its own, which net/http's memory does not
// outlive, with the helpers of wsutil. They check UTF-8 by default.
type Server struct {
	conns peers.Set[*conn]
}

// conn may be written to by one goroutine at a time.
type conn struct {
	net.Conn
	mu sync.Mutex // held while writing
}

// New returns a Server.
func New() *Server { return new(Server) }

// Serve implements process.Server.
func (s *Server) Serve(ln net.Listener) error { return http.Serve(ln, s) }

// ServeHTTP starts one connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	upgraded, _, _, err := ws.UpgradeHTTP(r, w)
	if err != nil {
		return // it is answered
	}
	go s.echo(&conn{Conn: upgraded})
}

func (s *Server) echo(c *conn) {
	s.conns.Add(c)
	defer func() {
		s.conns.Remove(c)
		c.Close()
	}()
	for {
		p, op, err := wsutil.ReadClientData(c.Conn)
		if err != nil {
			return
		}
		c.mu.Lock()
		err = wsutil.WriteServerMessage(c.Conn, op, p) // header and payload, one after the other
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Broadcast implements process.Server with a compiled frame.
func (s *Server) Broadcast(text []byte) {
	frame, err := ws.CompileFrame(ws.NewTextFrame(text))
	if err != nil {
		return
	}
	for _, c := range s.conns.All() {
		c.mu.Lock()
		c.Conn.Write(frame)
		c.mu.Unlock()
	}
}
