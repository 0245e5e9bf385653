package socketio_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// reader is a session handler that notes what it receives.
func reader(n *notes) session.Handler {
	return session.HandlerFunc(func(s session.Session) {
		for {
			m, err := s.Receive(s.Context())
			if err != nil {
				n.add("%v", err)
				return
			}
			n.add("%s %s", m.Kind, m.Data)
		}
	})
}

func TestServeMessages(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/s")
		var n notes
		ns.Serve(reader(&n))
		ns.OnConnect(func(context.Context, *socketio.Socket) error { t.Error("connect handler called"); return nil })
		ns.OnDisconnect(func(_ *socketio.Socket, r socketio.DisconnectReason) { n.add("%s", r) })
		heard[int](&n, ns, "resize")
		p := dial(t, srv, nil)
		p.send(`0/s,`, `2/s,["message","€"]`, `2/s,["message",{"a": 1}]`, `2/s,["message",null]`, `2/s,["message"]`,
			`2/s,["message",1,"b"]`, `2/s,["resize",80]`, `2/s,["unheard"]`, `2/s,["message",`+hole0+`]`)
		p.send(`51-/s,["message",` + hole0 + `]`)
		p.sendBinary('h', 'i')
		p.send(`51-/s,["message",{"b":` + hole0 + `}]`)
		p.sendBinary('h', 'i')
		p.send(`52-/s,["message",` + hole1 + `,` + hole0 + `]`)
		p.sendBinary('a')
		p.sendBinary('b')
		settle()
		n.expect(t, "text €", `json {"a": 1}`, "json null", "json []", `json [1,"b"]`, "80", "json "+hole0,
			"binary hi", `json {"b":"aGk="}`, `json ["Yg==","YQ=="]`)
		p.expect(`0/s,{"sid":SID}`)
		p.send(`2/s,7["message","x"]`, `2/s,8["resize",1]`, `2/s,9["unheard"]`)
		settle()
		p.expect(`3/s,7[]`, `3/s,8[]`)
		p.send(`2/s,["message","last"]`, `1/s,`)
		settle()
		n.expect(t, "text x", "1", "text last", "EOF", "client namespace disconnect")
		p.expect()
		p.leave()
	})
}

// Receive answers an ack when it returns the message, not before.
func TestReceiveAcksWhenItReturns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		gate := make(chan struct{})
		srv.Of("/").Serve(session.HandlerFunc(func(s session.Session) {
			<-gate
			s.Receive(s.Context())
			<-gate
		}))
		p := enter(t, srv)
		p.send(`20["message","x"]`)
		settle()
		p.expect()
		gate <- struct{}{}
		settle()
		p.expect(`30[]`)
		close(gate)
		settle()
		p.expect(`1`)
		p.leave()
	})
}

func TestReceiveEnds(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(*peer, *socketio.Socket)
		want error
	}{
		{"client leaves", func(p *peer, _ *socketio.Socket) { p.send(`1`) }, io.EOF},
		{"client closes", func(p *peer, _ *socketio.Socket) { p.conn.Deliver(session.Packet{Type: session.PacketClose}) }, io.EOF},
		{"connection lost", func(p *peer, _ *socketio.Socket) { p.lease.Lost(nil) }, session.ErrClosed},
		{"server leaves", func(_ *peer, s *socketio.Socket) { s.Disconnect(false) }, session.ErrClosed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{})
				ns := srv.Of("/")
				var n notes
				var end error
				ns.Serve(session.HandlerFunc(func(s session.Session) {
					time.Sleep(time.Second) // the end comes before the first Receive
					for {
						m, err := s.Receive(s.Context())
						if err != nil {
							end = err
							return
						}
						n.add("%s", m.Data)
					}
				}))
				p := enter(t, srv)
				p.send(`2["message","1"]`, `2["message","2"]`)
				tt.end(p, only(t, ns))
				time.Sleep(2 * time.Second)
				settle()
				n.expect(t, "1", "2")
				wantErr(t, end, tt.want)
				p.packets()
				p.leave()
			})
		})
	}
}

func TestReceiveWithAContextOfItsOwn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		var n notes
		why := errors.New("had enough")
		ns.Serve(session.HandlerFunc(func(s session.Session) {
			ctx, cancel := context.WithTimeoutCause(context.Background(), time.Second, why)
			defer cancel()
			_, err := s.Receive(ctx)
			n.add("%v", err)
			m, err := s.Receive(context.Background())
			n.add("%s %v", m.Data, err)
		}))
		p := enter(t, srv)
		time.Sleep(2 * time.Second)
		p.send(`2["message","x"]`)
		settle()
		n.expect(t, "had enough", "x <nil>")
		p.leave()

		plain := enter(t, socketio.NewServer(socketio.Config{}))
		plain.leave()
	})
}

func TestReceiveNeedsASessionHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		p := enter(t, srv)
		if _, err := only(t, srv.Of("/")).Receive(context.Background()); err == nil {
			t.Error("no error")
		}
		p.leave()
	})
}

