package rfb_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

var screens = []rfb.Screen{
	{ID: 7, Rect: rfb.Rect{X: 0, Y: 0, Width: 1280, Height: 800}, Flags: 1},
	{ID: 9, Rect: rfb.Rect{X: 1280, Y: 20, Width: 640, Height: 480}},
}

var clientMessages = map[string]struct {
	wire []byte
	want rfb.ClientMessage
}{
	"SetPixelFormat": {rfb.AppendSetPixelFormat(nil, rfb.PixelFormat16), rfb.ClientMessage{Type: rfb.SetPixelFormat, PixelFormat: rfb.PixelFormat16}},
	"SetEncodings": {rfb.AppendSetEncodings(nil, rfb.EncodingZRLE, rfb.EncodingCursor),
		rfb.ClientMessage{Type: rfb.SetEncodings, Encodings: []rfb.Encoding{rfb.EncodingZRLE, rfb.EncodingCursor}}},
	"FramebufferUpdateRequest": {rfb.AppendFramebufferUpdateRequest(nil, true, rfb.Rect{X: 1, Y: 2, Width: 65535, Height: 4}),
		rfb.ClientMessage{Type: rfb.FramebufferUpdateRequest, Incremental: true, Rect: rfb.Rect{X: 1, Y: 2, Width: 65535, Height: 4}}},
	"KeyEvent":     {rfb.AppendKeyEvent(nil, true, 0xff0d), rfb.ClientMessage{Type: rfb.KeyEvent, Down: true, Keysym: 0xff0d}},
	"PointerEvent": {rfb.AppendPointerEvent(nil, 300, 4, 5), rfb.ClientMessage{Type: rfb.PointerEvent, X: 300, Y: 4, Buttons: 5}},
	"PointerEvent with nine buttons": {rfb.AppendExtendedPointerEvent(nil, 300, 4, 0x181),
		rfb.ClientMessage{Type: rfb.PointerEvent, X: 300, Y: 4, Buttons: 0x181}},
	"ClientCutText": {rfb.AppendClientCutText(nil, []byte("caf\xe9")), rfb.ClientMessage{Type: rfb.ClientCutText, Text: []byte("caf\xe9")}},
	"extended clipboard": {rfb.AppendClientClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardNotify | rfb.ClipboardText}),
		rfb.ClientMessage{Type: rfb.ClientCutText, Extended: true, Text: []byte{8, 0, 0, 1}}},
	"EnableContinuousUpdates": {rfb.AppendEnableContinuousUpdates(nil, true, rfb.Rect{Width: 8, Height: 9}),
		rfb.ClientMessage{Type: rfb.EnableContinuousUpdates, Enable: true, Rect: rfb.Rect{Width: 8, Height: 9}}},
	"ClientFence": {rfb.AppendClientFence(nil, rfb.FenceRequest|1, []byte("abc")), rfb.ClientMessage{Type: rfb.ClientFence, Flags: rfb.FenceRequest | 1, Payload: []byte("abc")}},
	"SetDesktopSize": {rfb.AppendSetDesktopSize(nil, 1920, 800, screens),
		rfb.ClientMessage{Type: rfb.SetDesktopSize, Rect: rfb.Rect{Width: 1920, Height: 800}, Screens: screens}},
	"QEMU key": {rfb.AppendQEMUKeyEvent(nil, true, 'a', 0x1e), rfb.ClientMessage{Type: rfb.QEMUClientMessage, Down: true, Keysym: 'a', ScanCode: 0x1e}},
}

func TestClientMessages(t *testing.T) {
	for name, tt := range clientMessages {
		t.Run(name, func(t *testing.T) {
			o := rfb.ParseOptions{ExtendedMouseButtons: true}
			for cut := range tt.wire {
				if _, n, err := rfb.ParseClientMessage(tt.wire[:cut], o); n != 0 || err != nil {
					t.Fatalf("cut at %d: %d, %v", cut, n, err)
				}
			}
			got, n, err := rfb.ParseClientMessage(append(tt.wire, 0xee), o)
			if err != nil || n != len(tt.wire) || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v, %d, %v\nwant %+v, %d", got, n, err, tt.want, len(tt.wire))
			}
		})
	}
}

