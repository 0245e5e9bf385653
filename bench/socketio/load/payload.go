//go:build linux

package load

import (
	"bytes"
	"errors"
	"strconv"
	"unicode/utf8"
)

// separator stands between the packets of a payload of Engine.IO 4.
const separator = '\x1e'

// appendPacket appends a packet to a payload.
func (p Protocol) appendPacket(payload, packet []byte) []byte {
	switch {
	case p == V3:
		// The length in UTF-16 units, a colon, the packet.
		payload = strconv.AppendInt(payload, int64(units(packet)), 10)
		payload = append(payload, ':')
	case len(payload) > 0:
		payload = append(payload, separator)
	}
	return append(payload, packet...)
}

var errPayload = errors.New("packet without its length")

// cutPacket takes the first packet off a payload.
func (p Protocol) cutPacket(payload []byte) (packet, rest []byte, err error) {
	if p == V4 {
		packet, rest, _ = bytes.Cut(payload, []byte{separator})
		return packet, rest, nil
	}
	length, rest, found := bytes.Cut(payload, []byte{':'})
	n, err := strconv.ParseUint(string(length), 10, 31)
	if !found || err != nil {
		return nil, nil, errPayload
	}
	end := 0
	for left := int(n); left > 0; {
		r, size := utf8.DecodeRune(rest[end:])
		if size == 0 {
			return nil, nil, errPayload
		}
		end += size
		left -= unitsOf(r)
	}
	return rest[:end], rest[end:], nil
}

// units returns how many UTF-16 units a text has.
func units(text []byte) (n int) {
	for _, r := range string(text) {
		n += unitsOf(r)
	}
	return n
}

func unitsOf(r rune) int {
	if r >= 0x10000 {
		return 2
	}
	return 1
}
