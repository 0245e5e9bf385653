package websocket_test

import (
	"io"
	"iter"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

// attentive is a codec that counts what it is given to read.
type attentive struct {
	eio.Codec
	read atomic.Int64
}

func (a *attentive) DecodePayload(body []byte) iter.Seq2[session.Packet, error] {
	a.read.Add(1)
	return a.Codec.DecodePayload(body)
}

// TestStrangersAreNotListenedTo: who names a session that is not there is told so,
// and nothing that it sends is read any more.
func TestStrangersAreNotListenedTo(t *testing.T) {
	b := newBefore1(t)
	codec := &attentive{Codec: eio.Gen09}
	b.table.Gen09.Codec = codec
	for _, behind := range []bool{false, true} {
		h := b.dial("/1/websocket/none", nil)
		words := strings.Repeat("\x005:::{\"name\":\"x\"}\xff", 1000)
		if !behind {
			io.WriteString(h.conn, words)
		}
		h.expect("7:::1+0")
		io.WriteString(h.conn, words)
		h.ends()
		h.conn.Close()
	}
	b.engine.Shutdown(t.Context()) // until the last connection is given up
	if n := codec.read.Load(); n > 0 {
		t.Errorf("%d messages were read", n)
	}
}

// TestACloseThatOnlyAnswersEndsNothing: the session has gone on to a newer
// WebSocket of its client, and the close of the older one comes after.
func TestACloseThatOnlyAnswersEndsNothing(t *testing.T) {
	b := newBefore1(t)
	first := b.dial("/flashsocket", nil)
	c := <-b.sessions
	first.expect("~m~22~m~" + c.ID())
	second := b.dial("/flashsocket/SID", c)
	first.ends()
	first.conn.Close() // in this draft that is the client's close
	for range 100 {
		second.send("~m~1~m~x")
		second.expect("~m~1~m~x")
	}
	if c.State() != session.Open {
		t.Errorf("the session is %v: %v", c.State(), c.Cause())
	}
	second.conn.Close()
	<-c.Context().Done()
}
