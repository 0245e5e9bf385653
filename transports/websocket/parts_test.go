package websocket_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
	"github.com/everwire/everwire/transports/websocket"
)

// pair returns both ends of a TCP connection.
func pair(t testing.TB) (near, far net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	near, err = net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err = ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	return near, far
}

func TestSourcesReadEverything(t *testing.T) {
	data := []byte(strings.Repeat("0123456789", 20_000))
	for _, plain := range []bool{false, true} {
		t.Run(fmt.Sprint("plain ", plain), func(t *testing.T) {
			near, far := pair(t)
			go func() { near.Write(data); near.Close() }()
			var got []byte
			err := websocket.ReadWith(far, plain, func(p []byte) {
				got = append(got, p...)
				clear(p) // the bytes are lent
			})
			if err != io.EOF || !bytes.Equal(got, data) {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
		})
		t.Run(fmt.Sprint("plain ", plain, ", closed here"), func(t *testing.T) {
			_, far := pair(t)
			done := make(chan error)
			go func() { done <- websocket.ReadWith(far, plain, func([]byte) {}) }()
			far.Close()
			if err := <-done; err == nil {
				t.Error("no error")
			}
		})
	}
}

// reversed is a connection that embeds another and changes what is read.
type reversed struct{ *net.TCPConn }

func (r reversed) Read(p []byte) (int, error) {
	n, err := r.TCPConn.Read(p)
	for i := range p[:n] {
		p[i] = ^p[i]
	}
	return n, err
}

// sniffed says what is below it, once done is set.
type sniffed struct {
	reversed
	done bool
}

func (s sniffed) Unwrapped() *net.TCPConn {
	if s.done {
		return s.TCPConn
	}
	return nil
}

func TestSourcesRespectAWrappersRead(t *testing.T) {
	for name, tt := range map[string]struct {
		wrap func(reversed) net.Conn
		want string
	}{
		"embedding":      {func(r reversed) net.Conn { return r }, "\x9e\x9d"},
		"still sniffing": {func(r reversed) net.Conn { return sniffed{r, false} }, "\x9e\x9d"},
		"done sniffing":  {func(r reversed) net.Conn { return sniffed{r, true} }, "ab"},
	} {
		t.Run(name, func(t *testing.T) {
			near, far := pair(t)
			io.WriteString(near, "ab")
			near.Close()
			var got []byte
			err := websocket.ReadWith(tt.wrap(reversed{far.(*net.TCPConn)}), false, func(p []byte) { got = append(got, p...) })
			if err != io.EOF || string(got) != tt.want {
				t.Errorf("read %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestOutput(t *testing.T) {
	small, big := []byte("small"), bytes.Repeat([]byte("big"), 30_000)
	for _, parts := range [][][]byte{
		{small}, {big}, {small, small}, {small, big}, {big, small}, {big, big},
		{small, big, small, big, small}, {big, bytes.Repeat(small, 10_000), bytes.Repeat(small, 12_000), big},
	} {
		want := bytes.Join(parts, nil)
		if got := websocket.OutputBytes(parts...); !bytes.Equal(got, want) {
			t.Errorf("%d parts in one piece: %d bytes, want %d", len(parts), len(got), len(want))
		}
		near, far := pair(t)
		go func() { websocket.WriteOutput(near, parts...); near.Close() }()
		if got, err := io.ReadAll(far); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d parts: %d bytes, want %d, %v", len(parts), len(got), len(want), err)
		}
	}
}

// failing is a connection that keeps what it is given, and gives an error.
type failing struct {
	net.Conn
	kept []byte
}

func (f *failing) Write(p []byte) (int, error)      { f.kept = p; return 0, io.ErrClosedPipe }
func (*failing) SetWriteDeadline(_ time.Time) error { return nil }

// TestTheBytesOfAFailedWriteAreLeftAlone: an HTTP/2 stream may still send them,
// and must not send what is written for others later.
func TestTheBytesOfAFailedWriteAreLeftAlone(t *testing.T) {
	for range 100 {
		var f failing
		websocket.WriteOutput(&f, []byte("for the first"))
		websocket.WriteOutput(&failing{}, []byte("for another one"))
		if string(f.kept) != "for the first" {
			t.Fatalf("the connection has %q", f.kept)
		}
	}
}

func TestBroadcastFramesAreMadeOnce(t *testing.T) {
	for _, size := range []int{10, 100_000} {
		srv, sessions := serve(t, eio.V4, transporttest.Options{Handler: idle})
		prepared := &session.Prepared{}
		data := bytes.Repeat([]byte("x"), size)
		for i := range 3 {
			c := transporttest.NewWebSocketClient(t, srv)
			s := (<-sessions).(*session.Conn)
			p := session.Packet{Type: session.PacketMessage, Data: data, Prepared: prepared}
			if i > 0 {
				p.Data = []byte("not encoded again")
			}
			if err := s.Offer(p); err != nil {
				t.Fatal(err)
			}
			if m, err := c.Receive(); err != nil || !bytes.Equal(m.Data, data) {
				t.Errorf("%d bytes, receiver %d: %d bytes, %v", size, i, len(m.Data), err)
			}
		}
	}
}

func TestCompression(t *testing.T) {
	srv, _ := serve(t, eio.Raw, transporttest.Options{Compression: true})
	c := transporttest.NewDeflateClient(t, srv)
	for _, tt := range []struct {
		size       int
		compressed bool
	}{{10, false}, {5000, true}, {200_000, true}} {
		want := session.Message{Data: []byte(strings.Repeat("c", tt.size))}
		if err := c.Send(want); err != nil {
			t.Fatal(err)
		}
		ev, err := c.Event()
		if err != nil || !bytes.Equal(ev.Data, want.Data) || ev.Compressed != tt.compressed {
			t.Errorf("%d bytes: %d bytes, compressed %v, %v", tt.size, len(ev.Data), ev.Compressed, err)
		}
	}
}

func TestPeer(t *testing.T) {
	srv, sessions := serve(t, eio.Raw, transporttest.Options{})
	transporttest.NewRawClient(t, srv)
	if p := (<-sessions).Peer(); p.Transport != "websocket" || p.Dialect != "RFC6455" || !p.Binary || p.Protocol != "raw" {
		t.Errorf("peer: %+v", p)
	}
}

// unsendable is a sink whose Deliver panics.
type unsendable struct{}

func (unsendable) Deliver(session.Packet) error { panic("on purpose") }
func (unsendable) Over(error)                   {}

func TestAPanicInTheSinkEndsItsSession(t *testing.T) {
	var log transporttest.Log
	conns := make(chan *session.Conn, 1)
	srv := transporttest.NewServer(t, transporttest.Options{Session: session.Config{Logger: log.Logger()},
		Accept: func(c *session.Conn) { c.SetSink(unsendable{}); conns <- c }}, eio.Raw, websocket.Transport{})
	c := transporttest.NewRawClient(t, srv)
	c.Send(session.Message{Data: []byte("x")})
	if _, err := c.Receive(); err == nil {
		t.Error("received something")
	}
	if ce := cause(t, <-conns); ce.Code != session.InternalError {
		t.Errorf("cause %v", ce)
	}
	if !strings.Contains(log.String(), "on purpose") {
		t.Errorf("log: %s", log.String())
	}
	noTakeovers(t, srv)
}

// TestTheWritersQueueIsBounded even if it never runs dry.
func TestTheWritersQueueIsBounded(t *testing.T) {
	if n := websocket.PoolArray(100_000, 100); n > 1000 {
		t.Errorf("an array of %d for 100 connections", n)
	}
}
