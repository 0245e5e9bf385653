package rfb_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

// A serverPeer is a server with a client made by hand at the other end.
type serverPeer struct {
	*rfb.Server
	t  *testing.T
	in []byte // from the server, not looked at yet
}

func newServerPeer(t *testing.T, c rfb.ServerConfig) *serverPeer {
	return &serverPeer{Server: rfb.NewServer(c), t: t}
}

// send gives the server bytes, as many as it takes one after the other, and
// returns the last event.
func (p *serverPeer) send(b []byte) (ev rfb.ServerEvent, err error) {
	for len(b) > 0 {
		n, e, err := p.Receive(b)
		if err != nil {
			p.in = p.AppendOutput(p.in)
			return e, err
		}
		if n == 0 {
			p.t.Fatalf("the server waits for more than %x", b)
		}
		if e.Kind != rfb.ServerEventNone {
			ev = e
		}
		b = b[n:]
	}
	p.in = p.AppendOutput(p.in)
	return ev, nil
}

// must is send without errors.
func (p *serverPeer) must(b []byte) rfb.ServerEvent {
	p.t.Helper()
	ev, err := p.send(b)
	if err != nil {
		p.t.Fatal(err)
	}
	return ev
}

// expect takes bytes that the server must have sent.
func (p *serverPeer) expect(want []byte) {
	p.t.Helper()
	if !bytes.HasPrefix(p.in, want) {
		p.t.Fatalf("the server sends %x, want %x", p.in, want)
	}
	p.in = p.in[len(want):]
}

// start brings a server to the end of its handshake.
func start(t *testing.T, c rfb.ServerConfig, width, height int, encodings ...rfb.Encoding) *serverPeer {
	t.Helper()
	c.Security = []rfb.SecurityType{rfb.SecurityNone}
	p := newServerPeer(t, c)
	p.in = p.AppendOutput(nil)
	p.must([]byte("RFB 003.008\n\x01"))
	if ev := p.must([]byte{1}); ev.Kind != rfb.ServerEventInit || !ev.Shared {
		t.Fatalf("event %+v", ev)
	}
	init := rfb.ServerInit{Width: width, Height: height, PixelFormat: rfb.PixelFormat32, Name: "test"}
	if err := p.Start(init); err != nil {
		t.Fatal(err)
	}
	p.in = p.AppendOutput(p.in)
	p.expect([]byte("RFB 003.008\n\x01\x01\x00\x00\x00\x00"))
	p.expect(rfb.AppendServerInit(nil, init))
	p.must(rfb.AppendSetEncodings(nil, encodings...))
	return p
}

// update makes an update and returns its bytes, or nil if there is none.
func (p *serverPeer) update(pic rfb.Picture) (b []byte) {
	p.t.Helper()
	if want := p.WantsUpdate(); !want {
		if _, ok := p.BeginUpdate(); ok {
			p.t.Fatal("an update that was not wanted")
		}
		return nil
	}
	u, ok := p.BeginUpdate()
	if !ok {
		p.t.Fatal("no update, but one was wanted")
	}
	for more := true; more; {
		b, more = u.Append(b, pic)
	}
	p.EndUpdate()
	return b
}

func (p *serverPeer) request(incremental bool, r rfb.Rect) {
	p.t.Helper()
	p.must(rfb.AppendFramebufferUpdateRequest(nil, incremental, r))
}