func TestSend(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/s")
		ns.Serve(session.HandlerFunc(func(s session.Session) {
			for _, m := range []session.Message{
				{Kind: session.Text, Data: []byte("€")}, {Kind: session.JSON, Data: []byte(`{"a":1}`)},
				{Kind: session.Binary, Data: []byte{1}},
			} {
				if err := s.Send(s.Context(), m); err != nil {
					t.Error(err)
				}
			}
			if err := s.Send(s.Context(), session.Message{Kind: session.JSON, Data: []byte(`{`)}); err == nil {
				t.Error("no error for a message that is not JSON")
			}
			if p := s.Peer(); p.Protocol != ", Socket.IO 5" || p.Transport != "websocket" || p.RemoteAddr != "192.0.2.1:5" {
				t.Errorf("peer %+v", p)
			}
		}))
		p := dial(t, srv, nil)
		p.send(`0/s,`)
		settle()
		p.expect(`0/s,{"sid":SID}`, `2/s,["message","€"]`, `2/s,["message",{"a":1}]`,
			`51-/s,["message",`+hole0+`]`, "<01>", `1/s,`)
		p.leave()
	})
}

// Send waits while the outbox is full, and for no longer than its context, the
// room, or the socket.
func TestSendBlocks(t *testing.T) {
	for _, tt := range []struct {
		name string
		ctx  func(session.Session) context.Context
		wake func(*peer)
		want error
	}{
		{"until there is room", session.Session.Context, func(p *peer) { p.packets() }, nil},
		{"until the client leaves", session.Session.Context, func(p *peer) { p.send(`1`) }, session.ErrClosed},
		{"until the client leaves, with another context", func(session.Session) context.Context { return context.Background() },
			func(p *peer) { p.send(`1`) }, session.ErrClosed},
		{"until the connection ends", func(session.Session) context.Context { return context.Background() },
			func(p *peer) { p.conn.Kill(&session.CloseError{Code: session.TransportLost, Remote: true}) }, session.ErrClosed},
		{"until the context is done", func(session.Session) context.Context {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			_ = cancel
			return ctx
		}, func(*peer) { time.Sleep(time.Second) }, context.DeadlineExceeded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{})
				errs := make(chan error, 1)
				srv.Of("/").Serve(session.HandlerFunc(func(s session.Session) {
					errs <- s.Send(tt.ctx(s), session.Message{Data: []byte("x")})
					<-s.Context().Done()
				}))
				p := dial(t, srv, &session.Config{OutboxMessages: 1})
				p.send(`0`) // its answer fills the outbox
				settle()
				if len(errs) > 0 {
					t.Fatalf("did not block: %v", <-errs)
				}
				tt.wake(p)
				settle()
				select {
				case err := <-errs:
					wantErr(t, err, tt.want)
				default:
					t.Error("still blocked")
				}
				p.leave()
			})
		})
	}
}

// Close leaves the one namespace; what was sent before is sent first.
func TestCloseLeavesOneNamespace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		root, ns := srv.Of("/"), srv.Of("/s")
		var n notes
		ns.Serve(session.HandlerFunc(func(s session.Session) {
			s.Send(s.Context(), session.Message{Data: []byte("last")})
			wantErr(t, s.Close(4000, "x"), nil)
			wantErr(t, s.Close(4000, "x"), session.ErrClosed)
			wantErr(t, s.Send(context.Background(), session.Message{}), session.ErrClosed)
			var ce *session.CloseError
			if !errors.As(context.Cause(s.Context()), &ce) || ce.Code != 4000 || ce.Reason != "x" || ce.Remote {
				t.Errorf("cause %v", ce)
			}
			time.Sleep(time.Second)
		}))
		heard[string](&n, ns, "message")
		heard[string](&n, root, "e")
		p := enter(t, srv)
		p.send(`0/s,`)
		settle()
		p.expect(`0/s,{"sid":SID}`, `2/s,["message","last"]`, `1/s,`)
		members(t, ns, 0)
		p.send(`2/s,["message","under way"]`, `2["e","root"]`)
		time.Sleep(2 * time.Second)
		n.expect(t, `"root"`)
		p.leave()
	})
}

// What a handler leaves in its mailbox when it returns reaches nobody.
func TestUnreceivedMessagesAreDropped(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		var n notes
		ns.Serve(session.HandlerFunc(func(session.Session) { time.Sleep(time.Second) }))
		heard[string](&n, ns, "e")
		ns.OnDisconnect(func(_ *socketio.Socket, r socketio.DisconnectReason) { n.add("%s", r) })
		p := enter(t, srv)
		p.send(`2["e","x"]`, `1`)
		time.Sleep(2 * time.Second)
		n.expect(t, "client namespace disconnect")
		p.leave()
	})
}

func TestListenersMayPanicInReceive(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		var n notes
		ns.Serve(reader(&n))
		socketio.On(ns, "boom", func(context.Context, *socketio.Socket, struct{}) error { panic("boom") })
		p := enter(t, srv)
		p.send(`2["message","1"]`, `2["boom"]`)
		settle()
		n.expect(t, "text 1", "session: closed by this side: internal error: panic: boom")
		p.expect(`1`)
		p.leave()
	})
}
