package eio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

// chatLine is a line of chat as each generation carries it.
func chatLine(c eio.Codec) session.Packet {
	data := `2["echo","a line of chat"]`
	switch c {
	case eio.Gen09:
		data = `5:::{"name":"echo","args":["a line of chat"]}`
	case eio.Gen06, eio.Gen04, eio.Gen0406:
		data = "a line of chat"
	}
	return session.Packet{Type: session.PacketMessage, Data: []byte(data)}
}

func BenchmarkDecodeMessage(b *testing.B) {
	for _, c := range codecs {
		wire, _, err := c.AppendMessage(nil, chatLine(c))
		if err != nil {
			b.Fatal(err)
		}
		wire = inbound(c, wire)
		b.Run(name(c), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.DecodeMessage(wire, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppendMessage(b *testing.B) {
	for _, c := range codecs {
		b.Run(name(c), func(b *testing.B) {
			p := chatLine(c)
			var buf []byte
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if buf, _, err = c.AppendMessage(buf[:0], p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecodePayload(b *testing.B) {
	for _, c := range codecs[:len(codecs)-1] {
		body, err := c.AppendPayload(nil, chatLines(c, 10))
		if err != nil {
			b.Fatal(err)
		}
		body = inbound(c, body)
		b.Run(name(c), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				for _, err := range c.DecodePayload(body) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

func BenchmarkAppendPayload(b *testing.B) {
	for _, c := range codecs[:len(codecs)-1] {
		b.Run(name(c), func(b *testing.B) {
			ps := chatLines(c, 10)
			var buf []byte
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if buf, err = c.AppendPayload(buf[:0], ps); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(len(buf)))
		})
	}
}

func chatLines(c eio.Codec, n int) []session.Packet {
	ps := make([]session.Packet, n)
	for i := range ps {
		ps[i] = chatLine(c)
	}
	return ps
}

func BenchmarkBinaryPayload(b *testing.B) {
	v3 := eio.V3.(eio.BinaryPayloader)
	ps := []session.Packet{text(session.PacketMessage, `51-["echo",{"_placeholder":true,"num":0}]`), binary(strings.Repeat("x", 1024))}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, err = v3.AppendBinaryPayload(buf[:0], ps); err != nil {
			b.Fatal(err)
		}
		for _, err := range v3.DecodeBinaryPayload(buf) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkUndouble(b *testing.B) {
	for _, line := range []string{"a line of chat", "eine Zeile für den Plausch €"} {
		b.Run(fmt.Sprint(len(line)), func(b *testing.B) {
			in := []byte(double(line))
			buf := make([]byte, len(in))
			b.ReportAllocs()
			for b.Loop() {
				copy(buf, in)
				eio.Undouble(buf)
			}
		})
	}
}

// The paths that every packet of a client takes must not allocate.
func TestEncodersDoNotAllocate(t *testing.T) {
	for _, c := range codecs {
		p := chatLine(c)
		buf := make([]byte, 0, 1024)
		check := func(what string, run func() error) {
			t.Helper()
			allocs := testing.AllocsPerRun(50, func() {
				if err := run(); err != nil {
					t.Fatal(err)
				}
			})
			if allocs > 0 {
				t.Errorf("%s: %s: %v allocations", name(c), what, allocs)
			}
		}
		check("a message", func() error { _, _, err := c.AppendMessage(buf, p); return err })
		if c == eio.Raw {
			continue
		}
		ps := chatLines(c, 10)
		check("a payload", func() error { _, err := c.AppendPayload(buf, ps); return err })
		check("its size", func() error { c.(eio.Sizer).Fit(ps, 300); return nil })
		if c == eio.V3 || c == eio.V3Base64 || c == eio.V4 {
			wire, _, _ := c.AppendMessage(nil, p)
			check("reading a message", func() error { _, err := c.DecodeMessage(wire, false); return err })
		}
	}
}
