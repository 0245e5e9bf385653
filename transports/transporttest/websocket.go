package transporttest

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

// WebSocketClient speaks Engine.IO 4, or nothing but messages, over a
// WebSocket of any dialect.
type WebSocketClient struct {
	pings
	// Conn is the connection, for tests that break the rules.
	Conn net.Conn
	// Open is what the server said in its open packet.
	Open eio.Handshake

	codec   eio.Codec
	dialect ws.Dialect
	deflate *ws.Deflate

	write sync.Mutex // held over each write

	read    sync.Mutex // held by Receive; guards below
	decoder *ws.Decoder
	in      *bufio.Reader
	buf     []byte
	rest    []byte // in buf, read and not decoded
}

// DialWebSocket opens a session of Engine.IO 4 over a WebSocket and fails the
// test if it cannot.
func DialWebSocket(t testing.TB, s *Server) Client { return NewWebSocketClient(t, s) }

// DialRaw opens a raw WebSocket and fails the test if it cannot.
func DialRaw(t testing.TB, s *Server) Client { return NewRawClient(t, s) }

// DialOf returns what opens sessions over WebSockets of a dialect: raw ones or
// of Engine.IO 4, as the server has them.
func DialOf(d ws.Dialect) func(testing.TB, *Server) Client {
	return func(t testing.TB, s *Server) Client { return NewClientOf(t, s, d) }
}

// NewWebSocketClient is DialWebSocket for tests that need the client's own
// methods.
func NewWebSocketClient(t testing.TB, s *Server) *WebSocketClient {
	t.Helper()
	return newEngine(t, s, ws.ClientHandshake{})
}

// NewRawClient is DialRaw for tests that need the client's own methods.
func NewRawClient(t testing.TB, s *Server) *WebSocketClient {
	t.Helper()
	return newRaw(t, s, RawPath, ws.ClientHandshake{})
}

// NewClientOf is DialOf for tests that need the client's own methods.
func NewClientOf(t testing.TB, s *Server, d ws.Dialect) *WebSocketClient {
	t.Helper()
	if s.Family.Raw {
		return newRaw(t, s, RawPath, ws.ClientHandshake{Dialect: d})
	}
	return newEngine(t, s, ws.ClientHandshake{Dialect: d})
}

// DialFlashSocket opens a session of Engine.IO 4 over the transport flashsocket,
// in the dialect of the Flash programs of Socket.IO, and fails the test if it
// cannot.
func DialFlashSocket(t testing.TB, s *Server) Client {
	t.Helper()
	return newEngineOver(t, s, transports.FlashSocket, ws.ClientHandshake{Dialect: ws.Hixie76})
}

// DialRawAt opens a raw WebSocket at a path of any server, url being
// http://host:port, and fails the test if it cannot.
func DialRawAt(t testing.TB, url, path string) *WebSocketClient {
	t.Helper()
	return newRaw(t, &Server{URL: url}, path, ws.ClientHandshake{})
}

// DialRawAs is DialRawAt with a handshake of the test's own, of which Host,
// Target and Nonce are filled in.
func DialRawAs(t testing.TB, url, path string, hs ws.ClientHandshake) *WebSocketClient {
	t.Helper()
	return newRaw(t, &Server{URL: url}, path, hs)
}

// NewDeflateClient is a raw client that agrees to permessage-deflate.
func NewDeflateClient(t testing.TB, s *Server) *WebSocketClient {
	t.Helper()
	return newRaw(t, s, RawPath, ws.ClientHandshake{Deflate: &ws.DeflateOffer{}})
}

func newEngine(t testing.TB, s *Server, hs ws.ClientHandshake) *WebSocketClient {
	t.Helper()
	return newEngineOver(t, s, transports.WebSocket, hs)
}

func newEngineOver(t testing.TB, s *Server, transport string, hs ws.ClientHandshake) *WebSocketClient {
	t.Helper()
	c, err := connect(s, Path+"/?EIO=4&transport="+transport, eio.V4, hs)
	if err != nil {
		t.Fatal("dial:", err)
	}
	t.Cleanup(c.Cut)
	p, err := c.packet()
	if err != nil || p.Type != session.PacketOpen {
		t.Fatalf("dial: the first packet is %v, %v", p, err)
	}
	if c.Open, err = eio.ParseOpen(p.Data); err != nil {
		t.Fatal("dial:", err)
	}
	return c
}

