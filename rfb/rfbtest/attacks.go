package rfbtest

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"slices"
	"sync"

	"github.com/everwire/everwire/protocol/rfb"
)

// Attacks returns all attacks. Each can be served again and again.
func Attacks() []Attack {
	return slices.Concat(handshakeAttacks(), messageAttacks(), rectAttacks(), pseudoAttacks(), bombAttacks())
}

func u32(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }

func joined(parts ...[]byte) []byte { return slices.Concat(parts...) }

// handshakeAttacks break off, or lie, before there is a screen.
func handshakeAttacks() []Attack {
	hello := []byte("RFB 003.008\n")
	init := func(w, h int, f rfb.PixelFormat, name []byte) []byte {
		p := rfb.AppendServerInit(nil, rfb.ServerInit{Width: w, Height: h, PixelFormat: f})
		return append(p[:20], name...)
	}
	named := []byte("\x00\x00\x00\x01n")
	odd := rfb.PixelFormat32
	odd.BitsPerPixel = 24
	wide := rfb.PixelFormat32
	wide.RedShift = 200
	none := rfb.PixelFormat32
	none.RedMax = 0
	return []Attack{
		{Name: "nothing", About: "closes at once", whole: []byte{}},
		{Name: "not-rfb", About: "is a web server", whole: []byte("HTTP/1.1 400 Bad Request\r\n\r\n")},
		{Name: "greeting-cut", About: "ends within the greeting", whole: hello[:7]},
		{Name: "version-4", About: "speaks version 4.0 only", whole: []byte("RFB 004.000\n")},
		{Name: "no-types-long-reason", About: "offers no security type, for a reason of 4 GiB",
			whole: joined(hello, []byte{0}, u32(0xffffffff), []byte("too"))},
		{Name: "unknown-types", About: "offers security types that nobody knows", whole: joined(hello, []byte("\x03\xc8\xc9\xca"))},
		{Name: "refused-long-reason", About: "refuses, for a reason of 2 GiB", whole: joined(hello, []byte{1, 1}, u32(1), u32(0x80000000), []byte("no"))},
		{Name: "screen-65535", About: "has a screen of 65,535 by 65,535: 16 GiB", init: init(65535, 65535, rfb.PixelFormat32, named)},
		{Name: "long-name", About: "has a name of 4 GiB", init: init(attackWidth, attackHeight, rfb.PixelFormat32, u32(0xffffffff))},
		{Name: "name-cut", About: "has a name that ends early", init: init(attackWidth, attackHeight, rfb.PixelFormat32, u32(100))},
		{Name: "screen-empty", About: "has a screen without a pixel", Harmless: true, init: init(0, 0, rfb.PixelFormat32, named), linger: true},
		{Name: "bits-24", About: "has pixels of 24 bits; a client may go on with a format of its own", Harmless: true,
			init: init(attackWidth, attackHeight, odd, named), linger: true},
		{Name: "shift-200", About: "shifts red by 200 bits; a client may go on with a format of its own", Harmless: true,
			init: init(attackWidth, attackHeight, wide, named), linger: true},
		{Name: "max-0", About: "has a largest red of 0; a client may go on with a format of its own", Harmless: true,
			init: init(attackWidth, attackHeight, none, named), linger: true},
	}
}

// messageAttacks are about messages other than updates.
func messageAttacks() []Attack {
	cut := []byte{byte(rfb.ServerCutText), 0, 0, 0}
	return []Attack{
		{Name: "unknown-message", About: "sends a message of type 77", bytes: []byte{77, 0, 0, 0}},
		{Name: "handshake-again", About: "sends a second greeting", bytes: []byte("RFB 003.008\n")},
		{Name: "text-4gib", About: "sends a text of 4 GiB less one, which is one of minus one with the extended clipboard", bytes: joined(cut, u32(0xffffffff), []byte("text"))},
		{Name: "text-2gib", About: "sends a text of 2 GiB less one", bytes: joined(cut, u32(0x7fffffff), []byte("text"))},
		{Name: "text-least", About: "sends a text of the length that has no opposite", bytes: joined(cut, u32(0x80000000), []byte("text"))},
		{Name: "clipboard-short", About: "sends an extended clipboard of three bytes", bytes: joined(cut, u32(0xfffffffd), []byte("\x00\x00\x00"))},
		{Name: "clipboard-garbage", About: "sends an extended clipboard that is no zlib stream; a client may ignore it", Harmless: true,
			bytes: rfb.AppendServerClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardProvide | rfb.ClipboardText, Data: []byte("garbage")})},
		{Name: "clipboard-bomb", About: "sends an extended clipboard that says it is 4 GiB, and is 1 MiB; a client may ignore it", Harmless: true,
			bytes: rfb.AppendServerClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardProvide | rfb.ClipboardText, Data: deflated(u32(0xffffffff), zeros(1<<20))})},
		{Name: "fence-long", About: "sends a fence with 255 bytes, where 64 are allowed", bytes: joined([]byte{byte(rfb.ServerFence), 0, 0, 0, 0x80, 0, 0, 0, 255}, zeros(255))},
		{Name: "colors-beyond", About: "sets colors beyond 65,535; a client may ignore them", Harmless: true,
			bytes: joined([]byte{byte(rfb.SetColorMapEntries), 0, 0xff, 0xff, 0, 2}, zeros(12))},
		{Name: "bells", About: "rings for ever", repeat: bytes.Repeat([]byte{byte(rfb.Bell)}, 1<<15), Harmless: true},
		{Name: "fences", About: "asks for an answer for ever, and reads all of them", Harmless: true,
			repeat: bytes.Repeat(rfb.AppendServerFence(nil, rfb.FenceRequest, []byte("fence")), 1<<10)},
	}
}

