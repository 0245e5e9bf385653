package transporttest

import (
	"bufio"
	"crypto/rand"
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
)

// WebSocketClient speaks Engine.IO 4, or nothing but messages, over a
// WebSocket.
type WebSocketClient struct {
	pings
	// Conn is the connection, for tests that break the rules.
	Conn net.Conn
	// Open is what the server said in its open packet.
	Open eio.Handshake

	codec   eio.Codec
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

// NewWebSocketClient is DialWebSocket for tests that need the client's own
// methods.
func NewWebSocketClient(t testing.TB, s *Server) *WebSocketClient {
	t.Helper()
	c, err := connect(s.URL, Path+"/?EIO=4&transport=websocket", eio.V4, nil)
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

// NewRawClient is DialRaw for tests that need the client's own methods.
func NewRawClient(t testing.TB, s *Server) *WebSocketClient {
	t.Helper()
	return newRaw(t, s, nil)
}

// DialRawAt opens a raw WebSocket at a path of any server, url being
// http://host:port, and fails the test if it cannot.
func DialRawAt(t testing.TB, url, path string) *WebSocketClient {
	t.Helper()
	c, err := connect(url, path, eio.Raw, nil)
	if err != nil {
		t.Fatal("dial:", err)
	}
	t.Cleanup(c.Cut)
	return c
}

// NewDeflateClient is a raw client that agrees to permessage-deflate.
func NewDeflateClient(t testing.TB, s *Server) *WebSocketClient {
	t.Helper()
	return newRaw(t, s, &ws.DeflateOffer{})
}

func newRaw(t testing.TB, s *Server, offer *ws.DeflateOffer) *WebSocketClient {
	t.Helper()
	c, err := connect(s.URL, RawPath, eio.Raw, offer)
	if err != nil {
		t.Fatal("dial:", err)
	}
	t.Cleanup(c.Cut)
	return c
}

// connect does the handshake.
func connect(url, target string, codec eio.Codec, offer *ws.DeflateOffer) (*WebSocketClient, error) {
	host := strings.TrimPrefix(url, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		return nil, err
	}
	hs := &ws.ClientHandshake{Host: host, Target: target, Deflate: offer}
	rand.Read(hs.Nonce[:])
	req, err := hs.AppendRequest(nil)
	if err == nil {
		_, err = conn.Write(req)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	c := &WebSocketClient{pings: newPings(), Conn: conn, codec: codec, in: bufio.NewReader(conn)}
	resp, err := http.ReadResponse(c.in, nil)
	if err == nil && resp.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(resp.Body)
		err = &Refused{resp.StatusCode, string(body)}
	}
	var agreed ws.Response
	if err == nil {
		agreed, err = hs.CheckResponse(resp)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	c.decoder = ws.NewDecoder(ws.DecoderOptions{Role: ws.Client, MaxMessage: 64 << 20, Deflate: agreed.Deflate})
	c.deflate = agreed.Deflate
	return c, nil
}

// Event returns what comes next from the server, pings included.
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
		if err != nil {
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

// SendPacket sends one packet.
func (c *WebSocketClient) SendPacket(p session.Packet) error {
	data, binary, err := c.codec.AppendMessage(nil, p)
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

// WriteFrame sends one whole frame.
func (c *WebSocketClient) WriteFrame(op ws.Opcode, payload []byte) error {
	return c.WritePart(op, true, payload)
}

// WritePart sends one frame of a message that may have more.
func (c *WebSocketClient) WritePart(op ws.Opcode, fin bool, payload []byte) error {
	var key [4]byte
	rand.Read(key[:])
	frame, err := ws.AppendMaskedFrame(nil, op, fin, false, key, payload)
	if err != nil {
		return err
	}
	return c.WriteRaw(frame)
}

// WriteRaw sends bytes as they are.
func (c *WebSocketClient) WriteRaw(p []byte) error {
	c.write.Lock()
	defer c.write.Unlock()
	_, err := c.Conn.Write(p)
	return err
}

func (c *WebSocketClient) writeClose(code uint16) error {
	var key [4]byte
	rand.Read(key[:])
	frame, err := ws.AppendMaskedClose(nil, key, code, "")
	if err != nil {
		return err
	}
	return c.WriteRaw(frame)
}

// Close sends a close frame. The server's answer is left to Receive.
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
