package ws

import (
	"fmt"
	"math"
)

// Role says which end of the connection a decoder or deflater works for.
type Role uint8

const (
	// Server is the end that accepted the connection: it reads masked frames.
	Server Role = iota
	// Client is the end that opened it: it reads unmasked frames.
	Client
)

// DefaultMaxMessage is the largest message in bytes that a Decoder takes
// unless DecoderOptions says otherwise.
const DefaultMaxMessage = 1_000_000

// A fragmented message is charged fragmentCost bytes for each of its frames on
// top of its payload. The charges together may reach MaxMessage, or
// minFragmentBudget if that is more.
const (
	fragmentCost      = 128
	minFragmentBudget = 64 << 10
)

// DecoderOptions configures a Decoder. The zero value is a server's decoder
// for RFC 6455 without compression.
type DecoderOptions struct {
	// Dialect is that of the handshake.
	Dialect Dialect
	// Role is the end that decodes.
	Role Role
	// MaxMessage is the largest message in bytes, over all its fragments and
	// after inflating. 0 or less is DefaultMaxMessage. It also bounds the
	// number of a message's fragments: 128 bytes for each may not exceed
	// MaxMessage or 64 KiB, whichever is more.
	MaxMessage int64
	// Deflate is what the handshake agreed on, or nil.
	Deflate *Deflate
}

// Event is what a decoder found.
type Event struct {
	// Type is None if all bytes were consumed and more are needed.
	Type Type
	// Data is the message, or the payload of a ping or pong. It is borrowed:
	// it is valid until the next call of any of the decoder's methods and may
	// lie in the slice that was given to Decode. The borrower may write to it.
	Data []byte
	// Code and Reason belong to a Close. Code is CodeNoStatus if the peer
	// sent none, as always in the hixie dialects.
	Code   uint16
	Reason string
	// Compressed tells that the message came compressed.
	Compressed bool
}

// ProtocolError says that the peer broke the protocol or a limit.
type ProtocolError struct {
	Dialect Dialect
	// Code is the close code to answer with: CodeProtocolError,
	// CodeInvalidPayload for text that is not UTF-8 or data that does not
	// inflate, CodeTooBig for a message over the limit, CodePolicyViolation
	// for too many fragments. The hixie dialects have no codes, but faults of
	// the same kinds.
	Code uint16
	// Offset is that of the offending frame's first byte in the stream that
	// the decoder has seen.
	Offset int64
	// Reason is a constant text without bytes of the peer.
	Reason string
}

// Error returns the reason and where it was found.
func (e *ProtocolError) Error() string {
	return fmt.Sprintf("ws: %v: %s (code %d) in the frame at byte %d", e.Dialect, e.Reason, e.Code, e.Offset)
}

// Decoder turns the bytes of one connection into events. Between messages it
// holds no buffer, except for a client's window where context takeover was
// agreed on. It is not safe for concurrent use.
type Decoder struct {
	framing framing
	dialect Dialect
	role    Role
	max     int64
	err     error
	closed  bool
	lent    *buffer // holds the Data of the last event

	offset  int64 // of the current frame
	frame   frame
	message message
	inflate *inflation // nil without permessage-deflate
}

// NewDecoder returns a decoder for the bytes behind the handshake, to which
// the nonce of Hixie76 still belongs.
func NewDecoder(o DecoderOptions) *Decoder {
	d := &Decoder{framing: o.Dialect.wire(), dialect: o.Dialect, role: o.Role, max: o.MaxMessage}
	if d.max <= 0 {
		d.max = DefaultMaxMessage
	}
	// Room for the sums that are made with it, also where int has 32 bits.
	d.max = min(d.max, math.MaxInt/4)
	if o.Deflate != nil {
		d.inflate = newInflation(o.Deflate, o.Role)
	}
	return d
}

// Decode consumes bytes from p up to the end of the next event and returns how
// many. With an event of type None it has consumed all of p. The usual loop is
//
//	for {
//		n, ev, err := d.Decode(p)
//		if err != nil { ... }
//		if ev.Type == ws.None { break } // read more
//		p = p[n:]
//		...
//	}
//
// which also gives the last event's buffer back. Decode writes to p: it
// unmasks in place. A message that lies in p as one frame is not copied.
//
// The error is a *ProtocolError, as soon as the bytes so far prove it; every
// later call returns it again, and the caller sends a close frame with its
// code. After a Close event all bytes are consumed and ignored (RFC 6455
// section 5.5.1, draft 76 section 4.2).
func (d *Decoder) Decode(p []byte) (n int, ev Event, err error) {
	if d.lent != nil {
		d.lent.free()
		d.lent = nil
	}
	switch {
	case d.err != nil:
		return 0, Event{}, d.err
	case d.closed:
		return len(p), Event{}, nil
	}
	n, ev, err = d.framing.decode(d, p)
	if err != nil {
		d.Release()
		d.err = err
		return 0, Event{}, err
	}
	if ev.Type == Close {
		d.Release()
	}
	return n, ev, nil
}

// Unfinished returns where in the client's bytes the message or frame begins
// that has not come to its end yet: a message from its first frame to its last,
// or a frame outside of messages. It is -1 between them, and at the end. While
// it stays the same, the peer is still busy with the same one.
func (d *Decoder) Unfinished() int64 {
	switch {
	case d.closed, d.err != nil:
		return -1
	case d.message.t != None:
		return d.message.start
	case d.frame.stage > 0:
		return d.offset
	}
	return -1
}

// Release gives all buffers back before a decoder is dropped in the middle of
// a message. The last event's Data becomes invalid. It may be called twice;
// Decode ignores all bytes from then on.
func (d *Decoder) Release() {
	d.lent.free()
	d.frame.ctl.free()
	d.message.buf.free()
	d.lent, d.frame, d.message, d.inflate = nil, frame{}, message{}, nil
	d.closed = true
}

// fail returns the error for the current frame.
func (d *Decoder) fail(code uint16, reason string) error {
	return &ProtocolError{Dialect: d.dialect, Code: code, Offset: d.offset, Reason: reason}
}