func TestServerHandshake(t *testing.T) {
	challenge := func() (c [rfb.VNCChallengeLength]byte) { copy(c[:], "sixteen letters!"); return c }
	response := func(password string) []byte { return rfb.AppendVNCResponse(nil, challenge(), password) }
	none, vnc := rfb.SecurityNone, rfb.SecurityVNC
	plain := "\x00\x00\x00\x03\x00\x00\x00\x06annsecret"
	tests := []struct {
		name     string
		version  rfb.Version
		security []rfb.SecurityType
		client   []string // parts; what stands between them is the server's
		server   []string
		err      error
	}{
		{"3.8, none", rfb.Version38, []rfb.SecurityType{none}, []string{"RFB 003.008\n", "\x01"}, []string{"\x01\x01", "\x00\x00\x00\x00"}, nil},
		{"3.7, none: no result", rfb.Version38, []rfb.SecurityType{none}, []string{"RFB 003.007\n", "\x01"}, []string{"\x01\x01", ""}, nil},
		{"3.3, none", rfb.Version38, []rfb.SecurityType{none}, []string{"RFB 003.003\n"}, []string{"\x00\x00\x00\x01"}, nil},
		{"3.5 is 3.3", rfb.Version38, []rfb.SecurityType{none}, []string{"RFB 003.005\n"}, []string{"\x00\x00\x00\x01"}, nil},
		{"3.889 is 3.8", rfb.Version38, []rfb.SecurityType{none}, []string{"RFB 003.889\n", "\x01"}, []string{"\x01\x01", "\x00\x00\x00\x00"}, nil},
		{"3.8 to a server of 3.7", rfb.Version37, []rfb.SecurityType{none}, []string{"RFB 003.008\n", "\x01"}, []string{"\x01\x01", ""}, nil},
		{"3.8, a password", rfb.Version38, []rfb.SecurityType{vnc}, []string{"RFB 003.008\n", "\x02", string(response("secret"))},
			[]string{"\x01\x02", "sixteen letters!", "\x00\x00\x00\x00"}, nil},
		{"3.3, a password", rfb.Version38, []rfb.SecurityType{vnc}, []string{"RFB 003.003\n", string(response("secret"))},
			[]string{"\x00\x00\x00\x02sixteen letters!", "\x00\x00\x00\x00"}, nil},
		{"3.8, the wrong password", rfb.Version38, []rfb.SecurityType{vnc}, []string{"RFB 003.008\n", "\x02", string(response("Secret"))},
			[]string{"\x01\x02", "sixteen letters!", "\x00\x00\x00\x01\x00\x00\x00\x02no"}, rfb.ErrRefused},
		{"3.7, the wrong password", rfb.Version38, []rfb.SecurityType{vnc}, []string{"RFB 003.007\n", "\x02", string(response("Secret"))},
			[]string{"\x01\x02", "sixteen letters!", "\x00\x00\x00\x01"}, rfb.ErrRefused},
		{"a type that was not offered", rfb.Version38, []rfb.SecurityType{vnc}, []string{"RFB 003.008\n", "\x01"},
			[]string{"\x01\x02", "\x00\x00\x00\x01\x00\x00\x00\x14None was not offered"}, rfb.ErrRefused},
		{"no type", rfb.Version38, nil, []string{"RFB 003.008\n"}, []string{"\x00\x00\x00\x00\x1bno security type is offered"}, rfb.ErrRefused},
		{"3.3 has no VeNCrypt", rfb.Version38, []rfb.SecurityType{rfb.VeNCryptX509Vnc}, []string{"RFB 003.003\n"},
			[]string{"\x00\x00\x00\x00\x00\x00\x00\x30version 3.3 has no security type that is offered"}, rfb.ErrRefused},
		{"not RFB", rfb.Version38, []rfb.SecurityType{none}, []string{"GET / HTTP/1"}, []string{""}, rfb.ErrVersion},
		{"another major version", rfb.Version38, []rfb.SecurityType{none}, []string{"RFB 004.001\n"}, []string{""}, rfb.ErrVersion},
		{"Plain", rfb.Version38, []rfb.SecurityType{rfb.VeNCryptPlain, none},
			[]string{"RFB 003.008\n", "\x13", "\x00\x02", "\x00\x00\x01\x00", plain},
			[]string{"\x02\x13\x01", "\x00\x02", "\x00\x01\x00\x00\x01\x00", "", "\x00\x00\x00\x00"}, nil},
		{"X509None", rfb.Version38, []rfb.SecurityType{rfb.VeNCryptX509Plain, rfb.VeNCryptX509None},
			[]string{"RFB 003.008\n", "\x13", "\x00\x02", "\x00\x00\x01\x04"},
			[]string{"\x01\x13", "\x00\x02", "\x00\x02\x00\x00\x01\x06\x00\x00\x01\x04", "\x01\x00\x00\x00\x00"}, nil},
		{"X509Plain", rfb.Version38, []rfb.SecurityType{rfb.VeNCryptX509Plain},
			[]string{"RFB 003.008\n", "\x13", "\x00\x02", "\x00\x00\x01\x06", plain},
			[]string{"\x01\x13", "\x00\x02", "\x00\x01\x00\x00\x01\x06", "\x01", "\x00\x00\x00\x00"}, nil},
		{"another version of VeNCrypt", rfb.Version38, []rfb.SecurityType{rfb.VeNCryptPlain},
			[]string{"RFB 003.008\n", "\x13", "\x00\x01"}, []string{"\x01\x13", "\x00\x02", "\xff"}, rfb.ErrRefused},
		{"a subtype that was not offered", rfb.Version38, []rfb.SecurityType{rfb.VeNCryptX509Vnc},
			[]string{"RFB 003.008\n", "\x13", "\x00\x02", "\x00\x00\x01\x00"},
			[]string{"\x01\x13", "\x00\x02", "\x00\x01\x00\x00\x01\x05", "\x00"}, rfb.ErrRefused},
		{"a name that is too long", rfb.Version38, []rfb.SecurityType{rfb.VeNCryptPlain},
			[]string{"RFB 003.008\n", "\x13", "\x00\x02", "\x00\x00\x01\x00", "\xff\xff\xff\xff\x00\x00\x00\x00"},
			[]string{"\x01\x13", "\x00\x02", "\x00\x01\x00\x00\x01\x00", "", ""}, rfb.ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newServerPeer(t, rfb.ServerConfig{Version: tt.version, Security: tt.security, Challenge: challenge})
			p.in = p.AppendOutput(nil)
			p.expect(rfb.AppendVersion(nil, tt.version))
			var err error
			for i, part := range tt.client {
				var ev rfb.ServerEvent
				ev, err = p.send([]byte(part))
				switch ev.Kind {
				case rfb.ServerEventAuthenticate:
					ok := ev.CheckPassword("secret") && !ev.CheckPassword("other")
					if ev.Security != rfb.SecurityVNC && ev.User != "ann" {
						t.Errorf("user %q", ev.User)
					}
					err = p.Authenticated(ok, "no")
				case rfb.ServerEventStartTLS:
					err = p.SecuredByTLS()
				}
				p.in = p.AppendOutput(p.in)
				p.expect([]byte(tt.server[i]))
			}
			if !errors.Is(err, tt.err) || len(p.in) > 0 {
				t.Fatalf("error %v, want %v; rest %x", err, tt.err, p.in)
			}
			if err != nil {
				return
			}
			if ev := p.must([]byte{0}); ev.Kind != rfb.ServerEventInit || ev.Shared {
				t.Errorf("event %+v", ev)
			}
		})
	}
}

