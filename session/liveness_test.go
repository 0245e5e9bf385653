package session_test

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
)

func pinging() *session.Config {
	return &session.Config{PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second}
}

func TestPingsFollowThePong(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, pinging())
		l := attach(t, c, stream)
		for range 3 {
			wait(25*time.Second - 1)
			expectErr(t, l, session.ErrIdle)
			wait(1)
			expect(t, l, "ping")
			wait(7 * time.Second)
			expectErr(t, l, session.ErrIdle)
			pong(t, c)
		}
	})
}

func TestMissingPongEndsTheSession(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, pinging())
		l := attach(t, c, stream)
		wait(25 * time.Second)
		expect(t, l, "ping")
		send(t, c, "not proof of life")
		expect(t, l, "not proof of life")
		deliver(t, c, message("neither"))
		wait(20*time.Second - 1)
		expectState(t, c, session.Open)
		wait(1)
		expectCause(t, c, session.PingTimeout, true)
		expectErr(t, l, io.EOF)
	})
}

func TestPongAtTheLastMomentCounts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, pinging())
		l := attach(t, c, stream)
		wait(45*time.Second - 1)
		pong(t, c)
		expect(t, l, "ping")
		wait(45*time.Second - 1)
		expectState(t, c, session.Open)
		wait(1)
		expectCause(t, c, session.PingTimeout, true)
	})
}

func TestNoPingsWithoutAnInterval(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{PingTimeout: time.Second})
		l := attach(t, c, stream)
		wait(24 * time.Hour)
		expectErr(t, l, session.ErrIdle)
		if c.StopTimer() {
			t.Error("a timer runs")
		}
		expectState(t, c, session.Open)
	})
}

// A client that only posts pongs must not fill the control lane.
func TestOnePingWaitsAtATime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, pinging())
		attach(t, c, poll).Release()
		for range 5 {
			wait(25 * time.Second)
			pong(t, c)
		}
		l := attach(t, c, poll)
		expect(t, l, "ping")
		expectErr(t, l, session.ErrIdle)
	})
}

// A lent ping does not stand for the next one: its client may have answered
// while the rest of its batch was still being written.
func TestPingComesWhileTheLastOneIsStillLent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, pinging())
		l := attach(t, c, stream)
		wait(25 * time.Second)
		b := borrow(t, l, "ping")
		pong(t, c)
		wait(25 * time.Second)
		b.Commit()
		expect(t, l, "ping")
	})
}

func TestPingOvertakesTheQueueButNotALentBatch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, pinging())
		l := attach(t, c, stream)
		send(t, c, "a")
		b := borrow(t, l, "a")
		send(t, c, "b")
		wait(25 * time.Second)
		b.Commit()
		b = borrow(t, l, "ping b")
		b.Rollback()
		expect(t, l, "ping b")
	})
}

// stalled runs a session whose sink is blocked from one time to another and
// returns it when its end is due.
func stalled(t *testing.T, from, until, end time.Duration) *session.Conn {
	c, s := newConn(t, pinging())
	gate := make(chan struct{})
	s.deliver = func(session.Packet) error { c.Stall(func() { <-gate }); return nil }
	attach(t, c, stream)
	wait(from)
	done := make(chan struct{})
	go func() { c.Deliver(message("x")); close(done) }()
	if until < end {
		wait(until - from)
		close(gate)
		wait(end - until - 1)
	} else {
		wait(end - from - 1)
	}
	expectState(t, c, session.Open)
	wait(1)
	if until >= end {
		close(gate)
	}
	<-done
	return c
}

func TestBlockedInboundExtendsTheDeadline(t *testing.T) {
	for name, tt := range map[string]struct {
		from, until, end time.Duration // since the last proof
		code             session.Code
	}{
		"by the time blocked":                    {10, 22, 45 + 12, session.PingTimeout},
		"blocked over the deadline":              {40, 58, 45 + 18, session.PingTimeout},
		"by a minute at most":                    {10, 71, 45 + 60, session.Stalled},
		"for ever":                               {10, 1e6, 45 + 60, session.Stalled},
		"for ever, since just before the end":    {44, 1e6, 45 + 60, session.Stalled},
		"for less than a minute, just before it": {44, 44 + 59, 45 + 59, session.PingTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c := stalled(t, tt.from*time.Second, tt.until*time.Second, tt.end*time.Second)
				expectCause(t, c, tt.code, tt.code == session.PingTimeout)
			})
		})
	}
}

// While inbound is blocked the clock and the deadline advance together. The
// timer must not run after them in ever shorter steps.
func TestBlockedInboundDoesNotSpinTheTimer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := stalled(t, 45*time.Second-1, 1e6*time.Second, 105*time.Second)
		expectCause(t, c, session.Stalled, false)
	})
}

