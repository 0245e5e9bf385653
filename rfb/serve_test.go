package rfb_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"image"
	"io"
	"net"
	"testing"
	"time"

	proto "github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb"
)

// limit is how long a test waits for anything.
const limit = time.Minute

// serveSource shows a source on a free port until the test ends.
func serveSource(t *testing.T, src rfb.Source, c rfb.ServeConfig) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if c.Security == nil && c.Password == "" {
		c.Security = []proto.SecurityType{proto.SecurityNone}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error, 1)
	over := errors.New("the test is over")
	go func() { done <- rfb.ServeListener(ctx, l, src, c) }()
	t.Cleanup(func() {
		cancel(over)
		if err := <-done; err != over && !errors.Is(err, context.Canceled) {
			t.Errorf("ServeListener: %v", err)
		}
	})
	return l.Addr().String()
}

func viewer(t *testing.T, address string, c rfb.Config) *rfb.Client {
	t.Helper()
	client, err := rfb.Dial(t.Context(), address, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func newDesktop(t *testing.T, onInput func(*rfb.Viewer, rfb.Input)) *rfb.Desktop {
	t.Helper()
	d, err := rfb.NewDesktop(100, 80, "test", onInput)
	if err != nil {
		t.Fatal(err)
	}
	// Not what a viewer has before it has been sent anything.
	d.Show(filled(image.Rect(0, 0, 100, 80), 77), image.Rect(0, 0, 100, 80))
	return d
}

// follows waits until a viewer sees the desktop as it is.
func follows(t *testing.T, c *rfb.Client, d *rfb.Desktop) {
	t.Helper()
	timeout := time.After(limit)
	for {
		got, want := c.Image(), d.Image()
		if got.Rect == want.Rect && bytes.Equal(got.Pix, want.Pix) {
			return
		}
		select {
		case _, ok := <-c.Updates():
			if !ok {
				t.Fatalf("the connection has ended: %v", c.Err())
			}
		case <-timeout:
			t.Fatalf("the viewer has %v, the desktop %v, and they differ", got.Rect, want.Rect)
		}
	}
}

// filled returns an image of one color.
func filled(r image.Rectangle, v byte) *image.RGBA {
	img := image.NewRGBA(r)
	for i := range img.Pix {
		img.Pix[i] = v
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	return img
}

// receive takes what a callback has sent.
func receive[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(limit):
		t.Fatal("nothing has come")
	}
	return v
}

func TestViewersSeeChanges(t *testing.T) {
	d := newDesktop(t, nil)
	d.Show(filled(image.Rect(0, 0, 100, 80), 50), image.Rect(10, 10, 200, 200))
	address := serveSource(t, d, rfb.ServeConfig{})
	a, b := viewer(t, address, rfb.Config{}), viewer(t, address, rfb.Config{PixelFormat: proto.PixelFormat32})
	follows(t, a, d)
	follows(t, b, d)
	for i := range 20 {
		d.Show(filled(image.Rect(0, 0, 100, 80), byte(10*i)), image.Rect(i, i, 40+i, 30+i))
		d.Scroll(image.Rect(0, 5, 90, 70), image.Pt(i%10, 0))
		d.Scroll(image.Rect(95, 0, 105, 9), image.Pt(0, 0)) // partly outside: ignored
	}
	follows(t, a, d)
	follows(t, b, d)
	if err := d.Resize(131, 67, nil, nil); err != nil {
		t.Fatal(err)
	}
	follows(t, a, d)
	d.SetName("other")
	follows(t, b, d)
	if d.Viewers() != 2 {
		t.Errorf("%d viewers", d.Viewers())
	}
}

func TestViewersGetNews(t *testing.T) {
	d := newDesktop(t, nil)
	cursor := &proto.Cursor{HotX: 1, HotY: 2, Width: 3, Height: 3, Pix: make([]byte, 36)}
	d.SetCursor(cursor)
	d.SetClipboard("before", nil)
	address := serveSource(t, d, rfb.ServeConfig{})
	bells, texts, names := make(chan bool, 9), make(chan string, 9), make(chan string, 9)
	cursors, leds := make(chan *proto.Cursor, 9), make(chan proto.LEDs, 9)
	viewer(t, address, rfb.Config{
		OnBell: func() { bells <- true }, OnClipboard: func(s string) { texts <- s }, OnName: func(s string) { names <- s },
		OnCursor: func(c *proto.Cursor) { cursors <- c }, OnLEDs: func(l proto.LEDs) { leds <- l },
	})
	if got := receive(t, cursors); got.HotX != 1 || got.HotY != 2 || !bytes.Equal(got.Pix, cursor.Pix) {
		t.Errorf("cursor %+v", got)
	}
	if got := receive(t, leds); got != 0 {
		t.Errorf("lamps %v", got)
	}
	d.Bell()
	receive(t, bells)
	d.SetClipboard("\u6f22\n2", nil)
	if got := receive(t, texts); got != "\u6f22\n2" {
		t.Errorf("text %q", got)
	}
	d.SetName("new")
	if got := receive(t, names); got != "new" {
		t.Errorf("name %q", got)
	}
	d.SetLEDs(proto.LEDCapsLock)
	if got := receive(t, leds); got != proto.LEDCapsLock {
		t.Errorf("lamps %v", got)
	}
}

func TestInputArrives(t *testing.T) {
	inputs := make(chan rfb.Input, 100)
	d := newDesktop(t, func(_ *rfb.Viewer, in rfb.Input) { inputs <- in })
	client := viewer(t, serveSource(t, d, rfb.ServeConfig{}), rfb.Config{})
	follows(t, client, d)
	client.SendKey(true, 'a', 0)
	client.SendKey(false, 'b', 30)
	client.SendPointer(7, 8, 5)
	client.SetClipboard("caf\u00e9\n\u6f22")
	for _, want := range []rfb.Input{
		{Kind: rfb.InputKey, Down: true, Keysym: 'a'},
		{Kind: rfb.InputKey, Keysym: 'b', ScanCode: 30},
		{Kind: rfb.InputPointer, X: 7, Y: 8, Buttons: 5},
		{Kind: rfb.InputClipboard, Text: "caf\u00e9\n\u6f22"},
	} {
		if got := receive(t, inputs); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	client.Close()
	if got := receive(t, inputs); got.Kind != rfb.InputLeave {
		t.Errorf("got %+v", got)
	}
}

func TestViewerResizes(t *testing.T) {
	d := newDesktop(t, nil)
	d.OnResize(func(v *rfb.Viewer, width, height int, screens []proto.Screen) int {
		if width > 200 {
			return proto.ResizeProhibited
		}
		if err := d.Resize(width, height, screens, v); err != nil {
			return proto.ResizeNoMemory
		}
		return proto.ResizeDone
	})
	client := viewer(t, serveSource(t, d, rfb.ServeConfig{}), rfb.Config{})
	follows(t, client, d)
	// The first screens may come after the picture.
	deadline := time.Now().Add(limit)
	for {
		asked, err := client.Resize(60, 50)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("asked %v, error %v", asked, err)
		}
		if asked {
			break
		}
		<-client.Updates()
	}
	for client.Size() != image.Pt(60, 50) {
		receive(t, client.Updates())
	}
	follows(t, client, d)
	if _, err := client.Resize(300, 50); err != nil {
		t.Fatal(err)
	}
	d.Show(filled(image.Rect(0, 0, 60, 50), 9), image.Rect(0, 0, 9, 9))
	follows(t, client, d)
	if got := d.Image().Rect.Dx(); got != 60 {
		t.Errorf("width %d", got)
	}
}

func TestPasswords(t *testing.T) {
	inputs := make(chan rfb.Input, 9)
	d := newDesktop(t, func(_ *rfb.Viewer, in rfb.Input) { inputs <- in })
	address := serveSource(t, d, rfb.ServeConfig{Password: "secret", ViewPassword: "looking"})
	if _, err := rfb.Dial(t.Context(), address, rfb.Config{Password: "wrong"}); err == nil {
		t.Fatal("a wrong password opens")
	}
	looker := viewer(t, address, rfb.Config{Password: "looking"})
	looker.SendKey(true, 'x', 0)
	looker.SetClipboard("x")
	follows(t, looker, d)
	looker.Close()
	if got := receive(t, inputs); got.Kind != rfb.InputLeave {
		t.Errorf("a viewer who may only look does %+v", got)
	}
	actor := viewer(t, address, rfb.Config{Password: "secret"})
	actor.SendKey(true, 'y', 0)
	if got := receive(t, inputs); got.Keysym != 'y' {
		t.Errorf("got %+v", got)
	}
}

func TestCertificate(t *testing.T) {
	certificate, pool := newCertificate(t)
	logins := make(chan rfb.Login, 1)
	d := newDesktop(t, nil)
	address := serveSource(t, d, rfb.ServeConfig{
		Security: []proto.SecurityType{proto.VeNCryptX509Plain},
		TLS:      &tls.Config{Certificates: []tls.Certificate{certificate}},
		Authenticate: func(_ context.Context, l rfb.Login) (rfb.Permission, error) {
			logins <- l
			if l.User != "ann" || !l.CheckPassword("secret") {
				return rfb.Permission{}, errors.New("no")
			}
			return rfb.Permission{}, nil
		},
	})
	client := viewer(t, address, rfb.Config{Username: "ann", Password: "secret", TLS: &tls.Config{RootCAs: pool}})
	if l := receive(t, logins); l.Security != proto.VeNCryptX509Plain || l.Remote == nil {
		t.Errorf("login %+v", l)
	}
	follows(t, client, d)
	if _, err := rfb.Dial(t.Context(), address, rfb.Config{Username: "ann", Password: "wrong", TLS: &tls.Config{RootCAs: pool}}); err == nil {
		t.Error("a wrong password opens")
	}
	if _, err := rfb.Dial(t.Context(), address, rfb.Config{Username: "ann", Password: "secret"}); err == nil {
		t.Error("the client trusts any certificate")
	}
}

func newCertificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	return certify(t, &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}})
}

