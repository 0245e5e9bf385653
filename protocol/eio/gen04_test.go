package eio_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

// The forms that socket.io 0.3.8 and 0.4.1 write.
func TestGen04Encodes(t *testing.T) {
	for _, tt := range []struct {
		ps   []session.Packet
		want string
	}{
		{[]session.Packet{text(session.PacketOpen, "2571510425490866")}, `{"messages":["{\"sessionid\":\"2571510425490866\"}"]}`},
		{[]session.Packet{text(session.PacketMessage, "hi")}, `{"messages":["hi"]}`},
		{[]session.Packet{jsonPacket(`{"a":1}`)}, `{"messages":[{"a":1}]}`},
		{[]session.Packet{text(session.PacketMessage, "€\"\\\n\u2028")}, `{"messages":["€\"\\\u000a\u2028"]}`},
		{[]session.Packet{text(session.PacketOpen, "1"), text(session.PacketMessage, ""), jsonPacket("null")}, `{"messages":["{\"sessionid\":\"1\"}","",null]}`},
		{[]session.Packet{text(session.PacketPing, "1"), text(session.PacketMessage, "a"), text(session.PacketNoop, ""), text(session.PacketMessage, "b"), text(session.PacketClose, "")}, `{"messages":["a","b"]}`},
	} {
		out, err := eio.Gen04.AppendPayload([]byte("> "), tt.ps)
		if err != nil || string(out) != "> "+tt.want {
			t.Errorf("%+v: %q, %v; want %q", tt.ps, out, err, tt.want)
		}
		if len(tt.ps) == 1 {
			if out, isBinary, err := eio.Gen04.AppendMessage([]byte("> "), tt.ps[0]); err != nil || isBinary || string(out) != "> "+tt.want {
				t.Errorf("%+v as a message: %q, %v; want %q", tt.ps, out, err, tt.want)
			}
		}
	}
}

func TestGen04Decodes(t *testing.T) {
	for _, tt := range []struct {
		wire string
		want []session.Packet
	}{
		{`["hi"]`, []session.Packet{text(session.PacketMessage, "hi")}},
		{`[]`, nil},
		{" [ ] ", nil},
		{`["a","",{"a":[1,"]"]},[],[[2],{}],1.5e3,null,true]`, []session.Packet{
			text(session.PacketMessage, "a"), text(session.PacketMessage, ""), jsonPacket(`{"a":[1,"]"]}`), jsonPacket("[]"), jsonPacket("[[2],{}]"),
			jsonPacket("1.5e3"), jsonPacket("null"), jsonPacket("true"),
		}},
		{" [\t1 , \"x\"\r\n, { } ] ", []session.Packet{jsonPacket("1"), text(session.PacketMessage, "x"), jsonPacket("{ }")}},
		{`["\"\\\/\b\f\n\r\t","\u20ac\u00E9","\ud83d\ude00","a\ud83dz","\udE00\ud83d","],[\""]`, []session.Packet{
			text(session.PacketMessage, "\"\\/\b\f\n\r\t"), text(session.PacketMessage, "€é"), text(session.PacketMessage, "😀"),
			text(session.PacketMessage, "a\ufffdz"), text(session.PacketMessage, "\ufffd\ufffd"), text(session.PacketMessage, `],["`),
		}},
		{`["€😀"]`, []session.Packet{text(session.PacketMessage, "€😀")}},
	} {
		got, err := decodeAll(eio.Gen04, []byte(tt.wire))
		if err != nil || !samePackets(got, tt.want) {
			t.Errorf("%s: %+v, %v; want %+v", tt.wire, got, err, tt.want)
		}
	}
	if p, err := eio.Gen04.DecodeMessage([]byte(`["hi"]`), false); err != nil || !samePacket(p, text(session.PacketMessage, "hi")) {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestGen04Refuses(t *testing.T) {
	for _, body := range []string{
		"", " ", `"hi"`, `{"messages":["hi"]}`, "[", `["hi"`, `["hi",]`, `["hi"]]`, `["hi"]x`, `[01]`, `["\x"]`, "[\"\n\"]", "[\"\xff\"]", `["\u12"]`, "~m~2~m~hi",
		strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000),
	} {
		if got, err := decodeAll(eio.Gen04, []byte(body)); !errors.Is(err, eio.ErrMalformed) || len(got) != 0 {
			t.Errorf("%.40q: %+v, %v", body, got, err)
		}
	}
}

func TestGen04RefusesToEncode(t *testing.T) {
	for name, tt := range map[string]struct {
		p    session.Packet
		want error
	}{
		"binary":           {binary("\x01"), eio.ErrUnencodable},
		"empty JSON":       {jsonPacket(""), eio.ErrUnencodable},
		"text in Latin-1":  {text(session.PacketMessage, "\xe9"), eio.ErrUnencodable},
		"JSON in Latin-1":  {jsonPacket("\"\xe9\""), eio.ErrUnencodable},
		"an id in Latin-1": {text(session.PacketOpen, "\xe9"), eio.ErrUnencodable},
		"unknown type":     {session.Packet{Type: 7}, eio.ErrUnencodable},
		"ping":             {text(session.PacketPing, ""), eio.ErrControl},
		"pong":             {text(session.PacketPong, ""), eio.ErrControl},
		"close":            {text(session.PacketClose, ""), eio.ErrControl},
		"noop":             {text(session.PacketNoop, ""), eio.ErrControl},
		"upgrade":          {text(session.PacketUpgrade, ""), eio.ErrControl},
	} {
		checkUnencodable(t, eio.Gen04, name, tt.p, tt.want)
	}
}

// A client's list must decode to what encoding/json finds in it.
func FuzzGen04Payload(f *testing.F) {
	for _, s := range []string{`["a",{"b":"]"},[1,[2]],-1.5e-3]`, `["\ud83d\ude00\ud83d\"\\"]`, ` [ ] `, `["` + "\u2028" + `",null]`, `[{"a":"\\"},"\\"]`, `[1,]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := decodeAll(eio.Gen04, body)
		var want []json.RawMessage
		if stdErr := json.Unmarshal(body, &want); err != nil {
			if !errors.Is(err, eio.ErrMalformed) || len(got) > 0 || stdErr == nil && validArray(body) {
				t.Fatalf("%q: %+v, %v; encoding/json has %q, %v", body, got, err, want, stdErr)
			}
			return
		}
		if len(got) != len(want) {
			t.Fatalf("%q: %+v; encoding/json has %q", body, got, want)
		}
		for i, p := range got {
			wantData := string(want[i])
			var s string
			if p.Kind == session.Text {
				if err := json.Unmarshal(want[i], &s); err != nil {
					t.Fatal(err)
				}
				wantData = s
			}
			if string(p.Data) != wantData || (want[i][0] == '"') != (p.Kind == session.Text) {
				t.Fatalf("%q: element %d is %+v, want %q", body, i, p, wantData)
			}
		}
	})
}

// validArray reports whether body is an array in UTF-8: encoding/json takes
// other bytes and null too.
func validArray(body []byte) bool {
	return utf8.Valid(body) && bytes.HasPrefix(bytes.TrimSpace(body), []byte("["))
}
