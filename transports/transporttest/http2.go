package transporttest

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
)

// DialHTTP2 connects to a server of HTTP/2 and returns what sends requests over
// this one connection, which is closed when the test ends. It is what an
// http.Transport keeps for such a connection; the transport itself would not
// pass on the pseudo-header field :protocol.
func DialHTTP2(t testing.TB, hs *httptest.Server) http.RoundTripper {
	t.Helper()
	transport := hs.Client().Transport.(*http.Transport)
	// Small, so that a client which does not read is soon noticed.
	transport.HTTP2 = &http.HTTP2Config{MaxReceiveBufferPerStream: 128 << 10}
	transport.CloseIdleConnections() // fills in TLSNextProto
	config := transport.TLSClientConfig.Clone()
	config.NextProtos = []string{"h2"}
	address := hs.Listener.Addr().String()
	conn, err := tls.Dial("tcp", address, config)
	if err != nil {
		t.Fatal("dial:", err)
	}
	t.Cleanup(func() { conn.Close() })
	// Nothing but RoundTrip: a client that closes idle connections would close
	// that of all.
	return struct{ http.RoundTripper }{transport.TLSNextProto["h2"](address, conn)}
}

// OpenStream opens a WebSocket by an extended CONNECT (RFC 8441 section 5) with
// the fields of the header, and returns the answer and, if that is 200, the
// stream, which the caller closes. rt is that of DialHTTP2.
func OpenStream(rt http.RoundTripper, url string, header http.Header) (*http.Response, net.Conn, error) {
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	req, err := http.NewRequestWithContext(ctx, http.MethodConnect, url, r)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	req.Header = header.Clone()
	req.Header[":protocol"] = []string{"websocket"}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	c := &clientStream{Reader: resp.Body, Writer: w, cancel: cancel}
	if resp.StatusCode != http.StatusOK {
		body, err := io.ReadAll(resp.Body)
		c.Close()
		resp.Body = io.NopCloser(strings.NewReader(string(body)))
		return resp, nil, err
	}
	return resp, c, nil
}

// clientStream is the client's end of a stream.
type clientStream struct {
	io.Reader
	io.Writer
	cancel context.CancelFunc
}

var errNoDeadline = errors.New("transporttest: a client's stream has no deadlines")

// Close resets the stream.
func (c *clientStream) Close() error {
	c.cancel()
	return c.Writer.(io.Closer).Close()
}

// EndStream ends the client's direction of a stream, which goes on in the other.
func EndStream(c net.Conn) error { return c.(*clientStream).Writer.(io.Closer).Close() }

func (c *clientStream) LocalAddr() net.Addr              { return nil }
func (c *clientStream) RemoteAddr() net.Addr             { return nil }
func (c *clientStream) SetDeadline(time.Time) error      { return errNoDeadline }
func (c *clientStream) SetReadDeadline(time.Time) error  { return errNoDeadline }
func (c *clientStream) SetWriteDeadline(time.Time) error { return errNoDeadline }

// deflated is the one agreement that a server here makes with an offer that
// demands nothing.
const deflated = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

// connectStream is connect over HTTP/2.
func connectStream(s *Server, target string, codec eio.Codec, hs ws.ClientHandshake) (*WebSocketClient, error) {
	header := http.Header{"Sec-Websocket-Version": {"13"}}
	if hs.Deflate != nil {
		header.Set("Sec-Websocket-Extensions", "permessage-deflate")
	}
	resp, conn, err := OpenStream(s.http2, s.URL+target, header)
	if err != nil {
		return nil, err
	}
	if conn == nil {
		body, _ := io.ReadAll(resp.Body)
		return nil, &Refused{resp.StatusCode, string(body)}
	}
	c := &WebSocketClient{pings: newPings(), Conn: conn, codec: codec, dialect: ws.RFC6455, in: bufio.NewReader(conn)}
	var deflate *ws.Deflate
	switch got := resp.Header.Get("Sec-Websocket-Extensions"); {
	case hs.Deflate != nil && got == deflated:
		deflate = &ws.Deflate{ServerNoContextTakeover: true, ClientNoContextTakeover: true}
	case got != "":
		conn.Close()
		return nil, fmt.Errorf("transporttest: the server agreed to %q", got)
	}
	c.agree(deflate)
	return c, nil
}
