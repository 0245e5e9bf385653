package ws_test

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/ws"
)

// declare is a client's frame header with a 64-bit length.
func declare(first byte, length uint64) []byte {
	b := binary.BigEndian.AppendUint64([]byte{first, 0x80 | 127}, length)
	return append(b, 1, 2, 3, 4)
}

// allocated returns the bytes that f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestHostileLengths(t *testing.T) {
	for _, c := range []struct {
		name string
		head []byte
		code uint16
	}{
		{"2^31", declare(0x82, 1<<31), 1009},
		{"2^32-1", declare(0x82, 1<<32-1), 1009},
		{"2^32", declare(0x82, 1<<32), 1009},
		{"2^32+1", declare(0x82, 1<<32+1), 1009},
		{"2^62", declare(0x82, 1<<62), 1009},
		{"2^63-1", declare(0x82, 1<<63-1), 1009},
		{"2^63", declare(0x82, 1<<63), 1002},
		{"2^64-1", declare(0x82, 1<<64-1), 1002},
		{"limit+1", declare(0x82, ws.DefaultMaxMessage+1), 1009},
		{"limit", declare(0x82, ws.DefaultMaxMessage), 0},
		{"65535 in 8 bytes", declare(0x82, 65535), 1002},
		{"0 in 8 bytes", declare(0x82, 0), 1002},
		{"125 in 2 bytes", []byte{0x82, 0x80 | 126, 0, 125}, 1002},
		{"126 in 2 bytes", []byte{0x82, 0x80 | 126, 0, 126}, 0},
		{"65536 in 8 bytes", declare(0x82, 65536), 0},
		{"ping of 2^32", declare(0x89, 1<<32), 1002},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, max := range []int64{0, 1 << 20} {
				if max != 0 && strings.HasPrefix(c.name, "limit") {
					continue
				}
				d := ws.NewDecoder(ws.DecoderOptions{MaxMessage: max})
				var err error
				grown := allocated(func() { _, err = feed(d, c.head, byteByByte) })
				if codeOf(t, err) != c.code || grown > 8<<10 {
					t.Errorf("max %d: error %v after %d bytes of allocation", max, err, grown)
				}
			}
		})
	}
}

// A limit beyond all memory must not overflow the sums.
func TestHugeLimit(t *testing.T) {
	d := ws.NewDecoder(ws.DecoderOptions{MaxMessage: 1<<63 - 1, Deflate: &ws.Deflate{}})
	stream := join(client(0x42, "aa"), declare(0x00, 1<<61), make([]byte, 100))
	if _, err := feed(d, stream, allAtOnce); err != nil {
		t.Fatal(err)
	}
	if held := ws.Held(d); held > 1024 {
		t.Fatalf("holds %d bytes", held)
	}
	d = ws.NewDecoder(ws.DecoderOptions{MaxMessage: 1<<63 - 1})
	if _, err := feed(d, join(client(0x02, "aa"), declare(0x00, 1<<63-1)), allAtOnce); codeOf(t, err) != 1009 {
		t.Fatalf("error %v, want 1009", err)
	}
}

func TestFragmentsTogetherKeepTheLimit(t *testing.T) {
	part := strings.Repeat("x", 400)
	options := ws.DecoderOptions{MaxMessage: 1000}
	got, err := feed(ws.NewDecoder(options), join(client(0x02, part), client(0x80, part+part[:200])), allAtOnce)
	if err != nil || len(got) != 1 || len(got[0].Data) != 1000 {
		t.Fatalf("at the limit: %v", err)
	}
	_, err = feed(ws.NewDecoder(options), join(client(0x02, part), client(0x80, part+part[:201])), allAtOnce)
	if codeOf(t, err) != 1009 {
		t.Fatalf("over the limit: %v", err)
	}
}

// Memory follows what has arrived, not what was declared.
func TestDeclaredLengthAllocatesNothing(t *testing.T) {
	d := ws.NewDecoder(ws.DecoderOptions{MaxMessage: 64 << 20})
	stream := join(declare(0x82, 64<<20), make([]byte, 10))
	if n := allocated(func() { _, _ = feed(d, stream, allAtOnce) }); n > 8<<10 {
		t.Fatalf("10 of 64 Mi bytes allocated %d", n)
	}
	for sent := 10; sent < 1<<20; {
		more := make([]byte, sent)
		if _, _, err := d.Decode(more); err != nil {
			t.Fatal(err)
		}
		sent += len(more)
		if held := ws.Held(d); held > 2*sent+512 {
			t.Fatalf("holds %d bytes after %d", held, sent)
		}
	}
}

