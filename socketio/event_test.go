package socketio_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

type point struct{ X, Y int }

// heard registers a typed handler that notes what it got.
func heard[T any](n *notes, l socketio.Listener, name string) {
	socketio.On(l, name, func(_ context.Context, _ *socketio.Socket, v T) error {
		n.add("%s", jsonOf(v))
		return nil
	})
}

func TestTypedHandlers(t *testing.T) {
	for _, tt := range []struct{ name, packet, want, logged string }{
		{"string", `2["string","€"]`, `"€"`, ""},
		{"empty string", `2["string",""]`, `""`, ""},
		{"string with escapes", `2["string","a\"\\\n\u20ac\ud83d\ude00\ud83d"]`, `"a\"\\\n€😀�"`, ""},
		{"struct", `2["struct",{"x":1,"Y":2,"z":3}]`, `{"X":1,"Y":2}`, ""},
		{"pointer", `2["pointer",{"X":1}]`, `{"X":1,"Y":0}`, ""},
		{"slice", `2["slice",[1,2]]`, `[1,2]`, ""},
		{"base64 as bytes", `2["bytes","aGk="]`, `"aGk="`, ""},
		{"none", `2["none"]`, `{}`, ""},
		{"none ignores arguments", `2["none",{"a":1},2]`, `{}`, ""},
		{"missing string", `2["string"]`, `""`, ""},
		{"missing struct", `2["struct"]`, `{"X":0,"Y":0}`, ""},
		{"missing bytes", `2["bytes"]`, `null`, ""},
		{"null", `2["struct",null]`, `{"X":0,"Y":0}`, ""},
		{"arguments beyond the first", `2["string","a","b"]`, `"a"`, ""},
		{"number as a name", `2[7,"x"]`, `"x"`, ""},
		{"escaped name", `2["str\u0069ng","x"]`, `"x"`, ""},
		{"number for a string", `2["string",1]`, "", "argument 1"},
		{"string for a struct", `2["struct","secret"]`, "", "argument 1"},
		{"placeholder without attachments", `2["bytes",{"_placeholder":true,"num":0}]`, "", "argument 1"},
		{"nobody listens", `2["other",1]`, "", ""},
		{"no name", `2[]`, "", ""},
		{"no data", `2`, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{})
				ns := srv.Of("/")
				var n notes
				var l logbook
				heard[string](&n, ns, "string")
				heard[point](&n, ns, "struct")
				heard[*point](&n, ns, "pointer")
				heard[[]int](&n, ns, "slice")
				heard[[]byte](&n, ns, "bytes")
				heard[struct{}](&n, ns, "none")
				heard[string](&n, ns, "7")
				p := dial(t, srv, logged(&l))
				p.send(`0`)
				err := p.send(tt.packet)
				settle()
				p.packets()
				if tt.want == "" {
					n.expect(t)
				} else {
					n.expect(t, tt.want)
				}
				if tt.logged == "" && err == nil && l.String() != "" || !strings.Contains(l.String(), tt.logged) {
					t.Errorf("log: %s", l.String())
				}
				if strings.Contains(l.String(), "secret") {
					t.Errorf("the log has a payload: %s", l.String())
				}
				p.leave()
			})
		})
	}
}

func TestArgs(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		var n notes
		socketio.On(ns, "e", func(_ context.Context, _ *socketio.Socket, args socketio.Args) error {
			a, b, c := "-", 0, point{9, 9}
			err := args.Bind(&a, &b, &c)
			n.add("%d %s %d %v %v", args.Len(), a, b, c, err)
			var again socketio.Args
			n.add("%v %d %t", args.Decode(0, &again), again.Len(), args.Decode(args.Len(), &a) != nil)
			return nil
		})
		p := enter(t, srv)
		p.send(`2["e","a",1,{"X":1}]`)
		settle()
		n.expect(t, "3 a 1 {1 9} <nil>", "<nil> 3 true")
		p.send(`2["e","a"]`)
		settle()
		n.expect(t, "1 a 0 {9 9} <nil>", "<nil> 1 true")
		p.send(`2["e","a","b"]`)
		settle()
		n.mu.Lock()
		if !strings.Contains(n.all[0], "argument 2") {
			t.Errorf("got %s", n.all[0])
		}
		n.mu.Unlock()
		p.leave()
	})
}

