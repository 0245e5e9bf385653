package session_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
)

// serve returns an open session whose handler gives its Session to the test
// and ends when the returned function is called.
func serve(t *testing.T, cfg *session.Config) (*session.Conn, func()) {
	t.Helper()
	c := session.NewConn(context.Background(), session.NewID(), cfg, session.Peer{})
	gate := make(chan struct{})
	stop := sync.OnceFunc(func() { close(gate) })
	c.Serve(session.HandlerFunc(func(session.Session) { <-gate }))
	t.Cleanup(func() {
		stop()
		c.Kill(&session.CloseError{Code: session.Normal})
	})
	attach(t, c, stream)
	return c, stop
}

func expectReceive(t *testing.T, c *session.Conn, ctx context.Context, want ...string) {
	t.Helper()
	for _, w := range want {
		m, err := c.Receive(ctx)
		if err != nil || string(m.Data) != w {
			t.Fatalf("Receive: %q, %v, want %q", m.Data, err, w)
		}
	}
}

func TestReceiveInOrderWithKinds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := serve(t, &session.Config{})
		data := []byte("a")
		deliver(t, c, session.Packet{Type: session.PacketMessage, Kind: session.Binary, Data: data})
		data[0] = 'X' // the packet's data was borrowed
		deliver(t, c, message("b"))
		m, err := c.Receive(t.Context())
		if err != nil || m.Kind != session.Binary || string(m.Data) != "a" {
			t.Errorf("received %v %q, %v", m.Kind, m.Data, err)
		}
		expectReceive(t, c, t.Context(), "b")
	})
}

func TestReceiveWaitsForAMessageOrItsContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := serve(t, &session.Config{})
		got := make(chan session.Message, 1)
		done := sending(func() error {
			m, err := c.Receive(t.Context())
			got <- m
			return err
		})
		expectPending(t, done)
		deliver(t, c, message("a"))
		if err := finished(t, done); err != nil || string((<-got).Data) != "a" {
			t.Errorf("Receive: %v", err)
		}

		ctx, cancel := context.WithCancelCause(t.Context())
		done = sending(func() error { _, err := c.Receive(ctx); return err })
		expectPending(t, done)
		cancel(io.ErrNoProgress)
		if err := finished(t, done); !errors.Is(err, io.ErrNoProgress) {
			t.Errorf("Receive: %v", err)
		}
		deliver(t, c, message("b"))
		expectReceive(t, c, ctx, "b") // what is there comes before the context
	})
}

func TestReceiveWithoutServeFails(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		if _, err := c.Receive(t.Context()); err == nil {
			t.Error("no error")
		}
	})
}

func TestReceiveAtTheEnd(t *testing.T) {
	lost := io.ErrUnexpectedEOF
	for name, tt := range map[string]struct {
		end  func(c *session.Conn)
		want error
		eof  bool
	}{
		"client closed":      {func(c *session.Conn) { c.Deliver(session.Packet{Type: session.PacketClose}) }, nil, true},
		"client went away":   {func(c *session.Conn) { c.Deliver(session.Packet{Type: session.PacketClose, Code: session.GoingAway}) }, nil, true},
		"closed without one": {func(c *session.Conn) { c.Deliver(session.Packet{Type: session.PacketClose, Code: session.NoStatus}) }, nil, true},
		"client's error": {func(c *session.Conn) {
			c.Deliver(session.Packet{Type: session.PacketClose, Code: session.InternalError})
		}, session.ErrClosed, false},
		"lost": {func(c *session.Conn) {
			c.Kill(&session.CloseError{Code: session.TransportLost, Remote: true, Err: lost})
		}, lost, false},
		"killed":  {func(c *session.Conn) { c.Kill(&session.CloseError{Code: session.Normal}) }, session.ErrClosed, false},
		"closing": {func(c *session.Conn) { c.Close(session.Forced, "") }, session.ErrClosed, false},
	} {
		for _, own := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					c, _ := serve(t, &session.Config{})
					ctx := t.Context()
					if own {
						ctx = c.Context()
					}
					deliver(t, c, message("a"))
					deliver(t, c, message("b"))
					tt.end(c)
					expectReceive(t, c, ctx, "a", "b")
					for range 2 {
						_, err := c.Receive(ctx)
						if tt.eof && err != io.EOF || !tt.eof && (err == io.EOF || !errors.Is(err, tt.want)) {
							t.Errorf("Receive at the end: %v", err)
						}
					}
				})
			})
		}
	}
}

func TestReceiveThatWaitsSeesTheEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := serve(t, &session.Config{})
		var all []<-chan error
		for range 3 {
			all = append(all, sending(func() error { _, err := c.Receive(c.Context()); return err }))
		}
		deliver(t, c, session.Packet{Type: session.PacketClose})
		for _, done := range all {
			if err := finished(t, done); err != io.EOF {
				t.Errorf("Receive: %v, want io.EOF", err)
			}
		}
	})
}