func TestServeRefusesToBeOpen(t *testing.T) {
	d := newDesktop(t, nil)
	for _, c := range []rfb.ServeConfig{{}, {Security: []proto.SecurityType{proto.VeNCryptX509None}}} {
		client, server := net.Pipe()
		if err := rfb.Serve(t.Context(), server, d, c); err == nil {
			t.Error("it serves")
		}
		client.Close()
	}
}

// TestStalledViewer has one viewer that reads nothing. Others see all changes,
// painting is not held up, and it is cut off.
func TestStalledViewer(t *testing.T) {
	left := make(chan bool, 2)
	d, err := rfb.NewDesktop(2000, 1500, "large", func(_ *rfb.Viewer, in rfb.Input) { left <- in.Kind == rfb.InputLeave })
	if err != nil {
		t.Fatal(err)
	}
	raw := []proto.Encoding{}
	address := serveSource(t, d, rfb.ServeConfig{WriteTimeout: 300 * time.Millisecond, Encodings: raw})
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	hello := []byte("RFB 003.008\n\x01\x01")
	for range 20 { // more than fits into what the system keeps
		hello = proto.AppendFramebufferUpdateRequest(hello, false, proto.Rect{Width: 2000, Height: 1500})
	}
	if _, err := conn.Write(hello); err != nil {
		t.Fatal(err)
	}
	other := viewer(t, serveSource(t, d, rfb.ServeConfig{}), rfb.Config{})
	for i := range 5 {
		d.Show(filled(image.Rect(0, 0, 2000, 1500), byte(i)), image.Rect(i, i, 100, 100))
		follows(t, other, d)
	}
	if !receive(t, left) {
		t.Error("it is not cut off")
	}
}

