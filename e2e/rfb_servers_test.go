package e2e_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"image"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	proto "github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb"
)

const (
	rfbPassword = "secret12"
	rfbWidth    = 640
	rfbHeight   = 480
)

// An xserver is an X server whose screen is shown by RFB.
type xserver struct {
	display string
	target  string // of rfb.Dial
}

var displayLine = regexp.MustCompile(`^(\d+)$`)

// startTiger starts Xtigervnc on a socket of its own.
func startTiger(t *testing.T, args ...string) xserver {
	t.Helper()
	need(t, "tigervnc")
	socket := filepath.Join(t.TempDir(), "rfb")
	args = append([]string{
		"-displayfd", "1", "-geometry", fmt.Sprintf("%dx%d", rfbWidth, rfbHeight), "-depth", "24",
		"-rfbport", "-1", "-rfbunixpath", socket, "-nolisten", "tcp", "-ac",
		"-nocursor", // it would be drawn for clients that have not moved it to where it is
		"-AlwaysShared=1", "-BlacklistThreshold=1000000", "-PasswordFile", vncPasswordFile(t),
	}, args...)
	return xserver{startX(t, "Xtigervnc", args...), "unix:" + socket}
}

// startX starts an X server that prints its display, and returns that.
func startX(t *testing.T, exe string, args ...string) string {
	t.Helper()
	p, match, err := start(displayLine, exe, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.stop() })
	return ":" + match[1]
}

// startTight starts Xtightvnc, which takes what display and port it is told.
func startTight(t *testing.T) xserver {
	t.Helper()
	need(t, "tightvnc")
	port := freePort(t)
	// Displays of other servers have low numbers.
	for n := 300 + os.Getpid()%500; ; n++ {
		if _, err := os.Stat(fmt.Sprintf("/tmp/.X%d-lock", n)); err == nil {
			continue
		}
		p, _, err := start(regexp.MustCompile(`Listening for VNC connections`), "Xtightvnc", ":"+strconv.Itoa(n),
			"-geometry", fmt.Sprintf("%dx%d", rfbWidth, rfbHeight), "-depth", "24", "-rfbport", port, "-localhost",
			"-rfbauth", vncPasswordFile(t), "-alwaysshared", "-nolisten", "tcp", "-ac")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.stop() })
		// It says that it listens before it does.
		if err := answers(t, "127.0.0.1:"+port); err != nil {
			t.Fatal(err)
		}
		return xserver{":" + strconv.Itoa(n), "127.0.0.1:" + port}
	}
}

// startX11VNC starts x11vnc, which shows the screen of another X server.
func startX11VNC(t *testing.T) xserver {
	t.Helper()
	need(t, "x11vnc", "xvfb")
	display := startX(t, "Xvfb", "-displayfd", "1", "-screen", "0", fmt.Sprintf("%dx%dx24", rfbWidth, rfbHeight), "-nolisten", "tcp", "-ac")
	port := freePort(t)
	p, _, err := start(regexp.MustCompile(`^PORT=`), "x11vnc", "-display", display, "-rfbport", port, "-localhost",
		"-rfbauth", vncPasswordFile(t), "-forever", "-shared", "-noxrecord", "-noipv6", "-wait", "10", "-defer", "5", "-nolookup", "-noxdamage")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.stop() })
	return xserver{display, "127.0.0.1:" + port}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// vncPasswordFile writes the password as VNC servers keep it: encrypted with a