var serverMessages = map[string]struct {
	wire []byte
	want rfb.ServerMessage
}{
	"FramebufferUpdate": {rfb.AppendFramebufferUpdate(nil, 300), rfb.ServerMessage{Type: rfb.FramebufferUpdate, Rects: 300}},
	"SetColorMapEntries": {rfb.AppendSetColorMapEntries(nil, 250, []rfb.Color{{1, 2, 3}, {65535, 0, 9}}),
		rfb.ServerMessage{Type: rfb.SetColorMapEntries, FirstColor: 250, Colors: []rfb.Color{{1, 2, 3}, {65535, 0, 9}}}},
	"Bell":          {rfb.AppendBell(nil), rfb.ServerMessage{Type: rfb.Bell}},
	"ServerCutText": {rfb.AppendServerCutText(nil, []byte("x\xff")), rfb.ServerMessage{Type: rfb.ServerCutText, Text: []byte("x\xff")}},
	"extended clipboard": {rfb.AppendServerClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardPeek}),
		rfb.ServerMessage{Type: rfb.ServerCutText, Extended: true, Text: []byte{4, 0, 0, 0}}},
	"EndOfContinuousUpdates": {rfb.AppendEndOfContinuousUpdates(nil), rfb.ServerMessage{Type: rfb.EndOfContinuousUpdates}},
	"ServerFence":            {rfb.AppendServerFence(nil, 3, []byte("xy")), rfb.ServerMessage{Type: rfb.ServerFence, Flags: 3, Payload: []byte("xy")}},
}

func TestServerMessages(t *testing.T) {
	for name, tt := range serverMessages {
		t.Run(name, func(t *testing.T) {
			for cut := range tt.wire {
				if _, n, err := rfb.ParseServerMessage(tt.wire[:cut], rfb.ParseOptions{}); n != 0 || err != nil {
					t.Fatalf("cut at %d: %d, %v", cut, n, err)
				}
			}
			got, n, err := rfb.ParseServerMessage(append(tt.wire, 0xee), rfb.ParseOptions{})
			if err != nil || n != len(tt.wire) || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v, %d, %v\nwant %+v, %d", got, n, err, tt.want, len(tt.wire))
			}
		})
	}
}

func TestLengthsThatAreTooLarge(t *testing.T) {
	tests := []struct {
		name, hex string
		want      error
	}{
		{"text one byte over the limit", "0300000000100001", rfb.ErrTooLarge},
		{"text of 4 GB in extended form", "0300000080000000", rfb.ErrTooLarge},
		{"text of minus a million and one", "03000000ffefffff", rfb.ErrTooLarge},
		{"fence of 65 bytes", "f80000000000000041", rfb.ErrTooLarge},
		{"colors beyond the end of a map", "0100ffff0002", rfb.ErrMalformed},
		{"unknown message", "07", rfb.ErrMessageType},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wire, err := hex.DecodeString(tt.hex)
			if err != nil {
				t.Fatal(err)
			}
			if _, n, err := rfb.ParseServerMessage(wire, rfb.ParseOptions{}); n != 0 || !errors.Is(err, tt.want) {
				t.Errorf("server's: got %d, %v, want %v", n, err, tt.want)
			}
			if wire[0] != 0xf8 && wire[0] != 7 {
				wire[0] = 6
			}
			if tt.want == rfb.ErrMalformed {
				return
			}
			if _, n, err := rfb.ParseClientMessage(wire, rfb.ParseOptions{}); n != 0 || !errors.Is(err, tt.want) {
				t.Errorf("client's: got %d, %v, want %v", n, err, tt.want)
			}
		})
	}
}

