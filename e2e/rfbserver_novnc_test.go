package e2e_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/cdproto/input"

	proto "github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb"
	"github.com/everwire/everwire/rfb/rfbtest"
	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/session"
)

// A bridge gives the bytes of a raw session to a server of RFB, and back.
type bridge struct{ serve func(net.Conn) }

func (b bridge) ServeSession(s session.Session) {
	near, far := net.Pipe()
	defer near.Close()
	go b.serve(far)
	go func() {
		defer s.Close(session.Normal, "")
		for {
			buf := make([]byte, 16<<10)
			n, err := near.Read(buf)
			if err != nil {
				return
			}
			if s.Send(s.Context(), session.Message{Kind: session.Binary, Data: buf[:n]}) != nil {
				return
			}
		}
	}()
	for {
		m, err := s.Receive(s.Context())
		if err != nil {
			return
		}
		if _, err := near.Write(m.Data); err != nil {
			return
		}
	}
}

// newNoVNC opens a page on which noVNC looks at several servers.
func newNoVNC(t *testing.T, serve ...func(net.Conn)) *tab {
	t.Helper()
	need(t, "chromium", "novnc")
	srv := server.New(server.Options{})
	for i, f := range serve {
		srv.HandleRaw(fmt.Sprintf("rfb%d", i), bridge{f})
	}
	mux := http.NewServeMux()
	mux.Handle("/ws/", srv)
	mux.Handle("/novnc/", http.StripPrefix("/novnc/", http.FileServer(http.Dir("node_modules/@novnc/novnc"))))
	mux.HandleFunc("/favicon.ico", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, noVNCPage, len(serve), rfbPassword)
	})
	site := httptest.NewServer(mux)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := srv.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		site.Close()
	})
	b := newTab(t)
	b.open(site.URL + "/")
	b.wait(fmt.Sprintf("window.connected === %d", len(serve)))
	return b
}

const noVNCPage = `<!doctype html>
<meta charset="utf-8">
<title>noVNC</title>
<body style="margin: 0">
<script type="module">
import RFB from '/novnc/core/rfb.js'
window.connected = 0
window.rfbs = []
for (let i = 0; i < %d; i++) {
  const screen = document.createElement('div')
  screen.style = 'width: 600px; height: 400px'
  document.body.append(screen)
  const rfb = new RFB(screen, 'ws://' + location.host + '/ws/rfb' + i, {credentials: {username: 'alice', password: '%s'}})
  rfb.addEventListener('serververification', () => rfb.approveServer())
  rfb.addEventListener('connect', () => { window.connected++ })
  rfb.addEventListener('clipboard', e => { window.copied = e.detail.text })
  window.rfbs.push(rfb)
}
</script>
`

// showsInBrowser waits until the i-th screen has a picture: its size, and its
// sum.
func showsInBrowser(b *tab, i int, want *proto.Framebuffer) {
	b.t.Helper()
	b.expect("willReadFrequently") // we do, noVNC does not
	sum := uint32(0)
	for _, v := range want.Pix {
		sum = sum*31 + uint32(v)
	}
	b.wait(fmt.Sprintf(`(() => {
		const c = document.querySelectorAll('canvas')[%d]
		if (!c || c.width !== %d || c.height !== %d) return false
		let sum = 0
		for (const v of c.getContext('2d').getImageData(0, 0, c.width, c.height).data) sum = (Math.imul(sum, 31) + v) >>> 0
		return sum === %d
	})()`, i, want.Width, want.Height, sum))
}

// TestNoVNCShowsScript looks at the script of rfbtest with noVNC, through each
// encoding and each security type that it has, all on one page.
func TestNoVNCShowsScript(t *testing.T) {
	configs := []rfbtest.Config{
		{Encoding: proto.EncodingRaw}, {Encoding: proto.EncodingRRE}, {Encoding: proto.EncodingHextile},
		{Encoding: proto.EncodingZlib}, {Encoding: proto.EncodingZRLE},
		{Encoding: proto.EncodingTight, Tight: proto.TightPalette}, {Encoding: proto.EncodingTight, Tight: proto.TightCopy},
		{Encoding: proto.EncodingTightPNG, Tight: proto.TightPalette},
		{Encoding: proto.EncodingZRLE, Version: proto.Version33, LastRect: true},
	}
	small := rfbtest.Script()[:2]
	for _, security := range []proto.SecurityType{proto.SecurityVNC, proto.SecurityTight, proto.VeNCryptPlain, proto.SecurityRA2ne, proto.SecurityAppleDH, proto.SecurityMSLogonII} {
		c := rfbtest.Config{Security: []proto.SecurityType{security}, User: "alice", Password: rfbPassword, Steps: small}
		if security == proto.SecurityTight {
			c.TightTunnels, c.TightTypes = true, []proto.SecurityType{proto.SecurityVNC}
		}
		configs = append(configs, c)
	}
	var want []*proto.Framebuffer
	var serve []func(net.Conn)
	for _, c := range configs {
		s, err := rfbtest.NewServer(c)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, s.Picture(s.Steps()-1))
		serve = append(serve, func(conn net.Conn) {
			defer conn.Close()
			if err := s.Serve(conn); err != nil {
				t.Error(err)
			}
		})
	}
	b := newNoVNC(t, serve...)
	for i, c := range configs {
		t.Logf("%v, form %d, version %v, security %v", c.Encoding, c.Tight, c.Version, c.Security)
		showsInBrowser(b, i, want[i])
	}
}

// TestNoVNCUsesDemo draws, types, copies and pastes with noVNC, behind a
// password.
func TestNoVNCUsesDemo(t *testing.T) {
	w := newWitness(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b := newNoVNC(t, func(conn net.Conn) {
		// Without Tight there is no JPEG, which noVNC would allow.
		c := rfb.ServeConfig{Password: rfbPassword, Encodings: []proto.Encoding{proto.EncodingZRLE, proto.EncodingCopyRect}}
		if err := rfb.Serve(ctx, conn, w, c); err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	})
	showsInBrowser(b, 0, w.picture())
	mouse := func(kind input.DispatchMouseEventType, x, y float64, buttons int64) {
		call(b, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: x, Y: y, Button: input.MouseButtonLeft, Buttons: buttons, ClickCount: 1})
	}
	mouse(input.DispatchMouseEventTypeMousePressed, 200, 200, 1)
	mouse(input.DispatchMouseEventTypeMouseMoved, 300, 250, 1)
	mouse(input.DispatchMouseEventTypeMouseReleased, 300, 250, 0)
	b.keys("Hi there")
	eval[any](b, `rfbs[0].clipboardPasteFrom("from the browser: \u00e9 \u6f22")`)
	w.saw(t, "Hi there", "from the browser: \u00e9 \u6f22")
	showsInBrowser(b, 0, w.picture())
	w.SetClipboard("from the server: \u00e9 \u6f22", nil)
	b.wait(`window.copied === "from the server: \u00e9 \u6f22"`)
}
