package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/everwire/everwire/cli"
	proto "github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb"
)

func TestTheDesktopIsShownToWhoHasThePassword(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	r, w := io.Pipe()
	var stderr bytes.Buffer
	ended := make(chan int)
	go func() {
		code := cli.Main(ctx, []string{"desktop", "127.0.0.1:0"}, w, &stderr)
		w.Close()
		ended <- code
	}()
	var said strings.Builder
	for lines := bufio.NewScanner(r); !strings.Contains(said.String(), "Ctrl-C") && lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
	}
	m := regexp.MustCompile(`(?s)(127\.0\.0\.1:\d+)\n.* password (\w{8})\..* vncviewer (127\.0\.0\.1::\d+)\n`).FindStringSubmatch(said.String())
	if m == nil {
		t.Fatalf("it says %q", said.String())
	}
	for _, target := range []string{m[1], m[3]} {
		c, err := rfb.Dial(ctx, target, rfb.Config{Password: m[2]})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.WaitPicture(ctx); err != nil || c.Name() != "Everwire paint" {
			t.Errorf("%q: %v", c.Name(), err)
		}
		c.Close()
	}
	var refused *proto.RefusedError
	if _, err := rfb.Dial(ctx, m[1], rfb.Config{Password: "password"}); !errors.As(err, &refused) {
		t.Errorf("another password: %v", err)
	}
	conn, err := net.Dial("tcp", m[1])
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, "GET / HTTP/1.1\r\n\r\n")
	io.Copy(io.Discard, conn) // until it is closed
	conn.Close()
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("it ends with %d", code)
	}
	// Who was let in is not worth a line, and passwords never are.
	log := stderr.String()
	if n := strings.Count(log, `level=WARN msg="viewer refused" remote=127.0.0.1:`); n != 2 || strings.Count(log, "\n") != n || strings.Contains(log, m[2]) {
		t.Errorf("it logs\n%s", log)
	}
}

// TestTheClockOfTheDesktopEndsWithIt has a listener that fails while its
// context goes on. A bubble does not end while a goroutine stays.
func TestTheClockOfTheDesktopEndsWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		demo, err := rfb.NewDemo(0, 0)
		if err != nil {
			t.Fatal(err)
		}
		broken := errors.New("broken")
		if err := cli.ShowDemo(context.Background(), failing{broken}, demo, rfb.ServeConfig{Password: "password"}); err != broken {
			t.Errorf("it ends with %v", err)
		}
	})
}

// A failing listener has nothing but an error.
type failing struct{ err error }

func (l failing) Accept() (net.Conn, error) { return nil, l.err }
func (failing) Addr() net.Addr              { return &net.TCPAddr{} }
func (failing) Close() error                { return nil }

func TestTheDesktopIsForThisMachineOnly(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":5900", "[::]:0", "192.0.2.1:5900", "example.org:5900", "127.0.0.1", ""} {
		if r := run(t, "desktop", address); r.code != 2 || !strings.Contains(r.stderr, "127.0.0.1:5900") {
			t.Errorf("%q: code %d: %s", address, r.code, r.stderr)
		}
	}
	if r := run(t, "desktop", "127.0.0.1:0", "more"); r.code != 2 {
		t.Errorf("two addresses: code %d: %s", r.code, r.stderr)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if r := run(t, "desktop", l.Addr().String()); r.code != 1 || !strings.Contains(r.stderr, "127.0.0.1:0") {
		t.Errorf("a port in use: code %d: %s", r.code, r.stderr)
	}
}
