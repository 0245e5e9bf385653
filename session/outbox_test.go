package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
)

func event(data ...string) []session.Packet {
	var ps []session.Packet
	for _, d := range data {
		ps = append(ps, message(d))
	}
	return ps
}

// sending runs f on a goroutine and returns where its error will be.
func sending(f func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	synctest.Wait()
	return done
}

// finished returns what a call has returned, without any time passing.
func finished(t *testing.T, done <-chan error) error {
	t.Helper()
	synctest.Wait()
	select {
	case err := <-done:
		return err
	default:
		t.Fatal("the call still blocks")
		return nil
	}
}

func expectPending(t *testing.T, done <-chan error) {
	t.Helper()
	synctest.Wait()
	select {
	case err := <-done:
		t.Fatalf("the call returned %v, want it to block", err)
	default:
	}
}

func TestSendBlocksWhileTheOutboxIsFull(t *testing.T) {
	for name, cfg := range map[string]*session.Config{
		"by messages": {OutboxMessages: 2},
		"by bytes":    {OutboxBytes: 9},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c, _ := newConn(t, cfg)
				l := attach(t, c, stream)
				send(t, c, "aaaa", "bbbb")
				done := sending(func() error { return c.Send(t.Context(), session.Message{Data: []byte("cccc")}) })
				expectPending(t, done)
				b := borrow(t, l, "aaaa bbbb")
				expectPending(t, done) // lent is not sent
				b.Rollback()
				expectPending(t, done)
				expect(t, l, "aaaa bbbb")
				if err := finished(t, done); err != nil {
					t.Fatal(err)
				}
				expect(t, l, "cccc")
			})
		})
	}
}

func TestEmptyOutboxTakesAnyOneEvent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{OutboxMessages: 1, OutboxBytes: 1, Overflow: session.Refuse})
		l := attach(t, c, stream)
		if err := c.Enqueue(t.Context(), event("long", "longer", "longest")...); err != nil {
			t.Fatal(err)
		}
		if err := c.Offer(message("")); !errors.Is(err, session.ErrQueueFull) {
			t.Errorf("Offer to a full outbox: %v", err)
		}
		expect(t, l, "long longer longest")
		if err := c.Offer(message("any")); err != nil {
			t.Error(err)
		}
		if packets, bytes := c.Buffered(); packets != 1 || bytes != 3 {
			t.Errorf("buffered %d packets, %d bytes", packets, bytes)
		}
	})
}

func TestBlockedSendEndsWithItsContextOrTheSession(t *testing.T) {
	cause := errors.New("enough")
	for name, tt := range map[string]struct {
		end  func(c *session.Conn, cancel context.CancelCauseFunc)
		want error
	}{
		"context": {func(_ *session.Conn, cancel context.CancelCauseFunc) { cancel(cause) }, cause},
		"close":   {func(c *session.Conn, _ context.CancelCauseFunc) { c.Close(session.Normal, "") }, session.ErrClosed},
		"abort":   {func(c *session.Conn, _ context.CancelCauseFunc) { c.Abort(&session.CloseError{}) }, session.ErrClosed},
		"kill":    {func(c *session.Conn, _ context.CancelCauseFunc) { c.Kill(&session.CloseError{}) }, session.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c, _ := newConn(t, &session.Config{OutboxMessages: 1})
				send(t, c, "a")
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				done := sending(func() error { return c.Send(ctx, session.Message{Data: []byte("b")}) })
				expectPending(t, done)
				tt.end(c, cancel)
				if err := finished(t, done); !errors.Is(err, tt.want) {
					t.Errorf("Send: %v, want %v", err, tt.want)
				}
			})
		})
	}
}

func TestSendWithADoneContextQueuesNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		l := attach(t, c, stream)
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(io.ErrNoProgress)
		if err := c.Send(ctx, session.Message{}); !errors.Is(err, io.ErrNoProgress) {
			t.Errorf("Send: %v", err)
		}
		expectErr(t, l, session.ErrIdle)
	})
}

