package ws_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/ws"
)

// The examples of RFC 6455 section 5.7.
func TestDecodeExamplesSection5_7(t *testing.T) {
	zeros := func(n int) string { return strings.Repeat("00", n) }
	for _, c := range []struct {
		name, wire string
		role       ws.Role
		want       []seen
	}{
		{"unmasked text", "810548656c6c6f", ws.Client, []seen{text("Hello")}},
		{"masked text", "818537fa213d7f9f4d5158", ws.Server, []seen{text("Hello")}},
		{"fragmented text", "010348656c 80026c6f", ws.Client, []seen{text("Hello")}},
		{"ping", "890548656c6c6f", ws.Client, []seen{{Type: ws.Ping, Data: "Hello"}}},
		{"masked pong", "8a8537fa213d7f9f4d5158", ws.Server, []seen{{Type: ws.Pong, Data: "Hello"}}},
		{"256 bytes", "827e0100" + zeros(256), ws.Client, []seen{binmsg(string(make([]byte, 256)))}},
		{"64 KiB", "827f0000000000010000" + zeros(65536), ws.Client, []seen{binmsg(string(make([]byte, 65536)))}},
	} {
		for _, size := range []func(int) int{allAtOnce, byteByByte} {
			d := ws.NewDecoder(ws.DecoderOptions{Role: c.role})
			got, err := feed(d, unhex(t, c.wire), size)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%s: got %d events, error %v", c.name, len(got), err)
			}
		}
	}
}

func closeBody(code uint16, reason string) string {
	return string([]byte{byte(code >> 8), byte(code)}) + reason
}

