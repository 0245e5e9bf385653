//go:build linux

package load_test

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/bench/websocket/load"
)

// peer is a server's end of one connection whose behaviour a test writes down.
type peer struct {
	net.Conn
	in *bufio.Reader
}

// listen serves each connection with serve once its handshake is done.
func listen(t *testing.T, serve func(p peer)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				p := peer{c, bufio.NewReader(c)}
				r, err := http.ReadRequest(p.in)
				if err != nil {
					return
				}
				sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
				fmt.Fprintf(c, "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: %s\r\n\r\n",
					base64.StdEncoding.EncodeToString(sum[:]))
				serve(p)
			}()
		}
	}()
	return ln.Addr().String()
}

// read returns the opcode and payload of a short frame.
func (p peer) read() (byte, string, error) {
	var head [6]byte
	if _, err := io.ReadFull(p.in, head[:]); err != nil {
		return 0, "", err
	}
	payload := make([]byte, head[1]&0x7f)
	if _, err := io.ReadFull(p.in, payload); err != nil {
		return 0, "", err
	}
	for i := range payload {
		payload[i] ^= head[2+i%4]
	}
	return head[0] & 0xf, string(payload), nil
}

func text(s string) string { return "\x81" + string(rune(len(s))) + s }

// echo answers every text with what answer makes of it.
func echo(answer func(n int, s string) string) func(peer) {
	return func(p peer) {
		for n := 0; ; n++ {
			_, s, err := p.read()
			if err != nil {
				return
			}
			if _, err := io.WriteString(p, answer(n, s)); err != nil {
				return
			}
		}
	}
}

func dial(t *testing.T, addr string, n int) *load.Crowd {
	t.Helper()
	c, err := load.Dial(load.Config{Addr: addr, Path: "/", Conns: n})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestEchoCountsEveryMessage(t *testing.T) {
	addr := listen(t, echo(func(_ int, s string) string { return text(s) }))
	c := dial(t, addr, 70) // more than are dialled at once
	for range 2 {
		got, err := c.Echo(32, load.Limit{Messages: 1000})
		if err != nil {
			t.Fatal(err)
		}
		if got.Messages != 1000 || len(got.Latencies) != 1000 || got.Elapsed <= 0 {
			t.Errorf("%d messages, %d latencies in %v", got.Messages, len(got.Latencies), got.Elapsed)
		}
		if !slices.IsSorted(got.Latencies) || got.Latencies[0] <= 0 || got.Latencies[999] > got.Elapsed {
			t.Errorf("latencies from %v to %v in %v", got.Latencies[0], got.Latencies[999], got.Elapsed)
		}
	}
	if got, err := c.Echo(32, load.Limit{Time: time.Nanosecond}); err != nil || got.Messages > 70 {
		t.Errorf("%d messages in no time, %v", got.Messages, err)
	}
}

func TestAnswersInPieces(t *testing.T) {
	addr := listen(t, func(p peer) {
		p.Conn.(*net.TCPConn).SetNoDelay(true)
		for {
			_, s, err := p.read()
			if err != nil {
				return
			}
			// A ping stands in front, which must not come in the way.
			for _, b := range []byte("\x89\x02hi" + text(s)) {
				if _, err := p.Write([]byte{b}); err != nil {
					return
				}
			}
			if op, s, err := p.read(); op != 0xA || s != "hi" || err != nil {
				return
			}
		}
	})
	got, err := dial(t, addr, 3).Echo(20, load.Limit{Messages: 30})
	if err != nil || got.Messages != 30 {
		t.Errorf("%d messages, %v", got.Messages, err)
	}
}

func TestEchoNoticesWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		serve func(peer)
		want  string
	}{
		"changed":   {echo(func(n int, s string) string { return text(strings.ToUpper(s)) }), "came back as"},
		"cut short": {echo(func(n int, s string) string { return text(s[1:]) }), "came back as"},
		"another message": {func() func(peer) {
			first := ""
			return echo(func(n int, s string) string {
				if n == 0 {
					first = s
				}
				return text(first)
			})
		}(), "came back as"},
		"doubled": {echo(func(n int, s string) string { return text(s) + text(s) }), "came back as"},
		"binary":  {echo(func(n int, s string) string { return "\x82" + text(s)[1:] }), "opcode 0x2"},
		"closed":  {echo(func(n int, s string) string { return "\x88\x02\x03\xf1" }), "closed by the server"},
		"cut off": {func(p peer) { p.read() }, "EOF"},
		"masked":  {echo(func(n int, s string) string { return "\x81\x80\x00\x00\x00\x00" }), "masked"},
	} {
		t.Run(name, func(t *testing.T) {
			// One connection, so that what is doubled is an answer too many.
			_, err := dial(t, listen(t, c.serve), 1).Echo(20, load.Limit{Messages: 10})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestAwaitAndIdle(t *testing.T) {
	peers := make(chan peer, 5)
	hold := make(chan struct{})
	defer close(hold)
	addr := listen(t, func(p peer) { peers <- p; <-hold })
	c := dial(t, addr, 5)
	var all []peer
	for range 5 {
		all = append(all, <-peers)
	}
	to := func(some []peer, s string) func() error {
		return func() error {
			for _, p := range some {
				io.WriteString(p, text(s))
			}
			return nil
		}
	}
	if d, err := c.Await([]byte("news"), to(all, "news")); d <= 0 || err != nil {
		t.Errorf("%v, %v", d, err)
	}
	if err := c.Idle(time.Millisecond); err != nil {
		t.Error("idle:", err)
	}
	failed := errors.New("no news")
	if _, err := c.Await([]byte("news"), func() error { return failed }); !errors.Is(err, failed) {
		t.Error("trigger:", err)
	}
	if _, err := c.Await([]byte("news"), to(all[:2], "olds")); err == nil || !strings.Contains(err.Error(), "olds") {
		t.Error("another text:", err)
	}
	to(all[2:3], "news")()
	if err := c.Idle(5 * time.Second); err == nil || !strings.Contains(err.Error(), "nobody asked") {
		t.Error("a message in idle time:", err)
	}
}

func TestDialReportsRefusals(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	go http.Serve(ln, http.NotFoundHandler())
	if _, err := load.Dial(load.Config{Addr: addr, Path: "/", Conns: 1}); err == nil || !strings.Contains(err.Error(), "404") {
		t.Error(err)
	}
	ln.Close()
	if _, err := load.Dial(load.Config{Addr: addr, Path: "/", Conns: 1}); err == nil {
		t.Error("nobody listens, and no error")
	}
	for _, addr := range []string{"localhost:80", "[::1]:80", "127.0.0.1"} {
		if _, err := load.Dial(load.Config{Addr: addr}); err == nil {
			t.Errorf("%q was taken for an address", addr)
		}
	}
}
