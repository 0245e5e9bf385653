package websocket_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/everwire/everwire/internal/leaktest"
	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
	"github.com/everwire/everwire/transports/websocket"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// serve starts a server whose sessions can be watched.
func serve(t testing.TB, codec eio.Codec, o transporttest.Options) (*transporttest.Server, <-chan session.Session) {
	t.Helper()
	sessions := make(chan session.Session, 100)
	handler := o.Handler
	if handler == nil {
		handler = transporttest.Echo
	}
	o.Handler = session.HandlerFunc(func(s session.Session) { sessions <- s; handler.ServeSession(s) })
	return transporttest.NewServer(t, o, codec, websocket.Transport{}), sessions
}

// exchange sends a request as it is and returns the answer and what follows.
func exchange(t *testing.T, srv *transporttest.Server, request string) (*http.Response, string, *bufio.Reader, net.Conn) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(srv.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	var body []byte
	if resp.StatusCode != http.StatusSwitchingProtocols {
		body, _ = io.ReadAll(resp.Body)
	}
	return resp, string(body), in, conn
}

const (
	upgrade = "Host: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	key     = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" // RFC 6455 section 1.3
	v13     = "Sec-WebSocket-Version: 13\r\n"
)

func TestHandshake(t *testing.T) {
	for _, tt := range []struct {
		name, request string
		status        int
		header        map[string]string
	}{
		{"good", "GET / HTTP/1.1\r\n" + upgrade + key + v13, 101, map[string]string{"Sec-Websocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}},
		{"with a subprotocol", "GET / HTTP/1.1\r\n" + upgrade + key + v13 + "Sec-WebSocket-Protocol: one, two\r\n", 101, map[string]string{"Sec-Websocket-Protocol": "one"}},
		{"compression that is not on", "GET / HTTP/1.1\r\n" + upgrade + key + v13 + "Sec-WebSocket-Extensions: permessage-deflate\r\n", 101, map[string]string{"Sec-Websocket-Extensions": ""}},
		{"no upgrade at all", "GET / HTTP/1.1\r\nHost: h\r\n", 426, map[string]string{"Sec-Websocket-Version": "13, 8, 7"}},
		{"another version", "GET / HTTP/1.1\r\n" + upgrade + key + "Sec-WebSocket-Version: 99\r\n", 426, map[string]string{"Sec-Websocket-Version": "13, 8, 7"}},
		{"POST", "POST / HTTP/1.1\r\nContent-Length: 0\r\n" + upgrade + key + v13, 405, nil},
		{"no key", "GET / HTTP/1.1\r\n" + upgrade + v13, 400, nil},
		{"short key", "GET / HTTP/1.1\r\n" + upgrade + "Sec-WebSocket-Key: AAAA\r\n" + v13, 400, nil},
		{"two keys", "GET / HTTP/1.1\r\n" + upgrade + key + key + v13, 400, nil},
		{"bad subprotocol", "GET / HTTP/1.1\r\n" + upgrade + key + v13 + "Sec-WebSocket-Protocol: a b\r\n", 400, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv, sessions := serve(t, eio.Raw, transporttest.Options{})
			resp, body, _, _ := exchange(t, srv, tt.request+"\r\n")
			if resp.StatusCode != tt.status {
				t.Fatalf("status %d %q, want %d", resp.StatusCode, body, tt.status)
			}
			for name, want := range tt.header {
				if got := resp.Header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			if tt.status != 101 && (srv.Manager.Len() != 0 || len(sessions) != 0) {
				t.Error("a session was opened")
			}
		})
	}
}

func TestRefusedUpgradeOnTheWire(t *testing.T) {
	srv, _ := serve(t, eio.V4, transporttest.Options{})
	conn, err := net.Dial("tcp", strings.TrimPrefix(srv.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET "+transporttest.Path+"/?EIO=4&transport=websocket&sid=none HTTP/1.1\r\n"+upgrade+key+v13+"\r\n")
	answer, err := io.ReadAll(conn) // the server closes
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(string(answer), "\r\n\r\n")
	if !strings.HasPrefix(head, "HTTP/1.1 400 Bad Request\r\n") || body != "Session ID unknown" {
		t.Errorf("answered %q", answer)
	}
	for _, line := range []string{"Connection: close", "Content-Type: text/html", "Content-Length: 18"} {
		if !strings.Contains(head+"\r\n", "\r\n"+line+"\r\n") {
			t.Errorf("no %q in %q", line, head)
		}
	}
}

func frame(op ws.Opcode, payload string) string {
	f, err := ws.AppendMaskedFrame(nil, op, true, false, [4]byte{1, 2, 3, 4}, []byte(payload))
	if err != nil {
		panic(err)
	}
	return string(f)
}

// TestFramesBehindTheHandshake: what a client sends in the same segment is
// frames already (RFC 6455 section 4.1).
func TestFramesBehindTheHandshake(t *testing.T) {
	srv, _ := serve(t, eio.Raw, transporttest.Options{})
	early := frame(ws.OpText, "early") + frame(ws.OpPing, "p") + frame(ws.OpBinary, "half")
	cut := len(early) - 2
	_, _, in, conn := exchange(t, srv, "GET / HTTP/1.1\r\n"+upgrade+key+v13+"\r\n"+early[:cut])
	io.WriteString(conn, early[cut:])
	d := ws.NewDecoder(ws.DecoderOptions{Role: ws.Client})
	got := map[string]bool{}
	for len(got) < 3 {
		buf := make([]byte, 100)
		n, err := in.Read(buf)
		if err != nil {
			t.Fatal(err, got)
		}
		for p := buf[:n]; ; {
			n, ev, err := d.Decode(p)
			if err != nil {
				t.Fatal(err)
			}
			if ev.Type == ws.None {
				break
			}
			got[ev.Type.String()+" "+string(ev.Data)] = true
			p = p[n:]
		}
	}
	for _, want := range []string{"text early", "pong p", "binary half"} {
		if !got[want] {
			t.Errorf("no %s in %v", want, got)
		}
	}
}

func TestFaultsOfTheDialect(t *testing.T) {
	for _, tt := range []struct {
		name, bytes string
		code        uint16
	}{
		{"unmasked frame", "\x81\x01a", ws.CodeProtocolError},
		{"reserved bit", "\xc1\x80\x00\x00\x00\x00", ws.CodeProtocolError},
		{"unknown opcode", "\x83\x80\x00\x00\x00\x00", ws.CodeProtocolError},
		{"fragmented ping", "\x09\x80\x00\x00\x00\x00", ws.CodeProtocolError},
		{"continuation of nothing", "\x80\x80\x00\x00\x00\x00", ws.CodeProtocolError},
		{"close frame of one byte", "\x88\x81\x00\x00\x00\x00a", ws.CodeProtocolError},
		{"close code 1005", frame(ws.OpClose, "\x03\xed"), ws.CodeProtocolError},
		{"text that is not UTF-8", frame(ws.OpText, "\xff"), ws.CodeInvalidPayload},
		{"reason that is not UTF-8", frame(ws.OpClose, "\x03\xe8\xff"), ws.CodeInvalidPayload},
		{"length over the limit", "\x82\xff\x00\x00\x00\x00\x00\x0f\x42\x41\x00\x00\x00\x00", ws.CodeTooBig},
		{"length of 63 bits", "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00", ws.CodeTooBig},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv, sessions := serve(t, eio.Raw, transporttest.Options{})
			c := transporttest.NewRawClient(t, srv)
			if err := c.WriteRaw([]byte(tt.bytes)); err != nil {
				t.Fatal(err)
			}
			closed, err := c.ReadEnd()
			if err != nil || closed.Code != tt.code {
				t.Errorf("ended with %v, %v, want code %d", closed, err, tt.code)
			}
			if ce := cause(t, <-sessions); ce.Code != session.Code(tt.code) || !ce.Remote {
				t.Errorf("the session's cause is %v", ce)
			}
		})
	}
}

// TestFaultsOfFramesBelowEngineIO: the reference closes with a code, and says no
// more: clients show its reason to their users.
func TestFaultsOfFramesBelowEngineIO(t *testing.T) {
	for _, tt := range []struct {
		name, bytes string
		code        uint16
	}{
		{"unmasked frame", "\x81\x01a", ws.CodeProtocolError},
		{"text that is not UTF-8", frame(ws.OpText, "4\xff"), ws.CodeInvalidPayload},
		{"length over the limit", "\x82\xff\x00\x00\x00\x00\x00\x0f\x42\x41\x00\x00\x00\x00", ws.CodeTooBig},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv, sessions := serve(t, eio.V4, transporttest.Options{})
			c := transporttest.NewWebSocketClient(t, srv)
			if err := c.WriteRaw([]byte(tt.bytes)); err != nil {
				t.Fatal(err)
			}
			_, err := c.Receive()
			if closed, ok := errors.AsType[*transporttest.Closed](err); !ok || closed.Code != tt.code || closed.Reason != "" {
				t.Errorf("ended with %v, want code %d without a reason", err, tt.code)
			}
			if ce := cause(t, <-sessions); ce.Code != session.Code(tt.code) || !ce.Remote {
				t.Errorf("the session's cause is %v", ce)
			}
		})
	}
}

