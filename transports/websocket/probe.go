package websocket

import (
	"time"

	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
)

const probe = "probe"

// probe handles the packets of a candidate: 2probe, answered with 3probe, and
// then 5 (Engine.IO protocol 4, "Upgrade"). A client that does without the probe
// gets no answer, but the upgrade: the reference asks for no order, and clients
// that do not read while they upgrade rest on that.
func (c *carrier) probe(p session.Packet) {
	lease := c.currentLease()
	switch {
	case lease == nil && p.Type == session.PacketPing && string(p.Data) == probe:
		if c.become() != nil {
			c.answerProbe()
		}
	case p.Type == session.PacketUpgrade:
		if lease == nil {
			lease = c.become()
		}
		if lease != nil {
			c.upgrade(lease)
		}
	default:
		c.reject(ws.CodeNoStatus)
	}
}

// become makes the carrier the session's candidate. It returns nil, and has
// rejected the carrier, if the session will not have one.
func (c *carrier) become() *session.Lease {
	lease, err := c.session.Probe(c.kind, c.wake)
	if err != nil {
		c.reject(ws.CodeNoStatus)
		return nil
	}
	c.setLease(lease)
	c.readBy(time.Time{}) // from here on the session keeps the time
	return lease
}

// upgrade moves the session to the candidate.
func (c *carrier) upgrade(candidate *session.Lease) {
	if candidate.Upgrade() != nil {
		c.reject(ws.CodeNoStatus)
		return
	}
	c.probing = false
	c.wake()
}

// answerProbe sends 3probe. It does not go through the session, whose packets
// are not for a candidate.
func (c *carrier) answerProbe() {
	text, _, err := c.family.Codec.AppendMessage(nil, session.Packet{Type: session.PacketPong, Data: []byte(probe)})
	if err != nil {
		c.reject(ws.CodeInternalError)
		return
	}
	c.mu.Lock()
	c.head, err = ws.AppendMessage(c.head, c.dialect, ws.Text, text)
	c.mu.Unlock()
	if err != nil {
		c.reject(ws.CodeInternalError)
		return
	}
	c.wake()
}

// reject ends a candidate. From here on it is deaf: what it still sends must
// not move the session to a connection that is being closed.
func (c *carrier) reject(code uint16) {
	c.deaf.Store(true)
	c.end(code, "")
}
