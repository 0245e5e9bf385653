package rfbtest_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb/rfbtest"
)

// connect brings a client to the end of its handshake.
func connect(t *testing.T, conn net.Conn, c rfb.ClientConfig, password string) *session {
	t.Helper()
	client, err := rfb.NewClient(c)
	if err != nil {
		t.Fatal(err)
	}
	s := &session{Client: client, conn: conn}
	for {
		ev, err := s.next()
		if err != nil {
			t.Fatalf("handshake: %v", err)
		}
		switch ev.Kind {
		case rfb.EventCredentials:
			if err := client.Login(rfb.Credentials{Password: password}); err != nil {
				t.Fatal(err)
			}
		case rfb.EventReady:
			return s
		}
	}
}

// A session is a client on a connection.
type session struct {
	*rfb.Client
	conn net.Conn
	buf  [64 << 10]byte
}

// next sends what there is and returns the next event.
func (s *session) next() (rfb.Event, error) {
	for {
		ev, err := s.Next()
		if out := s.AppendOutput(nil); len(out) > 0 && err == nil {
			_, err = s.conn.Write(out)
		}
		if err != nil || ev.Kind != rfb.EventNone {
			return ev, err
		}
		n, err := s.conn.Read(s.buf[:])
		if err != nil {
			return ev, err
		}
		s.Feed(s.buf[:n])
	}
}

// update asks for an update and waits for its end.
func (s *session) update(incremental bool) error {
	if err := s.RequestUpdate(incremental, s.Framebuffer().Bounds()); err != nil {
		return err
	}
	if _, err := s.conn.Write(s.AppendOutput(nil)); err != nil {
		return err
	}
	for {
		ev, err := s.next()
		if err != nil || ev.Kind == rfb.EventUpdate {
			return err
		}
	}
}

// pair returns the two ends of a connection that has room for what both send
// at once. No read of the client takes longer than a test may.
func pair(t *testing.T) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []net.Conn{client, server} {
		if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	return client, server
}

// serve connects a client with a server of the script.
func serve(t *testing.T, c rfbtest.Config) (*rfbtest.Server, net.Conn) {
	t.Helper()
	s, err := rfbtest.NewServer(c)
	if err != nil {
		t.Fatal(err)
	}
	client, server := pair(t)
	done := make(chan error, 1)
	go func() {
		defer server.Close()
		done <- s.Serve(server)
	}()
	t.Cleanup(func() {
		client.Close()
		if err := <-done; err != nil {
			t.Errorf("the server: %v", err)
		}
	})
	return s, client
}

// Pixel formats: 8, 16 and 32 bits, both byte orders, with and without true
// color, and what is odd about them.
var formats = map[string]rfb.PixelFormat{
	"32":      rfb.PixelFormat32,
	"32 big":  {BitsPerPixel: 32, Depth: 24, BigEndian: true, TrueColor: true, RedMax: 255, GreenMax: 255, BlueMax: 255, RedShift: 16, GreenShift: 8},
	"32 rgba": rfb.PixelFormatRGBA,
	"32 high": {BitsPerPixel: 32, Depth: 24, TrueColor: true, RedMax: 255, GreenMax: 255, BlueMax: 255, RedShift: 8, GreenShift: 16, BlueShift: 24},
	// All 32 bits matter, so nothing is shortened.
	"32 deep": {BitsPerPixel: 32, Depth: 32, TrueColor: true, RedMax: 255, GreenMax: 255, BlueMax: 255, RedShift: 16, GreenShift: 8},
	// Shortened to three bytes in TRLE, but not in Tight.
	"32 of 15": {BitsPerPixel: 32, Depth: 15, BigEndian: true, TrueColor: true, RedMax: 31, GreenMax: 31, BlueMax: 31, RedShift: 10, GreenShift: 5},
	"16":       rfb.PixelFormat16,
	"16 big":   {BitsPerPixel: 16, Depth: 16, BigEndian: true, TrueColor: true, RedMax: 31, GreenMax: 63, BlueMax: 31, RedShift: 11, GreenShift: 5},
	"15":       {BitsPerPixel: 16, Depth: 15, TrueColor: true, RedMax: 31, GreenMax: 31, BlueMax: 31, BlueShift: 10, GreenShift: 5},
	"8":        rfb.PixelFormat8,
	"8 mapped": rfb.PixelFormatMap8,
}