// TestFaultsOfEngineIO: the reference closes without a code.
func TestFaultsOfEngineIO(t *testing.T) {
	for _, tt := range []struct{ name, text string }{
		{"unknown type", "abc"}, {"empty packet", ""}, {"wrong direction of the heartbeat", "2"}, {"probe of the only carrier", "2probe"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv, sessions := serve(t, eio.V4, transporttest.Options{})
			c := transporttest.NewWebSocketClient(t, srv)
			c.WriteFrame(ws.OpText, []byte(tt.text))
			_, err := c.Receive()
			if closed, ok := errors.AsType[*transporttest.Closed](err); !ok || closed.Code != ws.CodeNoStatus {
				t.Errorf("ended with %v", err)
			}
			if ce := cause(t, <-sessions); ce.Code != session.ProtocolError || !ce.Remote {
				t.Errorf("the session's cause is %v", ce)
			}
		})
	}
	t.Run("but what means nothing is ignored", func(t *testing.T) {
		srv, _ := serve(t, eio.V4, transporttest.Options{})
		c := transporttest.NewWebSocketClient(t, srv)
		for _, text := range []string{"0", "3", "3x", "5", "6", "4on"} {
			c.WriteFrame(ws.OpText, []byte(text))
		}
		if m, err := c.Receive(); err != nil || string(m.Data) != "on" {
			t.Errorf("received %q, %v", m.Data, err)
		}
	})
}

func TestClosePacketOfEngineIO(t *testing.T) {
	srv, sessions := serve(t, eio.V4, transporttest.Options{})
	c := transporttest.NewWebSocketClient(t, srv)
	c.WriteFrame(ws.OpText, []byte("1"))
	_, err := c.Receive()
	if closed, ok := errors.AsType[*transporttest.Closed](err); !ok || closed.Code != ws.CodeNoStatus {
		t.Errorf("ended with %v", err)
	}
	if ce := cause(t, <-sessions); !ce.Normal() {
		t.Errorf("the session's cause is %v", ce)
	}
}
