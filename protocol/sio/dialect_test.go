package sio_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/everwire/everwire/protocol/sio"
)

// The examples of the Socket.IO protocol 4 document, section "Packet
// encoding", and what clients and servers of Socket.IO 1 and 2 send beside
// them. again is what the packet is written as where that differs.
func TestDecodePacketV4(t *testing.T) {
	for _, tt := range []struct {
		text, again string
		want        sio.Packet
	}{
		{`0`, ``, sio.Packet{Type: sio.Connect, Namespace: "/"}},
		{`0/chat,`, ``, sio.Packet{Type: sio.Connect, Namespace: "/chat"}},
		{`0/chat`, `0/chat,`, sio.Packet{Type: sio.Connect, Namespace: "/chat"}},
		{`0/chat?token=a&b=c,`, ``, sio.Packet{Type: sio.Connect, Namespace: "/chat", Query: "token=a&b=c"}},
		{`0/chat?token=a`, `0/chat?token=a,`, sio.Packet{Type: sio.Connect, Namespace: "/chat", Query: "token=a"}},
		{`1`, ``, sio.Packet{Type: sio.Disconnect, Namespace: "/"}},
		{`1/chat,`, ``, sio.Packet{Type: sio.Disconnect, Namespace: "/chat"}},
		{`1/chat`, `1/chat,`, sio.Packet{Type: sio.Disconnect, Namespace: "/chat"}},
		{`2`, ``, sio.Packet{Type: sio.Event, Namespace: "/"}},
		{`2/chat`, `2/chat,`, sio.Packet{Type: sio.Event, Namespace: "/chat"}},
		{`20["echo","€"]`, ``, sio.Packet{Type: sio.Event, Namespace: "/", HasID: true, Data: []byte(`["echo","€"]`)}},
		{`2/chat,12["a"]`, ``, sio.Packet{Type: sio.Event, Namespace: "/chat", ID: 12, HasID: true, Data: []byte(`["a"]`)}},
		{`30["€"]`, ``, sio.Packet{Type: sio.Ack, Namespace: "/", HasID: true, Data: []byte(`["€"]`)}},
		{`4/nope,"Invalid namespace"`, ``, sio.Packet{Type: sio.ConnectError, Namespace: "/nope", Data: []byte(`"Invalid namespace"`)}},
		{`4"msg"`, ``, sio.Packet{Type: sio.ConnectError, Namespace: "/", Data: []byte(`"msg"`)}},
		{`4{"a":1}`, ``, sio.Packet{Type: sio.ConnectError, Namespace: "/", Data: []byte(`{"a":1}`)}},
		{`4[1]`, ``, sio.Packet{Type: sio.ConnectError, Namespace: "/", Data: []byte(`[1]`)}},
		{`4null`, ``, sio.Packet{Type: sio.ConnectError, Namespace: "/", Data: []byte(`null`)}},
		{`4-1`, ``, sio.Packet{Type: sio.ConnectError, Namespace: "/", Data: []byte(`-1`)}},
		{`4`, ``, sio.Packet{Type: sio.ConnectError, Namespace: "/"}},
		{`51-["a",{"_placeholder":true,"num":0}]`, ``, sio.Packet{Type: sio.BinaryEvent, Namespace: "/", Attachments: 1, Data: []byte(`["a",{"_placeholder":true,"num":0}]`)}},
		{`61-0[{"_placeholder":true,"num":0}]`, ``, sio.Packet{Type: sio.BinaryAck, Namespace: "/", HasID: true, Attachments: 1, Data: []byte(`[{"_placeholder":true,"num":0}]`)}},
		{`50-/chat,1["a"]`, `2/chat,1["a"]`, sio.Packet{Type: sio.Event, Namespace: "/chat", ID: 1, HasID: true, Data: []byte(`["a"]`)}},
		{`60-1[]`, `31[]`, sio.Packet{Type: sio.Ack, Namespace: "/", ID: 1, HasID: true, Data: []byte(`[]`)}},
	} {
		got, err := sio.DecodePacketV4([]byte(tt.text), sio.Limits{})
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", tt.text, got, err, tt.want)
			continue
		}
		want := tt.text
		if tt.again != "" {
			want = tt.again
		}
		if out, err := sio.AppendPacketV4([]byte("> "), got); err != nil || string(out) != "> "+want {
			t.Errorf("%s is written as %s, %v", tt.text, out, err)
		}
	}
}