// Every kind of handler, and the ack that the client gets for an event with
// the given packet.
func TestAcks(t *testing.T) {
	for _, tt := range []struct{ name, packet, ack string }{
		{"empty, when the handler has returned", `20["on"]`, `30[]`},
		{"id above zero", `2123["on"]`, `3123[]`},
		{"not wanted", `2["on"]`, ``},
		{"not after an error", `20["on-error"]`, ``},
		{"value", `20["sum",[1,2]]`, `30[3]`},
		{"value not wanted", `2["sum",[1,2]]`, ``},
		{"several values", `20["all","a",{"b":1}]`, `30["a",{"b":1}]`},
		{"none", `20["nothing"]`, `30[]`},
		{"null", `20["null"]`, `30[null]`},
		{"bytes", `20["bytes"]`, `61-0[{"_placeholder":true,"num":0}] <01 02>`},
		{"error for the client", `20["refuse"]`, `30[{"error":{"message":"no","data":{"X":1,"Y":2}}}]`},
		{"internal error", `20["fail"]`, `30[{"error":{"message":"internal error"}}]`},
		{"error with data that is not JSON", `20["refuse badly"]`, `30[{"error":{"message":"internal error"}}]`},
		{"bad argument", `20["sum","x"]`, `30[{"error":{"message":"bad argument"}}]`},
		{"result that is not JSON", `20["func"]`, `30[{"error":{"message":"internal error"}}]`},
		{"nobody listens", `20["other"]`, ``},
		{"two listeners answer once", `20["twice"]`, `30[1]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{})
				ns := srv.Of("/")
				ackHandlers(ns)
				p := enter(t, srv)
				p.send(tt.packet)
				settle()
				var got []string
				for _, q := range p.packets() {
					got = append(got, show(q))
				}
				if strings.Join(got, " ") != tt.ack {
					t.Errorf("ack %q, want %q", got, tt.ack)
				}
				p.leave()
			})
		})
	}
}

func ackHandlers(ns *socketio.Namespace) {
	type none = struct{}
	type socket = *socketio.Socket
	socketio.On(ns, "on", func(context.Context, socket, none) error { return nil })
	socketio.On(ns, "on-error", func(context.Context, socket, none) error { return errors.New("x") })
	socketio.OnAck(ns, "sum", func(_ context.Context, _ socket, in []int) (int, error) { return in[0] + in[1], nil })
	socketio.OnAck(ns, "all", func(_ context.Context, _ socket, in socketio.Args) (socketio.Args, error) { return in, nil })
	socketio.OnAck(ns, "nothing", func(context.Context, socket, none) (none, error) { return none{}, nil })
	socketio.OnAck(ns, "null", func(context.Context, socket, none) (any, error) { return nil, nil })
	socketio.OnAck(ns, "bytes", func(context.Context, socket, none) ([]byte, error) { return []byte{1, 2}, nil })
	socketio.OnAck(ns, "refuse", func(context.Context, socket, none) (int, error) {
		return 1, fmt.Errorf("wrapped: %w", &socketio.Error{Message: "no", Data: point{1, 2}})
	})
	socketio.OnAck(ns, "refuse badly", func(context.Context, socket, none) (int, error) {
		return 1, &socketio.Error{Message: "no", Data: make(chan int)}
	})
	socketio.OnAck(ns, "fail", func(context.Context, socket, none) (int, error) { return 1, errors.New("password is x") })
	socketio.OnAck(ns, "func", func(context.Context, socket, none) (any, error) { return func() {}, nil })
	for i := range 2 {
		socketio.OnAck(ns, "twice", func(context.Context, socket, none) (int, error) { return i + 1, nil })
	}
}

func TestListenersOfASocket(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		var n notes
		socketio.On(ns, "e", func(context.Context, *socketio.Socket, struct{}) error { n.add("all"); return nil })
		ns.OnConnect(func(_ context.Context, s *socketio.Socket) error {
			var auth struct{ Name string }
			if err := s.BindAuth(&auth); err != nil {
				return err
			}
			s.Set("name", auth.Name)
			socketio.On(s, "e", func(_ context.Context, s *socketio.Socket, _ struct{}) error {
				n.add("own of %v, %v", s.Value("name"), s.Value("other"))
				return nil
			})
			return nil
		})
		a, b := dial(t, srv, nil), dial(t, srv, nil)
		a.send(`0{"name":"a"}`)
		b.send(`0{"name":"b"}`)
		settle()
		b.send(`2["e"]`)
		settle()
		n.expect(t, "own of b, <nil>", "all")
		a.leave()
		b.leave()
	})
}

func TestReservedEventNames(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		p := enter(t, srv)
		s := only(t, ns)
		for _, name := range []string{"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"} {
			wantErr(t, s.Emit(name), socketio.ErrReservedName)
			wantErr(t, s.EmitVolatile(name), socketio.ErrReservedName)
			wantErr(t, ns.Emit(name), socketio.ErrReservedName)
			_, err := socketio.Call[int](context.Background(), s, name)
			wantErr(t, err, socketio.ErrReservedName)
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("On(%q) did not panic", name)
					}
				}()
				heard[int](nil, ns, name)
			}()
		}
		p.expect()
		p.leave()
	})
}

func TestEmit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/a")
		p := dial(t, srv, nil)
		p.send(`0/a,`)
		s := only(t, ns)
		s.Emit("none")
		s.Emit("several", "a\n", 1, nil, point{1, 2}, json.RawMessage(`{ "r":1}`), []string{})
		s.Emit("€", "\xff", true)
		if err := s.Emit("bad", func() {}); err == nil || !strings.Contains(err.Error(), "argument 1") {
			t.Errorf("error %v", err)
		}
		p.expect(`0/a,{"sid":SID}`, `2/a,["none"]`, `2/a,["several","a\n",1,null,{"X":1,"Y":2},{"r":1},[]]`, `2/a,["€","`+"\uFFFD"+`",true]`)
		p.leave()
		wantErr(t, s.Emit("late"), socketio.ErrDisconnected)
		wantErr(t, s.Emit("late"), session.ErrClosed)
	})
}

// A panic in a handler ends that socket alone: its connection, other namespaces
// and other clients go on.
func TestPanicInAHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		root, a := srv.Of("/"), srv.Of("/a")
		socketio.On(a, "boom", func(_ context.Context, _ *socketio.Socket, text string) error {
			return fmt.Errorf("%d", []int{}[len(text)])
		})
		var n notes
		heard[string](&n, a, "after")
		heard[string](&n, root, "after")
		var l logbook
		p, other := dial(t, srv, logged(&l)), enter(t, srv)
		p.send(`0`, `0/a,`)
		other.send(`0/a,`)
		settle()
		p.packets()
		p.send(`20["x"]`, `2/a,["boom","hunter2"]`, `2/a,["after","dropped"]`)
		settle()
		p.send(`2["after","root"]`)
		other.send(`2/a,["after","other"]`)
		settle()
		p.expect(`1/a,`)
		n.mu.Lock()
		if got := strings.Join(n.all, " "); got != `"root" "other"` && got != `"other" "root"` {
			t.Errorf("heard %s", got)
		}
		n.mu.Unlock()
		members(t, root, 2)
		members(t, a, 1)
		if out := l.String(); !strings.Contains(out, "index out of range") || !strings.Contains(out, "ns=/a") || strings.Contains(out, "hunter2") {
			t.Errorf("log: %s", out)
		}
		p.leave()
		other.leave()
	})
}

// A client must not be able to fill the log.
func TestWarningsAreLimited(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		heard[int](nil, ns, "e")
		var l logbook
		p := dial(t, srv, logged(&l))
		p.send(`0`)
		for range 3 {
			for range 100 {
				p.send(`2["e","x"]`)
			}
			time.Sleep(time.Second)
		}
		settle()
		if got := strings.Count(l.String(), "\n"); got != 3 {
			t.Errorf("%d warnings in 3 s, want 3", got)
		}
		p.leave()
	})
}

func TestSlowHandlersDelayTheirOwnSocketOnly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		var n notes
		socketio.On(ns, "e", func(_ context.Context, _ *socketio.Socket, d int) error {
			time.Sleep(time.Duration(d) * time.Second)
			n.add("%d", d)
			return nil
		})
		a, b := enter(t, srv), enter(t, srv)
		a.send(`2["e",3]`, `2["e",0]`)
		b.send(`2["e",1]`)
		time.Sleep(5 * time.Second)
		n.expect(t, "1", "3", "0")
		a.leave()
		b.leave()
	})
}

// With Node such a client waits in silence too. Here a log of all levels says so.
func TestEventsThatNobodyAnswersAreInTheDebugLog(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var l logbook
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		socketio.OnAck(ns, "asks", func(context.Context, *socketio.Socket, string) (int, error) { return 1, nil })
		socketio.On(ns, "fails", func(context.Context, *socketio.Socket, string) error { return errors.New("no") })
		p := dial(t, srv, &session.Config{Logger: slog.New(slog.NewTextHandler(&l, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		p.send("0")
		settle()
		p.packets()
		p.send(`20["asks"]`, `2["unheard"]`)
		settle()
		p.expect(`30[1]`)
		if got := l.String(); strings.Contains(got, "not answered") {
			t.Errorf("logged %s", got)
		}
		p.send(`21["unheard"]`, `22["fails"]`)
		settle()
		p.expect()
		got := l.String()
		for _, want := range []string{`level=DEBUG msg="event is not answered"`, "event=unheard handled=false", "event=fails handled=true"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in %s", want, got)
			}
		}
		p.leave()
	})
}
