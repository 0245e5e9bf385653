package sio_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/sio"
)

// The packets of the Socket.IO specification, version 1, section "Messages",
// and what was captured from socket.io 0.9.19. again is what the packet is
// written as where that differs.
func TestDecodePacket09(t *testing.T) {
	for _, tt := range []struct {
		text, again string
		want        sio.Packet09
	}{
		{`0`, `0::`, sio.Packet09{Type: sio.Disconnect09}},
		{`0::`, ``, sio.Packet09{Type: sio.Disconnect09}},
		{`0::/test`, ``, sio.Packet09{Type: sio.Disconnect09, Endpoint: "/test"}},
		{`0::/test:why`, `0::/test`, sio.Packet09{Type: sio.Disconnect09, Endpoint: "/test"}},
		{`1::`, ``, sio.Packet09{Type: sio.Connect09}},
		{`1::/`, `1::`, sio.Packet09{Type: sio.Connect09}},
		{`1::/chat`, ``, sio.Packet09{Type: sio.Connect09, Endpoint: "/chat"}},
		{`1::/chat:`, `1::/chat`, sio.Packet09{Type: sio.Connect09, Endpoint: "/chat"}},
		{`1::/test?my=param,1`, ``, sio.Packet09{Type: sio.Connect09, Endpoint: "/test", Query: "my=param,1"}},
		{`1::/test:?my=param`, `1::/test?my=param`, sio.Packet09{Type: sio.Connect09, Endpoint: "/test", Query: "my=param"}},
		{`1::/test:?url=http://a:1`, ``, sio.Packet09{Type: sio.Connect09, Endpoint: "/test", Query: "url=http://a:1"}},
		{`1::?a=b`, ``, sio.Packet09{Type: sio.Connect09, Query: "a=b"}},
		{`2::`, ``, sio.Packet09{Type: sio.Heartbeat09}},
		{`3:1::blabla`, ``, sio.Packet09{Type: sio.Message09, ID: 1, HasID: true, Data: []byte("blabla")}},
		{`3:2+::hi2`, ``, sio.Packet09{Type: sio.Message09, ID: 2, HasID: true, DataAck: true, Data: []byte("hi2")}},
		{`3:::`, `3::`, sio.Packet09{Type: sio.Message09}},
		{`3:::a:b:c`, ``, sio.Packet09{Type: sio.Message09, Data: []byte("a:b:c")}},
		{`3::/chat:€😀`, ``, sio.Packet09{Type: sio.Message09, Endpoint: "/chat", Data: []byte("€😀")}},
		{`3:+::a`, `3:::a`, sio.Packet09{Type: sio.Message09, Data: []byte("a")}},
		{`3:0::a`, ``, sio.Packet09{Type: sio.Message09, HasID: true, Data: []byte("a")}},
		{`4:1::{"a":"b"}`, ``, sio.Packet09{Type: sio.JSON09, ID: 1, HasID: true, Data: []byte(`{"a":"b"}`)}},
		{`4:::"x"`, ``, sio.Packet09{Type: sio.JSON09, Data: []byte(`"x"`)}},
		{`5:::{"name":"echo"}`, ``, sio.Packet09{Type: sio.Event09, Data: []byte(`{"name":"echo"}`)}},
		{`5::/chat:{"name":"hi","args":["chat"]}`, ``, sio.Packet09{Type: sio.Event09, Endpoint: "/chat", Data: []byte(`{"name":"hi","args":["chat"]}`)}},
		{`5:1+::{"name":"echo","args":["hé",{"a":1}]}`, ``, sio.Packet09{Type: sio.Event09, ID: 1, HasID: true, DataAck: true, Data: []byte(`{"name":"echo","args":["hé",{"a":1}]}`)}},
		{`6:::4`, ``, sio.Packet09{Type: sio.Ack09, Data: []byte("4")}},
		{`6:::4+["A","B"]`, ``, sio.Packet09{Type: sio.Ack09, Data: []byte(`4+["A","B"]`)}},
		{`6::/chat:1+[]`, ``, sio.Packet09{Type: sio.Ack09, Endpoint: "/chat", Data: []byte(`1+[]`)}},
		{`7:::1+0`, ``, sio.Packet09{Type: sio.Error09, Data: []byte("1+0")}},
		{`7::/chat:2`, ``, sio.Packet09{Type: sio.Error09, Endpoint: "/chat", Data: []byte("2")}},
		{`7:::undefined+0`, ``, sio.Packet09{Type: sio.Error09, Data: []byte("undefined+0")}},
		{`8::`, ``, sio.Packet09{Type: sio.Noop09}},
		{`5::chat:{"name":"a"}`, ``, sio.Packet09{Type: sio.Event09, Endpoint: "chat", Data: []byte(`{"name":"a"}`)}},
	} {
		got, err := sio.DecodePacket09([]byte(tt.text), sio.Limits{})
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", tt.text, got, err, tt.want)
			continue
		}
		want := tt.text
		if tt.again != "" {
			want = tt.again
		}
		if out, err := sio.AppendPacket09([]byte("> "), got); err != nil || string(out) != "> "+want {
			t.Errorf("%s is written as %s, %v", tt.text, out, err)
		}
	}
}

