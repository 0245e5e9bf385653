//go:build unix

package websocket_test

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"github.com/everwire/everwire/transports/websocket"
)

// timed is a TCP connection that notes the deadlines of its writes.
type timed struct {
	*net.TCPConn
	deadlines []time.Time
}

func (c *timed) Unwrapped() *net.TCPConn { return c.TCPConn }

func (c *timed) SetWriteDeadline(t time.Time) error {
	c.deadlines = append(c.deadlines, t)
	return c.TCPConn.SetWriteDeadline(t)
}

// TestTheDeadlineOfAWriteEndsWithIt: what is sent long after a write that had
// to wait is not late.
func TestTheDeadlineOfAWriteEndsWithIt(t *testing.T) {
	near, far := pair(t)
	go io.Copy(io.Discard, far)
	c := &timed{TCPConn: near.(*net.TCPConn)}
	if err := websocket.WriteOutput(c, bytes.Repeat([]byte("x"), 200_000)); err != nil {
		t.Fatal(err)
	}
	if d := c.deadlines; len(d) != 2 || d[0].IsZero() || !d[1].IsZero() {
		t.Errorf("the deadlines were %v, want one and then none", d)
	}
}