type way struct {
	encoding rfb.Encoding
	tight    rfb.TightForm
}

// ways are all lossless ways to write pixels.
var ways = map[string]way{
	"Raw": {encoding: rfb.EncodingRaw}, "RRE": {encoding: rfb.EncodingRRE}, "CoRRE": {encoding: rfb.EncodingCoRRE},
	"Hextile": {encoding: rfb.EncodingHextile}, "zlib": {encoding: rfb.EncodingZlib}, "ZlibHex": {encoding: rfb.EncodingZlibHex},
	"TRLE": {encoding: rfb.EncodingTRLE}, "ZRLE": {encoding: rfb.EncodingZRLE},
	"Tight": {encoding: rfb.EncodingTight}, "Tight copy": {rfb.EncodingTight, rfb.TightCopy}, "Tight gradient": {rfb.EncodingTight, rfb.TightGradient},
	"Tight PNG": {encoding: rfb.EncodingTightPNG},
}

// TestEveryWay shows the script to a client through each encoding, in each
// pixel format, and compares every pixel after every step.
func TestEveryWay(t *testing.T) {
	for name, format := range formats {
		script := rfbtest.Script()
		if name != "32" && name != "16 big" && name != "8" {
			script = cropped(script)
		}
		want := converted(t, script, format)
		for wayName, w := range ways {
			if w.encoding == rfb.EncodingTightPNG && format.GreenMax < 255 {
				// A PNG has the picture's colors, but what is of one color has
				// those of the format.
				continue
			}
			t.Run(name+"/"+wayName, func(t *testing.T) {
				t.Parallel()
				show(t, rfbtest.Config{Encoding: w.encoding, Tight: w.tight, Steps: script}, format, want)
			})
		}
	}
}

// TestEveryVersion does the same for each version and each encoding, with a
// password, with pixels in place of copies, and with updates that do not tell
// how many rectangles they have.
func TestEveryVersion(t *testing.T) {
	script := cropped(rfbtest.Script())
	for _, version := range []rfb.Version{rfb.Version33, rfb.Version37, rfb.Version38} {
		for wayName, w := range ways {
			for i, format := range []rfb.PixelFormat{rfb.PixelFormat8, rfb.PixelFormat16, rfb.PixelFormat32} {
				if w.encoding == rfb.EncodingTightPNG && i < 2 {
					continue
				}
				t.Run(fmt.Sprintf("%v/%s/%d", version, wayName, format.BitsPerPixel), func(t *testing.T) {
					t.Parallel()
					steps := script[:6]
					show(t, rfbtest.Config{
						Version: version, Encoding: w.encoding, Tight: w.tight, Steps: steps, NoCopies: true, LastRect: i > 0,
						Security: []rfb.SecurityType{rfb.SecurityVNC}, Password: "secret",
					}, format, converted(t, steps, format))
				})
			}
		}
	}
}

func converted(t *testing.T, steps []rfbtest.Step, format rfb.PixelFormat) []rfbtest.Step {
	t.Helper()
	want := make([]rfbtest.Step, len(steps))
	for i, step := range steps {
		picture, err := rfbtest.Converted(step.Picture, format)
		if err != nil {
			t.Fatal(err)
		}
		want[i] = rfbtest.Step{About: step.About, Picture: picture}
	}
	return want
}

// cropped returns the script's steps for a screen that is just larger than a
// tile, without copies.
func cropped(script []rfbtest.Step) []rfbtest.Step {
	steps := make([]rfbtest.Step, len(script))
	for i, step := range script {
		small, _ := rfb.NewFramebuffer(67, 35) // a size that is allowed
		for y := range small.Height {
			copy(small.Row(0, y, small.Width), step.Picture.Row(100, 60+y, small.Width))
		}
		steps[i] = rfbtest.Step{About: step.About, Picture: small, Damage: []rfb.Rect{small.Bounds()}}
	}
	return steps
}

