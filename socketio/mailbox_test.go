package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// gated is a namespace whose handler of "e" waits for its gate.
func gated(ns *socketio.Namespace, n *notes) (gate chan struct{}) {
	gate = make(chan struct{})
	socketio.On(ns, "e", func(_ context.Context, _ *socketio.Socket, v string) error {
		<-gate
		n.add("%.2s", v)
		return nil
	})
	return gate
}

func TestMailboxHoldsTheClientBack(t *testing.T) {
	for _, tt := range []struct {
		name         string
		cfg          socketio.Config
		payload      string
		before, half int // how many events are delivered before it blocks; at which it goes on
	}{
		// The first event is taken at once.
		{"events", socketio.Config{MailboxEvents: 4}, "", 5, 2},
		{"bytes", socketio.Config{MailboxBytes: 4 * 1200}, strings.Repeat("x", 1000), 5, 2},
		{"one event over the budget is let in", socketio.Config{MailboxBytes: 1}, strings.Repeat("x", 1000), 2, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(tt.cfg)
				var n notes
				gate := gated(srv.Of("/"), &n)
				p := enter(t, srv)
				var delivered atomic.Int32
				stop := make(chan struct{})
				go func() {
					defer close(stop)
					for i := range 20 {
						if p.send(fmt.Sprintf(`2["e","%02d%s"]`, i, tt.payload)) == nil {
							delivered.Add(1)
						}
						settle()
					}
				}()
				time.Sleep(time.Second)
				if got := int(delivered.Load()); got != tt.before {
					t.Errorf("%d events were delivered before the reader was held, want %d", got, tt.before)
				}
				for p.load().Events > tt.half+1 {
					gate <- struct{}{}
					time.Sleep(time.Second)
				}
				if got := int(delivered.Load()); got != tt.before {
					t.Errorf("%d events: the reader went on before half of the mailbox was free", got)
				}
				gate <- struct{}{}
				time.Sleep(time.Second)
				if int(delivered.Load()) <= tt.before {
					t.Error("the reader did not go on when half of the mailbox was free")
				}
				close(gate)
				<-stop
				settle()
				var want []string
				for i := range 20 {
					want = append(want, fmt.Sprintf("%02d", i))
				}
				n.expect(t, want...)
				if l := p.load(); l.Events != 0 || l.Bytes != 0 {
					t.Errorf("the budget holds %+v when all is done", l)
				}
				p.leave()
			})
		})
	}
}

// A client that is held back and then goes away holds nobody.
func TestEndWhileHeldBack(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(*peer, *socketio.Socket)
	}{
		{"connection ends", func(p *peer, _ *socketio.Socket) {
			p.conn.Kill(&session.CloseError{Code: session.TransportLost, Remote: true})
		}},
		{"server disconnects", func(_ *peer, s *socketio.Socket) { s.Disconnect(false) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{MailboxEvents: 2})
				ns := srv.Of("/")
				var n notes
				gate := gated(ns, &n)
				ns.OnDisconnect(func(*socketio.Socket, socketio.DisconnectReason) { n.add("bye") })
				p := enter(t, srv)
				s := only(t, ns)
				done := make(chan struct{})
				go func() { defer close(done); p.send(`2["e","1"]`, `2["e","2"]`, `2["e","3"]`, `2["e","4"]`) }()
				settle()
				tt.end(p, s)
				settle()
				if p.conn.State() == session.Closed {
					<-done // although the handler is busy still
				}
				close(gate)
				<-done
				settle()
				n.mu.Lock()
				if got := strings.Join(n.all, " "); !strings.HasPrefix(got, "1 ") || !strings.HasSuffix(got, "bye") {
					t.Errorf("noted %s", got)
				}
				n.mu.Unlock()
				p.leave()
			})
		})
	}
}