func TestDecodePacket09Refuses(t *testing.T) {
	deep := strings.Repeat("[", sio.MaxDepth+1) + strings.Repeat("]", sio.MaxDepth+1)
	many := "[0" + strings.Repeat(",0", sio.MaxArguments) + "]"
	for _, tt := range []struct {
		text string
		want error
	}{
		{``, sio.ErrType}, {`9::`, sio.ErrType}, {`x`, sio.ErrType}, {`::`, sio.ErrType}, {`33:::a`, sio.ErrType}, {` 3:::a`, sio.ErrType},
		{`3:x::a`, sio.ErrID}, {`3:1x::a`, sio.ErrID}, {`3:+1::a`, sio.ErrID}, {`3:1++::a`, sio.ErrID}, {`3:-1::a`, sio.ErrID}, {`3:9007199254740992::a`, sio.ErrID},
		{"3:::\xff", sio.ErrPayload}, {"3::/\x00:a", sio.ErrNamespace}, {"1::/a?\x1e", sio.ErrNamespace},
		{"1::/" + strings.Repeat("n", sio.DefaultMaxNamespace), sio.ErrNamespace},
		{`4:::`, sio.ErrJSON}, {`4::`, sio.ErrJSON}, {`4:::{`, sio.ErrJSON}, {`4:::1 2`, sio.ErrJSON}, {`4:::` + deep, sio.ErrDepth},
		{`5:::`, sio.ErrPayload}, {`5:::[]`, sio.ErrPayload}, {`5:::"a"`, sio.ErrPayload}, {`5:::{}`, sio.ErrEventName}, {`5:::{"name":{}}`, sio.ErrEventName},
		{`5:::{"name":"a"`, sio.ErrJSON}, {`5:::{"name":"a"}x`, sio.ErrJSON}, {`5:::{"name"}`, sio.ErrJSON}, {`5:::{"name":"a",}`, sio.ErrJSON}, {`5:::{name:"a"}`, sio.ErrJSON},
		{`5:::{"name":"a","args":{}}`, sio.ErrPayload}, {`5:::{"name":"a","args":"x"}`, sio.ErrPayload}, {`5:::{"name":"a","args":[}`, sio.ErrJSON},
		{`5:::{"name":"a","args":` + many + `}`, sio.ErrTooManyArguments}, {`5:::{"name":"a","x":` + deep + `}`, sio.ErrDepth},
		{`6:::`, sio.ErrID}, {`6:::x`, sio.ErrID}, {`6:::-1`, sio.ErrID}, {`6:::9007199254740992`, sio.ErrID}, {`6:::1[]`, sio.ErrPayload},
		{`6:::1+{}`, sio.ErrPayload}, {`6:::1+[`, sio.ErrJSON}, {`6:::1+` + many, sio.ErrTooManyArguments},
	} {
		p, err := sio.DecodePacket09([]byte(tt.text), sio.Limits{})
		if !errors.Is(err, tt.want) || !errors.Is(err, sio.ErrProtocol) || p.Data != nil {
			t.Errorf("%.60s: %+v, %v; want %v", tt.text, p, err, tt.want)
		}
	}
	if _, err := sio.DecodePacket09([]byte("1::/abc"), sio.Limits{MaxNamespace: 3}); !errors.Is(err, sio.ErrNamespace) {
		t.Errorf("an endpoint of four bytes where three may be: %v", err)
	}
}

