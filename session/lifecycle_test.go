package session_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
)

func TestFirstAttachOpensTheSession(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{Protocol: "Engine.IO 4"})
		expectState(t, c, session.Opening)
		if c.Carrier() != nil || c.Peer().Transport != "" {
			t.Error("a carrier before the first Attach")
		}
		attach(t, c, textual)
		expectState(t, c, session.Open)
		p := c.Peer()
		if p.Transport != "websocket" || p.Dialect != "Hixie76" || p.Binary || p.Protocol != "Engine.IO 4" || p.Opened.IsZero() {
			t.Errorf("peer is %+v", p)
		}
	})
}

func TestHandshakeTimeout(t *testing.T) {
	for name, tt := range map[string]struct{ set, want time.Duration }{
		"default": {0, 10 * time.Second},
		"set":     {3 * time.Second, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c, _ := newConn(t, &session.Config{HandshakeTimeout: tt.set})
				wait(tt.want - 1)
				expectState(t, c, session.Opening)
				wait(1)
				expectCause(t, c, session.HandshakeTimeout, true)
				if _, err := c.Attach(stream, nil); !errors.Is(err, session.ErrClosed) {
					t.Errorf("Attach after the end: %v", err)
				}
			})
		})
	}
}

func TestAttachEndsTheHandshakeTimeout(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		wait(10*time.Second - 1)
		l := attach(t, c, poll)
		l.Release()
		wait(time.Hour)
		expectState(t, c, session.Open)
	})
}

// A client may post before its first poll has arrived.
func TestPacketsAreTakenBeforeTheFirstCarrier(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, s := newConn(t, &session.Config{PingInterval: time.Second})
		deliver(t, c, message("early"))
		pong(t, c)
		expectGot(t, s, "early")
		wait(10 * time.Second)
		expectCause(t, c, session.HandshakeTimeout, true)
	})
}

func TestCloseIsTheLastEntry(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, s := newConn(t, &session.Config{PingInterval: time.Second})
		l := attach(t, c, stream)
		send(t, c, "a", "b")
		if err := c.Close(session.Forced, "enough"); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(session.Normal, ""); !errors.Is(err, session.ErrClosed) {
			t.Errorf("second Close: %v", err)
		}
		if err := c.Send(t.Context(), session.Message{}); !errors.Is(err, session.ErrClosed) {
			t.Errorf("Send after Close: %v", err)
		}
		if err := c.Offer(message("x")); !errors.Is(err, session.ErrClosed) {
			t.Errorf("Offer after Close: %v", err)
		}
		if err := c.Deliver(message("late")); !errors.Is(err, session.ErrClosed) {
			t.Errorf("Deliver after Close: %v", err)
		}
		wait(2 * time.Second) // no ping comes any more
		b := borrow(t, l, "a b close:3500")
		if b.Packets[2].Reason != "enough" {
			t.Errorf("the close packet's reason is %q", b.Packets[2].Reason)
		}
		expectState(t, c, session.Closing)
		if s.overs() != 1 {
			t.Error("the sink does not know that nothing will be delivered any more")
		}
		b.Commit()
		expectCause(t, c, session.Forced, false)
		expectErr(t, l, io.EOF)
		expectGot(t, s)
	})
}

func TestAttachWhileClosingDrains(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		attach(t, c, poll).Release()
		send(t, c, "a")
		c.Close(session.Normal, "")
		wait(29 * time.Second)
		p := attach(t, c, poll)
		expect(t, p, "a") // the close has a poll of its own
		expectState(t, c, session.Closing)
		expect(t, p, "close:1000")
		expectCause(t, c, session.Normal, false)
	})
}

func TestLingerBoundsTheDrain(t *testing.T) {
	for name, tt := range map[string]struct{ set, want time.Duration }{
		"default": {0, 30 * time.Second},
		"set":     {time.Second, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c, _ := newConn(t, &session.Config{Linger: tt.set, PingInterval: time.Second})
				l := attach(t, c, stream)
				send(t, c, "a")
				b := borrow(t, l, "a") // its write hangs
				c.Close(session.Normal, "")
				wait(tt.want - 1)
				expectState(t, c, session.Closing)
				wait(1)
				expectCause(t, c, session.Normal, false)
				b.Commit()
				expectErr(t, l, io.EOF)
			})
		})
	}
}

