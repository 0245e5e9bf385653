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

var (
	none    = []rfb.SecurityType{rfb.SecurityNone}
	vnc     = []rfb.SecurityType{rfb.SecurityVNC}
	initMsg = rfb.AppendServerInit(nil, rfb.ServerInit{Width: 8, Height: 6, PixelFormat: rfb.PixelFormat32, Name: "desk"})
	ok      = []byte{0, 0, 0, 0}
	ready   = []rfb.EventKind{rfb.EventReady}
	nothing = []rfb.EventKind{}
)

// setup is what a client sends behind ServerInit.
func setup() []byte {
	return rfb.AppendSetEncodings(rfb.AppendSetPixelFormat(nil, rfb.PixelFormatRGBA), rfb.DefaultEncodings()...)
}

func TestVersionsAreAgreedOn(t *testing.T) {
	tests := []struct {
		server string
		max    rfb.Version
		want   string // "" for none
	}{
		{"RFB 003.003\n", rfb.Version{}, "RFB 003.003\n"},
		{"RFB 003.005\n", rfb.Version{}, "RFB 003.003\n"},
		{"RFB 003.006\n", rfb.Version{}, "RFB 003.003\n"},
		{"RFB 003.007\n", rfb.Version{}, "RFB 003.007\n"},
		{"RFB 003.008\n", rfb.Version{}, "RFB 003.008\n"},
		{"RFB 003.130\n", rfb.Version{}, "RFB 003.008\n"},
		{"RFB 003.889\n", rfb.Version{}, "RFB 003.889\n"},
		{"RFB 004.000\n", rfb.Version{}, "RFB 003.008\n"},
		{"RFB 004.001\n", rfb.Version{}, "RFB 003.008\n"},
		{"RFB 005.000\n", rfb.Version{}, "RFB 003.008\n"},
		{"RFB 003.008\n", rfb.Version33, "RFB 003.003\n"},
		{"RFB 003.889\n", rfb.Version38, "RFB 003.008\n"},
		{"RFB 005.000\n", rfb.Version37, "RFB 003.007\n"},
		{"RFB 003.002\n", rfb.Version{}, ""},
		{"RFB 002.009\n", rfb.Version{}, ""},
		{"HTTP/1.1 200", rfb.Version{}, ""},
		{"SSH", rfb.Version{}, ""},
		{"RFB 003.008\r", rfb.Version{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.server+tt.max.String(), func(t *testing.T) {
			p := newPeer(t, rfb.ClientConfig{MaxVersion: tt.max})
			p.feed([]byte(tt.server))
			if tt.want == "" {
				if !errors.Is(p.err, rfb.ErrVersion) || len(p.output()) > 0 {
					t.Errorf("got %v", p.err)
				}
				return
			}
			p.sent([]byte(tt.want))
		})
	}
}

// handshakes are whole handshakes of the simple security types in each
// version (RFC 6143 section 7.1 and 7.2.1): what the server sends, and what the
// client answers, in turns.
func TestHandshakesOfEachVersion(t *testing.T) {
	challenge, _ := hex.DecodeString("000102030405060708090a0b0c0d0e0f")
	response := rfb.AppendVNCResponse(nil, [16]byte(challenge), "secret12")
	type turn struct {
		server []byte
		events []rfb.EventKind
		client []byte
	}
	login := []rfb.EventKind{rfb.EventCredentials}
	tests := map[string][]turn{
		"3.3 None": {
			{[]byte("RFB 003.003\n"), nothing, []byte("RFB 003.003\n")},
			{[]byte{0, 0, 0, 1}, nothing, []byte{1}},
			{initMsg, ready, setup()},
		},
		"3.3 VNC": {
			{[]byte("RFB 003.003\n"), nothing, []byte("RFB 003.003\n")},
			{append([]byte{0, 0, 0, 2}, challenge...), login, response},
			{ok, nothing, []byte{1}},
			{initMsg, ready, setup()},
		},
		"3.7 None has no result": {
			{[]byte("RFB 003.007\n"), nothing, []byte("RFB 003.007\n")},
			{[]byte{2, 2, 1}, nothing, []byte{1, 1}},
			{initMsg, ready, setup()},
		},
		"3.7 VNC": {
			{[]byte("RFB 003.007\n"), nothing, []byte("RFB 003.007\n")},
			{[]byte{1, 2}, nothing, []byte{2}},
			{challenge, login, response},
			{ok, nothing, []byte{1}},
			{initMsg, ready, setup()},
		},
		"3.8 None has a result": {
			{[]byte("RFB 003.008\n"), nothing, []byte("RFB 003.008\n")},
			{[]byte{1, 1}, nothing, []byte{1}},
			{ok, nothing, []byte{1}},
			{initMsg, ready, setup()},
		},
		"3.889 VNC": {
			{[]byte("RFB 003.889\n"), nothing, []byte("RFB 003.889\n")},
			{[]byte{3, 30, 2, 35}, nothing, []byte{2}},
			{challenge, login, response},
			{ok, nothing, []byte{1}},
			{initMsg, ready, setup()},
		},
	}
	for name, turns := range tests {
		for _, step := range []int{0, 1} {
			t.Run(name, func(t *testing.T) {
				allowed := none
				if strings.Contains(name, "VNC") {
					allowed = vnc
				}
				p := newPeer(t, rfb.ClientConfig{Security: allowed})
				p.step = step
				for _, turn := range turns {
					events := p.want(turn.events, turn.server)
					if len(events) > 0 && events[0].Kind == rfb.EventCredentials {
						if events[0].Security != rfb.SecurityVNC || events[0].NeedUsername {
							t.Errorf("asked %+v", events[0])
						}
						if err := p.client.Login(rfb.Credentials{Password: "secret12"}); err != nil {
							t.Fatal(err)
						}
					}
					p.sent(turn.client)
				}
				if fb := p.client.Framebuffer(); fb.Width != 8 || fb.Height != 6 || p.client.Name() != "desk" {
					t.Errorf("%d × %d %q", fb.Width, fb.Height, p.client.Name())
				}
			})
		}
	}
}

func TestRefusals(t *testing.T) {
	reason := rfb.AppendReason(nil, "no \x1b[31mway")
	failed := append([]byte{0, 0, 0, 1}, reason...)
	login := func(p *peer) {
		p.output()
		if err := p.client.Login(rfb.Credentials{}); err != nil {
			p.t.Fatal(err)
		}
	}
	tests := []struct {
		name   string
		before [][]byte
		last   []byte
		want   string
	}{
		{"3.3", [][]byte{[]byte("RFB 003.003\n")}, append([]byte{0, 0, 0, 0}, reason...), `"no \x1b[31mway"`},
		{"3.8", [][]byte{[]byte("RFB 003.008\n")}, append([]byte{0}, reason...), `"no \x1b[31mway"`},
		{"3.8 after None", [][]byte{[]byte("RFB 003.008\n"), {1, 1}}, failed, `"no \x1b[31mway"`},
		{"3.8 after VNC", [][]byte{[]byte("RFB 003.008\n"), {1, 2}, make([]byte, 16)}, failed, `"no \x1b[31mway"`},
		{"3.7 has no reason", [][]byte{[]byte("RFB 003.007\n"), {1, 2}, make([]byte, 16)}, []byte{0, 0, 0, 1}, "refused"},
		{"3.3 too many", [][]byte{[]byte("RFB 003.003\n"), append([]byte{0, 0, 0, 2}, make([]byte, 16)...)}, []byte{0, 0, 0, 2}, "too many"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPeer(t, rfb.ClientConfig{Security: []rfb.SecurityType{rfb.SecurityVNC, rfb.SecurityNone}})
			for _, wire := range tt.before {
				for _, ev := range p.feed(wire) {
					if ev.Kind == rfb.EventCredentials {
						login(p)
					}
				}
			}
			for cut := range tt.last { // no verdict before the last byte
				if p.feed(tt.last[cut : cut+1]); cut < len(tt.last)-1 && p.err != nil {
					t.Fatalf("after %d bytes: %v", cut+1, p.err)
				}
			}
			var refused *rfb.RefusedError
			if !errors.As(p.err, &refused) || !strings.Contains(p.err.Error(), tt.want) {
				t.Errorf("got %v", p.err)
			}
		})
	}
}