// TestServeEnds ends with its context, and with the viewer.
func TestServeEnds(t *testing.T) {
	d := newDesktop(t, nil)
	c := rfb.ServeConfig{Security: []proto.SecurityType{proto.SecurityNone}}
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	client, server := net.Pipe()
	done := make(chan error, 1)
	go func() { done <- rfb.Serve(ctx, server, d, c) }()
	greeting := make([]byte, proto.VersionLength)
	if _, err := client.Read(greeting); err != nil || string(greeting) != "RFB 003.008\n" {
		t.Fatalf("%q %v", greeting, err)
	}
	cancel(cause)
	if err := receive(t, done); err != cause {
		t.Errorf("error %v", err)
	}
	client, server = net.Pipe()
	go func() { done <- rfb.Serve(t.Context(), server, d, c) }()
	viewer, err := rfb.NewClient(t.Context(), client, "", rfb.Config{Security: c.Security})
	if err != nil {
		t.Fatal(err)
	}
	viewer.Close()
	if err := receive(t, done); err != nil {
		t.Errorf("error %v", err)
	}
	if d.Viewers() != 0 {
		t.Errorf("%d viewers stay", d.Viewers())
	}
}

// TestHandshakeTimeout does not wait for ever.
func TestHandshakeTimeout(t *testing.T) {
	client, server := net.Pipe()
	defer client.Close()
	done := make(chan error, 1)
	go func() {
		done <- rfb.Serve(t.Context(), server, newDesktop(t, nil), rfb.ServeConfig{Password: "secret", HandshakeTimeout: time.Millisecond})
	}()
	var timeout net.Error
	if err := receive(t, done); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("error %v", err)
	}
}

