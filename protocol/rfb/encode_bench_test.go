package rfb_test

import (
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

// encodeWays are what benchmarks and the test of allocations write.
var encodeWays = []struct {
	name     string
	encoding rfb.Encoding
	tight    rfb.TightForm
	quality  int
	foreign  bool // the standard library's encoder allocates
}{
	{name: "Raw", encoding: rfb.EncodingRaw},
	{name: "RRE", encoding: rfb.EncodingRRE},
	{name: "CoRRE", encoding: rfb.EncodingCoRRE},
	{name: "Hextile", encoding: rfb.EncodingHextile},
	{name: "zlib", encoding: rfb.EncodingZlib},
	{name: "ZlibHex", encoding: rfb.EncodingZlibHex},
	{name: "TRLE", encoding: rfb.EncodingTRLE},
	{name: "ZRLE", encoding: rfb.EncodingZRLE},
	{name: "Tight", encoding: rfb.EncodingTight},
	{name: "Tight, gradient", encoding: rfb.EncodingTight, tight: rfb.TightGradient},
	{name: "Tight, JPEG of quality 80", encoding: rfb.EncodingTight, quality: 80, foreign: true},
	{name: "TightPNG", encoding: rfb.EncodingTightPNG, foreign: true},
}

// encodeAll writes a whole picture.
func encodeAll(dst []byte, e *rfb.Encoder, enc rfb.Encoding, f *rfb.Framebuffer) []byte {
	w, h := rfb.MaxRect(enc, f.Width)
	for y := 0; y < f.Height; y += h {
		for x := 0; x < f.Width; x += w {
			dst = e.AppendRect(dst, enc, f, rfb.Rect{X: x, Y: y, Width: min(w, f.Width-x), Height: min(h, f.Height-y)})
		}
	}
	return dst
}

// BenchmarkEncode measures pixels read, four bytes each, of a picture with
// plain areas, detail and a photo-like part; "ratio" is how much shorter what
// is written is.
func BenchmarkEncode(b *testing.B) {
	f := scene(640, 400, 6)
	for _, w := range encodeWays {
		b.Run(w.name, func(b *testing.B) {
			e, err := rfb.NewEncoder(rfb.PixelFormat32)
			if err != nil {
				b.Fatal(err)
			}
			e.Tight, e.Quality = w.tight, w.quality
			dst := encodeAll(nil, e, w.encoding, f)
			b.SetBytes(int64(len(f.Pix)))
			b.ReportAllocs()
			for b.Loop() {
				dst = encodeAll(dst[:0], e, w.encoding, f)
			}
			b.ReportMetric(float64(len(f.Pix))/float64(len(dst)), "ratio")
		})
	}
}

// TestEncodersDoNotAllocate writes the same picture again; JPEG and PNG are the
// standard library's, and allocate.
func TestEncodersDoNotAllocate(t *testing.T) {
	f := scene(200, 120, 6)
	for _, w := range encodeWays {
		if w.foreign {
			continue
		}
		e, err := rfb.NewEncoder(rfb.PixelFormat32)
		if err != nil {
			t.Fatal(err)
		}
		e.Tight = w.tight
		dst := encodeAll(encodeAll(nil, e, w.encoding, f), e, w.encoding, f)
		if n := testing.AllocsPerRun(5, func() { dst = encodeAll(dst[:0], e, w.encoding, f) }); n != 0 {
			t.Errorf("%s: %v allocations", w.name, n)
		}
	}
}

// BenchmarkServerUpdate measures an update of one small area, from the change
// to the bytes.
func BenchmarkServerUpdate(b *testing.B) {
	f := scene(640, 400, 6)
	s := rfb.NewServer(rfb.ServerConfig{Security: []rfb.SecurityType{rfb.SecurityNone}})
	hello := rfb.AppendSetEncodings([]byte("RFB 003.008\n\x01\x01"), rfb.EncodingHextile)
	request := rfb.AppendFramebufferUpdateRequest(nil, true, f.Bounds())
	var dst []byte
	feed := func(p []byte) {
		for len(p) > 0 {
			n, ev, err := s.Receive(p)
			if n == 0 || err != nil {
				b.Fatal(n, err)
			}
			if ev.Kind == rfb.ServerEventInit {
				if err := s.Start(rfb.ServerInit{Width: f.Width, Height: f.Height, PixelFormat: rfb.PixelFormat32}); err != nil {
					b.Fatal(err)
				}
			}
			p = p[n:]
		}
		dst = s.AppendOutput(dst[:0])
	}
	feed(hello)
	b.ReportAllocs()
	for b.Loop() {
		feed(request)
		s.Damage(rfb.Rect{X: 100, Y: 100, Width: 32, Height: 32})
		u, ok := s.BeginUpdate()
		if !ok {
			b.Fatal("no update")
		}
		for more := true; more; {
			dst, more = u.Append(dst[:0], f)
		}
		s.EndUpdate()
	}
}
