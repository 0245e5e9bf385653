package main

import (
	"context"
	"encoding/hex"
	"sync"
	"time"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/socketio"
)

// Limits for what one client may ask for.
const (
	maxCount  = 10_000
	countStep = 100 * time.Microsecond
)

// serveClients registers what foreign clients are tested with beyond the
// suites' events. An arrow is an ack.
//
//	hex x             -> each argument's UTF-8, in hexadecimal
//	hex-binary x      -> the same of arguments that are binary
//	hex-inside {...}  -> the same of text, blob and each of list
//	peer              -> transport and protocol as the server sees them
//	id                -> the client's public id
//	ask x             calls the client's question with x; then answer with its ack
//	join r, leave r   -> nothing, when the client is in room r, or out of it
//	room r, x         news with x to all in room r
//	others x          news with x to all but the sender
//	volatile x        volatile with x, which the client may miss
//	number n          n is remembered
//	tally k, n        n is remembered under key k, whichever client sends it
//	tallied k         -> all that are remembered under k, in the order of arrival
//	forget k          nothing is remembered under k any more
//	numbers           -> all that are remembered, in the order of arrival
//	count n           count with 0 to n-1, one after the other
//	(none)            left with the id and reason of each client that has gone,
//	                  to all in room watchers
//	kick              ends the client's stay in this namespace
//	close             ends the client's connection
func serveClients(srv *server.Server) {
	root := srv.Of("/")
	serveInspection(root)
	serveRooms(root)
	serveNumbers(root)

	socketio.On(root, "ask", func(ctx context.Context, s *socketio.Socket, args socketio.Args) error {
		reply, err := socketio.Call[socketio.Args](ctx, s, "question", args)
		if err != nil {
			return err
		}
		return s.Emit("answer", reply)
	})
	socketio.On(root, "volatile", func(_ context.Context, s *socketio.Socket, args socketio.Args) error {
		return s.EmitVolatile("volatile", args)
	})
	socketio.On(root, "kick", func(_ context.Context, s *socketio.Socket, _ struct{}) error {
		s.Disconnect(false)
		return nil
	})
	socketio.On(root, "close", func(_ context.Context, s *socketio.Socket, _ struct{}) error {
		s.Disconnect(true)
		return nil
	})
}

// inside is an argument with binary and text in it.
type inside struct {
	Text string            `json:"text"`
	Blob socketio.Binary   `json:"blob"`
	List []socketio.Binary `json:"list"`
}

func serveInspection(ns *socketio.Namespace) {
	socketio.OnAck(ns, "hex", hexOf[string])
	socketio.OnAck(ns, "hex-binary", hexOf[[]byte])
	socketio.OnAck(ns, "hex-inside", func(_ context.Context, _ *socketio.Socket, in inside) ([]string, error) {
		out := []string{hex.EncodeToString([]byte(in.Text)), hex.EncodeToString(in.Blob)}
		for _, b := range in.List {
			out = append(out, hex.EncodeToString(b))
		}
		return out, nil
	})
	type peer struct {
		Transport string `json:"transport"`
		Protocol  string `json:"protocol"`
	}
	socketio.OnAck(ns, "id", func(_ context.Context, s *socketio.Socket, _ struct{}) (string, error) { return s.ID(), nil })
	socketio.OnAck(ns, "peer", func(_ context.Context, s *socketio.Socket, _ struct{}) (peer, error) {
		p := s.Peer()
		return peer{p.Transport, p.Protocol}, nil
	})
}

func hexOf[T string | []byte](_ context.Context, _ *socketio.Socket, args socketio.Args) ([]string, error) {
	out := make([]string, args.Len())
	for i := range out {
		var v T
		if err := args.Decode(i, &v); err != nil {
			return nil, err
		}
		out[i] = hex.EncodeToString([]byte(v))
	}
	return out, nil
}

func serveRooms(ns *socketio.Namespace) {
	socketio.OnAck(ns, "join", func(_ context.Context, s *socketio.Socket, room string) (socketio.Args, error) {
		return socketio.Args{}, s.Join(room)
	})
	socketio.OnAck(ns, "leave", func(_ context.Context, s *socketio.Socket, room string) (socketio.Args, error) {
		return socketio.Args{}, s.Leave(room)
	})
	socketio.On(ns, "room", func(_ context.Context, _ *socketio.Socket, args socketio.Args) error {
		var room, text string
		if err := args.Bind(&room, &text); err != nil {
			return err
		}
		return ns.To(room).Emit("news", text)
	})
	socketio.On(ns, "others", func(_ context.Context, s *socketio.Socket, args socketio.Args) error {
		return s.Broadcast().Emit("news", args)
	})
	ns.OnDisconnect(func(s *socketio.Socket, reason socketio.DisconnectReason) {
		ns.To("watchers").Emit("left", s.ID(), reason)
	})
}

// serveNumbers is for tests of order: nothing may be lost, doubled or
// reordered while a client moves to another transport.
func serveNumbers(ns *socketio.Namespace) {
	type key struct{}
	remembered := func(s *socketio.Socket) []int {
		list, _ := s.Value(key{}).([]int)
		return list
	}
	socketio.On(ns, "number", func(_ context.Context, s *socketio.Socket, n int) error {
		// A socket's handlers run one after the other.
		s.Set(key{}, append(remembered(s), n))
		return nil
	})
	socketio.OnAck(ns, "numbers", func(_ context.Context, s *socketio.Socket, _ struct{}) ([]int, error) {
		return remembered(s), nil
	})
	serveTallies(ns)
	socketio.On(ns, "count", func(ctx context.Context, s *socketio.Socket, n int) error {
		go func() {
			for i := range min(n, maxCount) {
				if s.Emit("count", i) != nil {
					return
				}
				time.Sleep(countStep)
			}
		}()
		return nil
	})
}

// serveTallies is for tests of order whose clients are cut off, so that somebody
// else asks what had arrived.
func serveTallies(ns *socketio.Namespace) {
	var mu sync.Mutex
	tallies := make(map[string][]int)
	socketio.On(ns, "tally", func(_ context.Context, _ *socketio.Socket, args socketio.Args) error {
		var key string
		var n int
		if err := args.Bind(&key, &n); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		tallies[key] = append(tallies[key], n)
		return nil
	})
	socketio.OnAck(ns, "tallied", func(_ context.Context, _ *socketio.Socket, key string) ([]int, error) {
		mu.Lock()
		defer mu.Unlock()
		return append([]int{}, tallies[key]...), nil
	})
	socketio.On(ns, "forget", func(_ context.Context, _ *socketio.Socket, key string) error {
		mu.Lock()
		defer mu.Unlock()
		delete(tallies, key)
		return nil
	})
}