func TestServerInit(t *testing.T) {
	want := rfb.ServerInit{Width: 1280, Height: 800, PixelFormat: rfb.PixelFormat16, Name: "desk"}
	wire := rfb.AppendServerInit(nil, want)
	for cut := range wire {
		if _, n, err := rfb.ParseServerInit(wire[:cut]); n != 0 || err != nil {
			t.Fatalf("cut at %d: %d, %v", cut, n, err)
		}
	}
	if got, n, err := rfb.ParseServerInit(append(wire, 1)); err != nil || n != len(wire) || got != want {
		t.Errorf("got %+v, %d, %v", got, n, err)
	}
	want.Name = strings.Repeat("x", rfb.MaxNameLength+1)
	if _, _, err := rfb.ParseServerInit(rfb.AppendServerInit(nil, want)[:24]); !errors.Is(err, rfb.ErrTooLarge) {
		t.Errorf("long name: %v", err)
	}
}

func TestVersions(t *testing.T) {
	for _, v := range []rfb.Version{rfb.Version33, rfb.Version37, rfb.Version38, rfb.Version3889} {
		if got, err := rfb.ParseVersion(rfb.AppendVersion(nil, v)); err != nil || got != v {
			t.Errorf("%v became %v, %v", v, got, err)
		}
	}
	for _, bad := range []string{"", "RFB 003.008", "RFB 003.008\r", "rfb 003.008\n", "RFB 0a3.008\n", "RFB 003-008\n", "RFB -03.008\n", "HTTP/1.1 400"} {
		if _, err := rfb.ParseVersion([]byte(bad)); !errors.Is(err, rfb.ErrVersion) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestClipboardText(t *testing.T) {
	for _, text := range []string{"", "plain", "two\nlines", "漢字 😀", strings.Repeat("a", 100000)} {
		m, err := rfb.ParseClipboard(mustCut(t, rfb.AppendServerClipboard(nil, rfb.ClipboardProvideText(text))))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := m.Text(1 << 20); err != nil || got != text {
			t.Errorf("%.20q became %.20q, %v", text, got, err)
		}
	}
	if _, err := rfb.ClipboardProvideText(strings.Repeat("a", 1000)).Text(1000); !errors.Is(err, rfb.ErrTooLarge) {
		t.Errorf("a text over the limit: %v", err)
	}
	short := rfb.ClipboardProvideText(strings.Repeat("a", 1000))
	short.Data = short.Data[:len(short.Data)/2]
	if _, err := short.Text(2000); !errors.Is(err, rfb.ErrMalformed) {
		t.Errorf("half a stream: %v", err)
	}
}

func TestClipboardCaps(t *testing.T) {
	want := rfb.ClipboardMessage{Flags: rfb.ClipboardCaps | rfb.ClipboardText | rfb.ClipboardHTML | rfb.ClipboardNotify}
	want.Sizes[0], want.Sizes[2] = 1<<20, 7
	wire := mustCut(t, rfb.AppendServerClipboard(nil, want))
	if got, err := rfb.ParseClipboard(wire); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	for cut := range wire {
		if _, err := rfb.ParseClipboard(wire[:cut]); !errors.Is(err, rfb.ErrMalformed) {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
}

func mustCut(t *testing.T, wire []byte) []byte {
	t.Helper()
	m, n, err := rfb.ParseServerMessage(wire, rfb.ParseOptions{})
	if err != nil || n != len(wire) || !m.Extended {
		t.Fatalf("%+v, %d, %v", m, n, err)
	}
	return m.Text
}

func TestLatin1(t *testing.T) {
	if got := rfb.AppendLatin1(nil, "é€x"); !bytes.Equal(got, []byte("\xe9?x")) {
		t.Errorf("%q", got)
	}
	if got := rfb.Latin1([]byte("\xe9x")); got != "éx" {
		t.Errorf("%q", got)
	}
}
