package eio_test

import (
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

func BenchmarkV4DecodeMessage(b *testing.B) {
	data := []byte(`42["echo","a line of chat"]`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := eio.V4.DecodeMessage(data, false); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkV4AppendMessage(b *testing.B) {
	p := session.Packet{Type: session.PacketMessage, Data: []byte(`2["echo","a line of chat"]`)}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, _, err = eio.V4.AppendMessage(buf[:0], p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkV4DecodePayload(b *testing.B) {
	body := []byte(strings.Repeat("42[\"echo\",\"a line of chat\"]\x1e", 9) + "2")
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		for _, err := range eio.V4.DecodePayload(body) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkV4AppendPayload(b *testing.B) {
	ps := make([]session.Packet, 10)
	for i := range ps {
		ps[i] = session.Packet{Type: session.PacketMessage, Data: []byte(`2["echo","a line of chat"]`)}
	}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, err = eio.V4.AppendPayload(buf[:0], ps); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(buf)))
}
