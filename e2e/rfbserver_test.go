package e2e_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	proto "github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb"
	"github.com/everwire/everwire/rfb/rfbtest"
)

// An xScreen is an X server without a monitor.
type xScreen struct{ display string }

// newXScreen starts one on a free display.
func newXScreen(t *testing.T, width, height int) *xScreen {
	t.Helper()
	need(t, "xvfb", "xdotool", "x11-apps")
	size := fmt.Sprintf("%dx%dx24", width, height)
	return &xScreen{startX(t, "Xvfb", "-displayfd", "1", "-screen", "0", size, "-nolisten", "tcp", "-ac")}
}

// do runs a program on the screen and returns what it prints.
func (x *xScreen) do(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(environment(), "DISPLAY="+x.display)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v", name, args, err)
	}
	return string(out)
}

// shows waits until a picture is seen somewhere on the screen, which the viewer, a
// process of its own, draws when it likes: it looks again and again.
func (x *xScreen) shows(t *testing.T, want *proto.Framebuffer) {
	t.Helper()
	if err := until(t.Context(), patience, 50*time.Millisecond, func() error {
		screen, err := screenshot(x.display)
		if err != nil {
			t.Fatal(err)
		}
		if !find(&proto.Framebuffer{Width: screen.Rect.Dx(), Height: screen.Rect.Dy(), Pix: screen.Pix}, want) {
			return errors.New("the picture is not on the screen")
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// find reports whether a picture is a part of another one. It is without checks
// for races as readXWD is.
//
//go:norace
func find(screen, want *proto.Framebuffer) bool {
	for y := 0; y+want.Height <= screen.Height; y++ {
	next:
		for x := 0; x+want.Width <= screen.Width; x++ {
			// Some pixels first: most places are wrong.
			for i := range 8 {
				dx, dy := i*want.Width/8, i*want.Height/8
				if [4]byte(screen.Row(x+dx, y+dy, 1)) != [4]byte(want.Row(dx, dy, 1)) {
					continue next
				}
			}
			for row := range want.Height {
				if string(screen.Row(x, y+row, want.Width)) != string(want.Row(0, row, want.Width)) {
					continue next
				}
			}
			return true
		}
	}
	return false
}

// view starts TigerVNC's viewer for a server.
func (x *xScreen) view(t *testing.T, host, port string, args ...string) {
	t.Helper()
	need(t, "tigervnc-viewer")
	// With a key for its menu it writes that over the picture, for five seconds.
	args = append(args, "-MenuKey=", host+"::"+port)
	p, _, err := startIn([]string{"DISPLAY=" + x.display}, regexp.MustCompile("Using pixel format"), "xtigervncviewer", args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.stop() })
}

// listen serves connections with serve, on a free port.
func listen(t *testing.T) (l net.Listener, port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	_, port, err = net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return l, port
}

// TestTigerVNCShowsScript looks at the script of rfbtest with TigerVNC's
// viewer, through each encoding that it has.
func TestTigerVNCShowsScript(t *testing.T) {
	x := newXScreen(t, 640, 480)
	x.do(t, "xdotool", "mousemove", "630", "470") // out of the picture
	for _, c := range []rfbtest.Config{
		{Encoding: proto.EncodingRaw}, {Encoding: proto.EncodingRRE}, {Encoding: proto.EncodingHextile}, {Encoding: proto.EncodingZRLE},
		{Encoding: proto.EncodingTight, Tight: proto.TightPalette}, {Encoding: proto.EncodingTight, Tight: proto.TightCopy},
		{Encoding: proto.EncodingTight, Tight: proto.TightGradient},
		{Encoding: proto.EncodingZRLE, Version: proto.Version33}, {Encoding: proto.EncodingTight, Version: proto.Version37, LastRect: true, Tight: proto.TightPalette},
	} {
		t.Run(fmt.Sprintf("%v/%d/%v", c.Encoding, c.Tight, c.Version.Minor), func(t *testing.T) {
			l, port := listen(t)
			s, err := rfbtest.NewServer(c)
			if err != nil {
				t.Fatal(err)
			}
			go s.ServeListener(l)
			x.view(t, "127.0.0.1", port, "-SecurityTypes", "None", "-RemoteResize=0")
			x.shows(t, s.Picture(s.Steps()-1))
		})
	}
}

// A witness is a demo that notes what viewers do.
type witness struct {
	*rfb.Desktop
	mu    sync.Mutex // guards below
	keys  strings.Builder
	drawn bool
	texts []string
}

// Input notes what the demo has drawn already: whoever sees the note may take the
// picture for what viewers get.
func (w *witness) Input(v *rfb.Viewer, in rfb.Input) {
	w.Desktop.Input(v, in)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch in.Kind {
	case rfb.InputKey:
		if in.Down && in.Keysym < 0x100 {
			w.keys.WriteRune(rune(in.Keysym))
		}
	case rfb.InputPointer:
		w.drawn = w.drawn || in.Buttons == 1
	case rfb.InputClipboard:
		w.texts = append(w.texts, in.Text)
	}
}

// saw waits until a viewer has typed and copied certain texts, and drawn: it looks
// again and again, since that is another process.
func (w *witness) saw(t *testing.T, keys, text string) {
	t.Helper()
	if err := until(t.Context(), patience, 20*time.Millisecond, func() error {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.keys.String() != keys || !w.drawn || len(w.texts) == 0 || w.texts[len(w.texts)-1] != text {
			return fmt.Errorf("keys %q, drawn %v, texts %q", w.keys.String(), w.drawn, w.texts)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// newWitness makes a demo whose clock stands still.
func newWitness(t *testing.T) *witness {
	t.Helper()
	d, err := rfb.NewDemo(600, 400)
	if err != nil {
		t.Fatal(err)
	}
	return &witness{Desktop: d.Desktop()}
}

// picture is what viewers must see now.
func (w *witness) picture() *proto.Framebuffer {
	img := w.Image()
	return &proto.Framebuffer{Width: img.Rect.Dx(), Height: img.Rect.Dy(), Pix: img.Pix}
}

// TestTigerVNCUsesDemo draws, types, copies and pastes with TigerVNC's viewer,
// behind a password.
func TestTigerVNCUsesDemo(t *testing.T) {
	need(t, "xclip")
	x := newXScreen(t, 700, 500)
	w := newWitness(t)
	l, port := listen(t)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- rfb.ServeListener(ctx, l, w, rfb.ServeConfig{Password: rfbPassword}) }()
	defer func() { cancel(); <-served }()
	x.view(t, "127.0.0.1", port, "-SecurityTypes", "VncAuth", "-PasswordFile", vncPasswordFile(t), "-RemoteResize=0", "-NoJPEG")
	x.shows(t, w.picture())
	window := strings.Fields(x.do(t, "xdotool", "search", "--name", "Everwire"))
	x.do(t, "xdotool", "windowfocus", "--sync", window[len(window)-1], "mousemove", "200", "200", "sleep", "0.1", "mousedown", "1", "sleep", "0.1",
		"mousemove", "300", "250", "sleep", "0.1", "mousemove", "400", "200", "sleep", "0.1", "mouseup", "1", "mousemove", "690", "490")
	x.do(t, "xdotool", "type", "--delay", "30", "Hi there")
	clip := exec.Command("xclip", "-quiet", "-in", "-selection", "clipboard")
	clip.Env = append(environment(), "DISPLAY="+x.display)
	clip.Stdin = strings.NewReader("from X: \u00e9 \u6f22")
	if err := clip.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { clip.Process.Kill(); clip.Wait() }()
	w.saw(t, "Hi there", "from X: \u00e9 \u6f22")
	x.shows(t, w.picture())
	w.SetClipboard("from the server: \u00e9 \u6f22", nil)
	// X tells nobody here that the viewer has set the clipboard.
	if err := until(t.Context(), patience, 50*time.Millisecond, func() error {
		if got := x.do(t, "xclip", "-out", "-selection", "clipboard"); got != "from the server: \u00e9 \u6f22" {
			return fmt.Errorf("the clipboard has %q", got)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// TestTigerVNCOverTLS looks at a desktop that lets nobody listen.
func TestTigerVNCOverTLS(t *testing.T) {
	x := newXScreen(t, 700, 500)
	w := newWitness(t)
	cert, key, _ := vncCertificate(t, "localhost")
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	l, port := listen(t)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	config := rfb.ServeConfig{Password: rfbPassword, TLS: &tls.Config{Certificates: []tls.Certificate{pair}}}
	go func() { served <- rfb.ServeListener(ctx, l, w, config) }()
	defer func() { cancel(); <-served }()
	x.view(t, "localhost", port, "-SecurityTypes", "X509Vnc", "-X509CA", cert, "-PasswordFile", vncPasswordFile(t), "-RemoteResize=0", "-NoJPEG")
	x.shows(t, w.picture())
}