// key that everybody knows.
func vncPasswordFile(t *testing.T) string {
	t.Helper()
	var block [proto.VNCChallengeLength]byte
	copy(block[:], rfbPassword)
	known := string([]byte{23, 82, 107, 6, 35, 78, 88, 7})
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, proto.AppendVNCResponse(nil, block, known)[:8], 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// viewRFB connects and fails the test if that fails.
func viewRFB(t *testing.T, target string, c rfb.Config) *rfb.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c.Password = rfbPassword
	client, err := rfb.Dial(ctx, target, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// busy is a script for an xterm: lines scroll, and the window moves. It says
// that it has ended in a file.
const busy = `
for i in $(seq 1 60); do
  printf '\033[3;%d;%dt' $((i * 4 % 200)) $((i * 3 % 150))
  printf 'line %d of a text that scrolls \033[3%dmin colors\033[0m\n' $i $((i % 8))
  [ $((i % 4)) -eq 0 ] && sleep 0.02
done
touch "$1"
sleep 600
`

// makeBusy starts clients of X that draw, and returns when they are still.
func makeBusy(t *testing.T, x xserver) {
	t.Helper()
	need(t, "xterm", "x11-apps")
	done := filepath.Join(t.TempDir(), "done")
	for _, command := range [][]string{
		{"xlogo", "-display", x.display, "-geometry", "120x90+500+20"},
		{"xterm", "-display", x.display, "-geometry", "60x18+40+30", "-xrm", "XTerm*allowWindowOps: true",
			"-xrm", "XTerm*cursorBlink: false", "-fn", "fixed", "-e", "sh", "-c", busy, "busy", done},
	} {
		p, _, err := startQuiet(command[0], command[1:]...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.stop() })
	}
	if err := until(t.Context(), 30*time.Second, 20*time.Millisecond, func() error {
		_, err := os.Stat(done)
		return err
	}); err != nil {
		t.Fatalf("xterm did not come to its end: %v", err)
	}
}

// A view is how a client asks for the screen.
type view struct {
	encoding proto.Encoding // listed first
	format   proto.PixelFormat
}

var bigEndian16 = func() proto.PixelFormat {
	f := proto.PixelFormat16
	f.BigEndian = true
	return f
}()

// viewsOf are all encodings that a server knows, and the last two of them with
// fewer colors.
func viewsOf(knows []proto.Encoding) (all []view) {
	for _, e := range knows {
		all = append(all, view{encoding: e})
	}
	for _, e := range knows[len(knows)-2:] {
		all = append(all, view{e, bigEndian16}, view{e, proto.PixelFormat8})
	}
	return all
}

func TestRFBServersShowTheirScreens(t *testing.T) {
	tigerKnows := []proto.Encoding{proto.EncodingRaw, proto.EncodingRRE, proto.EncodingHextile, proto.EncodingTight, proto.EncodingZRLE}
	tightKnows := []proto.Encoding{proto.EncodingRaw, proto.EncodingRRE, proto.EncodingCoRRE, proto.EncodingHextile, proto.EncodingZlib, proto.EncodingTight}
	servers := map[string]struct {
		begin   func(*testing.T) xserver
		views   []view
		knows   []proto.Encoding
		formats []proto.PixelFormat
		moves   bool // it sends what has moved as copies
	}{
		"tigervnc": {func(t *testing.T) xserver { return startTiger(t, "-SecurityTypes", "VncAuth") }, viewsOf(tigerKnows), tigerKnows,
			[]proto.PixelFormat{proto.PixelFormat32, bigEndian16, proto.PixelFormat8}, true},
		"tightvnc": {startTight, viewsOf(tightKnows), tightKnows,
			[]proto.PixelFormat{proto.PixelFormat32, bigEndian16, proto.PixelFormat8}, true},
		// It takes a second for each new client.
		"x11vnc": {startX11VNC, []view{{encoding: proto.EncodingZlib}, {proto.EncodingZRLE, bigEndian16}},
			append(tightKnows[:len(tightKnows):len(tightKnows)], proto.EncodingZRLE), []proto.PixelFormat{proto.PixelFormat32}, false},
	}
	for name, server := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := server.begin(t)
			var clients []*rfb.Client
			for _, v := range server.views {
				list := []proto.Encoding{v.encoding, proto.EncodingCopyRect, proto.EncodingRaw, proto.EncodingCursor, proto.EncodingLastRect,
					proto.EncodingFence, proto.EncodingContinuousUpdates, proto.EncodingExtendedDesktopSize, proto.EncodingDesktopSize}
				clients = append(clients, viewRFB(t, x.target, rfb.Config{Encodings: list, PixelFormat: v.format}))
			}
			watched := func() error { return nil }
			if server.moves {
				watched = watchCopies(t, x)
			}
			makeBusy(t, x)
			for i, v := range server.views {
				if err := becomesScreen(t, clients[i], x.display, v.format); err != nil {
					t.Errorf("%v, %d bits: %v", v.encoding, v.format.BitsPerPixel, err)
				}
				clients[i].Close()
			}
			err := watched()
			for range 5 {
				if !errors.Is(err, errNoCopy) {
					break
				}
				watched = watchCopies(t, x)
				makeBusy(t, x)
				err = watched()
			}
			if err != nil {
				t.Errorf("CopyRect: %v", err)
			}
			for _, f := range server.formats {
				seesEncodings(t, x, server.knows, f)
			}
		})
	}
}

