package session_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain fails the run if a test leaves a goroutine behind.
func TestMain(m *testing.M) {
	before := goroutines()
	code := m.Run()
	if leaked := leakedSince(before, 3*time.Second); code == 0 && len(leaked) > 0 {
		fmt.Fprintf(os.Stderr, "FAIL: %d leaked goroutines:\n\n%s\n", len(leaked), strings.Join(leaked, "\n\n"))
		code = 1
	}
	os.Exit(code)
}

// leakedSince returns the stacks of the goroutines that were not in before
// and do not end within grace.
func leakedSince(before map[string]string, grace time.Duration) []string {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(grace); ; <-tick.C {
		var leaked []string
		for id, stack := range goroutines() {
			if _, ok := before[id]; !ok && !strings.Contains(stack, "os/signal.") {
				leaked = append(leaked, stack)
			}
		}
		if len(leaked) == 0 || time.Now().After(end) {
			return leaked
		}
	}
}

// goroutines returns all goroutines' stacks by id.
func goroutines() map[string]string {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	all := make(map[string]string)
	for stack := range strings.SplitSeq(string(buf), "\n\n") {
		id, _, _ := strings.Cut(strings.TrimPrefix(stack, "goroutine "), " ")
		all[id] = stack
	}
	return all
}

func TestLeakedSinceFindsABlockedGoroutine(t *testing.T) {
	before := goroutines()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() { <-stop; close(done) }()
	if got := leakedSince(before, 20*time.Millisecond); len(got) != 1 {
		t.Errorf("found %d leaked goroutines, want 1", len(got))
	}
	close(stop)
	<-done
	if got := leakedSince(before, 3*time.Second); len(got) != 0 {
		t.Errorf("found %d leaked goroutines after it ended", len(got))
	}
}
