package main

import (
	"context"
	"time"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/socketio"
)

// recovery lets the clients come back that say in their query that they know of
// offsets.
func recovery(window time.Duration) *socketio.Recovery {
	return &socketio.Recovery{Window: window, For: func(s *socketio.Socket) bool {
		return s.Handshake().Query.Get("recovery") == "yes"
	}}
}

// serveRecovery registers what clients are tested with that come back, in the
// namespace /recovery. An arrow is an ack.
//
//	feed n    -> nothing; makes the client a member of a room, and then emits item
//	          with 0 to n-1, by turns to the client's own room and to that other
//	          one, each third with a binary argument, wherever the client is
//	          meanwhile
//	keep x    remembers x
//	kept      -> what is remembered, and whether the client was recovered
func serveRecovery(srv *server.Server) {
	type key struct{}
	ns := srv.Of("/recovery")
	socketio.OnAck(ns, "feed", func(_ context.Context, s *socketio.Socket, n int) (socketio.Args, error) {
		id := s.ID()
		if err := s.Join("fed " + id); err != nil {
			return socketio.Args{}, err
		}
		go feed(ns, [2]string{id, "fed " + id}, min(n, maxCount))
		return socketio.Args{}, nil
	})
	socketio.OnAck(ns, "keep", func(_ context.Context, s *socketio.Socket, text string) (socketio.Args, error) {
		s.Set(key{}, text)
		return socketio.Args{}, nil
	})
	socketio.OnAck(ns, "kept", func(_ context.Context, s *socketio.Socket, _ struct{}) (socketio.Args, error) {
		return socketio.NewArgs(s.Value(key{}), s.Recovered())
	})
}

func feed(ns *socketio.Namespace, rooms [2]string, n int) {
	for i := range n {
		args := []any{i}
		if i%3 == 0 {
			args = append(args, socketio.Binary{byte(i)})
		}
		if ns.To(rooms[i%2]).Emit("item", args...) != nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
}
