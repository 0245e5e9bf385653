package eio_test

import (
	"errors"
	"testing"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

func TestRawMessagesAreUserData(t *testing.T) {
	for _, tt := range []struct {
		kind   session.Kind
		data   string
		binary bool
	}{
		{session.Text, "2probe", false}, {session.Text, "", false}, {session.JSON, `{"a":1}`, false},
		{session.Binary, "\x00\xff", true}, {session.Binary, "", true},
	} {
		p := session.Packet{Type: session.PacketMessage, Kind: tt.kind, Data: []byte(tt.data)}
		out, binary, err := eio.Raw.AppendMessage([]byte("> "), p)
		if err != nil || binary != tt.binary || string(out) != "> "+tt.data {
			t.Errorf("%+v: %q, %v, %v", p, out, binary, err)
		}
		got, err := eio.Raw.DecodeMessage([]byte(tt.data), tt.binary)
		if tt.kind == session.JSON {
			p.Kind = session.Text // a raw WebSocket does not tell them apart
		}
		if err != nil || !samePacket(got, p) {
			t.Errorf("%q: %+v, %v; want %+v", tt.data, got, err, p)
		}
	}
}

func TestRawLeavesControlToTheTransport(t *testing.T) {
	for _, typ := range []session.PacketType{
		session.PacketOpen, session.PacketClose, session.PacketPing, session.PacketPong, session.PacketUpgrade, session.PacketNoop, 7,
	} {
		out, _, err := eio.Raw.AppendMessage([]byte("> "), session.Packet{Type: typ, Data: []byte("x")})
		if !errors.Is(err, eio.ErrControl) || string(out) != "> " {
			t.Errorf("%v: %q, %v", typ, out, err)
		}
	}
}

func TestRawHasNoPayloads(t *testing.T) {
	if out, err := eio.Raw.AppendPayload([]byte("> "), make([]session.Packet, 1)); !errors.Is(err, eio.ErrNoPayload) || string(out) != "> " {
		t.Errorf("%q, %v", out, err)
	}
	if ps, err := decodeAll(eio.Raw, []byte("x")); !errors.Is(err, eio.ErrNoPayload) || ps != nil {
		t.Errorf("%+v, %v", ps, err)
	}
}

func TestCodecsAreToldApart(t *testing.T) {
	slots := map[int]string{}
	for _, c := range codecs {
		if other, taken := slots[c.Slot()]; taken || c.Slot() < 0 || c.Slot() > 7 || c.Name() == "" {
			t.Errorf("%q has slot %d, as has %q", c.Name(), c.Slot(), other)
		}
		slots[c.Slot()] = c.Name()
	}
	if len(slots) != 8 || eio.V4.Name() != "Engine.IO 4" || eio.V3.Name() != eio.V3Base64.Name() || eio.Raw.Name() != "raw" {
		t.Errorf("names %v", slots)
	}
}
