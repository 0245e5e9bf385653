package sio_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/sio"
)

// mp turns a readable form into bytes: hexadecimal, with 'text' between
// apostrophes.
func mp(t testing.TB, s string) []byte {
	t.Helper()
	var out []byte
	for i, part := range strings.Split(s, "'") {
		if i%2 == 1 {
			out = append(out, part...)
			continue
		}
		b, err := hex.DecodeString(strings.ReplaceAll(part, " ", ""))
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		out = append(out, b...)
	}
	return out
}

// valueOf is what JSON says, whatever its escapes.
func valueOf(t testing.TB, raw []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%q: %v", raw, err)
	}
	return v
}

// npm's values must be understood, and where JSON has them be written the same.
func TestMsgpackMatchesTheReference(t *testing.T) {
	golden, err := os.ReadFile("testdata/msgpack.golden")
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for line := range strings.Lines(string(golden)) {
		if line[0] == '#' {
			continue
		}
		lines++
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		wire := mp(t, f[1])
		want := sio.Packet{Type: sio.Event, Namespace: "/"}
		for _, b := range f[3:] {
			want.Binary = append(want.Binary, append([]byte{}, mp(t, strings.TrimSuffix(b, "-"))...))
		}
		if want.Attachments = len(want.Binary); want.Attachments > 0 {
			want.Type = sio.BinaryEvent
		}
		got, err := sio.DecodeMsgpack(wire, sio.Limits{})
		if err != nil {
			t.Errorf("%s: %v", f[2], err)
			continue
		}
		data := got.Data
		got.Data = nil
		if a, b := valueOf(t, data), valueOf(t, []byte(f[2])); !sameNumbers(a, b) || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %s, %+v; want %+v", f[2], data, got, want)
		}
		if f[0] != "=" {
			continue
		}
		for _, text := range []string{string(data), f[2]} {
			want.Data = []byte(text)
			if out, err := sio.AppendMsgpack(nil, want); err != nil || !bytes.Equal(out, wire) {
				t.Errorf("%s is written as %x, %v; want %x", text, out, err, wire)
			}
		}
	}
	if lines < 50 {
		t.Errorf("only %d values", lines)
	}
}

// sameNumbers is DeepEqual for JSON in which a number may be written in several
// ways.
func sameNumbers(a, b any) bool {
	norm := func(v any) any {
		raw, _ := json.Marshal(v)
		var out any
		json.Unmarshal(raw, &out)
		return out
	}
	return reflect.DeepEqual(norm(a), norm(b))
}

