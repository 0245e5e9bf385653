package rfb_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

// A pairing is a client and a server, and what is under way between them.
type pairing struct {
	t                  *testing.T
	rng                *rand.Rand
	client             *rfb.Client
	server             *rfb.Server
	desktop            *rfb.Framebuffer
	toServer, toClient []byte
	copied, heard      string // in the server's clipboard, and what the client knows of it
	still              bool   // nothing changes any more
}

var lossless = []rfb.Encoding{
	rfb.EncodingRaw, rfb.EncodingRRE, rfb.EncodingCoRRE, rfb.EncodingHextile, rfb.EncodingZlib,
	rfb.EncodingZlibHex, rfb.EncodingTight, rfb.EncodingTRLE, rfb.EncodingZRLE,
}

func newPairing(t *testing.T, rng *rand.Rand, f rfb.PixelFormat) *pairing {
	t.Helper()
	p := &pairing{t: t, rng: rng}
	list := []rfb.Encoding{lossless[rng.IntN(len(lossless))], rfb.EncodingDesktopSize}
	for _, e := range rfb.DefaultEncodings() {
		if rng.IntN(2) == 0 {
			list = append(list, e)
		}
	}
	var err error
	if p.client, err = rfb.NewClient(rfb.ClientConfig{Security: none, Encodings: list, PixelFormat: f}); err != nil {
		t.Fatal(err)
	}
	p.server = rfb.NewServer(rfb.ServerConfig{Security: none, LastRect: rng.IntN(2) == 0})
	p.desktop = scene(10+rng.IntN(90), 10+rng.IntN(60), rng.Uint64())
	return p
}

// listen gives the server a part of what the client has sent.
func (p *pairing) listen() {
	p.toServer = p.client.AppendOutput(p.toServer)
	have := p.rng.IntN(len(p.toServer) + 1)
	for have > 0 {
		n, ev, err := p.server.Receive(p.toServer[:have])
		if err != nil {
			p.t.Fatalf("the server: %v", err)
		}
		if n == 0 {
			break
		}
		p.toServer, have = p.toServer[n:], have-n
		switch ev.Kind {
		case rfb.ServerEventInit:
			b := p.desktop.Bounds()
			if err := p.server.Start(rfb.ServerInit{Width: b.Width, Height: b.Height, PixelFormat: rfb.PixelFormat32}); err != nil {
				p.t.Fatal(err)
			}
			p.server.Damage(b)
		case rfb.ServerEventResize:
			p.resize(ev.Message.Rect.Width, ev.Message.Rect.Height, rfb.ResizedByClient)
			p.server.AnswerResize(rfb.ResizeDone)
		}
	}
	p.toClient = p.server.AppendOutput(p.toClient)
}

// update has the server send an update if it can. The desktop goes on meanwhile.
func (p *pairing) update() {
	u, ok := p.server.BeginUpdate()
	if !ok {
		return
	}
	for more := true; more; {
		if !p.still && p.rng.IntN(3) == 0 {
			p.change()
		}
		p.toClient, more = u.Append(p.toClient, p.desktop)
	}
	p.server.EndUpdate()
	p.toClient = p.server.AppendOutput(p.toClient)
}

