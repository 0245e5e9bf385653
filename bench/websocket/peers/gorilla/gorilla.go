// Package gorilla is a server under test on github.com/gorilla/websocket.
package gorilla

import (
	"net"
	"net/http"
	"sync"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"github.com/everwire/everwire/bench/websocket/peers"
)

// Server echoes in the handler's goroutine with the default Upgrader.
type Server struct {
	upgrader websocket.Upgrader
	conns    peers.Set[*conn]
}

// conn may be written to by one goroutine at a time.
type conn struct {
	*websocket.Conn
	mu sync.Mutex // held while writing
}

// New returns a Server.
func New() *Server { return new(Server) }

// Serve implements process.Server.
func (s *Server) Serve(ln net.Listener) error { return http.Serve(ln, s) }

// ServeHTTP serves one connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	upgraded, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // it is answered
	}
	c := &conn{Conn: upgraded}
	s.conns.Add(c)
	defer func() {
		s.conns.Remove(c)
		c.Close()
	}()
	for {
		kind, p, err := c.ReadMessage()
		if err != nil {
			return
		}
		// The library leaves this check to its user.
		if kind == websocket.TextMessage && !utf8.Valid(p) {
			return
		}
		c.mu.Lock()
		err = c.WriteMessage(kind, p)
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Broadcast implements process.Server with a PreparedMessage.
func (s *Server) Broadcast(text []byte) {
	pm, err := websocket.NewPreparedMessage(websocket.TextMessage, text)
	if err != nil {
		return
	}
	for _, c := range s.conns.All() {
		c.mu.Lock()
		c.WritePreparedMessage(pm)
		c.mu.Unlock()
	}
}
