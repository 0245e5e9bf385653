package session_test

import (
	"bytes"
	"context"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/everwire/everwire/session"
)

// goroutine returns what names the calling goroutine in a stack.
func goroutine() string {
	var buf [64]byte
	name, _, _ := bytes.Cut(buf[:runtime.Stack(buf[:], false)], []byte("["))
	return string(name)
}

func TestHandlersThatFollowEachOtherShareAGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := session.NewManager()
		first, err := m.Open(&session.Config{}, session.Peer{})
		if err != nil {
			t.Fatal(err)
		}
		second, err := m.Open(&session.Config{}, session.Peer{})
		if err != nil {
			t.Fatal(err)
		}
		ids := make(map[string]int)
		for range 10 {
			for _, c := range []*session.Conn{first, second} {
				c.Go(func() { ids[goroutine()]++ })
				synctest.Wait()
			}
		}
		if len(ids) != 1 {
			t.Errorf("20 handlers ran on %d goroutines", len(ids))
		}
		// One that is busy is not waited for.
		release := make(chan struct{})
		first.Go(func() { <-release })
		done := false
		second.Go(func() { done = true })
		synctest.Wait()
		if !done {
			t.Error("a handler waits for another session's")
		}
		close(release)
		first.Kill(&session.CloseError{Code: session.Normal})
		second.Kill(&session.CloseError{Code: session.Normal})
		// The bubble ends only if no worker is left.
	})
}

func TestShutdownWaitsForHandlersAndNotForWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := session.NewManager()
		c, err := m.Open(&session.Config{}, session.Peer{})
		if err != nil {
			t.Fatal(err)
		}
		c.Go(func() {})
		c.Go(runtime.Goexit)
		synctest.Wait()
		finished := false
		c.Go(func() {
			<-c.Context().Done()
			finished = true
		})
		c.Kill(&session.CloseError{Code: session.Normal})
		if err := m.Shutdown(context.Background()); err != nil || !finished {
			t.Errorf("shutdown: %v; handler finished: %v", err, finished)
		}
	})
}