// What socket.io-client 4.8.4 and socket.io 4.8.4 send each other.
func TestMsgpackPacketsOfTheReference(t *testing.T) {
	for _, tt := range []struct {
		name, wire string
		server     bool
		want       sio.Packet
	}{
		{"connect with auth", "83a47479706500a46461746182a5746f6b656ea178a362696ec40109a36e7370a12f", false,
			sio.Packet{Type: sio.Connect, Namespace: "/", Data: []byte(`{"token":"x","bin":"CQ=="}`)}},
		{"connect", "83a47479706500a464617461d40000a36e7370a52f63686174", false,
			sio.Packet{Type: sio.Connect, Namespace: "/chat"}},
		{"connected", "83a47479706500a46461746182a3736964b44853784a34444c35643848534e54303341414141a3706964d40000a36e7370a12f", true,
			sio.Packet{Type: sio.Connect, Namespace: "/", Data: []byte(`{"sid":"HSxJ4DL5d8HSNT03AAAA"}`)}},
		{"connect error", "83a47479706504a46461746182a76d657373616765a26e6fa46461746181a16101a36e7370a12f", true,
			sio.Packet{Type: sio.ConnectError, Namespace: "/", Data: []byte(`{"message":"no","data":{"a":1}}`)}},
		{"disconnect", "82a47479706501a36e7370a52f63686174", false,
			sio.Packet{Type: sio.Disconnect, Namespace: "/chat"}},
		{"event with options", "84a47479706502a46461746191a3627965a76f7074696f6e7381a8636f6d7072657373c3a36e7370a12f", false,
			sio.Packet{Type: sio.Event, Namespace: "/", Data: []byte(`["bye"]`)}},
		{"event with id", "85a47479706502a46461746195a46563686f83a1619701ffcb3ff8000000000000c0d40000c3a178a175d40000a164d700000000e8d4a51000c403010203c702000405c702000607a76f7074696f6e7381a8636f6d7072657373c3a2696400a36e7370a12f", false,
			sio.Packet{Type: sio.BinaryEvent, Namespace: "/", HasID: true, Attachments: 3, Binary: [][]byte{{1, 2, 3}, {4, 5}, {6, 7}},
				Data: []byte(`["echo",{"a":[1,-1,1.5,null,null,true,"x"],"d":"2001-09-09T01:46:40.000Z"},{"_placeholder":true,"num":0},{"_placeholder":true,"num":1},{"_placeholder":true,"num":2}]`)}},
		{"ack", "84a2696407a47479706503a46461746191c3a36e7370a12f", true,
			sio.Packet{Type: sio.Ack, Namespace: "/", HasID: true, ID: 7, Data: []byte(`[true]`)}},
	} {
		d := sio.MsgpackDecoder{FromServer: tt.server}
		wire := mp(t, tt.wire)
		got, done, err := d.AddBinary(wire)
		clear(wire) // nothing may be borrowed
		if err != nil || !done || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, %v, %v\nwant %+v", tt.name, got, done, err, tt.want)
		}
		out, err := sio.AppendMsgpack([]byte("> "), tt.want)
		if err != nil || !bytes.HasPrefix(out, []byte("> ")) {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if back, err := sio.DecodeMsgpack(out[2:], sio.Limits{}); err != nil || !reflect.DeepEqual(back, tt.want) {
			t.Errorf("%s: comes back as %+v, %v", tt.name, back, err)
		}
	}
}

