package rfb_test

import (
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

// FuzzEncode writes pictures through every encoding and has a client read
// them: it must see what the pixel format leaves of the colors.
func FuzzEncode(f *testing.F) {
	f.Add([]byte{1, 2, 3, 200, 9, 9}, uint8(3), uint8(70), uint8(1))
	f.Add([]byte{0}, uint8(7), uint8(5), uint8(0))
	f.Add([]byte{5, 0, 5, 1, 250, 33, 7}, uint8(9), uint8(131), uint8(2))
	formats := []rfb.PixelFormat{rfb.PixelFormat32, rfb.PixelFormat16, rfb.PixelFormat8, rfb.PixelFormatRGBA}
	f.Fuzz(func(t *testing.T, seed []byte, way, width, format uint8) {
		w := encodeWays[int(way)%len(encodeWays)]
		pixels := formats[int(format)%len(formats)]
		if len(seed) == 0 || w.quality > 0 || w.encoding == rfb.EncodingTightPNG && pixels.GreenMax < 255 {
			return
		}
		picture, err := rfb.NewFramebuffer(1+int(width), 1+int(seed[0])%40)
		if err != nil {
			t.Fatal(err)
		}
		// Pairs of a color and a length.
		for i, at := 0, 0; 4*at < len(picture.Pix); i += 2 {
			c := seed[i%len(seed)]
			for n := 1 + int(seed[(i+1)%len(seed)])/4; n > 0 && 4*at < len(picture.Pix); n-- {
				copy(picture.Pix[4*at:], []byte{c, c ^ byte(i), c * 3})
				at++
			}
		}
		e, err := rfb.NewEncoder(pixels)
		if err != nil {
			t.Fatal(err)
		}
		e.Tight = w.tight
		mw, mh := rfb.MaxRect(w.encoding, picture.Width)
		rects := (picture.Width + mw - 1) / mw * ((picture.Height + mh - 1) / mh)
		wire := encodeAll(rfb.AppendFramebufferUpdate(nil, rects), e, w.encoding, picture)

		c, err := rfb.NewClient(rfb.ClientConfig{Security: none, PixelFormat: pixels, Encodings: []rfb.Encoding{w.encoding}})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range [][]byte{greeting(picture.Width, picture.Height), wire} {
			c.Feed(p)
			for ev := (rfb.Event{Kind: rfb.EventReady}); ev.Kind != rfb.EventNone; {
				if ev, err = c.Next(); err != nil {
					t.Fatalf("%v: %v", w.encoding, err)
				}
			}
		}
		convert, err := rfb.NewPixels(pixels, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := make([]byte, len(picture.Pix))
		convert.ToRGBA(want, convert.AppendRGBA(nil, picture.Pix))
		for i, v := range c.Framebuffer().Pix {
			if v != want[i] {
				t.Fatalf("%v: byte %d is %d, want %d", w.encoding, i, v, want[i])
			}
		}
	})
}
