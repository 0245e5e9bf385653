package session_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
)

func TestWakeIsCalledOncePerArming(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		b := &bell{c: c}
		l, err := c.Attach(stream, b.ring)
		if err != nil {
			t.Fatal(err)
		}
		send(t, c, "a")
		b.expect(t, 0) // not armed before the first ErrIdle
		expect(t, l, "a")
		send(t, c, "b")
		b.expect(t, 0) // the borrower looks again by itself
		expect(t, l, "b")
		expectErr(t, l, session.ErrIdle)
		expectErr(t, l, session.ErrIdle)
		send(t, c, "c", "d")
		b.expect(t, 1)
		expect(t, l, "c d")
	})
}

func TestWakeMayUseTheSession(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, pinging())
		var l *session.Lease
		var got string
		wake := func() {
			b, err := l.TryNext(maxBatch)
			if err == nil {
				got += text(b.Packets) + " "
				b.Commit()
				_, err = l.TryNext(maxBatch)
			}
			if !errors.Is(err, session.ErrIdle) {
				got += err.Error()
			}
		}
		l, _ = c.Attach(stream, wake)
		expectErr(t, l, session.ErrIdle)
		send(t, c, "a", "b")
		wait(25 * time.Second)
		attach(t, c, stream)
		if want := "a b ping " + session.ErrSuperseded.Error(); got != want {
			t.Errorf("wake saw %q, want %q", got, want)
		}
	})
}

func TestSupersededBeforeItBorrowed(t *testing.T) {
	for _, k := range []*session.Carrier{oldPoll, stream} {
		bubble(t, func(t *testing.T) {
			c, _ := newConn(t, &session.Config{})
			b := &bell{c: c}
			first, _ := c.Attach(k, b.ring)
			expectErr(t, first, session.ErrIdle)
			second := attach(t, c, k)
			b.expect(t, 1)
			send(t, c, "a")
			expectErr(t, first, session.ErrSuperseded)
			first.Release()
			first.Lost(nil)
			expect(t, second, "a")
		})
	}
}

func TestSupersededWhileLent(t *testing.T) {
	for name, tt := range map[string]struct {
		settle func(*session.Lease, *session.Batch)
		want   string
	}{
		"commit":   {func(_ *session.Lease, b *session.Batch) { b.Commit() }, "b"},
		"rollback": {func(_ *session.Lease, b *session.Batch) { b.Rollback() }, "a b"},
		"release":  {func(l *session.Lease, _ *session.Batch) { l.Release() }, "b"},
		"lost":     {func(l *session.Lease, _ *session.Batch) { l.Lost(io.EOF) }, "b"},
	} {
		for _, k := range []*session.Carrier{poll, oldPoll, stream} {
			t.Run(name, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					c, _ := newConn(t, &session.Config{})
					first := attach(t, c, k)
					send(t, c, "a")
					lent := borrow(t, first, "a")
					b := &bell{c: c}
					second, err := c.Attach(k, b.ring) // free once lent, for exclusive carriers too
					if err != nil {
						t.Fatal(err)
					}
					expectErr(t, second, session.ErrIdle)
					send(t, c, "b")
					b.expect(t, 1)
					expectErr(t, second, session.ErrIdle) // not before the settlement
					tt.settle(first, lent)
					b.expect(t, 2)
					expect(t, second, tt.want)
					first.Release()
					expectState(t, c, session.Open)
				})
			})
		}
	}
}

func TestSettlementIsFinal(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		l := attach(t, c, stream)
		send(t, c, "a", "b")
		b, _ := l.TryNext(1)
		b.Commit()
		b.Commit()
		b.Rollback()
		expect(t, l, "b")
		(&session.Batch{}).Commit() // a batch that was never lent
	})
}

func TestReleaseUnsettledIsCommit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		l := attach(t, c, poll)
		send(t, c, "a")
		borrow(t, l, "a")
		l.Release()
		expectErr(t, l, session.ErrReleased)
		send(t, c, "b")
		expect(t, attach(t, c, poll), "b")
	})
}