func TestCarrierLostWhileClosingEndsTheSession(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{DetachGrace: time.Minute})
		l := attach(t, c, stream)
		c.Close(session.Forced, "")
		l.Lost(io.ErrClosedPipe)
		expectCause(t, c, session.Forced, false)
	})
}

func TestAbortDiscardsWhatIsNotLent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		l := attach(t, c, stream)
		send(t, c, "lent")
		b := borrow(t, l, "lent")
		send(t, c, "discarded")
		c.Abort(&session.CloseError{Code: session.MessageTooBig})
		b.Commit()
		expect(t, l, "close:1009")
		expectCause(t, c, session.MessageTooBig, false)
	})
}

func TestAbortCutsADrainShort(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		l := attach(t, c, stream)
		send(t, c, "a")
		c.Close(session.Normal, "")
		if err := c.Abort(&session.CloseError{Code: session.PolicyViolated}); !errors.Is(err, session.ErrClosed) {
			t.Errorf("Abort after Close: %v", err)
		}
		expect(t, l, "close:1000") // the first call counts
		expectCause(t, c, session.Normal, false)
	})
}

func TestAbortDoesNotDoubleALentClose(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		l := attach(t, c, stream)
		c.Close(session.Normal, "")
		b := borrow(t, l, "close:1000")
		c.Abort(&session.CloseError{Code: session.PolicyViolated})
		b.Rollback()
		expect(t, l, "close:1000")
		expectCause(t, c, session.Normal, false)
	})
}

func TestKillTellsTheClientNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		b := &bell{c: c}
		l, _ := c.Attach(stream, b.ring)
		expectErr(t, l, session.ErrIdle)
		c.Kill(&session.CloseError{Code: session.Revoked})
		b.expect(t, 1)
		expectErr(t, l, io.EOF)
		expectCause(t, c, session.Revoked, false)
		c.Kill(&session.CloseError{Code: session.Normal})
		expectCause(t, c, session.Revoked, false)
	})
}

func TestRemoteCloseEndsTheSessionAtOnce(t *testing.T) {
	for _, tt := range []struct{ sent, want session.Code }{{0, session.Normal}, {session.GoingAway, session.GoingAway}} {
		bubble(t, func(t *testing.T) {
			c, s := newConn(t, &session.Config{})
			b := &bell{c: c}
			l, _ := c.Attach(stream, b.ring)
			expectErr(t, l, session.ErrIdle)
			deliver(t, c, message("last"))
			deliver(t, c, session.Packet{Type: session.PacketClose, Code: tt.sent, Reason: "bye"})
			expectGot(t, s, "last")
			b.expect(t, 1)
			expectErr(t, l, io.EOF)
			expectCause(t, c, tt.want, true)
		})
	}
}

func TestBothSidesCloseAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		attach(t, c, stream)
		c.Close(session.Forced, "")
		deliver(t, c, session.Packet{Type: session.PacketClose})
		expectCause(t, c, session.Forced, false)
	})
}

func TestSinkErrorEndsTheSession(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		want session.Code
	}{
		"any error":    {io.ErrUnexpectedEOF, session.ProtocolError},
		"a CloseError": {&session.CloseError{Code: session.PolicyViolated}, session.PolicyViolated},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c, s := newConn(t, &session.Config{})
				s.deliver = func(session.Packet) error { return tt.err }
				l := attach(t, c, stream)
				send(t, c, "discarded")
				if err := c.Deliver(message("bad")); err != tt.err {
					t.Errorf("Deliver: %v, want the sink's error", err)
				}
				expectState(t, c, session.Closing)
				b, err := l.TryNext(maxBatch)
				if err != nil || len(b.Packets) != 1 || b.Packets[0].Code != tt.want {
					t.Fatalf("lent %v, %v", b, err)
				}
				b.Commit()
				expectCause(t, c, tt.want, false)
			})
		})
	}
}

func TestDeliverWithoutASinkFails(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := session.NewConn(context.Background(), "id", &session.Config{}, session.Peer{})
		l := attach(t, c, stream)
		if err := c.Deliver(message("x")); err == nil {
			t.Error("no error")
		}
		expect(t, l, "close:1011")
	})
}

func TestOtherPacketsDoNotReachTheSink(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, s := newConn(t, &session.Config{})
		attach(t, c, stream)
		for _, p := range []session.PacketType{session.PacketPong, session.PacketNoop, session.PacketUpgrade} {
			deliver(t, c, session.Packet{Type: p})
		}
		expectGot(t, s)
	})
}