func TestDecodeRules(t *testing.T) {
	long := strings.Repeat("x", 126)
	for _, c := range []struct {
		name   string
		stream []byte
		want   []seen
		code   uint16 // 0: no error
	}{
		{"5.1 unmasked client frame", server(0x81, "hi"), nil, 1002},
		{"5.2 RSV1 without extension", client(0xC1, "hi"), nil, 1002},
		{"5.2 RSV2", client(0xA1, "hi"), nil, 1002},
		{"5.2 RSV3", client(0x91, "hi"), nil, 1002},
		{"5.2 RSV on control frame", client(0xF9, "hi"), nil, 1002},
		{"5.2 RSV on continuation", join(client(0x01, "a"), client(0xC0, "b")), nil, 1002},
		{"5.4 fragments", join(client(0x01, "a"), client(0x00, "b"), client(0x80, "c")), []seen{text("abc")}, 0},
		{"5.4 empty fragments", join(client(0x01, ""), client(0x00, ""), client(0x80, "")), []seen{text("")}, 0},
		{"5.4 ping between fragments", join(client(0x02, "a"), client(0x89, "p"), client(0x80, "b")),
			[]seen{{Type: ws.Ping, Data: "p"}, binmsg("ab")}, 0},
		{"5.4 continuation without a beginning", client(0x80, "a"), nil, 1002},
		{"5.4 unfinished continuation without a beginning", client(0x00, "a"), nil, 1002},
		{"5.4 continuation after the end", join(client(0x81, "a"), client(0x80, "b")), []seen{text("a")}, 1002},
		{"5.4 new text inside a message", join(client(0x01, "a"), client(0x81, "b")), nil, 1002},
		{"5.4 new binary inside a message", join(client(0x01, "a"), client(0x82, "b")), nil, 1002},
		{"5.5 fragmented ping", client(0x09, "a"), nil, 1002},
		{"5.5 fragmented close", client(0x08, "a"), nil, 1002},
		{"5.5 ping of 125 bytes", client(0x89, long[:125]), []seen{{Type: ws.Ping, Data: long[:125]}}, 0},
		{"5.5 ping of 126 bytes", client(0x89, long), nil, 1002},
		{"5.5 close of 126 bytes", client(0x88, long), nil, 1002},
		{"5.5.1 close without body", client(0x88, ""), []seen{{Type: ws.Close, Code: 1005}}, 0},
		{"5.5.1 close with one byte", client(0x88, "\x03"), nil, 1002},
		{"5.5.1 close with code", client(0x88, closeBody(1000, "")), []seen{{Type: ws.Close, Code: 1000}}, 0},
		{"5.5.1 close with reason", client(0x88, closeBody(4000, "bye")),
			[]seen{{Type: ws.Close, Code: 4000, Reason: "bye"}}, 0},
		{"5.5.1 close with bad reason", client(0x88, closeBody(1000, "\xff")), nil, 1007},
		{"5.5.1 bytes after close are ignored", join(client(0x88, ""), client(0x81, "x"), []byte{0xFF, 0xFF}),
			[]seen{{Type: ws.Close, Code: 1005}}, 0},
		{"5.5.1 close inside a message", join(client(0x01, "a"), client(0x88, "")),
			[]seen{{Type: ws.Close, Code: 1005}}, 0},
		{"5.5.3 unsolicited pong", client(0x8A, "u"), []seen{{Type: ws.Pong, Data: "u"}}, 0},
		{"5.6 binary is not text", client(0x82, "\xff\xfe"), []seen{binmsg("\xff\xfe")}, 0},
		{"8.1 bad text", client(0x81, "a\xffb"), nil, 1007},
		{"8.1 text ends inside a rune", client(0x81, "a\xe2\x82"), nil, 1007},
		{"8.1 rune over fragments", join(client(0x01, "\xe2"), client(0x00, "\x82"), client(0x80, "\xac")),
			[]seen{text("€")}, 0},
		{"8.1 message ends inside a rune", join(client(0x01, "\xe2"), client(0x80, "\x82")), nil, 1007},
		{"8.1 surrogate", client(0x81, "\xed\xa0\x80"), nil, 1007},
		{"8.1 overlong", client(0x81, "\xc0\xaf"), nil, 1007},
		{"8.1 above U+10FFFF", client(0x81, "\xf4\x90\x80\x80"), nil, 1007},
		{"8.1 noncharacters are text", client(0x81, "\uFFFF\U0010FFFF\x00"), []seen{text("\uFFFF\U0010FFFF\x00")}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, size := range map[string]func(int) int{"whole": allAtOnce, "by bytes": byteByByte} {
				got, err := feed(ws.NewDecoder(ws.DecoderOptions{}), c.stream, size)
				if code := codeOf(t, err); code != c.code || !slices.Equal(got, c.want) {
					t.Errorf("%s: got %+v and code %d, want %+v and %d (%v)", name, got, code, c.want, c.code, err)
				}
			}
		})
	}
}

func TestDecodeReservedOpcodes(t *testing.T) {
	for op := byte(0); op < 16; op++ {
		reserved := op > 2 && op < 8 || op > 10
		stream := join(client(0x02, ""), client(0x80|op, ""))
		if op == 1 || op == 2 {
			stream = client(0x80|op, "")
		}
		_, err := feed(ws.NewDecoder(ws.DecoderOptions{}), stream, allAtOnce)
		if got := codeOf(t, err) == 1002; got != reserved {
			t.Errorf("opcode %#x: error %v", op, err)
		}
	}
}

func TestDecodeCloseCodes(t *testing.T) {
	// RFC 6455 section 7.4 and the registry that it founds: 1012 to 1014 came
	// later, 1004 to 1006 and 1015 are not for the wire.
	valid := func(c int) bool {
		switch {
		case c >= 1000 && c <= 1003, c >= 1007 && c <= 1014, c >= 3000 && c <= 4999:
			return true
		}
		return false
	}
	for code := 0; code <= 0xFFFF; code++ {
		got, err := feed(ws.NewDecoder(ws.DecoderOptions{}), client(0x88, closeBody(uint16(code), "")), allAtOnce)
		if valid(code) {
			if err != nil || len(got) != 1 || got[0].Code != uint16(code) {
				t.Fatalf("code %d: got %v, error %v", code, got, err)
			}
		} else if codeOf(t, err) != 1002 {
			t.Fatalf("code %d: got %v, error %v", code, got, err)
		}
	}
}

