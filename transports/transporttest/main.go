package transporttest

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Main is for the TestMain of packages whose tests use this one: it fails the
// run if a test leaves a goroutine behind.
func Main(m *testing.M) {
	before := goroutines()
	code := m.Run()
	if leaked := leakedSince(before, 10*time.Second); code == 0 && len(leaked) > 0 {
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
			if _, ok := before[id]; !ok && !strings.Contains(stack, "os/signal.") && !strings.Contains(stack, "testing.(*T).Run") {
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
	n := runtime.Stack(buf, true)
	for n == len(buf) {
		buf = make([]byte, 2*len(buf))
		n = runtime.Stack(buf, true)
	}
	all := make(map[string]string)
	for stack := range strings.SplitSeq(string(buf[:n]), "\n\n") {
		id, _, _ := strings.Cut(strings.TrimPrefix(stack, "goroutine "), " ")
		all[id] = stack
	}
	return all
}