func TestOnlyAllowedTypesAreChosen(t *testing.T) {
	tests := []struct {
		name    string
		allowed []rfb.SecurityType
		offered []byte
		want    byte // 0 for none
	}{
		{"the first allowed", []rfb.SecurityType{rfb.SecurityAppleDH, rfb.SecurityVNC}, []byte{2, 30}, 30},
		{"not the server's first", []rfb.SecurityType{rfb.SecurityVNC}, []byte{1, 2}, 2},
		{"nothing in common", []rfb.SecurityType{rfb.SecurityVNC}, []byte{1, 5}, 0},
		{"by default nothing that can be listened to", nil, []byte{1, 2, 16, 30, 113}, 0},
		{"by default RA2 with a long key", nil, []byte{2, 5, 129}, 129},
		{"a subtype of VeNCrypt", []rfb.SecurityType{rfb.VeNCryptX509None}, []byte{1, 19}, 19},
		{"VeNCrypt is no type to allow", []rfb.SecurityType{rfb.SecurityVeNCrypt}, []byte{19}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPeer(t, rfb.ClientConfig{Security: tt.allowed})
			p.feed([]byte("RFB 003.008\n"))
			p.output()
			p.feed([]byte{byte(len(tt.offered))}, tt.offered)
			if tt.want != 0 {
				if p.err != nil {
					t.Fatal(p.err)
				}
				p.sent([]byte{tt.want})
				return
			}
			var types *rfb.SecurityTypesError
			if !errors.As(p.err, &types) || len(types.Offered) != len(tt.offered) || len(p.output()) > 0 {
				t.Errorf("got %v", p.err)
			}
		})
	}
}