func TestMsgpackViolations(t *testing.T) {
	const ns = "a36e7370a12f" // nsp: "/"
	const event, data = "a47479706502", "a464617461"
	for _, tt := range []struct {
		name, wire string
		want       error
	}{
		{"nothing", "", sio.ErrMsgpack},
		{"array", "90", sio.ErrMsgpack},
		{"no type", "82" + data + "91a178" + ns, sio.ErrType},
		{"undefined type", "83a474797065d40000" + data + "91a178" + ns, sio.ErrType},
		{"unknown type", "83a47479706505" + data + "91a178" + ns, sio.ErrType},
		{"negative type", "83a474797065ff" + data + "91a178" + ns, sio.ErrType},
		{"type of 64 bits", "83a474797065cf0000000100000002" + data + "91a178" + ns, sio.ErrType},
		{"type that is a string", "83a474797065a132" + data + "91a178" + ns, sio.ErrType},
		{"type twice", "84" + event + event + data + "91a178" + ns, sio.ErrMsgpack},
		{"no namespace", "82" + event + data + "91a178", sio.ErrNamespace},
		{"empty namespace", "83" + event + data + "91a178 a36e7370a0", sio.ErrNamespace},
		{"namespace without a slash", "83" + event + data + "91a178 a36e7370a163", sio.ErrNamespace},
		{"namespace with a comma", "83" + event + data + "91a178 a36e7370a3'/a,'", sio.ErrNamespace},
		{"namespace with a control character", "83" + event + data + "91a178 a36e7370a2'/'1e", sio.ErrNamespace},
		{"namespace that is not UTF-8", "83" + event + data + "91a178 a36e7370a2'/'ff", sio.ErrNamespace},
		{"namespace too long", "83" + event + data + "91a178 a36e7370da0102'/'" + strings.Repeat("61", 257), sio.ErrNamespace},
		{"namespace that is a number", "83" + event + data + "91a178 a36e737001", sio.ErrNamespace},
		{"event without data", "82" + event + ns, sio.ErrPayload},
		{"event with undefined", "83" + event + data + "d40000" + ns, sio.ErrPayload},
		{"event with null", "83" + event + data + "c0" + ns, sio.ErrPayload},
		{"event with an object", "83" + event + data + "80" + ns, sio.ErrPayload},
		{"event without a name", "83" + event + data + "90" + ns, sio.ErrEventName},
		{"event named null", "83" + event + data + "91c0" + ns, sio.ErrEventName},
		{"event named binary", "83" + event + data + "91c401'x'" + ns, sio.ErrEventName},
		{"reserved event", "83" + event + data + "91a7'connect'" + ns, sio.ErrReservedName},
		{"ack without data", "83a47479706503a2696400" + ns, sio.ErrPayload},
		{"connect with an array", "83a47479706500" + data + "90" + ns, sio.ErrPayload},
		{"connect with null", "83a47479706500" + data + "c0" + ns, sio.ErrPayload},
		{"disconnect with data", "83a47479706501" + data + "80" + ns, sio.ErrPayload},
		{"connect error without data", "82a47479706504" + ns, sio.ErrPayload},
		{"id that is a float", "84" + event + data + "91a178 a26964cb3ff0000000000000" + ns, sio.ErrID},
		{"id that is negative", "84" + event + data + "91a178 a26964ff" + ns, sio.ErrID},
		{"id that is null", "84" + event + data + "91a178 a26964c0" + ns, sio.ErrID},
		{"id too large", "84" + event + data + "91a178 a26964cf0020000000000000" + ns, sio.ErrID},
		{"bytes behind", "83" + event + data + "91a178" + ns + "c0", sio.ErrMsgpack},
		{"form that is never used", "83" + event + data + "92a178c1" + ns, sio.ErrMsgpack},
		{"foreign extension", "83" + event + data + "92a178d6ff00000000" + ns, sio.ErrMsgpack},
		{"foreign sized extension", "83" + event + data + "92a178c70105ff" + ns, sio.ErrMsgpack},
		{"key that is no string", "83" + event + data + "92a178810101" + ns, sio.ErrMsgpack},
		{"array longer than the rest", "83" + event + data + "ddffffffff", sio.ErrMsgpack},
		{"map longer than the rest", "83" + event + data + "92a178dfffffffff", sio.ErrMsgpack},
		{"string longer than the rest", "83" + event + data + "92a178dbffffffff", sio.ErrMsgpack},
		{"binary longer than the rest", "83" + event + data + "92a178c6ffffffff", sio.ErrMsgpack},
		{"number cut short", "83" + event + data + "92a178cf00", sio.ErrMsgpack},
		{"placeholder that takes an attachment's place", "83" + event + data + "93a178c40101 82ac'_placeholder'c3a3'num'00" + ns, sio.ErrPlaceholder},
		{"too deep", "83" + event + data + strings.Repeat("91", 513) + "c0" + ns, sio.ErrDepth},
	} {
		_, err := sio.DecodeMsgpack(mp(t, tt.wire), sio.Limits{})
		if !errors.Is(err, tt.want) || !errors.Is(err, sio.ErrProtocol) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestMsgpackTruncatedAnywhere(t *testing.T) {
	whole, err := sio.AppendMsgpack(nil, sio.Packet{Type: sio.BinaryEvent, HasID: true, ID: 1 << 40, Namespace: "/chat", Attachments: 1,
		Binary: [][]byte{[]byte("abc")}, Data: []byte(`["e",1.5,{"k":[-40000,null,{"_placeholder":true,"num":0}]}]`)})
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if p, err := sio.DecodeMsgpack(whole[:n], sio.Limits{}); !errors.Is(err, sio.ErrProtocol) {
			t.Errorf("%d of %d bytes: %+v, %v", n, len(whole), p, err)
		}
	}
}

func TestMsgpackLimits(t *testing.T) {
	packet := func(args string, bins int) []byte {
		p := sio.Packet{Type: sio.Event, Data: []byte(args)}
		if bins > 0 {
			p.Type, p.Attachments, p.Binary = sio.BinaryEvent, bins, make([][]byte, bins)
			for i := range p.Binary {
				p.Binary[i] = make([]byte, 10)
			}
		}
		b, err := sio.AppendMsgpack(nil, p)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	two := packet(`["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, 2)
	nulls := packet(`["e",[`+strings.Repeat("null,", 999)+`null]]`, 0)
	for _, tt := range []struct {
		name string
		wire []byte
		lim  sio.Limits
		want error
	}{
		{"attachments", two, sio.Limits{MaxAttachments: 2}, nil},
		{"one attachment too many", two, sio.Limits{MaxAttachments: 1}, sio.ErrTooManyAttachments},
		{"bytes of the message", two, sio.Limits{MaxBytes: len(two) - 1}, sio.ErrTooLarge},
		// 1,000 bytes become 5,000 of JSON.
		{"bytes of the JSON", nulls, sio.Limits{MaxBytes: 6000}, nil},
		{"bytes of the JSON beyond", nulls, sio.Limits{MaxBytes: 4000}, sio.ErrTooLarge},
		{"elements", packet(`["e"`+strings.Repeat(",1", 1023)+`]`, 0), sio.Limits{}, nil},
		{"one element too many", packet(`["e"`+strings.Repeat(",1", 1024)+`]`, 0), sio.Limits{}, sio.ErrTooManyArguments},
		{"depth", mp(t, "83a47479706502a46461746192a178"+strings.Repeat("91", 510)+"90a36e7370a12f"), sio.Limits{}, nil},
	} {
		if _, err := sio.DecodeMsgpack(tt.wire, tt.lim); !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.want)
		}
	}
}

// What is dropped must not count either.
func TestMsgpackDropsUnknownMembers(t *testing.T) {
	wire := mp(t, "85 a47479706502 a7'options'82a161c401'x'a162c0 a464617461 92a178c401'y' a36e7370a12f a0 91c0")
	p, err := sio.DecodeMsgpack(wire, sio.Limits{MaxAttachments: 1})
	if err != nil || string(p.Data) != `["x",{"_placeholder":true,"num":0}]` || len(p.Binary) != 1 || string(p.Binary[0]) != "y" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestMsgpackDecoderRefuses(t *testing.T) {
	var d sio.MsgpackDecoder
	if _, _, err := d.Add([]byte(`2["a"]`)); !errors.Is(err, sio.ErrUnexpectedText) {
		t.Errorf("text: %v", err)
	}
	refusal := mp(t, "83a47479706504a46461746180a36e7370a12f")
	if _, _, err := d.AddBinary(refusal); !errors.Is(err, sio.ErrType) {
		t.Errorf("CONNECT_ERROR from a client: %v", err)
	}
}

func TestMsgpackIsNotWritten(t *testing.T) {
	for _, tt := range []struct {
		name string
		p    sio.Packet
	}{
		{"type", sio.Packet{Type: 9, Data: []byte(`[]`)}},
		{"event without data", sio.Packet{Type: sio.Event}},
		{"namespace", sio.Packet{Type: sio.Disconnect, Namespace: "chat"}},
		{"no JSON", sio.Packet{Type: sio.Event, Data: []byte(`["a"`)}},
		{"two values", sio.Packet{Type: sio.Event, Data: []byte(`["a"] 1`)}},
		{"depth", sio.Packet{Type: sio.Event, Data: []byte(strings.Repeat("[", 513) + strings.Repeat("]", 513))}},
		{"missing attachment", sio.Packet{Type: sio.BinaryEvent, Attachments: 1, Data: []byte(`["a",{"_placeholder":true,"num":0}]`)}},
		{"placeholder out of range", sio.Packet{Type: sio.BinaryEvent, Attachments: 1, Binary: [][]byte{nil}, Data: []byte(`["a",{"_placeholder":true,"num":1}]`)}},
	} {
		if out, err := sio.AppendMsgpack([]byte("> "), tt.p); !errors.Is(err, sio.ErrInvalidPacket) || string(out) != "> " {
			t.Errorf("%s: %q, %v", tt.name, out, err)
		}
	}
}

func TestMsgpackWritesWhiteSpaceAway(t *testing.T) {
	out, err := sio.AppendMsgpack(nil, sio.Packet{Type: sio.Event, Data: []byte("[ \"a\\u0062\" , { \"k\" : [ ] , \"l\" :\t{ } } ,-0, 1e999 ]\n")})
	want := mp(t, "83 a4'type'02 a4'data' 94 a2'ab' 82a1'k'90a1'l'80 cb8000000000000000 cb7ff0000000000000 a3'nsp'a1'/'")
	if err != nil || !bytes.Equal(out, want) {
		t.Errorf("%x, %v; want %x", out, err, want)
	}
}
