package socketio_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

func TestDisconnectReasons(t *testing.T) {
	end := func(ce session.CloseError) func(*peer, *socketio.Socket) {
		return func(p *peer, _ *socketio.Socket) { p.conn.Kill(&ce) }
	}
	for _, tt := range []struct {
		name   string
		end    func(*peer, *socketio.Socket)
		reason socketio.DisconnectReason
		wire   []string
	}{
		{"client leaves", func(p *peer, _ *socketio.Socket) { p.send(`1`) }, socketio.ClientDisconnect, nil},
		{"server leaves", func(_ *peer, s *socketio.Socket) { s.Disconnect(false) }, socketio.ServerDisconnect, []string{`1`}},
		{"server closes the connection", func(_ *peer, s *socketio.Socket) { s.Disconnect(true) }, socketio.ServerDisconnect,
			[]string{`1`, "close 3500"}},
		{"close", func(_ *peer, s *socketio.Socket) { s.Close(4000, "x") }, socketio.ServerDisconnect, []string{`1`}},
		{"handler panics", func(p *peer, _ *socketio.Socket) { p.send(`2["boom"]`) }, socketio.HandlerFailed, []string{`1`}},
		{"garbage", func(p *peer, _ *socketio.Socket) { p.send(`garbage`) }, socketio.ForcedClose, []string{"close 1002"}},
		{"packet for a namespace that was not entered", func(p *peer, _ *socketio.Socket) { p.send(`2/zz,["x"]`) }, socketio.ForcedClose,
			[]string{"close 1002"}},
		{"garbage of the transport", end(session.CloseError{Code: session.ProtocolError, Remote: true, Err: errors.New("x")}),
			socketio.ParseError, nil},
		{"ping from the client", func(p *peer, _ *socketio.Socket) { p.conn.Deliver(session.Packet{Type: session.PacketPing}) },
			socketio.TransportError, []string{"close 1002"}},
		{"broken frame", end(session.CloseError{Code: session.ProtocolError, Remote: true, Reason: "mask missing", Err: errors.New("x")}),
			socketio.TransportError, nil},
		{"message too big", end(session.CloseError{Code: session.MessageTooBig, Remote: true, Err: errors.New("x")}),
			socketio.TransportError, nil},
		{"client closes with a code of its own", end(session.CloseError{Code: 4001, Remote: true, Reason: "why"}), socketio.TransportClose, nil},
		{"client closes with 1002", end(session.CloseError{Code: session.ProtocolError, Remote: true}), socketio.TransportClose, nil},
		{"connection cut", end(session.CloseError{Code: session.TransportLost, Remote: true, Err: errors.New("x")}), socketio.TransportClose, nil},
		{"client closes", end(session.CloseError{Code: session.Normal, Remote: true}), socketio.TransportClose, nil},
		{"client goes away", end(session.CloseError{Code: session.GoingAway, Remote: true}), socketio.TransportClose, nil},
		{"connection lost", end(session.CloseError{Code: session.TransportLost, Remote: true}), socketio.TransportClose, nil},
		{"no pong", end(session.CloseError{Code: session.PingTimeout, Remote: true}), socketio.PingTimeout, nil},
		{"stalled", end(session.CloseError{Code: session.Stalled}), socketio.PingTimeout, nil},
		{"shutdown", end(session.CloseError{Code: session.GoingAway}), socketio.ShuttingDown, nil},
		{"slow client", end(session.CloseError{Code: session.SlowClient}), socketio.TransportError, nil},
		{"revoked", end(session.CloseError{Code: session.Revoked}), socketio.ForcedClose, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{})
				ns := srv.Of("/")
				var n notes
				ns.OnDisconnect(func(s *socketio.Socket, r socketio.DisconnectReason) {
					n.add("%s, rooms %v, known %t", r, s.Rooms(), ns.Socket(s.ID()) != nil)
					wantErr(t, s.Emit("late"), socketio.ErrDisconnected)
					wantErr(t, s.Join("late"), socketio.ErrDisconnected)
					wantErr(t, context.Cause(s.Context()), session.ErrClosed)
				})
				socketio.On(ns, "boom", func(context.Context, *socketio.Socket, struct{}) error { panic("boom") })
				p := enter(t, srv)
				s := only(t, ns)
				s.Join("a", "b")
				tt.end(p, s)
				settle()
				p.expect(tt.wire...)
				p.leave() // the end of the connection is no second end
				n.expect(t, string(tt.reason)+", rooms [], known false")
				wantErr(t, s.Close(session.Normal, ""), session.ErrClosed)
			})
		})
	}
}

