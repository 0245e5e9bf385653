package e2e_test

import (
	"errors"
	"fmt"
	"image"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	proto "github.com/everwire/everwire/protocol/rfb"
)

// A listener is a client of the bare protocol that counts which encodings a
// server uses.
type listener struct {
	*proto.Client
	conn net.Conn
	used map[proto.Encoding]int // pixels
	buf  [64 << 10]byte
}

// listenRFB connects to a server that wants the password.
func listenRFB(t *testing.T, target string, f proto.PixelFormat) *listener {
	t.Helper()
	network, address := "tcp", target
	if path, ok := strings.CutPrefix(target, "unix:"); ok {
		network, address = "unix", path
	}
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	// What is listed once has to stay: TigerVNC ends a connection whose client
	// has listed lamps, and then does not.
	client, err := proto.NewClient(proto.ClientConfig{
		PixelFormat: f, Security: []proto.SecurityType{proto.SecurityVNC}, Encodings: []proto.Encoding{proto.EncodingRaw, proto.EncodingCursor},
	})
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{Client: client, conn: conn, used: map[proto.Encoding]int{}}
	l.limit(20 * time.Second)
	for {
		ev, err := l.next()
		switch {
		case err != nil:
			t.Fatal(err)
		case ev.Kind == proto.EventCredentials:
			if err := client.Login(proto.Credentials{Password: rfbPassword}); err != nil {
				t.Fatal(err)
			}
		case ev.Kind == proto.EventReady:
			return l
		}
	}
}

func (l *listener) limit(d time.Duration) { l.conn.SetDeadline(time.Now().Add(d)) }

// next sends what there is and returns the next event.
func (l *listener) next() (proto.Event, error) {
	for {
		ev, err := l.Next()
		if out := l.AppendOutput(nil); len(out) > 0 && err == nil {
			_, err = l.conn.Write(out)
		}
		if err != nil || ev.Kind != proto.EventNone {
			return ev, err
		}
		n, err := l.conn.Read(l.buf[:])
		if err != nil {
			return ev, err
		}
		l.Feed(l.buf[:n])
	}
}

// list asks for these encodings and no others, from the next request on.
func (l *listener) list(encodings ...proto.Encoding) error {
	_, err := l.conn.Write(proto.AppendSetEncodings(nil, encodings...))
	return err
}

// update asks for an update and waits for its end.
func (l *listener) update(incremental bool) error {
	if err := l.RequestUpdate(incremental, l.Framebuffer().Bounds()); err != nil {
		return err
	}
	for {
		ev, err := l.next()
		if err != nil || ev.Kind == proto.EventUpdate {
			return err
		}
		if ev.Kind == proto.EventRect {
			l.used[ev.Encoding] += ev.Rect.Width * ev.Rect.Height
		}
	}
}

// differs compares the picture with what a screen shows.
func (l *listener) differs(want *image.RGBA, f proto.PixelFormat) error {
	fb := l.Framebuffer()
	return compareScreens(&image.RGBA{Pix: fb.Pix, Stride: 4 * fb.Width, Rect: image.Rect(0, 0, fb.Width, fb.Height)}, want, steps(f))
}

// show lists one encoding and has the whole screen drawn anew, over what no
// screen shows. What was used is counted.
func (l *listener) show(e proto.Encoding, want *image.RGBA, f proto.PixelFormat) error {
	if err := l.list(e, proto.EncodingCursor); err != nil {
		return err
	}
	clear(l.used)
	for i := range l.Framebuffer().Pix {
		l.Framebuffer().Pix[i] = 0x55 | 0xaa*byte(i%4/3)
	}
	l.limit(5 * time.Second)
	for incremental := false; ; incremental = true {
		if err := l.update(incremental); err != nil {
			return errors.Join(err, l.differs(want, f))
		}
		if l.differs(want, f) == nil {
			return nil
		}
	}
}

// seesEncodings has a server draw its screen in each encoding that it knows,
// and compares every pixel. It must use what it is asked for: Raw would do in
// place of all. With few colors it may find Raw shorter here and there.
func seesEncodings(t *testing.T, x xserver, knows []proto.Encoding, f proto.PixelFormat) {
	t.Helper()
	want, err := screenshot(x.display)
	if err != nil {
		t.Fatal(err)
	}
	l := listenRFB(t, x.target, f)
	defer l.conn.Close()
	for _, e := range knows {
		if err := l.show(e, want, f); err != nil {
			t.Errorf("%v, %d bits: %v", e, f.BitsPerPixel, err)
			return // what comes next would be taken for its answer
		}
		if f.BitsPerPixel < 32 {
			delete(l.used, proto.EncodingRaw)
		}
		if used := slices.Collect(maps.Keys(l.used)); len(used) > 1 || len(used) == 1 && used[0] != e || len(used) == 0 && f.BitsPerPixel == 32 {
			t.Errorf("%d bits: asked for %v, the server has used %v", f.BitsPerPixel, e, l.used)
		}
	}
}

// errNoCopy says that a server has sent everything anew. A machine that is busy
// may leave it no moment in which something has only moved.
var errNoCopy = errors.New("the server has sent no copy")

// watchCopies begins to follow a screen by copies and raw pixels. What it
// returns is to be called when nothing moves any more; it waits until both show
// the same, and returns errNoCopy if no copy was sent.
func watchCopies(t *testing.T, x xserver) func() error {
	t.Helper()
	l := listenRFB(t, x.target, proto.PixelFormat32)
	if err := l.list(proto.EncodingCopyRect, proto.EncodingCursor); err != nil {
		t.Fatal(err)
	}
	still, watched := make(chan struct{}), make(chan error, 1)
	go func() { watched <- l.watch(still, x.display) }()
	return func() error {
		close(still)
		err := <-watched
		if err == nil && l.used[proto.EncodingCopyRect] == 0 {
			err = fmt.Errorf("%w: it has used %v", errNoCopy, l.used)
		}
		return err
	}
}

// watch follows a screen by copies and raw pixels, until nothing moves any more
// and both show the same.
func (l *listener) watch(still <-chan struct{}, display string) error {
	var deadline time.Time
	for {
		l.limit(300 * time.Millisecond)
		if err := l.update(true); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		select {
		case <-still:
		default:
			continue
		}
		want, err := screenshot(display)
		if err != nil {
			return err
		}
		if deadline.IsZero() {
			deadline = time.Now().Add(15 * time.Second)
		}
		if err := l.differs(want, proto.PixelFormat32); err == nil || time.Now().After(deadline) {
			return err
		}
	}
}
