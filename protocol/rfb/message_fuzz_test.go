package rfb_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

// fuzzText is the limit for texts in these targets.
const fuzzText = 1 << 10

// whole fails if a message does not begin p whatever follows it, or a part of
// it is taken for one.
func whole[M any](t *testing.T, p []byte, n int, m M, parse func([]byte) (M, int, error)) {
	t.Helper()
	if n < 0 || n > len(p) {
		t.Fatalf("%x: %d bytes of %d", p, n, len(p))
	}
	again, size, err := parse(bytes.Clone(p[:n]))
	if err != nil || size != n || !reflect.DeepEqual(again, m) {
		t.Fatalf("%x: %+v, and alone %+v, %d, %v", p, m, again, size, err)
	}
	for _, cut := range []int{0, n / 2, n - 1} {
		if _, size, err := parse(bytes.Clone(p[:cut])); size != 0 || err != nil {
			t.Fatalf("%x: of %d bytes, %d are a message of %d, %v", p, n, cut, size, err)
		}
	}
}

// reappend writes a message of a client again.
func reappend(m rfb.ClientMessage, more bool) []byte {
	switch m.Type {
	case rfb.SetPixelFormat:
		return rfb.AppendSetPixelFormat(nil, m.PixelFormat)
	case rfb.SetEncodings:
		return rfb.AppendSetEncodings(nil, m.Encodings...)
	case rfb.FramebufferUpdateRequest:
		return rfb.AppendFramebufferUpdateRequest(nil, m.Incremental, m.Rect)
	case rfb.KeyEvent:
		return rfb.AppendKeyEvent(nil, m.Down, m.Keysym)
	case rfb.PointerEvent:
		if more && m.Buttons > 0x7f {
			return rfb.AppendExtendedPointerEvent(nil, m.X, m.Y, m.Buttons)
		}
		return rfb.AppendPointerEvent(nil, m.X, m.Y, m.Buttons)
	case rfb.ClientCutText:
		p := rfb.AppendClientCutText(nil, m.Text)
		if size := -len(m.Text); m.Extended {
			p[4], p[5], p[6], p[7] = byte(size>>24), byte(size>>16), byte(size>>8), byte(size)
		}
		return p
	case rfb.EnableContinuousUpdates:
		return rfb.AppendEnableContinuousUpdates(nil, m.Enable, m.Rect)
	case rfb.ClientFence:
		return rfb.AppendClientFence(nil, m.Flags, m.Payload)
	case rfb.SetDesktopSize:
		return rfb.AppendSetDesktopSize(nil, m.Rect.Width, m.Rect.Height, m.Screens)
	case rfb.QEMUClientMessage:
		return rfb.AppendQEMUKeyEvent(nil, m.Down, m.Keysym, m.ScanCode)
	}
	return nil
}

// FuzzParseClientMessage: what is understood is what would be written for it.
func FuzzParseClientMessage(f *testing.F) {
	f.Add(rfb.AppendExtendedPointerEvent(nil, 1, 2, 1<<8|1), true)
	for _, m := range clientMessages {
		f.Add(m.wire, true)
		f.Add(append(bytes.Clone(m.wire), 1, 2, 3), false)
	}
	f.Fuzz(func(t *testing.T, p []byte, more bool) {
		parse := func(p []byte) (rfb.ClientMessage, int, error) {
			return rfb.ParseClientMessage(p, rfb.ParseOptions{MaxText: fuzzText, ExtendedMouseButtons: more})
		}
		m, n, err := parse(bytes.Clone(p))
		if err != nil || n == 0 {
			return
		}
		whole(t, p, n, m, parse)
		if len(m.Text) > fuzzText || len(m.Payload) > rfb.MaxFencePayload {
			t.Fatalf("%x: too large", p)
		}
		if m.Type == rfb.PointerEvent && n == 7 && m.Buttons != uint16(p[1]&0x7f)|uint16(p[6])<<7 {
			t.Fatalf("%x: buttons %b", p, m.Buttons)
		}
		if m.Buttons >= 1<<9 || !more && m.Buttons > 0x7f {
			return // buttons that nobody has
		}
		if got, size, err := parse(reappend(m, more)); err != nil || size == 0 || !reflect.DeepEqual(got, m) {
			t.Errorf("%x: %+v is written as %x: %+v, %v", p, m, reappend(m, more), got, err)
		}
	})
}