// While a handler waits for an ack, the ack may be behind more events than the
// mailbox takes: it takes four times as many, and then the client is too much.
func TestMailboxWhileAnAckIsAwaited(t *testing.T) {
	for _, tt := range []struct {
		name   string
		events int
		closed bool
	}{{"within four times", 4, false}, {"over four times", 9, true}} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{MailboxEvents: 2})
				ns := srv.Of("/")
				var n notes
				socketio.On(ns, "go", func(ctx context.Context, s *socketio.Socket, _ struct{}) error {
					time.Sleep(time.Second) // the client is held back already
					ask[int](&n, ctx, s, "ask")
					return nil
				})
				ns.OnDisconnect(func(_ *socketio.Socket, r socketio.DisconnectReason) { n.add("%s", r) })
				heard[int](&n, ns, "e")
				p := enter(t, srv)
				p.record()
				p.send(`2["go"]`)
				errs := make(chan error, 1)
				go func() {
					for i := range tt.events {
						if err := p.send(fmt.Sprintf(`2["e",%d]`, i)); err != nil {
							errs <- err
							return
						}
					}
					errs <- p.send(`30[7]`)
				}()
				time.Sleep(time.Minute)
				err := <-errs
				if tt.closed {
					var ce *session.CloseError
					if !errors.As(err, &ce) || ce.Code != session.PolicyViolated {
						t.Errorf("error %v", err)
					}
					// The question may or may not have left before.
					if got := strings.Join(p.recorded(), " "); !strings.HasSuffix(got, "close 1008") {
						t.Errorf("client got %s", got)
					}
					n.expect(t, "socketio: disconnected", "forced close")
				} else {
					wantErr(t, err, nil)
					n.expect(t, "7", "0", "1", "2", "3")
				}
				p.leave()
			})
		})
	}
}

// What runs for sockets that have ended counts, so that a client that comes and
// goes cannot pile up handlers.
func TestFloodOfConnectAndDisconnect(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  func(*socketio.Namespace, func())
	}{
		{"middleware", func(ns *socketio.Namespace, busy func()) {
			ns.Use(func(context.Context, *socketio.Socket) error { busy(); return nil })
		}},
		{"connect handler", func(ns *socketio.Namespace, busy func()) {
			ns.OnConnect(func(context.Context, *socketio.Socket) error { busy(); return nil })
		}},
		{"disconnect handler", func(ns *socketio.Namespace, busy func()) {
			ns.OnDisconnect(func(*socketio.Socket, socketio.DisconnectReason) { busy() })
		}},
		{"session handler", func(ns *socketio.Namespace, busy func()) {
			ns.Serve(session.HandlerFunc(func(session.Session) { busy() }))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{MailboxEvents: 8})
				ns := srv.Of("/")
				running := make(chan struct{}, 1000)
				gate := make(chan struct{})
				tt.set(ns, func() {
					running <- struct{}{}
					<-gate
				})
				p := dial(t, srv, nil)
				p.record()
				done := make(chan struct{})
				go func() {
					defer close(done)
					for range 100 {
						p.send(`0`, `1`)
					}
				}()
				time.Sleep(time.Second)
				if n := len(running); n < 2 || n > 9 {
					t.Errorf("%d handlers run at once, want at most 9", n)
				}
				close(gate)
				<-done
				settle()
				if l := p.load(); l.Events != 0 || l.Bytes != 0 {
					t.Errorf("%+v is left", l)
				}
				p.leave()
				members(t, ns, 0)
			})
		})
	}
}

// A socket without events costs no goroutine: its runner ends with its work.
// (The bubble would wait for one for ever: nothing ends the session.)
func TestIdleSocketsHaveNoGoroutine(t *testing.T) {
	srv := socketio.NewServer(socketio.Config{})
	heard[int](new(notes), srv.Of("/"), "e")
	var p *peer
	bubble(t, func(t *testing.T) {
		p = enter(t, srv)
		p.send(`2["e",1]`)
		settle()
		p.conn.Close(session.Normal, "") // else its own timer stays
		p.packets()
	})
}