// update returns an update of one rectangle.
func update(r rfb.Rect, e rfb.Encoding, content ...[]byte) []byte {
	p := rfb.AppendRectHeader(rfb.AppendFramebufferUpdate(nil, 1), r, e)
	return append(p, slices.Concat(content...)...)
}

// pixelEncodings are those whose rectangles may be attacked alike.
var pixelEncodings = []rfb.Encoding{
	rfb.EncodingRaw, rfb.EncodingCopyRect, rfb.EncodingRRE, rfb.EncodingCoRRE, rfb.EncodingHextile, rfb.EncodingZlib,
	rfb.EncodingTight, rfb.EncodingZlibHex, rfb.EncodingTRLE, rfb.EncodingZRLE, rfb.EncodingTightPNG,
}

// rectAttacks are about single rectangles.
func rectAttacks() []Attack {
	box := rfb.Rect{Width: 16, Height: 16}
	attacks := []Attack{
		{Name: "unknown-encoding", About: "uses an encoding that nobody has listed", bytes: update(box, 12345, zeros(64))},
		{Name: "update-cut", About: "announces 65,534 rectangles and sends none", bytes: rfb.AppendFramebufferUpdate(nil, 65534)},
		{Name: "endless-update", About: "sends an update of rectangles that never ends",
			bytes: rfb.AppendFramebufferUpdate(nil, rfb.UnknownRects), Harmless: true,
			repeat: bytes.Repeat(append(rfb.AppendRectHeader(nil, rfb.Rect{Width: 1, Height: 1}, rfb.EncodingRaw), 1, 2, 3, 4), 1<<10)},
		{Name: "empty-updates", About: "sends updates without a rectangle for ever", Harmless: true,
			repeat: bytes.Repeat(rfb.AppendFramebufferUpdate(nil, 0), 1<<12)},
		{Name: "rre-count", About: "has 4 GiB subrectangles", bytes: update(box, rfb.EncodingRRE, u32(0xffffffff), zeros(4))},
		{Name: "rre-outside", About: "has a subrectangle outside of the rectangle", bytes: update(box, rfb.EncodingRRE, u32(1), zeros(4), zeros(4), []byte{0, 10, 0, 10, 0, 10, 0, 10}, zeros(400))},
		{Name: "corre-outside", About: "has a subrectangle outside of the rectangle", bytes: update(box, rfb.EncodingCoRRE, u32(1), zeros(4), zeros(4), []byte{10, 10, 10, 10}, zeros(400))},
		{Name: "corre-count", About: "has so many subrectangles that their bytes overflow 32 bits", bytes: update(box, rfb.EncodingCoRRE, u32(0x20000001), zeros(4))},
		{Name: "hextile-outside", About: "has a subrectangle outside of a tile of 4 by 4",
			bytes: update(rfb.Rect{X: 60, Width: 4, Height: 4}, rfb.EncodingHextile, []byte{14}, zeros(8), []byte{1, 0x22, 0xff}, zeros(64))},
		{Name: "zrle-length", About: "has a length of 4 GiB", bytes: update(box, rfb.EncodingZRLE, u32(0xffffffff), zeros(64))},
		{Name: "zlib-length", About: "has a length of 4 GiB", bytes: update(box, rfb.EncodingZlib, u32(0xffffffff), zeros(64))},
		{Name: "zlib-garbage", About: "is no zlib stream", bytes: update(box, rfb.EncodingZlib, u32(64), bytes.Repeat([]byte{0xff}, 64))},
		{Name: "zlib-short", About: "inflates to less than the rectangle", bytes: update(box, rfb.EncodingZlib, counted(deflated(zeros(100))))},
		{Name: "zrle-short", About: "inflates to less than the rectangle", bytes: update(box, rfb.EncodingZRLE, counted(deflated([]byte{0, 1, 2, 3})))},
		{Name: "zrle-index", About: "uses an entry that its palette has not", bytes: update(box, rfb.EncodingZRLE, counted(deflated([]byte{3}, zeros(9), bytes.Repeat([]byte{0xff}, 64))))},
		{Name: "zrle-run-index", About: "uses an entry that its palette has not", bytes: update(box, rfb.EncodingZRLE, counted(deflated([]byte{130}, zeros(6), bytes.Repeat([]byte{5}, 256))))},
		{Name: "zrle-run-long", About: "has a run that is longer than its tile", bytes: update(box, rfb.EncodingZRLE, counted(deflated([]byte{128}, zeros(3), bytes.Repeat([]byte{255}, 1<<16), []byte{0})))},
		{Name: "zrle-unused", About: "has a tile of a kind that does not exist", bytes: update(box, rfb.EncodingZRLE, counted(deflated([]byte{100}, zeros(1024))))},
		{Name: "trle-reuse", About: "uses the palette of a tile before the first one", bytes: update(box, rfb.EncodingTRLE, []byte{127}, zeros(64))},
		{Name: "trle-run-long", About: "has a run that is longer than its tile", bytes: update(box, rfb.EncodingTRLE, []byte{128}, zeros(3), bytes.Repeat([]byte{255}, 1<<12), []byte{0})},
		{Name: "tight-control", About: "uses a compression that does not exist", bytes: update(box, rfb.EncodingTight, []byte{0xf0}, zeros(64))},
		{Name: "tight-filter", About: "uses a filter that does not exist", bytes: update(box, rfb.EncodingTight, []byte{0x40, 9}, zeros(64))},
		{Name: "tight-index", About: "uses an entry that its palette has not", bytes: update(box, rfb.EncodingTight, []byte{0x40, 1, 2}, zeros(9), compact(deflated(bytes.Repeat([]byte{200}, 256))))},
		{Name: "tight-length", About: "has a length of 4 MiB", bytes: update(box, rfb.EncodingTight, []byte{0}, []byte{0xff, 0xff, 0xff}, zeros(64))},
		{Name: "tight-jpeg-garbage", About: "has a JPEG that is none", bytes: update(box, rfb.EncodingTight, []byte{0x90}, compact(bytes.Repeat([]byte{0x33}, 50)))},
		{Name: "tight-png-garbage", About: "has a PNG that is none", bytes: update(box, rfb.EncodingTightPNG, []byte{0xa0}, compact(bytes.Repeat([]byte{0x33}, 50)))},
	}
	for _, e := range pixelEncodings {
		name := e.String()
		attacks = append(attacks,
			Attack{Name: "outside-" + name, About: "has a rectangle outside of the screen", bytes: update(rfb.Rect{X: 60, Y: 40, Width: 16, Height: 16}, e, zeros(4096))},
			Attack{Name: "far-outside-" + name, About: "has a rectangle whose end overflows 16 bits", bytes: update(rfb.Rect{X: 65535, Y: 65535, Width: 65535, Height: 65535}, e, zeros(4096))},
			Attack{Name: "huge-" + name, About: "has a rectangle of 65,535 by 65,535", bytes: update(rfb.Rect{Width: 65535, Height: 65535}, e, zeros(4096))},
			Attack{Name: "cut-" + name, About: "ends behind a header", bytes: update(box, e)},
			Attack{Name: "empty-" + name, About: "has a rectangle without a pixel, and what its encoding still has then; a client may go on", Harmless: true, bytes: update(rfb.Rect{X: 3, Y: 3}, e, emptyContent(e))},
		)
	}
	return attacks
}

