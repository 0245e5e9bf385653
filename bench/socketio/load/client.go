//go:build linux

package load

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// client is one client.
type client struct {
	crowd   *Crowd
	number  int
	carrier carrier
	stage   stage

	turn    int       // which text it sent last
	sent    time.Time // when
	waiting bool      // for an ack, or for the broadcast
}

// A carrier is a client's transport.
type carrier interface {
	// begin sends the handshake.
	begin() error
	// opened is told the session's id.
	opened(sid string) error
	// input takes what came and returns what is no whole frame or answer yet.
	input(l *link, data []byte) (rest []byte, err error)
	// send sends one packet.
	send(packet []byte) error
	// sending reports whether the last packet is still under way.
	sending() bool
}

// stage is how far a client is.
type stage uint8

const (
	opening  stage = iota // waits for the open packet
	entering              // waits for the answer to CONNECT
	inside
)

// Packets of Engine.IO 4, and those of Socket.IO 5 as its messages.
var (
	enter   = []byte("40")
	entered = []byte(`40{"sid":"`)
	pong    = []byte("3")
)

// packet takes one Engine.IO packet.
func (cl *client) packet(p []byte) error {
	if len(p) == 0 {
		return errors.New("empty packet")
	}
	switch kind := p[0]; {
	case kind == '2' && len(p) == 1:
		return cl.carrier.send(pong)
	case kind == '6':
		return nil
	case kind == '0' && cl.stage == opening:
		var hello struct{ SID string }
		if err := json.Unmarshal(p[1:], &hello); err != nil || hello.SID == "" {
			return fmt.Errorf("open packet %.80q: %v", p, err)
		}
		if err := cl.carrier.opened(hello.SID); err != nil {
			return err
		}
		return cl.enter()
	case kind == '4' && cl.stage == entering && bytes.HasPrefix(p, entered):
		cl.stage = inside
		cl.crowd.ready++
		return nil
	case kind == '4' && cl.stage == inside:
		return cl.crowd.take(cl, p)
	}
	return fmt.Errorf("packet out of place: %.80q", p)
}

// enter enters the root namespace, unless that is done already.
func (cl *client) enter() error {
	cl.stage = entering
	if cl.crowd.cfg.Eager {
		return nil
	}
	return cl.carrier.send(enter)
}

// free is called when the client may send again.
func (cl *client) free() error {
	if cl.crowd.done != nil && cl.stage == inside && !cl.waiting && !cl.carrier.sending() {
		return cl.crowd.done(cl)
	}
	return nil
}
