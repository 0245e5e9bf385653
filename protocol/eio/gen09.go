package eio

import (
	"bytes"
	"fmt"
	"iter"
	"strconv"
	"unicode/utf8"

	"github.com/everwire/everwire/session"
)

// gen09 is the protocol of Socket.IO 0.7 to 0.9, which the Socket.IO
// specification calls version 1. It has one kind of packet for transport and
// application, so only some of the packets are the session's own:
//
//	0::    close: the client does not come back by itself
//	1::    open (the session id came with the HTTP handshake)
//	2::    a ping of the server, and the client's answer to it
//	8::    noop
//
// A close after which reconnecting may help, as session.Code has it, is written as
// 7:::1+0: an error with the advice to reconnect.
//
// All others, such as "5:::{..}" and "1::/chat", are messages, and their text
// as a whole is the data.
type gen09 struct{}

func (gen09) Name() string { return "Socket.IO 0.9" }
func (gen09) Slot() int    { return slotGen09 }

// Batched implements Batcher.
func (gen09) Batched() {}

// frame09 stands around the lengths in payloads.
const frame09 = "\ufffd"

// The packets without data.
var (
	close09     = []byte("0::")
	return09    = []byte("7:::1+0")
	open09      = []byte("1::")
	heartbeat09 = []byte("2::")
	noop09      = []byte("8::")
)

// text returns what p looks like on the wire.
func (gen09) text(p session.Packet) ([]byte, error) {
	switch p.Type {
	case session.PacketOpen:
		return open09, nil
	case session.PacketClose:
		if mayReturn09(p.Code) {
			return return09, nil
		}
		return close09, nil
	case session.PacketPing, session.PacketPong:
		return heartbeat09, nil
	case session.PacketNoop:
		return noop09, nil
	case session.PacketUpgrade:
		return nil, ErrControl
	case session.PacketMessage:
		switch {
		case p.Kind == session.Binary:
			return nil, errBinaryUnencodable
		case len(p.Data) == 0 || p.Data[0] < '0' || p.Data[0] > '8':
			return nil, fmt.Errorf("%w: data is no packet of Socket.IO 0.9", ErrUnencodable)
		}
		return p.Data, nil
	}
	return nil, fmt.Errorf("%w: type %d", ErrUnencodable, p.Type)
}

// mayReturn09 reports whether reconnecting may help after a close with that code.
func mayReturn09(code session.Code) bool {
	return code == session.GoingAway || code == session.TryAgainLater || code >= 3000 && code < 3500 || code >= 4000 && code < 4500
}

func (c gen09) form(p session.Packet) (size int, err error) {
	text, err := c.text(p)
	return len(text), err
}

func (c gen09) AppendMessage(dst []byte, p session.Packet) ([]byte, bool, error) {
	text, err := c.text(p)
	return append(dst, text...), false, err
}

func (c gen09) DecodeMessage(data []byte, binary bool) (session.Packet, error) {
	return decodeSingle(c, data, binary)
}

// AppendPayload appends a packet that is alone as it is, and several in frames
// with their lengths in UTF-16 units.
func (c gen09) AppendPayload(dst []byte, ps []session.Packet) ([]byte, error) {
	start := len(dst)
	n, err := countForms(c, ps)
	if err != nil {
		return dst, err
	}
	for _, p := range ps {
		text, err := c.text(p)
		switch {
		case err == ErrControl:
			continue
		case err != nil:
			return dst[:start], err
		case !utf8.Valid(text):
			return dst[:start], errTextUnencodable
		}
		if n > 1 {
			dst = append(dst, frame09...)
			dst = strconv.AppendInt(dst, int64(units(text)), 10)
			dst = append(dst, frame09...)
		}
		dst = append(dst, text...)
	}
	return dst, nil
}

func (gen09) DecodePayload(body []byte) iter.Seq2[session.Packet, error] {
	return func(yield func(session.Packet, error) bool) {
		if !bytes.HasPrefix(body, []byte(frame09)) {
			yield(decodeText09(body))
			return
		}
		for rest := body; len(rest) > 0; {
			text, after, err := cutFrame(rest, frame09)
			var p session.Packet
			if err == nil {
				p, err = decodeText09(text)
			}
			if !yield(p, err) || err != nil {
				return
			}
			rest = after
		}
	}
}

// cutFrame takes the first text off a payload in which each stands behind its
// length in UTF-16 units, which the mark encloses.
func cutFrame(payload []byte, mark string) (text, rest []byte, err error) {
	rest, ok := bytes.CutPrefix(payload, []byte(mark))
	if !ok {
		return nil, nil, errFrame
	}
	n, rest, ok := cutLength(rest)
	if !ok {
		return nil, nil, errLength
	}
	if rest, ok = bytes.CutPrefix(rest, []byte(mark)); !ok {
		return nil, nil, errFrame
	}
	return cutUnits(rest, n)
}

// decodeText09 decodes one packet.
func decodeText09(text []byte) (session.Packet, error) {
	switch {
	case len(text) == 0:
		return session.Packet{}, errEmpty
	case !utf8.Valid(text):
		return session.Packet{}, errNotUTF8
	case text[0] < '0' || text[0] > '8' || len(text) > 1 && text[1] != ':':
		return session.Packet{}, fmt.Errorf("%w: unknown type %.2q", ErrMalformed, text)
	}
	root := isRoot09(text)
	switch c := text[0]; {
	case c == '0' && root:
		return session.Packet{Type: session.PacketClose}, nil
	case c == '1' && root:
		return session.Packet{Type: session.PacketOpen}, nil
	case c == '2': // whatever the endpoint, as in the reference
		return session.Packet{Type: session.PacketPong}, nil
	case c == '8':
		return session.Packet{Type: session.PacketNoop}, nil
	}
	return session.Packet{Type: session.PacketMessage, Data: text[:len(text):len(text)]}, nil
}

// isRoot09 reports whether the endpoint of a packet is the root. The
// specification lets a packet end early: "0" is "0::".
func isRoot09(text []byte) bool {
	rest := text[1:]
	if len(rest) > 0 && rest[0] == ':' { // the id
		rest = bytes.TrimLeft(rest[1:], "0123456789+")
	}
	if len(rest) > 0 && rest[0] == ':' { // the endpoint
		rest = rest[1:]
		return len(rest) == 0 || rest[0] == ':' || rest[0] == '?'
	}
	return len(rest) == 0
}

// PacketSize implements Sizer. A frame is not counted.
func (c gen09) PacketSize(p session.Packet) int {
	n, _ := c.form(p)
	return n
}

// Fit implements Sizer.
func (c gen09) Fit(ps []session.Packet, max int) int {
	size, n := 0, 0
	for i, p := range ps {
		text, err := c.text(p)
		if err != nil {
			continue
		}
		// A packet that is alone has no frame, but it is let in in any case.
		size += 2*len(frame09) + digits(units(text)) + len(text)
		if n++; size > max && n > 1 {
			return i
		}
	}
	return len(ps)
}