// look gives the client a part of what the server has sent, and has it ask for
// more, one way or another.
func (p *pairing) look() {
	n := p.rng.IntN(len(p.toClient) + 1)
	p.client.Feed(p.toClient[:n])
	for {
		ev, err := p.client.Next()
		if err != nil {
			p.t.Fatalf("the client: %v", err)
		}
		b := rfb.Rect{}
		if fb := p.client.Framebuffer(); fb != nil {
			b = fb.Bounds()
		}
		switch ev.Kind {
		case rfb.EventNone:
			p.toClient = p.toClient[n:]
			return
		case rfb.EventReady, rfb.EventResize:
			p.must(p.client.RequestUpdate(false, b))
		case rfb.EventUpdateStart:
			p.must(p.client.RequestUpdate(p.rng.IntN(9) > 0, b))
		case rfb.EventUpdate:
			if p.rng.IntN(9) == 0 {
				p.must(p.client.RequestUpdate(true, rfb.Rect{X: p.rng.IntN(100), Y: p.rng.IntN(100), Width: p.rng.IntN(70000), Height: p.rng.IntN(9)}))
			}
		case rfb.EventContinuousUpdates:
			_, err := p.client.EnableContinuousUpdates(p.rng.IntN(3) > 0, b)
			p.must(err)
		case rfb.EventCutText:
			p.heard = ev.Text
		case rfb.EventScreens:
			if p.rng.IntN(3) == 0 {
				_, err := p.client.SetDesktopSize(1+p.rng.IntN(100), 1+p.rng.IntN(60))
				p.must(err)
			}
		}
	}
}

func (p *pairing) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *pairing) resize(width, height, reason int) {
	p.desktop = scene(width, height, p.rng.Uint64())
	p.server.Resize(width, height, nil, reason)
}

// change does something on the desktop.
func (p *pairing) change() {
	b := p.desktop.Bounds()
	r := rfb.Rect{X: p.rng.IntN(b.Width), Y: p.rng.IntN(b.Height)}
	r.Width, r.Height = 1+p.rng.IntN(b.Width-r.X), 1+p.rng.IntN(b.Height-r.Y)
	switch p.rng.IntN(20) {
	case 0:
		p.resize(10+p.rng.IntN(90), 10+p.rng.IntN(60), rfb.ResizedByServer)
	case 1:
		p.server.SetCursor(&rfb.Cursor{Width: 3, Height: 2, Pix: make([]byte, 24)})
	case 2:
		p.server.SetName("another")
		p.server.SetLEDs(rfb.LEDNumLock)
	case 3:
		p.server.Bell()
	case 4:
		p.copied = string(rune('a' + p.rng.IntN(26)))
		p.server.SetClipboard(p.copied)
	case 5, 6, 7, 8, 9, 10:
		x, y := p.rng.IntN(b.Width-r.Width+1), p.rng.IntN(b.Height-r.Height+1)
		p.desktop.Copy(r, x, y)
		p.server.Copy(r, x, y)
	default:
		p.desktop.Fill(r, [4]byte{byte(p.rng.Uint32()), byte(p.rng.Uint32()), byte(p.rng.Uint32()), 255})
		p.server.Damage(r)
	}
}

// TestClientsFollowServers has a client and a server with encodings, formats
// and extensions chosen at random, that hear of each other in pieces and late.
// Whatever the desktop does meanwhile, in the end the client has its picture.
func TestClientsFollowServers(t *testing.T) {
	all := []rfb.PixelFormat{rfb.PixelFormatRGBA, rfb.PixelFormat32, rfb.PixelFormat16, rfb.PixelFormat8}
	for seed := range uint64(120) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, 3))
			format := all[rng.IntN(len(all))]
			p := newPairing(t, rng, format)
			for p.client.Framebuffer() == nil { // the handshake
				p.toClient = p.server.AppendOutput(p.toClient)
				p.look()
				p.listen()
			}
			p.live()
			pixels, err := rfb.NewPixels(format, nil)
			p.must(err)
			(&peer{t: t, client: p.client}).sameAs(quantized(p.desktop, pixels))
			if p.heard != p.copied {
				t.Errorf("the clipboard has %q, and the client has heard of %q", p.copied, p.heard)
			}
		})
	}
}

// live lets everything happen for a while, and what is under way arrive.
func (p *pairing) live() {
	for range 150 {
		switch p.rng.IntN(4) {
		case 0:
			p.change()
		case 1:
			p.listen()
		case 2:
			p.update()
		default:
			p.look()
		}
	}
	p.still = true
	for range 30 {
		p.must(p.client.RequestUpdate(true, rfb.Rect{Width: 1000, Height: 1000}))
		for range 5 {
			p.listen()
			p.update()
			p.look()
		}
	}
}
