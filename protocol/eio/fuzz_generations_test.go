package eio_test

import (
	"bytes"
	"errors"
	"iter"
	"testing"
	"unicode/utf8"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

// What a generation before Engine.IO 4 decodes it must write again so that it
// decodes to the same, as a message, a payload and a binary payload, and the
// sizes must be what was promised.
func FuzzGenerations(f *testing.F) {
	for _, s := range []string{
		"", "4hello", "2probe", "b4AQID", "\x04\x01\x02", "6:4hello2:4€", "6:b4AQID1:2", "0:1:6", "3:4😀", "18:420[\"a\"]", "2:b2",
		"\x00\x04\x02\xff4x\x01\x04\xff\x04\x01\x02\x03", "\x01\x01\xff\x04\x00\x01\xff2",
		"1::", "0", "2::/x", "5:1+::{\"name\":\"a\"}", "\ufffd9\ufffd3:::hello\ufffd6\ufffd3:::😀", "\ufffd0\ufffd",
		"~m~7~m~héllo €~m~10~m~~j~{\"a\":1}", "~m~4~m~~h~1~m~0~m~", "~m~3~m~~h~", "~m~8~m~~j~\"~h~\"",
		`["a",{"b":[1,"]"]},"\ud83d\ude00\\\"",[],null]`, "[]", `["\u2028"]`,
	} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, binary bool) {
		for _, c := range codecs {
			if c == eio.V4 || c == eio.Raw {
				continue
			}
			if p, err := c.DecodeMessage(bytes.Clone(data), binary); err == nil {
				checkMessageAgain(t, c, p)
			} else if !errors.Is(err, eio.ErrMalformed) {
				t.Fatalf("%s: %q: %v", name(c), data, err)
			}
			checkPayloadAgain(t, c, data, c.DecodePayload)
			if b, ok := c.(eio.BinaryPayloader); ok {
				checkPayloadAgain(t, c, data, b.DecodeBinaryPayload)
			}
		}
	})
}

func checkMessageAgain(t *testing.T, c eio.Codec, p session.Packet) {
	t.Helper()
	if !utf8.Valid(p.Data) && p.Kind != session.Binary {
		return // which the WebSocket layer does not let in
	}
	want, ok := arrival(c, p)
	if !ok {
		t.Fatalf("%s: decoded %+v", name(c), p)
	}
	out, isBinary, err := c.AppendMessage(nil, p)
	if err != nil {
		t.Fatalf("%s: decoded %+v: %v", name(c), p, err)
	}
	if again, err := c.DecodeMessage(inbound(c, out), isBinary); err != nil || !samePacket(again, want) {
		t.Fatalf("%s: decoded %+v, written as %q, read as %+v, %v", name(c), p, out, again, err)
	}
}

func checkPayloadAgain(t *testing.T, c eio.Codec, data []byte, decode func([]byte) iter.Seq2[session.Packet, error]) {
	t.Helper()
	ps, err := collect(decode(bytes.Clone(data)))
	if err != nil && !errors.Is(err, eio.ErrMalformed) {
		t.Fatalf("%s: %q: %v", name(c), data, err)
	}
	if err != nil || len(ps) == 0 {
		return
	}
	want := make([]session.Packet, len(ps))
	for i, p := range ps {
		if want[i], _ = arrival(c, p); !utf8.Valid(p.Data) && p.Kind != session.Binary {
			t.Fatalf("%s: %q: decoded %+v", name(c), data, p)
		}
	}
	checkPayload(t, c, ps, want)
}