func TestRFBSecurityTypeOfTightVNC(t *testing.T) {
	x := startTight(t)
	c := viewRFB(t, x.target, rfb.Config{Security: []proto.SecurityType{proto.SecurityTight, proto.SecurityVNC}})
	if err := becomesScreen(t, c, x.display, proto.PixelFormat{}); err != nil {
		t.Error(err)
	}
}

// becomesScreen waits until the client sees what the X server shows. Formats
// with fewer bits may differ by one step, since servers round differently.
func becomesScreen(t *testing.T, c *rfb.Client, display string, f proto.PixelFormat) error {
	t.Helper()
	step := steps(f)
	deadline := time.After(15 * time.Second)
	for {
		if err := c.Err(); err != nil {
			return err
		}
		want, err := screenshot(display)
		if err != nil {
			return err
		}
		var differ error
		c.View(func(got *image.RGBA) { differ = compareScreens(got, want, step) })
		if differ == nil {
			return nil
		}
		select {
		case <-c.Updates():
		case <-time.After(100 * time.Millisecond):
		case <-deadline:
			return differ
		}
	}
}

// steps are how much each color may differ.
func steps(f proto.PixelFormat) (step [3]int) {
	if f.BitsPerPixel == 8 || f.BitsPerPixel == 16 {
		step = [3]int{255/int(f.RedMax) + 1, 255/int(f.GreenMax) + 1, 255/int(f.BlueMax) + 1}
	}
	return step
}

func compareScreens(got, want *image.RGBA, step [3]int) error {
	if got.Rect != want.Rect {
		return fmt.Errorf("the picture is %v, want %v", got.Rect, want.Rect)
	}
	for i, w := range want.Pix {
		if i%4 == 3 {
			continue
		}
		if d := int(got.Pix[i]) - int(w); d > step[i%4] || -d > step[i%4] {
			at := i / 4
			return fmt.Errorf("pixel (%d, %d) is %v, want %v", at%want.Rect.Dx(), at/want.Rect.Dx(), got.Pix[4*at:4*at+3], want.Pix[4*at:4*at+3])
		}
	}
	return nil
}

// vncCertificate writes a certificate for a name, and its key.
func vncCertificate(t *testing.T, name string) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(parsed)
	return cert, key, pool
}

func TestRFBSecurityTypesOfTigerVNC(t *testing.T) {
	need(t, "tigervnc", "x11-apps")
	cert, key, pool := vncCertificate(t, "desk.example")
	all := startTiger(t, "-SecurityTypes", "None,VncAuth,Plain,TLSNone,TLSVnc,TLSPlain,X509None,X509Vnc,X509Plain",
		"-X509Cert", cert, "-X509Key", key, "-PlainUsers", "nobody")
	trusted := &tls.Config{RootCAs: pool, ServerName: "desk.example"}
	for _, s := range []proto.SecurityType{proto.SecurityNone, proto.SecurityVNC, proto.VeNCryptX509None, proto.VeNCryptX509Vnc} {
		t.Run(s.String(), func(t *testing.T) {
			c := viewRFB(t, all.target, rfb.Config{Security: []proto.SecurityType{s}, TLS: trusted})
			if err := becomesScreen(t, c, all.display, proto.PixelFormat{}); err != nil {
				t.Error(err)
			}
		})
	}
	dial := func(c rfb.Config) error {
		client, err := rfb.Dial(t.Context(), all.target, c)
		if err == nil {
			client.Close()
		}
		return err
	}
	t.Run("a wrong password is refused", func(t *testing.T) {
		for _, s := range []proto.SecurityType{proto.SecurityVNC, proto.VeNCryptX509Vnc} {
			var refused *proto.RefusedError
			err := dial(rfb.Config{Password: "wrong", Security: []proto.SecurityType{s}, TLS: trusted})
			if !errors.As(err, &refused) || refused.Reason == "" || strings.Contains(err.Error(), "wrong") {
				t.Errorf("%v: %v", s, err)
			}
		}
	})
	t.Run("a certificate that nobody signed", func(t *testing.T) {
		var unknown x509.UnknownAuthorityError
		err := dial(rfb.Config{Password: rfbPassword, Security: []proto.SecurityType{proto.VeNCryptX509Vnc}, TLS: &tls.Config{ServerName: "desk.example"}})
		if !errors.As(err, &unknown) {
			t.Error(err)
		}
	})
	t.Run("a certificate of another host", func(t *testing.T) {
		var other x509.HostnameError
		err := dial(rfb.Config{Password: rfbPassword, Security: []proto.SecurityType{proto.VeNCryptX509Vnc}, TLS: &tls.Config{RootCAs: pool, ServerName: "other.example"}})
		if !errors.As(err, &other) {
			t.Error(err)
		}
	})
}

