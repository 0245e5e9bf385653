package session_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
)

// clientPings is the heartbeat of Engine.IO 3.
func clientPings() *session.Config {
	return &session.Config{PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second, ClientPings: true}
}

func TestClientsPingIsAnswered(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, clientPings())
		l := attach(t, c, stream)
		for range 3 {
			wait(30 * time.Second)
			expectErr(t, l, session.ErrIdle)
			deliver(t, c, session.Packet{Type: session.PacketPing})
			expect(t, l, "pong")
		}
	})
}

// TestClientsPingsAreBounded: one that pings and does not read costs no more.
func TestClientsPingsAreBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, clientPings())
		l := attach(t, c, stream)
		for range 1000 {
			deliver(t, c, session.Packet{Type: session.PacketPing})
		}
		b, err := l.TryNext(maxBatch)
		if err != nil || len(b.Packets) < 2 || len(b.Packets) > 64 {
			t.Errorf("%d packets are lent, %v", len(b.Packets), err)
		}
	})
}

// TestAnyPacketProvesTheClientsLife: engine.io 3.6 sets its timer anew with each.
func TestAnyPacketProvesTheClientsLife(t *testing.T) {
	for _, p := range []session.Packet{message("hi"), {Type: session.PacketPing}, {Type: session.PacketNoop}} {
		t.Run(p.Type.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c, _ := newConn(t, clientPings())
				attach(t, c, stream)
				wait(45*time.Second - 1)
				deliver(t, c, p)
				wait(45*time.Second - 1)
				expectState(t, c, session.Open)
				wait(1)
				expectCause(t, c, session.PingTimeout, true)
			})
		})
	}
}

// TestHeldBackClientHearsOfTheServer: its ping stands in line behind what is
// held, and its own patience must not end the session.
func TestHeldBackClientHearsOfTheServer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, clientPings())
		l := attach(t, c, stream)
		c.Stall(func() {
			wait(10*time.Second - 1)
			expectErr(t, l, session.ErrIdle)
			wait(1)
			expect(t, l, "noop")
			wait(10 * time.Second)
			expect(t, l, "noop")
		})
		wait(20 * time.Second)
		expectErr(t, l, session.ErrIdle)
	})
}

// polled is a session of Socket.IO 0.9.
func polled() *session.Config {
	return &session.Config{PingInterval: 25 * time.Second, PingTimeout: 60 * time.Second,
		PollGrace: 8 * time.Second, DetachGrace: 50 * time.Second}
}

func TestSessionEndsWithoutItsNextPoll(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, polled())
		attach(t, c, oldPoll).Release()
		wait(8*time.Second - 1)
		l := attach(t, c, oldPoll)
		wait(time.Hour)
		expectState(t, c, session.Open)
		expectErr(t, l, session.ErrIdle) // and no ping
		l.Release()
		wait(8*time.Second - 1)
		expectState(t, c, session.Open)
		wait(1)
		expectCause(t, c, session.TransportLost, true)
	})
}

// TestPollThatWasCutIsAPollThatIsMissing: the client asks again.
func TestPollThatWasCutIsAPollThatIsMissing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, polled())
		attach(t, c, oldPoll).Lost(errors.New("cut"))
		wait(8*time.Second - 1)
		expectState(t, c, session.Open)
		wait(1)
		expectCause(t, c, session.TransportLost, true)
	})
}

func TestSupersededPollEndsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, polled())
		first := attach(t, c, oldPoll)
		second := attach(t, c, oldPoll)
		expectErr(t, first, session.ErrSuperseded)
		first.Release()
		wait(time.Minute)
		expectState(t, c, session.Open)
		send(t, c, "for the second")
		expect(t, second, "for the second")
	})
}

// TestPingsOnlyOnStreams: a session that moves from polls to a stream and back
// has pings while it is there.
func TestPingsOnlyOnStreams(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, polled())
		attach(t, c, oldPoll)
		l := attach(t, c, stream)
		wait(25 * time.Second)
		expect(t, l, "ping")
		pong(t, c)
		l.Lost(nil)
		wait(50*time.Second - 1)
		back := attach(t, c, oldPoll)
		wait(5 * time.Minute)
		expectState(t, c, session.Open)
		expectErr(t, back, session.ErrIdle)
		again := attach(t, c, stream)
		wait(25 * time.Second)
		expect(t, again, "ping")
		wait(60 * time.Second)
		expectCause(t, c, session.PingTimeout, true)
	})
}

func TestLaxPingsNeedNoAnswerBeforeTheFirst(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{PingInterval: 10 * time.Second, PingTimeout: 8 * time.Second, LaxPings: true})
		l := attach(t, c, stream)
		for range 5 {
			wait(10 * time.Second)
			expect(t, l, "ping")
		}
		pong(t, c)
		wait(10 * time.Second)
		expect(t, l, "ping")
		wait(8*time.Second - 1)
		expectState(t, c, session.Open)
		wait(1)
		expectCause(t, c, session.PingTimeout, true)
	})
}

// TestClientThatTurnsOutToKnowPings has to answer them from then on.
func TestClientThatTurnsOutToKnowPings(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{PingInterval: 10 * time.Second, PingTimeout: 8 * time.Second, LaxPings: true})
		c.ExpectPongs() // has no effect before the first carrier
		l := attach(t, c, stream)
		for range 2 {
			wait(10 * time.Second)
			expect(t, l, "ping")
		}
		wait(5 * time.Second)
		c.ExpectPongs()
		wait(3 * time.Second)
		c.ExpectPongs() // says nothing new
		wait(7*time.Second - 1)
		expectErr(t, l, session.ErrIdle)
		wait(1)
		expect(t, l, "ping")
		wait(8*time.Second - 1)
		expectState(t, c, session.Open)
		wait(1)
		expectCause(t, c, session.PingTimeout, true)
	})
}

// TestCloseOfASupersededCarrierIsItsOwn, and not the session's end.
func TestCloseOfASupersededCarrierIsItsOwn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, s := newConn(t, &session.Config{})
		first := attach(t, c, stream)
		second := attach(t, c, stream)
		if err := first.Deliver(message("late")); err != nil {
			t.Error(err)
		}
		if got := s.got; !slices.Equal(got, []string{"late"}) {
			t.Errorf("delivered %q", got)
		}
		closing := session.Packet{Type: session.PacketClose, Code: session.Normal}
		if err := first.Deliver(closing); !errors.Is(err, session.ErrSuperseded) {
			t.Errorf("Deliver: %v", err)
		}
		expectState(t, c, session.Open)
		if err := second.Deliver(closing); err != nil {
			t.Error(err)
		}
		expectCause(t, c, session.Normal, true)
	})
}

// TestCloseIsEchoed behind what is queued, where there is a carrier.
func TestCloseIsEchoed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{EchoClose: true})
		l := attach(t, c, stream)
		send(t, c, "first")
		deliver(t, c, session.Packet{Type: session.PacketClose})
		expectState(t, c, session.Closing)
		expect(t, l, "first close:1000")
		expectCause(t, c, session.Normal, true)
	})
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{EchoClose: true})
		attach(t, c, oldPoll).Release()
		deliver(t, c, session.Packet{Type: session.PacketClose})
		expectCause(t, c, session.Normal, true)
	})
}
