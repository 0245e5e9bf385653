package rfb_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"image"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	proto "github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb"
	"github.com/everwire/everwire/rfb/rfbtest"
)

// connect returns a client of a server at the other end of a pipe.
func connect(t *testing.T, s rfbtest.Config, c rfb.Config) (*rfb.Client, error) {
	t.Helper()
	server, err := rfbtest.NewServer(s)
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer theirs.Close()
		server.Serve(theirs)
	}()
	t.Cleanup(func() { mine.Close(); <-done })
	return rfb.NewClient(t.Context(), mine, "desk.example", c)
}

// mustConnect is connect that ends the test if it fails.
func mustConnect(t *testing.T, s rfbtest.Config, c rfb.Config) *rfb.Client {
	t.Helper()
	client, err := connect(t, s, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// sees waits until the client's picture is the wanted one.
func sees(t *testing.T, c *rfb.Client, want *proto.Framebuffer) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		var at image.Point
		var differ bool
		c.View(func(m *image.RGBA) {
			at, differ = rfbtest.Differ(&proto.Framebuffer{Width: m.Rect.Dx(), Height: m.Rect.Dy(), Pix: m.Pix}, want)
		})
		if !differ {
			return
		}
		select {
		case _, open := <-c.Updates():
			if !open {
				t.Fatalf("the connection ended: %v", c.Err())
			}
		case <-deadline:
			t.Fatalf("the picture differs at %v", at)
		}
	}
}

func TestClientSeesWhatIsServed(t *testing.T) {
	insecure := rfb.Config{Insecure: true, Password: "secret", Username: "alice"}
	last := func(t *testing.T, format proto.PixelFormat) *proto.Framebuffer {
		script := rfbtest.Script()
		want, err := rfbtest.Converted(script[len(script)-1].Picture, format)
		if err != nil {
			t.Fatal(err)
		}
		return want
	}
	big16, big32 := proto.PixelFormat16, proto.PixelFormat32
	big16.BigEndian, big32.BigEndian = true, true
	for _, e := range []proto.Encoding{
		proto.EncodingRaw, proto.EncodingRRE, proto.EncodingCoRRE, proto.EncodingHextile, proto.EncodingZlib,
		proto.EncodingZlibHex, proto.EncodingTight, proto.EncodingTRLE, proto.EncodingZRLE,
	} {
		for _, f := range []proto.PixelFormat{big32, big16, proto.PixelFormat8} {
			t.Run(fmt.Sprintf("%v %d bits, big-endian %v", e, f.BitsPerPixel, f.BigEndian), func(t *testing.T) {
				t.Parallel()
				c := insecure
				c.PixelFormat = f
				sees(t, mustConnect(t, rfbtest.Config{Encoding: e, LastRect: f.BigEndian}, c), last(t, f))
			})
		}
	}
	for _, form := range []proto.TightForm{proto.TightCopy, proto.TightPalette, proto.TightGradient} {
		t.Run(fmt.Sprintf("Tight form %d", form), func(t *testing.T) {
			sees(t, mustConnect(t, rfbtest.Config{Encoding: proto.EncodingTight, Tight: form}, insecure), last(t, proto.PixelFormat32))
		})
	}
}

// selfSigned returns a certificate for desk.example.
func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	return certify(t, &x509.Certificate{Subject: pkix.Name{CommonName: "desk"}, DNSNames: []string{"desk.example"}})
}

// A recorder keeps what is written to a connection.
type recorder struct {
	net.Conn
	mu      sync.Mutex // guards below
	written []byte
}

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	r.written = append(r.written, p...)
	r.mu.Unlock()
	return r.Conn.Write(p)
}

func TestTheCertificateIsCheckedBeforeACredentialIsSent(t *testing.T) {
	cert, pool := selfSigned(t)
	for name, config := range map[string]*tls.Config{
		"signed by nobody": {ServerName: "desk.example"},
		"of another host":  {ServerName: "other.example", RootCAs: pool},
		"no name to check": {RootCAs: pool},
	} {
		t.Run(name, func(t *testing.T) {
			config.MaxVersion = tls.VersionTLS12 // whose alerts can be told from data
			server, err := rfbtest.NewServer(rfbtest.Config{Security: []proto.SecurityType{proto.VeNCryptX509Plain},
				User: "alice", Password: "secret", TLS: &tls.Config{Certificates: []tls.Certificate{cert}}})
			if err != nil {
				t.Fatal(err)
			}
			mine, theirs := net.Pipe()
			done := make(chan struct{})
			go func() {
				defer close(done)
				defer theirs.Close()
				server.Serve(theirs)
			}()
			wire := &recorder{Conn: mine}
			asked := false
			_, err = rfb.NewClient(t.Context(), wire, "", rfb.Config{TLS: config,
				Credentials: func(context.Context, proto.SecurityType, bool) (proto.Credentials, error) {
					asked = true
					return proto.Credentials{Username: "alice", Password: "secret"}, nil
				}})
			<-done
			if err == nil || asked {
				t.Fatalf("asked for credentials: %v; error %v", asked, err)
			}
			// Version, security type, VeNCrypt's version and subtype; then TLS.
			for p := wire.written[12+1+2+4:]; len(p) > 0; p = p[min(len(p), 5+int(p[3])<<8+int(p[4])):] {
				if p[0] == 23 {
					t.Fatal("the client has sent data")
				}
			}
		})
	}
}

