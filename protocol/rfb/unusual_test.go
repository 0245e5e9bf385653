package rfb_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

// What is rare in a stream, and allowed.

// TestUpdatesOf65535Rectangles has an update with as many rectangles as the
// number says that also means that EncodingLastRect ends them.
func TestUpdatesOf65535Rectangles(t *testing.T) {
	wire := rfb.AppendFramebufferUpdate(nil, rfb.UnknownRects)
	for i := range rfb.UnknownRects {
		wire = rfb.AppendRectHeader(wire, rfb.Rect{X: i % 8, Width: 1, Height: 1}, rfb.EncodingRaw)
		wire = append(wire, byte(i), 0, 0, 0)
	}
	p := readyPeer(t, 8, 6, rfb.ClientConfig{})
	events := p.feed(wire, rfb.AppendBell(nil))
	if n := len(events); p.err != nil || n != rfb.UnknownRects+3 || events[n-2].Kind != rfb.EventUpdate || events[n-1].Kind != rfb.EventBell {
		t.Errorf("%d events, %v", n, p.err)
	}
}

// TestLastRectInTheMiddle ends an update before its number of rectangles.
func TestLastRectInTheMiddle(t *testing.T) {
	p := readyPeer(t, 8, 6, rfb.ClientConfig{})
	wire := rfb.AppendRectHeader(rfb.AppendFramebufferUpdate(nil, 7), rfb.Rect{X: 9, Y: 9, Width: 9, Height: 9}, rfb.EncodingLastRect)
	p.want([]rfb.EventKind{rfb.EventUpdateStart, rfb.EventUpdate, rfb.EventBell}, wire, rfb.AppendBell(nil))
}

// TestResizeInTheMiddle changes the size between rectangles of one update.
func TestResizeInTheMiddle(t *testing.T) {
	wire := rfb.AppendFramebufferUpdate(nil, 4)
	pixel := []byte{1, 2, 3, 0}
	wire = append(rfb.AppendRectHeader(wire, rfb.Rect{X: 7, Y: 5, Width: 1, Height: 1}, rfb.EncodingRaw), pixel...)
	wire = append(rfb.AppendRectHeader(wire, rfb.Rect{Width: 20, Height: 3}, rfb.EncodingExtendedDesktopSize), rfb.AppendScreens(nil, screens)...)
	wire = append(rfb.AppendRectHeader(wire, rfb.Rect{X: 19, Y: 2, Width: 1, Height: 1}, rfb.EncodingRaw), pixel...)
	wire = rfb.AppendRectHeader(wire, rfb.Rect{Width: 4, Height: 4}, rfb.EncodingDesktopSize)
	for _, step := range []int{0, 1} {
		p := readyPeer(t, 8, 6, rfb.ClientConfig{})
		p.step = step
		p.want([]rfb.EventKind{rfb.EventUpdateStart, rfb.EventRect, rfb.EventResize, rfb.EventScreens, rfb.EventRect, rfb.EventResize, rfb.EventUpdate}, wire)
		if fb := p.client.Framebuffer(); fb.Width != 4 || fb.Height != 4 {
			t.Errorf("the size is %v", fb.Bounds())
		}
	}
}

// TestNewsThatAreNone has a size that is the one before, and colors that no
// pixel uses. A client that asked for everything anew would never come to an end
// with servers that send them with each update.
func TestNewsThatAreNone(t *testing.T) {
	p := readyPeer(t, 8, 6, rfb.ClientConfig{})
	p.want([]rfb.EventKind{rfb.EventUpdateStart, rfb.EventUpdate}, update(rfb.Rect{Width: 8, Height: 6}, rfb.EncodingDesktopSize, nil))
	p.want(nothing, rfb.AppendSetColorMapEntries(nil, 3, []rfb.Color{{Red: 1}}))
}

