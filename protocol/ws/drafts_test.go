package ws_test

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/ws"
)

var drafts = []ws.Dialect{ws.Hybi07, ws.Hybi08}

func TestDraftHandshakeBytes(t *testing.T) {
	for _, d := range drafts {
		q := mustParse(t, requests[d])
		if q.Dialect != d || q.Key != sampleKey || q.Origin != "http://example.com" || q.NonceLen() != 0 ||
			!slices.Equal(q.Protocols, []string{"chat", "superchat"}) || len(q.Offers) != 0 {
			t.Errorf("%v: got %+v", d, q)
		}
		const want = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
			"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n"
		if got := answerOf(t, q, ws.Response{Protocol: "chat", Secure: true, Host: "x"}); got != want {
			t.Errorf("%v: got %q", d, got)
		}
	}
}

func TestDraftClientRequestBytes(t *testing.T) {
	for d, version := range map[ws.Dialect]string{ws.Hybi07: "7", ws.Hybi08: "8"} {
		c := sampleClient()
		c.Dialect, c.Origin, c.Protocols = d, "http://example.com", []string{"a", "b"}
		want := "GET /chat?a=1 HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
			"Sec-WebSocket-Version: " + version + "\r\nSec-WebSocket-Key: " + sampleKey + "\r\n" +
			"Sec-WebSocket-Origin: http://example.com\r\nSec-WebSocket-Protocol: a, b\r\n\r\n"
		if got, err := c.AppendRequest(nil); err != nil || string(got) != want {
			t.Errorf("%v: got %q, error %v", d, got, err)
		}
		answer := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
			"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
		if _, err := c.CheckHead([]byte(answer + "\r\n")); err != nil {
			t.Errorf("%v: error %v", d, err)
		}
		for _, extra := range []string{
			"Sec-WebSocket-Extensions: permessage-deflate\r\n", "Sec-WebSocket-Protocol: c\r\n",
			"Connection: Upgrade\r\n", "Connection: Upgrade\r\nConnection: Upgrade\r\n", "Connection: close\r\n",
		} {
			if _, err := c.CheckHead([]byte(answer + extra + "\r\n")); !errors.Is(err, ws.ErrBadHandshake) {
				t.Errorf("%v: %q: error %v", d, extra, err)
			}
		}
	}
}

// A key of 15 bytes is one of npm's ws for version 8, "8-1323388800000".
func TestDraftKeyMayBe15Bytes(t *testing.T) {
	const upgrade = "GET / HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	for _, c := range []struct {
		key, version string
		ok           bool
	}{
		{"OC0xMzIzMzg4ODAwMDAw", "8", true},
		{"OC0xMzIzMzg4ODAwMDAw", "7", true},
		{"OC0xMzIzMzg4ODAwMDAw", "13", false},
		{"OC0xMzIzMzg4ODAwMA==", "8", false},     // 13 bytes
		{"OC0xMzIzMzg4ODAwMDA=", "8", false},     // 14
		{"OC0xMzIzMzg4ODAwMDAwMDA=", "8", false}, // 17
		{"OC0xMzIzMzg4ODAwMDAwMDAw", "8", false}, // 18
		{"OC0xMzIzMzg4ODAwMDA!", "8", false},
		{"", "8", false},
	} {
		q, err := parse(t, upgrade+"Sec-WebSocket-Key: "+c.key+"\r\nSec-WebSocket-Version: "+c.version+"\r\n")
		if (err == nil) != c.ok || c.ok && q.Key != c.key {
			t.Errorf("version %s, key %q: %+v, error %v", c.version, c.key, q, err)
		}
	}
}

// The origin of a draft's client is in either field; if one could be set to
// please the server and the other to please a check, there would be none.
func TestDraftOriginInEitherField(t *testing.T) {
	const early = "Sec-WebSocket-Origin: http://example.com\r\n"
	for _, d := range drafts {
		for _, c := range []struct {
			fields, want string
			ok           bool
		}{
			{early, "http://example.com", true},
			{"Origin: http://example.com\r\n", "http://example.com", true},
			{early + "Origin: http://example.com\r\n", "http://example.com", true},
			{"", "", true},
			{early + "Origin: http://evil.example\r\n", "", false},
			{"Origin: http://evil.example\r\n" + early, "", false},
			{early + "Origin:\r\n", "", false},
			{"Sec-WebSocket-Origin:\r\nOrigin: http://evil.example\r\n", "", false},
			{early + early, "", false},
			{"Origin: a\r\nOrigin: a\r\n", "", false},
		} {
			q, err := parse(t, strings.Replace(requests[d], early, c.fields, 1))
			if !c.ok {
				if err == nil {
					t.Fatalf("%v: %q accepted", d, c.fields)
				}
				wantStatus(t, err, 400)
			} else if err != nil || q.Origin != c.want {
				t.Errorf("%v: %q: got %+v, error %v", d, c.fields, q, err)
			}
		}
	}
	// RFC 6455 knows one field only.
	q := mustParse(t, rfc6455Request+"Sec-WebSocket-Origin: http://evil.example\r\n")
	if q.Origin != "http://example.com" {
		t.Errorf("origin %q", q.Origin)
	}
}

