package session_test

import (
	"context"
	"encoding/base64"
	"errors"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
)

func open(t *testing.T, m *session.Manager, cfg *session.Config) *session.Conn {
	t.Helper()
	c, err := m.Open(cfg, session.Peer{})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { c.Kill(&session.CloseError{}) })
	return c
}

func TestManagerFindsItsSessionsUntilTheyAreOver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := session.NewManager()
		a, b := open(t, m, &session.Config{}), open(t, m, &session.Config{})
		if m.Get(a.ID()) != a || m.Get(b.ID()) != b || m.Get("unknown") != nil || m.Len() != 2 {
			t.Error("Get or Len is wrong")
		}
		all := make(map[*session.Conn]bool)
		for c := range m.All() {
			all[c] = true
			c.Close(session.Normal, "") // allowed during the loop
		}
		if len(all) != 2 || !all[a] || !all[b] {
			t.Errorf("All gave %d sessions", len(all))
		}
		for range m.All() {
			break
		}
		if m.Get(a.ID()) != a {
			t.Error("a closing session is not found")
		}
		expect(t, attach(t, a, stream), "close:1000")
		wait(30 * time.Second) // b lingers
		if m.Get(a.ID()) != nil || m.Get(b.ID()) != nil || m.Len() != 0 {
			t.Error("a session that is over is found")
		}
	})
}

func TestManagerForgetsSessionsThatWereNeverUsed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := session.NewManager()
		for range 100 {
			open(t, m, &session.Config{})
		}
		wait(10 * time.Second)
		if m.Len() != 0 {
			t.Errorf("%d sessions left", m.Len())
		}
	})
}

func TestIDsAreUniqueAndUnpredictable(t *testing.T) {
	const n, flips = 100_000, 10_000
	seen := make(map[string]bool, n)
	var ones [128]int
	for range n {
		id := session.NewID()
		raw, err := base64.RawURLEncoding.DecodeString(id)
		if err != nil || len(raw) != 16 || len(id) != 22 {
			t.Fatalf("id %q is not 128 bits: %v", id, err)
		}
		if seen[id] {
			t.Fatalf("id %q came twice", id)
		}
		seen[id] = true
		if len(seen) > flips {
			continue
		}
		for i := range ones {
			ones[i] += int(raw[i/8] >> (i % 8) & 1)
		}
	}
	// Each bit is a fair coin: six standard deviations of 10,000 flips are 300.
	for i, k := range ones {
		if k < flips/2-300 || k > flips/2+300 {
			t.Errorf("bit %d was set %d times of %d", i, k, flips)
		}
	}
}

func TestPackageUsesNoGuessableRandomness(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		src, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range src.Imports {
			if path, _ := strconv.Unquote(imp.Path.Value); strings.HasPrefix(path, "math/rand") {
				t.Errorf("%s imports %s", f.Name(), path)
			}
		}
	}
}

func TestShutdownDrains(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := session.NewManager()
		c := open(t, m, &session.Config{})
		handler := make(chan struct{})
		c.Serve(session.HandlerFunc(func(s session.Session) {
			s.Receive(s.Context())
			<-handler
		}))
		l := attach(t, c, stream)
		send(t, c, "last")
		done := sending(func() error { return m.Shutdown(t.Context()) })
		expectPending(t, done)
		if _, err := m.Open(&session.Config{}, session.Peer{}); !errors.Is(err, session.ErrDraining) {
			t.Errorf("Open during Shutdown: %v", err)
		}
		again := sending(func() error { return m.Shutdown(t.Context()) })
		expect(t, l, "last close:1001")
		expectPending(t, done) // for the handler
		close(handler)
		if err := errors.Join(finished(t, done), finished(t, again)); err != nil {
			t.Error(err)
		}
		expectCause(t, c, session.GoingAway, false)
		if err := m.Shutdown(t.Context()); err != nil || m.Len() != 0 {
			t.Errorf("Shutdown after Shutdown: %v", err)
		}
	})
}

func TestShutdownKillsAtItsDeadline(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := session.NewManager()
		c := open(t, m, &session.Config{Linger: time.Minute})
		attach(t, c, stream)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		done := sending(func() error { return m.Shutdown(ctx) })
		wait(5*time.Second - 1)
		expectState(t, c, session.Closing)
		wait(1)
		if err := finished(t, done); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v", err)
		}
		expectCause(t, c, session.GoingAway, false)
		if m.Len() != 0 {
			t.Errorf("%d sessions left", m.Len())
		}
	})
}

func TestShutdownGivesUpOnAHandlerAtItsDeadline(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := session.NewManager()
		c := open(t, m, &session.Config{})
		handler := make(chan struct{})
		c.Serve(session.HandlerFunc(func(session.Session) { <-handler }))
		expectErr(t, attach(t, c, stream), session.ErrIdle)
		c.Kill(&session.CloseError{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := m.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v", err)
		}
		close(handler)
	})
}

func TestShutdownOfNothingReturnsAtOnce(t *testing.T) {
	if err := session.NewManager().Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestServeAfterTheEndStartsNoHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := session.NewManager()
		c := open(t, m, &session.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		m.Shutdown(ctx)
		c.Serve(session.HandlerFunc(func(session.Session) { t.Error("the handler was started") }))
		synctest.Wait()
		if _, err := c.Receive(t.Context()); !errors.Is(err, session.ErrClosed) {
			t.Errorf("Receive: %v", err)
		}
	})
}

// Sessions open and get their handlers while Shutdown runs: whatever was
// started has returned when Shutdown does.
func TestShutdownRacingOpenAndServe(t *testing.T) {
	for range 200 {
		m := session.NewManager()
		var running atomic.Int32
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for range 5 {
					c, err := m.Open(&session.Config{}, session.Peer{})
					if err != nil {
						return
					}
					c.Serve(session.HandlerFunc(func(s session.Session) {
						running.Add(1)
						defer running.Add(-1)
						s.Receive(s.Context())
					}))
					if l, err := c.Attach(stream, nil); err == nil {
						l.Run(c.Context(), maxBatch, func([]session.Packet) error { return nil })
					}
				}
			})
		}
		if err := m.Shutdown(t.Context()); err != nil || m.Len() != 0 || running.Load() != 0 {
			t.Fatalf("Shutdown: %v, %d sessions and %d handlers left", err, m.Len(), running.Load())
		}
		group.Wait()
	}
}
