package eio_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

func text(t session.PacketType, data string) session.Packet {
	return session.Packet{Type: t, Data: []byte(data)}
}

func binary(data string) session.Packet {
	return session.Packet{Type: session.PacketMessage, Kind: session.Binary, Data: []byte(data)}
}

func samePacket(a, b session.Packet) bool {
	return a.Type == b.Type && a.Kind == b.Kind && bytes.Equal(a.Data, b.Data)
}

// The packets of the Engine.IO protocol 4 document, section "Protocol".
func TestV4Messages(t *testing.T) {
	for _, tt := range []struct {
		wire   string
		binary bool
		want   session.Packet
	}{
		{`0{"sid":"x"}`, false, text(session.PacketOpen, `{"sid":"x"}`)},
		{`1`, false, text(session.PacketClose, "")},
		{`2`, false, text(session.PacketPing, "")},
		{`2probe`, false, text(session.PacketPing, "probe")},
		{`3`, false, text(session.PacketPong, "")},
		{`3probe`, false, text(session.PacketPong, "probe")},
		{`4hello`, false, text(session.PacketMessage, "hello")},
		{`4`, false, text(session.PacketMessage, "")},
		{`4€`, false, text(session.PacketMessage, "€")},
		{"4a\x1eb", false, text(session.PacketMessage, "a\x1eb")},
		{`5`, false, text(session.PacketUpgrade, "")},
		{`6`, false, text(session.PacketNoop, "")},
		{"\x01\x02\x03", true, binary("\x01\x02\x03")},
		{"", true, binary("")},
		{"4", true, binary("4")},
	} {
		got, err := eio.V4.DecodeMessage([]byte(tt.wire), tt.binary)
		if err != nil || !samePacket(got, tt.want) {
			t.Errorf("decode %q: %+v, %v; want %+v", tt.wire, got, err, tt.want)
		}
		out, isBinary, err := eio.V4.AppendMessage([]byte("> "), tt.want)
		if err != nil || string(out) != "> "+tt.wire || isBinary != tt.binary {
			t.Errorf("encode %+v: %q, %v, %v; want %q", tt.want, out, isBinary, err, tt.wire)
		}
	}
}

func TestV4DecodesBase64Message(t *testing.T) {
	for wire, want := range map[string]string{
		"bAQID": "\x01\x02\x03", "bAQI=": "\x01\x02", "bAQI": "\x01\x02", "bAQ==": "\x01", "bAQ": "\x01", "b": "",
		"b+/+/": "\xfb\xff\xbf",
		// The official client for Java breaks lines.
		"bAQID\n": "\x01\x02\x03", "bAQ\r\nID\r\n": "\x01\x02\x03", "bAQ==\n": "\x01", "bAQ\n": "\x01", "b\n": "",
	} {
		p, err := eio.V4.DecodeMessage([]byte(wire), false)
		if err != nil || !samePacket(p, binary(want)) {
			t.Errorf("%q: %+v, %v; want %q", wire, p, err, want)
		}
	}
}

func TestV4RefusesMessages(t *testing.T) {
	for _, wire := range []string{
		"", "7", "9", "a", "B", "/", "\x00", "\x04abc", " 4", "€",
		"bA", "bA===", "bAQ=", "bAQID=", "b=", "bAQ==AQ==", "b-_-_", "bAQ D", "bAQI*", "bAQI\t", "bAQ==\nAQ==", "bA\n", "bAR==", "bAQJ=",
	} {
		p, err := eio.V4.DecodeMessage([]byte(wire), false)
		if !errors.Is(err, eio.ErrMalformed) || p.Data != nil {
			t.Errorf("%q: %+v, %v", wire, p, err)
		}
	}
	out, _, err := eio.V4.AppendMessage([]byte("> "), session.Packet{Type: 7})
	if !errors.Is(err, eio.ErrUnencodable) || string(out) != "> " {
		t.Errorf("type 7: %q, %v", out, err)
	}
}

func TestV4JSONIsText(t *testing.T) {
	p := session.Packet{Type: session.PacketMessage, Kind: session.JSON, Data: []byte(`[1]`)}
	if out, isBinary, err := eio.V4.AppendMessage(nil, p); err != nil || isBinary || string(out) != `4[1]` {
		t.Errorf("%q, %v, %v", out, isBinary, err)
	}
	if out, err := eio.V4.AppendPayload(nil, []session.Packet{p}); err != nil || string(out) != `4[1]` {
		t.Errorf("%q, %v", out, err)
	}
}

// The example of the Engine.IO protocol 4 document, section "Packet encoding",
// "HTTP long-polling".
func TestV4Payload(t *testing.T) {
	const wire = "4hello\x1e2\x1e4world\x1ebAQIDBA==\x1eb\x1e4"
	want := []session.Packet{
		text(session.PacketMessage, "hello"), text(session.PacketPing, ""), text(session.PacketMessage, "world"),
		binary("\x01\x02\x03\x04"), binary(""), text(session.PacketMessage, ""),
	}
	got, err := decodeAll(eio.V4, []byte(wire))
	if err != nil || len(got) != len(want) {
		t.Fatalf("%+v, %v", got, err)
	}
	for i := range got {
		if !samePacket(got[i], want[i]) {
			t.Errorf("packet %d: %+v, want %+v", i, got[i], want[i])
		}
	}
	out, err := eio.V4.AppendPayload([]byte("> "), want)
	if err != nil || string(out) != "> "+wire {
		t.Errorf("%q, %v", out, err)
	}
}

