package eio

import (
	"iter"

	"github.com/everwire/everwire/session"
)

type gen0406 struct{}

func (gen0406) Name() string { return "Socket.IO 0.4 or 0.6" }
func (c gen0406) Slot() int  { return slotGen0406 }

func (gen0406) AppendMessage(dst []byte, p session.Packet) ([]byte, bool, error) {
	return dst, false, ErrUnencodable
}

func (gen0406) DecodeMessage(data []byte, binary bool) (session.Packet, error) {
	return session.Packet{}, ErrMalformed
}

func (gen0406) AppendPayload(dst []byte, ps []session.Packet) ([]byte, error) {
	return dst, ErrUnencodable
}

func (gen0406) DecodePayload(body []byte) iter.Seq2[session.Packet, error] {
	return func(yield func(session.Packet, error) bool) { yield(session.Packet{}, ErrMalformed) }
}

func (gen0406) PacketSize(p session.Packet) int { return 0 }

func (gen0406) Fit(ps []session.Packet, max int) int { return len(ps) }

func (gen0406) Batched() {}

func (gen0406) AppendSecond(dst []byte, p session.Packet) (out []byte, ok bool, err error) {
	return dst, false, nil
}

// Decide tells a client of Gen06 from one of Gen04 by the first message or
// body that came from it: it returns Gen06, Gen04, or nil if data is of
// neither.
func Decide(data []byte) Codec { return nil }