func newRaw(t testing.TB, s *Server, path string, hs ws.ClientHandshake) *WebSocketClient {
	t.Helper()
	c, err := connect(s, path, eio.Raw, hs)
	if err != nil {
		t.Fatal("dial:", err)
	}
	t.Cleanup(c.Cut)
	return c
}

// connect does the handshake.
func connect(s *Server, target string, codec eio.Codec, hs ws.ClientHandshake) (*WebSocketClient, error) {
	if s.http2 != nil {
		return connectStream(s, target, codec, hs)
	}
	scheme, host, _ := strings.Cut(s.URL, "://")
	hs.Host, hs.Target, hs.Secure = host, target, scheme == "https"
	rand.Read(hs.Nonce[:])
	conn, err := net.Dial("tcp", hs.Host)
	if err != nil {
		return nil, err
	}
	bounded(conn)
	if hs.Secure {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true}) // it has made its certificate itself
	}
	c := &WebSocketClient{pings: newPings(), Conn: conn, codec: codec, dialect: hs.Dialect, in: bufio.NewReader(conn)}
	if err := c.shake(&hs); err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

// shake sends the request and checks the answer to the last byte.
func (c *WebSocketClient) shake(hs *ws.ClientHandshake) error {
	req, err := hs.AppendRequest(nil)
	if err != nil {
		return err
	}
	if err := c.WriteRaw(req); err != nil {
		return err
	}
	head, err := readHead(c.in)
	if err != nil {
		return err
	}
	agreed, err := hs.CheckHead(head)
	if err != nil {
		return err
	}
	if hs.Dialect == ws.Hixie76 {
		var digest [16]byte
		if _, err := io.ReadFull(c.in, digest[:]); err != nil {
			return err
		}
		if err := hs.CheckDigest(digest); err != nil {
			return err
		}
	}
	c.agree(agreed.Deflate)
	return nil
}

// agree ends the handshake.
func (c *WebSocketClient) agree(deflate *ws.Deflate) {
	c.decoder = ws.NewDecoder(ws.DecoderOptions{Dialect: c.dialect, Role: ws.Client, MaxMessage: 64 << 20, Deflate: deflate})
	c.deflate = deflate
}

// readHead returns the answer's bytes up to the empty line if it switches
// protocols, and else a *Refused.
func readHead(in *bufio.Reader) ([]byte, error) {
	var head []byte
	for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		head = append(head, line...)
	}
	if bytes.HasPrefix(head, []byte("HTTP/1.1 101 ")) {
		return head, nil
	}
	resp, err := http.ReadResponse(bufio.NewReader(io.MultiReader(bytes.NewReader(head), in)), nil)
	if err != nil {
		return nil, err
	}
	body, _ := io.ReadAll(resp.Body)
	return nil, &Refused{resp.StatusCode, string(body)}
}

// Event returns what comes next from the server, pings included. The end of a
// Hixie75 connection is a Close, since that dialect has no other.
func (c *WebSocketClient) Event() (ws.Event, error) {
	for {
		n, ev, err := c.decoder.Decode(c.rest)
		if err != nil {
			return ws.Event{}, err
		}
		c.rest = c.rest[n:]
		if ev.Type != ws.None {
			return ev, nil
		}
		if c.buf == nil {
			c.buf = make([]byte, 16<<10)
		}
		n, err = c.in.Read(c.buf)
		switch {
		case err == io.EOF && c.dialect == ws.Hixie75:
			return ws.Event{Type: ws.Close, Code: ws.CodeNoStatus}, nil
		case err != nil:
			return ws.Event{}, err
		}
		c.rest = c.buf[:n]
	}
}

// packet returns the next packet. Frames that are the WebSocket's own it
// answers by the way.
func (c *WebSocketClient) packet() (session.Packet, error) {
	for {
		ev, err := c.Event()
		if err != nil {
			return session.Packet{}, err
		}
		switch ev.Type {
		case ws.Ping:
			if err := c.WriteFrame(ws.OpPong, ev.Data); err != nil {
				return session.Packet{}, err
			}
			c.answered()
		case ws.Close:
			c.writeClose(ev.Code)
			return session.Packet{}, &Closed{ev.Code, ev.Reason}
		case ws.Text, ws.Binary:
			data := append([]byte(nil), ev.Data...)
			return c.codec.DecodeMessage(data, ev.Type == ws.Binary)
		}
	}
}