func TestEveryBlockedSenderIsWoken(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{OutboxMessages: 3})
		l := attach(t, c, stream)
		send(t, c, "0", "0", "0")
		var all []<-chan error
		for i := range 3 {
			all = append(all, sending(func() error {
				return c.Send(t.Context(), session.Message{Data: fmt.Append(nil, i)})
			}))
		}
		expect(t, l, "0 0 0")
		for _, done := range all {
			if err := finished(t, done); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestEventsAreNeverSeparated(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, pinging())
		l := attach(t, c, stream)
		for _, e := range [][]session.Packet{event("a1", "a2", "a3"), event("b1"), event("c1", "c2")} {
			if err := c.Enqueue(t.Context(), e...); err != nil {
				t.Fatal(err)
			}
		}
		wait(25 * time.Second)
		for _, want := range []string{"ping a1 a2 a3", "b1", "c1 c2"} {
			b, err := l.TryNext(1) // the limit is about, whole events are exact
			if err != nil || text(b.Packets) != want {
				t.Fatalf("lent %q, %v, want %q", text(b.Packets), err, want)
			}
			b.Commit()
		}
	})
}

func TestBatchHoldsAboutMaxBytes(t *testing.T) {
	for _, tt := range []struct {
		max  int
		want string
	}{{1, "aaaa"}, {4, "aaaa"}, {7, "aaaa"}, {8, "aaaa bbbb"}, {11, "aaaa bbbb"}, {12, "aaaa bbbb cccc"}, {99, "aaaa bbbb cccc"}} {
		bubble(t, func(t *testing.T) {
			c, _ := newConn(t, &session.Config{})
			l := attach(t, c, stream)
			send(t, c, "aaaa", "bbbb", "cccc")
			b, err := l.TryNext(tt.max)
			if err != nil || text(b.Packets) != tt.want {
				t.Errorf("max %d: lent %q, %v, want %q", tt.max, text(b.Packets), err, tt.want)
			}
			b.Commit()
		})
	}
}

// The queue keeps its order when it is long, never dry and compacted.
func TestLongQueueKeepsItsOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		l := attach(t, c, stream)
		pushed, taken := 0, 0
		for round := range 2000 {
			for range 1 + round%3 {
				if pushed-taken < 900 {
					send(t, c, fmt.Sprintf("%04d", pushed%10000))
					pushed++
				}
			}
			b, err := l.TryNext(4 * (1 + round%2))
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range b.Packets {
				if want := fmt.Sprintf("%04d", taken%10000); string(p.Data) != want {
					t.Fatalf("got %s, want %s", p.Data, want)
				}
				taken++
			}
			b.Commit()
			if packets, bytes := c.Buffered(); packets != pushed-taken || bytes != 4*packets {
				t.Fatalf("buffered %d packets, %d bytes, want %d packets", packets, bytes, pushed-taken)
			}
		}
	})
}

func TestOfferToAFullOutbox(t *testing.T) {
	for name, tt := range map[string]struct {
		policy  session.Overflow
		offer   []session.Packet
		err     error
		want    string // after the lent batch
		dropped int
		counts  session.OverflowCounts
	}{
		"disconnect":           {session.Disconnect, event("new"), session.ErrQueueFull, "close:3002", 4, session.OverflowCounts{SlowClients: 1}},
		"drop oldest":          {session.DropOldest, event("new"), nil, "c new", 2, session.OverflowCounts{Oldest: 1}},
		"drop oldest, several": {session.DropOldest, event("n1", "n2", "n3"), nil, "n1 n2 n3", 3, session.OverflowCounts{Oldest: 2}},
		"drop oldest in vain": {session.DropOldest, event("n1", "n2", "n3", "n4"), session.ErrQueueFull, "b1 b2 c", 0,
			session.OverflowCounts{Refused: 1}},
		"refuse": {session.Refuse, event("new"), session.ErrQueueFull, "b1 b2 c", 0, session.OverflowCounts{Refused: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				o := &observer{}
				var counter session.OverflowCounter
				c, _ := newConn(t, &session.Config{OutboxMessages: 4, Overflow: tt.policy, Observer: o, OverflowCounter: &counter})
				l := attach(t, c, stream)
				send(t, c, "lent")
				b := borrow(t, l, "lent")
				c.Offer(event("b1", "b2")...)
				c.Offer(event("c")...)
				if err := c.Offer(tt.offer...); !errors.Is(err, tt.err) {
					t.Errorf("Offer: %v, want %v", err, tt.err)
				}
				b.Rollback()
				b = borrow(t, l, "lent "+tt.want)
				b.Commit()
				if o.dropped != tt.dropped {
					t.Errorf("%d packets dropped, want %d", o.dropped, tt.dropped)
				}
				c.Kill(&session.CloseError{Code: session.SlowClient}) // at most one end counts
				want := tt.counts
				want.SlowClients = 1
				if got := counter.Counts(); got != want {
					t.Errorf("counted %+v, want %+v", got, want)
				}
			})
		})
	}
}