func TestVersion33CannotForceAType(t *testing.T) {
	for _, word := range []uint32{1, 2, 5, 16, 19, 30, 0x10001} {
		p := newPeer(t, rfb.ClientConfig{Security: []rfb.SecurityType{rfb.VeNCryptPlain}})
		p.feed([]byte("RFB 003.003\n"), []byte{byte(word >> 24), byte(word >> 16), byte(word >> 8), byte(word)})
		var types *rfb.SecurityTypesError
		if !errors.As(p.err, &types) {
			t.Errorf("%d: %v", word, p.err)
		}
	}
}

func TestLoginIsForItsEventOnly(t *testing.T) {
	p := newPeer(t, rfb.ClientConfig{Security: none})
	if err := p.client.Login(rfb.Credentials{}); !errors.Is(err, rfb.ErrState) {
		t.Errorf("Login: %v", err)
	}
	if err := p.client.TLSDone(); !errors.Is(err, rfb.ErrState) {
		t.Errorf("TLSDone: %v", err)
	}
	if err := p.client.AcceptServerKey(); !errors.Is(err, rfb.ErrState) {
		t.Errorf("AcceptServerKey: %v", err)
	}
	if err := p.client.SendKey(true, 'a', 0); !errors.Is(err, rfb.ErrState) {
		t.Errorf("SendKey: %v", err)
	}
}

func TestExclusiveIsAskedFor(t *testing.T) {
	p := newPeer(t, rfb.ClientConfig{Security: none, Exclusive: true})
	p.feed([]byte("RFB 003.008\n"), []byte{1, 1}, ok)
	if got := p.output(); !bytes.HasSuffix(got, []byte{1, 0}) {
		t.Errorf("sent %q", got)
	}
}