// Receive reads until there is a message.
func (c *WebSocketClient) Receive() (session.Message, error) {
	c.read.Lock()
	defer c.read.Unlock()
	for {
		p, err := c.packet()
		if err != nil {
			return session.Message{}, err
		}
		switch p.Type {
		case session.PacketMessage:
			return session.Message{Kind: p.Kind, Data: p.Data}, nil
		case session.PacketPing:
			if err := c.SendPacket(session.Packet{Type: session.PacketPong}); err != nil {
				return session.Message{}, err
			}
			c.answered()
		}
	}
}

// SendPacket sends one packet. Where the dialect has text only, binary data of
// Engine.IO goes in base64, as in a payload.
func (c *WebSocketClient) SendPacket(p session.Packet) error {
	data, binary, err := c.codec.AppendMessage(nil, p)
	if err == nil && binary && !c.dialect.HasBinary() {
		binary = false
		data, err = c.codec.AppendPayload(nil, []session.Packet{p})
	}
	if err != nil {
		return err
	}
	op := ws.OpText
	if binary {
		op = ws.OpBinary
	}
	return c.WriteFrame(op, data)
}

// Send sends a message in one frame.
func (c *WebSocketClient) Send(m session.Message) error {
	return c.SendPacket(session.Packet{Type: session.PacketMessage, Kind: m.Kind, Data: m.Data})
}

// WriteFrame sends one whole frame. The hixie dialects have those of text
// messages only.
func (c *WebSocketClient) WriteFrame(op ws.Opcode, payload []byte) error {
	return c.WritePart(op, true, payload)
}

// WritePart sends one frame of a message that may have more, which the hixie
// dialects have not.
func (c *WebSocketClient) WritePart(op ws.Opcode, fin bool, payload []byte) error {
	var frame []byte
	var err error
	if c.masks() {
		frame, err = ws.AppendMaskedFrame(nil, op, fin, false, maskingKey(), payload)
	} else if op == ws.OpText && fin {
		frame, err = ws.AppendMessage(nil, c.dialect, ws.Text, payload)
	} else {
		err = ws.ErrUnsupported
	}
	if err != nil {
		return err
	}
	return c.WriteRaw(frame)
}

// masks reports whether the dialect's clients mask their frames: all but the
// hixie ones, which have no binary messages either.
func (c *WebSocketClient) masks() bool { return c.dialect.HasBinary() }

func maskingKey() (key [4]byte) {
	rand.Read(key[:])
	return key
}

// WriteRaw sends bytes as they are.
func (c *WebSocketClient) WriteRaw(p []byte) error {
	c.write.Lock()
	defer c.write.Unlock()
	_, err := c.Conn.Write(p)
	return err
}

func (c *WebSocketClient) writeClose(code uint16) error {
	var frame []byte
	var err error
	switch {
	case c.masks():
		frame, err = ws.AppendMaskedClose(nil, maskingKey(), code, "")
	case c.dialect == ws.Hixie75:
		return c.Conn.Close()
	default:
		frame, err = ws.AppendClose(nil, c.dialect, code, "")
	}
	if err != nil {
		return err
	}
	return c.WriteRaw(frame)
}

// Close sends a close frame; the server's answer is left to Receive. With
// Hixie75 it closes the connection.
func (c *WebSocketClient) Close() error { return c.writeClose(ws.CodeNormal) }

// Forget gives up what the client holds but the connection, for tests that
// count memory. It can only be cut then.
func (c *WebSocketClient) Forget() {
	c.decoder, c.in, c.buf, c.rest, c.pings = nil, nil, nil, nil, nil
}

// Cut closes the connection.
func (c *WebSocketClient) Cut() { c.Conn.Close() }

// ErrNotOver is returned by ReadEnd if the server sends something first.
var ErrNotOver = errors.New("transporttest: the connection is not over")

// ReadEnd returns the server's close frame, which is to be the next thing on
// the wire, and waits until the server has closed the connection. It sends no
// close frame.
func (c *WebSocketClient) ReadEnd() (*Closed, error) {
	c.read.Lock()
	defer c.read.Unlock()
	ev, err := c.Event()
	if err != nil {
		return nil, err
	}
	if ev.Type != ws.Close {
		return nil, fmt.Errorf("%w: %v %q", ErrNotOver, ev.Type, ev.Data)
	}
	closed := &Closed{ev.Code, ev.Reason}
	if n, err := io.Copy(io.Discard, c.in); n > 0 || err != nil {
		return closed, fmt.Errorf("%w: %d bytes after the close frame, %w", ErrNotOver, n, err)
	}
	return closed, nil
}
