package session_test

import (
	"errors"
	"io"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
)

// held returns a session with an idle stream whose wake is b, and which its
// reader holds.
func held(t *testing.T, cfg *session.Config) (*session.Conn, *session.Lease, *bell) {
	t.Helper()
	c, _ := newConn(t, cfg)
	b := &bell{c: c}
	l, err := c.Attach(stream, b.ring)
	if err != nil {
		t.Fatal(err)
	}
	expectErr(t, l, session.ErrIdle)
	l.Hold()
	return c, l, b
}

func expectFlush(t *testing.T, l *session.Lease, want bool) {
	t.Helper()
	if got := l.Flush(); got != want {
		t.Fatalf("Flush said %v, want %v", got, want)
	}
}

func expectArm(t *testing.T, b *session.Batch, want bool) {
	t.Helper()
	if got := b.CommitAndArm(); got != want {
		t.Fatalf("CommitAndArm said %v, want %v", got, want)
	}
}

func TestHoldRemembersTheWake(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, l, b := held(t, &session.Config{})
		send(t, c, "a", "b")
		b.expect(t, 0)
		expectFlush(t, l, true)
		expectFlush(t, l, false) // it was said
		send(t, c, "c")
		b.expect(t, 0) // Flush was the wake, and nothing has armed it since
		expect(t, l, "a b c")
		expectErr(t, l, session.ErrIdle)
		send(t, c, "d")
		b.expect(t, 1) // not held any more
		expect(t, l, "d")
	})
}

func TestFlushWithoutAWake(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, l, b := held(t, &session.Config{})
		expectFlush(t, l, false)
		l.Hold()
		send(t, c, "a")
		expect(t, l, "a") // a writer was at work and has seen it
		expectFlush(t, l, false)
		expectErr(t, l, session.ErrIdle)
		l.Hold()
		send(t, c, "b")
		expectArm(t, borrow(t, l, "b"), true)
		expectFlush(t, l, false)
		send(t, c, "c")
		b.expect(t, 1)
	})
}

func TestHoldBeforeTheLeaseIsIdle(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, l, b := held(t, &session.Config{})
		send(t, c, "a")
		batch := borrow(t, l, "a")
		send(t, c, "b") // the writer has to look again by itself
		batch.Commit()
		expect(t, l, "b")
		expectErr(t, l, session.ErrIdle)
		send(t, c, "c") // but not for this
		b.expect(t, 0)
		expectFlush(t, l, true)
	})
}

func TestStallEndsAHold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, l, b := held(t, &session.Config{})
		send(t, c, "before")
		b.expect(t, 0)
		c.Stall(func() {
			b.expect(t, 1)
			expectArm(t, borrow(t, l, "before"), true)
			send(t, c, "meanwhile")
			b.expect(t, 2)
			expectArm(t, borrow(t, l, "meanwhile"), true)
		})
		send(t, c, "after")
		b.expect(t, 2)
		expectFlush(t, l, true)
		expect(t, l, "after")
	})
}

func TestStallWithNothingToWake(t *testing.T) {
	bubble(t, func(t *testing.T) {
		_, l, b := held(t, &session.Config{})
		l.Flush()
		l.Hold()
		l.Flush()
		b.c.Stall(func() {})
		b.expect(t, 0)
	})
}

// TestStallsThatOverlap: the hold and the client's time are back to normal when
// the last of them ends.
func TestStallsThatOverlap(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, l, b := held(t, pinging())
		short, long := make(chan struct{}), make(chan struct{})
		go c.Stall(func() { <-long })
		wait(5 * time.Second)
		go c.Stall(func() { <-short })
		wait(5 * time.Second)
		close(short)
		synctest.Wait()
		send(t, c, "meanwhile")
		b.expect(t, 1)
		expectArm(t, borrow(t, l, "meanwhile"), true)
		wait(45 * time.Second) // 55 s, of which the client is given all
		expectState(t, c, session.Open)
		close(long)
		synctest.Wait()
		expect(t, l, "ping")
		expectErr(t, l, session.ErrIdle)
		send(t, c, "after")
		b.expect(t, 2) // for the ping and for what came before
		wait(45*time.Second - 1)
		expectState(t, c, session.Open)
		wait(1)
		expectCause(t, c, session.PingTimeout, true)
	})
}