func TestMessagesBecomeEvents(t *testing.T) {
	cursorRect := rfb.Rect{X: 1, Y: 0, Width: 2, Height: 1}
	start, done := rfb.EventUpdateStart, rfb.EventUpdate
	tests := []struct {
		name string
		wire []byte
		want []rfb.Event
	}{
		{"bell", rfb.AppendBell(nil), []rfb.Event{{Kind: rfb.EventBell}}},
		{"cut text", rfb.AppendServerCutText(nil, []byte("caf\xe9")), []rfb.Event{{Kind: rfb.EventCutText, Text: "café"}}},
		{"an update without rectangles", rfb.AppendFramebufferUpdate(nil, 0), []rfb.Event{{Kind: start}, {Kind: done}}},
		{"desktop name", update(rfb.Rect{}, rfb.EncodingDesktopName, rfb.AppendReason(nil, "new")),
			[]rfb.Event{{Kind: start}, {Kind: rfb.EventName, Text: "new"}, {Kind: done}}},
		{"desktop size", update(rfb.Rect{Width: 20, Height: 10}, rfb.EncodingDesktopSize, nil),
			[]rfb.Event{{Kind: start}, {Kind: rfb.EventResize, Rect: rfb.Rect{Width: 20, Height: 10}}, {Kind: done}}},
		{"extended desktop size", update(rfb.Rect{Width: 20, Height: 10}, rfb.EncodingExtendedDesktopSize, rfb.AppendScreens(nil, screens)),
			[]rfb.Event{{Kind: start}, {Kind: rfb.EventResize, Rect: rfb.Rect{Width: 20, Height: 10}},
				{Kind: rfb.EventScreens, Rect: rfb.Rect{Width: 20, Height: 10}, Screens: screens}, {Kind: done}}},
		{"a resize that was refused", update(rfb.Rect{X: 1, Y: 3, Width: 20, Height: 10}, rfb.EncodingExtendedDesktopSize, rfb.AppendScreens(nil, nil)),
			[]rfb.Event{{Kind: start}, {Kind: rfb.EventScreens, Reason: 1, Status: 3, Rect: rfb.Rect{Width: 20, Height: 10}, Screens: []rfb.Screen{}}, {Kind: done}}},
		{"pointer", update(rfb.Rect{X: 3, Y: 4}, rfb.EncodingPointerPos, nil),
			[]rfb.Event{{Kind: start}, {Kind: rfb.EventPointer, Rect: rfb.Rect{X: 3, Y: 4}}, {Kind: done}}},
		{"lamps of QEMU", update(rfb.Rect{}, rfb.EncodingQEMULEDState, []byte{5}),
			[]rfb.Event{{Kind: start}, {Kind: rfb.EventLEDs, LEDs: 5}, {Kind: done}}},
		{"lamps of VMware", update(rfb.Rect{}, rfb.EncodingVMwareLEDState, []byte{0, 0, 0, 2}),
			[]rfb.Event{{Kind: start}, {Kind: rfb.EventLEDs, LEDs: 2}, {Kind: done}}},
		{"continuous updates", rfb.AppendEndOfContinuousUpdates(nil), []rfb.Event{{Kind: rfb.EventContinuousUpdates, Enabled: true}}},
		{"cursor (RFC 6143 7.8.1)", update(cursorRect, rfb.EncodingCursor, []byte{1, 2, 3, 0, 9, 9, 9, 0, 0x80}),
			[]rfb.Event{{Kind: start}, {Kind: rfb.EventCursor, Cursor: &rfb.Cursor{Width: 2, Height: 1, HotX: 1, Pix: []byte{1, 2, 3, 255, 0, 0, 0, 0}}}, {Kind: done}}},
		{"X cursor", update(cursorRect, rfb.EncodingXCursor, []byte{10, 20, 30, 40, 50, 60, 0x40, 0xc0}),
			[]rfb.Event{{Kind: start}, {Kind: rfb.EventCursor, Cursor: &rfb.Cursor{Width: 2, Height: 1, HotX: 1, Pix: []byte{40, 50, 60, 255, 10, 20, 30, 255}}}, {Kind: done}}},
		{"no X cursor", update(rfb.Rect{}, rfb.EncodingXCursor, nil),
			[]rfb.Event{{Kind: start}, {Kind: rfb.EventCursor, Cursor: &rfb.Cursor{Pix: []byte{}}}, {Kind: done}}},
		{"cursor with alpha", update(cursorRect, rfb.EncodingCursorWithAlpha, []byte{0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}),
			[]rfb.Event{{Kind: start}, {Kind: rfb.EventCursor, Cursor: &rfb.Cursor{Width: 2, Height: 1, HotX: 1, Pix: []byte{1, 2, 3, 4, 5, 6, 7, 8}}}, {Kind: done}}},
		{"cursor with alpha in RRE", update(cursorRect, rfb.EncodingCursorWithAlpha, []byte{0, 0, 0, 2, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 0, 0, 0, 1, 0, 1}),
			[]rfb.Event{{Kind: start}, {Kind: rfb.EventCursor, Cursor: &rfb.Cursor{Width: 2, Height: 1, HotX: 1, Pix: []byte{1, 2, 3, 4, 5, 6, 7, 8}}}, {Kind: done}}},
	}
	for _, tt := range tests {
		for _, step := range []int{0, 1} {
			t.Run(tt.name, func(t *testing.T) {
				p := readyPeer(t, 8, 6, rfb.ClientConfig{})
				p.step = step
				got := p.feed(tt.wire, rfb.AppendBell(nil))
				want := append(tt.want[:len(tt.want):len(tt.want)], rfb.Event{Kind: rfb.EventBell})
				if p.err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("got %+v, %v\nwant %+v", got, p.err, want)
				}
			})
		}
	}
}

