package eio_test

import (
	"errors"
	"testing"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

func TestGen0406WritesBothForms(t *testing.T) {
	for _, tt := range []struct {
		p             session.Packet
		first, second string
	}{
		{text(session.PacketOpen, "5113821144813444"), "~m~16~m~5113821144813444", `{"messages":["{\"sessionid\":\"5113821144813444\"}"]}`},
		{text(session.PacketMessage, "hi"), "~m~2~m~hi", `{"messages":["hi"]}`},
		{jsonPacket(`{"a":1}`), `~m~10~m~~j~{"a":1}`, `{"messages":[{"a":1}]}`},
		{text(session.PacketPing, ""), "~m~4~m~~h~1", ""},
	} {
		out, isBinary, err := eio.Gen0406.AppendMessage(nil, tt.p)
		if err != nil || isBinary || string(out) != tt.first {
			t.Errorf("%+v: %q, %v; want %q", tt.p, out, err, tt.first)
		}
		out, ok, err := eio.Gen0406.(eio.Doubler).AppendSecond([]byte("> "), tt.p)
		if err != nil || ok != (tt.second != "") || string(out) != "> "+tt.second {
			t.Errorf("%+v: second %q, %v, %v; want %q", tt.p, out, ok, err, tt.second)
		}
	}
	if out, ok, err := eio.Gen0406.(eio.Doubler).AppendSecond([]byte("> "), binary("x")); ok || !errors.Is(err, eio.ErrUnencodable) || string(out) != "> " {
		t.Errorf("binary: %q, %v, %v", out, ok, err)
	}
}

func TestGen0406ReadsBothForms(t *testing.T) {
	for _, wire := range []string{"~m~2~m~hi", `["hi"]`, ` ["hi"]`} {
		got, err := eio.Gen0406.DecodeMessage([]byte(wire), false)
		if err != nil || !samePacket(got, text(session.PacketMessage, "hi")) {
			t.Errorf("%q: %+v, %v", wire, got, err)
		}
	}
	for _, wire := range []string{"", "hi", `"hi"`, "[", "~m~", `{"messages":["hi"]}`} {
		if got, err := decodeAll(eio.Gen0406, []byte(wire)); !errors.Is(err, eio.ErrMalformed) {
			t.Errorf("%q: %+v, %v", wire, got, err)
		}
	}
}

func TestDecide(t *testing.T) {
	for data, want := range map[string]eio.Codec{
		"~m~2~m~hi": eio.Gen06, "~m~": eio.Gen06, `["hi"]`: eio.Gen04, " \r\n[": eio.Gen04, "": nil, "~m": nil, "hi": nil, " ~m~": nil, `{"a":[]}`: nil,
	} {
		if got := eio.Decide([]byte(data)); got != want {
			t.Errorf("%q: %v, want %v", data, got, want)
		}
	}
}