// show has a client look at all steps.
func show(t *testing.T, c rfbtest.Config, format rfb.PixelFormat, want []rfbtest.Step) {
	t.Helper()
	_, conn := serve(t, c)
	security := rfb.SecurityNone
	if c.Security != nil {
		security = c.Security[0]
	}
	s := connect(t, conn, rfb.ClientConfig{
		PixelFormat: format, Security: []rfb.SecurityType{security},
		Encodings: []rfb.Encoding{c.Encoding, rfb.EncodingCopyRect, rfb.EncodingLastRect},
	}, c.Password)
	if c.Version != (rfb.Version{}) && s.Version() != c.Version {
		t.Errorf("version %v", s.Version())
	}
	for i, step := range want {
		if err := s.update(i > 0); err != nil {
			t.Fatalf("step %d, %s: %v", i, step.About, err)
		}
		if at, differ := rfbtest.Differ(s.Framebuffer(), step.Picture); differ {
			t.Fatalf("step %d, %s: the pixel at %v is %v, want %v", i, step.About, at,
				s.Framebuffer().Row(at.X, at.Y, 1), step.Picture.Row(at.X, at.Y, 1))
		}
	}
}

// TestTightJPEG is not bit-exact, but near.
func TestTightJPEG(t *testing.T) {
	for _, format := range []rfb.PixelFormat{rfb.PixelFormat16, rfb.PixelFormat32} {
		s, conn := serve(t, rfbtest.Config{Encoding: rfb.EncodingTight, Tight: rfb.TightJPEG})
		c := connect(t, conn, rfb.ClientConfig{
			PixelFormat: format, Security: []rfb.SecurityType{rfb.SecurityNone},
			Encodings: []rfb.Encoding{rfb.EncodingTight, rfb.EncodingQualityLevel9},
		}, "")
		for i := range s.Steps() {
			if err := c.update(i > 0); err != nil {
				t.Fatal(err)
			}
			const smooth = 6 // the step that JPEG is made for
			if i == smooth {
				near(t, c.Framebuffer(), s.Picture(i), rfb.Rect{X: 8, Y: 8, Width: 130, Height: 80})
			}
		}
	}
}

func near(t *testing.T, got, want *rfb.Framebuffer, r rfb.Rect) {
	t.Helper()
	sum := 0
	for y := r.Y; y < r.Y+r.Height; y++ {
		a, b := got.Row(r.X, y, r.Width), want.Row(r.X, y, r.Width)
		for i := range a {
			sum += max(int(a[i]), int(b[i])) - min(int(a[i]), int(b[i]))
		}
	}
	if mean := float64(sum) / float64(4*r.Area()); mean > 12 {
		t.Errorf("pixels differ by %.1f on average", mean)
	}
}

// TestCut ends the connection at every place of the first bytes, and at many
// of the others. The client must say so, and not wait.
func TestCut(t *testing.T) {
	steps := rfbtest.Script()[:2]
	for n := 1; n < 20000; n += 1 + n/16 {
		s, err := rfbtest.NewServer(rfbtest.Config{Encoding: rfb.EncodingZRLE, CutAfter: n, Steps: steps})
		if err != nil {
			t.Fatal(err)
		}
		client, server := pair(t)
		done := make(chan error, 1)
		go func() { defer server.Close(); done <- s.Serve(server) }()
		err = look(client)
		client.Close()
		if serr := <-done; serr != nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("cut after %d: the client says %v, the server %v", n, err, serr)
		}
		if err == nil {
			if n < 5000 {
				t.Fatalf("cut after %d, but all of it was seen", n)
			}
			return
		}
	}
	t.Error("the script is longer than thought")
}

// look looks at two steps.
func look(conn net.Conn) error {
	client, err := rfb.NewClient(rfb.ClientConfig{Security: []rfb.SecurityType{rfb.SecurityNone}})
	if err != nil {
		return err
	}
	s := &session{Client: client, conn: conn}
	for {
		if ev, err := s.next(); err != nil {
			return err
		} else if ev.Kind == rfb.EventReady {
			break
		}
	}
	for i := range 3 { // the first one tells of the size
		if err := s.update(i > 0); err != nil {
			return err
		}
	}
	return nil
}
