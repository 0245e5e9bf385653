package sio_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/sio"
)

// The examples of the Socket.IO protocol 5 document, section "Packet encoding",
// and what real clients send beside them.
func TestDecodePacket(t *testing.T) {
	for _, tt := range []struct {
		text string
		want sio.Packet
	}{
		{`0`, sio.Packet{Type: sio.Connect, Namespace: "/"}},
		{`0{"token":"123"}`, sio.Packet{Type: sio.Connect, Namespace: "/", Data: []byte(`{"token":"123"}`)}},
		{`0/admin,`, sio.Packet{Type: sio.Connect, Namespace: "/admin"}},
		{`0/admin`, sio.Packet{Type: sio.Connect, Namespace: "/admin"}},
		{`0/admin,{"a":1}`, sio.Packet{Type: sio.Connect, Namespace: "/admin", Data: []byte(`{"a":1}`)}},
		{`0/admin?token=a&b=c,`, sio.Packet{Type: sio.Connect, Namespace: "/admin", Query: "token=a&b=c"}},
		{`0/admin?token=a`, sio.Packet{Type: sio.Connect, Namespace: "/admin", Query: "token=a"}},
		{`0/?x,`, sio.Packet{Type: sio.Connect, Namespace: "/", Query: "x"}},
		{`0/,`, sio.Packet{Type: sio.Connect, Namespace: "/"}},
		{`0/ä/ö,`, sio.Packet{Type: sio.Connect, Namespace: "/ä/ö"}},
		{`1/admin,`, sio.Packet{Type: sio.Disconnect, Namespace: "/admin"}},
		{`2["hello",1]`, sio.Packet{Type: sio.Event, Namespace: "/", Data: []byte(`["hello",1]`)}},
		{`2`, sio.Packet{Type: sio.Event, Namespace: "/"}},
		{`2[1,2]`, sio.Packet{Type: sio.Event, Namespace: "/", Data: []byte(`[1,2]`)}},
		{`20["hello"]`, sio.Packet{Type: sio.Event, Namespace: "/", HasID: true, Data: []byte(`["hello"]`)}},
		{`2/admin,456["project:delete",123]`, sio.Packet{Type: sio.Event, Namespace: "/admin", ID: 456, HasID: true, Data: []byte(`["project:delete",123]`)}},
		{`29007199254740991["a"]`, sio.Packet{Type: sio.Event, Namespace: "/", ID: sio.MaxID, HasID: true, Data: []byte(`["a"]`)}},
		{`3/admin,456[]`, sio.Packet{Type: sio.Ack, Namespace: "/admin", ID: 456, HasID: true, Data: []byte(`[]`)}},
		{`31`, sio.Packet{Type: sio.Ack, Namespace: "/", ID: 1, HasID: true}},
		{`4{"message":"Not authorized"}`, sio.Packet{Type: sio.ConnectError, Namespace: "/", Data: []byte(`{"message":"Not authorized"}`)}},
		{`4"no"`, sio.Packet{Type: sio.ConnectError, Namespace: "/", Data: []byte(`"no"`)}},
		{`51-["hello",{"_placeholder":true,"num":0}]`, sio.Packet{Type: sio.BinaryEvent, Namespace: "/", Attachments: 1, Data: []byte(`["hello",{"_placeholder":true,"num":0}]`)}},
		{`51-/admin,456["a",{"_placeholder":true,"num":0}]`, sio.Packet{Type: sio.BinaryEvent, Namespace: "/admin", ID: 456, HasID: true, Attachments: 1, Data: []byte(`["a",{"_placeholder":true,"num":0}]`)}},
		{`510-["a"]`, sio.Packet{Type: sio.BinaryEvent, Namespace: "/", Attachments: 10, Data: []byte(`["a"]`)}},
		{`61-/admin,456[{"_placeholder":true,"num":0}]`, sio.Packet{Type: sio.BinaryAck, Namespace: "/admin", ID: 456, HasID: true, Attachments: 1, Data: []byte(`[{"_placeholder":true,"num":0}]`)}},
	} {
		got, err := sio.DecodePacket([]byte(tt.text), sio.Limits{})
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", tt.text, got, err, tt.want)
		}
	}
}

