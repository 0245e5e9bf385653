package leaktest_test

import (
	"testing"
	"time"

	"github.com/everwire/everwire/internal/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func TestSinceFindsABlockedGoroutine(t *testing.T) {
	before := leaktest.Goroutines()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() { <-stop; close(done) }()
	if got := leaktest.Since(before, 20*time.Millisecond); len(got) != 1 {
		t.Errorf("found %d leaked goroutines, want 1", len(got))
	}
	close(stop)
	<-done
	if got := leaktest.Since(before, 3*time.Second); len(got) != 0 {
		t.Errorf("found %d leaked goroutines after it ended", len(got))
	}
}
