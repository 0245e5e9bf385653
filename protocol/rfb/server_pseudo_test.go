package rfb_test

import (
	"bytes"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

// TestServerPseudoRects compares pseudo-rectangles with bytes that were made
// by hand from the community's specification.
func TestServerPseudoRects(t *testing.T) {
	// Two pixels, an opaque red one and a clear one, twice.
	cursor := &rfb.Cursor{HotX: 1, HotY: 0, Width: 2, Height: 2, Pix: []byte{255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255, 0, 0, 0, 0}}
	setCursor := func(s *rfb.Server) { s.SetCursor(cursor) }
	lamps := func(s *rfb.Server) { s.SetLEDs(rfb.LEDCapsLock | rfb.LEDNumLock) }
	nothing := func(*rfb.Server) {}
	tests := []struct {
		name   string
		listed []rfb.Encoding
		do     func(*rfb.Server)
		want   string
	}{
		{"cursor with alpha", []rfb.Encoding{rfb.EncodingCursor, rfb.EncodingCursorWithAlpha}, setCursor,
			"0001 0000 0002 0002 fffffec6 00000000 ff0000ff 00000000 ff0000ff 00000000"},
		{"cursor", []rfb.Encoding{rfb.EncodingCursor, rfb.EncodingXCursor}, setCursor,
			"0001 0000 0002 0002 ffffff11 0000ff00 00000000 0000ff00 00000000 80 80"},
		{"X cursor", []rfb.Encoding{rfb.EncodingXCursor}, setCursor,
			"0001 0000 0002 0002 ffffff10 000000 ffffff c0 c0 80 80"},
		{"no cursor", []rfb.Encoding{rfb.EncodingXCursor}, func(s *rfb.Server) { s.SetCursor(nil) }, "0000 0000 0000 0000 ffffff10"},
		{"lamps", []rfb.Encoding{rfb.EncodingQEMULEDState}, lamps, "0000 0000 0000 0000 fffffefb 06"},
		{"lamps of VMware", []rfb.Encoding{rfb.EncodingVMwareLEDState}, lamps, "0000 0000 0000 0000 574d5668 00000006"},
		{"name", []rfb.Encoding{rfb.EncodingDesktopName}, func(s *rfb.Server) { s.SetName("new") }, "0000 0000 0000 0000 fffffecd 00000003 6e6577"},
		{"keys", []rfb.Encoding{rfb.EncodingQEMUExtendedKey}, nothing, "0000 0000 0000 0000 fffffefe"},
		{"buttons", []rfb.Encoding{rfb.EncodingExtendedMouseButtons}, nothing, "0000 0000 0000 0000 fffffec4"},
		{"size", []rfb.Encoding{rfb.EncodingDesktopSize}, func(s *rfb.Server) { s.Resize(7, 9, nil, 0) }, "0000 0000 0007 0009 ffffff21"},
		{"size and screens", []rfb.Encoding{rfb.EncodingDesktopSize, rfb.EncodingExtendedDesktopSize},
			func(s *rfb.Server) { s.Resize(7, 9, nil, rfb.ResizedByOther) },
			"0002 0000 0007 0009 fffffecc 01 000000 00000000 0000 0000 0007 0009 00000000"},
		{"a wish refused", []rfb.Encoding{rfb.EncodingExtendedDesktopSize}, func(s *rfb.Server) { s.AnswerResize(rfb.ResizeProhibited) },
			"0001 0001 0004 0004 fffffecc 01 000000 00000000 0000 0000 0004 0004 00000000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, _ := rfb.NewFramebuffer(4, 4)
			p := start(t, rfb.ServerConfig{}, 4, 4, tt.listed...)
			tt.do(p.Server)
			p.request(true, f.Bounds())
			got := p.update(f)
			if want := unhex(t, "00000001"+tt.want); !bytes.Equal(got, want) {
				t.Errorf("got  %x\nwant %x", got, want)
			}
		})
	}
}

// TestServerSizeAlone sends no pixels with a new size, and all of them after it.
func TestServerSizeAlone(t *testing.T) {
	f, _ := rfb.NewFramebuffer(3, 3)
	p := start(t, rfb.ServerConfig{}, 4, 4, rfb.EncodingExtendedDesktopSize)
	p.request(false, rfb.Rect{Width: 4, Height: 4})
	p.update(f) // the first size and the screens
	p.request(false, rfb.Rect{Width: 4, Height: 4})
	p.Resize(3, 3, nil, rfb.ResizedByServer)
	if got := p.update(f); len(got) != 4+12+4+16 {
		t.Errorf("got %x", got)
	}
	p.request(true, rfb.Rect{Width: 3, Height: 3})
	if got := p.update(f); len(got) != 4+12+4*9 {
		t.Errorf("got %x", got)
	}
}

