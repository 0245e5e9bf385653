package server_test

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"os/signal"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// A program of its own: events of Socket.IO clients, and a session handler that
// raw WebSockets reach at /ws/shout and Socket.IO clients as namespace /shout.
func ExampleNew() {
	srv := server.New(server.Options{Logger: slog.Default()})

	socketio.On(srv.Of("/"), "hello", func(_ context.Context, s *socketio.Socket, name string) error {
		return s.Emit("welcome", name)
	})
	srv.Handle("shout", session.HandlerFunc(func(s session.Session) {
		for {
			m, err := s.Receive(s.Context())
			if err != nil {
				return
			}
			m.Data = append(m.Data, '!')
			if s.Send(s.Context(), m) != nil {
				return
			}
		}
	}))

	hs := srv.HTTPServer()
	hs.Addr = "127.0.0.1:8080"
	interrupted, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(interrupted, func() {
		srv.Shutdown(context.Background()) // sessions first, then the listener
		hs.Shutdown(context.Background())
	})
	if err := hs.ListenAndServe(); err != http.ErrServerClosed {
		slog.Error("serving failed", "err", err)
	}
}

// Inside a program that has an HTTP server already.
func ExampleServer_ServeHTTP() {
	srv := server.New(server.Options{})
	srv.Of("/").OnConnect(func(_ context.Context, s *socketio.Socket) error {
		return s.Emit("news", "hello")
	})

	mux := http.NewServeMux()
	mux.Handle("/socket.io/", srv)
	http.ListenAndServe("127.0.0.1:8080", mux)
}