// The end of a poll's client is an error to the reference, that of a stream is
// not.
func TestDisconnectReasonOfALostPoll(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		var n notes
		srv.Of("/").OnDisconnect(func(s *socketio.Socket, r socketio.DisconnectReason) { n.add("%s", r) })
		p := dialBy(t, srv, nil, polls)
		p.send(`0`)
		settle()
		p.conn.Kill(&session.CloseError{Code: session.TransportLost, Remote: true, Err: errors.New("x")})
		settle()
		n.expect(t, "transport error")
	})
}

func TestDetailsOfTheEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		var n notes
		srv.Of("/").OnDisconnect(func(s *socketio.Socket, r socketio.DisconnectReason) {
			d := s.Details()
			n.add("%s: %d %q %t %v", r, d.Code, d.Reason, d.Remote, d.Err)
		})
		for _, end := range []func(*peer, *socketio.Socket){
			func(p *peer, _ *socketio.Socket) { p.send(`1`) },
			func(_ *peer, s *socketio.Socket) { s.Close(4000, "enough") },
			func(p *peer, _ *socketio.Socket) {
				p.conn.Deliver(session.Packet{Type: session.PacketClose, Code: 4001, Reason: "why"})
			},
			func(p *peer, _ *socketio.Socket) {
				p.conn.Kill(&session.CloseError{Code: session.MessageTooBig, Remote: true, Err: io.ErrShortBuffer})
			},
		} {
			p := enter(t, srv)
			s := only(t, srv.Of("/"))
			if d := s.Details(); d != nil {
				t.Errorf("details of a connected socket: %v", d)
			}
			end(p, s)
			settle()
			p.leave()
		}
		n.expect(t, `client namespace disconnect: 1000 "client namespace disconnect" true <nil>`,
			`server namespace disconnect: 4000 "enough" false <nil>`,
			`transport close: 4001 "why" true <nil>`,
			`transport error: 1009 "" true short buffer`)
	})
}

// With its connection all sockets of a client end.
func TestDisconnectWithCloseEndsOtherNamespaces(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		var root, a notes
		for name, n := range map[string]*notes{"/": &root, "/a": &a} {
			srv.Of(name).OnDisconnect(func(_ *socketio.Socket, r socketio.DisconnectReason) { n.add("%s", r) })
		}
		p := enter(t, srv)
		p.send(`0/a,`)
		only(t, srv.Of("/a")).Emit("bye")
		only(t, srv.Of("/a")).Disconnect(true)
		settle()
		a.expect(t, "server namespace disconnect")
		root.expect(t, "server namespace disconnect")
		p.expect(`0/a,{"sid":SID}`, `2/a,["bye"]`, `1/a,`, `1`, "close 3500")
		p.leave()
	})
}

func TestConnectHandlerErrorDisconnects(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		var n notes
		ns.OnConnect(func(_ context.Context, s *socketio.Socket) error { s.Emit("why"); return errors.New("full") })
		ns.OnConnect(func(context.Context, *socketio.Socket) error { n.add("second"); return nil })
		ns.OnDisconnect(func(_ *socketio.Socket, r socketio.DisconnectReason) { n.add("%s", r) })
		var l logbook
		p := dial(t, srv, logged(&l))
		p.send(`0`, `2["dropped"]`)
		settle()
		p.expect(`0{"sid":SID}`, `2["why"]`, `1`)
		n.expect(t, "server namespace disconnect")
		if !strings.Contains(l.String(), "full") {
			t.Errorf("log: %s", l.String())
		}
		p.leave()
		n.expect(t)
	})
}

// What a client has sent before it left is still handled; what came before this
// side disconnected it is not.
func TestEventsBeforeTheEnd(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(*peer, *socketio.Socket)
		want []string
	}{
		{"client leaves", func(p *peer, _ *socketio.Socket) { p.send(`1`) }, []string{"1", "2", "3", "bye"}},
		{"connection lost", func(p *peer, _ *socketio.Socket) {
			p.conn.Kill(&session.CloseError{Code: session.TransportLost, Remote: true})
		}, []string{"1", "2", "3", "bye"}},
		{"server leaves", func(_ *peer, s *socketio.Socket) { s.Disconnect(false) }, []string{"1", "bye"}},
		{"garbage", func(p *peer, _ *socketio.Socket) { p.send(`garbage`) }, []string{"1", "bye"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{})
				ns := srv.Of("/")
				var n notes
				ns.OnDisconnect(func(*socketio.Socket, socketio.DisconnectReason) { n.add("bye") })
				socketio.On(ns, "n", func(_ context.Context, _ *socketio.Socket, i int) error {
					time.Sleep(time.Second)
					n.add("%d", i)
					return nil
				})
				p := enter(t, srv)
				s := only(t, ns)
				p.send(`2["n",1]`, `2["n",2]`, `2["n",3]`)
				settle()
				tt.end(p, s)
				p.packets()
				time.Sleep(time.Minute)
				n.expect(t, tt.want...)
				p.leave()
			})
		})
	}
}

