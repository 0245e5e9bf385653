package e2e_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/ws"
)

// wireClient is protocol/ws as a client, over a connection to a server that
// is not ours. Errors end the test.
type wireClient struct {
	*testing.T
	dialect  ws.Dialect
	conn     net.Conn
	in       *bufio.Reader
	decoder  *ws.Decoder
	deflater *ws.Deflater // nil without compression
	rest     []byte       // read, but not decoded
	pings    int          // that were answered
	inflated int          // messages that came compressed
}

// dialWire shakes hands with the server at a port of this machine. All has to
// be over by the deadline.
func dialWire(t *testing.T, port string, dialect ws.Dialect, offer *ws.DeflateOffer, deadline time.Time) *wireClient {
	t.Helper()
	conn, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(deadline)
	h := ws.ClientHandshake{Dialect: dialect, Host: "127.0.0.1:" + port, Target: "/ws/echo?a=1",
		Origin: "http://127.0.0.1:" + port, Deflate: offer}
	rand.Read(h.Nonce[:])
	request, err := h.AppendRequest(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &wireClient{T: t, dialect: dialect, conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}
	c.write(request, nil)
	answer, err := http.ReadResponse(c.in, nil)
	if err != nil {
		t.Fatal("answer:", err)
	}
	agreed, err := h.CheckResponse(answer)
	if err != nil {
		t.Fatal(err)
	}
	if dialect == ws.Hixie76 {
		var digest [16]byte
		if _, err := io.ReadFull(c.in, digest[:]); err != nil {
			t.Fatal("digest:", err)
		}
		if err := h.CheckDigest(digest); err != nil {
			t.Fatal(err)
		}
	}
	if agreed.Deflate != nil {
		c.deflater = ws.NewDeflater(agreed.Deflate, ws.Client)
		t.Cleanup(c.deflater.Release)
	}
	c.decoder = ws.NewDecoder(ws.DecoderOptions{Dialect: dialect, Role: ws.Client, MaxMessage: 4 << 20, Deflate: agreed.Deflate})
	t.Cleanup(c.decoder.Release)
	return c
}

// write sends what an append function has returned.
func (c *wireClient) write(p []byte, err error) {
	c.Helper()
	if err == nil {
		_, err = c.conn.Write(p)
	}
	if err != nil {
		c.Fatal(err)
	}
}

// mask returns a fresh masking key.
func mask() (key [4]byte) {
	rand.Read(key[:])
	return key
}

// message returns the bytes of a message in one frame.
func (c *wireClient) message(kind ws.Type, data []byte) ([]byte, error) {
	if c.deflater == nil {
		return ws.AppendMaskedMessage(nil, c.dialect, mask(), kind, data)
	}
	small, err := c.deflater.AppendCompressed(nil, data)
	if err != nil {
		return nil, err
	}
	op := ws.OpText
	if kind == ws.Binary {
		op = ws.OpBinary
	}
	return ws.AppendMaskedFrame(nil, op, true, true, mask(), small)
}

func (c *wireClient) send(kind ws.Type, data []byte) {
	c.Helper()
	c.write(c.message(kind, data))
}

// control sends a ping or a pong.
func (c *wireClient) control(op ws.Opcode, data []byte) {
	c.Helper()
	c.write(ws.AppendMaskedFrame(nil, op, true, false, mask(), data))
}

// next returns the next event; its data is the caller's. It answers pings.
// The end of the connection is an event of type None.
func (c *wireClient) next() ws.Event {
	c.Helper()
	for {
		n, ev, err := c.decoder.Decode(c.rest)
		if err != nil {
			c.Fatal(err)
		}
		c.rest = c.rest[n:]
		switch ev.Type {
		case ws.Ping:
			c.control(ws.OpPong, ev.Data)
			c.pings++
		case ws.None:
			buf := make([]byte, 32<<10)
			n, err := c.in.Read(buf)
			if err == io.EOF {
				return ws.Event{}
			}
			if err != nil {
				c.Fatal(err)
			}
			c.rest = buf[:n]
		default:
			if ev.Compressed {
				c.inflated++
			}
			ev.Data = bytes.Clone(ev.Data)
			return ev
		}
	}
}

// expect receives one message or pong.
func (c *wireClient) expect(kind ws.Type, data []byte) {
	c.Helper()
	if ev := c.next(); ev.Type != kind || !bytes.Equal(ev.Data, data) {
		c.Fatalf("received %v of %d bytes %.60q, code %d, want %v of %d bytes %.60q",
			ev.Type, len(ev.Data), ev.Data, ev.Code, kind, len(data), data)
	}
}

func (c *wireClient) echo(kind ws.Type, sent ...[]byte) {
	c.Helper()
	for _, data := range sent {
		c.send(kind, data)
		c.expect(kind, data)
	}
}

// fragments sends one message in several frames, with a ping behind the first.
func (c *wireClient) fragments(kind ws.Type, parts ...[]byte) {
	c.Helper()
	op := ws.OpText
	if kind == ws.Binary {
		op = ws.OpBinary
	}
	for i, part := range parts {
		c.write(ws.AppendMaskedFrame(nil, op, i == len(parts)-1, false, mask(), part))
		if op = ws.OpContinuation; i == 0 {
			c.control(ws.OpPing, []byte("between"))
		}
	}
}

// part closes as the dialect does: draft 75 by the end of what it sends.
func (c *wireClient) part(code uint16, reason string) {
	c.Helper()
	switch {
	case c.dialect == ws.Hixie75:
		if err := c.conn.(*net.TCPConn).CloseWrite(); err != nil {
			c.Fatal(err)
		}
	case c.dialect.HasBinary():
		c.write(ws.AppendMaskedClose(nil, mask(), code, reason))
	default:
		c.write(ws.AppendClose(nil, c.dialect, code, reason))
	}
}

// closed receives the server's close frame, where the dialect has one, and
// returns it.
func (c *wireClient) closed() ws.Event {
	c.Helper()
	if c.dialect == ws.Hixie75 {
		return ws.Event{}
	}
	ev := c.next()
	if ev.Type != ws.Close {
		c.Fatalf("received %v %.60q, want a close", ev.Type, ev.Data)
	}
	return ev
}

// ended receives the end of the connection.
func (c *wireClient) ended() {
	c.Helper()
	if ev := c.next(); ev.Type != ws.None {
		c.Fatalf("received %v %.60q, want the end", ev.Type, ev.Data)
	}
}
