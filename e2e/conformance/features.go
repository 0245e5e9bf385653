package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/socketio"
)

// serveFeatures registers, in the namespace /features, what foreign clients see
// of Socket.IO 4's features. An arrow is an ack.
//
//	join r, leave r     as in the root
//	forbidden x         is refused by a middleware, and its error is told as
//	                    refused with the event's name and the message
//	was-handled         -> whether a handler of forbidden was called
//	watch               remembers the names of events from here on
//	watched             -> those that came in, and those that went out
//	reply e, x          event e with x to the sender
//	burst n             volatile flood with 1 to n, to the sender
//	volatile-room r, x  volatile news with x to all in room r
//	large n, compress   event large with a text of n bytes, compressed or not
//	length text         -> its length in bytes
//	slow x              -> x, after a while
//	ask-all r, ms, x    -> what all in room r answer to question x within ms;
//	                    how many are missing; and whether time was up
//	fetch r             -> id, rooms, data and query of each socket in room r
//	move r, to, from    all in room r join room to and leave room from
//	end r, connection   all in room r leave the namespace, or the server
//	changes r           -> what has happened to room r so far
//	handshake           -> what the server knows of how the client came
//	(none)              left with the id and reason of each client that has gone,
//	                    to all in room watchers
func serveFeatures(srv *server.Server) {
	ns := srv.Of("/features")
	serveRooms(ns)
	ns.OnConnect(func(_ context.Context, s *socketio.Socket) error {
		s.SetData(map[string]any{"id": s.ID(), "auth": s.Auth()})
		return nil
	})
	serveRefusals(ns)
	serveCatchAll(ns)
	serveFlags(ns)
	serveAskAll(ns)
	serveMany(ns)
	serveChanges(ns)
	serveHandshake(ns)
	serveGuarded(srv)
	serveDynamic(srv)
}

func serveRefusals(ns *socketio.Namespace) {
	type handled struct{}
	socketio.UseEvents(ns, func(_ context.Context, _ *socketio.Socket, event string, args socketio.Args) error {
		if event != "forbidden" {
			return nil
		}
		var what any
		if err := args.Bind(&what); err != nil {
			return err
		}
		return &socketio.Error{Message: "not allowed", Data: map[string]any{"what": what}}
	})
	socketio.OnError(ns, func(s *socketio.Socket, event string, err error) { s.Emit("refused", event, err.Error()) })
	socketio.On(ns, "forbidden", func(_ context.Context, s *socketio.Socket, _ struct{}) error {
		s.Set(handled{}, true)
		return nil
	})
	socketio.OnAck(ns, "was-handled", func(_ context.Context, s *socketio.Socket, _ struct{}) (bool, error) {
		return s.Value(handled{}) != nil, nil
	})
}

// watched are names of events, with their number of arguments.
type watched struct {
	mu  sync.Mutex
	In  []seen `json:"in"`
	Out []seen `json:"out"`
}

type seen struct {
	Event string `json:"event"`
	Args  int    `json:"args"`
}

func (w *watched) note(list *[]seen) func(context.Context, *socketio.Socket, string, socketio.Args) {
	return func(_ context.Context, _ *socketio.Socket, event string, args socketio.Args) {
		w.mu.Lock()
		defer w.mu.Unlock()
		*list = append(*list, seen{event, args.Len()})
	}
}

