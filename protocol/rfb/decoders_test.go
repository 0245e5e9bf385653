package rfb_test

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

// sameAs fails if the client's picture is another one.
func (p *peer) sameAs(want *rfb.Framebuffer) {
	p.t.Helper()
	got := p.client.Framebuffer()
	if got.Width != want.Width || got.Height != want.Height {
		p.t.Fatalf("the picture is %d × %d, want %d × %d", got.Width, got.Height, want.Width, want.Height)
	}
	for i := range want.Pix {
		if got.Pix[i] != want.Pix[i] {
			at := i / 4
			p.t.Fatalf("pixel (%d, %d) is %v, want %v", at%want.Width, at/want.Width, got.Pix[4*at:4*at+4], want.Pix[4*at:4*at+4])
		}
	}
}

// areas are rectangles of odd sizes that together cover the picture.
func areas(width, height int) []rfb.Rect {
	return []rfb.Rect{
		{X: 0, Y: 0, Width: width, Height: height},
		{X: 3, Y: 5, Width: 1, Height: 1},
		{X: 7, Y: 1, Width: width - 7, Height: 33},
		{X: 1, Y: 30, Width: 17, Height: height - 30},
		{X: width - 1, Y: 0, Width: 1, Height: height},
	}
}

func TestDecodersAreExact(t *testing.T) {
	const width, height = 80, 66 // more than one square of ZRLE
	mapped := rfb.PixelFormatMap8
	for e, encode := range scribes {
		for _, f := range append([]rfb.PixelFormat{mapped}, formats...) {
			t.Run(fmt.Sprintf("%v %s", e, formatName(f)), func(t *testing.T) {
				t.Parallel()
				var m rfb.ColorMap
				if !f.TrueColor {
					m = rfb.CubeColorMap()
				}
				steps := []int{29}
				if f == rfb.PixelFormat32 {
					steps = []int{0, 1, 1000}
				}
				for turn, step := range steps {
					fb := scene(width, height, uint64(turn))
					s := newScribe(fb, f, m, 1)
					// A new peer for each turn, since the streams of the scribe are new.
					p := readyPeer(t, width, height, rfb.ClientConfig{PixelFormat: f})
					if m != nil {
						p.want([]rfb.EventKind{rfb.EventColors}, rfb.AppendSetColorMapEntries(nil, 0, m))
					}
					p.step = step
					for _, r := range areas(width, height) {
						events := p.want(updated, update(r, e, encode(s, r)))
						if events[1].Rect != r || events[1].Encoding != e {
							t.Fatalf("event %+v", events[1])
						}
					}
					p.sameAs(quantized(fb, s.pixels))
				}
			})
		}
	}
}

func TestCopyRectMovesOverlappingAreas(t *testing.T) {
	fb := scene(40, 30, 1)
	for _, move := range [][2]int{{0, 3}, {0, -3}, {5, 0}, {-5, 0}, {4, 4}, {-4, -4}, {4, -4}, {0, 0}} {
		t.Run(fmt.Sprint(move), func(t *testing.T) {
			p := readyPeer(t, 40, 30, rfb.ClientConfig{})
			p.want(updated, update(fb.Bounds(), rfb.EncodingRaw, fb.Pix))
			from := rfb.Rect{X: 10, Y: 10, Width: 20, Height: 15}
			to := from
			to.X, to.Y = to.X+move[0], to.Y+move[1]
			events := p.want(updated, update(to, rfb.EncodingCopyRect, []byte{0, byte(from.X), 0, byte(from.Y)}))
			if got := events[1]; got.Rect != to || got.Source != from {
				t.Errorf("event %+v", got)
			}
			want := &rfb.Framebuffer{Width: 40, Height: 30, Pix: bytes.Clone(fb.Pix)}
			for y := range from.Height {
				copy(want.Row(to.X, to.Y+y, to.Width), fb.Row(from.X, from.Y+y, from.Width))
			}
			p.sameAs(want)
			if got := p.want(updated, update(to, rfb.EncodingRaw, want.Pix[:4*to.Width*to.Height]))[1]; !got.Source.Empty() {
				t.Errorf("a later event %+v", got)
			}
		})
	}
}

