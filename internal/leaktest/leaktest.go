// Package leaktest finds goroutines that tests leave behind.
//
//	func TestMain(m *testing.M) { leaktest.Main(m) }
package leaktest

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Grace is how long goroutines have to end by themselves after the last test.
const Grace = 10 * time.Second

// Main runs the tests of a package and exits. The run fails if they leave a
// goroutine behind.
func Main(m *testing.M) {
	before := Goroutines()
	code := m.Run()
	if leaked := Since(before, Grace); code == 0 && len(leaked) > 0 {
		fmt.Fprintf(os.Stderr, "FAIL: %d leaked goroutines:\n\n%s\n", len(leaked), strings.Join(leaked, "\n\n"))
		code = 1
	}
	os.Exit(code)
}

// Since returns the stacks of the goroutines that were not in before and do
// not end within grace. Those of the testing package itself and of os/signal,
// which has one for good, do not count.
func Since(before map[string]string, grace time.Duration) []string {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(grace); ; <-tick.C {
		var leaked []string
		for id, stack := range Goroutines() {
			if _, ok := before[id]; !ok && !strings.Contains(stack, "os/signal.") && !strings.Contains(stack, "testing.(*T).Run") {
				leaked = append(leaked, stack)
			}
		}
		if len(leaked) == 0 || time.Now().After(end) {
			return leaked
		}
	}
}

// Goroutines returns the stacks of all goroutines by id.
func Goroutines() map[string]string {
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
