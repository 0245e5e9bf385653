package ws_test

import (
	"bytes"
	"compress/flate"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/ws"
)

func TestNegotiateDeflate(t *testing.T) {
	const base = "permessage-deflate"
	const none = "; server_no_context_takeover; client_no_context_takeover"
	takeover := ws.DeflateOptions{ServerContextTakeover: true, ClientContextTakeover: true}
	for _, c := range []struct {
		offer   string
		options ws.DeflateOptions
		want    string // of the answer, empty for none
	}{
		{"", takeover, ""},
		{"x-webkit-deflate-frame", takeover, ""},
		{base, ws.DeflateOptions{}, base + none},
		{base, takeover, base},
		{base + "; server_no_context_takeover", takeover, base + "; server_no_context_takeover"},
		{base + "; client_no_context_takeover", takeover, base + "; client_no_context_takeover"},
		{base + none, takeover, base + none},
		{base + "; client_max_window_bits", takeover, base},
		{base + "; client_max_window_bits", ws.DeflateOptions{ClientMaxWindowBits: 10}, base + none + "; client_max_window_bits=10"},
		{base + "; client_max_window_bits=9", ws.DeflateOptions{ClientMaxWindowBits: 10}, base + none + "; client_max_window_bits=9"},
		{base, ws.DeflateOptions{ClientMaxWindowBits: 10}, base + none},
		{base + "; server_max_window_bits=10", takeover, base + "; server_max_window_bits=10"},
		{base + `; server_max_window_bits="15"`, takeover, base + "; server_max_window_bits=15"},
		// A bad offer is declined, the next one is tried (RFC 7692 section 7).
		{base + "; server_max_window_bits", takeover, ""},
		{base + "; server_max_window_bits=7", takeover, ""},
		{base + "; server_max_window_bits=16", takeover, ""},
		{base + "; server_max_window_bits=09", takeover, ""},
		{base + "; client_max_window_bits=16", takeover, ""},
		{base + "; client_max_window_bits=x", takeover, ""},
		{base + "; server_no_context_takeover=1", takeover, ""},
		{base + "; client_no_context_takeover=true", takeover, ""},
		{base + "; server_no_context_takeover; server_no_context_takeover", takeover, ""},
		{base + "; unknown", takeover, ""},
		{base + "; unknown, " + base + "; client_no_context_takeover, " + base, takeover, base + "; client_no_context_takeover"},
		{"foo, " + base, takeover, base},
	} {
		q, err := ws.ParseRequest(request(t, "Sec-WebSocket-Extensions: "+c.offer))
		if err != nil {
			t.Fatalf("%s: %v", c.offer, err)
		}
		d, ok := q.NegotiateDeflate(c.options)
		if ok != (c.want != "") || ok != (d != nil) {
			t.Errorf("%s: got %v, %v", c.offer, d, ok)
			continue
		}
		if !ok {
			continue
		}
		b, err := q.AppendResponse(nil, ws.Response{Deflate: d})
		if err != nil || !strings.Contains(string(b), "\r\nSec-WebSocket-Extensions: "+c.want+"\r\n") {
			t.Errorf("%s: got %q, error %v", c.offer, b, err)
		}
	}
}

