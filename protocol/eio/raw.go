package eio

import (
	"iter"

	"github.com/everwire/everwire/session"
)

// raw is the codec of clients that speak no Engine.IO.
type raw struct{}

func (raw) Name() string { return "raw" }
func (raw) Slot() int    { return slotRaw }

func (raw) AppendMessage(dst []byte, p session.Packet) ([]byte, bool, error) {
	if p.Type != session.PacketMessage {
		return dst, false, ErrControl
	}
	return append(dst, p.Data...), p.Kind == session.Binary, nil
}

func (raw) DecodeMessage(data []byte, binary bool) (session.Packet, error) {
	p := session.Packet{Type: session.PacketMessage, Data: data}
	if binary {
		p.Kind = session.Binary
	}
	return p, nil
}

func (raw) AppendPayload(dst []byte, _ []session.Packet) ([]byte, error) {
	return dst, ErrNoPayload
}

func (raw) DecodePayload([]byte) iter.Seq2[session.Packet, error] {
	return func(yield func(session.Packet, error) bool) {
		yield(session.Packet{}, ErrNoPayload)
	}
}