// TestSubrectanglesMayOverlap draws small ones on large ones.
func TestSubrectanglesMayOverlap(t *testing.T) {
	all := rfb.Rect{Width: 8, Height: 6}
	want, err := rfb.NewFramebuffer(8, 6)
	if err != nil {
		t.Fatal(err)
	}
	want.Fill(all, [4]byte{9, 9, 9, 255})
	want.Fill(rfb.Rect{X: 1, Y: 1, Width: 6, Height: 4}, [4]byte{1, 1, 1, 255})
	want.Fill(rfb.Rect{X: 2, Y: 2, Width: 3, Height: 2}, [4]byte{2, 2, 2, 255})
	nine, one, two := []byte{9, 9, 9, 0}, []byte{1, 1, 1, 0}, []byte{2, 2, 2, 0}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for e, content := range map[rfb.Encoding][]byte{
		rfb.EncodingRRE:     join(be32(2), nine, one, []byte{0, 1, 0, 1, 0, 6, 0, 4}, two, []byte{0, 2, 0, 2, 0, 3, 0, 2}),
		rfb.EncodingCoRRE:   join(be32(2), nine, one, []byte{1, 1, 6, 4}, two, []byte{2, 2, 3, 2}),
		rfb.EncodingHextile: join([]byte{2 | 8 | 16}, nine, []byte{2}, one, []byte{0x11, 0x53}, two, []byte{0x22, 0x21}),
	} {
		p := readyPeer(t, 8, 6, rfb.ClientConfig{})
		p.want(updated, update(all, e, content))
		p.sameAs(want)
	}
}

// TestTextsThatAreTooLongAreDropped goes on behind them, and keeps nothing of
// them meanwhile.
func TestTextsThatAreTooLongAreDropped(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 100_000)
	extended := rfb.AppendServerClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardProvide | rfb.ClipboardText, Data: long})
	for name, wire := range map[string][]byte{
		"cut text":           rfb.AppendServerCutText(nil, long),
		"extended clipboard": extended,
		"a text that is long when it is inflated": rfb.AppendServerClipboard(nil, rfb.ClipboardProvideText(string(long))),
	} {
		for _, step := range []int{0, 1, 1000} {
			t.Run(name, func(t *testing.T) {
				p := readyPeer(t, 8, 6, rfb.ClientConfig{MaxText: 5000})
				p.step = step
				p.want([]rfb.EventKind{rfb.EventBell, rfb.EventCutText, rfb.EventBell}, rfb.AppendBell(nil), wire,
					rfb.AppendServerCutText(nil, []byte("short")), rfb.AppendBell(nil))
			})
		}
	}
	// Nobody has copied more than 64 MiB, whatever its length says.
	for size, want := range map[uint32]error{64 << 20: nil, 64<<20 + 1: rfb.ErrTooLarge, -64 << 20 & 0xffffffff: nil, (-64<<20 - 1) & 0xffffffff: rfb.ErrTooLarge} {
		p := readyPeer(t, 8, 6, rfb.ClientConfig{})
		p.feed([]byte{3, 0, 0, 0}, be32(size))
		if !errors.Is(p.err, want) {
			t.Errorf("a text of %d bytes: %v, want %v", int32(size), p.err, want)
		}
	}
	p := readyPeer(t, 8, 6, rfb.ClientConfig{})
	wire := rfb.AppendServerCutText(nil, make([]byte, 8<<20))
	used := allocated(func() {
		for ; len(wire) > 0; wire = wire[1<<15:] {
			p.client.Feed(wire[:min(len(wire), 1<<15)])
			if ev, err := p.client.Next(); err != nil || ev.Kind != rfb.EventNone {
				t.Fatal(ev, err)
			}
			if len(wire) <= 1<<15 {
				break
			}
		}
	})
	if used > small {
		t.Errorf("allocated %d bytes", used)
	}
}

