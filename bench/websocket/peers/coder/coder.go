// Package coder is a server under test on github.com/coder/websocket.
package coder

import (
	"context"
	"net"
	"net/http"
	"unicode/utf8"

	"github.com/coder/websocket"

	"github.com/everwire/everwire/bench/websocket/peers"
)

// Server echoes in the handler's goroutine. Compression is off by default.
type Server struct {
	conns peers.Set[*websocket.Conn]
}

// New returns a Server.
func New() *Server { return new(Server) }

// Serve implements process.Server.
func (s *Server) Serve(ln net.Listener) error { return http.Serve(ln, s) }

// ServeHTTP serves one connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // it is answered
	}
	s.conns.Add(c)
	defer func() {
		s.conns.Remove(c)
		c.CloseNow()
	}()
	ctx := context.Background() // the request's is of no use after a hijack
	for {
		kind, p, err := c.Read(ctx)
		if err != nil {
			return
		}
		// The library leaves this check to its user.
		if kind == websocket.MessageText && !utf8.Valid(p) {
			return
		}
		if c.Write(ctx, kind, p) != nil {
			return
		}
	}
}

// Broadcast implements process.Server with one Write after the other: the library
// has no messages prepared for many.
func (s *Server) Broadcast(text []byte) {
	for _, c := range s.conns.All() {
		c.Write(context.Background(), websocket.MessageText, text)
	}
}