// TestServerSizeKeepsRequests gives pixels to a client that never asks for
// changes alone, although each of its requests is answered with the size first.
func TestServerSizeKeepsRequests(t *testing.T) {
	f, _ := rfb.NewFramebuffer(4, 4)
	p := start(t, rfb.ServerConfig{}, 4, 4, rfb.EncodingExtendedDesktopSize)
	for range 3 {
		p.request(false, f.Bounds())
		if got := p.update(f); len(got) != 4+12+4+16 {
			t.Errorf("the size: %x", got)
		}
		if got := p.update(f); len(got) != 4+12+4*16 {
			t.Errorf("the pixels: %x", got)
		}
		if p.WantsUpdate() {
			t.Error("more than was asked for")
		}
	}
}

// TestServerRequestOutside has nothing to send to who asks for what is not
// there, and keeps what has changed.
func TestServerRequestOutside(t *testing.T) {
	f, _ := rfb.NewFramebuffer(4, 4)
	p := start(t, rfb.ServerConfig{}, 4, 4, rfb.EncodingCopyRect)
	p.request(false, f.Bounds())
	p.update(f)
	for _, r := range []rfb.Rect{{X: 4, Width: 9, Height: 9}, {X: 65535, Y: 65535, Width: 65535, Height: 65535}, {}} {
		p.Copy(rfb.Rect{X: 0, Y: 1, Width: 4, Height: 3}, 0, 0)
		p.request(true, r)
		if got := p.update(f); got != nil {
			t.Errorf("%v: %x", r, got)
		}
	}
	p.request(true, rfb.Rect{Width: 65535, Height: 65535})
	if got := p.update(f); len(got) < 4+12+4 {
		t.Errorf("got %x", got)
	}
}

// TestServerDropsLongTexts goes on behind texts that are too long.
func TestServerDropsLongTexts(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 100_000)
	for name, wire := range map[string][]byte{
		"cut text":           rfb.AppendClientCutText(nil, long),
		"extended clipboard": rfb.AppendClientClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardProvide | rfb.ClipboardText, Data: long}),
		"a text that is long when it is inflated": rfb.AppendClientClipboard(nil, rfb.ClipboardProvideText(string(long))),
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, rfb.ServerConfig{MaxText: 5000}, 4, 4, rfb.EncodingExtendedClipboard)
			wire = rfb.AppendKeyEvent(wire, true, 'k')
			for have := 0; len(wire) > 0; {
				have = min(have+1000, len(wire))
				n, ev, err := p.Receive(wire[:have])
				if err != nil {
					t.Fatal(err)
				}
				wire, have = wire[n:], have-n
				switch {
				case len(wire) > 0 && ev.Kind != rfb.ServerEventNone:
					t.Fatalf("event %+v", ev)
				case len(wire) == 0 && ev.Message.Keysym != 'k':
					t.Fatalf("the key is %+v", ev)
				case have > 6000:
					t.Fatalf("%d bytes are waited for", have)
				}
			}
		})
	}
}