// TestClipboardsOfAllFormats takes the text of a clipboard that has more, and
// nothing of one that has none.
func TestClipboardsOfAllFormats(t *testing.T) {
	const others = rfb.ClipboardRTF | rfb.ClipboardHTML | rfb.ClipboardDIB | rfb.ClipboardFiles
	provide := func(flags rfb.ClipboardFlags, parts ...string) []byte {
		var data bytes.Buffer
		w := zlib.NewWriter(&data)
		for _, p := range parts {
			w.Write(rfb.AppendReason(nil, p)) // a length, and the bytes
		}
		w.Close()
		return rfb.AppendServerClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardProvide | flags, Data: data.Bytes()})
	}
	tests := []struct {
		name string
		wire []byte
		want string // nothing if it is empty
	}{
		{"text and others", provide(rfb.ClipboardText|others, "a\r\nb\x00", "{\\rtf}", "<p>", "BM", "file"), "a\nb"},
		{"others only", provide(others, "{\\rtf}", "<p>", "BM", "file"), ""},
		{"no zero at the end", provide(rfb.ClipboardText, "a"), "a"},
		{"bytes that are not UTF-8", provide(rfb.ClipboardText, "caf\xe9 \u6f22\x00"), "caf\ufffd \u6f22"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := readyPeer(t, 8, 6, rfb.ClientConfig{})
			events := p.feed(tt.wire)
			switch {
			case p.err != nil:
				t.Error(p.err)
			case tt.want == "" && len(events) > 0:
				t.Errorf("got %+v", events)
			case tt.want != "" && (len(events) != 1 || events[0].Text != tt.want):
				t.Errorf("got %+v, want %q", events, tt.want)
			}
		})
	}
	t.Run("asked for more than text", func(t *testing.T) {
		p := readyPeer(t, 8, 6, rfb.ClientConfig{})
		caps := rfb.ClipboardMessage{Flags: rfb.ClipboardCaps | rfb.ClipboardText | others | rfb.ClipboardRequest | rfb.ClipboardNotify | rfb.ClipboardProvide}
		p.want(nothing, rfb.AppendServerClipboard(nil, caps))
		if err := p.client.SetClipboard("t"); err != nil {
			t.Fatal(err)
		}
		p.output()
		p.want(nothing, rfb.AppendServerClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardRequest | rfb.ClipboardText | others}))
		p.sent(rfb.AppendClientClipboard(nil, rfb.ClipboardProvideText("t")))
		p.want(nothing, rfb.AppendServerClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardRequest | others}))
		p.sent()
		p.want(nothing, rfb.AppendServerClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardNotify | others}))
		p.sent()
	})
}

// A progressive JPEG of 17 × 13 with halved chroma, and an interlaced PNG of
// 9 × 7, both from red to blue.
const (
	progressiveJPEG = `/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxO
UlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09P
T09PT09PT0//wgARCAANABEDASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAAQF/8QAFgEBAQEAAAAAAAAAAAAAAAAAAAQF
/9oADAMBAAIQAxAAAAHLTNCulMP/xAAVEAEBAAAAAAAAAAAAAAAAAAAAEf/aAAgBAQABBQKqqqr/xAAWEQADAAAAAAAAAAAAAAAA
AAAAART/2gAIAQMBAT8BuZcz/8QAFhEAAwAAAAAAAAAAAAAAAAAAAAEV/9oACAECAQE/AZ6J6P/EABQQAQAAAAAAAAAAAAAAAAAA
ACD/2gAIAQEABj8CX//EABYQAQEBAAAAAAAAAAAAAAAAAAAREP/aAAgBAQABPyHfSlP/2gAMAwEAAgADAAAAEAw//8QAFBEBAAAA
AAAAAAAAAAAAAAAAEP/aAAgBAwEBPxAr/8QAFBEBAAAAAAAAAAAAAAAAAAAAEP/aAAgBAgEBPxA//8QAFhABAQEAAAAAAAAAAAAA
AAAAcQAg/9oACAEBAAE/EHOeAP/Z`
	interlacedPNG = `iVBORw0KGgoAAAANSUhEUgAAAAkAAAAHCAIAAAEi/sChAAAAPklEQVQI13WLuQ0AIAzEfBLTsA9LhnWyTyhCkSDhzvcoACBAC0tR
hjeQsSgIonm1scu4SbvJmXxorwdN/NcdWUkOCs3peSkAAAAASUVORK5CYII=`
)