// TestServerNeedsWhole gives a server each message byte by byte.
func TestServerNeedsWhole(t *testing.T) {
	p := start(t, rfb.ServerConfig{}, 8, 8, rfb.EncodingExtendedClipboard)
	for _, m := range [][]byte{
		rfb.AppendSetPixelFormat(nil, rfb.PixelFormat16),
		rfb.AppendSetEncodings(nil, rfb.EncodingZRLE, rfb.EncodingExtendedClipboard),
		rfb.AppendFramebufferUpdateRequest(nil, true, rfb.Rect{Width: 8, Height: 8}),
		rfb.AppendKeyEvent(nil, true, 'a'),
		rfb.AppendQEMUKeyEvent(nil, true, 'a', 30),
		rfb.AppendPointerEvent(nil, 1, 2, 1),
		rfb.AppendClientCutText(nil, []byte("text")),
		rfb.AppendClientClipboard(nil, rfb.ClipboardProvideText("text")),
		rfb.AppendEnableContinuousUpdates(nil, true, rfb.Rect{Width: 8, Height: 8}),
		rfb.AppendClientFence(nil, rfb.FenceRequest, []byte("fence")),
		rfb.AppendSetDesktopSize(nil, 9, 9, []rfb.Screen{{}}),
	} {
		for i := range m {
			if n, ev, err := p.Receive(m[:i]); n != 0 || err != nil || ev.Kind != rfb.ServerEventNone {
				t.Fatalf("%x: after %d bytes: %d %+v %v", m, i, n, ev, err)
			}
		}
		if n, _, err := p.Receive(m); n != len(m) || err != nil {
			t.Fatalf("%x: %d %v", m, n, err)
		}
	}
}

