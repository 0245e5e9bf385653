package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// noting returns a handler that notes its argument.
func noting(n *notes, as string) func(context.Context, *socketio.Socket, string) error {
	return func(_ context.Context, _ *socketio.Socket, arg string) error {
		n.add("%s %s", as, arg)
		return nil
	}
}

// watching returns a catch-all listener that notes what it is told.
func watching(n *notes, as string) func(context.Context, *socketio.Socket, string, socketio.Args) {
	return func(_ context.Context, _ *socketio.Socket, event string, args socketio.Args) {
		var first any
		args.Bind(&first)
		n.add("%s %s %v/%d", as, event, first, args.Len())
	}
}

func TestListenersCanBeTakenAway(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		var n notes
		p := enter(t, srv)
		for _, l := range []socketio.Listener{ns, only(t, ns)} {
			stop := socketio.On(l, "e", noting(&n, "first"))
			socketio.On(l, "e", noting(&n, "second"))
			socketio.OnAck(l, "f", func(context.Context, *socketio.Socket, string) (int, error) { n.add("f"); return 1, nil })
			socketio.Once(l, "e", noting(&n, "once"))
			p.send(`2["e","a"]`, `2["e","b"]`)
			settle()
			n.expect(t, "first a", "second a", "once a", "first b", "second b")
			stop()
			stop()
			p.send(`2["e","c"]`, `20["f"]`)
			settle()
			n.expect(t, "second c", "f")
			p.expect(`30[1]`)
			socketio.Off(l, "e")
			p.send(`2["e","d"]`, `20["f"]`)
			settle()
			n.expect(t, "f")
			p.expect(`30[1]`)
			socketio.Off(l, "f")
		}
		p.leave()
	})
}

// However many events are handled at the same moment, Once is for one of them.
func TestOnceAmongSeveralAtATime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHall(t, socketio.Config{})
		var n notes
		together := make(chan struct{})
		socketio.On(h.ns, "e", func(context.Context, *socketio.Socket, string) error { <-together; return nil })
		socketio.Once(h.ns, "e", noting(&n, "once"))
		for _, c := range h.clients {
			c.send(`2["e","x"]`)
		}
		settle()
		close(together)
		settle()
		n.expect(t, "once x")
		if got := h.ns.Listening("e"); got != 1 {
			t.Errorf("%d handlers are left, want 1", got)
		}
		h.leave()
	})
}

// A handler that takes itself away, or adds another, does not disturb the event
// that is being handled.
func TestListenersChangeWhileAnEventIsHandled(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		var n notes
		p := enter(t, srv)
		for _, l := range []socketio.Listener{ns, only(t, ns)} {
			var stop func()
			stop = socketio.On(l, "e", func(context.Context, *socketio.Socket, string) error {
				n.add("one")
				stop()
				socketio.On(l, "e", noting(&n, "three"))
				return nil
			})
			socketio.On(l, "e", noting(&n, "two"))
			p.send(`2["e","a"]`, `2["e","b"]`)
			settle()
			n.expect(t, "one", "two a", "two b", "three b")
			socketio.Off(l, "e")
		}
		p.leave()
	})
}

func TestCatchAllListeners(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		var n notes
		p := enter(t, srv)
		s := only(t, ns)
		stops := []func(){
			socketio.OnAny(ns, watching(&n, "ns")),
			socketio.PrependAny(ns, watching(&n, "ns first")),
			socketio.OnAny(s, watching(&n, "own")),
			socketio.PrependAny(s, watching(&n, "own first")),
		}
		socketio.On(ns, "e", noting(&n, "handler"))
		p.send(`2["e","a",2]`)
		settle()
		n.expect(t, "own first e a/2", "own e a/2", "ns first e a/2", "ns e a/2", "handler a")
		stops[1]()
		stops[2]()
		p.send(`2["unheard"]`, `27["asks"]`)
		settle()
		n.expect(t, "own first unheard <nil>/0", "ns unheard <nil>/0", "own first asks <nil>/0", "ns asks <nil>/0")
		stops[0]()
		stops[3]()
		p.send(`2["e","b"]`)
		settle()
		n.expect(t, "handler b")
		s.Emit("out") // is no business of theirs
		n.expect(t)
		p.leave()
	})
}

