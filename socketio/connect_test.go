package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// Socket.IO protocol 5, "Connection to a namespace".
func TestConnect(t *testing.T) {
	for _, tt := range []struct{ name, packet, answer, namespace, auth string }{
		{"root", `0`, `0{"sid":SID}`, "/", `{}`},
		{"root with auth", `0{"token":"x"}`, `0{"sid":SID}`, "/", `{"token":"x"}`},
		{"namespace", `0/chat,`, `0/chat,{"sid":SID}`, "/chat", `{}`},
		{"namespace without a comma", `0/chat`, `0/chat,{"sid":SID}`, "/chat", `{}`},
		{"namespace with auth", `0/chat,{"token":"x"}`, `0/chat,{"sid":SID}`, "/chat", `{"token":"x"}`},
		{"query is no part of the name", `0/chat?token=a`, `0/chat,{"sid":SID}`, "/chat", `{}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{})
				srv.Of("")
				srv.Of("chat")
				var n notes
				ns := srv.Of(tt.namespace)
				ns.OnConnect(func(ctx context.Context, s *socketio.Socket) error {
					n.add("%s %s %t", s.Namespace().Name(), s.Auth(), ns.Socket(s.ID()) == s)
					return s.Emit("hi")
				})
				p := dial(t, srv, nil)
				if err := p.send(tt.packet); err != nil {
					t.Fatal(err)
				}
				settle()
				hi := `2["hi"]`
				if tt.namespace != "/" {
					hi = `2` + tt.namespace + `,["hi"]`
				}
				p.expect(tt.answer, hi)
				n.expect(t, tt.namespace+" "+tt.auth+" true")
				members(t, ns, 1)
				p.leave()
				members(t, ns, 0)
			})
		})
	}
}

func TestConnectToAnUnknownNamespace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		srv.Of("/")
		p := enter(t, srv)
		p.send(`0/nope,`, `0/__proto__,`, `0/nope,`)
		p.expect(`4/nope,{"message":"Invalid namespace"}`, `4/__proto__,{"message":"Invalid namespace"}`,
			`4/nope,{"message":"Invalid namespace"}`)
		p.leave()
	})
}

func TestMiddlewaresDecide(t *testing.T) {
	for _, tt := range []struct {
		name   string
		err    error
		answer string
	}{
		{"plain error", errors.New("not <you>"), `4/a,{"message":"not \u003cyou\u003e"}`},
		{"error with data", fmt.Errorf("auth: %w", &socketio.Error{Message: "no", Data: map[string]int{"code": 7}}),
			`4/a,{"message":"no","data":{"code":7}}`},
		{"error with data that is not JSON", &socketio.Error{Message: "no", Data: func() {}}, `4/a,{"message":"no"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{})
				ns := srv.Of("/a")
				var n notes
				var verdict error
				ns.Use(func(_ context.Context, s *socketio.Socket) error {
					n.add("first")
					wantErr(t, s.Emit("too soon"), socketio.ErrDisconnected)
					wantErr(t, s.Join("too soon"), socketio.ErrDisconnected)
					return nil
				})
				ns.Use(func(context.Context, *socketio.Socket) error { n.add("second"); return verdict })
				ns.Use(func(context.Context, *socketio.Socket) error { n.add("third"); return nil })
				ns.OnConnect(func(context.Context, *socketio.Socket) error { n.add("connect"); return nil })
				ns.OnDisconnect(func(_ *socketio.Socket, r socketio.DisconnectReason) { n.add("disconnect: %s", r) })

				p := dial(t, srv, nil)
				verdict = tt.err
				p.send(`0/a,`)
				settle()
				p.expect(tt.answer)
				n.expect(t, "first", "second")
				members(t, ns, 0)

				verdict = nil // the same connection may try again
				p.send(`0/a,`)
				settle()
				p.expect(`0/a,{"sid":SID}`)
				n.expect(t, "first", "second", "third", "connect")
				p.leave()
				n.expect(t, "disconnect: transport close")
			})
		})
	}
}

