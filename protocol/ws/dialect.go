package ws

import (
	"errors"
	"fmt"
	"net/http"
)

// Dialect is one of the WebSocket protocols that browsers have spoken. It is
// fixed by the handshake and decides how everything after it is framed. The
// zero value is RFC6455. A value that is not one of the constants panics where
// it is used to read or write; ParseRequest returns none.
type Dialect uint8

// The dialects of this package, under their specifications' names.
const (
	// RFC6455 is the protocol of RFC 6455, Sec-WebSocket-Version 13.
	RFC6455 Dialect = iota
	// Hixie75 is draft-hixie-thewebsocketprotocol-75: text only, no key, no
	// close frame.
	Hixie75
	// Hixie76 is draft-hixie-thewebsocketprotocol-76, which is also
	// draft-ietf-hybi-thewebsocketprotocol-00: text only, two keys and a nonce
	// behind the request's header.
	Hixie76
	// Hybi07 is draft-ietf-hybi-thewebsocketprotocol-07, Sec-WebSocket-Version
	// 7.
	Hybi07
	// Hybi08 is draft-ietf-hybi-thewebsocketprotocol-08 and its successors up
	// to 12, Sec-WebSocket-Version 8.
	Hybi08
)

// Slots is the number of distinct values that Dialect.Slot returns.
const Slots = 3

const (
	slotPlain    = iota // frames of the hybi family
	slotDeflated        // the same with permessage-deflate
	slotSentinel        // frames of the hixie family
)

// ErrUnsupported says that a dialect has no way to carry what was asked for,
// for example a ping or a binary message.
var ErrUnsupported = errors.New("ws: not supported by the dialect")

// info is what is constant about a dialect.
type info struct {
	name    string
	version string // Sec-WebSocket-Version, if it has one
	binary  bool
	ping    bool
	slot    int
	// draft is set for the hybi drafts: a length need not be in its shortest
	// form, which became a rule with draft 14, and close code 1004 means that
	// a frame was too large, as it did up to draft 12.
	draft bool
}

var dialects = [...]info{
	RFC6455: {name: "RFC6455", version: "13", binary: true, ping: true, slot: slotPlain},
	Hixie75: {name: "Hixie75", slot: slotSentinel},
	Hixie76: {name: "Hixie76", slot: slotSentinel},
	Hybi07:  {name: "Hybi07", version: "7", binary: true, ping: true, slot: slotPlain, draft: true},
	Hybi08:  {name: "Hybi08", version: "8", binary: true, ping: true, slot: slotPlain, draft: true},
}

// wire is the part of a dialect that has code. Each dialect is one type in
// one file; those that share their frames embed the same framing.
type wire interface {
	handshake
	framing
}

// handshake is how a dialect opens a connection, from both ends.
type handshake interface {
	// accept checks the rest of an opening handshake whose dialect is known.
	accept(r *http.Request) (*Request, error)
	// appendAnswer appends the answer to q.
	appendAnswer(dst []byte, q *Request, a Response) ([]byte, error)
	// appendRequest appends the client's half, whose parts were checked.
	appendRequest(dst []byte, c *ClientHandshake) ([]byte, error)
	// checkAnswer checks an answer with status 101.
	checkAnswer(c *ClientHandshake, r *http.Response) (Response, error)
}

// framing is how a dialect carries messages.
type framing interface {
	// decode consumes p up to the next event; see Decoder.Decode.
	decode(d *Decoder, p []byte) (n int, ev Event, err error)
	// appendMessage appends a whole Text or Binary message.
	appendMessage(dst []byte, t Type, payload []byte) ([]byte, error)
	// appendControl appends a Ping, Pong or Close whose payload is complete.
	appendControl(dst []byte, t Type, payload []byte) ([]byte, error)
}

// wire returns the code of d. It is a function rather than a table so that
// that code may ask a Dialect for its name.
func (d Dialect) wire() wire {
	switch d {
	case RFC6455:
		return rfc6455{}
	case Hixie75:
		return hixie75{}
	case Hixie76:
		return hixie76{}
	case Hybi07:
		return hybi07{}
	case Hybi08:
		return hybi08{}
	default:
		return nil
	}
}

// String returns the dialect's name as its specification spells it.
func (d Dialect) String() string {
	if int(d) < len(dialects) {
		return dialects[d].name
	}
	return fmt.Sprintf("Dialect(%d)", uint8(d))
}

// HasBinary reports whether the dialect can carry binary messages.
func (d Dialect) HasBinary() bool { return int(d) < len(dialects) && dialects[d].binary }

// HasPing reports whether the dialect has pings and pongs. Where it has none,
// only messages of the application can prove that the peer is alive.
func (d Dialect) HasPing() bool { return int(d) < len(dialects) && dialects[d].ping }

// Slot returns the number, below Slots, of the dialect's wire form. Two
// dialects with the same slot have byte for byte the same frames, so a
// broadcast is encoded once per slot. Set deflated for frames compressed by a
// Deflater that is Shareable.
func (d Dialect) Slot(deflated bool) int {
	if int(d) >= len(dialects) {
		return slotPlain
	}
	if deflated && dialects[d].slot == slotPlain {
		return slotDeflated
	}
	return dialects[d].slot
}