func TestV4RefusesPayloads(t *testing.T) {
	for _, tt := range []struct {
		body string
		good int // packets before the error
	}{
		{"", 0}, {"\x1e", 0}, {"\x1e4a", 0}, {"4a\x1e", 1}, {"4a\x1e\x1e4b", 1}, {"garbage", 0}, {"4a\x1e2\x1ex", 2},
		{"4\xff", 0}, {"4a\x1e4\xe2\x82", 1}, {"2\xc0\x80", 0}, {"4a\x1ebA*==", 1},
	} {
		got, err := decodeAll(eio.V4, []byte(tt.body))
		if !errors.Is(err, eio.ErrMalformed) || len(got) != tt.good {
			t.Errorf("%q: %+v, %v", tt.body, got, err)
		}
	}
}

func TestV4PayloadCanBeLeftEarly(t *testing.T) {
	n := 0
	for range eio.V4.DecodePayload([]byte("2\x1e2\x1ex")) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d packets", n)
	}
}

func TestV4RefusesToEncodePayloads(t *testing.T) {
	for name, ps := range map[string][]session.Packet{
		"nothing":         nil,
		"forged packets":  {text(session.PacketMessage, "a\x1e1")},
		"text in Latin-1": {text(session.PacketMessage, "ok"), text(session.PacketMessage, "\xe9")},
		"unknown type":    {{Type: 7}},
	} {
		out, err := eio.V4.AppendPayload([]byte("> "), ps)
		if !errors.Is(err, eio.ErrUnencodable) || string(out) != "> " {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
}

// Decoding base64 in place must not reach into the packet behind it, nor may
// an append by the packet's user.
func TestV4PacketsOfPayloadAreApart(t *testing.T) {
	var ps []session.Packet
	for p, err := range eio.V4.DecodePayload([]byte("bAQIDBAUGBwgJCgsM\x1e4next\x1ebDAs=\x1e4last")) {
		if err != nil {
			t.Fatal(err)
		}
		ps = append(ps, p)
	}
	for i := range ps {
		_ = append(ps[i].Data, "overwritten"...)
	}
	for i, want := range []string{"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c", "next", "\x0c\x0b", "last"} {
		if string(ps[i].Data) != want {
			t.Errorf("packet %d: %q, want %q", i, ps[i].Data, want)
		}
	}
}

func TestV4Sizes(t *testing.T) {
	sizer := eio.V4.(eio.Sizer)
	ps := []session.Packet{
		text(session.PacketMessage, "hello"), binary(""), binary("a"), binary("abc"), binary("abcd"), text(session.PacketPing, ""),
	}
	for _, p := range ps {
		out, err := eio.V4.AppendPayload(nil, []session.Packet{p})
		if err != nil || sizer.PacketSize(p) != len(out) {
			t.Errorf("%+v: size %d, but %q (%v)", p, sizer.PacketSize(p), out, err)
		}
	}
	for max := 0; max < 60; max++ {
		n := sizer.Fit(ps, max)
		out, err := eio.V4.AppendPayload(nil, ps[:n])
		if err != nil || n < 1 || n > 1 && len(out) > max {
			t.Fatalf("%d packets for %d bytes: %q, %v", n, max, out, err)
		}
		if n < len(ps) {
			if more, _ := eio.V4.AppendPayload(nil, ps[:n+1]); len(more) <= max {
				t.Errorf("%d packets for %d bytes, but %d fit: %q", n, max, n+1, more)
			}
		}
	}
	if n := sizer.Fit(nil, 10); n != 0 {
		t.Errorf("%d packets of none", n)
	}
}

// ratio compares the time that run takes for two inputs. It takes the shortest
// of many short runs, and more of them while the result is above the limit:
// other work on the machine can only make a run longer.
func ratio(run func([]byte), small, large []byte, limit float64) float64 {
	a, b := time.Hour, time.Hour
	var r float64
	for range 20 {
		for range 10 {
			a, b = min(a, elapsed(run, small)), min(b, elapsed(run, large))
		}
		if r = float64(b) / float64(max(a, time.Microsecond)); r <= limit {
			break
		}
	}
	return r
}

// elapsed runs on a copy, because base64 is decoded in place.
func elapsed(run func([]byte), body []byte) time.Duration {
	body = bytes.Clone(body)
	start := time.Now()
	run(body)
	return time.Since(start)
}

func TestV4PayloadCostsNoMemoryPerPacket(t *testing.T) {
	body := []byte(strings.Repeat("4hello\x1e", 1000) + "2")
	allocs := testing.AllocsPerRun(20, func() {
		for _, err := range eio.V4.DecodePayload(body) {
			if err != nil {
				t.Fatal(err)
			}
		}
	})
	if allocs > 4 {
		t.Errorf("%v allocations for 1001 packets", allocs)
	}
}