func TestDecodePacketV4Refuses(t *testing.T) {
	for _, tt := range []struct {
		text string
		want error
	}{
		{``, sio.ErrType}, {`7`, sio.ErrType},
		{`5["a"]`, sio.ErrAttachmentCount}, {`5-["a"]`, sio.ErrAttachmentCount}, {`50["a"]`, sio.ErrAttachmentCount},
		{`511-["a"]`, sio.ErrTooManyAttachments},
		{`2{"a":1}`, sio.ErrPayload}, {`0"a"`, sio.ErrPayload}, {`1[]`, sio.ErrPayload}, {`3"a"`, sio.ErrPayload},
		{`4x`, sio.ErrJSON}, {`4"a`, sio.ErrJSON}, {`4"a"1`, sio.ErrJSON}, {`4 "a"`, sio.ErrPayload},
		{`50-[1`, sio.ErrJSON}, {`50-[]`, sio.ErrEventName}, {`2["connect"]`, sio.ErrReservedName},
		{"0/a\x1e1,", sio.ErrNamespace},
	} {
		p, err := sio.DecodePacketV4([]byte(tt.text), sio.Limits{})
		if !errors.Is(err, tt.want) || !errors.Is(err, sio.ErrProtocol) {
			t.Errorf("%s: %+v, %v; want %v", tt.text, p, err, tt.want)
		}
	}
}

// What only one of the dialects has the other must not let through.
func TestDialectsDiffer(t *testing.T) {
	for _, text := range []string{`4[1]`, `4null`, `4-1`, `50-["a"]`, `60-[]`} {
		if p, err := sio.DecodePacket([]byte(text), sio.Limits{}); !errors.Is(err, sio.ErrProtocol) {
			t.Errorf("protocol 5 takes %s: %+v", text, p)
		}
	}
	p := sio.Packet{Type: sio.ConnectError, Data: []byte(`[1]`)}
	if out, err := sio.AppendPacket(nil, p); !errors.Is(err, sio.ErrInvalidPacket) {
		t.Errorf("protocol 5 writes %s", out)
	}
	for _, data := range []string{`1`, ` 1`} {
		p.Data = []byte(data)
		if out, err := sio.AppendPacketV4(nil, p); !errors.Is(err, sio.ErrInvalidPacket) {
			t.Errorf("an error of %q is written as %q", data, out)
		}
	}
}

func TestDecoderOfDialectV4(t *testing.T) {
	d := sio.Decoder{Dialect: sio.V4, FromServer: true}
	p, done, err := d.Add([]byte(`4/nope,true`))
	if err != nil || !done || p.Type != sio.ConnectError || string(p.Data) != "true" {
		t.Errorf("%+v, %v, %v", p, done, err)
	}
	p, done, err = d.Add([]byte(`50-["a"]`))
	if err != nil || !done || p.Type != sio.Event || d.Missing() != 0 {
		t.Errorf("%+v, %v, %v", p, done, err)
	}
	if _, done, err = d.Add([]byte(`51-["a",{"_placeholder":true,"num":0}]`)); err != nil || done {
		t.Errorf("%v, %v", done, err)
	}
	p, done, err = d.AddBinary([]byte{1})
	if err != nil || !done || p.Type != sio.BinaryEvent || len(p.Binary) != 1 {
		t.Errorf("%+v, %v, %v", p, done, err)
	}
	d = sio.Decoder{Dialect: sio.V4}
	if _, _, err := d.Add([]byte(`4"no"`)); !errors.Is(err, sio.ErrType) {
		t.Errorf("ERROR from a client: %v", err)
	}
}