func TestAppendPacket09Refuses(t *testing.T) {
	for _, p := range []sio.Packet09{
		{Type: 9},
		{Type: sio.Message09, ID: sio.MaxID + 1, HasID: true},
		{Type: sio.Message09, DataAck: true},
		{Type: sio.Message09, Endpoint: "/a:b"},
		{Type: sio.Message09, Endpoint: "/a?b"},
		{Type: sio.Message09, Endpoint: "/a\n"},
		{Type: sio.Message09, Endpoint: "/\xff"},
		{Type: sio.Message09, Endpoint: "/a", Query: "b"},
		{Type: sio.Connect09, Query: "a\n"},
		{Type: sio.Connect09, Data: []byte("x")},
		{Type: sio.Heartbeat09, Data: []byte("x")},
		{Type: sio.JSON09},
		{Type: sio.Event09},
		{Type: sio.Event09, Data: []byte(`["a"]`)},
		{Type: sio.Ack09},
		{Type: sio.Ack09, Data: []byte(`[]`)},
	} {
		if got, err := sio.AppendPacket09([]byte("> "), p); !errors.Is(err, sio.ErrInvalidPacket) || string(got) != "> " {
			t.Errorf("%+v: %q, %v", p, got, err)
		}
	}
	if got, err := sio.AppendPacket09(nil, sio.Packet09{Type: sio.Connect09, Endpoint: "/"}); err != nil || string(got) != "1::" {
		t.Errorf("the root: %q, %v", got, err)
	}
}

func TestEvent09(t *testing.T) {
	for _, tt := range []struct {
		data, name, args string
	}{
		{`{"name":"echo"}`, "echo", ""},
		{`{"name":"echo","args":[]}`, "echo", "[]"},
		{`{"name":"echo","args":null}`, "echo", ""},
		{` { "args" : [ 1 , {"name":"x"} ] , "name" : "h\u00e9" } `, "hé", `[ 1 , {"name":"x"} ]`},
		{`{"n\u0061me":"a","other":[{"args":1}],"\u0061rgs":["b"]}`, "a", `["b"]`},
		{`{"name":"a","name":"b","args":{},"args":[2]}`, "b", `[2]`},
		{`{"name":7}`, "7", ""},
	} {
		name, args, err := sio.ParseEvent09([]byte(tt.data))
		if err != nil || string(name) != tt.name || string(args) != tt.args {
			t.Errorf("%s: %q, %q, %v", tt.data, name, args, err)
		}
	}
	for _, tt := range []struct {
		name, want string
		args       [][]byte
	}{
		{"echo", `{"name":"echo"}`, nil},
		{"h\"é", `{"name":"h\"é","args":["a",null,{"b":1}]}`, [][]byte{[]byte(`"a"`), nil, []byte(`{"b":1}`)}},
	} {
		if got := sio.AppendEvent09([]byte("> "), tt.name, tt.args); string(got) != "> "+tt.want {
			t.Errorf("%s", got)
		}
	}
}

func TestAck09(t *testing.T) {
	for _, tt := range []struct {
		data string
		id   uint64
		args string
	}{
		{"4", 4, ""}, {`4+["A","B"]`, 4, `["A","B"]`}, {"0+", 0, ""}, {"9007199254740991+[ ]", sio.MaxID, "[ ]"},
	} {
		id, args, err := sio.ParseAck09([]byte(tt.data))
		if err != nil || id != tt.id || string(args) != tt.args {
			t.Errorf("%s: %d, %q, %v", tt.data, id, args, err)
		}
	}
	if got := sio.AppendAck09([]byte("> "), 4, nil); string(got) != "> 4" {
		t.Errorf("%s", got)
	}
	if got := sio.AppendAck09([]byte("> "), 4, [][]byte{[]byte("\"a\u2028b\u2029\"")}); string(got) != `> 4+["a\u2028b\u2029"]` {
		t.Errorf("line separators: %s", got)
	}
	if got := sio.AppendAck09(nil, 4, [][]byte{[]byte(`"A"`), []byte("1")}); string(got) != `4+["A",1]` {
		t.Errorf("%s", got)
	}
}

