package rfb_test

import (
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

// BenchmarkDecode measures pixels drawn, four bytes each, of a picture with
// plain areas, detail and a photo-like part.
func BenchmarkDecode(b *testing.B) {
	const width, height = 640, 400
	fb := scene(width, height, 6)
	for _, e := range []rfb.Encoding{
		rfb.EncodingRaw, rfb.EncodingRRE, rfb.EncodingCoRRE, rfb.EncodingHextile, rfb.EncodingZlib,
		rfb.EncodingZlibHex, rfb.EncodingTight, rfb.EncodingTRLE, rfb.EncodingZRLE, rfb.EncodingTightPNG,
	} {
		b.Run(e.String(), func(b *testing.B) {
			c, err := rfb.NewClient(rfb.ClientConfig{Security: none})
			if err != nil {
				b.Fatal(err)
			}
			feed := func(wire []byte) {
				c.Feed(wire)
				for {
					ev, err := c.Next()
					if err != nil {
						b.Fatal(err)
					}
					if ev.Kind == rfb.EventNone {
						return
					}
				}
			}
			feed(greeting(width, height))
			s := newScribe(fb, rfb.PixelFormatRGBA, nil, 1)
			r := fb.Bounds()
			if e == rfb.EncodingCoRRE {
				r.Width, r.Height = 255, 255
			}
			// A stream's matches may reach back into the frame before, so it is
			// the second frame that can be drawn again and again.
			s.again()
			feed(update(r, e, scribes[e](s, r)))
			s.again()
			frame := update(r, e, scribes[e](s, r))
			feed(frame)
			b.SetBytes(int64(4 * r.Area()))
			b.ReportAllocs()
			for b.Loop() {
				feed(frame)
			}
		})
	}
}

// TestDecodersDoNotAllocate draws the same frame again; JPEG and PNG are the
// standard library's, and allocate.
func TestDecodersDoNotAllocate(t *testing.T) {
	const width, height = 200, 120
	fb := scene(width, height, 6)
	for e, encode := range scribes {
		if e == rfb.EncodingTightPNG {
			continue
		}
		t.Run(e.String(), func(t *testing.T) {
			p := readyPeer(t, width, height, rfb.ClientConfig{})
			s := newScribe(fb, rfb.PixelFormatRGBA, nil, 1)
			s.again()
			p.want(updated, update(fb.Bounds(), e, encode(s, fb.Bounds())))
			s.again()
			frame := update(fb.Bounds(), e, encode(s, fb.Bounds()))
			draw := func() {
				p.client.Feed(frame)
				for {
					if ev, err := p.client.Next(); err != nil {
						t.Fatal(err)
					} else if ev.Kind == rfb.EventNone {
						return
					}
				}
			}
			draw()
			if n := testing.AllocsPerRun(20, draw); n > 0 {
				t.Errorf("%v allocations for each frame", n)
			}
		})
	}
}
