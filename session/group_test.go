package session_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/everwire/everwire/session"
)

// attached returns a session with a carrier of a kind, and its lease.
func attached(t *testing.T, k *session.Carrier, cfg *session.Config) (*session.Conn, *session.Lease) {
	t.Helper()
	c, _ := newConn(t, cfg)
	return c, attach(t, c, k)
}

func expectQueued(t *testing.T, got, want int) {
	t.Helper()
	if got != want {
		t.Errorf("queued for %d, want %d", got, want)
	}
}

func TestBroadcastReachesEveryMemberOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var g session.Group
		expectQueued(t, g.Broadcast(session.Message{Data: []byte("nobody")}), 0)
		var leases []*session.Lease
		for _, k := range []*session.Carrier{stream, textual, poll} {
			c, l := attached(t, k, &session.Config{})
			g.Add(c)
			g.Add(c) // once is enough
			leases = append(leases, l)
		}
		left, l := attached(t, stream, &session.Config{})
		g.Add(left)
		g.Remove(left)
		g.Remove(left)
		if g.Len() != 3 {
			t.Errorf("%d members", g.Len())
		}
		expectQueued(t, g.Broadcast(session.Message{Kind: session.JSON, Data: []byte("[]")}), 3)
		expectErr(t, l, session.ErrIdle)

		// What is encoded for one is there for all of its kind.
		build := 0
		for _, l := range leases {
			b := borrow(t, l, "[]")
			p := b.Packets[0]
			if p.Kind != session.JSON || !p.Compress || p.Prepared == nil {
				t.Fatalf("lent %+v", p)
			}
			frame := p.Prepared.Frame(3, func() []byte { build++; return []byte("frame") })
			if string(frame) != "frame" {
				t.Errorf("frame %q", frame)
			}
			b.Commit()
		}
		if build != 1 {
			t.Errorf("built %d times", build)
		}
	})
}

// TestBroadcastsAreNotMixedUp: each has frames of its own.
func TestBroadcastsAreNotMixedUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var g session.Group
		c, l := attached(t, stream, &session.Config{})
		g.Add(c)
		for _, s := range []string{"one", "two"} {
			expectQueued(t, g.Broadcast(session.Message{Data: []byte(s)}), 1)
		}
		b := borrow(t, l, "one two")
		for _, p := range b.Packets {
			if got := p.Prepared.Frame(0, func() []byte { return p.Data }); string(got) != string(p.Data) {
				t.Errorf("frame %q of %q", got, p.Data)
			}
		}
		b.Commit()
	})
}

func TestBroadcastCountsWhoIsReached(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var g session.Group
		closing, _ := attached(t, stream, &session.Config{})
		closing.Close(session.Normal, "")
		over, _ := attached(t, stream, &session.Config{})
		over.Kill(&session.CloseError{})
		full, fullLease := attached(t, stream, &session.Config{OutboxMessages: 1, Overflow: session.Refuse})
		send(t, full, "first")
		slow, _ := attached(t, stream, &session.Config{OutboxMessages: 1})
		send(t, slow, "first")
		hixie, hixieLease := attached(t, textual, &session.Config{})
		ready, l := attached(t, stream, &session.Config{})
		for _, s := range []session.Session{closing, over, full, slow, hixie, ready, &script{}} {
			g.Add(s)
		}
		expectQueued(t, g.Broadcast(session.Message{Kind: session.Binary, Data: []byte("b")}), 1)
		expect(t, l, "b")
		expectErr(t, hixieLease, session.ErrIdle)
		expect(t, fullLease, "first")
		expectState(t, slow, session.Closing) // as its Overflow says
		expectQueued(t, g.Broadcast(session.Message{Data: []byte("t")}), 3)
		expect(t, hixieLease, "t")
	})
}

// TestBroadcastWakesMembers: a member whose reader is at work as well, once it
// is through.
func TestBroadcastWakesMembers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var g session.Group
		c, l, b := held(t, &session.Config{})
		g.Add(c)
		g.Broadcast(session.Message{Data: []byte("a")})
		b.expect(t, 0)
		expectFlush(t, l, true)
		expectArm(t, borrow(t, l, "a"), true)
		g.Broadcast(session.Message{Data: []byte("b")})
		b.expect(t, 1)
	})
}

// TestAMemberThatLeavesInOver: a broadcast that ends a session must not wait
// for itself.
func TestAMemberThatLeavesInOver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var g session.Group
		a := &attendant{respond: echo}
		a.opened, a.over = func(s session.Session) { g.Add(s) }, func(error) { g.Remove(a.served) }
		c := responding(t, &session.Config{OutboxMessages: 1}, a)
		attach(t, c, stream)
		expectQueued(t, g.Broadcast(session.Message{Data: []byte("taken")}), 1)
		expectQueued(t, g.Broadcast(session.Message{Data: []byte("too much")}), 0)
		if g.Len() != 0 {
			t.Errorf("%d members are left", g.Len())
		}
	})
}

// TestGroupUnderConcurrency: who is a member all the time gets every broadcast
// of each sender, in order.
func TestGroupUnderConcurrency(t *testing.T) {
	const senders, each = 4, 200
	var g session.Group
	cfg := &session.Config{OutboxMessages: 2 * senders * each}
	stays, l := attached(t, stream, cfg)
	g.Add(stays)
	var group, others sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		c, _ := attached(t, stream, cfg)
		others.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					g.Add(c)
					g.Len()
					g.Remove(c)
				}
			}
		})
	}
	for i := range senders {
		group.Go(func() {
			for n := range each {
				if g.Broadcast(session.Message{Data: []byte{byte(i), byte(n)}}) < 1 {
					t.Error("not queued for the one who stays")
				}
			}
		})
	}
	group.Wait()
	close(stop)
	others.Wait()
	next := make([]int, senders)
	for range senders * each {
		b, err := l.Next(context.Background(), 1)
		if err != nil {
			t.Fatal(err)
		}
		i, n := b.Packets[0].Data[0], int(b.Packets[0].Data[1])
		if n != next[i] {
			t.Fatalf("broadcast %d of %d, want %d", n, i, next[i])
		}
		next[i]++
		b.Commit()
	}
	if !slices.Equal(next, slices.Repeat([]int{each}, senders)) {
		t.Errorf("got %v", next)
	}
	if g.Len() != 1 {
		t.Errorf("%d members", g.Len())
	}
}