// emptyContent is what an encoding writes for no pixel.
func emptyContent(e rfb.Encoding) []byte {
	switch e {
	case rfb.EncodingCopyRect:
		return zeros(4)
	case rfb.EncodingRRE, rfb.EncodingCoRRE:
		return zeros(8)
	case rfb.EncodingZlib, rfb.EncodingZRLE:
		return counted(deflated())
	case rfb.EncodingTight, rfb.EncodingTightPNG:
		return []byte{0x80, 0, 0, 0}
	}
	return nil
}

// pseudoAttacks are about pseudo-rectangles.
func pseudoAttacks() []Attack {
	huge := rfb.Rect{Width: 65535, Height: 65535}
	screens := append([]byte{255, 0, 0, 0}, zeros(16)...)
	return []Attack{
		{Name: "cursor-65535", About: "has a cursor of 65,535 by 65,535", bytes: update(huge, rfb.EncodingCursor, zeros(4096))},
		{Name: "xcursor-65535", About: "has a cursor of 65,535 by 65,535", bytes: update(huge, rfb.EncodingXCursor, zeros(4096))},
		{Name: "alpha-cursor-65535", About: "has a cursor of 65,535 by 65,535", bytes: update(huge, rfb.EncodingCursorWithAlpha, zeros(4096))},
		{Name: "alpha-cursor-encoding", About: "has a cursor in an encoding that nobody has listed", bytes: update(rfb.Rect{Width: 4, Height: 4}, rfb.EncodingCursorWithAlpha, u32(77777), zeros(64))},
		{Name: "size-65535", About: "changes the size to 65,535 by 65,535", bytes: update(huge, rfb.EncodingDesktopSize)},
		{Name: "extended-size-65535", About: "changes the size to 65,535 by 65,535", bytes: update(huge, rfb.EncodingExtendedDesktopSize, rfb.AppendScreens(nil, []rfb.Screen{{Rect: huge}}))},
		{Name: "screens-cut", About: "has 255 screens and sends one", bytes: update(rfb.Rect{Width: 64, Height: 48}, rfb.EncodingExtendedDesktopSize, screens)},
		{Name: "rename-4gib", About: "changes the name to one of 4 GiB", bytes: update(rfb.Rect{}, rfb.EncodingDesktopName, u32(0xffffffff), zeros(64))},
		{Name: "resizes", About: "changes the size for ever", Harmless: true,
			repeat: joined(update(rfb.Rect{Width: 2000, Height: 2000}, rfb.EncodingDesktopSize), update(rfb.Rect{Width: 1, Height: 1}, rfb.EncodingDesktopSize))},
		{Name: "size-zero", About: "changes the size to nothing", Harmless: true, bytes: update(rfb.Rect{}, rfb.EncodingDesktopSize), linger: true},
	}
}

