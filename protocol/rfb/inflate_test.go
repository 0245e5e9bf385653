package rfb_test

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

// samples are texts that make a compressor use all that it has.
func samples() map[string][]byte {
	rnd := rand.New(rand.NewPCG(3, 4))
	noise, text, far := make([]byte, 50_000), []byte{}, make([]byte, 0, 200_000)
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
	}
	for len(text) < 60_000 {
		text = fmt.Appendf(text, "line %d of a text that repeats itself\n", rnd.IntN(1000))
	}
	for len(far) < 100_000 {
		far = append(append(far, noise[:32_000]...), byte(len(far)))
	}
	skewed := make([]byte, 40_000) // codes of very different lengths
	for i := range skewed {
		for rnd.IntN(2) == 0 && skewed[i] < 255 {
			skewed[i]++
		}
		if rnd.IntN(100) == 0 {
			skewed[i] = byte(rnd.Uint32())
		}
	}
	return map[string][]byte{
		"nothing": nil, "a byte": {7}, "zeros": make([]byte, 120_000), "noise": noise, "text": text,
		"far": far, "skewed": skewed,
	}
}

// takeAll reads size bytes in pieces of at most piece.
func takeAll(z rfb.Inflater, size, piece int) ([]byte, error) {
	var out []byte
	for len(out) < size {
		p, err := z.Peek(min(piece, size-len(out)))
		if err != nil {
			return out, err
		}
		if len(p) == 0 {
			return out, io.ErrUnexpectedEOF
		}
		out = append(out, p...)
		z.Take(len(p))
	}
	return out, z.Finish()
}

func TestInflateKeepsAStreamOverPieces(t *testing.T) {
	for name, data := range samples() {
		for _, level := range []int{flate.HuffmanOnly, flate.NoCompression, flate.BestSpeed, flate.BestCompression} {
			t.Run(fmt.Sprintf("%s, level %d", name, level), func(t *testing.T) {
				var wire bytes.Buffer
				w, err := zlib.NewWriterLevel(&wire, level)
				if err != nil {
					t.Fatal(err)
				}
				z := rfb.NewInflater()
				for _, size := range []int{len(data), len(data) / 3, len(data) / 7, len(data)} {
					wire.Reset()
					w.Write(data[:size])
					w.Flush()
					z.Input(wire.Bytes())
					got, err := takeAll(z, size, 1+size/11%rfb.MaxPeek)
					if err != nil {
						t.Fatal(err)
					}
					if !bytes.Equal(got, data[:size]) {
						t.Fatalf("%d bytes differ", size)
					}
				}
			})
		}
	}
}

func TestInflateTakesInputCutAnywhere(t *testing.T) {
	for name, data := range samples() {
		t.Run(name, func(t *testing.T) {
			data = data[:min(len(data), 20_000)]
			var wire bytes.Buffer
			w := zlib.NewWriter(&wire)
			w.Write(data)
			w.Flush()
			for _, step := range []int{1, 2, 3, 5, 7, 8, 9, 13, 64} {
				z := rfb.NewInflater()
				var got []byte
				for in := wire.Bytes(); len(in) > 0; in = in[min(step, len(in)):] {
					z.Input(in[:min(step, len(in))])
					for {
						p, err := z.Peek(1000)
						if err != nil {
							t.Fatal(err)
						}
						if len(p) == 0 {
							break
						}
						got = append(got, p...)
						z.Take(len(p))
					}
				}
				if err := z.Finish(); err != nil || !bytes.Equal(got, data) {
					t.Fatalf("step %d: %d bytes of %d, %v", step, len(got), len(data), err)
				}
			}
		})
	}
}

