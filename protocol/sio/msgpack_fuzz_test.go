package sio_test

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/everwire/everwire/protocol/sio"
)

// What decodes is a packet like those that come as text, and encodes to
// something that decodes to the same.
func FuzzDecodeMsgpack(f *testing.F) {
	golden, err := os.ReadFile("testdata/msgpack.golden")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(golden)) {
		if line[0] != '#' {
			f.Add(mp(f, strings.Split(line, "\t")[1]))
		}
	}
	for _, s := range []string{
		"83a47479706500a46461746182a5746f6b656ea178a362696ec40109a36e7370a12f", "82a47479706501a36e7370a52f63686174",
		"84a2696407a47479706503a46461746191c3a36e7370a12f", "83a47479706504a464617461a178a36e7370a12f",
		"83a47479706502a46461746192a178dfffffffff", "83a47479706502a46461746192a178dc0001c0a36e7370a52f613f623d",
	} {
		f.Add(mp(f, s))
	}
	lim := sio.Limits{MaxAttachments: 4, MaxBytes: 1000}
	f.Fuzz(func(t *testing.T, wire []byte) {
		p, err := sio.DecodeMsgpack(wire, lim)
		if err != nil {
			if !errors.Is(err, sio.ErrProtocol) {
				t.Fatalf("foreign error: %v", err)
			}
			return
		}
		if len(p.Data) > 0 && (!json.Valid(p.Data) || !utf8.Valid(p.Data)) {
			t.Fatalf("data %q", p.Data)
		}
		if p.Attachments > 0 {
			checkComplete(t, p, lim)
		}
		// The text form takes it as well.
		text, err := sio.AppendPacket(nil, p)
		if err != nil {
			t.Fatalf("%+v has no text: %v", p, err)
		}
		if q, err := sio.DecodePacket(text, lim); err != nil || string(q.Data) != string(p.Data) || q.Type != p.Type || q.Namespace != p.Namespace {
			t.Fatalf("%+v is %+v as text, %v", p, q, err)
		}
		out, err := sio.AppendMsgpack(nil, p)
		if err != nil {
			t.Fatalf("%+v does not encode: %v", p, err)
		}
		// A short form may have been replaced by a longer one.
		q, err := sio.DecodeMsgpack(out, sio.Limits{MaxAttachments: 4})
		if err != nil || !reflect.DeepEqual(p, q) {
			t.Fatalf("%+v\ncomes back as %+v, %v", p, q, err)
		}
	})
}

// JSON that an application emits comes back as the same values.
func FuzzAppendMsgpack(f *testing.F) {
	for _, s := range []string{
		`["e"]`, `["e",[1,{"a":[]},{}],"\u0041\ud83d\ude00\\",-1.5e3,-0,18446744073709551615]`, "[ 1 ,{ \"k\" : [ ] } ]",
		`["e",{"_placeholder":true,"num":0}]`, `["e",-9223372036854775808,1e999,0.1]`, `["e","\ud800"]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p := sio.Packet{Type: sio.Ack, Namespace: "/", Data: data}
		wire, err := sio.AppendMsgpack(nil, p)
		if err != nil {
			if !errors.Is(err, sio.ErrInvalidPacket) {
				t.Fatalf("foreign error: %v", err)
			}
			return
		}
		if len(data) == 0 {
			return
		}
		q, err := sio.DecodeMsgpack(wire, sio.Limits{MaxBytes: 20 * (len(data) + 100)})
		if errors.Is(err, sio.ErrTooManyArguments) {
			return
		}
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		var a, b any
		if json.Unmarshal(data, &a) != nil {
			return // a number that Go does not have, which becomes null
		}
		if err := json.Unmarshal(q.Data, &b); err != nil || !reflect.DeepEqual(a, b) {
			t.Fatalf("%q comes back as %q, %v", data, q.Data, err)
		}
	})
}