// 131,000 continuations of one byte each, and of none.
func TestFragmentFloodIsCut(t *testing.T) {
	for _, payload := range []string{"x", ""} {
		for _, max := range []int64{1000, 64 << 10, 1_000_000} {
			stream := client(0x02, payload)
			stream = append(stream, bytes.Repeat(client(0x00, payload), 131_000)...)
			d := ws.NewDecoder(ws.DecoderOptions{MaxMessage: max})
			var fragments, peak int
			var err error
			for err == nil && fragments < 131_000 {
				size := 6 + len(payload)
				_, _, err = d.Decode(stream[fragments*size : (fragments+1)*size])
				fragments++
				peak = larger(peak, ws.Held(d))
			}
			budget := larger(int(max), ws.MinFragmentBudget)
			if want := codeOf(t, err); want != 1008 && want != 1009 {
				t.Fatalf("max %d: error %v after %d fragments", max, err, fragments)
			}
			if fragments > budget/ws.FragmentCost+1 || int64(peak) > 2*max || ws.Held(d) != 0 {
				t.Errorf("max %d: %d fragments, %d bytes at most, %d after", max, fragments, peak, ws.Held(d))
			}
		}
	}
}

// larger is max where that name is taken.
func larger(a, b int) int { return max(a, b) }

// A large message in small fragments is copied a bounded number of times.
func TestManyFragmentsGrowGeometrically(t *testing.T) {
	const size, part = 4 << 20, 256
	stream := bytes.Repeat(client(0x00, strings.Repeat("x", part)), size/part)
	stream[0] = 0x02
	d := ws.NewDecoder(ws.DecoderOptions{MaxMessage: 64 << 20})
	if n := allocated(func() {
		if _, _, err := d.Decode(stream); err != nil {
			t.Fatal(err)
		}
	}); n > 4*size {
		t.Fatalf("%d bytes allocated for a message of %d", n, size)
	}
	_, ev, err := d.Decode(client(0x80, "end"))
	if err != nil || len(ev.Data) != size+3 {
		t.Fatalf("%d bytes, error %v", len(ev.Data), err)
	}
}

// Control frames between fragments are not charged, nor messages in one frame.
func TestFragmentChargeIsPerMessage(t *testing.T) {
	d := ws.NewDecoder(ws.DecoderOptions{MaxMessage: 1000})
	for range 2000 {
		if _, err := feed(d, join(client(0x02, "a"), client(0x89, ""), client(0x80, "b"), client(0x82, "c")), allAtOnce); err != nil {
			t.Fatal(err)
		}
	}
	stream := client(0x02, "a")
	for range 2000 {
		stream = append(stream, client(0x89, "p")...)
	}
	if _, err := feed(d, stream, allAtOnce); err != nil {
		t.Fatal(err)
	}
}

// Freed buffers are overwritten in these tests, so a payload that was read
// from one, or a stale byte that shows in the next message, is noticed.
func TestNoReusedBufferIsVisible(t *testing.T) {
	params := &ws.Deflate{}
	z := ws.NewDeflater(params, ws.Client)
	one, two := ws.NewDecoder(ws.DecoderOptions{Deflate: params}), ws.NewDecoder(ws.DecoderOptions{})
	for n := range 200 {
		secret := strings.Repeat("secret", n*7)
		packed, err := z.AppendCompressed(nil, []byte(secret))
		if err != nil {
			t.Fatal(err)
		}
		ping := strings.Repeat("p", n%126)
		stream := join(client(0x42, string(packed[:len(packed)/2])), client(0x89, ping), client(0x80, string(packed[len(packed)/2:])))
		got, err := feed(one, stream, func(at int) int { return at%13 + 1 })
		want := []seen{{Type: ws.Ping, Data: ping}, {Type: ws.Binary, Data: secret, Compressed: true}}
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("size %d: wrong events, error %v", n, err)
		}
		got, err = feed(two, client(0x82, secret), func(int) int { return 5 })
		if err != nil || len(got) != 1 || got[0].Data != secret {
			t.Fatalf("size %d: wrong message, error %v", n, err)
		}
	}
}

// A stream that refers to what was before its message must not find what
// another connection's message left in a pooled inflater.
func TestInflaterKeepsNoSecrets(t *testing.T) {
	params := &ws.Deflate{ClientNoContextTakeover: true}
	z := ws.NewDeflater(params, ws.Client)
	secret, err := z.AppendCompressed(nil, []byte(strings.Repeat("top secret ", 400)))
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := feed(ws.NewDecoder(ws.DecoderOptions{Deflate: params}), client(0xC2, string(secret)), allAtOnce); err != nil {
			t.Fatal(err)
		}
		// One fixed Huffman block: length 3 at distance 1, then the end. Its
		// bits: 0 10 | 0000001 | 00000 | 0000000.
		got, err := feed(ws.NewDecoder(ws.DecoderOptions{Deflate: params}), client(0xC2, "\x02\x02\x00\x00"), allAtOnce)
		if codeOf(t, err) != 1007 {
			t.Fatalf("got %+v, error %v", got, err)
		}
	}
}

func TestPoisonIsReal(t *testing.T) {
	d := ws.NewDecoder(ws.DecoderOptions{})
	frame := client(0x82, "hello")
	if _, _, err := d.Decode(frame[:8]); err != nil {
		t.Fatal(err)
	}
	_, ev, err := d.Decode(frame[8:])
	if err != nil || string(ev.Data) != "hello" {
		t.Fatalf("%q %v", ev.Data, err)
	}
	if _, _, err = d.Decode(nil); err != nil || ev.Data[0] != poison {
		t.Fatalf("data outlives the next Decode: %q (%v)", ev.Data, err)
	}
}