func TestInflateRefusesWhatIsNotExpected(t *testing.T) {
	deflated := func(data []byte, header ...byte) []byte {
		var b bytes.Buffer
		w := zlib.NewWriter(&b)
		w.Write(data)
		w.Flush()
		return append(header, b.Bytes()[len(header):]...)
	}
	tests := []struct {
		name string
		wire []byte
	}{
		{"another method", deflated([]byte("hello"), 0x79, 0x9c)},
		{"a header that fails its check", deflated([]byte("hello"), 0x78, 0x9d)},
		{"a dictionary", deflated([]byte("hello"), 0x78, 0xbb)},
		{"one byte too many", deflated([]byte("hello!"))},
		{"a bomb", deflated(make([]byte, 1_000_000))},
		{"the reserved kind of block", []byte{0x78, 0x9c, 0x07}},
		{"a stored block that fails its check", []byte{0x78, 0x9c, 0x00, 1, 0, 0, 0, 'x'}},
		{"a distance into nothing", []byte{0x78, 0x9c, 0x03, 0x02, 0x00}},
		{"too many literal codes", []byte{0x78, 0x9c, 0xfc, 0, 0, 0, 0, 0}},
		{"no code for lengths", []byte{0x78, 0x9c, 0x04, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			z := rfb.NewInflater()
			z.Input(tt.wire)
			if got, err := takeAll(z, 5, 5); !errors.Is(err, rfb.ErrMalformed) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// FuzzInflate compares with the standard library.
func FuzzInflate(f *testing.F) {
	for _, data := range samples() {
		var b bytes.Buffer
		w := zlib.NewWriter(&b)
		w.Write(data[:min(len(data), 500)])
		w.Flush()
		f.Add(b.Bytes(), 3)
	}
	f.Fuzz(func(t *testing.T, wire []byte, step int) {
		step = 1 + (step&0x7fffffff)%100
		z := rfb.NewInflater()
		var got []byte
		var err error
		for in := wire; len(in) > 0 && err == nil && len(got) < 1<<20; in = in[min(step, len(in)):] {
			z.Input(in[:min(step, len(in))])
			for {
				var p []byte
				if p, err = z.Peek(500); len(p) == 0 || err != nil {
					break
				}
				got = append(got, p...)
				z.Take(len(p))
			}
		}
		if len(wire) < 2 || wire[0]&15 != 8 {
			return
		}
		want, theirs := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(wire[2:])), 1<<20))
		// Without an error of theirs, all must be equal; with one, what came before it.
		if theirs == nil && err == nil && len(got) < 1<<20 && !bytes.Equal(got, want) {
			t.Errorf("got %d bytes, want %d", len(got), len(want))
		}
		if n := min(len(got), len(want)); !bytes.Equal(got[:n], want[:n]) {
			t.Error("different bytes")
		}
		if theirs == nil && errors.Is(err, rfb.ErrMalformed) && len(got) > 0 {
			t.Errorf("an error after %d bytes of %d: %v", len(got), len(want), err)
		}
	})
}

func BenchmarkInflate(b *testing.B) {
	data := samples()["text"]
	var wire bytes.Buffer
	w := zlib.NewWriter(&wire)
	w.Write(data)
	w.Flush()
	first := wire.Len()
	w.Write(data)
	w.Flush()
	again := wire.Bytes()[first:]
	b.Run("ours", func(b *testing.B) {
		z := rfb.NewInflater()
		z.Input(wire.Bytes()[:first])
		if _, err := takeAll(z, len(data), 4096); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			z.Input(again)
			for n := 0; n < len(data); {
				p, err := z.Peek(min(4096, len(data)-n))
				if err != nil || len(p) == 0 {
					b.Fatal(err)
				}
				z.Take(len(p))
				n += len(p)
			}
			if err := z.Finish(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("standard library", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		buf := make([]byte, len(data))
		in := bytes.NewReader(wire.Bytes())
		r, _ := zlib.NewReader(in)
		for b.Loop() {
			in.Reset(wire.Bytes())
			r.(zlib.Resetter).Reset(in, nil)
			if _, err := io.ReadFull(r, buf); err != nil {
				b.Fatal(err)
			}
		}
	})
}
