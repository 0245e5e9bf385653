package e2e_test

import (
	"context"
	"net"
	"testing"
	"time"
)

// until tries something again and again, with pauses, and returns nil as soon as
// it succeeds; or the last error when ctx or the limit ends. It is for what other
// processes do, where nothing tells that they have.
func until(ctx context.Context, limit, pause time.Duration, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		err := try()
		if err == nil || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// answers waits until something listens at an address.
func answers(t *testing.T, addr string) error {
	t.Helper()
	return until(t.Context(), patience, 10*time.Millisecond, func() error {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
		}
		return err
	})
}
