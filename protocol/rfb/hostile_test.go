package rfb_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"runtime"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

// allocated returns how many bytes f allocates, garbage included.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// refuses fails unless the client ends with the error after these bytes, and
// has allocated less than limit for them.
func (p *peer) refuses(want error, limit uint64, wire ...[]byte) {
	p.t.Helper()
	data := bytes.Join(wire, nil)
	used := allocated(func() { p.feed(data) })
	if !errors.Is(p.err, want) {
		p.t.Errorf("got %v, want %v", p.err, want)
	}
	if limit += 4 * uint64(len(data)); used > limit {
		p.t.Errorf("allocated %d bytes, want at most %d", used, limit)
	}
}

const small = 64 << 10

func be32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

func TestFramebuffersAreBoundedBeforeTheyAreMade(t *testing.T) {
	for _, size := range [][2]int{{65535, 65535}, {8193, 1}, {1, 8193}, {65535, 0}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			huge := rfb.Rect{Width: size[0], Height: size[1]}
			p := newPeer(t, rfb.ClientConfig{Security: none})
			p.refuses(rfb.ErrTooLarge, small, greeting(size[0], size[1]))
			p = readyPeer(t, 8, 6, rfb.ClientConfig{})
			p.refuses(rfb.ErrTooLarge, small, update(huge, rfb.EncodingDesktopSize, nil))
			p = readyPeer(t, 8, 6, rfb.ClientConfig{})
			p.refuses(rfb.ErrTooLarge, small, update(huge, rfb.EncodingExtendedDesktopSize, rfb.AppendScreens(nil, nil)))
		})
	}
	t.Run("a limit of one's own", func(t *testing.T) {
		p := newPeer(t, rfb.ClientConfig{Security: none, MaxPixels: 1000})
		p.refuses(rfb.ErrTooLarge, small, greeting(101, 10))
		p = newPeer(t, rfb.ClientConfig{Security: none, MaxPixels: 1000})
		p.want(ready, greeting(100, 10))
	})
}

func TestRectanglesOutsideAreRefused(t *testing.T) {
	for _, r := range []rfb.Rect{
		{X: 1, Width: 8, Height: 6}, {Y: 1, Width: 8, Height: 6}, {X: 8, Width: 1, Height: 1}, {Y: 6, Width: 1, Height: 1},
		{X: 65535, Y: 65535, Width: 65535, Height: 65535}, {Width: 65535, Height: 65535}, {X: 65535, Width: 1, Height: 1},
		{X: 9}, {Y: 7},
	} {
		for e := range scribes {
			p := readyPeer(t, 8, 6, rfb.ClientConfig{})
			p.refuses(rfb.ErrMalformed, small, update(r, e, nil))
		}
		p := readyPeer(t, 8, 6, rfb.ClientConfig{})
		p.refuses(rfb.ErrMalformed, small, update(rfb.Rect{Width: 2, Height: 2}, rfb.EncodingCopyRect, []byte{0, 7, 0, 0}))
	}
}