func TestASenderThatWaitsEndsAHold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, l, b := held(t, &session.Config{OutboxMessages: 1})
		send(t, c, "a")
		b.expect(t, 0)
		done := sending(func() error { return c.Send(t.Context(), session.Message{Data: []byte("b")}) })
		b.expect(t, 1)
		expect(t, l, "a")
		if err := finished(t, done); err != nil {
			t.Error(err)
		}
		expect(t, l, "b")
	})
}

// TestEndsWhileHeld: the end is not held back, even if the reader never comes
// to Flush. Only a carrier that has left by itself is not woken.
func TestEndsWhileHeld(t *testing.T) {
	for name, tt := range map[string]struct {
		end   func(*testing.T, *session.Conn, *session.Lease)
		wakes int
		want  error
	}{
		"superseded": {func(t *testing.T, c *session.Conn, _ *session.Lease) { attach(t, c, stream) }, 1, session.ErrSuperseded},
		"killed":     {func(_ *testing.T, c *session.Conn, _ *session.Lease) { c.Kill(&session.CloseError{}) }, 1, io.EOF},
		"closed":     {func(_ *testing.T, c *session.Conn, _ *session.Lease) { c.Close(session.Normal, "") }, 1, nil},
		"closed with something to send": {func(t *testing.T, c *session.Conn, _ *session.Lease) {
			send(t, c, "a")
			c.Close(session.Normal, "")
		}, 1, nil},
		"aborted": {func(_ *testing.T, c *session.Conn, _ *session.Lease) { c.Abort(&session.CloseError{}) }, 1, nil},
		"closed by the client": {func(t *testing.T, c *session.Conn, _ *session.Lease) {
			deliver(t, c, session.Packet{Type: session.PacketClose})
		}, 1, io.EOF},
		"lost": {func(_ *testing.T, _ *session.Conn, l *session.Lease) { l.Lost(io.EOF) }, 0, session.ErrReleased},
		"lost with something to send": {func(t *testing.T, c *session.Conn, l *session.Lease) {
			send(t, c, "a")
			l.Lost(io.EOF)
		}, 0, session.ErrReleased},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c, l, b := held(t, &session.Config{})
				tt.end(t, c, l)
				b.expect(t, tt.wakes)
				expectFlush(t, l, false)
				if _, err := l.TryNext(maxBatch); !errors.Is(err, tt.want) {
					t.Errorf("TryNext: %v, want %v", err, tt.want)
				}
			})
		})
	}
}

func TestCommitAndArm(t *testing.T) {
	for name, tt := range map[string]struct {
		kind  *session.Carrier
		cfg   *session.Config
		while func(t *testing.T, c *session.Conn, l *session.Lease) // a batch is lent
		want  bool
		then  string // what TryNext lends; nothing if it is empty
		err   error  // or its error
	}{
		"nothing waits":         {stream, &session.Config{}, func(*testing.T, *session.Conn, *session.Lease) {}, true, "", session.ErrIdle},
		"a message":             {stream, &session.Config{}, func(t *testing.T, c *session.Conn, _ *session.Lease) { send(t, c, "b") }, false, "b", nil},
		"a ping":                {stream, pinging(), func(*testing.T, *session.Conn, *session.Lease) { wait(25 * time.Second) }, false, "ping", nil},
		"the session closes":    {stream, &session.Config{}, func(_ *testing.T, c *session.Conn, _ *session.Lease) { c.Close(4000, "") }, false, "close:4000", nil},
		"the session is over":   {stream, &session.Config{}, func(_ *testing.T, c *session.Conn, _ *session.Lease) { c.Kill(&session.CloseError{}) }, false, "", io.EOF},
		"another carrier":       {stream, &session.Config{}, func(t *testing.T, c *session.Conn, _ *session.Lease) { attach(t, c, stream) }, false, "", session.ErrSuperseded},
		"the carrier is lost":   {stream, &session.Config{DetachGrace: time.Minute}, func(_ *testing.T, _ *session.Conn, l *session.Lease) { l.Lost(nil) }, false, "", session.ErrReleased},
		"a poll has one answer": {poll, &session.Config{}, func(*testing.T, *session.Conn, *session.Lease) {}, false, "", session.ErrIdle},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c, _ := newConn(t, tt.cfg)
				b := &bell{c: c}
				l, err := c.Attach(tt.kind, b.ring)
				if err != nil {
					t.Fatal(err)
				}
				send(t, c, "a")
				batch := borrow(t, l, "a")
				tt.while(t, c, l)
				expectArm(t, batch, tt.want)
				b.expect(t, 0)
				if tt.want {
					send(t, c, "next")
					b.expect(t, 1)
					expect(t, l, "next")
				}
				if tt.then != "" {
					expect(t, l, tt.then)
				} else {
					expectErr(t, l, tt.err)
				}
			})
		})
	}
}

func TestCommitAndArmTwiceIsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		b := &bell{c: c}
		l, _ := c.Attach(stream, b.ring)
		send(t, c, "a")
		batch := borrow(t, l, "a")
		expectArm(t, batch, true)
		send(t, c, "b")
		b.expect(t, 1)
		batch.Commit()
		expect(t, l, "b") // it was not taken for settled
	})
}

// reader is a carrier that writes on its reader's goroutine, or on another one
// if it is woken.
type reader struct {
	l     *session.Lease
	group *sync.WaitGroup
	got   func(n int)

	mu      sync.Mutex // guards below
	writing bool
	again   bool
}

func (r *reader) wake() { r.begin(func() { r.group.Go(r.drain) }) }

func (r *reader) begin(drain func()) {
	r.mu.Lock()
	busy := r.writing
	r.writing, r.again = true, r.again || busy
	r.mu.Unlock()
	if !busy {
		drain()
	}
}

func (r *reader) drain() {
	for {
		b, err := r.l.TryNext(1)
		if err == nil {
			r.got(len(b.Packets))
			if !b.CommitAndArm() {
				continue
			}
		} else if !errors.Is(err, session.ErrIdle) {
			return
		}
		r.mu.Lock()
		r.writing, r.again = r.again, false
		more := r.writing
		r.mu.Unlock()
		if !more {
			return
		}
	}
}

// TestNoHeldWakeIsLost races senders, who wait for room, with a reader that
// holds its lease, stalls now and then, and sends too.
func TestNoHeldWakeIsLost(t *testing.T) {
	trials := 5000
	if testing.Short() {
		trials = 500
	}
	for trial := range trials {
		c, _ := newConn(t, &session.Config{OutboxMessages: 1 + trial%3})
		const senders, each = 2, 3
		arrived := make(chan struct{}, 3*senders*each)
		var group sync.WaitGroup
		r := &reader{group: &group, got: func(n int) {
			for range n {
				arrived <- struct{}{}
			}
		}}
		var err error
		if r.l, err = c.Attach(stream, r.wake); err != nil {
			t.Fatal(err)
		}
		r.begin(r.drain)
		race := make(chan struct{})
		for range senders {
			group.Go(func() {
				<-race
				for range each {
					if err := c.Send(c.Context(), session.Message{Data: []byte("m")}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Go(func() {
			<-race
			for i := range each {
				r.l.Hold()
				if i == trial%each {
					c.Stall(runtime.Gosched)
				}
				if err := c.Send(c.Context(), session.Message{Data: []byte("m")}); err != nil {
					t.Error(err)
				}
				if r.l.Flush() {
					r.begin(r.drain)
				}
			}
		})
		close(race)
		timeout := time.NewTimer(time.Minute)
		for n := range (senders + 1) * each {
			select {
			case <-arrived:
			case <-timeout.C:
				packets, _ := c.Buffered()
				t.Errorf("trial %d: %d messages arrived, %d are queued", trial, n, packets)
				c.Kill(&session.CloseError{})
				group.Wait()
				return
			}
		}
		timeout.Stop()
		c.Kill(&session.CloseError{})
		group.Wait()
	}
}
