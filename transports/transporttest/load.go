package transporttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
)

// Log is a buffer to log to. It may be used concurrently.
type Log struct {
	mu  sync.Mutex // guards below
	buf bytes.Buffer
}

// Write appends to the log.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// String returns what was logged.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Logger returns a logger that writes everything to the log.
func (l *Log) Logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// Of the streams of the back-pressure tests, the kernel's buffers and the
// session's own hold less than half: such a stream cannot end before its reader
// reads.
const (
	chunk  = 64 << 10
	chunks = 32
)

func handlerDoesNotRead(t *testing.T, cfg Config) {
	began, read, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var first atomic.Bool
	srv := cfg.Start(t, Options{Session: session.Config{InboxMessages: 4, InboxBytes: 4 * chunk},
		Handler: session.HandlerFunc(func(s session.Session) {
			if !first.CompareAndSwap(false, true) {
				Echo(s)
				return
			}
			close(began)
			<-read
			done <- cfg.expectStream(receiverOf(s), 0, chunks, chunk)
		})})
	c := cfg.Dial(t, srv)
	within(t, "the first handler", began)
	var sent atomic.Int64
	sender := async(func() error {
		for i := range chunks {
			if err := c.Send(cfg.numbered(i, chunk)); err != nil {
				return fmt.Errorf("message %d: %w", i, err)
			}
			sent.Add(1)
		}
		return nil
	})
	if err := cfg.echoes(cfg.Dial(t, srv), 20, 1000); err != nil {
		t.Error("another session:", err)
	}
	if n := sent.Load(); n == int64(chunks) {
		t.Error("all was sent though nobody reads")
	}
	close(read)
	if err := within(t, "the handler", done); err != nil {
		t.Error("handler:", err)
	}
	if err := within(t, "the sender", sender); err != nil {
		t.Error("sender:", err)
	}
}

func clientDoesNotRead(t *testing.T, cfg Config) {
	const outbox = 4 * chunk
	sessions := make(chan session.Session, 1)
	var first atomic.Bool
	var sent atomic.Int64
	done := make(chan error, 1)
	srv := cfg.Start(t, Options{Session: session.Config{OutboxBytes: outbox},
		Handler: session.HandlerFunc(func(s session.Session) {
			if !first.CompareAndSwap(false, true) {
				Echo(s)
				return
			}
			sessions <- s
			for i := range chunks {
				if err := s.Send(s.Context(), cfg.numbered(i, chunk)); err != nil {
					done <- err
					return
				}
				sent.Add(1)
			}
			done <- nil
		})})
	c := cfg.Dial(t, srv)
	slow := within(t, "the handler", sessions).(*session.Conn)
	other := cfg.Dial(t, srv)
	for range 20 {
		if err := cfg.echoes(other, 1, 1000); err != nil {
			t.Fatal("another session:", err)
		}
		if _, n := slow.Buffered(); n > outbox+chunk {
			t.Fatalf("%d bytes wait, the limit is %d", n, outbox)
		}
	}
	if n := sent.Load(); n == int64(chunks) {
		t.Error("Send never blocked though nobody reads")
	}
	if err := cfg.expectStream(c.Receive, 0, chunks, chunk); err != nil {
		t.Error("client:", err)
	}
	if err := within(t, "the handler", done); err != nil {
		t.Error("handler:", err)
	}
}

func pingsAreAnswered(t *testing.T, cfg Config) {
	c := cfg.Dial(t, cfg.Start(t, Options{Handler: Echo, Session: session.Config{PingInterval: 20 * time.Millisecond, PingTimeout: patience}}))
	received := async(func() error { return cfg.expectStream(c.Receive, 0, 1, 100) })
	for range 4 {
		within(t, "a ping", c.Pings())
	}
	if err := c.Send(cfg.numbered(0, 100)); err != nil {
		t.Fatal(err)
	}
	if err := within(t, "the echo", received); err != nil {
		t.Error(err)
	}
}

func pingTimeout(t *testing.T, cfg Config) {
	sessions := make(chan session.Session, 1)
	srv := cfg.Start(t, Options{Session: short, Handler: session.HandlerFunc(func(s session.Session) { sessions <- s; Echo(s) })})
	cfg.Dial(t, srv) // answers no ping, because it does not receive
	s := within(t, "the handler", sessions)
	if ce := cause(t, s); ce.Code != session.PingTimeout || !ce.Remote {
		t.Errorf("the session's cause is %v", ce)
	}
	if srv.Manager.Get(s.ID()) != nil {
		t.Error("the session is still found")
	}
}

// silenceIsNoEnd: a client that is never asked is not missed.
func silenceIsNoEnd(t *testing.T, cfg Config) {
	const timeout = 10 * time.Millisecond
	c := cfg.Dial(t, cfg.Start(t, Options{Handler: Echo, Session: session.Config{PingInterval: timeout, PingTimeout: timeout}}))
	tick := time.NewTicker(10 * timeout)
	defer tick.Stop()
	for range 3 {
		<-tick.C
		if err := cfg.echoes(c, 1, 100); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(c.Pings()); n != 0 {
		t.Errorf("%d pings came", n)
	}
}

func manySessions(t *testing.T, cfg Config) {
	srv := cfg.Start(t, Options{Handler: Echo})
	const n = 50
	errs := make(chan error, n)
	for i := range n {
		c := cfg.Dial(t, srv)
		go func() { errs <- cfg.echoes(c, 20, 10*i) }()
	}
	for range n {
		if err := within(t, "a session", errs); err != nil {
			t.Error(err)
		}
	}
}

func shutdownDrains(t *testing.T, cfg Config) {
	const clients, n, size = 10, 50, 2000
	started := make(chan struct{}, clients)
	srv := cfg.Start(t, Options{Handler: session.HandlerFunc(func(s session.Session) {
		for i := range n {
			if err := s.Send(s.Context(), cfg.numbered(i, size)); err != nil {
				t.Error("send:", err)
				return
			}
		}
		started <- struct{}{}
		if _, err := s.Receive(s.Context()); !errors.Is(err, session.ErrClosed) {
			t.Errorf("the handler received %v", err)
		}
	})})
	all := make([]Client, clients)
	for i := range all {
		all[i] = cfg.Dial(t, srv)
	}
	for range all {
		within(t, "a handler", started)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	down := async(func() error { return srv.Engine.Shutdown(ctx) })
	for i, c := range all {
		if err := cfg.expectStream(c.Receive, 0, n, size); err != nil {
			t.Errorf("client %d: %v", i, err)
			continue
		}
		_, err := c.Receive()
		if err := cfg.expectClosed(err, session.GoingAway, "server shutting down"); err != nil {
			t.Errorf("client %d: %v", i, err)
		}
	}
	if err := within(t, "the shutdown", down); err != nil {
		t.Error("shutdown:", err)
	}
	if n := srv.Manager.Len(); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}
