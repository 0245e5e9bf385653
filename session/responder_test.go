package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
)

// respond is a Responder that tests make of a function.
type respond func(session.Session, session.Message) error

func (f respond) Respond(s session.Session, m session.Message) error { return f(s, m) }
func (f respond) ServeSession(s session.Session)                     { session.ResponderFunc(f).ServeSession(s) }

var echo respond = func(s session.Session, m session.Message) error { return s.Send(s.Context(), m) }

// responding returns a session that h serves. It is over at the test's end.
func responding(t *testing.T, cfg *session.Config, h session.Handler) *session.Conn {
	t.Helper()
	c := session.NewConn(context.Background(), session.NewID(), cfg, session.Peer{})
	c.Serve(h)
	t.Cleanup(func() { c.Kill(&session.CloseError{Code: session.Normal}) })
	return c
}

// lend delivers a message as a transport does, whose buffer has other bytes
// when the call has returned.
func lend(c *session.Conn, kind session.Kind, data string) error {
	lent := []byte(data)
	err := c.Deliver(session.Packet{Type: session.PacketMessage, Kind: kind, Data: lent})
	for i := range lent {
		lent[i] = 0xDB
	}
	return err
}

// TestRespondMayKeepNothingButSendAll: the client gets what was lent, whatever
// its size, also when buffers are used again.
func TestRespondMayKeepNothingButSendAll(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := responding(t, &session.Config{}, echo)
		l := attach(t, c, stream)
		for round := range 3 {
			var want []session.Packet
			for i, size := range []int{0, 1, 255, 256, 257, 511, 512, 513, 4096, 65535, 65536, 65537, 100_000} {
				data := strings.Repeat(string(rune('a'+(round+i)%26)), size)
				if err := lend(c, session.Kind(i%3), data); err != nil {
					t.Fatal(err)
				}
				want = append(want, session.Packet{Kind: session.Kind(i % 3), Data: []byte(data)})
			}
			for len(want) > 0 {
				b, err := l.TryNext(maxBatch)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range b.Packets {
					if p.Kind != want[0].Kind || !bytes.Equal(p.Data, want[0].Data) {
						t.Fatalf("sent %d bytes %.10q of kind %v, want %d bytes %.10q of kind %v", len(p.Data), p.Data, p.Kind, len(want[0].Data), want[0].Data, want[0].Kind)
					}
					want = want[1:]
				}
				b.Commit()
			}
		}
	})
}

// TestBuffersAreNotUsedWhileTheyAreNeeded: a batch that was rolled back, or that
// its borrower still reads, keeps its bytes.
func TestBuffersAreNotUsedWhileTheyAreNeeded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := responding(t, &session.Config{DetachGrace: time.Minute}, echo)
		first, other := strings.Repeat("a", 4096), strings.Repeat("b", 4096)
		lend(c, session.Text, first)
		l := attach(t, c, oldPoll)
		borrow(t, l, first).Rollback()
		lend(c, session.Text, other)
		l.Release()

		l = attach(t, c, stream)
		b := borrow(t, l, first+" "+other)
		l.Lost(nil) // the reader has seen the end, the writer is at work
		for range 4 {
			lend(c, session.Text, strings.Repeat("c", 4096))
		}
		if got := text(b.Packets); got != first+" "+other {
			t.Errorf("what was lent has become %.20q", got)
		}
		b.Commit()
		next := strings.Repeat("c", 4096)
		expect(t, attach(t, c, stream), strings.Join([]string{next, next, next, next}, " "))
	})
}

