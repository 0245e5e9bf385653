package transports

import (
	"iter"
	"slices"
	"sync/atomic"
	"unicode/utf8"

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
	conn    *session.Conn             // of a client that was undecided
	text    atomic.Uint32             // how the client encodes its text; see below
}

// What is known of a client's text: that it is encoded once, wherever it stands,
// or that it was found to be encoded twice in payloads, and in WebSocket messages.
// Clients of 1.0 do that in both, those of 1.1 to 1.7 in payloads, and they decode
// in the same way what they are sent.
const (
	single uint32 = 1 << iota
	doubleInPayloads
	doubleInMessages
)

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
	for _, v := range [...]*Family{f, f.Base64, f.Bytes, f.Old, f.Undecided} {
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
			if !yield(w.undouble(p, doubleInPayloads), err) {
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

// Undouble decodes the text of a WebSocket message once more if the client has
// encoded it twice, in place, and remembers a client that certainly does not.
func (w Wire) Undouble(p session.Packet) session.Packet { return w.undouble(p, doubleInMessages) }

func (w Wire) undouble(p session.Packet, where uint32) session.Packet {
	if w.state == nil || !w.family.Undouble || p.Type != session.PacketMessage || p.Kind == session.Binary || w.state.text.Load()&single != 0 {
		return p
	}
	text, verdict := eio.Undouble(p.Data)
	switch verdict {
	case eio.Single:
		w.state.text.Or(single)
	case eio.Double:
		w.state.text.Or(where)
	}
	p.Data = text
	return p
}

// DoubleMessage returns p as a WebSocket message to a client that encodes its text
// twice there has it. Most are returned as they are.
func (w Wire) DoubleMessage(p session.Packet) session.Packet {
	if !w.doubles(doubleInMessages) || !isForeign(p) {
		return p
	}
	return doubled(p)
}

// DoublePayload is DoubleMessage for the packets of a payload of text.
func (w Wire) DoublePayload(ps []session.Packet) []session.Packet {
	if !w.doubles(doubleInPayloads) || !slices.ContainsFunc(ps, isForeign) {
		return ps
	}
	out := slices.Clone(ps)
	for i, p := range out {
		if isForeign(p) {
			out[i] = doubled(p)
		}
	}
	return out
}

func (w Wire) doubles(where uint32) bool {
	return w.state != nil && w.state.text.Load()&(single|where) == where
}

// isForeign reports whether the form of a packet depends on how often it is
// encoded. Socket.IO's are ASCII but for the names of namespaces.
func isForeign(p session.Packet) bool {
	return p.Type == session.PacketMessage && p.Kind != session.Binary &&
		slices.ContainsFunc(p.Data, func(b byte) bool { return b >= utf8.RuneSelf })
}

func doubled(p session.Packet) session.Packet {
	p.Data, p.Prepared = eio.AppendDouble(make([]byte, 0, 2*len(p.Data)), p.Data), nil
	return p
}
