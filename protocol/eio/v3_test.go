package eio_test

import (
	"errors"
	"testing"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

// The packets of the Engine.IO protocol 3 document, sections "Packet" and
// "Encoding". wire and kind are what V3 writes, text what V3Base64 writes where
// that differs.
func TestV3Messages(t *testing.T) {
	for _, tt := range []struct {
		wire   string
		binary bool
		text   string
		want   session.Packet
	}{
		{wire: `0{"sid":"x"}`, want: text(session.PacketOpen, `{"sid":"x"}`)},
		{wire: "1", want: text(session.PacketClose, "")},
		{wire: "2", want: text(session.PacketPing, "")},
		{wire: "2probe", want: text(session.PacketPing, "probe")},
		{wire: "3probe", want: text(session.PacketPong, "probe")},
		{wire: "4hello", want: text(session.PacketMessage, "hello")},
		{wire: "4", want: text(session.PacketMessage, "")},
		{wire: "4€😀", want: text(session.PacketMessage, "€😀")},
		{wire: "5", want: text(session.PacketUpgrade, "")},
		{wire: "6", want: text(session.PacketNoop, "")},
		{wire: "\x04\x01\x02\x03", binary: true, text: "b4AQID", want: binary("\x01\x02\x03")},
		{wire: "\x04", binary: true, text: "b4", want: binary("")},
		{wire: "\x044", binary: true, text: "b4NA==", want: binary("4")},
	} {
		for _, c := range []eio.Codec{eio.V3, eio.V3Base64} {
			got, err := c.DecodeMessage([]byte(tt.wire), tt.binary)
			if err != nil || !samePacket(got, tt.want) {
				t.Errorf("decode %q: %+v, %v; want %+v", tt.wire, got, err, tt.want)
			}
			wire, binary := tt.wire, tt.binary
			if c == eio.V3Base64 && tt.text != "" {
				wire, binary = tt.text, false
				if got, err = c.DecodeMessage([]byte(wire), false); err != nil || !samePacket(got, tt.want) {
					t.Errorf("decode %q: %+v, %v; want %+v", wire, got, err, tt.want)
				}
			}
			out, isBinary, err := c.AppendMessage([]byte("> "), tt.want)
			if err != nil || string(out) != "> "+wire || isBinary != binary {
				t.Errorf("encode %+v: %q, %v, %v; want %q", tt.want, out, isBinary, err, wire)
			}
		}
	}
}

func TestV3RefusesMessages(t *testing.T) {
	for _, tt := range []struct {
		wire   string
		binary bool
	}{
		{"", false}, {"7", false}, {"a", false}, {"\x04abc", false}, {"€", false},
		{"b", false}, {"bAQID", false}, {"b7AQID", false}, {"bb4AQID", false}, {"b4A", false}, {"b4AQ=", false},
		{"b4AQ==AQ==", false}, {"b4AQ\r\nID", false}, {"b4-_-_", false}, {"b2/w==", false},
		{"", true}, {"4abc", true}, {"\x07", true}, {"\xff", true}, {"\x02\xff", true},
	} {
		p, err := eio.V3.DecodeMessage([]byte(tt.wire), tt.binary)
		if !errors.Is(err, eio.ErrMalformed) || p.Data != nil {
			t.Errorf("%q (binary %v): %+v, %v", tt.wire, tt.binary, p, err)
		}
	}
	out, _, err := eio.V3.AppendMessage([]byte("> "), session.Packet{Type: 7})
	if !errors.Is(err, eio.ErrUnencodable) || string(out) != "> " {
		t.Errorf("type 7: %q, %v", out, err)
	}
}

// Lengths are those of JavaScript's strings. (Engine.IO protocol 3, section
// "Payload")
func TestV3Payloads(t *testing.T) {
	for _, tt := range []struct {
		wire string
		want []session.Packet
	}{
		{"6:4hello2:4€", []session.Packet{text(session.PacketMessage, "hello"), text(session.PacketMessage, "€")}},
		{"6:b4AQID", []session.Packet{binary("\x01\x02\x03")}},
		{"3:4😀1:2", []session.Packet{text(session.PacketMessage, "😀"), text(session.PacketPing, "")}},
		{"1:4", []session.Packet{text(session.PacketMessage, "")}},
		{"10:b4AQIDBA==2:b46:2probe", []session.Packet{binary("\x01\x02\x03\x04"), binary(""), text(session.PacketPing, "probe")}},
		{"6:412:4a", []session.Packet{text(session.PacketMessage, "12:4a")}},
		{"3:4\x1ea1:6", []session.Packet{text(session.PacketMessage, "\x1ea"), text(session.PacketNoop, "")}},
	} {
		for _, c := range []eio.Codec{eio.V3, eio.V3Base64} {
			got, err := decodeAll(c, []byte(tt.wire))
			if err != nil || !samePackets(got, tt.want) {
				t.Errorf("decode %q: %+v, %v; want %+v", tt.wire, got, err, tt.want)
			}
			out, err := c.AppendPayload([]byte("> "), tt.want)
			if err != nil || string(out) != "> "+tt.wire {
				t.Errorf("encode %+v: %q, %v; want %q", tt.want, out, err, tt.wire)
			}
		}
	}
}

func TestV3TakesOddPayloads(t *testing.T) {
	for wire, want := range map[string][]session.Packet{
		"0:":          nil,
		"0:1:20:":     {text(session.PacketPing, "")},
		"002:4a":      {text(session.PacketMessage, "a")},
		"8:b4AQIDBA":  {binary("\x01\x02\x03\x04")},
		"2:b21:3":     {text(session.PacketPing, ""), text(session.PacketPong, "")},
		"9:b2cHJvYmU": {text(session.PacketPing, "probe")},
	} {
		if got, err := decodeAll(eio.V3, []byte(wire)); err != nil || !samePackets(got, want) {
			t.Errorf("%q: %+v, %v; want %+v", wire, got, err, want)
		}
	}
}

func TestV3RefusesPayloads(t *testing.T) {
	for _, tt := range []struct {
		body string
		good int // packets before the error
	}{
		{"", 0}, {":", 0}, {"4hello", 0}, {"garbage", 0}, {"1", 0}, {"1:", 0}, {":4", 0}, {"2:4", 0}, {"1:41", 1}, {"1:4:", 1},
		{"-1:4", 0}, {"+1:4", 0}, {" 1:4", 0}, {"1 :4", 0}, {"1.0:4", 0}, {"1e0:4", 0}, {"0x1:4", 0},
		{"18:420[\"echo\",\"abc\"]", 0}, {"99999999999999999999999999:4", 0},
		{"2:4😀", 0},         // ends within a character
		{"2:4\xff", 0},      // not UTF-8
		{"3:4\xf0\x9f", 0},  // a character is cut off
		{"3:4\xc0\x80", 0},  // an overlong NUL
		{"1:22:71:2", 1},    // unknown type
		{"1:24:b4A*1:2", 1}, // bad base64
		{"1:2\x1e1:2", 1},
	} {
		got, err := decodeAll(eio.V3, []byte(tt.body))
		if !errors.Is(err, eio.ErrMalformed) || len(got) != tt.good {
			t.Errorf("%q: %+v, %v", tt.body, got, err)
		}
	}
}

// The first payload was captured from socket.io 2.5.1; the others follow the
// Engine.IO protocol 3 document, section "Payload".
func TestV3BinaryPayloads(t *testing.T) {
	const event = `51-["echo",{"_placeholder":true,"num":0}]`
	for _, tt := range []struct {
		wire string
		want []session.Packet
	}{
		{"\x00\x04\x02\xff4" + event + "\x01\x04\xff\x04\x01\x02\x03", []session.Packet{text(session.PacketMessage, event), binary("\x01\x02\x03")}},
		{"\x00\x04\xff4€", []session.Packet{text(session.PacketMessage, "€")}},
		{"\x01\x01\xff\x04\x00\x06\xff2probe", []session.Packet{binary(""), text(session.PacketPing, "probe")}},
	} {
		got, err := decodeAllBinary([]byte(tt.wire))
		if err != nil || !samePackets(got, tt.want) {
			t.Errorf("decode %q: %+v, %v; want %+v", tt.wire, got, err, tt.want)
		}
		out, err := eio.V3.(eio.BinaryPayloader).AppendBinaryPayload([]byte("> "), tt.want)
		if err != nil || string(out) != "> "+tt.wire {
			t.Errorf("encode %+v: %q, %v; want %q", tt.want, out, err, tt.wire)
		}
	}
}

func TestV3RefusesBinaryPayloads(t *testing.T) {
	for _, tt := range []struct {
		body string
		good int
	}{
		{"", 0}, {"\x00", 0}, {"\x02\x01\xff4", 0}, {"\x00\xff", 0}, {"\x00\x01", 0}, {"\x00\x01\xff", 0}, {"\x00\x02\xff4", 0},
		{"\x00\x00\xff", 0},                      // an empty packet has no type
		{"\x00\x0a\xff4", 0},                     // ten is no digit
		{"\x00\x0a\xff4aaaaaaaaa", 0},            // not even where it would be right
		{"\x00\x01\xfe4", 0},                     // no end of the length
		{"\x001\xff4", 0},                        // digits in ASCII
		{"\x00\x02\xff4\xff", 0},                 // not UTF-8
		{"\x00\x01\xff2\x01\x01\xff4", 1},        // a digit as type of a binary packet
		{"\x00\x01\xff2\x00\x01\xff\x04", 1},     // a byte as type of text
		{"\x00\x01\xff2\x01\x02\xff\x02\xff", 1}, // a ping that is not text
		{"\x00\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\xff4", 0},
	} {
		got, err := decodeAllBinary([]byte(tt.body))
		if !errors.Is(err, eio.ErrMalformed) || len(got) != tt.good {
			t.Errorf("%q: %+v, %v", tt.body, got, err)
		}
	}
}

func TestV3RefusesToEncodePayloads(t *testing.T) {
	for name, ps := range map[string][]session.Packet{
		"nothing":         nil,
		"text in Latin-1": {text(session.PacketMessage, "ok"), text(session.PacketMessage, "\xe9")},
		"unknown type":    {{Type: 7}},
	} {
		out, err := eio.V3.AppendPayload([]byte("> "), ps)
		if !errors.Is(err, eio.ErrUnencodable) || string(out) != "> " {
			t.Errorf("%s: %q, %v", name, out, err)
		}
		out, err = eio.V3.(eio.BinaryPayloader).AppendBinaryPayload([]byte("> "), ps)
		if !errors.Is(err, eio.ErrUnencodable) || string(out) != "> " {
			t.Errorf("%s, in binary: %q, %v", name, out, err)
		}
	}
}

func TestV3ChoosesTheBinaryPayload(t *testing.T) {
	with := []session.Packet{text(session.PacketMessage, "a"), binary("b")}
	without := []session.Packet{text(session.PacketMessage, "a"), text(session.PacketPong, "")}
	for _, tt := range []struct {
		codec eio.Codec
		ps    []session.Packet
		want  bool
	}{{eio.V3, with, true}, {eio.V3, without, false}, {eio.V3, nil, false}, {eio.V3Base64, with, false},
		{eio.V3Bytes, without, true}, {eio.V3Bytes, with, true}} {
		if got := tt.codec.(eio.BinaryPayloader).IsBinaryPayload(tt.ps); got != tt.want {
			t.Errorf("%+v: %v, want %v", tt.ps, got, tt.want)
		}
	}
}

func TestV3Sizes(t *testing.T) {
	ps := []session.Packet{
		text(session.PacketMessage, "hello, w"), text(session.PacketMessage, "€€€😀"), text(session.PacketPong, ""),
		binary("abc"), binary(""), text(session.PacketMessage, "and more than ten units"), binary("abcd"),
	}
	for name, tt := range map[string]struct {
		codec eio.Codec
		ps    []session.Packet
	}{"text": {eio.V3, ps[:3]}, "with binary": {eio.V3, ps}, "base64": {eio.V3Base64, ps}, "bytes": {eio.V3Bytes, ps[:3]}} {
		t.Run(name, func(t *testing.T) {
			checkFit(t, tt.codec, tt.ps, func(ps []session.Packet) []byte {
				encode := tt.codec.AppendPayload
				if b := tt.codec.(eio.BinaryPayloader); b.IsBinaryPayload(ps) {
					encode = b.AppendBinaryPayload
				}
				out, err := encode(nil, ps)
				if err != nil {
					t.Fatal(err)
				}
				return out
			})
		})
	}
}

// checkFit checks the promises of a Sizer for packets that encode turns into a
// payload.
func checkFit(t *testing.T, c eio.Codec, ps []session.Packet, encode func([]session.Packet) []byte) {
	t.Helper()
	sizer := c.(eio.Sizer)
	for max := range len(encode(ps)) + 2 {
		n := sizer.Fit(ps, max)
		if size := len(encode(ps[:n])); n < 1 || n > 1 && size > max {
			t.Fatalf("%d packets for %d bytes: they take %d", n, max, size)
		}
		if n < len(ps) {
			if more := len(encode(ps[:n+1])); more <= max {
				t.Errorf("%d packets for %d bytes, but %d fit: %d", n, max, n+1, more)
			}
		}
	}
	if n := sizer.Fit(nil, 10); n != 0 {
		t.Errorf("%d packets of none", n)
	}
	for _, p := range ps {
		if out, err := c.AppendPayload(nil, []session.Packet{p}); err != nil || sizer.PacketSize(p) != len(out) {
			t.Errorf("%+v: size %d, but %q (%v)", p, sizer.PacketSize(p), out, err)
		}
	}
}

func samePackets(a, b []session.Packet) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !samePacket(a[i], b[i]) {
			return false
		}
	}
	return true
}

// decodeAllBinary decodes a copy of a binary payload.
func decodeAllBinary(body []byte) ([]session.Packet, error) {
	return collect(eio.V3.(eio.BinaryPayloader).DecodeBinaryPayload(append([]byte(nil), body...)))
}
