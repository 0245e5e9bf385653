package eio

import (
	"bytes"
	"iter"

	"github.com/everwire/everwire/session"
)

// gen0406 is for a client that has not shown yet whether it is of Gen06 or
// Gen04. What it writes for the one the other passes over: a client of Gen06
// finds no frame in JSON, one of Gen04 no JSON in a frame.
type gen0406 struct{ gen06 }

func (gen0406) Name() string { return "Socket.IO 0.4 or 0.6" }
func (gen0406) Slot() int    { return slotGen0406 }

// AppendSecond implements Doubler, with the form of Gen04.
func (gen0406) AppendSecond(dst []byte, p session.Packet) (out []byte, ok bool, err error) {
	out, _, err = gen04{}.AppendMessage(dst, p)
	if err == ErrControl {
		return out, false, nil
	}
	return out, err == nil, err
}

func (c gen0406) DecodeMessage(data []byte, binary bool) (session.Packet, error) {
	return decodeSingle(c, data, binary)
}

func (c gen0406) DecodePayload(body []byte) iter.Seq2[session.Packet, error] {
	if Decide(body) == Gen04 {
		return gen04{}.DecodePayload(body)
	}
	return c.gen06.DecodePayload(body)
}

// Decide tells a client of Gen06 from one of Gen04 by the first WebSocket
// message or HTTP body that it has sent: it returns Gen06, Gen04, or nil if
// data is of neither. It looks at no more than the beginning.
func Decide(data []byte) Codec {
	if bytes.HasPrefix(data, []byte(frame06)) {
		return Gen06
	}
	if data = bytes.TrimLeft(data, jsonSpace); len(data) > 0 && data[0] == '[' {
		return Gen04
	}
	return nil
}
