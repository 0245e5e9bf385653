package eio_test

import (
	"errors"
	"testing"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

// Captured from socket.io 0.6.18, but for the last three.
func TestGen06Messages(t *testing.T) {
	for _, tt := range []struct {
		wire string
		want session.Packet
	}{
		{"~m~2~m~yo", text(session.PacketMessage, "yo")},
		{"~m~7~m~héllo €", text(session.PacketMessage, "héllo €")},
		{`~m~10~m~~j~{"a":1}`, jsonPacket(`{"a":1}`)},
		{"~m~0~m~", text(session.PacketMessage, "")},
		{"~m~3~m~a😀", text(session.PacketMessage, "a😀")},
		{"~m~7~m~~m~1~m~", text(session.PacketMessage, "~m~1~m~")},
		{"~m~2~m~~j", text(session.PacketMessage, "~j")},
	} {
		got, err := eio.Gen06.DecodeMessage([]byte(tt.wire), false)
		if err != nil || !samePacket(got, tt.want) {
			t.Errorf("decode %q: %+v, %v; want %+v", tt.wire, got, err, tt.want)
		}
		out, isBinary, err := eio.Gen06.AppendMessage([]byte("> "), tt.want)
		if err != nil || isBinary || string(out) != "> "+tt.wire {
			t.Errorf("encode %+v: %q, %v; want %q", tt.want, out, err, tt.wire)
		}
	}
}

// What the server sends of its own, and the client's echo of a heartbeat.
func TestGen06ControlPackets(t *testing.T) {
	for _, tt := range []struct {
		p    session.Packet
		want string
	}{
		{text(session.PacketOpen, "5113821144813444"), "~m~16~m~5113821144813444"},
		{text(session.PacketPing, ""), "~m~4~m~~h~1"},
		{text(session.PacketPing, "12"), "~m~5~m~~h~12"},
		{text(session.PacketPong, "12"), "~m~5~m~~h~12"},
	} {
		out, _, err := eio.Gen06.AppendMessage(nil, tt.p)
		if err != nil || string(out) != tt.want {
			t.Errorf("%+v: %q, %v; want %q", tt.p, out, err, tt.want)
		}
	}
	got, err := eio.Gen06.DecodeMessage([]byte("~m~5~m~~h~12"), false)
	if err != nil || !samePacket(got, text(session.PacketPong, "12")) {
		t.Errorf("%+v, %v", got, err)
	}
}

// Text that looks like a heartbeat or JSON must reach the page as that text.
func TestGen06TextIsNotTakenForAnythingElse(t *testing.T) {
	for data, wire := range map[string]string{
		"~h~1":         `~m~9~m~~j~"~h~1"`,
		"~j~\"x":       `~m~11~m~~j~"~j~\"x"`,
		"~j~\u2028":    `~m~14~m~~j~"~j~\u2028"`,
		"~h~\n€\x00":   `~m~21~m~~j~"~h~\u000a€\u0000"`,
		"~m~4~m~~h~1x": "~m~12~m~~m~4~m~~h~1x",
	} {
		out, _, err := eio.Gen06.AppendMessage(nil, text(session.PacketMessage, data))
		if err != nil || string(out) != wire {
			t.Errorf("%q: %q, %v; want %q", data, out, err, wire)
		}
		if _, err := eio.Gen06.DecodeMessage(out, false); err != nil {
			t.Errorf("%q: %v", out, err)
		}
	}
}

// The reference drops what follows a heartbeat in a batch.
func TestGen06Payloads(t *testing.T) {
	const wire = "~m~4~m~~h~1~m~2~m~hi~m~10~m~~j~{\"a\":1}~m~0~m~~m~2~m~😀"
	want := []session.Packet{
		text(session.PacketPong, "1"), text(session.PacketMessage, "hi"), jsonPacket(`{"a":1}`), text(session.PacketMessage, ""),
		text(session.PacketMessage, "😀"),
	}
	got, err := decodeAll(eio.Gen06, []byte(wire))
	if err != nil || !samePackets(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	with := append([]session.Packet{text(session.PacketNoop, "")}, append(want, text(session.PacketClose, ""))...)
	if out, err := eio.Gen06.AppendPayload([]byte("> "), with); err != nil || string(out) != "> "+wire {
		t.Errorf("%q, %v; want %q", out, err, wire)
	}
}

func TestGen06Refuses(t *testing.T) {
	for _, tt := range []struct {
		body string
		good int
	}{
		{"", 0}, {"hello", 0}, {"~m~", 0}, {"~m~1", 0}, {"~m~1~m~", 0}, {"~m~~m~a", 0}, {"~m~1~h~a", 0}, {"~m~-1~m~a", 0}, {"~m~ 1~m~a", 0},
		{"~m~2~m~a", 0}, {"~m~1~m~ab", 1}, {"~m~1~m~a~m", 1}, {"~m~99999999999999999999~m~a", 0}, {"~m~1~m~😀", 0}, {"~m~1~m~\xff", 0},
		{"~m~3~m~~j~", 0}, {"~m~4~m~~j~{", 0}, {"~m~1~m~a~m~6~m~~j~{}}", 1}, {`["hi"]`, 0},
	} {
		got, err := decodeAll(eio.Gen06, []byte(tt.body))
		if !errors.Is(err, eio.ErrMalformed) || len(got) != tt.good {
			t.Errorf("%q: %+v, %v", tt.body, got, err)
		}
	}
}

func TestGen06RefusesToEncode(t *testing.T) {
	for name, tt := range map[string]struct {
		p    session.Packet
		want error
	}{
		"binary":                 {binary("\x01"), eio.ErrUnencodable},
		"empty JSON":             {jsonPacket(""), eio.ErrUnencodable},
		"text in Latin-1":        {text(session.PacketMessage, "\xe9"), eio.ErrUnencodable},
		"a heartbeat in Latin-1": {text(session.PacketMessage, "~h~\xe9"), eio.ErrUnencodable},
		"unknown type":           {session.Packet{Type: 7}, eio.ErrUnencodable},
		"close":                  {text(session.PacketClose, ""), eio.ErrControl},
		"noop":                   {text(session.PacketNoop, ""), eio.ErrControl},
		"upgrade":                {text(session.PacketUpgrade, ""), eio.ErrControl},
	} {
		checkUnencodable(t, eio.Gen06, name, tt.p, tt.want)
	}
}