// TestServerLastRect ends an update whose number of rectangles is not told.
func TestServerLastRect(t *testing.T) {
	f, _ := rfb.NewFramebuffer(1, 1)
	p := start(t, rfb.ServerConfig{LastRect: true}, 1, 1, rfb.EncodingLastRect)
	p.request(false, f.Bounds())
	want := unhex(t, "0000ffff 0000000000010001 00000000 00000000 0000000000000000 ffffff20")
	if got := p.update(f); !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

// TestServerCopyRect sends a copy if the client has what is copied.
func TestServerCopyRect(t *testing.T) {
	f, _ := rfb.NewFramebuffer(4, 4)
	p := start(t, rfb.ServerConfig{}, 4, 4, rfb.EncodingCopyRect)
	p.request(false, f.Bounds())
	p.update(f)
	p.Copy(rfb.Rect{X: 0, Y: 1, Width: 4, Height: 3}, 0, 0)
	p.request(true, f.Bounds())
	if got, want := p.update(f), unhex(t, "00000001 0000000100040003 00000001 00000000"); !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
	// A part of the source is not what the client has.
	p.Damage(rfb.Rect{X: 3, Y: 3, Width: 1, Height: 1})
	p.Copy(rfb.Rect{X: 0, Y: 0, Width: 4, Height: 3}, 0, 1)
	p.request(true, f.Bounds())
	if got := p.update(f); bytes.Contains(got[4:], unhex(t, "00000001 0000 0001")) || len(got) < 4+12+4*12 {
		t.Errorf("got %x", got)
	}
}

func TestValidScreens(t *testing.T) {
	box := func(id uint32, x, y, w, h int) rfb.Screen {
		return rfb.Screen{ID: id, Rect: rfb.Rect{X: x, Y: y, Width: w, Height: h}}
	}
	tests := []struct {
		name          string
		width, height int
		screens       []rfb.Screen
		want          bool
	}{
		{"one, implied", 1, 1, nil, true},
		{"the largest", rfb.MaxSide, rfb.MaxSide, nil, true},
		{"nothing", 0, 10, nil, false},
		{"too large", rfb.MaxSide + 1, 10, nil, false},
		{"two side by side", 20, 10, []rfb.Screen{box(1, 0, 0, 10, 10), box(2, 10, 0, 10, 10)}, true},
		{"one number twice", 20, 10, []rfb.Screen{box(1, 0, 0, 10, 10), box(1, 10, 0, 10, 10)}, false},
		{"outside", 20, 10, []rfb.Screen{box(1, 15, 0, 10, 10)}, false},
		{"without a pixel", 20, 10, []rfb.Screen{box(1, 0, 0, 0, 10)}, false},
	}
	for _, tt := range tests {
		if got := rfb.ValidScreens(tt.width, tt.height, tt.screens); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// FuzzServer gives a server whatever a client may send, in pieces. It must not
// panic, and not read what it has already taken.
func FuzzServer(f *testing.F) {
	hello := "RFB 003.008\n\x01\x01"
	f.Add([]byte(hello), uint8(1))
	f.Add([]byte("RFB 003.003\n\x01"), uint8(9))
	f.Add([]byte("RFB 003.008\n\x13\x00\x02\x00\x00\x01\x00\x00\x00\x00\x01\x00\x00\x00\x01ab\x01"), uint8(3))
	all := rfb.AppendSetEncodings([]byte(hello), rfb.EncodingZRLE, rfb.EncodingCopyRect, rfb.EncodingCursor, rfb.EncodingFence,
		rfb.EncodingContinuousUpdates, rfb.EncodingExtendedClipboard, rfb.EncodingExtendedDesktopSize, rfb.EncodingQualityLevel9)
	all = rfb.AppendSetPixelFormat(all, rfb.PixelFormat16)
	all = rfb.AppendFramebufferUpdateRequest(all, false, rfb.Rect{Width: 70, Height: 70})
	all = rfb.AppendClientFence(all, rfb.FenceRequest|rfb.FenceSyncNext, []byte("f"))
	all = rfb.AppendClientClipboard(all, rfb.ClipboardProvideText("text"))
	f.Add(all, uint8(255))
	f.Add(rfb.AppendSetDesktopSize(rfb.AppendSetEncodings([]byte(hello), rfb.EncodingTight), 5, 5, nil), uint8(4))
	picture, _ := rfb.NewFramebuffer(70, 70)
	f.Fuzz(func(t *testing.T, p []byte, step uint8) {
		s := rfb.NewServer(rfb.ServerConfig{Security: []rfb.SecurityType{rfb.SecurityNone, rfb.SecurityVNC, rfb.VeNCryptPlain, rfb.VeNCryptX509None}})
		for end := 0; end < len(p); {
			end = min(len(p), end+int(step)+1)
			n, ev, err := s.Receive(p[:end:end])
			if err != nil {
				return
			}
			if n < 0 || n > end {
				t.Fatalf("%d of %d bytes", n, end)
			}
			if n == 0 {
				continue
			}
			p, end = p[n:], 0
			switch ev.Kind {
			case rfb.ServerEventAuthenticate:
				_ = s.Authenticated(ev.CheckPassword("b"), "no")
			case rfb.ServerEventStartTLS:
				_ = s.SecuredByTLS()
			case rfb.ServerEventInit:
				_ = s.Start(rfb.ServerInit{Width: 70, Height: 70, PixelFormat: rfb.PixelFormat32})
				s.SetCursor(&rfb.Cursor{Width: 1, Height: 1, Pix: []byte{1, 2, 3, 4}})
				s.Damage(picture.Bounds())
			case rfb.ServerEventResize:
				s.AnswerResize(rfb.ResizeProhibited)
			}
			if u, ok := s.BeginUpdate(); ok {
				for more := true; more; {
					_, more = u.Append(nil, picture)
				}
				s.EndUpdate()
			}
			s.AppendOutput(nil)
		}
	})
}
