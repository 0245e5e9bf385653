package socketio_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain fails the run if a test leaves a goroutine of this module behind.
func TestMain(m *testing.M) {
	code := m.Run()
	if left := leftovers(3 * time.Second); code == 0 && len(left) > 0 {
		fmt.Fprintf(os.Stderr, "FAIL: %d leaked goroutines:\n\n%s\n", len(left), strings.Join(left, "\n\n"))
		code = 1
	}
	os.Exit(code)
}

// leftovers returns the stacks of the goroutines that this module's code has
// started and that do not end within grace.
func leftovers(grace time.Duration) []string {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(grace); ; <-tick.C {
		buf := make([]byte, 1<<20)
		buf = buf[:runtime.Stack(buf, true)]
		var left []string
		for stack := range strings.SplitSeq(string(buf), "\n\n") {
			_, creator, _ := strings.Cut(stack, "\ncreated by ")
			if strings.HasPrefix(creator, "github.com/everwire/everwire/") {
				left = append(left, stack)
			}
		}
		if len(left) == 0 || time.Now().After(end) {
			return left
		}
	}
}

func TestLeftoversFindsABlockedGoroutine(t *testing.T) {
	stop, done := make(chan struct{}), make(chan struct{})
	go func() { <-stop; close(done) }()
	if got := leftovers(0); len(got) != 1 {
		t.Errorf("found %d goroutines, want 1", len(got))
	}
	close(stop)
	<-done
	if got := leftovers(3 * time.Second); len(got) != 0 {
		t.Errorf("found %d goroutines after it ended", len(got))
	}
}