func TestCatchAllListenersOfWhatGoesOut(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHall(t, socketio.Config{})
		var n notes
		a := h.sockets[0]
		for i, s := range h.sockets {
			socketio.OnAnyOutgoing(s, watching(&n, string(rune('a'+i))))
		}
		stop := socketio.PrependAnyOutgoing(a, watching(&n, "first"))
		a.Emit("e", "x", []byte{1})
		n.expect(t, "first e x/2", "a e x/2")
		stop()
		a.Volatile().Emit("v", 1) // dropped, as the first is queued still
		h.ns.To("x").Except(h.sockets[1].ID()).Emit("room")
		n.expect(t, "a v 1/1", "a room <nil>/0")
		ctx, cancel := context.WithCancel(context.Background())
		go socketio.Call[int](ctx, a, "call", 7)
		settle()
		n.expect(t, "a call 7/1")
		a.Send(context.Background(), session.Message{Kind: session.Text, Data: []byte("hi")})
		n.expect(t, "a message hi/1")
		socketio.OnAck(h.ns, "ask", func(context.Context, *socketio.Socket, string) (int, error) { return 1, nil })
		h.clients[0].send(`20["ask"]`)
		settle()
		n.expect(t)
		cancel()
		settle()
		var all notes
		stop = socketio.OnAnyOutgoing(h.ns, func(_ context.Context, s *socketio.Socket, event string, args socketio.Args) {
			var b []byte
			if err := args.Decode(0, &b); err != nil || len(b) != 1 {
				t.Errorf("%v, %v", b, err)
			}
			all.add("%s", event)
		})
		h.ns.Emit("to all", []byte{1})
		all.expect(t, "to all", "to all", "to all", "to all")
		stop()
		h.ns.Emit("to all", []byte{1})
		all.expect(t)
		h.leave()

		// Those of a namespace do not need any of the socket.
		srv := socketio.NewServer(socketio.Config{})
		socketio.OnAnyOutgoing(srv.Of("/"), watching(&all, "ns"))
		p := enter(t, srv)
		s := only(t, srv.Of("/"))
		s.Emit("e")
		s.Send(context.Background(), session.Message{Kind: session.JSON, Data: []byte("1")})
		all.expect(t, "ns e <nil>/0", "ns message 1/1")
		p.leave()
	})
}

// A session handler's messages pass the same listeners and middlewares as other
// events.
func TestListenersOfASessionHandlersMessages(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		var n notes
		ns.Serve(session.HandlerFunc(func(s session.Session) {
			for {
				m, err := s.Receive(s.Context())
				if err != nil {
					return
				}
				n.add("received %s", m.Data)
			}
		}))
		socketio.OnAny(ns, watching(&n, "any"))
		socketio.UseEvents(ns, func(_ context.Context, _ *socketio.Socket, event string, args socketio.Args) error {
			var text string
			if args.Decode(0, &text); text == "bad" {
				return &socketio.Error{Message: "no"}
			}
			return nil
		})
		p := enter(t, srv)
		p.send(`20["message","bad"]`, `21["message","good"]`)
		settle()
		n.expect(t, "any message bad/1", "any message good/1", "received good")
		p.expect(`30[{"error":{"message":"no"}}]`, `31[]`)
		p.leave()
	})
}

func TestMiddlewaresOfEvents(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		var n notes
		var l logbook
		p := dial(t, srv, logged(&l))
		p.send("0")
		p.packets()
		s := only(t, ns)
		refusing := func(as, word string, err error) socketio.EventMiddleware {
			return func(_ context.Context, _ *socketio.Socket, event string, args socketio.Args) error {
				n.add("%s %s/%d", as, event, args.Len())
				if event == word {
					return err
				}
				return nil
			}
		}
		stop := socketio.UseEvents(s, refusing("own", "x", &socketio.Error{Message: "no x", Data: 7}))
		socketio.UseEvents(ns, refusing("ns", "y", errors.New("secret")))
		for _, name := range []string{"x", "y", "z"} {
			socketio.OnAck(ns, name, func(context.Context, *socketio.Socket, int) (string, error) {
				n.add("handled %s", name)
				return name, nil
			})
		}
		p.send(`21["z",1]`, `22["x",1]`, `23["y",1]`, `2["x"]`)
		settle()
		n.expect(t, "ns z/1", "own z/1", "handled z", "ns x/1", "own x/1", "ns y/1", "ns x/0", "own x/0")
		p.expect(`31["z"]`, `32[{"error":{"message":"no x","data":7}}]`, `33[{"error":{"message":"internal error"}}]`)
		if got := l.String(); !strings.Contains(got, "event refused") || !strings.Contains(got, "no x") {
			t.Errorf("logged %q", got)
		}
		stop()
		p.send(`24["x",1]`)
		settle()
		n.expect(t, "ns x/1", "handled x")
		p.expect(`34["x"]`)
		p.leave()
	})
}

