package eio

import (
	"iter"

	"github.com/everwire/everwire/session"
)

type gen09 struct{}

func (gen09) Name() string { return "Socket.IO 0.9" }
func (c gen09) Slot() int  { return slotGen09 }

func (gen09) AppendMessage(dst []byte, p session.Packet) ([]byte, bool, error) {
	return dst, false, ErrUnencodable
}

func (gen09) DecodeMessage(data []byte, binary bool) (session.Packet, error) {
	return session.Packet{}, ErrMalformed
}

func (gen09) AppendPayload(dst []byte, ps []session.Packet) ([]byte, error) {
	return dst, ErrUnencodable
}

func (gen09) DecodePayload(body []byte) iter.Seq2[session.Packet, error] {
	return func(yield func(session.Packet, error) bool) { yield(session.Packet{}, ErrMalformed) }
}

func (gen09) PacketSize(p session.Packet) int { return 0 }

func (gen09) Fit(ps []session.Packet, max int) int { return len(ps) }

func (gen09) Batched() {}