// FuzzParseServerMessage is the same for messages of a server.
func FuzzParseServerMessage(f *testing.F) {
	for _, m := range serverMessages {
		f.Add(m.wire)
		f.Add(append(bytes.Clone(m.wire), 1, 2, 3))
	}
	parse := func(p []byte) (rfb.ServerMessage, int, error) {
		return rfb.ParseServerMessage(p, rfb.ParseOptions{MaxText: fuzzText})
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		m, n, err := parse(bytes.Clone(p))
		if err != nil || n == 0 {
			return
		}
		whole(t, p, n, m, parse)
		if len(m.Text) > fuzzText || len(m.Payload) > rfb.MaxFencePayload || m.FirstColor+len(m.Colors) > rfb.MaxColorMap {
			t.Fatalf("%x: too large", p)
		}
		var again []byte
		switch m.Type {
		case rfb.FramebufferUpdate:
			again = rfb.AppendFramebufferUpdate(nil, m.Rects)
		case rfb.SetColorMapEntries:
			again = rfb.AppendSetColorMapEntries(nil, m.FirstColor, m.Colors)
		case rfb.ServerFence:
			again = rfb.AppendServerFence(nil, m.Flags, m.Payload)
		case rfb.Bell:
			again = rfb.AppendBell(nil)
		case rfb.EndOfContinuousUpdates:
			again = rfb.AppendEndOfContinuousUpdates(nil)
		default:
			if again = rfb.AppendServerCutText(nil, m.Text); m.Extended {
				return // FuzzParseClipboard
			}
		}
		if got, size, err := parse(again); err != nil || size == 0 || !reflect.DeepEqual(got, m) {
			t.Errorf("%x: %+v is written as %x: %+v, %v", p, m, again, got, err)
		}
	})
}

// FuzzParseClipboard: messages come back, and texts are bounded, in UTF-8, and
// without what Windows has in them.
func FuzzParseClipboard(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1}, "text")
	f.Add([]byte{1, 0, 0, 3, 0, 0, 0, 9, 0, 1, 0, 0}, "two\nlines\n")
	f.Add([]byte{1, 0, 0, 3, 0, 0, 0, 9, 0}, "cut")
	f.Add([]byte{0x10, 0, 0, 1, 0x78, 0x9c, 3, 0}, "\r\n\x00")
	provided := rfb.AppendClientClipboard(nil, rfb.ClipboardProvideText("text"))
	f.Add(provided[8:], strings.Repeat("x", fuzzText+fuzzText/2))
	f.Fuzz(func(t *testing.T, p []byte, text string) {
		if m, err := rfb.ParseClipboard(bytes.Clone(p)); err == nil {
			if got, err := m.Text(fuzzText); len(got) > 3*fuzzText || err != nil && got != "" {
				t.Errorf("%x: a text of %d bytes, %v", p, len(got), err)
			}
			again, err := rfb.ParseClipboard(rfb.AppendClientClipboard(nil, m)[8:])
			if err != nil || !reflect.DeepEqual(again, m) {
				t.Errorf("%x: %+v, and again %+v, %v", p, m, again, err)
			}
		}
		text = strings.ToValidUTF8(strings.NewReplacer("\r", "", "\x00", "").Replace(text), "?")
		m, err := rfb.ParseClipboard(rfb.AppendClientClipboard(nil, rfb.ClipboardProvideText(text))[8:])
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.Text(fuzzText)
		fits := len(text)+strings.Count(text, "\n")+1 <= fuzzText // lines end in two bytes there, and a zero is at the end
		if fits != (err == nil) || fits && got != text {
			t.Errorf("%q became %q, %v", text, got, err)
		}
	})
}

// FuzzParseServerInit: a size, a format that can be, and a name that is bounded.
func FuzzParseServerInit(f *testing.F) {
	f.Add(rfb.AppendServerInit(nil, rfb.ServerInit{Width: 3, Height: 2, PixelFormat: rfb.PixelFormat16, Name: "désk"}))
	f.Add(rfb.AppendServerInit(nil, rfb.ServerInit{PixelFormat: rfb.PixelFormat8}))
	f.Add(append(make([]byte, 20), 0xff, 0xff, 0xff, 0xff))
	f.Fuzz(func(t *testing.T, p []byte) {
		init, n, err := rfb.ParseServerInit(bytes.Clone(p))
		if err != nil || n == 0 {
			return
		}
		whole(t, p, n, init, rfb.ParseServerInit)
		if init.Width != int(p[0])<<8|int(p[1]) || init.Height != int(p[2])<<8|int(p[3]) {
			t.Fatalf("%x: %d by %d", p, init.Width, init.Height)
		}
		if len(init.Name) > rfb.MaxNameLength {
			t.Fatalf("a name of %d bytes", len(init.Name))
		}
		if again, _, err := rfb.ParseServerInit(rfb.AppendServerInit(nil, init)); err != nil || !reflect.DeepEqual(again, init) {
			t.Errorf("%+v, and again %+v, %v", init, again, err)
		}
	})
}