func TestEventsWaitForASlowMiddleware(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		var n notes
		ns.Use(func(context.Context, *socketio.Socket) error { time.Sleep(time.Second); return nil })
		ns.OnConnect(func(context.Context, *socketio.Socket) error { n.add("connect"); return nil })
		socketio.On(ns, "e", func(context.Context, *socketio.Socket, struct{}) error { n.add("e"); return nil })
		p := dial(t, srv, nil)
		p.send(`0`, `2["e"]`)
		settle()
		p.expect()
		n.expect(t)
		time.Sleep(time.Second)
		settle()
		p.expect(`0{"sid":SID}`)
		n.expect(t, "connect", "e")
		p.leave()
	})
}

func TestLeavingDuringTheMiddlewaresIsNotAnswered(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		ns.Use(func(ctx context.Context, s *socketio.Socket) error { time.Sleep(time.Second); return nil })
		ns.OnConnect(func(context.Context, *socketio.Socket) error { t.Error("connect handler called"); return nil })
		p := dial(t, srv, nil)
		p.send(`0`, `1`)
		time.Sleep(2 * time.Second)
		settle()
		p.expect()
		members(t, ns, 0)
		p.leave()
	})
}

func TestConnectTimeout(t *testing.T) {
	no := func(context.Context, *socketio.Socket) error { return errors.New("no") }
	for _, tt := range []struct {
		name   string
		packet string
		cut    bool
	}{
		{"silent client", "", true},
		{"unknown namespace", "0/nope,", true},
		{"refused by a middleware", "0/guarded,", true},
		{"accepted", "0", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{ConnectTimeout: time.Second})
				srv.Of("/")
				srv.Of("/guarded").Use(no)
				p := dial(t, srv, nil)
				if tt.packet != "" {
					p.send(tt.packet)
				}
				time.Sleep(time.Second - time.Millisecond)
				synctest.Wait()
				if p.conn.State() != session.Open {
					t.Error("ended too early")
				}
				time.Sleep(time.Millisecond)
				synctest.Wait()
				if got := p.conn.State() != session.Open; got != tt.cut {
					t.Errorf("ended: %t, want %t", got, tt.cut)
				}
				if tt.cut {
					var ce *session.CloseError
					if !errors.As(p.conn.Cause(), &ce) || ce.Code != session.HandshakeTimeout {
						t.Errorf("cause %v", p.conn.Cause())
					}
				}
				p.leave()
			})
		})
	}
}

// A packet for a namespace that was never entered, or a second CONNECT, closes
// the connection, as the reference does; what was under way when the server
// left is ignored.
func TestPacketsForNamespaces(t *testing.T) {
	for _, tt := range []struct {
		name    string
		packets []string
		closed  bool
	}{
		{"event before connect", []string{`2["x"]`}, true},
		{"ack before connect", []string{`30[]`}, true},
		{"disconnect before connect", []string{`1`}, true},
		{"event to another namespace", []string{`0`, `2/chat,["x"]`}, true},
		{"event to an unknown namespace", []string{`0`, `2/nope,["x"]`}, true},
		{"second connect", []string{`0`, `0`}, true},
		{"event after leaving", []string{`0`, `1`, `2["x"]`}, true},
		{"leaving and coming back", []string{`0`, `1`, `0`, `2["x"]`}, false},
		{"event after the server has left", []string{`0`, `2["kick"]`, ``, `2["x"]`, `30[]`, `1`}, false},
		{"coming back after the server has left", []string{`0`, `2["kick"]`, ``, `0`, `2["x"]`}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{})
				srv.Of("/chat")
				socketio.On(srv.Of("/"), "kick", func(_ context.Context, s *socketio.Socket, _ struct{}) error {
					s.Disconnect(false)
					return nil
				})
				p := dial(t, srv, nil)
				var err error
				for _, text := range tt.packets {
					if text == "" {
						settle()
						continue
					}
					err = errors.Join(err, p.send(text))
				}
				if (err != nil) != tt.closed || (p.conn.State() != session.Open) != tt.closed {
					t.Errorf("error %v, %v; closed should be %t", err, p.conn.State(), tt.closed)
				}
				p.leave()
				members(t, srv.Of("/"), 0)
			})
		})
	}
}