func TestTightJPEGIsClose(t *testing.T) {
	fb := scene(64, 48, 3)
	for i := range fb.Pix { // smooth, as JPEG likes it
		if i%4 != 3 {
			fb.Pix[i] = byte(i / 4 % 64 * 2)
		}
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, fb.Image(), &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []int{0, 1} {
		p := readyPeer(t, 80, 60, rfb.ClientConfig{})
		p.step = step
		content := append(appendCompact([]byte{0x90}, file.Len()), file.Bytes()...)
		p.want(updated, update(rfb.Rect{X: 9, Y: 4, Width: 64, Height: 48}, rfb.EncodingTight, content))
		for y := range 48 {
			row := p.client.Framebuffer().Row(9, 4+y, 64)
			for i, want := range fb.Row(0, y, 64) {
				if d := int(row[i]) - int(want); d < -12 || d > 12 {
					t.Fatalf("row %d, byte %d is %d, want about %d", y, i, row[i], want)
				}
			}
		}
	}
}

func TestTightReadsTheLongestLengths(t *testing.T) {
	// 300 × 300 pixels of noise need three bytes of length.
	fb, rnd := scene(300, 300, 5), rand.New(rand.NewPCG(1, 1))
	for i := range fb.Pix {
		if i%4 != 3 {
			fb.Pix[i] = byte(rnd.Uint32())
		}
	}
	s := newScribe(fb, rfb.PixelFormatRGBA, nil, 1)
	data := s.deflate("t", s.content(fb.Bounds(), s.tpixels))
	if len(data) < 1<<14 {
		t.Fatal("not long enough")
	}
	p := readyPeer(t, 300, 300, rfb.ClientConfig{})
	p.want(updated, update(fb.Bounds(), rfb.EncodingTight, append(appendCompact([]byte{0}, len(data)), data...)))
	p.sameAs(fb)
}

func TestAllEncodingsShareAConnection(t *testing.T) {
	fb := scene(120, 70, 8)
	p := readyPeer(t, 120, 70, rfb.ClientConfig{})
	s := newScribe(fb, rfb.PixelFormatRGBA, nil, 2)
	for turn := range 3 {
		fb.Fill(rfb.Rect{X: 10 * turn, Y: 5, Width: 30, Height: 40}, [4]byte{byte(40 * turn), 1, 2, 255})
		wire, rects := rfb.AppendFramebufferUpdate(nil, rfb.UnknownRects), 0
		for e, encode := range scribes {
			for _, r := range areas(120, 70) {
				wire = rfb.AppendRectHeader(wire, r, e)
				wire = append(wire, encode(s, r)...)
				rects++
			}
		}
		wire = rfb.AppendRectHeader(wire, rfb.Rect{}, rfb.EncodingLastRect)
		events := p.feed(wire)
		if p.err != nil || len(events) != rects+2 || events[rects+1].Kind != rfb.EventUpdate {
			t.Fatalf("%d events for %d rectangles, %v", len(events), rects, p.err)
		}
		p.sameAs(fb)
	}
}

func TestEmptyRectangles(t *testing.T) {
	s := newScribe(scene(8, 8, 1), rfb.PixelFormatRGBA, nil, 1)
	for _, e := range []rfb.Encoding{rfb.EncodingRaw, rfb.EncodingHextile, rfb.EncodingTRLE, rfb.EncodingZlib, rfb.EncodingZRLE} {
		for _, r := range []rfb.Rect{{X: 1, Y: 1}, {X: 8, Y: 0, Height: 8}, {X: 0, Y: 8, Width: 8}} {
			p := readyPeer(t, 8, 8, rfb.ClientConfig{})
			p.want(updated, update(r, e, scribes[e](newScribe(s.fb, s.format, nil, 1), r)))
		}
	}
}