// TestRFBDefaultsOfTigerVNC connects to a server that was given no security
// types: it offers VeNCrypt with anonymous TLS, and VNC.
func TestRFBDefaultsOfTigerVNC(t *testing.T) {
	need(t, "tigervnc", "x11-apps")
	x := startTiger(t)
	c := viewRFB(t, x.target, rfb.Config{})
	if err := becomesScreen(t, c, x.display, proto.PixelFormat{}); err != nil {
		t.Error(err)
	}
}

func TestRFBServerWithCertificateOnly(t *testing.T) {
	need(t, "tigervnc", "x11-apps")
	cert, key, pool := vncCertificate(t, "desk.example")
	x := startTiger(t, "-SecurityTypes", "X509Vnc", "-X509Cert", cert, "-X509Key", key)
	c := viewRFB(t, x.target, rfb.Config{TLS: &tls.Config{RootCAs: pool, ServerName: "desk.example"}})
	if err := becomesScreen(t, c, x.display, proto.PixelFormat{}); err != nil {
		t.Error(err)
	}
	anonymous := startTiger(t, "-SecurityTypes", "TLSVnc")
	if _, err := rfb.Dial(t.Context(), anonymous.target, rfb.Config{Password: rfbPassword}); !errors.Is(err, proto.ErrAnonymousTLS) {
		t.Errorf("anonymous TLS: %v", err)
	}
}

func TestRFBInputReachesX(t *testing.T) {
	need(t, "xterm", "x11-apps")
	x := startTiger(t, "-SecurityTypes", "VncAuth")
	c := viewRFB(t, x.target, rfb.Config{})
	said := filepath.Join(t.TempDir(), "said")
	p, _, err := startQuiet("xterm", "-display", x.display, "-geometry", "40x10+0+0", "-fn", "fixed", "-e", "sh", "-c",
		`read line; printf %s "$line" >"$1"; sleep 600`, "sh", said)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.stop() })
	// Without a window manager the keys go to the window under the pointer.
	select { // its window is there when it was drawn
	case <-c.Updates():
	case <-time.After(20 * time.Second):
		t.Fatal("no picture")
	}
	if err := until(t.Context(), patience, 200*time.Millisecond, func() error {
		c.SendPointer(60, 60, 0)
		for _, key := range []struct{ keysym, code uint32 }{{'h', 0x23}, {'i', 0}, {0xff0d, 0x1c}} {
			c.SendKey(true, key.keysym, key.code)
			c.SendKey(false, key.keysym, key.code)
		}
		got, _ := os.ReadFile(said)
		if !strings.HasSuffix(string(got), "hi") {
			return fmt.Errorf("xterm read %q", got)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}

	if asked, err := c.Resize(800, 300); !asked || err != nil {
		t.Fatalf("a size: %v, %v", asked, err)
	}
	for resized := false; !resized; {
		select {
		case u := <-c.Updates():
			resized = u.Resized
		case <-time.After(10 * time.Second):
			t.Fatal("no new size")
		}
	}
	if c.Size() != image.Pt(800, 300) {
		t.Errorf("the size is %v", c.Size())
	}
	if err := becomesScreen(t, c, x.display, proto.PixelFormat{}); err != nil {
		t.Error(err)
	}
}
