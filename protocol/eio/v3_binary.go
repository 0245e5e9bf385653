package eio

import (
	"fmt"
	"iter"
	"strconv"
	"unicode/utf8"

	"github.com/everwire/everwire/session"
)

// The binary payloads of Engine.IO 3 (protocol 3, "Payload"): for each packet
// one byte that says whether it is text or binary, the decimal digits of its
// length in bytes, each as a byte from 0 to 9, the byte 0xff, and the packet.
//
//	00 05 ff 34 68 ...      text, five bytes
//	01 04 ff 04 01 02 03    binary, four bytes: message 01 02 03
const (
	textRecord   = 0
	binaryRecord = 1
	lengthEnd    = 0xff
)

// IsBinaryPayload implements BinaryPayloader. It reports whether one of the
// packets is binary, unless the session takes one form only.
func (c v3) IsBinaryPayload(ps []session.Packet) bool {
	if c.text || c.bytes {
		return c.bytes
	}
	for _, p := range ps {
		if isBinary(p) {
			return true
		}
	}
	return false
}

// AppendBinaryPayload implements BinaryPayloader.
func (v3) AppendBinaryPayload(dst []byte, ps []session.Packet) ([]byte, error) {
	if len(ps) == 0 {
		return dst, errEmptyPayload
	}
	start := len(dst)
	for _, p := range ps {
		kind, first := byte(textRecord), '0'+byte(p.Type)
		switch {
		case p.Type > session.PacketNoop:
			return dst[:start], fmt.Errorf("%w: type %d", ErrUnencodable, p.Type)
		case isBinary(p):
			kind, first = binaryRecord, byte(p.Type)
		case !utf8.Valid(p.Data):
			return dst[:start], errTextUnencodable
		}
		dst = append(dst, kind)
		dst = appendDigits(dst, 1+len(p.Data))
		dst = append(dst, lengthEnd, first)
		dst = append(dst, p.Data...)
	}
	return dst, nil
}

// appendDigits appends n in decimal, each digit as a byte from 0 to 9.
func appendDigits(dst []byte, n int) []byte {
	start := len(dst)
	dst = strconv.AppendInt(dst, int64(n), 10)
	for i := start; i < len(dst); i++ {
		dst[i] -= '0'
	}
	return dst
}

// DecodeBinaryPayload implements BinaryPayloader.
func (v3) DecodeBinaryPayload(body []byte) iter.Seq2[session.Packet, error] {
	return func(yield func(session.Packet, error) bool) {
		for rest := body; ; {
			kind, data, after, err := cutRecord(rest)
			var p session.Packet
			switch {
			case err != nil:
			case kind == binaryRecord:
				p, err = decodeBinaryV3(data)
			case !utf8.Valid(data):
				err = errNotUTF8
			default:
				p, err = decodeTextV3(data)
			}
			if !yield(p, err) || err != nil || len(after) == 0 {
				return
			}
			rest = after
		}
	}
}

// cutRecord takes the first packet off a binary payload.
func cutRecord(payload []byte) (kind byte, data, rest []byte, err error) {
	if len(payload) == 0 || payload[0] > binaryRecord {
		return 0, nil, nil, errRecord
	}
	n, i := 0, 1
	for ; i < len(payload) && payload[i] <= 9; i++ {
		if n = n*10 + int(payload[i]); n > len(payload) {
			return 0, nil, nil, errLength
		}
	}
	if i == 1 || i == len(payload) || payload[i] != lengthEnd || n > len(payload)-i-1 {
		return 0, nil, nil, errLength
	}
	rest = payload[i+1:]
	return payload[0], rest[:n], rest[n:], nil
}

// binarySizeV3 is the size of p in a binary payload.
func binarySizeV3(p session.Packet) int {
	n := 1 + len(p.Data)
	return 1 + digits(n) + 1 + n
}