// TestServerWaitsForRequest follows RFC 6143 section 7.5.3: no update without
// a request, one for each, and none while nothing has changed.
func TestServerWaitsForRequest(t *testing.T) {
	f, _ := rfb.NewFramebuffer(4, 4)
	p := start(t, rfb.ServerConfig{}, 4, 4)
	p.Damage(f.Bounds())
	if p.WantsUpdate() {
		t.Error("an update that nobody has asked for")
	}
	p.request(true, rfb.Rect{X: 1, Y: 1, Width: 2, Height: 9})
	want := rfb.AppendFramebufferUpdate(nil, 1)
	want = rfb.AppendRectHeader(want, rfb.Rect{X: 1, Y: 1, Width: 2, Height: 3}, rfb.EncodingRaw)
	if got := p.update(f); !bytes.Equal(got[:len(want)], want) {
		t.Errorf("got %x, want %x", got, want)
	}
	if p.WantsUpdate() {
		t.Error("a second update for one request")
	}
	// The rest of the damage is still there.
	p.request(true, f.Bounds())
	if got := p.update(f); len(got) < 4 || binary.BigEndian.Uint16(got[2:]) == 0 {
		t.Errorf("got %x", got)
	}
	p.request(true, f.Bounds())
	if p.WantsUpdate() {
		t.Error("an update of what has not changed")
	}
	p.request(false, f.Bounds())
	if got := p.update(f); len(got) != 4+12+4*16 {
		t.Errorf("%d bytes", len(got))
	}
}

// TestServerFence answers fences with what it knows of the flags, at the right
// time.
func TestServerFence(t *testing.T) {
	p := start(t, rfb.ServerConfig{}, 4, 4, rfb.EncodingFence)
	p.expect(rfb.AppendServerFence(nil, rfb.FenceRequest|rfb.FenceBlockBefore, nil))
	p.must(rfb.AppendClientFence(nil, rfb.FenceBlockBefore, nil)) // the answer
	p.must(rfb.AppendClientFence(nil, rfb.FenceRequest|rfb.FenceBlockBefore|1<<20, []byte("abc")))
	p.expect(rfb.AppendServerFence(nil, rfb.FenceBlockBefore, []byte("abc")))
	p.must(rfb.AppendClientFence(nil, rfb.FenceRequest|rfb.FenceSyncNext, []byte("next")))
	p.expect(nil)
	if len(p.in) != 0 {
		t.Errorf("answered too early: %x", p.in)
	}
	p.must(rfb.AppendSetPixelFormat(nil, rfb.PixelFormatMap8))
	p.expect(rfb.AppendSetColorMapEntries(nil, 0, rfb.CubeColorMap()))
	p.expect(rfb.AppendServerFence(nil, rfb.FenceSyncNext, []byte("next")))
}