func serveCatchAll(ns *socketio.Namespace) {
	type key struct{}
	socketio.On(ns, "watch", func(_ context.Context, s *socketio.Socket, _ struct{}) error {
		w := new(watched)
		socketio.OnAny(s, w.note(&w.In))
		socketio.OnAnyOutgoing(s, w.note(&w.Out))
		s.Set(key{}, w)
		return nil
	})
	socketio.OnAck(ns, "watched", func(_ context.Context, s *socketio.Socket, _ struct{}) (map[string][]seen, error) {
		w, ok := s.Value(key{}).(*watched)
		if !ok {
			return nil, errors.New("nothing was watched")
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		return map[string][]seen{"in": slices.Clone(w.In), "out": slices.Clone(w.Out)}, nil
	})
	socketio.On(ns, "reply", func(_ context.Context, s *socketio.Socket, args socketio.Args) error {
		var event, text string
		if err := args.Bind(&event, &text); err != nil {
			return err
		}
		return s.Emit(event, text)
	})
}

func serveFlags(ns *socketio.Namespace) {
	socketio.On(ns, "burst", func(_ context.Context, s *socketio.Socket, n int) error {
		for i := range min(n, maxCount) {
			if err := s.Volatile().Emit("flood", i+1); err != nil {
				return err
			}
		}
		return nil
	})
	socketio.On(ns, "volatile-room", func(_ context.Context, _ *socketio.Socket, args socketio.Args) error {
		var room, text string
		if err := args.Bind(&room, &text); err != nil {
			return err
		}
		return ns.To(room).Volatile().Emit("news", text)
	})
	socketio.On(ns, "large", func(_ context.Context, s *socketio.Socket, args socketio.Args) error {
		var n int
		var compress bool
		if err := args.Bind(&n, &compress); err != nil {
			return err
		}
		return s.Compress(compress).Emit("large", strings.Repeat("everwire", min(n, maxCount)/8))
	})
	socketio.OnAck(ns, "length", func(_ context.Context, _ *socketio.Socket, text string) (int, error) { return len(text), nil })
	socketio.OnAck(ns, "slow", func(ctx context.Context, _ *socketio.Socket, args socketio.Args) (socketio.Args, error) {
		select {
		case <-time.After(150 * time.Millisecond):
		case <-ctx.Done():
		}
		return args, nil
	})
}

func serveAskAll(ns *socketio.Namespace) {
	type outcome struct {
		Answers []string `json:"answers"`
		Missing int      `json:"missing"`
		Late    bool     `json:"late"`
	}
	socketio.OnAck(ns, "ask-all", func(ctx context.Context, _ *socketio.Socket, args socketio.Args) (outcome, error) {
		var room, text string
		var ms int
		if err := args.Bind(&room, &ms, &text); err != nil {
			return outcome{}, err
		}
		ctx, cancel := context.WithTimeout(ctx, time.Duration(ms)*time.Millisecond)
		defer cancel()
		answers, err := socketio.CallAll[string](ctx, ns.To(room), "question", text)
		slices.Sort(answers)
		out := outcome{Answers: answers, Late: errors.Is(err, context.DeadlineExceeded)}
		if missing, ok := errors.AsType[*socketio.MissingError](err); ok {
			out.Missing, err = missing.Clients, nil
		}
		return out, err
	})
}

func serveMany(ns *socketio.Namespace) {
	type fetched struct {
		ID    string   `json:"id"`
		Rooms []string `json:"rooms"`
		Data  any      `json:"data"`
		Query string   `json:"query"`
	}
	socketio.OnAck(ns, "fetch", func(ctx context.Context, _ *socketio.Socket, room string) ([]fetched, error) {
		sockets, err := ns.To(room).FetchSockets(ctx)
		out := make([]fetched, len(sockets))
		for i, s := range sockets {
			slices.Sort(s.Rooms)
			out[i] = fetched{s.ID, s.Rooms, s.Data, s.Handshake.Query.Get("name")}
		}
		slices.SortFunc(out, func(a, b fetched) int { return strings.Compare(a.Query, b.Query) })
		return out, err
	})
	socketio.OnAck(ns, "move", func(_ context.Context, _ *socketio.Socket, args socketio.Args) (socketio.Args, error) {
		var room, to, from string
		if err := args.Bind(&room, &to, &from); err != nil {
			return socketio.Args{}, err
		}
		return socketio.Args{}, errors.Join(ns.To(room).SocketsJoin(to), ns.To(room).SocketsLeave(from))
	})
	socketio.OnAck(ns, "end", func(_ context.Context, _ *socketio.Socket, args socketio.Args) (socketio.Args, error) {
		var room string
		var connection bool
		if err := args.Bind(&room, &connection); err != nil {
			return socketio.Args{}, err
		}
		return socketio.Args{}, ns.To(room).DisconnectSockets(connection)
	})
}

// maxChanges bounds what is remembered of rooms.
const maxChanges = 10_000

func serveChanges(ns *socketio.Namespace) {
	var mu sync.Mutex
	var changes []socketio.RoomChange
	ns.OnRoom(func(c socketio.RoomChange) {
		mu.Lock()
		defer mu.Unlock()
		if len(changes) < maxChanges {
			changes = append(changes, c)
		}
	})
	socketio.OnAck(ns, "changes", func(_ context.Context, _ *socketio.Socket, room string) ([][2]string, error) {
		mu.Lock()
		defer mu.Unlock()
		out := [][2]string{}
		for _, c := range changes {
			if c.Room == room {
				out = append(out, [2]string{c.Kind.String(), c.SocketID})
			}
		}
		return out, nil
	})
}

func serveHandshake(ns *socketio.Namespace) {
	type handshake struct {
		Query     map[string][]string `json:"query"`
		Agent     string              `json:"agent"`
		Origin    string              `json:"origin"`
		Host      string              `json:"host"`
		Auth      any                 `json:"auth"`
		Loopback  bool                `json:"loopback"`
		Age       int64               `json:"age"` // in milliseconds
		Secure    bool                `json:"secure"`
		CrossSite bool                `json:"crossSite"`
		Path      string              `json:"path"`
	}
	socketio.OnAck(ns, "handshake", func(_ context.Context, s *socketio.Socket, _ struct{}) (handshake, error) {
		h := s.Handshake()
		out := handshake{Query: h.Query, Agent: h.Header.Get("User-Agent"), Origin: h.Header.Get("Origin"), Host: h.Header.Get("Host"),
			Auth: h.Auth, Loopback: strings.HasPrefix(h.Address, "127.0.0.1:"), Age: time.Since(h.Issued).Milliseconds(),
			Secure: h.Secure, CrossSite: h.CrossDomain}
		out.Path, _, _ = strings.Cut(h.URL, "?")
		return out, nil
	})
}

// serveGuarded is for clients that are refused: /guarded lets in who knows the
// word, and /closed nobody.
func serveGuarded(srv *server.Server) {
	srv.Of("/guarded").Use(func(_ context.Context, s *socketio.Socket) error {
		var auth struct {
			Word string `json:"word"`
		}
		if err := s.BindAuth(&auth); err != nil {
			return err
		}
		if auth.Word != "please" {
			return &socketio.Error{Message: "not authorized", Data: map[string]any{"word": auth.Word, "code": 401}}
		}
		return nil
	})
	srv.Of("/closed").Use(func(context.Context, *socketio.Socket) error { return errors.New("closed") })
}
