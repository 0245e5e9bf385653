package eio

import (
	"iter"

	"github.com/everwire/everwire/session"
)

type gen04 struct{}

func (gen04) Name() string { return "Socket.IO 0.4" }
func (c gen04) Slot() int  { return slotGen04 }

func (gen04) AppendMessage(dst []byte, p session.Packet) ([]byte, bool, error) {
	return dst, false, ErrUnencodable
}

func (gen04) DecodeMessage(data []byte, binary bool) (session.Packet, error) {
	return session.Packet{}, ErrMalformed
}

func (gen04) AppendPayload(dst []byte, ps []session.Packet) ([]byte, error) {
	return dst, ErrUnencodable
}

func (gen04) DecodePayload(body []byte) iter.Seq2[session.Packet, error] {
	return func(yield func(session.Packet, error) bool) { yield(session.Packet{}, ErrMalformed) }
}

func (gen04) PacketSize(p session.Packet) int { return 0 }

func (gen04) Fit(ps []session.Packet, max int) int { return len(ps) }

func (gen04) Batched() {}