func unbase64(t *testing.T, s string) []byte {
	t.Helper()
	p, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(s, "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPicturesInPasses(t *testing.T) {
	file := unbase64(t, progressiveJPEG)
	lace := unbase64(t, interlacedPNG)
	wantJPEG, err := jpeg.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	wantPNG, err := png.Decode(bytes.NewReader(lace))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		control byte
		file    []byte
		want    image.Image
	}{{0x90, file, wantJPEG}, {0xa0, lace, wantPNG}} {
		b := tt.want.Bounds()
		p := readyPeer(t, 40, 30, rfb.ClientConfig{})
		p.want(updated, update(rfb.Rect{X: 3, Y: 5, Width: b.Dx(), Height: b.Dy()}, rfb.EncodingTightPNG, append(appendCompact([]byte{tt.control}, len(tt.file)), tt.file...)))
		for y := range b.Dy() {
			for x := range b.Dx() {
				got := p.client.Framebuffer().Image().At(3+x, 5+y)
				r, g, bl, _ := tt.want.At(x, y).RGBA()
				gr, gg, gb, _ := got.RGBA()
				if r>>8 != gr>>8 || g>>8 != gg>>8 || bl>>8 != gb>>8 {
					t.Fatalf("pixel (%d, %d) is %v, want %v", x, y, got, tt.want.At(x, y))
				}
			}
		}
	}
	// Large ones would take more than the framebuffer does.
	const side = 400
	at := bytes.Index(file, []byte{0xff, 0xc2})
	copy(file[at+5:], []byte{side >> 8, side & 0xff, side >> 8, side & 0xff})
	all := rfb.Rect{Width: side, Height: side}
	p := readyPeer(t, side, side, rfb.ClientConfig{})
	p.refuses(rfb.ErrMalformed, small, update(all, rfb.EncodingTight, append(appendCompact([]byte{0x90}, len(file)), file...)))
}

// jpegOf returns a grey JPEG with the color model YCbCr.
func jpegOf(t *testing.T, side int) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := jpeg.Encode(&file, image.NewRGBA(image.Rect(0, 0, side, side)), nil); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// TestPicturesTakeLittleBesideTheFramebuffer has JPEGs that hide how much
// memory their decoder takes.
func TestPicturesTakeLittleBesideTheFramebuffer(t *testing.T) {
	const side = 260 // too large to be held several times
	plain := jpegOf(t, side)

	passes := unbase64(t, progressiveJPEG)
	size := bytes.Index(passes, []byte{0xff, 0xc2})
	copy(passes[size+5:], []byte{side >> 8, side & 0xff, side >> 8, side & 0xff})
	behind := size + 2 + int(passes[size+2])<<8 + int(passes[size+3])
	// To who takes the restart marker D0 to have a length, that is 0xffc2, and
	// a comment hides the size of a picture in one pass at its end, and that the
	// pixels follow.
	restart := append([]byte{0xff, 0xd8, 0xff, 0xd0}, passes[size:behind]...)
	comment := make([]byte, 4+0xffc2+20-len(restart))
	copy(comment, []byte{0xff, 0xfe, byte((len(comment) - 2) >> 8), byte(len(comment) - 2)})
	copy(comment[4+0xffc2-len(restart):], []byte{0xff, 0xc0, 0, 2, 0xff, 0xda})
	restart = append(append(restart, comment...), passes[bytes.Index(passes, []byte{0xff, 0xdb}):size]...)
	restart = append(restart, passes[behind:]...)

	rgb := bytes.Clone(plain)
	size = bytes.Index(rgb, []byte{0xff, 0xc0})
	scan := bytes.Index(rgb, []byte{0xff, 0xda})
	for i, c := range []byte("RGB") {
		rgb[size+10+3*i], rgb[scan+5+2*i] = c, c
	}
	adobe := []byte("\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00")
	end := len(plain) - 2
	late := slices.Concat(plain[:end], adobe, plain[end:])
	// JFIF says YCbCr, until it is taken back.
	const jfif = "\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
	const noJFIF = "\xff\xe0\x00\x10nope\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
	takenBack := slices.Concat(rgb[:2], []byte(jfif), rgb[2:scan], []byte(noJFIF), rgb[scan:])

	for _, tt := range []struct {
		name   string
		file   []byte
		beside int // the framebuffer's side from which on it is drawn, 0 if it is cut short
	}{
		{"YCbCr", plain, side},
		{"RGB", rgb, 2 * side},
		{"RGB by a segment behind the pixels", late, 2 * side},
		{"RGB by a segment behind the size", takenBack, 2 * side},
		{"progressive", passes, 0},
		{"progressive, with a marker that has no length", restart, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wire := update(rfb.Rect{Width: side, Height: side}, rfb.EncodingTight, append(appendCompact([]byte{0x90}, len(tt.file)), tt.file...))
			if tt.beside > 0 {
				readyPeer(t, tt.beside, tt.beside, rfb.ClientConfig{}).want(updated, wire)
			}
			if tt.beside != side {
				readyPeer(t, side, side, rfb.ClientConfig{}).refuses(rfb.ErrMalformed, small, wire)
			}
			if tt.beside == 0 {
				readyPeer(t, 2*side, 2*side, rfb.ClientConfig{}).refuses(rfb.ErrMalformed, small, wire)
			}
		})
	}
}

