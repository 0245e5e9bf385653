package session_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
)

// drained drains n sessions whose clients read, and returns how many were over
// in each second, and when the last was.
func drained(t *testing.T, n int, ctx context.Context, spread time.Duration) (perSecond []int, last time.Duration) {
	t.Helper()
	m := session.NewManager()
	over := make(chan struct{}, n)
	for range n {
		c := open(t, m, &session.Config{})
		send(t, c, "queued")
		l := attach(t, c, stream)
		go l.Run(context.Background(), 1<<16, func([]session.Packet) error { return nil })
		context.AfterFunc(c.Context(), func() { over <- struct{}{} })
	}
	began := time.Now()
	done := sending(func() error { return m.Drain(ctx, spread) })
	for range n {
		<-over
		last = time.Since(began)
		for len(perSecond) <= int(last/time.Second) {
			perSecond = append(perSecond, 0)
		}
		perSecond[last/time.Second]++
	}
	if err := finished(t, done); err != nil {
		t.Error(err)
	}
	if time.Since(began) != last {
		t.Errorf("Drain returned after %v, the last session was over after %v", time.Since(began), last)
	}
	return perSecond, last
}

func TestDrainSpreadsTheEnds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		perSecond, last := drained(t, 3000, t.Context(), 5*time.Second)
		if last >= 5*time.Second || len(perSecond) != 5 {
			t.Errorf("the last is over after %v", last)
		}
		for i, n := range perSecond {
			if n != 600 {
				t.Errorf("%d sessions are over in second %d, want 600", n, i)
			}
		}
	})
}

func TestDrainOfFewDoesNotTakeLong(t *testing.T) {
	bubble(t, func(t *testing.T) {
		if _, last := drained(t, 1, t.Context(), time.Hour); last != 0 {
			t.Errorf("one takes %v", last)
		}
		if _, last := drained(t, 11, t.Context(), time.Hour); last != 100*time.Millisecond {
			t.Errorf("eleven take %v", last)
		}
	})
}

func TestDrainWithoutSpreadIsAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		if _, last := drained(t, 500, t.Context(), 0); last != 0 {
			t.Errorf("it takes %v", last)
		}
	})
}

func TestDrainLeavesTimeBeforeItsDeadline(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		if _, last := drained(t, 1000, ctx, time.Minute); last >= 3*time.Second || last < 2*time.Second {
			t.Errorf("it takes %v of 4 s", last)
		}
	})
}

// A session is alive until it is its turn.
func TestDrainedSessionsGoOnUntilTheirTurn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := session.NewManager()
		var leases []*session.Lease
		var conns []*session.Conn
		for range 3 {
			c := open(t, m, &session.Config{})
			conns, leases = append(conns, c), append(leases, attach(t, c, stream))
		}
		done := sending(func() error { return m.Drain(t.Context(), time.Hour) })
		for turn := range 3 {
			synctest.Wait()
			closing := 0
			for _, c := range conns {
				if c.State() >= session.Closing {
					closing++
				}
			}
			if closing != turn+1 {
				t.Errorf("at turn %d, %d are closing", turn, closing)
			}
			for _, c := range conns {
				err := c.Offer(session.Packet{Type: session.PacketMessage, Data: []byte("x")})
				if (err == nil) == (c.State() >= session.Closing) {
					t.Errorf("turn %d: Offer to a session that is %v: %v", turn, c.State(), err)
				}
			}
			time.Sleep(10 * time.Millisecond)
		}
		for _, l := range leases {
			l.Run(context.Background(), 1<<16, func([]session.Packet) error { return nil })
		}
		if err := finished(t, done); err != nil {
			t.Error(err)
		}
	})
}

func TestDrainIsCutShort(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := session.NewManager()
		for range 100 {
			attach(t, open(t, m, &session.Config{}), stream)
		}
		why := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		done := sending(func() error { return m.Drain(ctx, time.Hour) })
		wait(50 * time.Millisecond)
		expectPending(t, done)
		cancel(why)
		if err := finished(t, done); err != why || m.Len() != 0 {
			t.Errorf("%v, %d sessions left", err, m.Len())
		}
	})
}
