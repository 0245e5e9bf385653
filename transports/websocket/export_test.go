package websocket

import (
	"net"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/ws"
)

// ReadWith reads from conn as a carrier does, by the means for connections
// that are no sockets if plain is set, until it ends.
func ReadWith(conn net.Conn, plain bool, feed func([]byte)) error {
	var src source = waiting{conn}
	if !plain {
		src = newSource(conn)
	}
	for {
		if err := src.read(feed); err != nil {
			return err
		}
	}
}

// Remainder is the account of incomplete bytes.
type Remainder = remainder

// Incomplete decodes p and returns how many bytes belong to nothing complete.
func (r *Remainder) Incomplete(d *ws.Decoder, p []byte) int {
	for {
		n, ev, err := d.Decode(p)
		if err != nil {
			return -1
		}
		r.count(p[:n], ev)
		if ev.Type == ws.None {
			return r.bytes
		}
		p = p[n:]
	}
}

// NewHixieRemainder is the account of a hixie connection.
func NewHixieRemainder() *Remainder { return &Remainder{hixie: true} }

// Begins and Ends are those of the account.
func (r *Remainder) Begins() bool { return r.begins() }
func (r *Remainder) Ends() bool   { return r.ends() }

// SetMessageTimeout shortens the time for a message during a test.
func SetMessageTimeout(t *testing.T, d time.Duration) {
	old := messageTimeout
	messageTimeout = d
	t.Cleanup(func() { messageTimeout = old })
}

// WriteOutput writes parts as one output does.
func WriteOutput(conn net.Conn, parts ...[]byte) error {
	o := newOutput()
	defer o.release()
	for _, p := range parts {
		o.append(p)
	}
	return o.write(conn)
}

// OutputBytes joins parts as one output does.
func OutputBytes(parts ...[]byte) []byte {
	o := newOutput()
	for _, p := range parts {
		o.append(p)
	}
	return o.bytes()
}
