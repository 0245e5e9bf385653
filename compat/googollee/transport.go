package googollee

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/googollee/go-socket.io/engineio/frame"
	"github.com/googollee/go-socket.io/engineio/packet"
	"github.com/googollee/go-socket.io/engineio/transport"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
	"github.com/everwire/everwire/transports/websocket"
)

// ErrServerOnly says that a Transport cannot dial.
var ErrServerOnly = errors.New("googollee: this transport is for servers")

// errRefused says that a request was answered and is no WebSocket.
var errRefused = errors.New("googollee: the request was refused")

// Transport is a transport for the original's engineio.Options. It takes WebSockets
// of every dialect that package ws knows, from hixie-75 on. The zero value is
// ready; it must not be copied once used.
type Transport struct {
	// CheckOrigin says whether a request's origin is let in. Nil: only the
	// server's own, and requests without one.
	CheckOrigin func(*http.Request) bool
	// MaxMessage is the largest message of a client in bytes. Zero means
	// 1,000,000.
	MaxMessage int64

	once   sync.Once
	engine *transports.Engine
	config session.Config
}

var _ transport.Transport = (*Transport)(nil)

// Name returns "websocket".
func (t *Transport) Name() string { return transports.WebSocket }

// Dial returns ErrServerOnly.
func (t *Transport) Dial(*url.URL, http.Header) (transport.Conn, error) { return nil, ErrServerOnly }

// handshake is how long a client may take for its handshake.
const handshake = 10 * time.Second

// Accept answers the handshake of a WebSocket and returns its connection. It blocks
// until the handshake is complete, and fails if it is not within ten seconds. A
// request that it refuses is answered.
func (t *Transport) Accept(w http.ResponseWriter, r *http.Request) (transport.Conn, error) {
	t.once.Do(func() {
		t.config = session.Config{Protocol: "Engine.IO 3", HandshakeTimeout: handshake}
		t.engine = transports.NewEngine(session.NewManager(), nil, &websocket.Transport{})
		if t.MaxMessage == 0 {
			t.MaxMessage = 1_000_000
		}
	})
	check := t.CheckOrigin
	if check == nil {
		check = sameOrigin
	}
	if !check(r) {
		return nil, fmt.Errorf("%w: origin %q", errRefused, r.Header.Get("Origin"))
	}
	c := &carried{opened: make(chan session.Session, 1), closed: make(chan struct{}), url: *r.URL, header: r.Header.Clone(),
		remote: address(r.RemoteAddr), local: address(r.Host)}
	if a, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		c.local = a
	}
	family := &transports.Family{Codec: eio.Raw, Raw: true, Config: &t.config, MaxPayload: t.MaxMessage,
		Accept: func(conn *session.Conn) { conn.Serve(c) }}
	seen := &status{ResponseWriter: w}
	t.engine.Serve(seen, r, transports.Route{Family: family, Transport: transports.WebSocket, Secure: r.TLS != nil},
		session.Peer{RemoteAddr: r.RemoteAddr, Host: r.Host, Path: r.URL.Path})
	if seen.code != 0 {
		return nil, errRefused
	}
	timer := time.NewTimer(handshake)
	defer timer.Stop()
	select {
	case c.s = <-c.opened:
		return c, nil
	case <-timer.C:
		return nil, errRefused
	}
}

// status notes that a request was answered.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// Unwrap is for http.ResponseController.
func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// carried is a WebSocket's session as the original's connection. One goroutine
// reads from it and one writes at a time.
type carried struct {
	opened chan session.Session
	closed chan struct{}
	once   sync.Once
	s      session.Session
	url    url.URL
	header http.Header
	local  net.Addr
	remote net.Addr

	mu          sync.Mutex // guards below
	read, write time.Time  // deadlines
}

// ServeSession is the session's handler: it lends the session out.
func (c *carried) ServeSession(s session.Session) {
	c.opened <- s
	select {
	case <-c.closed:
	case <-s.Context().Done():
	}
}

// Close ends the session after what was written.
func (c *carried) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

func (c *carried) URL() url.URL              { return c.url }
func (c *carried) LocalAddr() net.Addr       { return c.local }
func (c *carried) RemoteAddr() net.Addr      { return c.remote }
func (c *carried) RemoteHeader() http.Header { return c.header }

func (c *carried) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read = t
	return nil
}

func (c *carried) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.write = t
	return nil
}

// until returns a context for the session with a deadline, if there is one.
func (c *carried) until(deadline *time.Time) (context.Context, context.CancelFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if deadline.IsZero() {
		return context.WithCancel(context.Background())
	}
	return context.WithDeadline(context.Background(), *deadline)
}

// asNet turns the end of a context into the error that package net has for it.
func asNet(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return os.ErrDeadlineExceeded
	}
	return err
}

// NextReader returns the client's next packet. (Engine.IO protocol 3: in a binary
// message the type is the first byte, in a text message the first digit.)
func (c *carried) NextReader() (frame.Type, packet.Type, io.ReadCloser, error) {
	ctx, cancel := c.until(&c.read)
	defer cancel()
	m, err := c.s.Receive(ctx)
	if err != nil {
		return 0, 0, nil, asNet(err)
	}
	// The type is a digit wherever the message was text.
	kind, typed, data := frame.String, frame.String, m.Data
	if m.Kind == session.Binary {
		kind, typed = frame.Binary, frame.Binary
	} else if rest, ok := bytes.CutPrefix(data, []byte("b")); ok && len(rest) > 0 {
		// Text-only clients send binary packets in base64.
		data = append([]byte{rest[0]}, make([]byte, base64.StdEncoding.DecodedLen(len(rest)-1))...)
		n, err := base64.StdEncoding.Decode(data[1:], rest[1:])
		if err != nil {
			return 0, 0, nil, fmt.Errorf("googollee: %w", err)
		}
		kind, data = frame.Binary, data[:1+n]
	}
	if len(data) == 0 {
		return 0, 0, nil, errors.New("googollee: empty message")
	}
	t := packet.ByteToPacketType(data[0], typed)
	if t < packet.OPEN || t > packet.NOOP {
		return 0, 0, nil, fmt.Errorf("googollee: packet of type %q", data[0])
	}
	return kind, t, reader(data[1:]), nil
}

func reader(data []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(data)) }

// NextWriter returns the writer of a packet, which is sent when it is closed.
func (c *carried) NextWriter(kind frame.Type, t packet.Type) (io.WriteCloser, error) {
	if c.s.Context().Err() != nil {
		return nil, context.Cause(c.s.Context())
	}
	return &packetWriter{c: c, kind: kind, t: t}, nil
}

// packetWriter is one packet on its way out.
type packetWriter struct {
	bytes.Buffer
	c    *carried
	kind frame.Type
	t    packet.Type
}

// Close sends the packet.
func (w *packetWriter) Close() error {
	ctx, cancel := w.c.until(&w.c.write)
	defer cancel()
	m := session.Message{Kind: session.Text}
	switch {
	case w.kind == frame.String:
		m.Data = append([]byte{w.t.StringByte()}, w.Bytes()...)
	case w.c.s.Peer().Binary:
		m.Kind = session.Binary
		m.Data = append([]byte{w.t.BinaryByte()}, w.Bytes()...)
	default:
		m.Data = base64.StdEncoding.AppendEncode([]byte{'b', w.t.StringByte()}, w.Bytes())
	}
	return asNet(w.c.s.Send(ctx, m))
}