func TestLengthsThatLieAllocateNothing(t *testing.T) {
	all := rfb.Rect{Width: 8, Height: 6}
	tests := []struct {
		name string
		wire []byte
		want error
	}{
		{"cut text of 2 GB", []byte{3, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff}, rfb.ErrTooLarge},
		{"cut text of minus 2 GB", []byte{3, 0, 0, 0, 0x80, 0, 0, 0}, rfb.ErrTooLarge},
		{"cut text of minus one byte", []byte{3, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0}, rfb.ErrMalformed},
		{"fence of 255 bytes", []byte{248, 0, 0, 0, 0, 0, 0, 0, 255}, rfb.ErrTooLarge},
		{"colors beyond the map", []byte{1, 0, 0xff, 0xff, 0xff, 0xff}, rfb.ErrMalformed},
		{"name of 4 GB", update(rfb.Rect{}, rfb.EncodingDesktopName, be32(0xffffffff)), rfb.ErrTooLarge},
		{"RRE of 4 G parts", update(all, rfb.EncodingRRE, append(be32(0xffffffff), 0, 0, 0, 0)), rfb.ErrMalformed},
		{"CoRRE of 512 M parts, 8 times of which is nothing", update(all, rfb.EncodingCoRRE, append(be32(0x20000000), 0, 0, 0, 0)), rfb.ErrMalformed},
		{"zlib of 4 GB", update(all, rfb.EncodingZlib, be32(0xffffffff)), rfb.ErrTooLarge},
		{"ZRLE of 4 GB", update(all, rfb.EncodingZRLE, be32(0xffffffff)), rfb.ErrTooLarge},
		{"Tight of 4 MB", update(all, rfb.EncodingTight, []byte{0, 0xff, 0xff, 0xff}), rfb.ErrTooLarge},
		{"cursor of 4 G pixels", update(rfb.Rect{Width: 65535, Height: 65535}, rfb.EncodingCursor, nil), rfb.ErrTooLarge},
		{"X cursor of 4 G pixels", update(rfb.Rect{Width: 65535, Height: 65535}, rfb.EncodingXCursor, nil), rfb.ErrTooLarge},
		{"cursor with alpha of 4 G pixels", update(rfb.Rect{Width: 65535, Height: 65535}, rfb.EncodingCursorWithAlpha, nil), rfb.ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := readyPeer(t, 8, 6, rfb.ClientConfig{})
			p.refuses(tt.want, small, tt.wire)
		})
	}
	handshakes := []struct {
		name string
		wire []byte
		want error
	}{
		{"reason of 4 GB", append([]byte("RFB 003.008\n\x00"), be32(0xffffffff)...), rfb.ErrTooLarge},
		{"reason of 4 GB in 3.3", append([]byte("RFB 003.003\n\x00\x00\x00\x00"), be32(0xffffffff)...), rfb.ErrTooLarge},
		{"tunnels", append([]byte("RFB 003.008\n\x01\x10"), be32(0x10000000)...), rfb.ErrTooLarge},
		{"types of Tight", append([]byte("RFB 003.008\n\x01\x10\x00\x00\x00\x00"), be32(257)...), rfb.ErrTooLarge},
		{"prime of 64 KB", []byte("RFB 003.008\n\x01\x1e\x00\x02\xff\xff"), rfb.ErrServerKey},
		{"RSA key of 4 Gbit", append([]byte("RFB 003.008\n\x01\x05"), be32(0xffffffff)...), rfb.ErrServerKey},
		{"desktop name of 4 GB", append([]byte("RFB 003.008\n\x01\x01\x00\x00\x00\x00\x00\x08\x00\x06"), append(rfb.AppendPixelFormat(nil, rfb.PixelFormat32), be32(0xffffffff)...)...), rfb.ErrTooLarge},
	}
	for _, tt := range handshakes {
		t.Run(tt.name, func(t *testing.T) {
			p := newPeer(t, rfb.ClientConfig{Security: rfb.AllTypes()})
			p.refuses(tt.want, small, tt.wire)
		})
	}
}

// bomb returns a zlib stream of so many zeros.
func bomb(size int) []byte {
	var b bytes.Buffer
	w, _ := zlib.NewWriterLevel(&b, zlib.BestSpeed)
	zeros := make([]byte, 1<<16)
	for ; size > 0; size -= len(zeros) {
		w.Write(zeros[:min(size, len(zeros))])
	}
	w.Flush()
	return b.Bytes()
}

func TestBombsStayInTheirShell(t *testing.T) {
	const width, height = 512, 512 // 1 MiB, which is far more than the bombs have
	all := rfb.Rect{Width: width, Height: height}
	data := bomb(8 << 20)
	if len(data) > 0xffff {
		t.Fatalf("%d bytes do not fit into a tile of ZlibHex", len(data))
	}
	wrap := func(head []byte) []byte { return append(head, data...) }
	length := be32(uint32(len(data)))
	tests := []struct {
		name string
		wire []byte
		want error
	}{
		{"zlib", update(all, rfb.EncodingZlib, wrap(length)), rfb.ErrMalformed},
		{"ZRLE", update(all, rfb.EncodingZRLE, wrap(length)), rfb.ErrMalformed},
		{"Tight", update(all, rfb.EncodingTight, wrap(appendCompact([]byte{0}, len(data)))), rfb.ErrMalformed},
		{"ZlibHex", update(all, rfb.EncodingZlibHex, append([]byte{32, byte(len(data) >> 8), byte(len(data))}, data...)), rfb.ErrMalformed},
		{"clipboard", rfb.AppendServerClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardProvide | rfb.ClipboardText,
			Data: func() []byte {
				var b bytes.Buffer
				w := zlib.NewWriter(&b)
				w.Write(be32(4 << 20))
				w.Write(make([]byte, 4<<20))
				w.Close()
				return b.Bytes()
			}()}), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := readyPeer(t, width, height, rfb.ClientConfig{})
			p.refuses(tt.want, 1<<20, tt.wire)
		})
	}
}

