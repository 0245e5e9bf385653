package ws_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/everwire/everwire/protocol/ws"
)

// The examples of RFC 6455 section 5.7, from the writing side.
func TestAppendExamplesSection5_7(t *testing.T) {
	hello := []byte("Hello")
	key := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	for _, c := range []struct {
		name, want string
		got        func() ([]byte, error)
	}{
		{"unmasked text", "810548656c6c6f", func() ([]byte, error) { return ws.AppendMessage(nil, ws.RFC6455, ws.Text, hello) }},
		{"masked text", "818537fa213d7f9f4d5158", func() ([]byte, error) {
			return ws.AppendMaskedFrame(nil, ws.OpText, true, false, key, hello)
		}},
		{"fragments", "010348656c 80026c6f", func() ([]byte, error) {
			b, err := ws.AppendFrame(nil, ws.OpText, false, false, hello[:3])
			if err != nil {
				return nil, err
			}
			return ws.AppendFrame(b, ws.OpContinuation, true, false, hello[3:])
		}},
		{"ping", "890548656c6c6f", func() ([]byte, error) { return ws.AppendPing(nil, ws.RFC6455, hello) }},
		{"pong", "8a0548656c6c6f", func() ([]byte, error) { return ws.AppendPong(nil, ws.RFC6455, hello) }},
		{"header of 256 bytes", "827e0100", func() ([]byte, error) { return ws.AppendHeader(nil, ws.OpBinary, true, false, 256), nil }},
		{"header of 64 KiB", "827f0000000000010000", func() ([]byte, error) {
			return ws.AppendHeader(nil, ws.OpBinary, true, false, 65536), nil
		}},
		{"close", "8802 03e8", func() ([]byte, error) { return ws.AppendClose(nil, ws.RFC6455, 1000, "") }},
		{"close without code", "8800", func() ([]byte, error) { return ws.AppendClose(nil, ws.RFC6455, 1005, "unused") }},
		{"close with reason", "8805 0fa0 627965", func() ([]byte, error) { return ws.AppendClose(nil, ws.RFC6455, 4000, "bye") }},
	} {
		if got, err := c.got(); err != nil || !bytes.Equal(got, unhex(t, c.want)) {
			t.Errorf("%s: got % x, error %v", c.name, got, err)
		}
	}
}

func TestAppendRefusals(t *testing.T) {
	long := make([]byte, 126)
	start := []byte("kept")
	for _, c := range []struct {
		name string
		want error
		call func() ([]byte, error)
	}{
		{"long ping", ws.ErrBadFrame, func() ([]byte, error) { return ws.AppendPing(start, ws.RFC6455, long) }},
		{"long pong", ws.ErrBadFrame, func() ([]byte, error) { return ws.AppendPong(start, ws.RFC6455, long) }},
		{"fragmented ping", ws.ErrBadFrame, func() ([]byte, error) { return ws.AppendFrame(start, ws.OpPing, false, false, nil) }},
		{"compressed ping", ws.ErrBadFrame, func() ([]byte, error) { return ws.AppendFrame(start, ws.OpPing, true, true, nil) }},
		{"opcode 16", ws.ErrBadFrame, func() ([]byte, error) { return ws.AppendMaskedFrame(start, 16, true, false, [4]byte{}, nil) }},
		{"message of type ping", ws.ErrUnsupported, func() ([]byte, error) { return ws.AppendMessage(start, ws.RFC6455, ws.Ping, nil) }},
	} {
		if got, err := c.call(); !errors.Is(err, c.want) || string(got) != "kept" {
			t.Errorf("%s: got %q, error %v", c.name, got, err)
		}
	}
	for code := 0; code <= 0xFFFF; code++ {
		_, err := ws.AppendClose(nil, ws.RFC6455, uint16(code), "")
		if ok := ws.ValidCode(uint16(code)) || code == 1005; ok != (err == nil) || !ok && !errors.Is(err, ws.ErrBadCode) {
			t.Fatalf("close code %d: error %v", code, err)
		}
	}
}

func TestAppendCloseCutsReasonAtRune(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{strings.Repeat("a", 123), strings.Repeat("a", 123)},
		{strings.Repeat("a", 124), strings.Repeat("a", 123)},
		{strings.Repeat("€", 41) + "x", strings.Repeat("€", 41)},
		{"a" + strings.Repeat("€", 41), "a" + strings.Repeat("€", 40)},
		{"ab" + strings.Repeat("😀", 40), "ab" + strings.Repeat("😀", 30)},
		{"bad\xff", "bad\uFFFD"},
		{strings.Repeat("\xff€", 100), strings.Repeat("\uFFFD€", 20) + "\uFFFD"},
	} {
		b, err := ws.AppendClose(nil, ws.RFC6455, 1000, c.in)
		if err != nil || string(b[4:]) != c.want || len(b) > 127 || !utf8.Valid(b[4:]) {
			t.Errorf("%q: got %q, error %v", c.in, b, err)
		}
	}
}

// What one side appends the other decodes, at the borders of the three forms
// of length.
func TestRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 125, 126, 127, 1000, 65535, 65536, 70000} {
		payload := bytes.Repeat([]byte("é"), n/2+1)[:n]
		sent, err := ws.AppendMessage(nil, ws.RFC6455, ws.Binary, payload)
		if err != nil {
			t.Fatal(err)
		}
		got, err := feed(ws.NewDecoder(ws.DecoderOptions{Role: ws.Client}), sent, allAtOnce)
		if err != nil || len(got) != 1 || got[0] != binmsg(string(payload)) {
			t.Errorf("%d bytes from the server: error %v", n, err)
		}
		before := string(payload)
		sent, err = ws.AppendMaskedFrame(nil, ws.OpBinary, true, false, [4]byte{9, 8, 7, 6}, payload)
		if err != nil || string(payload) != before {
			t.Fatalf("payload changed, error %v", err)
		}
		got, err = feed(ws.NewDecoder(ws.DecoderOptions{}), sent, allAtOnce)
		if err != nil || len(got) != 1 || got[0] != binmsg(string(payload)) {
			t.Errorf("%d bytes from the client: error %v", n, err)
		}
	}
	b, err := ws.AppendMaskedClose(nil, [4]byte{1, 2, 3, 4}, 4321, "done")
	if err != nil {
		t.Fatal(err)
	}
	got, err := feed(ws.NewDecoder(ws.DecoderOptions{}), b, allAtOnce)
	if err != nil || len(got) != 1 || got[0] != (seen{Type: ws.Close, Code: 4321, Reason: "done"}) {
		t.Errorf("close: got %+v, error %v", got, err)
	}
}

func TestDialect(t *testing.T) {
	if ws.RFC6455.String() != "RFC6455" || !ws.RFC6455.HasBinary() || ws.Dialect(99).HasBinary() {
		t.Error("wrong name or binary flag")
	}
	if plain, packed := ws.RFC6455.Slot(false), ws.RFC6455.Slot(true); plain == packed || max(plain, packed) >= ws.Slots {
		t.Errorf("slots %d and %d of %d", plain, packed, ws.Slots)
	}
}