func TestConcurrentDeliverTakesTurns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, s := newConn(t, &session.Config{})
		gate := make(chan struct{})
		s.deliver = func(session.Packet) error { <-gate; return nil }
		attach(t, c, stream)
		var group sync.WaitGroup
		group.Go(func() { c.Deliver(message("a")) })
		synctest.Wait()
		group.Go(func() { c.Deliver(message("b")) })
		synctest.Wait()
		expectGot(t, s, "a")
		gate <- struct{}{}
		synctest.Wait()
		expectGot(t, s, "a", "b")
		late := make(chan error, 1)
		go func() { late <- c.Deliver(message("c")) }()
		synctest.Wait()
		c.Kill(&session.CloseError{Code: session.Normal})
		if err := <-late; !errors.Is(err, session.ErrClosed) {
			t.Errorf("Deliver that waited for its turn: %v", err)
		}
		close(gate)
		group.Wait()
		expectGot(t, s, "a", "b")
	})
}

func TestSetSinkAfterTheEndIsTold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := session.NewConn(context.Background(), "id", &session.Config{}, session.Peer{})
		c.Kill(&session.CloseError{Code: session.Revoked})
		s := &sink{}
		c.SetSink(s)
		if s.overs() != 1 || !errors.Is(s.cause, session.ErrClosed) {
			t.Errorf("told %d times, cause %v", s.overs(), s.cause)
		}
	})
}

func TestSetSinkRacingTheEndIsToldOnce(t *testing.T) {
	for range 2000 {
		c := session.NewConn(context.Background(), "id", &session.Config{}, session.Peer{})
		s := &sink{}
		var group sync.WaitGroup
		group.Go(func() { c.Kill(&session.CloseError{Code: session.Revoked}) })
		group.Go(func() { c.SetSink(s) })
		group.Wait()
		if s.overs() != 1 || s.cause == nil {
			t.Fatalf("told %d times, cause %v", s.overs(), s.cause)
		}
	}
}

func TestContextGivenToNewConnEndsTheSession(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		c := session.NewConn(ctx, "id", &session.Config{}, session.Peer{})
		attach(t, c, stream)
		cancel(io.ErrNoProgress)
		synctest.Wait()
		expectCause(t, c, session.GoingAway, false)
		if cause := context.Cause(c.Context()); !errors.Is(cause, io.ErrNoProgress) {
			t.Errorf("cause is %v", cause)
		}
	})
}

// observer records what it was told.
type observer struct {
	mu      sync.Mutex // guards below
	events  []string
	dropped int
}

func (o *observer) SessionOpened(p session.Peer) { o.add("opened " + p.Transport) }
func (o *observer) SessionClosed(p session.Peer, cause error) {
	var ce *session.CloseError
	errors.As(cause, &ce)
	o.add("closed " + p.Transport + " " + ce.Code.String())
}
func (o *observer) PacketsDropped(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.dropped += n
}

func (o *observer) add(e string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.events = append(o.events, e)
}

func TestObserverIsToldOfBeginningAndEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := &observer{}
		cfg := &session.Config{Observer: o}
		newConn(t, cfg) // never attached: never announced
		c, _ := newConn(t, cfg)
		attach(t, c, poll).Release()
		attach(t, c, poll).Release()
		if _, err := c.Probe(stream, nil); err != nil {
			t.Fatal(err)
		}
		wait(time.Minute)
		c.Kill(&session.CloseError{Code: session.Revoked})
		if want := []string{"opened polling", "closed polling revoked"}; !slices.Equal(o.events, want) {
			t.Errorf("told %q, want %q", o.events, want)
		}
	})
}

// A handler may begin before its carrier is attached.
func TestTheExpectedCarrierCountsFromTheStart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		c.Expect(textual)
		if p := c.Peer(); p.Dialect != "Hixie76" || p.Binary || c.Carrier() != textual {
			t.Errorf("peer %+v, carrier %v", p, c.Carrier())
		}
		if err := c.Send(t.Context(), session.Message{Kind: session.Binary}); !errors.Is(err, session.ErrUnsupported) {
			t.Errorf("sending binary: %v", err)
		}
		send(t, c, "text")
		expectState(t, c, session.Opening)
		expect(t, attach(t, c, textual), "text")
	})
}
