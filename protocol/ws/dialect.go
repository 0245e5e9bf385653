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
)

// Slots is the number of distinct values that Dialect.Slot returns.
const Slots = 3

const (
	slotPlain    = iota // frames of the hybi family
	slotDeflated        // the same with permessage-deflate
	slotSentinel        // frames of the hixie family
)

// supportedVersions is what a refused client is told in
// Sec-WebSocket-Version (RFC 6455 section 4.4), best first.
const supportedVersions = "13"

// ErrUnsupported says that a dialect has no way to carry what was asked for,
// for example a ping or a binary message.
var ErrUnsupported = errors.New("ws: not supported by the dialect")

// info is what is constant about a dialect.
type info struct {
	name   string
	binary bool
	slot   int
}

var dialects = [...]info{
	RFC6455: {name: "RFC6455", binary: true, slot: slotPlain},
}

// wire is the part of a dialect that has code. Each dialect is one type in
// one file; those that share their frames embed the same framing.
type wire interface {
	// accept checks the rest of an opening handshake whose dialect is known.
	accept(r *http.Request) (*Request, error)
	// appendAnswer appends the answer to q.
	appendAnswer(dst []byte, q *Request, a Response) ([]byte, error)
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
	default:
		return nil
	}
}

// dialectOf tells the dialect of an upgrade request by the presence of its
// key headers, then by its version. The drafts carry their keys under other
// names or none at all, so the version alone would not do.
func dialectOf(h http.Header) (Dialect, error) {
	_, key := h["Sec-Websocket-Key"]
	_, key1 := h["Sec-Websocket-Key1"]
	_, key2 := h["Sec-Websocket-Key2"]
	version, err := single(h, "Sec-Websocket-Version")
	switch {
	case err != nil:
		return 0, err
	case version == "13":
		return RFC6455, nil
	case key:
		return 0, refuseVersion(fmt.Sprintf("version %.20q is not supported", version))
	case key1 != key2:
		return 0, badRequest("one of the two keys is missing")
	case key1:
		return 0, refuseVersion("the Hixie76 dialect is not supported")
	default:
		return 0, refuseVersion("the Hixie75 dialect is not supported")
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