// The examples of RFC 7692 section 7.2.3, as a server sends them, and other
// shapes that a message may have.
func TestInflateExamplesSection7_2_3(t *testing.T) {
	for _, c := range []struct {
		name, wire string
		want       []string
		code       uint16
	}{
		{"7.2.3.1 one block", "c107 f248cdc9c90700", []string{"Hello"}, 0},
		{"7.2.3.1 fragmented", "4103 f248cd 8004 c9c90700", []string{"Hello"}, 0},
		{"7.2.3.2 shared window", "c107 f248cdc9c90700 c105 f200110000", []string{"Hello", "Hello"}, 0},
		{"7.2.3.3 no compression", "c10b 000500faff48656c6c6f00", []string{"Hello"}, 0},
		{"7.2.3.4 BFINAL", "c108 f348cdc9c9070000", []string{"Hello"}, 0},
		{"7.2.3.5 two blocks", "c10d f248050000 00ffff cac9c90700", []string{"Hello"}, 0},
		{"7.2.3.6 empty", "c101 00", []string{""}, 0},
		{"empty without any byte", "c100", []string{""}, 0},
		{"BFINAL without a following block", "c107 f348cdc9c90700", []string{"Hello"}, 0},
		{"BFINAL twice", "c10f f348cdc9c90700 f348cdc9c9070000", []string{"HelloHello"}, 0},
		{"three bytes from the window", "c107 f248cdc9c90700 c204 02020000", []string{"Hello", "ooo"}, 0},
		{"uncompressed between", "c107 f248cdc9c90700 810141 c105 f200110000", []string{"Hello", "A", "Hello"}, 0},
		{"reference before the beginning", "c204 02020000", nil, 1007},
		{"reserved block type", "c201 06", nil, 1007},
		{"stored block with wrong check", "c206 000500000048", nil, 1007},
		{"cut off", "c203 f248cd", nil, 1007},
		{"garbage behind BFINAL", "c10a f348cdc9c90700 ffffff", nil, 1007},
	} {
		for _, size := range []func(int) int{allAtOnce, byteByByte} {
			d := ws.NewDecoder(ws.DecoderOptions{Role: ws.Client, Deflate: &ws.Deflate{}})
			events, err := feed(d, unhex(t, c.wire), size)
			if codeOf(t, err) != c.code || len(events) != len(c.want) {
				t.Errorf("%s: %d events, error %v", c.name, len(events), err)
				continue
			}
			for i, ev := range events {
				if ev.Data != c.want[i] {
					t.Errorf("%s: message %d is %q", c.name, i, ev.Data)
				}
			}
		}
	}
}