func TestResizeKeepsWhatFits(t *testing.T) {
	fb := scene(20, 16, 2)
	p := readyPeer(t, 20, 16, rfb.ClientConfig{})
	p.want(updated, update(fb.Bounds(), rfb.EncodingRaw, fb.Pix))
	resized := []rfb.EventKind{rfb.EventUpdateStart, rfb.EventResize, rfb.EventUpdate}
	p.want(resized, update(rfb.Rect{Width: 30, Height: 10}, rfb.EncodingDesktopSize, nil))
	want, err := rfb.NewFramebuffer(30, 10)
	if err != nil {
		t.Fatal(err)
	}
	for y := range 10 {
		copy(want.Row(0, y, 20), fb.Row(0, y, 20))
	}
	p.sameAs(want)
	// The new area can be drawn on, the old one cannot.
	p.want(updated, update(rfb.Rect{X: 29, Y: 9, Width: 1, Height: 1}, rfb.EncodingRaw, []byte{1, 2, 3, 0}))
	p.feed(update(rfb.Rect{X: 0, Y: 10, Width: 1, Height: 1}, rfb.EncodingRaw, []byte{1, 2, 3, 0}))
	if !errors.Is(p.err, rfb.ErrMalformed) {
		t.Errorf("outside: %v", p.err)
	}
}

func TestFencesAreAnswered(t *testing.T) {
	p := readyPeer(t, 8, 6, rfb.ClientConfig{})
	if sent, err := p.client.SendFence(nil); sent || err != nil {
		t.Errorf("a fence before the server knows any: %v, %v", sent, err)
	}
	p.want(nothing, rfb.AppendServerFence(nil, rfb.FenceRequest|rfb.FenceBlockAfter|1<<20, []byte("x")))
	p.sent(rfb.AppendClientFence(nil, rfb.FenceBlockAfter, []byte("x")))
	if sent, err := p.client.SendFence([]byte("mine")); !sent || err != nil {
		t.Errorf("%v, %v", sent, err)
	}
	p.sent(rfb.AppendClientFence(nil, rfb.FenceRequest|rfb.FenceBlockBefore, []byte("mine")))
	events := p.want([]rfb.EventKind{rfb.EventFence}, rfb.AppendServerFence(nil, rfb.FenceBlockBefore, []byte("mine")))
	if events[0].Text != "mine" {
		t.Errorf("%+v", events[0])
	}
}

