package eio

import (
	"iter"

	"github.com/everwire/everwire/session"
)

type v3 struct{ text bool }

func (v3) Name() string { return "Engine.IO 3" }
func (c v3) Slot() int  { return slotV3 }

func (v3) AppendMessage(dst []byte, p session.Packet) ([]byte, bool, error) {
	return dst, false, ErrUnencodable
}

func (v3) DecodeMessage(data []byte, binary bool) (session.Packet, error) {
	return session.Packet{}, ErrMalformed
}

func (v3) AppendPayload(dst []byte, ps []session.Packet) ([]byte, error) {
	return dst, ErrUnencodable
}

func (v3) DecodePayload(body []byte) iter.Seq2[session.Packet, error] {
	return func(yield func(session.Packet, error) bool) { yield(session.Packet{}, ErrMalformed) }
}

func (v3) PacketSize(p session.Packet) int { return 0 }

func (v3) Fit(ps []session.Packet, max int) int { return len(ps) }

func (v3) IsBinaryPayload(ps []session.Packet) bool { return false }

func (v3) AppendBinaryPayload(dst []byte, ps []session.Packet) ([]byte, error) {
	return dst, ErrUnencodable
}

func (c v3) DecodeBinaryPayload(body []byte) iter.Seq2[session.Packet, error] {
	return c.DecodePayload(body)
}