func TestPingsGoOnWhileBlocked(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, s := newConn(t, pinging())
		gate := make(chan struct{})
		s.deliver = func(session.Packet) error { c.Stall(func() { <-gate }); return nil }
		l := attach(t, c, stream)
		go c.Deliver(message("x"))
		wait(25 * time.Second)
		expect(t, l, "ping")
		close(gate)
	})
}

func TestProofEndsTheExtension(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, s := newConn(t, pinging())
		s.deliver = func(session.Packet) error { c.Stall(func() { time.Sleep(30 * time.Second) }); return nil }
		attach(t, c, stream)
		c.Deliver(message("x"))
		wait(45 * time.Second) // at 75 s, the extended deadline; the timer runs on the same clock
		expectCause(t, c, session.PingTimeout, true)

		c, s = newConn(t, pinging())
		s.deliver = func(session.Packet) error { c.Stall(func() { time.Sleep(30 * time.Second) }); return nil }
		attach(t, c, stream)
		c.Deliver(message("x"))
		pong(t, c)
		wait(45*time.Second - 1)
		expectState(t, c, session.Open)
		wait(1)
		expectCause(t, c, session.PingTimeout, true)
	})
}

func TestLostStreamEndsTheSession(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		l := attach(t, c, stream)
		l.Lost(io.ErrUnexpectedEOF)
		expectCause(t, c, session.TransportLost, true)
		expectErr(t, l, session.ErrReleased)
	})
}

// A stream that is given back in any way is lost: nothing else would ever end
// a session without pings.
func TestReleasedStreamIsLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		attach(t, c, stream).Release()
		expectCause(t, c, session.TransportLost, true)
	})
}

func TestDetachGrace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cfg := pinging()
		cfg.DetachGrace = 2 * time.Minute
		c, _ := newConn(t, cfg)
		l := attach(t, c, stream)
		wait(40 * time.Second) // one ping unanswered, five seconds left
		expect(t, l, "ping")
		l.Lost(io.ErrUnexpectedEOF)
		send(t, c, "kept")
		wait(2*time.Minute - 1)
		expectState(t, c, session.Open)

		l = attach(t, c, stream) // a proof of life: the cycle begins anew
		expect(t, l, "kept")
		wait(25*time.Second - 1)
		expectErr(t, l, session.ErrIdle)
		wait(1)
		expect(t, l, "ping")
		pong(t, c)

		l.Lost(nil)
		wait(2*time.Minute - 1)
		expectState(t, c, session.Open)
		wait(1)
		expectCause(t, c, session.TransportLost, true)
	})
}

func TestSupersededCarrierIsNotMissed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		first := attach(t, c, stream)
		second := attach(t, c, stream)
		first.Lost(io.EOF)
		expectState(t, c, session.Open)
		send(t, c, "a")
		expect(t, second, "a")
	})
}

func TestTimerThatFiresLateDoesNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, pinging())
		l := attach(t, c, stream)
		c.FireTimer()
		expectErr(t, l, session.ErrIdle)
		expectState(t, c, session.Open)
		c.Kill(&session.CloseError{Code: session.Normal})
		c.FireTimer()
		synctest.Wait()
		expectCause(t, c, session.Normal, false)
	})
}

// mute carriers have no pings.
var mute = &session.Carrier{Transport: "websocket", Dialect: "Hixie76", Stream: true, Mute: true}

func TestAMuteCarrierIsNeverAsked(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, pinging())
		l := attach(t, c, mute)
		expectErr(t, l, session.ErrIdle)
		wait(24 * time.Hour)
		expectErr(t, l, session.ErrIdle)
		expectState(t, c, session.Open)
		if c.StopTimer() {
			t.Error("a timer runs")
		}
		l.Lost(io.ErrUnexpectedEOF)
		expectCause(t, c, session.TransportLost, true)
	})
}

// What a carrier can do is the carrier's: a session that moves to one with
// pings is asked again, and the other way round.
func TestPingsBeginAndEndWithTheirCarrier(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cfg := pinging()
		cfg.DetachGrace = time.Minute
		c, _ := newConn(t, cfg)
		attach(t, c, mute).Lost(io.ErrUnexpectedEOF)
		wait(time.Minute - 1)
		l := attach(t, c, stream)
		wait(25 * time.Second)
		expect(t, l, "ping")
		l.Lost(io.ErrUnexpectedEOF)
		l = attach(t, c, mute)
		wait(24 * time.Hour)
		expectErr(t, l, session.ErrIdle)
		expectState(t, c, session.Open)
	})
}