func TestInputIsSentAsTheServerTakesIt(t *testing.T) {
	p := readyPeer(t, 8, 6, rfb.ClientConfig{})
	c := p.client
	send := func() []byte {
		if err := errors.Join(c.SendKey(true, 'a', 0x1e), c.SendKey(false, 'a', 0), c.SendPointer(-5, 70000, 0x101)); err != nil {
			t.Fatal(err)
		}
		return p.output()
	}
	plain := rfb.AppendPointerEvent(rfb.AppendKeyEvent(rfb.AppendKeyEvent(nil, true, 'a'), false, 'a'), 0, 65535, 1)
	if got := send(); !bytes.Equal(got, plain) {
		t.Errorf("sent %x, want %x", got, plain)
	}
	p.feed(update(rfb.Rect{}, rfb.EncodingQEMUExtendedKey, nil), update(rfb.Rect{}, rfb.EncodingExtendedMouseButtons, nil))
	extended := rfb.AppendExtendedPointerEvent(rfb.AppendKeyEvent(rfb.AppendQEMUKeyEvent(nil, true, 'a', 0x1e), false, 'a'), 0, 65535, 0x101)
	if got := send(); !bytes.Equal(got, extended) {
		t.Errorf("sent %x, want %x", got, extended)
	}
	if sent, _ := c.SetDesktopSize(10, 20); sent {
		t.Error("a size was sent to a server that takes none")
	}
	p.feed(update(rfb.Rect{Width: 8, Height: 6}, rfb.EncodingExtendedDesktopSize, rfb.AppendScreens(nil, screens[:1])))
	if sent, _ := c.SetDesktopSize(10, 20); !sent {
		t.Error("no size was sent")
	}
	p.sent(rfb.AppendSetDesktopSize(nil, 10, 20, []rfb.Screen{{ID: 7, Flags: 1, Rect: rfb.Rect{Width: 10, Height: 20}}}))
	if sent, _ := c.EnableContinuousUpdates(true, rfb.Rect{Width: 8, Height: 6}); sent {
		t.Error("continuous updates were asked of a server that has none")
	}
	p.feed(rfb.AppendEndOfContinuousUpdates(nil))
	if sent, _ := c.EnableContinuousUpdates(true, rfb.Rect{Width: 8, Height: 6}); !sent {
		t.Error("continuous updates were not asked for")
	}
	p.sent(rfb.AppendEnableContinuousUpdates(nil, true, rfb.Rect{Width: 8, Height: 6}))
	if err := c.RequestUpdate(true, rfb.Rect{Width: 8, Height: 6}); err != nil {
		t.Fatal(err)
	}
	p.sent(rfb.AppendFramebufferUpdateRequest(nil, true, rfb.Rect{Width: 8, Height: 6}))
}

func TestClipboards(t *testing.T) {
	p := readyPeer(t, 8, 6, rfb.ClientConfig{})
	if err := p.client.SetClipboard("é€"); err != nil {
		t.Fatal(err)
	}
	p.sent(rfb.AppendClientCutText(nil, []byte("\xe9?")))

	caps := rfb.ClipboardMessage{Flags: rfb.ClipboardCaps | rfb.ClipboardText | rfb.ClipboardRequest | rfb.ClipboardNotify | rfb.ClipboardProvide | rfb.ClipboardPeek}
	p.want(nothing, rfb.AppendServerClipboard(nil, caps))
	if m, _, err := rfb.ParseClientMessage(p.output(), rfb.ParseOptions{}); err != nil || !m.Extended {
		t.Fatalf("the client answered %+v, %v", m, err)
	}
	if err := p.client.SetClipboard("漢字\n"); err != nil {
		t.Fatal(err)
	}
	p.sent(rfb.AppendClientClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardNotify | rfb.ClipboardText}))
	request := rfb.AppendServerClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardRequest | rfb.ClipboardText})
	// A server that asks a thousand times at once gets one answer.
	p.want(nothing, bytes.Repeat(request, 1000))
	p.sent(rfb.AppendClientClipboard(nil, rfb.ClipboardProvideText("漢字\n")))
	p.want(nothing, request)
	p.sent(rfb.AppendClientClipboard(nil, rfb.ClipboardProvideText("漢字\n")))

	p.want(nothing, rfb.AppendServerClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardNotify | rfb.ClipboardText}))
	p.sent(rfb.AppendClientClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardRequest | rfb.ClipboardText}))
	events := p.want([]rfb.EventKind{rfb.EventCutText}, rfb.AppendServerClipboard(nil, rfb.ClipboardProvideText("😀\nb")))
	if events[0].Text != "😀\nb" {
		t.Errorf("got %q", events[0].Text)
	}
	p.want(nothing, rfb.AppendServerClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardPeek}))
	p.sent(rfb.AppendClientClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardNotify | rfb.ClipboardText}))
	if err := p.client.SetClipboard(strings.Repeat("x", rfb.DefaultMaxText+1)); !errors.Is(err, rfb.ErrTooLarge) {
		t.Errorf("a long text: %v", err)
	}
}