// TestServerContinuousUpdates sends without being asked, but waits for answers
// of a client that is slow.
func TestServerContinuousUpdates(t *testing.T) {
	f, _ := rfb.NewFramebuffer(4, 4)
	p := start(t, rfb.ServerConfig{}, 4, 4, rfb.EncodingFence, rfb.EncodingContinuousUpdates)
	p.expect(rfb.AppendServerFence(nil, rfb.FenceRequest|rfb.FenceBlockBefore, nil))
	p.expect(rfb.AppendEndOfContinuousUpdates(nil))
	p.must(rfb.AppendEnableContinuousUpdates(nil, true, f.Bounds()))
	var fences [][]byte
	for i := range 3 {
		p.Damage(f.Bounds())
		if got := p.update(f); (got != nil) != (i < 2) {
			t.Fatalf("update %d: %x", i, got)
		}
		p.must(nil)
		if len(p.in) > 0 {
			fences = append(fences, slices.Clone(p.in))
			p.in = nil
		}
	}
	if len(fences) != 2 || fences[1][0] != byte(rfb.ServerFence) {
		t.Fatalf("fences %x", fences)
	}
	answer := fences[1]
	binary.BigEndian.PutUint32(answer[4:], 1) // no longer a request
	p.must(answer)
	if p.update(f) == nil {
		t.Error("no update after the answer")
	}
	p.must(rfb.AppendEnableContinuousUpdates(nil, false, rfb.Rect{}))
	p.Damage(f.Bounds())
	if p.WantsUpdate() {
		t.Error("an update after the end of continuous updates")
	}
	if !bytes.HasSuffix(p.in, rfb.AppendEndOfContinuousUpdates(nil)) {
		t.Errorf("no end was announced: %x", p.in)
	}
}

// TestServerOutputWaits keeps answers out of the middle of an update.
func TestServerOutputWaits(t *testing.T) {
	f, _ := rfb.NewFramebuffer(4, 4)
	p := start(t, rfb.ServerConfig{}, 4, 4)
	p.request(false, f.Bounds())
	if _, ok := p.BeginUpdate(); !ok {
		t.Fatal("no update")
	}
	p.Bell()
	if got := p.AppendOutput(nil); got != nil {
		t.Errorf("in an update: %x", got)
	}
	p.EndUpdate()
	if got := p.AppendOutput(nil); !bytes.Equal(got, rfb.AppendBell(nil)) {
		t.Errorf("after it: %x", got)
	}
}

// A mirror draws updates that have Raw and CopyRect only.
type mirror struct{ *rfb.Framebuffer }

func (m *mirror) draw(t *testing.T, p []byte) {
	t.Helper()
	head, n, err := rfb.ParseServerMessage(p, rfb.ParseOptions{})
	if err != nil || head.Type != rfb.FramebufferUpdate {
		t.Fatalf("%x: %v", p[:4], err)
	}
	p = p[n:]
	for range head.Rects {
		r, enc, _ := rfb.ParseRectHeader(p)
		p = p[rfb.RectHeaderLength:]
		switch enc {
		case rfb.EncodingRaw:
			for y := r.Y; y < r.Y+r.Height; y++ {
				copy(m.Row(r.X, y, r.Width), p)
				p = p[4*r.Width:]
			}
		case rfb.EncodingCopyRect:
			m.Copy(r, int(binary.BigEndian.Uint16(p)), int(binary.BigEndian.Uint16(p[2:])))
			p = p[4:]
		case rfb.EncodingDesktopSize:
			m.Framebuffer, err = rfb.NewFramebuffer(r.Width, r.Height)
			if err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("%v", enc)
		}
	}
	if len(p) > 0 {
		t.Fatalf("%d bytes behind the update", len(p))
	}
}

