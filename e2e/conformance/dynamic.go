package main

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/socketio"
)

// serveDynamic has two kinds of namespaces that come into being with their
// first client: /tenant- with a number, and those below /by-function/ for
// clients with the right word. An arrow is an ack.
//
//	where      -> the namespace's name
//	here x     news with x to all in the namespace
//	all e, x   event e with x to all in all namespaces of that kind
func serveDynamic(srv *server.Server) {
	serveChildren(srv.SocketIO().OfPattern(regexp.MustCompile(`^/tenant-\d+$`)))
	serveChildren(srv.SocketIO().OfFunc(func(_ context.Context, name string, auth json.RawMessage) (bool, error) {
		var a struct {
			Word string `json:"word"`
		}
		if err := json.Unmarshal(auth, &a); err != nil {
			return false, err
		}
		return strings.HasPrefix(name, "/by-function/") && a.Word == "please", nil
	}))
}

func serveChildren(parent *socketio.Namespace) {
	socketio.OnAck(parent, "where", func(_ context.Context, s *socketio.Socket, _ struct{}) (string, error) {
		return s.Namespace().Name(), nil
	})
	socketio.On(parent, "here", func(_ context.Context, s *socketio.Socket, args socketio.Args) error {
		return s.Namespace().Emit("news", args)
	})
	socketio.On(parent, "all", func(_ context.Context, _ *socketio.Socket, args socketio.Args) error {
		var event, text string
		if err := args.Bind(&event, &text); err != nil {
			return err
		}
		return parent.Emit(event, text)
	})
}
