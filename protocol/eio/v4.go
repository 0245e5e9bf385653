package eio

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"iter"
	"unicode/utf8"

	"github.com/everwire/everwire/session"
)

// separator stands between the packets of a payload.
const separator = 0x1e

// v4 is Engine.IO protocol 4.
type v4 struct{}

func (v4) Name() string { return "Engine.IO 4" }
func (v4) Slot() int    { return slotV4 }

func (v4) AppendMessage(dst []byte, p session.Packet) ([]byte, bool, error) {
	if p.Type > session.PacketNoop {
		return dst, false, fmt.Errorf("%w: type %d", ErrUnencodable, p.Type)
	}
	if isBinary(p) {
		return append(dst, p.Data...), true, nil
	}
	dst = append(dst, '0'+byte(p.Type))
	return append(dst, p.Data...), false, nil
}

func (v4) DecodeMessage(data []byte, binary bool) (session.Packet, error) {
	if binary {
		return session.Packet{Type: session.PacketMessage, Kind: session.Binary, Data: data}, nil
	}
	return decodeText(data)
}

// decodeText decodes a packet in its text form, as in a payload or a text
// message.
func decodeText(data []byte) (session.Packet, error) {
	if len(data) == 0 {
		return session.Packet{}, fmt.Errorf("%w: empty", ErrMalformed)
	}
	c, data := data[0], data[1:len(data):len(data)]
	switch {
	case c >= '0' && c <= '0'+byte(session.PacketNoop):
		return session.Packet{Type: session.PacketType(c - '0'), Data: data}, nil
	case c == 'b':
		data, err := decodeBase64(data)
		if err != nil {
			return session.Packet{}, err
		}
		return session.Packet{Type: session.PacketMessage, Kind: session.Binary, Data: data}, nil
	}
	return session.Packet{}, fmt.Errorf("%w: unknown type %q", ErrMalformed, c)
}

var (
	paddedBase64   = base64.StdEncoding.Strict()
	unpaddedBase64 = base64.RawStdEncoding.Strict()
)

// decodeBase64 decodes data in place: the result is never longer than what was
// read to make it. Padding may be missing, as the reference takes it so, and
// there may be line breaks: the official client for Java puts one behind each
// 76 letters and at the end.
func decodeBase64(data []byte) ([]byte, error) {
	if bytes.ContainsAny(data, "\r\n") {
		data = unbroken(data)
	}
	enc := paddedBase64
	if len(data)%4 != 0 {
		enc = unpaddedBase64
	}
	n, err := enc.Decode(data, data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return data[:n:n], nil
}

// unbroken takes the line breaks out of data, in place.
func unbroken(data []byte) []byte {
	out := data[:0]
	for _, c := range data {
		if c != '\r' && c != '\n' {
			out = append(out, c)
		}
	}
	return out
}

func (c v4) AppendPayload(dst []byte, ps []session.Packet) ([]byte, error) {
	if len(ps) == 0 {
		return dst, fmt.Errorf("%w: empty payload", ErrUnencodable)
	}
	start := len(dst)
	for i, p := range ps {
		if i > 0 {
			dst = append(dst, separator)
		}
		if isBinary(p) {
			dst = append(dst, 'b')
			dst = base64.StdEncoding.AppendEncode(dst, p.Data)
			continue
		}
		if err := checkText(p); err != nil {
			return dst[:start], err
		}
		dst = append(dst, '0'+byte(p.Type))
		dst = append(dst, p.Data...)
	}
	return dst, nil
}

// checkText reports why p cannot stand in a payload as text. A separator in
// the data would let whoever wrote that data forge packets.
func checkText(p session.Packet) error {
	switch {
	case p.Type > session.PacketNoop:
		return fmt.Errorf("%w: type %d", ErrUnencodable, p.Type)
	case bytes.IndexByte(p.Data, separator) >= 0:
		return fmt.Errorf("%w: text contains the separator 0x1e", ErrUnencodable)
	case !utf8.Valid(p.Data):
		return fmt.Errorf("%w: text is not UTF-8", ErrUnencodable)
	}
	return nil
}

func (v4) DecodePayload(body []byte) iter.Seq2[session.Packet, error] {
	return func(yield func(session.Packet, error) bool) {
		for rest, more := body, true; more; {
			var text []byte
			text, rest, more = cut(rest)
			p, err := decodeText(text)
			if err == nil && p.Kind == session.Text && !utf8.Valid(p.Data) {
				p, err = session.Packet{}, fmt.Errorf("%w: text is not UTF-8", ErrMalformed)
			}
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

// cut splits a payload at its first separator and tells whether there was one.
func cut(payload []byte) (text, rest []byte, more bool) {
	if i := bytes.IndexByte(payload, separator); i >= 0 {
		return payload[:i], payload[i+1:], true
	}
	return payload, nil, false
}

// PacketSize implements Sizer.
func (v4) PacketSize(p session.Packet) int {
	if isBinary(p) {
		return 1 + base64.StdEncoding.EncodedLen(len(p.Data))
	}
	return 1 + len(p.Data)
}

// Fit implements Sizer.
func (c v4) Fit(ps []session.Packet, max int) int {
	size := 0
	for i, p := range ps {
		if i > 0 {
			size++ // the separator
		}
		if size += c.PacketSize(p); size > max && i > 0 {
			return i
		}
	}
	return len(ps)
}

// isBinary reports whether p is binary data, which only messages can be.
func isBinary(p session.Packet) bool {
	return p.Type == session.PacketMessage && p.Kind == session.Binary
}