func TestDecodePacketRefuses(t *testing.T) {
	long := "/" + strings.Repeat("n", sio.DefaultMaxNamespace)
	for _, tt := range []struct {
		text string
		want error
	}{
		{``, sio.ErrType},
		{`7`, sio.ErrType},
		{`x`, sio.ErrType},
		{"\x002[]", sio.ErrType},
		{`5["a"]`, sio.ErrAttachmentCount},
		{`5-["a"]`, sio.ErrAttachmentCount},
		{`50-["a"]`, sio.ErrAttachmentCount},
		{`5-1-["a"]`, sio.ErrAttachmentCount},
		{`51`, sio.ErrAttachmentCount},
		{`51["a"]`, sio.ErrAttachmentCount},
		{`51.0-["a"]`, sio.ErrAttachmentCount},
		{`5x-["a"]`, sio.ErrAttachmentCount},
		{`511-["a"]`, sio.ErrTooManyAttachments},
		{`599999999999999999999999999999-["a"]`, sio.ErrTooManyAttachments},
		{`0` + long + `,`, sio.ErrNamespace},
		{"0/a\x1e1,", sio.ErrNamespace},
		{"0/a\xff,", sio.ErrNamespace},
		{"0/a?\x00,", sio.ErrNamespace},
		{`29007199254740992["a"]`, sio.ErrID},
		{`2` + strings.Repeat("9", 100) + `["a"]`, sio.ErrID},
		{`2-1["a"]`, sio.ErrPayload},
		{`21.5["a"]`, sio.ErrPayload},
		{`2x["a"]`, sio.ErrPayload},
		{`2{"a":1}`, sio.ErrPayload},
		{`2"a"`, sio.ErrPayload},
		{`2null`, sio.ErrPayload},
		{`2 ["a"]`, sio.ErrPayload},
		{`3{}`, sio.ErrPayload},
		{`0[]`, sio.ErrPayload},
		{`0"a"`, sio.ErrPayload},
		{`0null`, sio.ErrPayload},
		{`1{}`, sio.ErrPayload},
		{`1/admin,[]`, sio.ErrPayload},
		{`4[]`, sio.ErrPayload},
		{`2["a"`, sio.ErrJSON},
		{`2["a",]`, sio.ErrJSON},
		{`2["a"]]`, sio.ErrJSON},
		{`0{"a":1}x`, sio.ErrJSON},
		{`0{"a"}`, sio.ErrJSON},
		{"2[\"\xff\"]", sio.ErrJSON},
		{`2["a",` + strings.Repeat("[", sio.MaxDepth) + strings.Repeat("]", sio.MaxDepth) + `]`, sio.ErrDepth},
		{`2["a"` + strings.Repeat(",0", sio.MaxArguments) + `]`, sio.ErrTooManyArguments},
		{`2[]`, sio.ErrEventName},
		{`2[true]`, sio.ErrEventName},
		{`2["connect"]`, sio.ErrReservedName},
	} {
		p, err := sio.DecodePacket([]byte(tt.text), sio.Limits{})
		if !errors.Is(err, tt.want) || !errors.Is(err, sio.ErrProtocol) {
			t.Errorf("%.60s: %+v, %v; want %v", tt.text, p, err, tt.want)
		}
	}
}

func TestDecodePacketTakesWhatIsAtTheLimits(t *testing.T) {
	lim := sio.Limits{MaxAttachments: 2, MaxNamespace: 3}
	for _, tt := range []struct {
		text string
		want error
	}{
		{`52-["a"]`, nil},
		{`53-["a"]`, sio.ErrTooManyAttachments},
		{`0/ab,`, nil},
		{`0/abc,`, sio.ErrNamespace},
		{`0/ab?a-long-query-is-no-part-of-it,`, nil},
		{`2["a",` + strings.Repeat("[", sio.MaxDepth-1) + strings.Repeat("]", sio.MaxDepth-1) + `]`, nil},
		{`2["a"` + strings.Repeat(",0", sio.MaxArguments-1) + `]`, nil},
	} {
		if _, err := sio.DecodePacket([]byte(tt.text), lim); !errors.Is(err, tt.want) {
			t.Errorf("%.60s: %v; want %v", tt.text, err, tt.want)
		}
	}
}

func TestAppendPacket(t *testing.T) {
	for _, tt := range []struct {
		p    sio.Packet
		want string
	}{
		{sio.Packet{Type: sio.Connect}, `0`},
		{sio.Packet{Type: sio.Connect, Namespace: "/", Data: []byte(`{"sid":"x"}`)}, `0{"sid":"x"}`},
		{sio.Packet{Type: sio.Connect, Query: "a=b"}, `0/?a=b,`},
		{sio.Packet{Type: sio.Connect, Namespace: "/chat", Query: "a=b"}, `0/chat?a=b,`},
		{sio.Packet{Type: sio.Event, HasID: true, Data: []byte(`["a"]`)}, `20["a"]`},
		{sio.Packet{Type: sio.Event, ID: 7, Data: []byte(`["a"]`)}, `2["a"]`},
		{sio.Packet{Type: sio.BinaryAck, Namespace: "/c", ID: 12, HasID: true, Attachments: 2, Data: []byte(`[]`)}, `62-/c,12[]`},
	} {
		got, err := sio.AppendPacket([]byte("> "), tt.p)
		if err != nil || string(got) != "> "+tt.want {
			t.Errorf("%+v: %q, %v; want %q", tt.p, got, err, tt.want)
		}
	}
}

func TestAppendPacketRefuses(t *testing.T) {
	for _, p := range []sio.Packet{
		{Type: 7},
		{Type: sio.BinaryEvent, Data: []byte(`["a"]`)},
		{Type: sio.BinaryEvent, Attachments: -1, Data: []byte(`["a"]`)},
		{Type: sio.Event, Attachments: 1, Data: []byte(`["a"]`)},
		{Type: sio.Event, Attachments: -1, Data: []byte(`["a"]`)},
		{Type: sio.Event, ID: sio.MaxID + 1, HasID: true},
		{Type: sio.Event, Namespace: "chat"},
		{Type: sio.Event, Namespace: "/a,b"},
		{Type: sio.Event, Namespace: "/a?b"},
		{Type: sio.Event, Namespace: "/a\x1e"},
		{Type: sio.Event, Namespace: "/a", Query: ","},
		{Type: sio.Event, Data: []byte(`{}`)},
		{Type: sio.Event, Data: []byte(`1["a"]`)},
		{Type: sio.Connect, Data: []byte(`[]`)},
		{Type: sio.Disconnect, Data: []byte(`{}`)},
	} {
		got, err := sio.AppendPacket([]byte("> "), p)
		if !errors.Is(err, sio.ErrInvalidPacket) || string(got) != "> " {
			t.Errorf("%+v: %q, %v", p, got, err)
		}
	}
}

func TestTypeString(t *testing.T) {
	if got := sio.BinaryEvent.String(); got != "BINARY_EVENT" {
		t.Error(got)
	}
	if got := sio.Type(9).String(); got != "type 9" {
		t.Error(got)
	}
}
