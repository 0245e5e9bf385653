package wire_test

import (
	"bufio"
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/everwire/everwire/bench/internal/wire"
)

// The vectors of RFC 6455 section 5.7.
func TestFramesOfTheSpecification(t *testing.T) {
	key := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	want := []byte{0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}
	if got := wire.AppendFrame([]byte("x"), 1, key, []byte("Hello")); !bytes.Equal(got[1:], want) || got[0] != 'x' {
		t.Errorf("masked Hello: % x", got)
	}
	f, n, err := wire.ParseFrame([]byte{0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x8a, 0})
	if err != nil || n != 7 || f.Op != 1 || string(f.Payload) != "Hello" {
		t.Errorf("Hello: %q, %d bytes, %v", f.Payload, n, err)
	}
}

func TestLengthsOfFrames(t *testing.T) {
	for _, c := range []struct {
		size   int
		client string // first bytes of the masked frame
		server string // head of the frame without a mask
	}{
		{0, "\x81\x80", "\x81\x00"},
		{125, "\x81\xfd", "\x81\x7d"},
		{126, "\x81\xfe\x00\x7e", "\x81\x7e\x00\x7e"},
		{4096, "\x81\xfe\x10\x00", "\x81\x7e\x10\x00"},
		{65535, "\x81\xfe\xff\xff", "\x81\x7e\xff\xff"},
		{65536, "\x81\xff\x00\x00\x00\x00\x00\x01\x00\x00", "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"},
	} {
		payload := bytes.Repeat([]byte{'p'}, c.size)
		got := wire.AppendFrame(nil, 1, [4]byte{}, payload)
		if !bytes.Equal(got, []byte(c.client+"\x00\x00\x00\x00"+string(payload))) {
			t.Errorf("frame of %d bytes begins with % x", c.size, got[:min(16, len(got))])
		}
		sent := append([]byte(c.server), payload...)
		f, n, err := wire.ParseFrame(append(sent, "next"...))
		if err != nil || n != len(sent) || !bytes.Equal(f.Payload, payload) {
			t.Errorf("%d bytes: %d of the frame, %d of payload, %v", c.size, n, len(f.Payload), err)
		}
		for _, part := range []int{0, 1, len(c.server) - 1, len(c.server), len(sent) - 1} {
			if part >= len(sent) {
				continue
			}
			if _, n, err := wire.ParseFrame(sent[:part]); n != 0 || err != nil {
				t.Errorf("%d of %d bytes: length %d, %v", part, len(sent), n, err)
			}
		}
	}
}

func TestFramesThatNoServerMaySend(t *testing.T) {
	for name, sent := range map[string]string{
		"masked":        "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
		"fragment":      "\x01\x05Hello",
		"compressed":    "\xc1\x05Hello",
		"too long":      "\x81\x7f\x00\x00\x00\x00\x00\x10\x00\x01",
		"over 63 bits":  "\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff",
		"an answer 400": "HTTP/1.1 400",
	} {
		if f, n, err := wire.ParseFrame([]byte(sent)); err == nil {
			t.Errorf("%s: %q, %d bytes, no error", name, f.Payload, n)
		}
	}
}

func TestTheRequestIsAHandshake(t *testing.T) {
	for _, bare := range []bool{false, true} {
		text := wire.AppendRequest(nil, "127.0.0.1:80", "/ws/echo", "dGhlIHNhbXBsZSBub25jZQ==", bare)
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(text)))
		if err != nil {
			t.Fatal(err)
		}
		if r.Host != "127.0.0.1:80" || r.URL.Path != "/ws/echo" || r.Header.Get("Upgrade") != "websocket" ||
			r.Header.Get("Connection") != "Upgrade" || r.Header.Get("Sec-WebSocket-Version") != "13" ||
			r.Header.Get("Sec-WebSocket-Key") != "dGhlIHNhbXBsZSBub25jZQ==" {
			t.Errorf("bare %v: %+v", bare, r)
		}
		if got := r.UserAgent() == ""; got != bare {
			t.Errorf("bare %v: User-Agent %q", bare, r.UserAgent())
		}
	}
}

// The key and its answer are those of RFC 6455 section 1.3.
func TestAnswersToTheHandshake(t *testing.T) {
	const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	for name, c := range map[string]struct{ head, wrong string }{
		"right":         {head + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", ""},
		"lower case":    {head + "sec-websocket-accept:s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", ""},
		"refused":       {"HTTP/1.1 403 Forbidden\r\n", "403"},
		"no answer":     {head, "without"},
		"another's key": {head + "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "wrong"},
		"extension": {head + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" +
			"Sec-WebSocket-Extensions: permessage-deflate", "extension"},
	} {
		err := wire.CheckResponse(c.head, "dGhlIHNhbXBsZSBub25jZQ==")
		if c.wrong == "" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
			t.Errorf("%s: %v, want %q in it", name, err, c.wrong)
		}
	}
}