func TestWhatCanBeListenedToIsRefused(t *testing.T) {
	for _, s := range []proto.SecurityType{proto.SecurityNone, proto.SecurityVNC, proto.VeNCryptPlain} {
		t.Run(s.String(), func(t *testing.T) {
			_, err := connect(t, rfbtest.Config{Security: []proto.SecurityType{s}, User: "alice", Password: "secret"}, rfb.Config{Password: "secret"})
			var types *proto.SecurityTypesError
			if !errors.As(err, &types) || !strings.Contains(err.Error(), "Insecure") || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestUpdatesAreUnitedWhileNobodyLooks(t *testing.T) {
	script := rfbtest.Script()
	stepped := make(chan int, len(script))
	c := mustConnect(t, rfbtest.Config{OnStep: func(n int) { stepped <- n }}, rfb.Config{Insecure: true})
	for n := range script { // the server goes on though nobody takes anything
		select {
		case <-stepped:
		case <-time.After(time.Minute):
			t.Fatalf("the server is at step %d", n)
		}
	}
	sees(t, c, script[len(script)-1].Picture)
	if all := image.Rect(0, 0, rfbtest.ScriptWidth, rfbtest.ScriptHeight); c.Image().Rect != all || c.Size() != all.Max {
		t.Errorf("size %v", c.Size())
	}
}

func TestInputReachesTheServer(t *testing.T) {
	events := make(chan proto.ServerEvent, 10)
	c := mustConnect(t, rfbtest.Config{Name: "a desk", OnInput: func(ev proto.ServerEvent) {
		select {
		case events <- ev:
		default:
		}
	}}, rfb.Config{Insecure: true})
	if c.Name() != "a desk" {
		t.Errorf("the name is %q", c.Name())
	}
	if err := errors.Join(c.SendKey(true, 'x', 0), c.SendPointer(3, 4, 1), c.SetClipboard("hello"), c.Refresh()); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		select {
		case <-events:
		case <-time.After(time.Minute):
			t.Fatalf("%d events arrived", i)
		}
	}
}

func TestCloseEndsAll(t *testing.T) {
	c, err := connect(t, rfbtest.Config{}, rfb.Config{Insecure: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	for range c.Updates() { // it is closed, perhaps behind a last one
	}
	<-c.Done()
	if !errors.Is(c.Err(), net.ErrClosed) || !errors.Is(c.SendKey(true, 'a', 0), net.ErrClosed) {
		t.Errorf("after Close: %v", c.Err())
	}
	if err := c.Close(); err != nil {
		t.Error("second Close:", err)
	}
	if c.Image() == nil {
		t.Error("the last picture is gone")
	}
}

// tcpPair returns both ends of a connection that has buffers: these servers
// send without reading what a client sends meanwhile.
func tcpPair(t *testing.T) (mine, theirs net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if mine, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if theirs, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return mine, theirs
}

func TestServersThatBreakTheRules(t *testing.T) {
	for _, a := range rfbtest.Attacks() {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			mine, theirs := tcpPair(t)
			done := make(chan struct{})
			go func() { defer close(done); a.Serve(theirs) }()
			c, err := rfb.NewClient(t.Context(), mine, "", rfb.Config{Insecure: true, MaxPixels: 1 << 20, HandshakeTimeout: 3 * time.Second})
			if err == nil {
				if !a.Harmless {
					select {
					case <-c.Done():
					case <-time.After(time.Minute):
						t.Error("the client goes on")
					}
				}
				c.Close()
			}
			<-done
		})
	}
}

func TestConnectionsCutAtAnyByteEnd(t *testing.T) {
	picture, err := proto.NewFramebuffer(20, 10)
	if err != nil {
		t.Fatal(err)
	}
	steps := []rfbtest.Step{{Picture: picture, Damage: []proto.Rect{picture.Bounds()}}}
	for cut := 1; cut < 200; cut++ {
		c, err := connect(t, rfbtest.Config{Steps: steps, CutAfter: cut, Encoding: proto.EncodingZRLE}, rfb.Config{Insecure: true})
		if err != nil {
			if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.ErrClosedPipe) && !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("cut at %d: %v", cut, err)
			}
			continue
		}
		c.Close()
	}
}
