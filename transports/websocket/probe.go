package websocket

import (
	"time"

	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
)

const probe = "probe"

// probe handles the packets of a candidate: 2probe, answered with 3probe, and
// then 5 (Engine.IO protocol 4, "Upgrade").
func (c *carrier) probe(p session.Packet) {
	lease := c.currentLease()
	switch {
	case lease == nil && p.Type == session.PacketPing && string(p.Data) == probe:
		lease, err := c.session.Probe(c.kind, c.wake)
		if err != nil {
			c.reject(ws.CodeNoStatus)
			return
		}
		c.setLease(lease)
		c.readBy(time.Time{}) // from here on the session keeps the time
		c.answerProbe()
	case lease != nil && p.Type == session.PacketUpgrade && lease.Upgrade() == nil:
		c.probing = false
		c.wake()
	default:
		c.reject(ws.CodeNoStatus)
	}
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
