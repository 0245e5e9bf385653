package session_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
)

func probe(t *testing.T, c *session.Conn) *session.Lease {
	t.Helper()
	l, err := c.Probe(stream, nil)
	if err != nil {
		t.Fatalf("Probe: %v", err)
	}
	return l
}

func TestUpgradeMovesTheSession(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		attach(t, c, poll).Release()
		candidate := probe(t, c)
		send(t, c, "a")
		expectErr(t, candidate, session.ErrIdle) // everything still goes to the polls
		p := attach(t, c, poll)
		expect(t, p, "a")
		p.Release()
		send(t, c, "b")
		if c.Upgraded() || c.Peer().Transport != "polling" {
			t.Error("upgraded by the probe")
		}
		if err := candidate.Upgrade(); err != nil {
			t.Fatal(err)
		}
		if !c.Upgraded() || c.Peer().Transport != "websocket" {
			t.Error("not upgraded")
		}
		expect(t, candidate, "b")
		if err := candidate.Upgrade(); err == nil {
			t.Error("upgraded twice")
		}
	})
}

func TestUpgradeSupersedesThePendingPoll(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		old := &bell{c: c}
		p, _ := c.Attach(poll, old.ring)
		fresh := &bell{c: c}
		candidate, _ := c.Probe(stream, fresh.ring)
		expectErr(t, p, session.ErrIdle)
		expectErr(t, candidate, session.ErrIdle)
		if err := candidate.Upgrade(); err != nil {
			t.Fatal(err)
		}
		old.expect(t, 1)
		fresh.expect(t, 1)
		expectErr(t, p, session.ErrSuperseded)
		p.Release()
		expectState(t, c, session.Open)
	})
}

// A batch that a poll has borrowed before the upgrade goes first.
func TestUpgradeWaitsForThePollsSettlement(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		p := attach(t, c, poll)
		send(t, c, "a")
		b := borrow(t, p, "a")
		ring := &bell{c: c}
		candidate, _ := c.Probe(stream, ring.ring)
		if err := candidate.Upgrade(); err != nil {
			t.Fatal(err)
		}
		send(t, c, "b")
		expectErr(t, candidate, session.ErrIdle)
		b.Rollback()
		ring.expect(t, 1)
		p.Lost(nil)
		expectState(t, c, session.Open)
		expect(t, candidate, "a b")
	})
}

func TestUpgradeRestartsThePingCycle(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, pinging())
		p := attach(t, c, poll)
		wait(25 * time.Second)
		expect(t, p, "ping")
		wait(20*time.Second - 1) // the pong stays on the way
		candidate := probe(t, c)
		if err := candidate.Upgrade(); err != nil {
			t.Fatal(err)
		}
		wait(25*time.Second - 1)
		expectErr(t, candidate, session.ErrIdle)
		wait(1)
		expect(t, candidate, "ping")
		wait(20 * time.Second)
		expectCause(t, c, session.PingTimeout, true)
	})
}

func TestNoopsWhileProbing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		p := attach(t, c, poll)
		expectErr(t, p, session.ErrIdle)
		probe(t, c)
		for i := range 7 { // two soon, then one per 100 ms, while a poll waits
			every := 100 * time.Millisecond
			if i < 2 {
				every = 10 * time.Millisecond
			}
			expectErr(t, p, session.ErrIdle)
			wait(every - 1)
			expectErr(t, p, session.ErrIdle)
			wait(1)
			expect(t, p, "noop")
			p.Release()
			p = attach(t, c, poll)
		}
		send(t, c, "a")
		expect(t, p, "a") // data goes before noops
		p.Release()
		wait(time.Second) // noops are not saved up while no poll waits
		p = attach(t, c, poll)
		expectErr(t, p, session.ErrIdle)
	})
}

func TestWaitingPollIsWokenForANoop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		b := &bell{c: c}
		p, _ := c.Attach(poll, b.ring)
		expectErr(t, p, session.ErrIdle)
		probe(t, c)
		b.expect(t, 1)
		expectErr(t, p, session.ErrIdle)
		wait(10 * time.Millisecond)
		b.expect(t, 2)
		expect(t, p, "noop")
	})
}

func TestNoopDoesNotTouchTheQueue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, pinging())
		p := attach(t, c, poll)
		wait(25*time.Second - 11*time.Millisecond)
		probe(t, c)
		expectErr(t, p, session.ErrIdle)
		wait(10 * time.Millisecond)
		b := borrow(t, p, "noop")
		send(t, c, "a")
		wait(time.Millisecond)
		b.Commit()
		expect(t, p, "ping a")
	})
}

func TestSecondCandidateIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		if _, err := c.Probe(stream, nil); !errors.Is(err, session.ErrClosed) {
			t.Errorf("Probe before the session is open: %v", err)
		}
		attach(t, c, poll).Release()
		first := probe(t, c)
		if _, err := c.Probe(stream, nil); !errors.Is(err, session.ErrUpgrading) {
			t.Errorf("second Probe: %v", err)
		}
		if err := first.Upgrade(); err != nil {
			t.Errorf("the first candidate: %v", err)
		}
		if _, err := c.Probe(stream, nil); !errors.Is(err, session.ErrUpgraded) {
			t.Errorf("Probe after the upgrade: %v", err)
		}
		expectState(t, c, session.Open)
	})
}

