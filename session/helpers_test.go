package session_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
)

// The kinds of carriers that the tests use.
var (
	poll    = &session.Carrier{Transport: "polling", Binary: true, Exclusive: true}
	oldPoll = &session.Carrier{Transport: "polling", Binary: true}
	stream  = &session.Carrier{Transport: "websocket", Dialect: "RFC6455", Binary: true, Stream: true}
	textual = &session.Carrier{Transport: "websocket", Dialect: "Hixie76", Stream: true}
)

const maxBatch = 1 << 16

// bubble runs f with a fake clock. It panics if f leaves a goroutine behind.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// wait lets the fake clock run.
func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// newConn returns a session with a sink that is over at the test's end.
func newConn(t *testing.T, cfg *session.Config) (*session.Conn, *sink) {
	t.Helper()
	c := session.NewConn(context.Background(), session.NewID(), cfg, session.Peer{})
	s := &sink{c: c, t: t}
	c.SetSink(s)
	t.Cleanup(func() {
		c.Kill(&session.CloseError{Code: session.Normal})
		if c.StopTimer() {
			t.Error("the timer runs after the end")
		}
		if n := s.overs(); n != 1 {
			t.Errorf("Over was called %d times, want once", n)
		}
	})
	return c, s
}

// sink records what was delivered.
type sink struct {
	deliver func(session.Packet) error
	c       *session.Conn
	t       *testing.T

	mu    sync.Mutex // guards below
	got   []string
	over  int
	cause error
}

func (s *sink) Deliver(p session.Packet) error {
	s.mu.Lock()
	s.got = append(s.got, string(p.Data))
	s.mu.Unlock()
	if s.deliver != nil {
		return s.deliver(p)
	}
	return nil
}

func (s *sink) Over(cause error) {
	if s.c != nil {
		if s.c.Context().Err() != nil {
			s.t.Error("the context was done before Over")
		}
		if !s.c.CanLock() {
			panic("Over was called under the lock")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over++
	s.cause = cause
}

func (s *sink) overs() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

func attach(t *testing.T, c *session.Conn, k *session.Carrier) *session.Lease {
	t.Helper()
	l, err := c.Attach(k, nil)
	if err != nil {
		t.Fatalf("Attach: %v", err)
	}
	return l
}

// text is a readable form of packets: data as it is, others by name.
func text(ps []session.Packet) string {
	var w []string
	for _, p := range ps {
		switch p.Type {
		case session.PacketMessage:
			w = append(w, string(p.Data))
		case session.PacketClose:
			w = append(w, fmt.Sprintf("close:%d", p.Code))
		default:
			w = append(w, p.Type.String())
		}
	}
	return strings.Join(w, " ")
}

// borrow lends a batch and checks its packets.
func borrow(t *testing.T, l *session.Lease, want string) *session.Batch {
	t.Helper()
	b, err := l.TryNext(maxBatch)
	if err != nil {
		t.Fatalf("TryNext: %v, want %q", err, want)
	}
	if got := text(b.Packets); got != want {
		t.Fatalf("TryNext lent %q, want %q", got, want)
	}
	return b
}

// expect is borrow and Commit.
func expect(t *testing.T, l *session.Lease, want string) {
	t.Helper()
	borrow(t, l, want).Commit()
}

func expectErr(t *testing.T, l *session.Lease, want error) {
	t.Helper()
	b, err := l.TryNext(maxBatch)
	if err == nil {
		t.Fatalf("TryNext lent %q, want error %v", text(b.Packets), want)
	}
	if !errors.Is(err, want) {
		t.Fatalf("TryNext: %v, want %v", err, want)
	}
}

func message(data string) session.Packet {
	return session.Packet{Type: session.PacketMessage, Data: []byte(data)}
}

func send(t *testing.T, c *session.Conn, data ...string) {
	t.Helper()
	for _, d := range data {
		if err := c.Send(t.Context(), session.Message{Data: []byte(d)}); err != nil {
			t.Fatalf("Send(%q): %v", d, err)
		}
	}
}

func deliver(t *testing.T, c *session.Conn, p session.Packet) {
	t.Helper()
	if err := c.Deliver(p); err != nil {
		t.Fatalf("Deliver(%v): %v", p.Type, err)
	}
}

func pong(t *testing.T, c *session.Conn) {
	t.Helper()
	deliver(t, c, session.Packet{Type: session.PacketPong})
}

func expectState(t *testing.T, c *session.Conn, want session.State) {
	t.Helper()
	if got := c.State(); got != want {
		t.Fatalf("state is %v, want %v", got, want)
	}
}

// expectCause checks that the session is over and why.
func expectCause(t *testing.T, c *session.Conn, code session.Code, remote bool) {
	t.Helper()
	expectState(t, c, session.Closed)
	if c.Context().Err() == nil {
		t.Fatal("the context is not done")
	}
	var ce *session.CloseError
	if cause := context.Cause(c.Context()); !errors.As(cause, &ce) || ce.Code != code || ce.Remote != remote {
		t.Fatalf("cause is %#v, want code %v, remote %v", cause, code, remote)
	}
}

func expectGot(t *testing.T, s *sink, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.got, want) {
		t.Fatalf("the sink got %q, want %q", s.got, want)
	}
}

// bell is a wake that counts its calls.
type bell struct {
	c  *session.Conn
	mu sync.Mutex // guards below
	n  int
}

func (b *bell) ring() {
	if !b.c.CanLock() {
		panic("wake was called under the lock")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n++
}

func (b *bell) expect(t *testing.T, want int) {
	t.Helper()
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.n != want {
		t.Fatalf("wake was called %d times, want %d", b.n, want)
	}
}