func TestPalettesRunsAndFiltersThatLie(t *testing.T) {
	all := rfb.Rect{Width: 8, Height: 8}
	zrle := func(content ...byte) []byte {
		s := newScribe(scene(8, 8, 1), rfb.PixelFormatRGBA, nil, 1)
		data := s.deflate("zrle", content)
		return append(be32(uint32(len(data))), data...)
	}
	three := []byte{1, 2, 3}
	tests := []struct {
		name string
		e    rfb.Encoding
		wire []byte
	}{
		{"TRLE: palette of 17", rfb.EncodingTRLE, []byte{17}},
		{"TRLE: palette of 126", rfb.EncodingTRLE, []byte{126}},
		{"TRLE: a palette before the first", rfb.EncodingTRLE, []byte{127}},
		{"TRLE: runs of a palette before the first", rfb.EncodingTRLE, []byte{129}},
		{"TRLE: index beyond the palette", rfb.EncodingTRLE, append([]byte{3, 1, 2, 3, 1, 2, 3, 1, 2, 3}, bytes.Repeat([]byte{0xff}, 16)...)},
		{"TRLE: run beyond the tile", rfb.EncodingTRLE, append([]byte{128}, 1, 2, 3, 64)},
		{"TRLE: endless run", rfb.EncodingTRLE, append([]byte{128, 1, 2, 3}, bytes.Repeat([]byte{255}, 100)...)},
		{"TRLE: run of an index beyond the palette", rfb.EncodingTRLE, append([]byte{130}, 1, 2, 3, 1, 2, 3, 0x82, 1)},
		{"ZRLE: palette of 17", rfb.EncodingZRLE, zrle(17)},
		{"ZRLE: a palette used again", rfb.EncodingZRLE, zrle(127)},
		{"ZRLE: runs of a palette used again", rfb.EncodingZRLE, zrle(129)},
		{"ZRLE: run beyond the tile", rfb.EncodingZRLE, zrle(append([]byte{128}, append(three, 64)...)...)},
		{"ZRLE: too little", rfb.EncodingZRLE, zrle(0, 1, 2, 3)},
		{"ZRLE: nothing", rfb.EncodingZRLE, be32(0)},
		{"ZRLE: too much", rfb.EncodingZRLE, zrle(1, 1, 2, 3, 4)},
		{"Hextile: part beyond the tile", rfb.EncodingHextile, []byte{2 | 8 | 16, 1, 1, 1, 1, 1, 2, 2, 2, 2, 0x11, 0x70}},
		{"RRE: part beyond the rectangle", rfb.EncodingRRE, append(append(be32(1), 0, 0, 0, 0, 1, 1, 1, 1), 0, 1, 0, 1, 0, 8, 0, 1)},
		{"RRE: huge part", rfb.EncodingRRE, append(append(be32(1), 0, 0, 0, 0, 1, 1, 1, 1), 255, 255, 255, 255, 255, 255, 255, 255)},
		{"RRE: the same part again and again", rfb.EncodingRRE, append(append(be32(17), 0, 0, 0, 0), bytes.Repeat([]byte{1, 1, 1, 1, 0, 0, 0, 0, 0, 8, 0, 8}, 17)...)},
		{"CoRRE: part beyond the rectangle", rfb.EncodingCoRRE, append(be32(1), 0, 0, 0, 0, 1, 1, 1, 1, 7, 0, 2, 1)},
		{"zlib: nothing", rfb.EncodingZlib, be32(0)},
		{"Tight: compression of no kind", rfb.EncodingTight, []byte{0xb0}},
		{"Tight: PNG without TightPNG", rfb.EncodingTight, []byte{0xa0, 1, 0}},
		{"Tight: filter of no kind", rfb.EncodingTight, []byte{0x40, 3}},
		{"Tight: index beyond the palette", rfb.EncodingTight, func() []byte {
			s := newScribe(scene(8, 8, 1), rfb.PixelFormatRGBA, nil, 1)
			data := s.deflate("t", bytes.Repeat([]byte{3}, 64))
			return append(append([]byte{0x40, 1, 2}, bytes.Repeat(three, 3)...), append([]byte{byte(len(data))}, data...)...)
		}()},
		{"Tight: palette of one color and an index", rfb.EncodingTight, append(append([]byte{0x40, 1, 0}, three...), bytes.Repeat([]byte{0xff}, 8)...)},
		{"Tight: nothing", rfb.EncodingTight, []byte{0, 0}},
		{"Tight: JPEG of nothing", rfb.EncodingTight, []byte{0x90, 0}},
		{"cursor with alpha in no encoding", rfb.EncodingCursorWithAlpha, be32(99)},
	}
	for _, tt := range tests {
		for _, step := range []int{0, 1} {
			t.Run(tt.name, func(t *testing.T) {
				p := readyPeer(t, 8, 8, rfb.ClientConfig{})
				p.step = step
				p.feed(update(all, tt.e, tt.wire))
				if !errors.Is(p.err, rfb.ErrMalformed) && !errors.Is(p.err, rfb.ErrEncoding) {
					t.Errorf("got %v", p.err)
				}
			})
		}
	}
}