func TestMaxNamespaces(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{MaxNamespaces: 2})
		for _, name := range []string{"/", "/a", "/b"} {
			srv.Of(name)
		}
		p := enter(t, srv)
		p.send(`0/a,`, `0/b,`)
		p.expect(`0/a,{"sid":SID}`, `4/b,{"message":"Too many namespaces"}`)
		p.send(`1/a,`, `0/b,`) // there is room again
		p.expect(`0/b,{"sid":SID}`)
		p.leave()
	})
}

func TestPanicWhileConnecting(t *testing.T) {
	boom := func(context.Context, *socketio.Socket) error { panic("boom") }
	for _, tt := range []struct {
		name   string
		set    func(*socketio.Namespace)
		answer []string
	}{
		{"middleware", func(ns *socketio.Namespace) { ns.Use(boom) }, []string{`4/a,{"message":"internal error"}`}},
		{"connect handler", func(ns *socketio.Namespace) { ns.OnConnect(boom) }, []string{`0/a,{"sid":SID}`, `1/a,`}},
		{"session handler", func(ns *socketio.Namespace) {
			ns.Serve(session.HandlerFunc(func(session.Session) { panic("boom") }))
		}, []string{`0/a,{"sid":SID}`, `1/a,`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{})
				root := srv.Of("/")
				tt.set(srv.Of("/a"))
				var l logbook
				p := dial(t, srv, logged(&l))
				p.send(`0`, `0/a,{"secret":"hunter2"}`)
				settle()
				p.expect(append([]string{`0{"sid":SID}`}, tt.answer...)...)
				members(t, srv.Of("/a"), 0)
				members(t, root, 1)
				if out := l.String(); strings.Count(out, "boom") < 1 || !strings.Contains(out, "ns=/a") ||
					!strings.Contains(out, "sid="+p.conn.ID()[:8]) || strings.Contains(out, "hunter2") {
					t.Errorf("log: %s", out)
				}
				p.leave()
			})
		})
	}
}

func TestNamespaceNames(t *testing.T) {
	srv := socketio.NewServer(socketio.Config{})
	if srv.Of("") != srv.Of("/") || srv.Of("chat") != srv.Of("/chat") {
		t.Error("one namespace has two values")
	}
	for _, name := range []string{"a,b", "a?b", "a\nb"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Of(%q) did not panic", name)
				}
			}()
			srv.Of(name)
		}()
	}
}

// The connect timeout does not wait for a middleware that thinks too long, and who
// was cut off by it was never in.
func TestConnectTimeoutDuringAMiddleware(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{ConnectTimeout: time.Second})
		ns := srv.Of("/")
		var n notes
		ns.Use(func(ctx context.Context, _ *socketio.Socket) error {
			<-ctx.Done()
			n.add("%v", context.Cause(ctx))
			time.Sleep(time.Second)
			return nil
		})
		ns.OnConnect(func(context.Context, *socketio.Socket) error { n.add("in"); return nil })
		ns.OnDisconnect(func(*socketio.Socket, socketio.DisconnectReason) { n.add("out") })
		p := dial(t, srv, nil)
		p.send(`0`, `2["e"]`)
		time.Sleep(time.Second)
		synctest.Wait()
		p.expect("close 3003")
		time.Sleep(2 * time.Second)
		n.expect(t, "session: closed by the client: handshake timeout: no namespace entered")
		members(t, ns, 0)
		p.leave()
	})
}