// A socket that ends between CONNECT and its connect handlers still gets them,
// and the disconnect handlers after them: applications count on the pair.
func TestConnectHandlersComeBeforeDisconnectHandlers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		var n notes
		ns.OnConnect(func(context.Context, *socketio.Socket) error { time.Sleep(time.Second); n.add("hi"); return nil })
		ns.OnDisconnect(func(*socketio.Socket, socketio.DisconnectReason) { n.add("bye") })
		for _, end := range []func(*peer){
			func(p *peer) { p.send(`1`) },
			func(p *peer) { p.conn.Kill(&session.CloseError{Code: session.Normal, Remote: true}) },
		} {
			p := dial(t, srv, nil)
			p.send(`0`)
			end(p)
			time.Sleep(2 * time.Second)
			n.expect(t, "hi", "bye")
			p.leave()
		}
	})
}

// The end of the session and the first packets race on real goroutines.
func TestEndWhileConnecting(t *testing.T) {
	for _, guarded := range []bool{false, true} {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		if guarded {
			ns.Use(func(context.Context, *socketio.Socket) error { return nil })
		}
		var n notes
		ns.OnConnect(func(_ context.Context, s *socketio.Socket) error { n.add("+"); s.Join("r"); return nil })
		ns.OnDisconnect(func(*socketio.Socket, socketio.DisconnectReason) { n.add("-") })
		for range 300 {
			p := dial(t, srv, nil)
			done := make(chan struct{})
			go func() { defer close(done); p.send(`0`, `2["x"]`, `1`, `0`) }()
			p.conn.Kill(&session.CloseError{Code: session.TransportLost, Remote: true})
			<-done
			for end := time.Now().Add(5 * time.Second); p.load() != (socketio.Load{}) && time.Now().Before(end); {
				time.Sleep(time.Millisecond)
			}
			if l := p.load(); l != (socketio.Load{}) {
				t.Fatalf("%+v is left", l)
			}
		}
		members(t, ns, 0)
		n.mu.Lock()
		all := strings.Join(n.all, "")
		n.mu.Unlock()
		if strings.Count(all, "+") != strings.Count(all, "-") {
			t.Errorf("connect and disconnect handlers: %s", all)
		}
	}
}

func TestDisconnectHandlerMayPanic(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		var n notes
		ns.OnDisconnect(func(*socketio.Socket, socketio.DisconnectReason) { panic("boom") })
		ns.OnDisconnect(func(*socketio.Socket, socketio.DisconnectReason) { n.add("second") })
		p := enter(t, srv)
		p.send(`1`)
		settle()
		n.expect(t, "second")
		p.leave()
	})
}

func TestMiddlewareMayDisconnect(t *testing.T) {
	for _, err := range []error{nil, io.EOF} {
		bubble(t, func(t *testing.T) {
			srv := socketio.NewServer(socketio.Config{})
			ns := srv.Of("/")
			ns.Use(func(_ context.Context, s *socketio.Socket) error { s.Disconnect(false); return err })
			p := dial(t, srv, nil)
			p.send(`0`)
			settle()
			p.expect(`1`)
			members(t, ns, 0)
			p.leave()
		})
	}
}

// A middleware that still runs when the client leaves has let nobody in.
func TestEventsOfAClientThatWasNotLetInReachNobody(t *testing.T) {
	for name, leave := range map[string]func(p *peer){
		"left":  func(p *peer) { p.send(`1/a,`) },
		"gone":  func(p *peer) { p.conn.Kill(&session.CloseError{Code: session.TransportLost, Remote: true}) },
		"stays": func(*peer) {},
	} {
		for verdict, refusal := range map[string]error{"refused": errors.New("no"), "allowed too late": nil} {
			if name == "stays" && refusal == nil {
				continue
			}
			t.Run(name+", "+verdict, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					srv := socketio.NewServer(socketio.Config{})
					var n notes
					decide := make(chan struct{})
					ns := srv.Of("/a")
					ns.Use(func(context.Context, *socketio.Socket) error { <-decide; return refusal })
					ns.OnConnect(func(context.Context, *socketio.Socket) error { n.add("connect"); return nil })
					socketio.On(ns, "wipe", func(context.Context, *socketio.Socket, struct{}) error { n.add("wipe"); return nil })
					p := enter(t, srv)
					p.send(`0/a,`)
					p.send(`2/a,["wipe"]`)
					leave(p)
					settle()
					close(decide)
					settle()
					n.expect(t)
					p.leave()
				})
			})
		}
	}
}
