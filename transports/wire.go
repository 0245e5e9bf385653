package transports

import (
	"iter"
	"sync/atomic"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

// Wire is how one session's packets are written and read. It is a small value;
// copies are of the same session. Its methods may be called concurrently.
type Wire struct {
	family *Family
	state  *wireState // nil where there is nothing to remember
}

// wireState is what the transports remember of a session between its requests.
type wireState struct {
	decided atomic.Pointer[eio.Codec] // of a client that was undecided
	single  atomic.Bool               // the client encodes its text once
	conn    *session.Conn             // of a client that was undecided
}

// WireOf returns the wire of a session that belongs to the family or to one of
// its variants.
func WireOf(f *Family, c *session.Conn) Wire {
	w := Wire{family: f}
	if v := f.variantOf(c); v != nil {
		w.family = v
	}
	w.state, _ = c.Carriage().(*wireState)
	return w
}

// remember makes room for what is learnt of a session that was opened as one of
// the family.
func (f *Family) remember(c *session.Conn) {
	if _, both := f.Codec.(eio.Doubler); both {
		c.SetCarriage(&wireState{conn: c})
	} else if f.Undouble {
		c.SetCarriage(new(wireState))
	}
}

// variantOf returns which of the family and its variants the session was opened
// as, or nil if it is another's.
func (f *Family) variantOf(c *session.Conn) *Family {
	cfg := c.Config()
	for _, v := range [...]*Family{f, f.Base64, f.Old, f.Undecided} {
		if v != nil && v.Config == cfg {
			return v
		}
	}
	return nil
}

// Family returns the family, or its variant, that the session was opened as.
func (w Wire) Family() *Family { return w.family }

// Codec returns what writes and reads the packets. That of a session that is
// undecided changes once, by what its client says first, so writers ask for it
// for each batch.
func (w Wire) Codec() eio.Codec {
	if w.state != nil {
		if c := w.state.decided.Load(); c != nil {
			return *c
		}
	}
	return w.family.Codec
}

// DecodePayload is that of the session's codec, for what the client has sent:
// it decides a session that was undecided, and decodes text that was encoded
// twice. With binary the body is of the codec's second form of payload, if it
// has one.
func (w Wire) DecodePayload(body []byte, binary bool) iter.Seq2[session.Packet, error] {
	codec := w.hear(body)
	packets := codec.DecodePayload(body)
	if bp, ok := codec.(eio.BinaryPayloader); ok && binary {
		packets = bp.DecodeBinaryPayload(body)
	}
	if w.state == nil || !w.family.Undouble {
		return packets
	}
	return func(yield func(session.Packet, error) bool) {
		for p, err := range packets {
			if !yield(w.Undouble(p), err) {
				return
			}
		}
	}
}

// hear returns the codec for data from the client.
func (w Wire) hear(data []byte) eio.Codec {
	codec := w.Codec()
	if _, both := codec.(eio.Doubler); !both || w.state == nil {
		return codec
	}
	if decided := eio.Decide(data); decided != nil {
		if w.state.decided.CompareAndSwap(nil, &decided) && decided == eio.Gen06 {
			w.state.conn.ExpectPongs() // which only that generation has
		}
		return decided
	}
	return codec
}

// Undouble decodes the text of a message once more if the client has encoded it
// twice, in place, and remembers a client that certainly does not.
func (w Wire) Undouble(p session.Packet) session.Packet {
	if w.state == nil || !w.family.Undouble || p.Type != session.PacketMessage || p.Kind == session.Binary || w.state.single.Load() {
		return p
	}
	text, verdict := eio.Undouble(p.Data)
	if verdict == eio.Single {
		w.state.single.Store(true)
	}
	p.Data = text
	return p
}