func TestDropOldestKeepsAnEventThatIsTooBigBesideALentOne(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{OutboxBytes: 10, Overflow: session.DropOldest})
		l := attach(t, c, stream)
		send(t, c, "lent")
		b := borrow(t, l, "lent")
		send(t, c, "b")
		if err := c.Offer(message(strings.Repeat("x", 7))); !errors.Is(err, session.ErrQueueFull) {
			t.Errorf("Offer: %v", err)
		}
		b.Commit()
		if err := c.Offer(message(strings.Repeat("x", 99))); err != nil {
			t.Errorf("Offer with nothing lent: %v", err)
		}
		expect(t, l, strings.Repeat("x", 99))
	})
}

func TestVolatilePacketsDoNotWait(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := &observer{}
		var counter session.OverflowCounter
		c, _ := newConn(t, &session.Config{Observer: o, OverflowCounter: &counter})
		volatile := func(data string) session.Packet {
			p := message(data)
			p.Volatile = true
			return p
		}
		offer := func(data string) {
			if err := c.Offer(volatile(data)); err != nil {
				t.Error(err)
			}
		}
		offer("no carrier")
		l := attach(t, c, stream)
		offer("a")
		offer("behind a")
		b := borrow(t, l, "a")
		offer("behind a lent batch")
		b.Commit()
		offer("b")
		expect(t, l, "b")
		l = attach(t, c, oldPoll)
		l.Release()
		offer("between polls")
		if o.dropped != 4 {
			t.Errorf("%d dropped, want 4", o.dropped)
		}
		if got := counter.Counts(); got != (session.OverflowCounts{Volatile: 4}) {
			t.Errorf("counted %+v", got)
		}
		expectErr(t, attach(t, c, poll), session.ErrIdle)
	})
}

func TestBinaryNeedsACarrierThatTakesIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		l := attach(t, c, textual)
		if err := c.Send(t.Context(), session.Message{Kind: session.Binary}); !errors.Is(err, session.ErrUnsupported) {
			t.Errorf("Send: %v", err)
		}
		attachment := message("x")
		attachment.Kind = session.Binary
		if err := c.Offer(message("text"), attachment); !errors.Is(err, session.ErrUnsupported) {
			t.Errorf("Offer: %v", err)
		}
		expectErr(t, l, session.ErrIdle) // nothing of the event was queued
		l = attach(t, c, stream)
		if err := c.Offer(message("text"), attachment); err != nil {
			t.Errorf("Offer after a change of the carrier: %v", err)
		}
		expect(t, l, "text x")
	})
}

func TestNothingIsQueuedForNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		b := &bell{c: c}
		l, _ := c.Attach(stream, b.ring)
		expectErr(t, l, session.ErrIdle)
		if err := c.Offer(); err != nil {
			t.Error(err)
		}
		if err := c.Enqueue(t.Context()); err != nil {
			t.Error(err)
		}
		b.expect(t, 0)
	})
}

func TestDropOldestSparesWhatIsEssential(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{OutboxMessages: 4, Overflow: session.DropOldest})
		l := attach(t, c, stream)
		essential := func(data string) session.Packet {
			p := message(data)
			p.Essential = true
			return p
		}
		for _, p := range []session.Packet{essential("open"), message("a"), essential("ack"), message("b"), message("c"), message("d")} {
			if err := c.Offer(p); err != nil {
				t.Errorf("%s: %v", p.Data, err)
			}
		}
		expect(t, l, "open ack c d")
	})
}

func TestDropOldestEndsASessionThatHasOnlyEssentialsLeft(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{OutboxMessages: 2, Overflow: session.DropOldest})
		l := attach(t, c, stream)
		for range 2 {
			p := message("ack")
			p.Essential = true
			c.Offer(p)
		}
		if err := c.Offer(message("a")); !errors.Is(err, session.ErrQueueFull) {
			t.Errorf("Offer: %v", err)
		}
		expect(t, l, "close:3002")
	})
}