func TestFullInboxHoldsTheReaderUntilHalfIsFree(t *testing.T) {
	for name, tt := range map[string]struct {
		cfg  session.Config
		size int
	}{
		"by messages": {session.Config{InboxMessages: 4}, 1},
		"by bytes":    {session.Config{InboxBytes: 40}, 10},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c, _ := serve(t, &tt.cfg)
				data := func(i int) string { return strings.Repeat(string(rune('a'+i)), tt.size) }
				for i := range 4 {
					deliver(t, c, message(data(i)))
				}
				done := sending(func() error { return c.Deliver(message(data(4))) })
				expectPending(t, done)
				expectReceive(t, c, t.Context(), data(0))
				expectPending(t, done) // there is room, but not half
				expectReceive(t, c, t.Context(), data(1))
				if err := finished(t, done); err != nil {
					t.Error(err)
				}
				expectReceive(t, c, t.Context(), data(2), data(3), data(4))
			})
		})
	}
}

func TestEmptyInboxTakesAnyOneMessage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := serve(t, &session.Config{InboxBytes: 1, InboxMessages: 1})
		deliver(t, c, message("larger than the limit"))
		done := sending(func() error { return c.Deliver(message("next")) })
		expectPending(t, done)
		expectReceive(t, c, t.Context(), "larger than the limit")
		if err := finished(t, done); err != nil {
			t.Error(err)
		}
		expectReceive(t, c, t.Context(), "next")
	})
}

func TestHeldReaderIsFreedByTheEnd(t *testing.T) {
	for name, end := range map[string]func(c *session.Conn){
		"kill":  func(c *session.Conn) { c.Kill(&session.CloseError{}) },
		"close": func(c *session.Conn) { c.Close(session.Normal, "") },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c, _ := serve(t, &session.Config{InboxMessages: 1})
				deliver(t, c, message("a"))
				done := sending(func() error { return c.Deliver(message("b")) })
				expectPending(t, done)
				end(c)
				finished(t, done)
				expectReceive(t, c, t.Context(), "a")
				if _, err := c.Receive(t.Context()); !errors.Is(err, session.ErrClosed) {
					t.Errorf("Receive: %v", err)
				}
			})
		})
	}
}

func TestSlowHandlerIsStalledAfterAMinute(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cfg := pinging()
		cfg.InboxMessages = 1
		c, _ := serve(t, cfg)
		deliver(t, c, message("a"))
		done := sending(func() error { return c.Deliver(message("b")) })
		wait(45*time.Second + session.MaxStall - 1)
		expectPending(t, done)
		wait(1)
		expectCause(t, c, session.Stalled, false)
		finished(t, done)
	})
}

func TestReturningHandlerClosesTheSession(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := session.NewConn(context.Background(), session.NewID(), &session.Config{}, session.Peer{})
		c.Serve(session.HandlerFunc(func(s session.Session) {
			s.Send(s.Context(), session.Message{Data: []byte("bye")})
		}))
		synctest.Wait()
		expect(t, attach(t, c, stream), "bye close:1000")
		expectCause(t, c, session.Normal, false)
	})
}

func TestPanickingHandlerEndsItsSessionOnly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var log bytes.Buffer
		cfg := &session.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}
		open := func(h session.HandlerFunc) (*session.Conn, *session.Lease) {
			c := session.NewConn(context.Background(), session.NewID(), cfg, session.Peer{})
			t.Cleanup(func() { c.Kill(&session.CloseError{}) })
			c.Serve(h)
			return c, attach(t, c, stream)
		}
		other, _ := open(func(s session.Session) { s.Receive(s.Context()) })
		c, l := open(func(s session.Session) {
			s.Send(s.Context(), session.Message{Data: []byte("outbound-payload")})
			m, _ := s.Receive(s.Context())
			_ = m.Data[99]
		})
		deliver(t, c, message("inbound-payload"))
		synctest.Wait()
		expect(t, l, "close:1011")
		expectCause(t, c, session.InternalError, false)
		expectState(t, other, session.Open)

		got := log.String()
		if !strings.Contains(got, "sid="+c.ID()[:8]) || !strings.Contains(got, "index out of range") || !strings.Contains(got, "inbox_test.go") {
			t.Errorf("the log lacks the session, the panic or its place: %s", got)
		}
		for _, secret := range []string{c.ID(), "payload"} {
			if strings.Contains(got, secret) {
				t.Errorf("the log has %q: %s", secret, got)
			}
		}
		if strings.Count(got, "level=ERROR") != 1 {
			t.Errorf("not logged once: %s", got)
		}
	})
}

func TestPanickingHandlerWithoutALogger(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := session.NewConn(context.Background(), "short", &session.Config{}, session.Peer{})
		l := attach(t, c, stream)
		c.Serve(session.HandlerFunc(func(session.Session) { panic(io.EOF) }))
		synctest.Wait()
		b := borrow(t, l, "close:1011")
		if r := b.Packets[0].Reason; strings.Contains(r, "EOF") {
			t.Errorf("the client is told %q", r)
		}
		b.Commit()
	})
}