func TestRespondInOrderAndOneAtATime(t *testing.T) {
	var inside, calls int
	h := respond(func(s session.Session, m session.Message) error {
		if inside++; inside > 1 { // a race, too
			t.Error("Respond was called while it ran")
		}
		calls++
		err := s.Send(s.Context(), m)
		inside--
		return err
	})
	c := responding(t, &session.Config{OutboxMessages: 10_000}, h)
	l := attach(t, c, stream)
	const senders, each = 4, 100
	var group sync.WaitGroup
	for i := range senders {
		group.Go(func() {
			for n := range each {
				if err := lend(c, session.Text, fmt.Sprintf("%d %d", i, n)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if calls != senders*each {
		t.Errorf("%d calls, want %d", calls, senders*each)
	}
	next := make([]int, senders)
	for range senders * each {
		b, err := l.TryNext(1)
		if err != nil {
			t.Fatal(err)
		}
		var i, n int
		fmt.Sscan(string(b.Packets[0].Data), &i, &n)
		if n != next[i] {
			t.Fatalf("message %d of %d came, want %d", n, i, next[i])
		}
		next[i]++
		b.Commit()
	}
}

func TestRespondThatFails(t *testing.T) {
	refusal := &session.CloseError{Code: 4001, Reason: "no"}
	for name, tt := range map[string]struct {
		fail   func() error
		code   session.Code
		reason string
		before string // what was sent before is
		log    string
	}{
		"with a code":   {func() error { return refusal }, 4001, "no", "said ", ""},
		"wrapped":       {func() error { return fmt.Errorf("why: %w", refusal) }, 4001, "no", "said ", ""},
		"without one":   {func() error { return io.ErrUnexpectedEOF }, session.InternalError, "handler failed", "said ", ""},
		"with a panic":  {func() error { panic("on purpose") }, session.InternalError, "handler failed", "", "on purpose"},
		"with an error": {func() error { panic(io.ErrUnexpectedEOF) }, session.InternalError, "handler failed", "", io.ErrUnexpectedEOF.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var log bytes.Buffer
				a := &attendant{respond: func(s session.Session, m session.Message) error {
					s.Send(s.Context(), session.Message{Data: []byte("said")})
					return tt.fail()
				}}
				c := responding(t, &session.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, a)
				l := attach(t, c, stream)
				lend(c, session.Text, "first")
				if err := lend(c, session.Text, "second"); !errors.Is(err, session.ErrClosed) {
					t.Errorf("delivered after the failure: %v", err)
				}
				expect(t, l, fmt.Sprintf("%sclose:%d", tt.before, tt.code))
				expectCause(t, c, tt.code, false)
				if ce := c.Cause().(*session.CloseError); ce.Reason != tt.reason {
					t.Errorf("the reason is %q, want %q", ce.Reason, tt.reason)
				}
				if got, want := a.String(), fmt.Sprintf("opened, first, over %d", tt.code); got != want {
					t.Errorf("seen: %s, want %s", got, want)
				}
				if logged := log.String(); (tt.log == "") != (logged == "") || !strings.Contains(logged, tt.log) {
					t.Errorf("logged %q", logged)
				}
			})
		})
	}
}

// TestRespondThatWaitsForRoom: what it sends goes out meanwhile, though the
// reader holds the lease; the client is not held to be silent; and the end of
// the session ends the wait.
func TestRespondThatWaitsForRoom(t *testing.T) {
	cfg := func() *session.Config {
		cfg := pinging()
		cfg.OutboxMessages = 1
		return cfg
	}
	twice := respond(func(s session.Session, m session.Message) error {
		s.Send(s.Context(), m)
		return s.Send(s.Context(), m)
	})
	t.Run("goes on", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			c := responding(t, cfg(), twice)
			b := &bell{c: c}
			l, _ := c.Attach(stream, b.ring)
			expectErr(t, l, session.ErrIdle)
			l.Hold()
			done := sending(func() error { return lend(c, session.Text, "a") })
			b.expect(t, 1)
			wait(20 * time.Second)
			expectPending(t, done)
			expectArm(t, borrow(t, l, "a"), true)
			if err := finished(t, done); err != nil {
				t.Error(err)
			}
			b.expect(t, 2) // it was still waiting when it sent
			expectFlush(t, l, false)
			expect(t, l, "a")
			wait(45*time.Second - 1)
			expectState(t, c, session.Open)
			wait(1)
			expectCause(t, c, session.PingTimeout, true)
		})
	})
	t.Run("till the end", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			c := responding(t, cfg(), twice)
			attach(t, c, stream)
			done := sending(func() error { return lend(c, session.Text, "a") })
			wait(45*time.Second + session.MaxStall - 1)
			expectPending(t, done)
			wait(1)
			finished(t, done)
			expectCause(t, c, session.Stalled, false)
		})
	})
	t.Run("till its context is done", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, io.ErrNoProgress)
			defer cancel()
			var got [2]error
			c := responding(t, cfg(), respond(func(s session.Session, m session.Message) error {
				s.Send(s.Context(), m)
				got[0] = s.Send(ctx, m)
				got[1] = s.Send(ctx, m)
				return nil
			}))
			l := attach(t, c, stream)
			lend(c, session.Text, "a")
			if got != [2]error{io.ErrNoProgress, io.ErrNoProgress} {
				t.Errorf("Send said %v", got)
			}
			expect(t, l, "a")
			expectErr(t, l, session.ErrIdle)
		})
	})
}

// TestAnotherGoroutineThatWaitsForRoom gives a silent client no time: its reader
// waits for nothing.
func TestAnotherGoroutineThatWaitsForRoom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cfg := pinging()
		cfg.OutboxMessages = 1
		a := &attendant{respond: echo}
		c := responding(t, cfg, a)
		attach(t, c, stream)
		lend(c, session.Text, "a") // Respond has sent it and is not under way any more
		done := sending(func() error { return a.served.Send(t.Context(), session.Message{Data: []byte("b")}) })
		wait(45*time.Second - 1)
		expectPending(t, done)
		wait(1)
		expectCause(t, c, session.PingTimeout, true)
		if err := finished(t, done); !errors.Is(err, session.ErrClosed) {
			t.Errorf("Send: %v", err)
		}
	})
}

func TestAResponderHasNoInboxAndNoGoroutine(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var err error
		c := responding(t, &session.Config{}, respond(func(s session.Session, m session.Message) error {
			_, err = s.Receive(s.Context())
			return nil
		}))
		attach(t, c, stream)
		lend(c, session.Text, "a")
		if err == nil {
			t.Error("Receive had something")
		}
		c.Close(session.Normal, "") // and the bubble finds no goroutine
	})
}

func TestShutdownEndsResponders(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := session.NewManager()
		a := &attendant{respond: echo}
		c, err := m.Open(&session.Config{}, session.Peer{})
		if err != nil {
			t.Fatal(err)
		}
		c.Serve(a)
		l := attach(t, c, stream)
		lend(c, session.Text, "last")
		done := sending(func() error { return m.Shutdown(t.Context()) })
		expectPending(t, done)
		expect(t, l, "last close:1001")
		if err := finished(t, done); err != nil {
			t.Error(err)
		}
		if got := a.String(); got != "opened, last, over 1001" {
			t.Errorf("seen: %s", got)
		}
	})
}
