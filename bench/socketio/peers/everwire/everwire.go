// Package everwire is this project's own server as a server under test, on its
// public API.
package everwire

import (
	"context"
	"net"
	"path/filepath"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/socketio"
)

// Server is a Socket.IO server.
type Server struct {
	srv  *server.Server
	keys string
}

// New returns a Server. With a folder of keys, which has cert.pem and key.pem,
// it speaks TLS.
func New(keys string) *Server {
	s := &Server{keys: keys, srv: server.New(server.Options{Guard: guard.Config{
		AnyOrigin: true, SessionsPerSecond: -1, UnauthenticatedConns: -1, LoginsPerMinute: -1,
	}})}
	socketio.OnAck(s.srv.Of("/"), "echo", func(_ context.Context, _ *socketio.Socket, text string) (string, error) {
		return text, nil
	})
	socketio.On(s.srv.Of("/"), "shout", func(_ context.Context, _ *socketio.Socket, text string) error {
		return s.srv.Of("/").Emit("news", text)
	})
	return s
}

// Serve implements process.Server.
func (s *Server) Serve(ln net.Listener) error {
	if s.keys == "" {
		return s.srv.HTTPServer().Serve(ln)
	}
	return s.srv.HTTPServer().ServeTLS(server.Listener(ln), filepath.Join(s.keys, "cert.pem"), filepath.Join(s.keys, "key.pem"))
}

// Broadcast implements process.Server.
func (s *Server) Broadcast(text []byte) { s.srv.Of("/").Emit("news", string(text)) }