func TestAPaletteFilterNeedsThreeIntensities(t *testing.T) {
	for _, f := range []rfb.PixelFormat{rfb.PixelFormat8, rfb.PixelFormatMap8} {
		p := readyPeer(t, 8, 8, rfb.ClientConfig{PixelFormat: f})
		p.refuses(rfb.ErrMalformed, small, update(rfb.Rect{Width: 8, Height: 8}, rfb.EncodingTight, []byte{0x40, 2}))
	}
}

func TestPicturesAreMeasuredBeforeTheyAreDecoded(t *testing.T) {
	jpegFile := func(m image.Image) []byte {
		var b bytes.Buffer
		jpeg.Encode(&b, m, nil)
		return b.Bytes()
	}
	pngFile := func(m image.Image) []byte {
		var b bytes.Buffer
		png.Encode(&b, m)
		return b.Bytes()
	}
	rect := image.Rect(0, 0, 64, 64)
	good := jpegFile(image.NewGray(rect))
	sof := bytes.Index(good, []byte{0xff, 0xc0})
	huge := bytes.Clone(good)
	copy(huge[sof+5:], []byte{0xff, 0xdc, 0xff, 0xdc})
	progressive := bytes.Clone(good)
	progressive[sof+1] = 0xc2
	hugePNG := pngFile(image.NewGray(rect))
	copy(hugePNG[16:], []byte{0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff})
	deep := image.NewRGBA64(rect)
	deep.Set(1, 1, color.RGBA64{1, 2, 3, 0xffff})
	tests := []struct {
		name    string
		control byte
		file    []byte
		good    bool
	}{
		{"JPEG", 0x90, good, true},
		{"JPEG of 65,500 × 65,500", 0x90, huge, false},
		{"JPEG of another size", 0x90, jpegFile(image.NewGray(image.Rect(0, 0, 64, 63))), false},
		{"JPEG in several scans", 0x90, progressive, false},
		{"half a JPEG", 0x90, good[:len(good)/2], false},
		{"PNG", 0xa0, pngFile(image.NewRGBA(rect)), true},
		{"PNG of 65,535 × 65,535", 0xa0, hugePNG, false},
		{"PNG of another size", 0xa0, pngFile(image.NewGray(image.Rect(0, 0, 65, 64))), false},
		{"PNG of 64 bits", 0xa0, pngFile(deep), false},
		{"PNG as JPEG", 0x90, pngFile(image.NewGray(rect)), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := readyPeer(t, 64, 64, rfb.ClientConfig{})
			wire := update(rfb.Rect{Width: 64, Height: 64}, rfb.EncodingTightPNG, append(appendCompact([]byte{tt.control}, len(tt.file)), tt.file...))
			if tt.good {
				p.want(updated, wire)
				return
			}
			p.refuses(rfb.ErrMalformed, 300<<10, wire)
		})
	}
}

