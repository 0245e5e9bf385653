// Package googollee is the server under test on github.com/googollee/go-socket.io,
// in the manner of its documentation. It speaks Engine.IO 3 and no newer one.
package googollee

import (
	"net"
	"net/http"

	socketio "github.com/googollee/go-socket.io"
)

// Server is a Socket.IO server.
type Server struct{ io *socketio.Server }

// New returns a Server.
func New() *Server {
	s := &Server{io: socketio.NewServer(nil)}
	s.io.OnConnect("/", func(socketio.Conn) error { return nil })
	s.io.OnEvent("/", "echo", func(_ socketio.Conn, text string) string { return text })
	s.io.OnEvent("/", "shout", func(_ socketio.Conn, text string) { s.Broadcast([]byte(text)) })
	s.io.OnError("/", func(socketio.Conn, error) {})
	s.io.OnDisconnect("/", func(socketio.Conn, string) {})
	return s
}

// Serve implements process.Server.
func (s *Server) Serve(ln net.Listener) error {
	go s.io.Serve()
	defer s.io.Close()
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", s.io)
	return http.Serve(ln, mux)
}

// Broadcast implements process.Server.
func (s *Server) Broadcast(text []byte) { s.io.BroadcastToNamespace("/", "news", string(text)) }