func TestDecodeClientRoleRefusesMaskedFrames(t *testing.T) {
	_, err := feed(ws.NewDecoder(ws.DecoderOptions{Role: ws.Client}), client(0x81, "x"), allAtOnce)
	if codeOf(t, err) != 1002 {
		t.Fatalf("error %v, want 1002", err)
	}
}

func TestDecodeErrorStays(t *testing.T) {
	d := ws.NewDecoder(ws.DecoderOptions{})
	_, _, first := d.Decode(join(client(0x81, "0123"), client(0x83, "")))
	if first != nil {
		t.Fatal(first)
	}
	_, _, first = d.Decode(client(0x83, ""))
	_, _, again := d.Decode(client(0x81, "good"))
	if first == nil || again != first {
		t.Fatalf("first %v, then %v", first, again)
	}
	var p *ws.ProtocolError
	if !errors.As(first, &p) || p.Offset != 10 || p.Dialect != ws.RFC6455 {
		t.Fatalf("got %+v, want the second frame's offset 10", p)
	}
	if !strings.Contains(first.Error(), "RFC6455") {
		t.Errorf("error text %q lacks the dialect", first)
	}
	d.Release()
	if _, _, err := d.Decode(nil); err != first {
		t.Errorf("after Release: %v", err)
	}
}

func TestDecodeWholeMessageIsNotCopied(t *testing.T) {
	p := join(client(0x82, "hello"), client(0x89, "ping"))
	d := ws.NewDecoder(ws.DecoderOptions{})
	n, ev, err := d.Decode(p)
	if err != nil || &ev.Data[0] != &p[6] {
		t.Fatalf("message was copied (error %v)", err)
	}
	if _, ev, err = d.Decode(p[n:]); err != nil || &ev.Data[0] != &p[n+6] {
		t.Fatalf("ping was copied (error %v)", err)
	}
}

func TestDecodeIdleHoldsNothing(t *testing.T) {
	d := ws.NewDecoder(ws.DecoderOptions{})
	stream := join(client(0x02, strings.Repeat("a", 3000)), client(0x89, "ping"), client(0x80, "b"))
	if _, err := feed(d, stream, func(int) int { return 7 }); err != nil {
		t.Fatal(err)
	}
	if n := ws.Held(d); n != 0 {
		t.Fatalf("idle decoder holds %d bytes", n)
	}
	if _, err := feed(d, stream[:1000], func(int) int { return 7 }); err != nil || ws.Held(d) == 0 {
		t.Fatalf("decoder in a message holds nothing (error %v)", err)
	}
	d.Release()
	if n := ws.Held(d); n != 0 {
		t.Fatalf("released decoder holds %d bytes", n)
	}
	if n, ev, err := d.Decode([]byte("abc")); n != 3 || ev.Type != ws.None || err != nil {
		t.Fatalf("after Release: %d %v %v", n, ev, err)
	}
}

func ExampleDecoder() {
	d := ws.NewDecoder(ws.DecoderOptions{Role: ws.Server, MaxMessage: 1 << 16})
	// What a client sent, in one read: "Hel", a ping, "lo".
	p := []byte("\x01\x83\x00\x00\x00\x00Hel\x89\x81\x00\x00\x00\x00?\x80\x82\x00\x00\x00\x00lo")
	for {
		n, ev, err := d.Decode(p)
		if err != nil {
			var broken *ws.ProtocolError
			if errors.As(err, &broken) {
				answer, _ := ws.AppendClose(nil, ws.RFC6455, broken.Code, broken.Reason)
				fmt.Printf("send % x and close\n", answer)
			}
			return
		}
		p = p[n:]
		switch ev.Type {
		case ws.None:
			fmt.Println("read more")
			return
		case ws.Ping:
			pong, _ := ws.AppendPong(nil, ws.RFC6455, ev.Data)
			fmt.Printf("send % x\n", pong)
		case ws.Text:
			fmt.Printf("text %q\n", ev.Data)
		}
	}
	// Output:
	// send 8a 01 3f
	// text "Hello"
	// read more
}