// What a middleware lets in after it has disconnected the socket is handled by
// nobody.
func TestMiddlewareThatDisconnects(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		var n notes
		socketio.UseEvents(ns, func(_ context.Context, s *socketio.Socket, _ string, _ socketio.Args) error {
			s.Disconnect(false)
			return nil
		})
		socketio.On(ns, "e", noting(&n, "handled"))
		p := enter(t, srv)
		p.send(`2["e","a"]`)
		settle()
		n.expect(t)
		p.expect("1")
		p.leave()
	})
}

func TestErrorHook(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		var n notes
		var l logbook
		p := dial(t, srv, logged(&l))
		p.send("0")
		p.packets()
		s := only(t, ns)
		hook := func(as string) func(*socketio.Socket, string, error) {
			return func(s *socketio.Socket, event string, err error) { n.add("%s %s: %v", as, event, err) }
		}
		stops := []func(){socketio.OnError(ns, hook("ns")), socketio.OnError(s, hook("own"))}
		socketio.UseEvents(s, func(_ context.Context, _ *socketio.Socket, event string, _ socketio.Args) error {
			if event == "refused" {
				return errors.New("not now")
			}
			return nil
		})
		socketio.On(ns, "fails", func(context.Context, *socketio.Socket, int) error { return errors.New("broken") })
		p.send(`2["refused"]`, `2["fails",1]`, `2["fails","no number"]`)
		settle()
		wrong := "fails: socketio: argument 1: json: cannot unmarshal string into Go value of type int"
		n.expect(t, "own refused: not now", "ns refused: not now", "own fails: broken", "ns fails: broken", "own "+wrong, "ns "+wrong)
		if got := l.String(); got != "" {
			t.Errorf("logged as well: %q", got)
		}
		for _, stop := range stops {
			stop()
		}
		p.send(`2["fails",1]`)
		settle()
		n.expect(t)
		if got := l.String(); !strings.Contains(got, "broken") {
			t.Errorf("logged %q", got)
		}
		p.leave()
	})
}

// A panic of a listener or hook ends its socket, and nothing else.
func TestPanicOfAListener(t *testing.T) {
	for name, register := range map[string]func(*socketio.Socket){
		"any": func(s *socketio.Socket) {
			socketio.OnAny(s, func(context.Context, *socketio.Socket, string, socketio.Args) { panic("x") })
		},
		"outgoing": func(s *socketio.Socket) {
			socketio.OnAnyOutgoing(s, func(context.Context, *socketio.Socket, string, socketio.Args) { panic("x") })
		},
		"middleware": func(s *socketio.Socket) {
			socketio.UseEvents(s, func(context.Context, *socketio.Socket, string, socketio.Args) error { panic("x") })
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				h := newHall(t, socketio.Config{})
				register(h.sockets[0])
				h.clients[0].send(`2["e"]`)
				settle()
				h.ns.Emit("still here")
				h.clients[0].expect("1") // and nothing after it
				if got := h.clients[3].packets(); len(got) != 1 {
					t.Errorf("another client got %d packets", len(got))
				}
				members(t, h.ns, 3)
				h.leave()
			})
		})
	}
}

func TestCompress(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHall(t, socketio.Config{})
		s := h.sockets[0]
		for i, tt := range []struct {
			emit               func(string, ...any) error
			compress, volatile bool
		}{
			{s.Emit, true, false},
			{s.Compress(false).Emit, false, false},
			{s.Compress(false).Compress(true).Emit, true, false},
			{s.Volatile().Emit, true, true},
			{s.Volatile().Compress(false).Emit, false, true},
			{s.EmitVolatile, true, true},
			{h.ns.Emit, true, false},
			{h.ns.Compress(false).Emit, false, false},
			{h.ns.To("x").Compress(false).Compress(true).Emit, true, false},
			{h.ns.To("x").Compress(false).Volatile().Emit, false, true},
		} {
			if err := tt.emit("e", []byte{1}); err != nil {
				t.Error(err)
			}
			got := h.clients[0].packets()
			if len(got) != 2 {
				t.Fatalf("%d: %d packets", i, len(got))
			}
			for _, q := range got {
				if q.Compress != tt.compress || q.Volatile != tt.volatile {
					t.Errorf("%d: compress %t, volatile %t", i, q.Compress, q.Volatile)
				}
			}
		}
		done := make(chan string, 1)
		go func() {
			out, err := socketio.Call[string](context.Background(), s.Compress(false), "ask")
			done <- fmt.Sprint(out, err)
		}()
		settle()
		if got := h.clients[0].packets(); len(got) != 1 || got[0].Compress {
			t.Errorf("call: %+v", got)
		}
		h.clients[0].send(`30["ok"]`)
		if got := <-done; got != "ok<nil>" {
			t.Errorf("call: %s", got)
		}
		h.leave()
	})
}