// TestBadViewers breaks rules in several ways. Each is refused with an error
// that says so, and the one who behaves notices nothing.
func TestBadViewers(t *testing.T) {
	d := newDesktop(t, nil)
	c := rfb.ServeConfig{Security: []proto.SecurityType{proto.SecurityNone}}
	good := viewer(t, serveSource(t, d, c), rfb.Config{})
	hello := "RFB 003.008\n\x01\x01"
	for name, tt := range map[string]struct {
		sends string
		want  error
	}{
		"not RFB":          {"GET / HTTP/1.1\r\n\r\n", proto.ErrVersion},
		"wrong type":       {"RFB 003.008\n\x02", proto.ErrRefused},
		"unknown message":  {hello + "\x63", proto.ErrMessageType},
		"text of 4 GiB":    {hello + "\x06\x00\x00\x00\x7f\xff\xff\xff", proto.ErrTooLarge},
		"text of -2 GiB":   {hello + "\x06\x00\x00\x00\x80\x00\x00\x00", proto.ErrTooLarge},
		"24 bits":          {hello + "\x00\x00\x00\x00\x18\x18\x00\x01\x00\xff\x00\xff\x00\xff\x10\x08\x00\x00\x00\x00", proto.ErrPixelFormat},
		"unasked extended": {hello + "\x06\x00\x00\x00\xff\xff\xff\xfc\x00\x00\x00\x01", proto.ErrMalformed},
		"long fence":       {hello + "\xf8\x00\x00\x00\x80\x00\x00\x00\xff", proto.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := net.Pipe()
			defer client.Close()
			done := make(chan error, 1)
			go func() { done <- rfb.Serve(t.Context(), server, d, c) }()
			go io.Copy(io.Discard, client)
			// The server may have had enough before all is sent.
			_, _ = client.Write([]byte(tt.sends))
			if err := receive(t, done); !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
	d.Show(filled(image.Rect(0, 0, 100, 80), 3), image.Rect(0, 0, 9, 9))
	follows(t, good, d)
}
