package eio

import (
	"iter"

	"github.com/everwire/everwire/session"
)

type gen06 struct{}

func (gen06) Name() string { return "Socket.IO 0.6" }
func (c gen06) Slot() int  { return slotGen06 }

func (gen06) AppendMessage(dst []byte, p session.Packet) ([]byte, bool, error) {
	return dst, false, ErrUnencodable
}

func (gen06) DecodeMessage(data []byte, binary bool) (session.Packet, error) {
	return session.Packet{}, ErrMalformed
}

func (gen06) AppendPayload(dst []byte, ps []session.Packet) ([]byte, error) {
	return dst, ErrUnencodable
}

func (gen06) DecodePayload(body []byte) iter.Seq2[session.Packet, error] {
	return func(yield func(session.Packet, error) bool) { yield(session.Packet{}, ErrMalformed) }
}

func (gen06) PacketSize(p session.Packet) int { return 0 }

func (gen06) Fit(ps []session.Packet, max int) int { return len(ps) }

func (gen06) Batched() {}