func TestError09(t *testing.T) {
	for _, tt := range []struct {
		data   string
		reason sio.Reason09
		advice sio.Advice09
	}{
		{"1+0", sio.ClientNotHandshaken, sio.Reconnect},
		{"2", sio.Unauthorized, sio.NoAdvice09},
		{"0", sio.TransportNotSupported, sio.NoAdvice09},
		{"+0", sio.NoReason09, sio.Reconnect},
		{"", sio.NoReason09, sio.NoAdvice09},
	} {
		if got := sio.AppendError09([]byte("> "), tt.reason, tt.advice); string(got) != "> "+tt.data {
			t.Errorf("%s, want %s", got, tt.data)
		}
		if reason, advice := sio.ParseError09([]byte(tt.data)); reason != tt.reason || advice != tt.advice {
			t.Errorf("%s: %d, %d", tt.data, reason, advice)
		}
	}
	if reason, advice := sio.ParseError09([]byte("2+0+1")); reason != sio.Unauthorized || advice != sio.Reconnect {
		t.Errorf("three parts: %d, %d", reason, advice)
	}
	for _, data := range []string{"undefined+x", "3+1", "10+00", "1x"} {
		if reason, advice := sio.ParseError09([]byte(data)); reason != sio.NoReason09 || advice != sio.NoAdvice09 {
			t.Errorf("%s: %d, %d", data, reason, advice)
		}
	}
}

func TestType09String(t *testing.T) {
	if got := sio.Event09.String(); got != "event" {
		t.Error(got)
	}
	if got := sio.Type09(9).String(); got != "type 9" {
		t.Error(got)
	}
}

// What decodes must encode to something that decodes to the same.
func FuzzDecodePacket09(f *testing.F) {
	for _, s := range []string{
		`0`, `0::/chat`, `1::/test?my=param`, `1::/test:?a`, `2::`, `3:1::hé:llo`, `3:2+:/a:`, `4:::{"a":[1]}`, `5:1+::{"name":"echo","args":["hé"]}`,
		`5:::{"args":null,"n\u0061me":1}`, `6:::1`, `6::/c:1+[{}]`, `7:::1+0`, `8::`, "3:::\xff", `3:9007199254740992::`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := sio.DecodePacket09(text, sio.Limits{})
		if err != nil {
			if !errors.Is(err, sio.ErrProtocol) {
				t.Fatalf("foreign error: %v", err)
			}
			return
		}
		out, err := sio.AppendPacket09(nil, p)
		if err != nil {
			t.Fatalf("%q decodes to %+v, which does not encode: %v", text, p, err)
		}
		q, err := sio.DecodePacket09(out, sio.Limits{})
		if err != nil || !reflect.DeepEqual(p, q) {
			t.Fatalf("%q: %+v\n%q: %+v, %v", text, p, out, q, err)
		}
		switch p.Type {
		case sio.Event09:
			checkEvent09(t, p.Data)
		case sio.Ack09:
			checkAck09(t, p.Data)
		}
	})
}

func checkEvent09(t *testing.T, data []byte) {
	t.Helper()
	name, args, err := sio.ParseEvent09(data)
	if err != nil {
		t.Fatalf("%q: %v", data, err)
	}
	els, err := sio.SplitArray(args)
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	name2, args2, err := sio.ParseEvent09(sio.AppendEvent09(nil, string(name), els))
	if err != nil || string(name) != string(name2) {
		t.Fatalf("%q: %q, then %q, %v", data, name, name2, err)
	}
	if els2, err := sio.SplitArray(args2); err != nil || len(els) != len(els2) {
		t.Fatalf("%q: %q, then %q, %v", data, els, els2, err)
	}
}

func checkAck09(t *testing.T, data []byte) {
	t.Helper()
	id, args, err := sio.ParseAck09(data)
	if err != nil {
		t.Fatalf("%q: %v", data, err)
	}
	els, err := sio.SplitArray(args)
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	if id2, _, err := sio.ParseAck09(sio.AppendAck09(nil, id, els)); err != nil || id != id2 {
		t.Fatalf("%q: %d, then %d, %v", data, id, id2, err)
	}
}

// Clients of 0.7 take U+2028 and U+2029 for the ends of lines.
func TestPacket09IsOneLine(t *testing.T) {
	for data, want := range map[string]string{
		"[\"a\u2028b\u2029\"]":     `["a\u2028b\u2029"]`,
		"[\"\u2027\u202a\u2030\"]": "[\"\u2027\u202a\u2030\"]",
	} {
		got, err := sio.AppendPacket09(nil, sio.Packet09{Type: sio.JSON09, Data: []byte(data)})
		if err != nil || string(got) != "4:::"+want {
			t.Errorf("%q: %q, %v", data, got, err)
		}
	}
	if got, _ := sio.AppendPacket09(nil, sio.Packet09{Type: sio.Message09, Data: []byte("\u2028")}); string(got) != "3:::\u2028" {
		t.Errorf("text: %q", got)
	}
}