func TestInflateReservedBits(t *testing.T) {
	for name, stream := range map[string][]byte{
		"RSV1 on continuation":       join(client(0x41, "\xf2"), client(0xC0, "\x48")),
		"RSV1 on ping":               client(0xC9, ""),
		"RSV2":                       client(0xE1, "\x00"),
		"RSV1 behind plain fragment": join(client(0x01, "a"), client(0xC0, "b")),
	} {
		if _, err := feed(ws.NewDecoder(ws.DecoderOptions{Deflate: &ws.Deflate{}}), stream, allAtOnce); codeOf(t, err) != 1002 {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestInflateJudgesText(t *testing.T) {
	z := ws.NewDeflater(&ws.Deflate{ClientNoContextTakeover: true}, ws.Client)
	for in, code := range map[string]uint16{
		"good €": 0, "bad \xff": 1007, "cut \xe2\x82": 1007, strings.Repeat("€", 50_000): 0,
		strings.Repeat("€", 50_000) + "\xed\xa0\x80": 1007,
	} {
		b, err := z.AppendCompressed(nil, []byte(in))
		if err != nil {
			t.Fatal(err)
		}
		for first, want := range map[byte]uint16{0xC1: code, 0xC2: 0} {
			d := ws.NewDecoder(ws.DecoderOptions{Deflate: &ws.Deflate{}})
			if _, err := feed(d, client(first, string(b)), allAtOnce); codeOf(t, err) != want {
				t.Errorf("%.8q as %#x: error %v, want %d", in, first, err, want)
			}
		}
	}
}

// A bomb of a thousand to one ends at the limit, before it is in memory.
func TestInflateBombIsCut(t *testing.T) {
	z := ws.NewDeflater(&ws.Deflate{ClientNoContextTakeover: true, Level: 9}, ws.Client)
	bomb, err := z.AppendCompressed(nil, make([]byte, 8<<20))
	if err != nil || len(bomb) > 16<<10 {
		t.Fatalf("bomb of %d bytes, error %v", len(bomb), err)
	}
	const limit = 1_000_000
	frame := client(0xC2, string(bomb))
	d := ws.NewDecoder(ws.DecoderOptions{Deflate: &ws.Deflate{}, MaxMessage: limit})
	n := allocated(func() { _, _, err = d.Decode(frame) })
	if codeOf(t, err) != 1009 || n > 4*limit {
		t.Fatalf("error %v after %d bytes of allocation", err, n)
	}
	for size, want := range map[int]uint16{limit: 0, limit + 1: 1009} {
		b, err := z.AppendCompressed(nil, make([]byte, size))
		if err != nil {
			t.Fatal(err)
		}
		d := ws.NewDecoder(ws.DecoderOptions{Deflate: &ws.Deflate{}, MaxMessage: limit})
		if _, err := feed(d, client(0xC2, string(b)), allAtOnce); codeOf(t, err) != want {
			t.Errorf("%d bytes: error %v", size, err)
		}
	}
	// Noise that does not get smaller must still fit under the limit.
	noise := make([]byte, limit)
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range noise {
		noise[i] = byte(144 + rng.IntN(112)) // nine bits each in a fixed block
	}
	b, err := z.AppendCompressed(nil, noise)
	if err != nil {
		t.Fatal(err)
	}
	d = ws.NewDecoder(ws.DecoderOptions{Deflate: &ws.Deflate{}, MaxMessage: limit})
	if _, err := feed(d, client(0xC2, string(b)), allAtOnce); err != nil {
		t.Errorf("noise: %v", err)
	}
}

// Streams that end again and again would each cost a window's copying.
func TestInflateStreamsAreBounded(t *testing.T) {
	const empty = "\x03\x00" // an empty final block
	for n, want := range map[int]uint16{ws.MaxStreams - 1: 0, ws.MaxStreams + 1: 1007, 100_000: 1007} {
		d := ws.NewDecoder(ws.DecoderOptions{Deflate: &ws.Deflate{}})
		if _, err := feed(d, client(0xC2, strings.Repeat(empty, n)), allAtOnce); codeOf(t, err) != want {
			t.Errorf("%d streams: error %v", n, err)
		}
	}
}

// Every combination of parameters carries messages both ways.
func TestDeflateCombinations(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	var messages [][]byte
	for _, n := range []int{0, 1, 16, 17, 127, 128, 511, 512, 513, 4096, 32768, 65535, 65536, 200_000} {
		b := make([]byte, n)
		for i := range b {
			b[i] = "abcdefgh"[rng.IntN(8)] + byte(i>>12)
		}
		messages = append(messages, b, b)
	}
	for _, bits := range []int{0, 8, 9, 12, 15} {
		for _, without := range []bool{true, false} {
			p := &ws.Deflate{
				ServerNoContextTakeover: without, ServerMaxWindowBits: bits,
				ClientNoContextTakeover: without, ClientMaxWindowBits: bits,
				Threshold: -1, Level: bits / 3,
			}
			z := ws.NewDeflater(p, ws.Server)
			d := ws.NewDecoder(ws.DecoderOptions{Role: ws.Client, Deflate: p})
			for i, m := range messages {
				b, err := z.AppendMessage([]byte("kept"), ws.Binary, m)
				if err != nil || string(b[:4]) != "kept" {
					t.Fatal(err)
				}
				got, err := feed(d, b[4:], func(int) int { return 1000 })
				if err != nil || len(got) != 1 || got[0].Data != string(m) {
					t.Fatalf("%+v: message %d: %d events, error %v", *p, i, len(got), err)
				}
			}
			z.Release()
			z.Release()
		}
	}
}

// Two equal halves further apart than the window must not refer to each other.
func TestDeflateKeepsTheWindow(t *testing.T) {
	half := make([]byte, 600)
	rng := rand.New(rand.NewPCG(9, 10))
	for i := range half {
		half[i] = byte(rng.Uint32())
	}
	twice := append(bytes.Clone(half), half...)
	for bits, small := range map[int]bool{9: false, 10: true, 15: true} {
		z := ws.NewDeflater(&ws.Deflate{ServerMaxWindowBits: bits, Level: 9}, ws.Server)
		b, err := z.AppendCompressed(nil, twice)
		if err != nil || len(b) < 900 != small {
			t.Errorf("%d bits: %d bytes of 1200, error %v", bits, len(b), err)
		}
	}
}

func TestDeflateContextTakeover(t *testing.T) {
	message := []byte(strings.Repeat("some words that come again in the next message; ", 30))
	sizes := func(p *ws.Deflate) (first, second int) {
		z := ws.NewDeflater(p, ws.Server)
		a, _ := z.AppendCompressed(nil, message)
		b, _ := z.AppendCompressed(nil, message)
		return len(a), len(b)
	}
	if a, b := sizes(&ws.Deflate{}); b >= a/2 {
		t.Errorf("with takeover %d and then %d bytes", a, b)
	}
	if a, b := sizes(&ws.Deflate{ServerNoContextTakeover: true}); a != b {
		t.Errorf("without takeover %d and then %d bytes", a, b)
	}
	if ws.NewDeflater(&ws.Deflate{}, ws.Server).Shareable() ||
		!ws.NewDeflater(&ws.Deflate{ServerNoContextTakeover: true}, ws.Server).Shareable() ||
		ws.NewDeflater(&ws.Deflate{ServerNoContextTakeover: true, ServerMaxWindowBits: 9}, ws.Server).Shareable() {
		t.Error("wrong Shareable")
	}
}

func TestDeflaterThreshold(t *testing.T) {
	for _, c := range []struct {
		threshold, size int
		compressed      bool
	}{
		{0, ws.DefaultThreshold - 1, false}, {0, ws.DefaultThreshold, true}, {100, 99, false}, {100, 100, true}, {-1, 0, true},
	} {
		z := ws.NewDeflater(&ws.Deflate{ServerNoContextTakeover: true, Threshold: c.threshold}, ws.Server)
		b, err := z.AppendMessage(nil, ws.Text, bytes.Repeat([]byte("a"), c.size))
		if err != nil || (b[0] == 0xC1) != c.compressed {
			t.Errorf("threshold %d, size %d: first byte %#x, error %v", c.threshold, c.size, b[0], err)
		}
	}
	noise := make([]byte, 1000)
	rng := rand.New(rand.NewPCG(11, 12))
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	z := ws.NewDeflater(&ws.Deflate{ServerNoContextTakeover: true}, ws.Server)
	if b, err := z.AppendMessage(nil, ws.Binary, noise); err != nil || b[0] != 0x82 || len(b) != 1004 {
		t.Errorf("noise: first byte %#x of %d, error %v", b[0], len(b), err)
	}
	if b, err := z.AppendMessage([]byte("kept"), ws.Ping, nil); err == nil || string(b) != "kept" {
		t.Errorf("ping: %q, %v", b, err)
	}
}

// The window that a decoder keeps is as small as was agreed on, and grows with
// what comes.
func TestWindowMemory(t *testing.T) {
	for _, c := range []struct {
		params ws.Deflate
		sent   int
		most   int
	}{
		{ws.Deflate{ClientNoContextTakeover: true}, 100_000, 0},
		{ws.Deflate{}, 100, 128},
		{ws.Deflate{}, 100_000, 32 << 10},
		{ws.Deflate{ClientMaxWindowBits: 10}, 100_000, 1 << 10},
	} {
		z := ws.NewDeflater(&c.params, ws.Client)
		b, err := z.AppendCompressed(nil, make([]byte, c.sent))
		if err != nil {
			t.Fatal(err)
		}
		d := ws.NewDecoder(ws.DecoderOptions{Deflate: &c.params})
		if _, err := feed(d, client(0xC2, string(b)), allAtOnce); err != nil {
			t.Fatal(err)
		}
		if n := ws.HeldWindow(d); n > c.most {
			t.Errorf("%+v: window of %d bytes after %d", c.params, n, c.sent)
		}
	}
}

// A compressor is held only where context takeover was agreed on and can be
// made use of.
func TestCompressorMemory(t *testing.T) {
	for want, params := range map[bool][]ws.Deflate{
		true:  {{}, {ServerMaxWindowBits: 15}, {ClientNoContextTakeover: true}},
		false: {{ServerNoContextTakeover: true}, {ServerMaxWindowBits: 14}},
	} {
		for _, p := range params {
			z := ws.NewDeflater(&p, ws.Server)
			if _, err := z.AppendCompressed(nil, []byte("hello")); err != nil || ws.HoldsCompressor(z) != want {
				t.Errorf("%+v: holds %v, error %v", p, !want, err)
			}
			if z.Release(); ws.HoldsCompressor(z) {
				t.Errorf("%+v: holds a compressor after Release", p)
			}
		}
	}
}

// What a foreign compressor of any level makes is understood.
func TestInflateForeignLevels(t *testing.T) {
	plain := []byte(strings.Repeat("level by level ", 5000))
	for level := flate.HuffmanOnly; level <= flate.BestCompression; level++ {
		var b bytes.Buffer
		w, err := flate.NewWriter(&b, level)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(plain); err != nil || w.Flush() != nil {
			t.Fatal(err)
		}
		d := ws.NewDecoder(ws.DecoderOptions{Deflate: &ws.Deflate{}})
		got, err := feed(d, client(0xC1, b.String()[:b.Len()-4]), allAtOnce)
		if err != nil || len(got) != 1 || got[0].Data != string(plain) || !got[0].Compressed {
			t.Errorf("level %d: %d events, error %v", level, len(got), err)
		}
	}
}
