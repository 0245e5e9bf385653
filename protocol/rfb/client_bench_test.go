package rfb_test

import (
	"bytes"
	"image/jpeg"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

// BenchmarkDecode measures pixels drawn, four bytes each, of a picture with
// plain areas, detail and a photo-like part.
func BenchmarkDecode(b *testing.B) {
	const width, height = 640, 400
	fb := scene(width, height, 6)
	all := fb.Bounds()
	var file bytes.Buffer
	if err := jpeg.Encode(&file, fb.Image(), &jpeg.Options{Quality: 80}); err != nil {
		b.Fatal(err)
	}
	picture := append(appendCompact([]byte{0x90}, file.Len()), file.Bytes()...)
	upwards := all
	upwards.Height--
	type frame struct {
		name string
		wire func(*scribe) []byte
	}
	frames := []frame{{"CopyRect", func(*scribe) []byte { return update(upwards, rfb.EncodingCopyRect, []byte{0, 0, 0, 1}) }}}
	for _, e := range []rfb.Encoding{
		rfb.EncodingRaw, rfb.EncodingRRE, rfb.EncodingCoRRE, rfb.EncodingHextile, rfb.EncodingZlib,
		rfb.EncodingZlibHex, rfb.EncodingTRLE, rfb.EncodingZRLE, rfb.EncodingTight,
	} {
		frames = append(frames, frame{e.String(), func(s *scribe) []byte { return s.frame(e) }})
	}
	frames = append(frames,
		frame{"Tight, JPEG of quality 80", func(*scribe) []byte { return update(all, rfb.EncodingTight, picture) }},
		frame{"TightPNG", func(s *scribe) []byte { return s.frame(rfb.EncodingTightPNG) }})
	for _, f := range frames {
		b.Run(f.name, func(b *testing.B) {
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
			// A stream's matches may reach back into the frame before, so it is
			// the second frame that can be drawn again and again.
			s.again()
			feed(f.wire(s))
			s.again()
			second := f.wire(s)
			feed(second)
			b.SetBytes(int64(4 * all.Area()))
			b.ReportAllocs()
			for b.Loop() {
				feed(second)
			}
		})
	}
}

// frame is an update of the whole picture, of CoRRE in as many rectangles as
// servers make of it.
func (s *scribe) frame(e rfb.Encoding) []byte {
	if e != rfb.EncodingCoRRE {
		return update(s.fb.Bounds(), e, scribes[e](s, s.fb.Bounds()))
	}
	var rects []byte
	n := 0
	eachTile(s.fb.Bounds(), 48, func(tile rfb.Rect) {
		rects = append(rfb.AppendRectHeader(rects, tile, e), scribes[e](s, tile)...)
		n++
	})
	return append(rfb.AppendFramebufferUpdate(nil, n), rects...)
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
