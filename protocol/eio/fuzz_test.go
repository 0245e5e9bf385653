package eio_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

// What decodes must encode to the same bytes, but for base64, which becomes a
// binary message or gets its padding.
func FuzzDecodeMessage(f *testing.F) {
	for _, s := range []string{"", `0{"sid":"x"}`, "1", "2probe", "3", "4€", "5", "6", "7", "bAQID", "bAQI", "bAQ=", "b\n"} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, binary bool) {
		for _, c := range []eio.Codec{eio.V4, eio.Raw} { // the others: FuzzGenerations
			p, err := c.DecodeMessage(bytes.Clone(data), binary)
			if err != nil {
				if !errors.Is(err, eio.ErrMalformed) {
					t.Fatalf("%s: %q: %v", c.Name(), data, err)
				}
				continue
			}
			out, outBinary, err := c.AppendMessage(nil, p)
			if err != nil {
				t.Fatalf("%s: %q decodes to %+v: %v", c.Name(), data, p, err)
			}
			if !binary && outBinary { // base64
				out, outBinary = base64.StdEncoding.AppendEncode([]byte("b"), out), false
				data = bytes.ReplaceAll(bytes.ReplaceAll(data, []byte("\r"), nil), []byte("\n"), nil)
				out, data = bytes.TrimRight(out, "="), bytes.TrimRight(data, "=")
			}
			if outBinary != binary || !bytes.Equal(out, data) {
				t.Fatalf("%s: %q comes back as %q", c.Name(), data, out)
			}
		}
	})
}

// What decodes must encode to the same body, but for base64 without padding,
// and the size must be what was promised.
func FuzzDecodePayload(f *testing.F) {
	for _, s := range []string{
		"", "4hello\x1e2\x1ebAQID\x1e4€", "bAQ\x1ebAQ==\x1e1", "\x1e", "4a\x1e", "garbage", "4\xff",
		"bAQIDBAUGBwgJCgsMDQ4P\x1ebAQIDBAUGBwgJCgsMDQ4P\x1e6",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		ps, err := decodeAll(eio.V4, body)
		if err != nil {
			if !errors.Is(err, eio.ErrMalformed) {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		out, err := eio.V4.AppendPayload(nil, ps)
		if err != nil {
			t.Fatalf("%q decodes to %+v: %v", body, ps, err)
		}
		sizer := eio.V4.(eio.Sizer)
		size := len(ps) - 1
		for _, p := range ps {
			size += sizer.PacketSize(p)
		}
		if size != len(out) || sizer.Fit(ps, size) != len(ps) {
			t.Fatalf("%q: %d bytes, promised %d", out, len(out), size)
		}
		again, err := decodeAll(eio.V4, out)
		if err != nil || len(again) != len(ps) || !utf8.Valid(body) {
			t.Fatalf("%q: %+v; %q: %+v, %v", body, ps, out, again, err)
		}
		for i := range ps {
			if !samePacket(ps[i], again[i]) {
				t.Fatalf("packet %d of %q: %+v, then %+v", i, body, ps[i], again[i])
			}
		}
		if !bytes.ContainsRune(body, 'b') && !bytes.Equal(out, body) {
			t.Fatalf("%q comes back as %q", body, out)
		}
	})
}

func FuzzParseOpen(f *testing.F) {
	f.Add([]byte(`{"sid":"x","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`))
	f.Add([]byte(`{"sid":"\u2028","pingInterval":1,"pingTimeout":1}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := eio.ParseOpen(data)
		if err != nil {
			if !errors.Is(err, eio.ErrMalformed) {
				t.Fatal(err)
			}
			return
		}
		p, err := eio.V4.DecodeMessage(eio.AppendOpen(nil, h), false)
		if err != nil || p.Type != session.PacketOpen {
			t.Fatalf("%+v: %+v, %v", h, p, err)
		}
		if len(p.Data) > 4096 { // escapes may have made it longer
			return
		}
		again, err := eio.ParseOpen(p.Data)
		if err != nil || again.SID != h.SID || again.PingInterval != h.PingInterval || len(again.Upgrades) != len(h.Upgrades) {
			t.Fatalf("%+v, then %+v, %v", h, again, err)
		}
	})
}
