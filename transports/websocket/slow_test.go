package websocket_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
	"github.com/everwire/everwire/transports/websocket"
)

// TestTheDeadlineOfAWriteEndsWithIt: what is sent long after a write that had
// to wait is not late.
func TestTheDeadlineOfAWriteEndsWithIt(t *testing.T) {
	const timeout = 500 * time.Millisecond
	websocket.SetWriteTimeout(t, timeout)
	srv, _ := serve(t, eio.Raw, transporttest.Options{})
	c := transporttest.NewRawClient(t, srv)
	for _, size := range []int{200_000, 10} { // the first is written with a deadline
		want := session.Message{Kind: session.Binary, Data: bytes.Repeat([]byte("x"), size)}
		if err := c.Send(want); err != nil {
			t.Fatal(err)
		}
		if m, err := c.Receive(); err != nil || len(m.Data) != size {
			t.Fatalf("%d of %d bytes, %v", len(m.Data), size, err)
		}
		<-time.After(2 * timeout)
	}
}
