package eio

import (
	"encoding/base64"
	"fmt"
	"iter"
	"strconv"
	"unicode/utf8"

	"github.com/everwire/everwire/session"
)

// v3 is Engine.IO protocol 3. (Engine.IO protocol 3, "Encoding")
type v3 struct {
	text  bool // the session has no binary transport: b64=1, or JSONP
	bytes bool // its payloads are all of the binary form
}

func (v3) Name() string { return "Engine.IO 3" }

func (c v3) Slot() int {
	if c.text {
		return slotV3Base64
	}
	return slotV3
}

func (c v3) AppendMessage(dst []byte, p session.Packet) ([]byte, bool, error) {
	switch {
	case p.Type > session.PacketNoop:
		return dst, false, fmt.Errorf("%w: type %d", ErrUnencodable, p.Type)
	case !isBinary(p):
		dst = append(dst, '0'+byte(p.Type))
		return append(dst, p.Data...), false, nil
	case c.text:
		return appendBase64V3(dst, p.Data), false, nil
	}
	// The type of a binary packet is a byte, not a digit.
	dst = append(dst, byte(session.PacketMessage))
	return append(dst, p.Data...), true, nil
}

// appendBase64V3 appends binary data as text: b, the type's digit, base64.
func appendBase64V3(dst, data []byte) []byte {
	dst = append(dst, 'b', '0'+byte(session.PacketMessage))
	return base64.StdEncoding.AppendEncode(dst, data)
}

func (v3) DecodeMessage(data []byte, binary bool) (session.Packet, error) {
	if binary {
		return decodeBinaryV3(data)
	}
	return decodeTextV3(data)
}

// decodeTextV3 decodes a packet in its text form, as in a text message or a
// payload's string.
func decodeTextV3(data []byte) (session.Packet, error) {
	if len(data) > 0 && data[0] == 'b' {
		return decodeBase64V3(data[1:])
	}
	return decodeTyped(data, '0')
}

// decodeBase64V3 decodes what follows the b: the type's digit and base64.
func decodeBase64V3(data []byte) (session.Packet, error) {
	p, err := decodeTyped(data, '0')
	if err != nil {
		return session.Packet{}, err
	}
	if p.Data, err = decodeBase64(p.Data); err != nil {
		return session.Packet{}, err
	}
	return asBinary(p)
}

// decodeBinaryV3 decodes a packet in its binary form, as in a binary message
// or a binary payload.
func decodeBinaryV3(data []byte) (session.Packet, error) {
	p, err := decodeTyped(data, 0)
	if err != nil {
		return session.Packet{}, err
	}
	return asBinary(p)
}

// asBinary gives a packet that came as bytes its kind. Packets other than
// messages have no use for bytes; a few clients send them so all the same, and
// then they must be text.
func asBinary(p session.Packet) (session.Packet, error) {
	if p.Type == session.PacketMessage {
		p.Kind = session.Binary
	} else if !utf8.Valid(p.Data) {
		return session.Packet{}, errNotUTF8
	}
	return p, nil
}

// decodeTyped decodes a packet whose first byte is its type, counted from
// zero.
func decodeTyped(data []byte, zero byte) (session.Packet, error) {
	switch {
	case len(data) == 0:
		return session.Packet{}, errEmpty
	case data[0] < zero || data[0]-zero > byte(session.PacketNoop):
		return session.Packet{}, fmt.Errorf("%w: unknown type %q", ErrMalformed, data[0])
	}
	return session.Packet{Type: session.PacketType(data[0] - zero), Data: data[1:len(data):len(data)]}, nil
}

// AppendPayload appends the string form: for each packet its length in UTF-16
// units, a colon, and the packet as text.
func (v3) AppendPayload(dst []byte, ps []session.Packet) ([]byte, error) {
	if len(ps) == 0 {
		return dst, errEmptyPayload
	}
	start := len(dst)
	for _, p := range ps {
		if isBinary(p) {
			dst = strconv.AppendInt(dst, int64(base64SizeV3(p)), 10)
			dst = append(dst, ':')
			dst = appendBase64V3(dst, p.Data)
			continue
		}
		units, err := checkUnits(p)
		if err != nil {
			return dst[:start], err
		}
		dst = strconv.AppendInt(dst, int64(1+units), 10)
		dst = append(dst, ':', '0'+byte(p.Type))
		dst = append(dst, p.Data...)
	}
	return dst, nil
}

// base64SizeV3 is the size of a binary packet as text.
func base64SizeV3(p session.Packet) int { return 2 + base64.StdEncoding.EncodedLen(len(p.Data)) }

// checkUnits returns how many UTF-16 units the text of p has, or why it cannot
// be written: text that is not UTF-8 cannot be counted, and a wrong length
// would let whoever wrote that text forge packets.
func checkUnits(p session.Packet) (int, error) {
	if p.Type > session.PacketNoop {
		return 0, fmt.Errorf("%w: type %d", ErrUnencodable, p.Type)
	}
	if !utf8.Valid(p.Data) {
		return 0, errTextUnencodable
	}
	return units(p.Data), nil
}

// DecodePayload reads the string form. An empty packet ("0:") says nothing and
// is passed over, as in the reference.
func (v3) DecodePayload(body []byte) iter.Seq2[session.Packet, error] {
	return func(yield func(session.Packet, error) bool) {
		for rest := body; ; {
			text, after, err := cutStringV3(rest)
			var p session.Packet
			if err == nil && len(text) > 0 {
				p, err = decodeTextV3(text)
			}
			if (err != nil || len(text) > 0) && !yield(p, err) || err != nil || len(after) == 0 {
				return
			}
			rest = after
		}
	}
}

// cutStringV3 takes the first packet off a payload of strings.
func cutStringV3(payload []byte) (text, rest []byte, err error) {
	n, rest, ok := cutLength(payload)
	if !ok || len(rest) == 0 || rest[0] != ':' {
		return nil, nil, errLength
	}
	return cutUnits(rest[1:], n)
}

// PacketSize implements Sizer, for the string form.
func (v3) PacketSize(p session.Packet) int {
	if isBinary(p) {
		n := base64SizeV3(p)
		return digits(n) + 1 + n
	}
	return digits(1+units(p.Data)) + 1 + 1 + len(p.Data)
}

// Fit implements Sizer. It counts with the form in which the packets are sent.
func (c v3) Fit(ps []session.Packet, max int) int {
	text, bytes, binary := 0, 0, c.bytes
	for i, p := range ps {
		text += c.PacketSize(p)
		bytes += binarySizeV3(p)
		binary = binary || isBinary(p) && !c.text
		size := text
		if binary {
			size = bytes
		}
		if size > max && i > 0 {
			return i
		}
	}
	return len(ps)
}