// TestServerFollows draws, scrolls and resizes at random while a client asks
// for parts now and then, and an update may be under way meanwhile. In the end
// the client has the same picture.
func TestServerFollows(t *testing.T) {
	for seed := range uint64(300) {
		follow(t, rand.New(rand.NewPCG(seed, 7)))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func follow(t *testing.T, rng *rand.Rand) {
	const side = 40
	desktop, _ := rfb.NewFramebuffer(side, side)
	p := start(t, rfb.ServerConfig{}, side, side, rfb.EncodingRaw, rfb.EncodingCopyRect, rfb.EncodingDesktopSize)
	p.must(rfb.AppendSetPixelFormat(nil, rfb.PixelFormatRGBA))
	client := &mirror{}
	client.Framebuffer, _ = rfb.NewFramebuffer(side, side)
	p.request(false, desktop.Bounds())
	inside := func(b rfb.Rect) rfb.Rect {
		x, y := rng.IntN(b.Width), rng.IntN(b.Height)
		return rfb.Rect{X: x, Y: y, Width: 1 + rng.IntN(b.Width-x), Height: 1 + rng.IntN(b.Height-y)}
	}
	change := func() {
		b := desktop.Bounds()
		r := inside(b)
		switch rng.IntN(20) {
		case 0:
			desktop, _ = rfb.NewFramebuffer(1+rng.IntN(side), 1+rng.IntN(side))
			p.Resize(desktop.Width, desktop.Height, nil, rfb.ResizedByServer)
		case 1, 2, 3, 4, 5, 6, 7, 8:
			x, y := rng.IntN(b.Width-r.Width+1), rng.IntN(b.Height-r.Height+1)
			desktop.Copy(r, x, y)
			p.Copy(r, x, y)
		default:
			desktop.Fill(r, [4]byte{byte(rng.Uint32()), byte(rng.Uint32()), byte(rng.Uint32()), 255})
			p.Damage(r)
		}
	}
	update := func() {
		u, ok := p.BeginUpdate()
		if !ok {
			return
		}
		var b []byte
		for more := true; more; {
			if rng.IntN(2) == 0 {
				change()
			}
			b, more = u.Append(b, desktop)
		}
		p.EndUpdate()
		client.draw(t, b)
	}
	for range 200 {
		switch rng.IntN(4) {
		case 0:
			p.request(rng.IntN(9) > 0, inside(client.Bounds()))
		case 1:
			update()
		default:
			change()
		}
	}
	for range 3 {
		p.request(true, rfb.Rect{Width: side, Height: side})
		for p.WantsUpdate() {
			b := p.update(desktop)
			client.draw(t, b)
		}
	}
	if client.Width != desktop.Width || client.Height != desktop.Height {
		t.Errorf("the client has %v, the desktop %v", client.Bounds(), desktop.Bounds())
		return
	}
	for y := range desktop.Height {
		for x := range desktop.Width {
			if got, want := client.Row(x, y, 1), desktop.Row(x, y, 1); !bytes.Equal(got[:3], want[:3]) {
				t.Errorf("pixel %d, %d is %v, want %v", x, y, got, want)
				return
			}
		}
	}
}

// TestStrangersAreNamedNotQuoted has peers that are no viewers, and may have a
// secret in their first line. The error ends up in a log.
func TestStrangersAreNamedNotQuoted(t *testing.T) {
	for says, want := range map[string]string{
		"GET /x?token=tea HTTP/1.1\r\n":  `"GET", as a web browser does`,
		"POST /x?token=tea HTTP/1.1\r\n": `"POST"`,
		"/x?token=tea\r\n":               `"/x"`,
		"SSH-2.0-OpenSSH_9.2 tea\r\n":    `"SSH-2.0-OpenSSH_9.2", as an SSH server does`,
		"RFB tea tea tea":                `"RFB"`,
	} {
		_, _, err := rfb.NewServer(rfb.ServerConfig{}).Receive([]byte(says))
		if !errors.Is(err, rfb.ErrVersion) || strings.Contains(err.Error(), "tea") || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q: %v, want %s at the end", says, err, want)
		}
	}
}