// TestJPEGOfOddSizes has pictures that end within a block of 8 or 16 pixels.
func TestJPEGOfOddSizes(t *testing.T) {
	p := readyPeer(t, 80, 60, rfb.ClientConfig{})
	for _, size := range [][2]int{{1, 1}, {7, 9}, {17, 1}, {1, 33}, {80, 60}, {15, 16}} {
		r := rfb.Rect{Width: size[0], Height: size[1]}
		fb, err := rfb.NewFramebuffer(r.Width, r.Height)
		if err != nil {
			t.Fatal(err)
		}
		fb.Fill(fb.Bounds(), [4]byte{200, 100, 50, 255})
		var file bytes.Buffer
		if err := jpeg.Encode(&file, fb.Image(), nil); err != nil {
			t.Fatal(err)
		}
		p.want(updated, update(r, rfb.EncodingTight, append(appendCompact([]byte{0x90}, file.Len()), file.Bytes()...)))
		got := p.client.Framebuffer().Row(r.Width-1, r.Height-1, 1)
		for c, want := range []int{200, 100, 50} {
			if d := int(got[c]) - want; d < -4 || d > 4 {
				t.Errorf("%v: the last pixel is %v", size, got)
			}
		}
	}
}

// TestMessagesThatNobodyKnowsSayTheirNumber makes what a server has in
// addition easy to find.
func TestMessagesThatNobodyKnowsSayTheirNumber(t *testing.T) {
	for kind := range 256 {
		switch rfb.ServerMessageType(kind) {
		case rfb.FramebufferUpdate, rfb.SetColorMapEntries, rfb.Bell, rfb.ServerCutText, rfb.EndOfContinuousUpdates, rfb.ServerFence:
			continue
		}
		for _, wire := range [][]byte{{byte(kind)}, append([]byte{byte(kind)}, make([]byte, 100)...)} {
			p := readyPeer(t, 8, 6, rfb.ClientConfig{})
			p.refuses(rfb.ErrMessageType, small, wire)
		}
	}
	p := readyPeer(t, 8, 6, rfb.ClientConfig{})
	p.feed([]byte{77})
	if p.err == nil || !strings.Contains(p.err.Error(), "77") {
		t.Error(p.err)
	}
	p = readyPeer(t, 8, 6, rfb.ClientConfig{})
	p.feed(update(rfb.Rect{}, -305, nil))
	if p.err == nil || !strings.Contains(p.err.Error(), "-305") {
		t.Error(p.err)
	}
}