func TestDraftRefuses(t *testing.T) {
	for name, c := range map[string][2]string{
		"no key":     {"Sec-WebSocket-Key: " + sampleKey + "\r\n", ""},
		"short key":  {sampleKey, "c2hvcnQ="},
		"two keys":   {"Host: ", "Sec-WebSocket-Key: " + sampleKey + "\r\nHost: "},
		"a body":     {"Host: ", "Content-Length: 8\r\nHost: "},
		"protocols":  {"chat, superchat", "chat superchat"},
		"extensions": {"deflate-stream", "deflate stream"},
	} {
		for _, d := range drafts {
			_, err := parse(t, strings.Replace(requests[d], c[0], c[1], 1))
			if err == nil {
				t.Fatalf("%v: %s: accepted", d, name)
			}
			wantStatus(t, err, 400)
		}
	}
}

func TestDraftOffersStayUnnegotiated(t *testing.T) {
	for _, d := range drafts {
		for _, offer := range []string{"deflate-stream", "x-webkit-deflate-frame", "permessage-deflate; client_max_window_bits"} {
			q := mustParse(t, strings.Replace(requests[d], "deflate-stream", offer, 1))
			if _, ok := q.NegotiateDeflate(ws.DeflateOptions{}); ok || len(q.Offers) != 0 {
				t.Errorf("%v: %s is negotiated", d, offer)
			}
		}
	}
}

// long builds a client's frame whose length has 2 or 8 bytes whatever it is.
func long(first byte, size int, payload string) []byte {
	b := binary.BigEndian.AppendUint64([]byte{first, 0x80 | 127}, uint64(len(payload)))
	if size == 2 {
		b = binary.BigEndian.AppendUint16([]byte{first, 0x80 | 126}, uint16(len(payload)))
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

func TestDraftLengthsNeedNotBeShortest(t *testing.T) {
	for _, size := range []int{2, 8} {
		for _, payload := range []string{"", "hello", strings.Repeat("x", 125), strings.Repeat("x", 126), strings.Repeat("x", 65535)} {
			stream := join(long(0x01, size, payload), long(0x80, size, ""), long(0x82, size, payload))
			want := []seen{text(payload), binmsg(payload)}
			for _, d := range drafts {
				for _, cut := range []func(int) int{allAtOnce, byteByByte} {
					got, err := feed(ws.NewDecoder(ws.DecoderOptions{Dialect: d}), stream, cut)
					if err != nil || !slices.Equal(got, want) {
						t.Errorf("%v: %d bytes with a length of %d: %d events, error %v", d, len(payload), size, len(got), err)
					}
				}
			}
			if _, err := feed(ws.NewDecoder(ws.DecoderOptions{}), stream, allAtOnce); codeOf(t, err) != 1002 {
				t.Errorf("RFC6455: %d bytes with a length of %d: error %v", len(payload), size, err)
			}
		}
	}
}

// All other rules of RFC 6455 hold for the drafts too.
func TestDraftDecodeRules(t *testing.T) {
	for _, d := range drafts {
		for _, c := range []struct {
			name   string
			stream []byte
			want   []seen
			code   uint16
		}{
			{"unmasked", server(0x81, "hi"), nil, 1002},
			{"RSV1", client(0xC1, "hi"), nil, 1002},
			{"reserved opcode", client(0x83, "hi"), nil, 1002},
			{"bad text", client(0x81, "\xff"), nil, 1007},
			{"ping", client(0x89, "p"), []seen{{Type: ws.Ping, Data: "p"}}, 0},
			{"long ping", long(0x89, 2, "p"), nil, 1002},
			{"continuation without a beginning", client(0x80, "a"), nil, 1002},
			{"fragments", join(client(0x01, "a"), client(0x80, "b")), []seen{text("ab")}, 0},
			{"close", client(0x88, closeBody(1000, "bye")), []seen{{Type: ws.Close, Code: 1000, Reason: "bye"}}, 0},
			{"close without a code", client(0x88, ""), []seen{{Type: ws.Close, Code: 1005}}, 0},
			{"close, frame too large", client(0x88, closeBody(1004, "")), []seen{{Type: ws.Close, Code: 1004}}, 0},
			{"close with half a code", client(0x88, "\x03"), nil, 1002},
			{"close with 1005", client(0x88, closeBody(1005, "")), nil, 1002},
			{"length 2^63", declare(0x82, 1<<63), nil, 1002},
			{"length 2^32+1", declare(0x82, 1<<32+1), nil, 1009},
		} {
			for _, size := range []func(int) int{allAtOnce, byteByByte} {
				got, err := feed(ws.NewDecoder(ws.DecoderOptions{Dialect: d}), c.stream, size)
				if codeOf(t, err) != c.code || !slices.Equal(got, c.want) {
					t.Errorf("%v: %s: got %+v, error %v", d, c.name, got, err)
				}
			}
		}
		if b, err := ws.AppendClose(nil, d, ws.CodeGoingAway, "bye"); err != nil || string(b) != "\x88\x05\x03\xe9bye" {
			t.Errorf("%v: close %q, error %v", d, b, err)
		}
		if _, err := ws.AppendClose(nil, d, ws.CodeFrameTooBig, ""); !errors.Is(err, ws.ErrBadCode) {
			t.Errorf("%v: close 1004: error %v", d, err)
		}
	}
}