func TestExclusiveCarrierIsRefusedWhileAnotherWaits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		b := &bell{c: c}
		first, _ := c.Attach(poll, b.ring)
		expectErr(t, first, session.ErrIdle)
		if _, err := c.Attach(poll, nil); !errors.Is(err, session.ErrOccupied) {
			t.Errorf("second poll: %v", err)
		}
		b.expect(t, 0)
		send(t, c, "a")
		batch := borrow(t, first, "a")
		batch.Rollback() // it waits again
		if _, err := c.Attach(poll, nil); !errors.Is(err, session.ErrOccupied) {
			t.Errorf("second poll after Rollback: %v", err)
		}
		expect(t, first, "a")
		second := attach(t, c, poll)
		send(t, c, "b")
		expect(t, second, "b")
	})
}

func TestPollSlotIsFreeOnceANoopIsDecided(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		first := attach(t, c, poll)
		c.Probe(stream, nil)
		expectErr(t, first, session.ErrIdle)
		wait(10 * time.Millisecond)
		noop := borrow(t, first, "noop")
		second := attach(t, c, poll)
		expectErr(t, second, session.ErrIdle)
		noop.Commit()
		expectErr(t, second, session.ErrIdle)
		wait(10 * time.Millisecond)
		expect(t, second, "noop")
	})
}

func TestUnansweredPollThatIsLostEndsTheSession(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		l := attach(t, c, poll)
		send(t, c, "a")
		borrow(t, l, "a").Rollback()
		l.Lost(context.Canceled)
		expectCause(t, c, session.TransportLost, true)
	})
}

func TestNextWaitsForAPacketTheContextOrTheEnd(t *testing.T) {
	type result struct {
		got string
		err error
	}
	for name, tt := range map[string]struct {
		change func(c *session.Conn, cancel context.CancelCauseFunc)
		want   result
	}{
		"packet":     {func(c *session.Conn, _ context.CancelCauseFunc) { c.Offer(message("a")) }, result{"a", nil}},
		"context":    {func(_ *session.Conn, cancel context.CancelCauseFunc) { cancel(io.ErrNoProgress) }, result{"", io.ErrNoProgress}},
		"close":      {func(c *session.Conn, _ context.CancelCauseFunc) { c.Close(session.Normal, "") }, result{"close:1000", nil}},
		"kill":       {func(c *session.Conn, _ context.CancelCauseFunc) { c.Kill(&session.CloseError{}) }, result{"", io.EOF}},
		"superseded": {func(c *session.Conn, _ context.CancelCauseFunc) { c.Attach(stream, nil) }, result{"", session.ErrSuperseded}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c, _ := newConn(t, &session.Config{})
				l := attach(t, c, oldPoll)
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				done := make(chan result, 1)
				go func() {
					b, err := l.Next(ctx, maxBatch)
					if err != nil {
						done <- result{"", err}
						return
					}
					defer b.Commit()
					done <- result{text(b.Packets), nil}
				}()
				synctest.Wait()
				select {
				case r := <-done:
					t.Fatalf("Next returned %+v at once", r)
				default:
				}
				tt.change(c, cancel)
				if got := <-done; got.got != tt.want.got || !errors.Is(got.err, tt.want.err) {
					t.Errorf("Next returned %+v, want %+v", got, tt.want)
				}
			})
		})
	}
}

func TestRunWritesUntilTheEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		l := attach(t, c, stream)
		var got string
		done := sending(func() error {
			return l.Run(t.Context(), maxBatch, func(ps []session.Packet) error {
				got += text(ps) + " "
				return nil
			})
		})
		send(t, c, "a")
		synctest.Wait()
		send(t, c, "b")
		c.Close(session.Normal, "")
		if err := finished(t, done); !errors.Is(err, io.EOF) {
			t.Errorf("Run: %v", err)
		}
		if got != "a b close:1000 " {
			t.Errorf("wrote %q", got)
		}
		expectCause(t, c, session.Normal, false)
	})
}

