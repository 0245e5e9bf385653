package eio_test

import (
	"errors"
	"testing"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

func jsonPacket(data string) session.Packet {
	return session.Packet{Type: session.PacketMessage, Kind: session.JSON, Data: []byte(data)}
}

// The packets of the Socket.IO specification, version 1, section "Messages":
// which are the session's own, and which are messages.
func TestGen09Decodes(t *testing.T) {
	for _, tt := range []struct {
		wire string
		want session.Packet
	}{
		{"0::", text(session.PacketClose, "")},
		{"0", text(session.PacketClose, "")},
		{"0:", text(session.PacketClose, "")},
		{"0:::", text(session.PacketClose, "")},
		{"0:1+::", text(session.PacketClose, "")},
		{"0::/chat", text(session.PacketMessage, "0::/chat")},
		{"1::", text(session.PacketOpen, "")},
		{"1::?a=b", text(session.PacketOpen, "")},
		{"1::/chat", text(session.PacketMessage, "1::/chat")},
		{"1:1:/chat", text(session.PacketMessage, "1:1:/chat")},
		{"1:x", text(session.PacketMessage, "1:x")},
		{"2::", text(session.PacketPong, "")},
		{"2", text(session.PacketPong, "")},
		{"2::/chat", text(session.PacketPong, "")},
		{"8::", text(session.PacketNoop, "")},
		{"3:::hello", text(session.PacketMessage, "3:::hello")},
		{"3:2::world€", text(session.PacketMessage, "3:2::world€")},
		{`5:1+::{"name":"echo","args":["hé"]}`, text(session.PacketMessage, `5:1+::{"name":"echo","args":["hé"]}`)},
		{"6:::1", text(session.PacketMessage, "6:::1")},
		{"7:::1+0", text(session.PacketMessage, "7:::1+0")},
		{"3:::\ufffd5\ufffd", text(session.PacketMessage, "3:::\ufffd5\ufffd")},
	} {
		got, err := eio.Gen09.DecodeMessage([]byte(tt.wire), false)
		if err != nil || !samePacket(got, tt.want) {
			t.Errorf("%q: %+v, %v; want %+v", tt.wire, got, err, tt.want)
		}
		if ps, err := decodeAll(eio.Gen09, []byte(tt.wire)); err != nil || !samePackets(ps, []session.Packet{tt.want}) {
			t.Errorf("payload %q: %+v, %v; want %+v", tt.wire, ps, err, tt.want)
		}
	}
}

func TestGen09Encodes(t *testing.T) {
	for _, tt := range []struct {
		p    session.Packet
		want string
	}{
		{text(session.PacketOpen, "sid"), "1::"}, {text(session.PacketClose, ""), "0::"}, {text(session.PacketPing, ""), "2::"},
		{text(session.PacketPong, "probe"), "2::"}, {text(session.PacketNoop, ""), "8::"},
		{text(session.PacketMessage, "3:::€"), "3:::€"}, {jsonPacket("4:::{}"), "4:::{}"},
	} {
		out, isBinary, err := eio.Gen09.AppendMessage([]byte("> "), tt.p)
		if err != nil || isBinary || string(out) != "> "+tt.want {
			t.Errorf("%+v: %q, %v, %v; want %q", tt.p, out, isBinary, err, tt.want)
		}
		if out, err = eio.Gen09.AppendPayload([]byte("> "), []session.Packet{tt.p}); err != nil || string(out) != "> "+tt.want {
			t.Errorf("%+v alone: %q, %v; want %q", tt.p, out, err, tt.want)
		}
	}
}

// The bodies were captured from socket.io 0.9.19; the last two are of our own.
func TestGen09Payloads(t *testing.T) {
	for _, tt := range []struct {
		wire string
		want []session.Packet
	}{
		{"\xef\xbf\xbd9\xef\xbf\xbd3:::hello\xef\xbf\xbd11\xef\xbf\xbd3:2::world€", []session.Packet{text(session.PacketMessage, "3:::hello"), text(session.PacketMessage, "3:2::world€")}},
		{"\ufffd9\ufffd3:::hello\ufffd5\ufffd6:::2\ufffd10\ufffd3:::world€", []session.Packet{text(session.PacketMessage, "3:::hello"), text(session.PacketMessage, "6:::2"), text(session.PacketMessage, "3:::world€")}},
		{"\ufffd6\ufffd3:::😀\ufffd3\ufffd8::", []session.Packet{text(session.PacketMessage, "3:::😀"), text(session.PacketNoop, "")}},
		{"\ufffd7\ufffd3:::\ufffd3\ufffd\ufffd3\ufffd1::", []session.Packet{text(session.PacketMessage, "3:::\ufffd3\ufffd"), text(session.PacketOpen, "")}},
	} {
		got, err := decodeAll(eio.Gen09, []byte(tt.wire))
		if err != nil || !samePackets(got, tt.want) {
			t.Errorf("decode %q: %+v, %v; want %+v", tt.wire, got, err, tt.want)
		}
		out, err := eio.Gen09.AppendPayload([]byte("> "), tt.want)
		if err != nil || string(out) != "> "+tt.wire {
			t.Errorf("encode %+v: %q, %v; want %q", tt.want, out, err, tt.wire)
		}
	}
	if ps, err := decodeAll(eio.Gen09, []byte("\ufffd3\ufffd2::")); err != nil || len(ps) != 1 || ps[0].Type != session.PacketPong {
		t.Errorf("one packet in a frame: %+v, %v", ps, err)
	}
}

func TestGen09Refuses(t *testing.T) {
	for _, tt := range []struct {
		body string
		good int
	}{
		{"", 0}, {":", 0}, {"::", 0}, {"9::", 0}, {"a", 0}, {"garbage", 0}, {" 3:::a", 0}, {"10::", 0}, {"33:::a", 0}, {"3:::\xff", 0},
		{"\ufffd", 0}, {"\ufffd3", 0}, {"\ufffd3\ufffd", 0}, {"\ufffd3\ufffd2:", 0}, {"\ufffd\ufffd2::", 0}, {"\ufffd3x\ufffd2::", 0},
		{"\ufffd3\ufffd2::x", 1}, {"\ufffd3\ufffd2::\ufffd", 1}, {"\ufffd3\ufffd2::\ufffd0\ufffd", 1}, {"\ufffd3\ufffd2::2::", 1},
		{"\ufffd-3\ufffd2::", 0}, {"\ufffd99999999999999999999\ufffd2::", 0},
		{"\ufffd5\ufffd3:::😀", 0}, // ends within a character
	} {
		got, err := decodeAll(eio.Gen09, []byte(tt.body))
		if !errors.Is(err, eio.ErrMalformed) || len(got) != tt.good {
			t.Errorf("%q: %+v, %v", tt.body, got, err)
		}
	}
}

func TestGen09RefusesToEncode(t *testing.T) {
	for name, tt := range map[string]struct {
		p    session.Packet
		want error
	}{
		"binary":         {binary("\x01"), eio.ErrUnencodable},
		"no packet":      {text(session.PacketMessage, "hello"), eio.ErrUnencodable},
		"a forged frame": {text(session.PacketMessage, "\ufffd3\ufffd0::"), eio.ErrUnencodable},
		"empty":          {text(session.PacketMessage, ""), eio.ErrUnencodable},
		"unknown type":   {session.Packet{Type: 7}, eio.ErrUnencodable},
		"upgrade":        {text(session.PacketUpgrade, ""), eio.ErrControl},
	} {
		checkUnencodable(t, eio.Gen09, name, tt.p, tt.want)
	}
	if out, err := eio.Gen09.AppendPayload([]byte("> "), []session.Packet{text(session.PacketMessage, "3:::\xe9")}); !errors.Is(err, eio.ErrUnencodable) || string(out) != "> " {
		t.Errorf("text in Latin-1: %q, %v", out, err)
	}
}

// checkUnencodable checks that p can be written neither as a message nor in a
// payload, and that nothing of it is left behind.
func checkUnencodable(t *testing.T, c eio.Codec, name string, p session.Packet, want error) {
	t.Helper()
	if out, _, err := c.AppendMessage([]byte("> "), p); !errors.Is(err, want) || string(out) != "> " {
		t.Errorf("%s: %q, %v; want %v", name, out, err, want)
	}
	if out, err := c.AppendPayload([]byte("> "), []session.Packet{p}); !errors.Is(err, want) || string(out) != "> " {
		t.Errorf("%s in a payload: %q, %v; want %v", name, out, err, want)
	}
}