func TestProbeOfASessionOpenedOnAStreamIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		attach(t, c, stream)
		if _, err := c.Probe(stream, nil); !errors.Is(err, session.ErrUpgraded) {
			t.Errorf("Probe: %v", err)
		}
	})
}

// A poll that was on its way during the upgrade must not take the session back.
func TestPollAfterTheUpgradeIsRefused(t *testing.T) {
	for _, k := range []*session.Carrier{poll, oldPoll} {
		bubble(t, func(t *testing.T) {
			c, _ := newConn(t, &session.Config{})
			attach(t, c, k).Release()
			candidate := probe(t, c)
			if err := candidate.Upgrade(); err != nil {
				t.Fatal(err)
			}
			send(t, c, "a")
			expect(t, candidate, "a")
			if _, err := c.Attach(k, nil); !errors.Is(err, session.ErrUpgraded) {
				t.Errorf("Attach: %v", err)
			}
			send(t, c, "b")
			expect(t, candidate, "b")
		})
	}
}

func TestExpiryEndsTheCandidateOnly(t *testing.T) {
	for name, tt := range map[string]struct{ set, want time.Duration }{
		"default": {0, 10 * time.Second},
		"set":     {2 * time.Second, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c, _ := newConn(t, &session.Config{UpgradeTimeout: tt.set})
				attach(t, c, poll).Release()
				b := &bell{c: c}
				candidate, _ := c.Probe(stream, b.ring)
				expectErr(t, candidate, session.ErrIdle)
				wait(tt.want - 1)
				b.expect(t, 0)
				wait(1)
				b.expect(t, 1)
				expectErr(t, candidate, session.ErrProbeExpired)
				if err := candidate.Upgrade(); !errors.Is(err, session.ErrProbeExpired) {
					t.Errorf("Upgrade: %v", err)
				}
				candidate.Lost(io.EOF)
				p := attach(t, c, poll)
				expectErr(t, p, session.ErrIdle) // no more noops
				wait(time.Second)
				expectErr(t, p, session.ErrIdle)
				if err := probe(t, c).Upgrade(); err != nil {
					t.Errorf("another candidate: %v", err)
				}
			})
		})
	}
}

func TestLostCandidateChangesNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		attach(t, c, poll).Release()
		b := &bell{c: c}
		candidate, _ := c.Probe(stream, b.ring)
		expectErr(t, candidate, session.ErrIdle)
		candidate.Lost(io.EOF)
		b.expect(t, 0) // whoever leaves is not woken
		expectErr(t, candidate, session.ErrReleased)
		if err := candidate.Upgrade(); !errors.Is(err, session.ErrReleased) {
			t.Errorf("Upgrade: %v", err)
		}
		expectState(t, c, session.Open)
		if c.StopTimer() {
			t.Error("the probe's timer runs on")
		}
		probe(t, c)
	})
}

func TestAbortEndsTheCandidate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		p := attach(t, c, poll)
		b := &bell{c: c}
		candidate, _ := c.Probe(stream, b.ring)
		expectErr(t, candidate, session.ErrIdle)
		send(t, c, "a")
		c.Abort(&session.CloseError{Code: session.Forced})
		b.expect(t, 1)
		expectErr(t, candidate, session.ErrClosed)
		if err := candidate.Upgrade(); !errors.Is(err, session.ErrClosed) {
			t.Errorf("Upgrade: %v", err)
		}
		candidate.Release()
		expect(t, p, "close:3500")
		expectCause(t, c, session.Forced, false)
	})
}

func TestUpgradeCanStillFinishWhileClosing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		attach(t, c, poll).Release()
		candidate := probe(t, c) // the client stops polling
		send(t, c, "a")
		c.Close(session.Normal, "")
		expectErr(t, candidate, session.ErrIdle)
		if err := candidate.Upgrade(); err != nil {
			t.Fatalf("Upgrade: %v", err)
		}
		expect(t, candidate, "a close:1000")
		expectCause(t, c, session.Normal, false)
	})
}

func TestUpgradeOfAnOrdinaryLeaseFails(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		if err := attach(t, c, stream).Upgrade(); !errors.Is(err, session.ErrClosed) {
			t.Errorf("Upgrade: %v", err)
		}
	})
}

func TestOneConnectionAtATimeWantsToUpgrade(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		if c.BeginUpgrade() {
			t.Error("claimed before the session was open")
		}
		attach(t, c, poll)
		if !c.BeginUpgrade() || c.BeginUpgrade() {
			t.Error("want one claim and no second")
		}
		c.EndUpgrade()
		if !c.BeginUpgrade() {
			t.Error("the claim was not given back")
		}
		if err := probe(t, c).Upgrade(); err != nil {
			t.Fatal(err)
		}
		c.EndUpgrade()
		if c.BeginUpgrade() {
			t.Error("claimed after the upgrade")
		}
	})
}