func TestRunSettlesAFailedWriteAndLosesTheCarrier(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{DetachGrace: time.Minute})
		l := attach(t, c, stream)
		send(t, c, "a")
		err := l.Run(t.Context(), maxBatch, func([]session.Packet) error { return io.ErrClosedPipe })
		if !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("Run: %v", err)
		}
		send(t, c, "b")
		l = attach(t, c, stream)
		expect(t, l, "b") // bytes of a may have left
		l.Lost(nil)
		wait(time.Minute)
		expectCause(t, c, session.TransportLost, true)
	})
}

func TestRunSettlesAPanickingWrite(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		l := attach(t, c, poll)
		send(t, c, "a")
		func() {
			defer func() {
				if v := recover(); v != "boom" {
					t.Errorf("recovered %v", v)
				}
			}()
			l.Run(t.Context(), maxBatch, func([]session.Packet) error { panic("boom") })
		}()
		send(t, c, "b")
		expect(t, attach(t, c, poll), "b")
	})
}

func TestRunOfAStreamWhoseContextIsDoneLosesIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		l := attach(t, c, stream)
		ctx, cancel := context.WithCancel(t.Context())
		done := sending(func() error { return l.Run(ctx, maxBatch, func([]session.Packet) error { return nil }) })
		cancel()
		if err := finished(t, done); !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
		expectCause(t, c, session.TransportLost, true)
	})
}

func TestBatchIsAccountedForWhenTheSessionEndsMeanwhile(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		l := attach(t, c, stream)
		send(t, c, "a")
		b := borrow(t, l, "a")
		c.Kill(&session.CloseError{Code: session.Forced})
		if got := text(b.Packets); got != "a" {
			t.Errorf("the lent batch has %q after Kill", got)
		}
		b.Rollback()
		expectErr(t, l, io.EOF)
		l.Lost(io.ErrClosedPipe)
		expectCause(t, c, session.Forced, false)
	})
}

// A connection's reader sees its end while its writer is at work.
func TestLostWhileWritingLeavesTheBatchReadable(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{DetachGrace: time.Minute})
		l := attach(t, c, stream)
		send(t, c, "a", "b")
		b := borrow(t, l, "a b")
		l.Lost(io.ErrUnexpectedEOF)
		send(t, c, "c")
		next := attach(t, c, stream)
		if got := text(b.Packets); got != "a b" {
			t.Errorf("the batch has %q", got)
		}
		b.Rollback() // too late: it counts as sent
		expect(t, next, "c")
	})
}

func TestAStreamThatYieldsIsNoLoss(t *testing.T) {
	oneWay := &session.Carrier{Transport: "eventsource", Stream: true, OneWay: true, Exclusive: true}
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, pinging())
		l := attach(t, c, oneWay)
		send(t, c, "a")
		expect(t, l, "a")
		for _, k := range []*session.Carrier{oneWay, poll} {
			if _, err := c.Attach(k, nil); !errors.Is(err, session.ErrOccupied) {
				t.Errorf("%s beside the stream: %v", k.Transport, err)
			}
		}
		l.Yield()
		send(t, c, "b")
		wait(time.Second)
		l.Yield()
		l.Lost(errors.New("too late to be lost"))
		second := attach(t, c, oneWay)
		expect(t, second, "b")
		second.Lost(errors.New("cut"))
		if c.Context().Err() == nil {
			t.Error("the session outlived its stream")
		}
	})
}

// opener is a sink that says something when the first carrier comes.
type opener struct {
	*sink
	c *session.Conn
}

func (o opener) Opened() {
	o.c.Offer(session.Packet{Type: session.PacketMessage, Data: []byte("first")})
}

func TestSinkIsToldOfTheFirstCarrier(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := session.NewConn(t.Context(), session.NewID(), &session.Config{}, session.Peer{})
		c.SetSink(opener{&sink{}, c})
		expect(t, attach(t, c, stream), "first")
		expectErr(t, attach(t, c, stream), session.ErrIdle)
		c.Kill(&session.CloseError{Code: session.Normal})
	})
}
