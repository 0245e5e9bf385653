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

	interval time.Duration // between its pings, if it is to ping
	pinged   int           // pings that wait for their answer
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

// Packets of Engine.IO, and those of Socket.IO as its messages.
var (
	enter   = []byte("40")
	entered = []byte(`40{"sid":"`) // how the answer begins
	pong    = []byte("3")
)

// isEntered reports whether a packet says that a client is in the root namespace.
func (p Protocol) isEntered(packet []byte) bool {
	if p == V3 {
		return bytes.Equal(packet, enter)
	}
	return bytes.HasPrefix(packet, entered)
}

// packet takes one Engine.IO packet.
func (cl *client) packet(p []byte) error {
	if len(p) == 0 {
		return errors.New("empty packet")
	}
	switch kind := p[0]; {
	case kind == '2' && len(p) == 1 && cl.crowd.cfg.Protocol == V4:
		return cl.carrier.send(pong)
	case kind == '3' && len(p) == 1 && cl.pinged > 0:
		cl.pinged--
		return nil
	case kind == '6':
		return nil
	}
	cl.crowd.moved++
	switch kind := p[0]; {
	case kind == '0' && cl.stage == opening:
		var hello struct {
			SID          string
			PingInterval int64 // milliseconds
		}
		if err := json.Unmarshal(p[1:], &hello); err != nil || hello.SID == "" {
			return fmt.Errorf("open packet %.80q: %v", p, err)
		}
		if err := cl.carrier.opened(hello.SID); err != nil {
			return err
		}
		if cl.crowd.cfg.Protocol == V3 {
			cl.interval = time.Duration(hello.PingInterval) * time.Millisecond
			cl.crowd.pingFrom(time.Now(), cl)
		}
		return cl.enter()
	case kind == '4' && cl.stage == entering && cl.crowd.cfg.Protocol.isEntered(p):
		cl.stage = inside
		cl.crowd.ready++
		return nil
	case kind == '4' && cl.stage == inside:
		// Some encoders of JSON end it with a line feed.
		return cl.crowd.take(cl, bytes.TrimSuffix(p, []byte("\n")))
	}
	return fmt.Errorf("packet out of place: %.80q", p)
}

// enter enters the root namespace, unless that is done already, or the server does
// it.
func (cl *client) enter() error {
	cl.stage = entering
	if cl.crowd.cfg.Eager || cl.crowd.cfg.Protocol == V3 {
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