// bomb returns a zlib stream of 256 MiB of zeros. It is one block again and
// again, and has no end.
var bomb = sync.OnceValue(func() []byte {
	const block = 256 << 10
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write(zeros(block)) // a buffer does not fail
	_ = w.Flush()
	return append(b.Bytes()[:2:2], bytes.Repeat(b.Bytes()[2:], 256<<20/block)...)
})

// bombAttacks are small and become large.
func bombAttacks() []Attack {
	box := rfb.Rect{Width: 16, Height: 16}
	bomb := bomb()
	return []Attack{
		{Name: "zlib-bomb", About: "inflates to 256 MiB for a rectangle of 1 KiB; a client may ignore the rest", Harmless: true, bytes: update(box, rfb.EncodingZlib, counted(bomb))},
		{Name: "zrle-bomb", About: "inflates to 256 MiB for a rectangle of 1 KiB; a client may ignore the rest", Harmless: true, bytes: update(box, rfb.EncodingZRLE, counted(bomb))},
		{Name: "tight-bomb", About: "inflates to 256 MiB for a rectangle of 1 KiB; a client may ignore the rest", Harmless: true, bytes: update(box, rfb.EncodingTight, []byte{0}, compact(bomb))},
		{Name: "jpeg-bomb", About: "has a JPEG of 65,500 by 65,500 for a rectangle of 16 by 16", bytes: update(box, rfb.EncodingTight, []byte{0x90}, compact(resizedJPEG()))},
		{Name: "png-bomb", About: "has a PNG of 65,535 by 65,535 for a rectangle of 16 by 16", bytes: update(box, rfb.EncodingTightPNG, []byte{0xa0}, compact(resizedPNG()))},
	}
}

func zeros(n int) []byte { return make([]byte, n) }

// deflated returns a zlib stream of the parts, with an end.
func deflated(parts ...[]byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	for _, p := range parts {
		_, _ = w.Write(p) // a buffer does not fail
	}
	_ = w.Close()
	return b.Bytes()
}

// counted puts a length of 32 bits before p, compact one of Tight.
func counted(p []byte) []byte { return append(u32(uint32(len(p))), p...) }

func compact(p []byte) []byte {
	n := len(p)
	return append([]byte{byte(n) | 0x80, byte(n>>7) | 0x80, byte(n >> 14)}, p...)
}

// resizedJPEG returns a JPEG whose header says that it is larger than it is.
func resizedJPEG() []byte {
	var b bytes.Buffer
	_ = jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 16, 16)), nil)
	p := b.Bytes()
	at := bytes.Index(p, []byte{0xff, 0xc0}) // the frame: length, precision, height, width
	binary.BigEndian.PutUint16(p[at+5:], 65500)
	binary.BigEndian.PutUint16(p[at+7:], 65500)
	return p
}

// resizedPNG returns a PNG whose header says that it is larger than it is; the
// checksum is right.
func resizedPNG() []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 16, 16)))
	p := b.Bytes()
	binary.BigEndian.PutUint32(p[16:], 65535) // behind the signature, a length and IHDR
	binary.BigEndian.PutUint32(p[20:], 65535)
	binary.BigEndian.PutUint32(p[29:], crc32.ChecksumIEEE(p[12:29]))
	return p
}