func TestUnknownEncodingsAreACleanError(t *testing.T) {
	for _, e := range []rfb.Encoding{3, 9, 50, -1, -259, -305, 1 << 30, -1 << 31, rfb.EncodingFence, rfb.EncodingExtendedClipboard} {
		p := readyPeer(t, 8, 6, rfb.ClientConfig{})
		p.refuses(rfb.ErrEncoding, small, update(rfb.Rect{Width: 8, Height: 6}, e, make([]byte, 100)))
		if _, err := p.client.Next(); !errors.Is(err, rfb.ErrEncoding) {
			t.Errorf("the error is forgotten: %v", err)
		}
		if err := p.client.SendKey(true, 'a', 0); !errors.Is(err, rfb.ErrEncoding) {
			t.Errorf("input after the error: %v", err)
		}
	}
}

// conversation is all that a server sends in a connection with everything.
func conversation() []byte {
	fb := scene(70, 40, 4)
	s := newScribe(fb, rfb.PixelFormatRGBA, nil, 3)
	wire := greeting(70, 40)
	for e, encode := range scribes {
		r := rfb.Rect{X: 3, Y: 2, Width: 66, Height: 30}
		wire = append(wire, update(r, e, encode(s, r))...)
	}
	for _, m := range serverMessages {
		if m.want.Type != rfb.FramebufferUpdate {
			wire = append(wire, m.wire...)
		}
	}
	wire = append(wire, update(rfb.Rect{Width: 9, Height: 5}, rfb.EncodingCursor, make([]byte, 9*5*4+2*5))...)
	return append(wire, update(rfb.Rect{Width: 50, Height: 50}, rfb.EncodingExtendedDesktopSize, rfb.AppendScreens(nil, screens))...)
}

func TestConnectionsCutAnywhereJustEnd(t *testing.T) {
	wire := conversation()
	whole := newPeer(t, rfb.ClientConfig{Security: none})
	events := len(whole.feed(wire))
	if whole.err != nil {
		t.Fatal(whole.err)
	}
	// Every cut is met on the way through, byte by byte.
	p := newPeer(t, rfb.ClientConfig{Security: none})
	p.step = 1
	if got := len(p.feed(wire)); p.err != nil || got != events {
		t.Fatalf("%d events byte by byte, %d at once, %v", got, events, p.err)
	}
	p.sameAs(whole.client.Framebuffer())
	// What follows a cut is not waited for with memory that was announced.
	for cut := 0; cut < len(wire); cut += 997 {
		p := newPeer(t, rfb.ClientConfig{Security: none})
		p.feed(wire[:cut])
		if p.err != nil {
			t.Fatalf("cut at %d: %v", cut, p.err)
		}
	}
}

func TestBytesThatChangedDoNoHarm(t *testing.T) {
	wire := conversation()
	for at := 0; at < len(wire); at += 127 {
		spoiled := bytes.Clone(wire)
		spoiled[at] ^= []byte{0x01, 0x80, 0xff}[at%3]
		p := newPeer(t, rfb.ClientConfig{Security: none, MaxPixels: 1 << 16})
		p.feed(spoiled) // it must come back, with or without an error
	}
}

func TestMemoryStaysBelowTwiceTheFramebuffer(t *testing.T) {
	const width, height = 256, 256
	fb := scene(width, height, 6)
	for e, encode := range scribes {
		t.Run(e.String(), func(t *testing.T) {
			s := newScribe(fb, rfb.PixelFormatRGBA, nil, 1)
			r := fb.Bounds()
			if e == rfb.EncodingCoRRE {
				r.Width, r.Height = 255, 255
			}
			wire := update(r, e, encode(s, r))
			var c *rfb.Client
			used := allocated(func() {
				c, _ = rfb.NewClient(rfb.ClientConfig{Security: none})
				for p := append(greeting(width, height), wire...); len(p) > 0; {
					n := min(len(p), 16<<10)
					c.Feed(p[:n])
					p = p[n:]
					for {
						ev, err := c.Next()
						if err != nil {
							t.Fatal(err)
						}
						if ev.Kind == rfb.EventNone {
							break
						}
					}
				}
			})
			// All that is ever allocated, garbage included, but for the copy of
			// the bytes to feed.
			limit := uint64(2*4*width*height + len(wire) + len(wire)/4 + 4*small)
			if e == rfb.EncodingTightPNG {
				limit += 1 << 20 // the file is collected first, and its decoder has buffers
			}
			if used > limit {
				t.Errorf("allocated %d bytes, want at most %d", used, limit)
			}
			runtime.KeepAlive(c)
		})
	}
}
