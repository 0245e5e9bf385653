package websocket_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
	"github.com/everwire/everwire/transports/websocket"
)

// talk opens a connection and sends bytes.
func talk(t *testing.T, srv *transporttest.Server, p string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(srv.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, p); err != nil {
		t.Fatal(err)
	}
	return conn
}

// next reads exactly what is to come.
func next(t *testing.T, conn net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(conn, got)
	if string(got[:n]) != want {
		t.Fatalf("read %q, %v, want %q", got[:n], err, want)
	}
}

const (
	v7  = "Sec-WebSocket-Version: 7\r\nSec-WebSocket-Origin: http://example.com\r\n"
	v8  = "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Origin: http://example.com\r\n"
	get = "GET /demo HTTP/1.1\r\n"

	accepted    = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
	hixie75Head = "HTTP/1.1 101 Web Socket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n" +
		"WebSocket-Origin: http://example.com\r\nWebSocket-Location: ws://example.com/demo\r\n"
)

// TestHeads: clients of the time compared bytes, so the whole answer is fixed,
// and the first frame follows it at once.
func TestHeads(t *testing.T) {
	hixie76Head := strings.TrimSuffix(hixie76Head, "\r\n")
	for _, tt := range []struct{ name, request, behind, answer, digest string }{
		{"RFC6455", get + upgrade + key + v13, "", accepted, ""},
		{"RFC6455 with subprotocols", get + upgrade + key + v13 + "Sec-WebSocket-Protocol: one, two\r\n", "", accepted + "Sec-WebSocket-Protocol: one\r\n", ""},
		{"Hybi08", get + upgrade + key + v8, "", accepted, ""},
		{"Hybi08 of hybi-11", get + upgrade + key + "Sec-WebSocket-Version: 8\r\nOrigin: http://example.com\r\n", "", accepted, ""},
		{"Hybi08 with extensions of the time", get + upgrade + key + v8 + "Sec-WebSocket-Extensions: x-webkit-deflate-frame\r\n", "", accepted, ""},
		{"Hybi07", get + upgrade + key + v7, "", accepted, ""},
		{"Hybi07 with subprotocols", get + upgrade + key + v7 + "Sec-WebSocket-Protocol: one, two\r\n", "", accepted + "Sec-WebSocket-Protocol: one\r\n", ""},
		{"Hybi07 with keep-alive", get + strings.Replace(upgrade, "Connection: Upgrade", "Connection: keep-alive, Upgrade", 1) + key + v7, "", accepted, ""},
		{"Hixie76", hixie76, hixie76Nonce, hixie76Head, hixie76Digest},
		{"Hixie76 with subprotocols", hixie76 + "Sec-WebSocket-Protocol: one two\r\n", hixie76Nonce, hixie76Head + "Sec-WebSocket-Protocol: one\r\n", hixie76Digest},
		{"Hixie76 with the subprotocols of Flash", hixie76 + "Cookie: \r\nSec-WebSocket-Protocol: one,two\r\n", hixie76Nonce, hixie76Head + "Sec-WebSocket-Protocol: one\r\n", hixie76Digest},
		{"Hixie76 at a port", strings.Replace(hixie76, "Host: example.com", "Host: Example.com:8080", 1), hixie76Nonce, strings.Replace(hixie76Head, "//example.com/demo", "//Example.com:8080/demo", 1), hixie76Digest},
		{"Hixie76 with a query", strings.Replace(hixie76, "/demo", "//de%6do/?a=b&c", 1), hixie76Nonce, strings.Replace(hixie76Head, "/demo", "//de%6do/?a=b&c", 1), hixie76Digest},
		{"Hixie76 of a file", strings.Replace(hixie76, "Origin: http://example.com", "Origin: null", 1), hixie76Nonce, strings.Replace(hixie76Head, "Origin: http://example.com", "Origin: null", 1), hixie76Digest},
		{"Hixie75", hixie75, "", hixie75Head, ""},
		{"Hixie75 with a subprotocol", hixie75 + "WebSocket-Protocol: one\r\n", "", hixie75Head + "WebSocket-Protocol: one\r\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv, sessions := serve(t, eio.Raw, transporttest.Options{})
			hello, answer := frame(ws.OpText, "hello"), "\x81\x05hello"
			if strings.HasPrefix(tt.name, "Hixie") {
				hello = "\x00hello\xff"
				answer = hello
			}
			conn := talk(t, srv, tt.request+"\r\n"+tt.behind+hello)
			next(t, conn, tt.answer+"\r\n"+tt.digest+answer)
			dialect, _, _ := strings.Cut(tt.name, " ")
			if p := (<-sessions).Peer(); p.Dialect != dialect || p.Binary == strings.HasPrefix(dialect, "Hixie") {
				t.Errorf("peer %+v", p)
			}
		})
	}
}

func TestDialectsThatAreOff(t *testing.T) {
	requests := map[ws.Dialect]string{
		ws.RFC6455: get + upgrade + key + v13, ws.Hybi08: get + upgrade + key + v8, ws.Hybi07: get + upgrade + key + v7,
		ws.Hixie76: hixie76, ws.Hixie75: hixie75,
	}
	for _, tt := range []struct {
		on       ws.Dialects
		versions string
	}{
		{ws.DialectsOf(ws.RFC6455), "13"},
		{ws.DialectsOf(ws.Hybi07, ws.Hixie75), "7"},
		{ws.DialectsOf(ws.RFC6455, ws.Hybi08, ws.Hixie76), "13, 8"},
		{ws.DialectsOf(ws.Hixie75, ws.Hixie76), ""},
		{0, "13, 8, 7"}, // all
	} {
		srv := transporttest.NewServer(t, transporttest.Options{Handler: transporttest.Echo}, eio.Raw, websocket.Transport{Dialects: tt.on})
		for d, request := range requests {
			want := http.StatusUpgradeRequired
			if tt.on == 0 || tt.on.Has(d) {
				want = http.StatusSwitchingProtocols
			}
			resp, _, _, conn := exchange(t, srv, request+"\r\n")
			if resp.StatusCode != want {
				t.Errorf("%v of %v: %d, want %d", d, tt.on, resp.StatusCode, want)
			}
			if v := resp.Header.Get("Sec-WebSocket-Version"); want == http.StatusUpgradeRequired && (v != tt.versions || !resp.Close) {
				t.Errorf("%v of %v: versions %q, want %q; closes: %v", d, tt.on, v, tt.versions, resp.Close)
			}
			conn.Close()
		}
		for _, version := range []string{"4", "5", "6", "0", "14"} {
			resp, _, _, _ := exchange(t, srv, get+upgrade+key+"Sec-WebSocket-Version: "+version+"\r\n\r\n")
			if resp.StatusCode != http.StatusUpgradeRequired || resp.Header.Get("Sec-WebSocket-Version") != tt.versions {
				t.Errorf("version %s: %d %q", version, resp.StatusCode, resp.Header.Get("Sec-WebSocket-Version"))
			}
		}
	}
}

// TestNonceIsNoRequest: eight bytes that begin a request are a nonce where
// there is one, and nothing where the handshake was refused.
func TestNonceIsNoRequest(t *testing.T) {
	const smuggled = "GET /smuggled HTTP/1.1\r\nHost: example.com\r\n\r\n"
	t.Run("accepted", func(t *testing.T) {
		for _, length := range []string{"", "Content-Length: 8\r\n"} {
			srv, _ := serve(t, eio.Raw, transporttest.Options{})
			conn := talk(t, srv, hixie76+length+"\r\n"+smuggled)
			next(t, conn, hixie76Head)
			next(t, conn, string(digestOf(t, smuggled[:8])))
			// The rest is a frame: of a reserved type, since no text begins
			// with a letter.
			io.WriteString(conn, "\xff\x00hello\xff")
			next(t, conn, "\x00hello\xff")
		}
	})
	engine := func(query string) string {
		return strings.Replace(hixie76, "/demo", transporttest.Path+query, 1)
	}
	for _, tt := range []struct {
		name, request string
		codec         eio.Codec
		status        string
	}{
		{"one key", strings.Replace(hixie76, "Sec-WebSocket-Key2", "X", 1), eio.Raw, "400"},
		{"a key without a number", strings.Replace(hixie76, "18x 6]8vM;54 *(5:  {   U1]8  z [  8", "x x", 1), eio.Raw, "400"},
		{"a draft between", hixie76 + "Sec-WebSocket-Draft: 2\r\n", eio.Raw, "426"},
		{"a length of 9", hixie76 + "Content-Length: 9\r\n", eio.Raw, "400"},
		{"chunks", hixie76 + "Transfer-Encoding: chunked\r\n", eio.Raw, "400"},
		{"a length for Hixie75", hixie75 + "Content-Length: 8\r\n", eio.Raw, "400"},
		{"POST", strings.Replace(hixie76, "GET", "POST", 1), eio.Raw, "405"},
		{"no Connection", strings.Replace(hixie76, "Connection: Upgrade\r\n", "", 1), eio.Raw, "400"},
		{"Engine.IO: unknown session", engine("/?EIO=4&transport=websocket&sid=none"), eio.V4, "400"},
		{"Engine.IO: unknown transport", engine("/?EIO=4&transport=none"), eio.V4, "400"},
		{"Engine.IO: upgrade of a poll", engine("/?EIO=4&transport=polling"), eio.V4, "400"},
		{"Engine.IO: no upgrade", strings.Replace(engine("/?EIO=4&transport=websocket"), "Connection: Upgrade\r\n", "", 1), eio.V4, "400"},
		{"Engine.IO: old protocol", engine("/1/websocket/sid"), eio.V4, "500"},
		{"Engine.IO: no path", engine("/nowhere"), eio.V4, "404"},
		{"Engine.IO: greeting", strings.Replace(engine("/"), "Origin: http://example.com\r\n", "", 1), eio.V4, "200"},
	} {
		t.Run("refused: "+tt.name, func(t *testing.T) {
			srv, _ := serve(t, tt.codec, transporttest.Options{})
			answer, _ := io.ReadAll(talk(t, srv, tt.request+"\r\n"+smuggled+smuggled))
			if n := strings.Count(string(answer), "HTTP/1.1 "); n != 1 || !strings.HasPrefix(string(answer), "HTTP/1.1 "+tt.status) {
				t.Errorf("%d answers: %q", n, answer)
			}
			if !strings.Contains(string(answer), "\r\nConnection: close\r\n") || srv.Manager.Len() != 0 {
				t.Errorf("%d sessions, answer %q", srv.Manager.Len(), answer)
			}
		})
	}
}

// digestOf is the digest for another nonce behind the same keys.
func digestOf(t *testing.T, nonce string) []byte {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(hixie76 + "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	q, err := ws.ParseRequestFor(r, ws.AllDialects)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := q.AppendDigest(nil, [8]byte([]byte(nonce)))
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

// TestCloseOfEachDialect: who closes sees the other's answer, and then the end
// of the connection.
func TestCloseOfEachDialect(t *testing.T) {
	masked := func(p string) string { return frame(ws.OpClose, p) }
	for _, tt := range []struct {
		name, handshake string
		head            string
		ours            string // for code 4002 and "bye"
		theirs, echo    string
		remote          session.Code
		answer          string // of the client to ours
	}{
		{"RFC6455", get + upgrade + key + v13 + "\r\n", accepted + "\r\n", "\x88\x05\x0f\xa2bye", masked("\x0b\xb8x"), "\x88\x02\x0b\xb8", 3000, masked("\x0f\xa2")},
		{"Hybi08", get + upgrade + key + v8 + "\r\n", accepted + "\r\n", "\x88\x05\x0f\xa2bye", masked("\x03\xe9"), "\x88\x02\x03\xe9", 1001, masked("\x0f\xa2")},
		{"Hybi07", get + upgrade + key + v7 + "\r\n", accepted + "\r\n", "\x88\x05\x0f\xa2bye", masked(""), "\x88\x00", session.NoStatus, masked("")},
		{"Hixie76", hixie76 + "\r\n" + hixie76Nonce, hixie76Head + hixie76Digest, "\xff\x00", "\xff\x00ignored", "\xff\x00", session.NoStatus, "\xff\x00"},
		{"Hixie75", hixie75 + "\r\n", hixie75Head + "\r\n", "", "\xff\x00", "", session.NoStatus, ""},
	} {
		t.Run(tt.name+", by the server", func(t *testing.T) {
			srv, sessions := serve(t, eio.Raw, transporttest.Options{Handler: idle})
			conn := talk(t, srv, tt.handshake)
			next(t, conn, tt.head)
			s := <-sessions
			s.Close(4002, "bye")
			if tt.answer != "" {
				next(t, conn, tt.ours)
				io.WriteString(conn, tt.answer)
			}
			if rest, err := io.ReadAll(conn); len(rest) > 0 || err != nil {
				t.Errorf("then %q, %v", rest, err)
			}
			conn.Close()
			if ce := cause(t, s); ce.Code != 4002 || ce.Remote {
				t.Errorf("cause %v", ce)
			}
			noTakeovers(t, srv)
		})
		t.Run(tt.name+", by the client", func(t *testing.T) {
			srv, sessions := serve(t, eio.Raw, transporttest.Options{Handler: idle})
			conn := talk(t, srv, tt.handshake)
			next(t, conn, tt.head)
			io.WriteString(conn, tt.theirs)
			if rest, err := io.ReadAll(conn); string(rest) != tt.echo || err != nil {
				t.Errorf("answered with %q, %v, want %q", rest, err, tt.echo)
			}
			if ce := cause(t, <-sessions); ce.Code != tt.remote || !ce.Remote {
				t.Errorf("cause %v", ce)
			}
			noTakeovers(t, srv)
		})
	}
	t.Run("Hixie75, by the client's end", func(t *testing.T) {
		srv, sessions := serve(t, eio.Raw, transporttest.Options{Handler: idle})
		conn := talk(t, srv, hixie75+"\r\n")
		next(t, conn, hixie75Head+"\r\n")
		conn.Close()
		if ce := cause(t, <-sessions); !ce.Normal() {
			t.Errorf("cause %v", ce)
		}
	})
	t.Run("Hixie75, by the client's end in a message", func(t *testing.T) {
		srv, sessions := serve(t, eio.Raw, transporttest.Options{Handler: idle})
		conn := talk(t, srv, hixie75+"\r\n\x00half")
		next(t, conn, hixie75Head+"\r\n")
		conn.Close()
		if ce := cause(t, <-sessions); ce.Code != session.TransportLost {
			t.Errorf("cause %v", ce)
		}
	})
}

// TestNothingIsLostToAReset: a Hixie75 client gets all that was sent before the
// end, whatever it was sending meanwhile.
func TestNothingIsLostToAReset(t *testing.T) {
	const n, size = 20, 64 << 10
	srv, _ := serve(t, eio.Raw, transporttest.Options{Handler: session.HandlerFunc(func(s session.Session) {
		s.Receive(s.Context())
		for range n {
			s.Send(s.Context(), session.Message{Data: bytes.Repeat([]byte("x"), size)})
		}
	})})
	for range 10 {
		conn := talk(t, srv, hixie75+"\r\n\x00go\xff")
		next(t, conn, hixie75Head+"\r\n")
		stop, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			for {
				select {
				case <-stop:
					return
				default:
					conn.Write([]byte("\x00more\xff"))
				}
			}
		}()
		got, err := io.ReadAll(conn)
		close(stop)
		<-done
		if len(got) != n*(size+2) || err != nil {
			t.Fatalf("%d bytes, %v, want %d", len(got), err, n*(size+2))
		}
		conn.Close()
	}
}

// TestBinaryToATextClient: it is refused where there is no way to carry it,
// and Engine.IO carries it in base64.
func TestBinaryToATextClient(t *testing.T) {
	for _, d := range []ws.Dialect{ws.Hixie76, ws.Hixie75} {
		t.Run("raw "+d.String(), func(t *testing.T) {
			refused := make(chan error, 1)
			srv, sessions := serve(t, eio.Raw, transporttest.Options{Handler: session.HandlerFunc(func(s session.Session) {
				// At once: the nonce may not even be there.
				err := s.Send(s.Context(), session.Message{Kind: session.Binary, Data: []byte{0xFF}})
				refused <- err
				if errors.Is(err, session.ErrUnsupported) {
					s.Close(session.Unsupported, "")
				}
			})})
			c := transporttest.NewClientOf(t, srv, d)
			if err := <-refused; !errors.Is(err, session.ErrUnsupported) {
				t.Errorf("Send: %v", err)
			}
			if closed, err := c.ReadEnd(); err != nil || closed.Code != ws.CodeNoStatus {
				t.Errorf("ended with %v, %v", closed, err)
			}
			if ce := cause(t, <-sessions); ce.Code != session.Unsupported || ce.Remote {
				t.Errorf("cause %v", ce)
			}
		})
	}
	for _, d := range []ws.Dialect{ws.Hixie76, ws.Hixie75} {
		t.Run("Engine.IO over "+d.String(), func(t *testing.T) {
			srv, sessions := serve(t, eio.V4, transporttest.Options{})
			c := transporttest.NewClientOf(t, srv, d)
			if err := c.WriteFrame(ws.OpText, []byte("bAP+A")); err != nil { // 00 FF 80
				t.Fatal(err)
			}
			if ev, err := c.Event(); err != nil || ev.Type != ws.Text || string(ev.Data) != "bAP+A" {
				t.Errorf("got %v %q, %v", ev.Type, ev.Data, err)
			}
			if p := (<-sessions).Peer(); !p.Binary || p.Dialect != d.String() {
				t.Errorf("peer %+v", p)
			}
		})
	}
}

// TestBroadcastFramesAreMadeOncePerSlot: clients whose dialects have the same
// frames share them, and the others do not.
func TestBroadcastFramesAreMadeOncePerSlot(t *testing.T) {
	for _, kind := range []session.Kind{session.Text, session.Binary} {
		srv, sessions := serve(t, eio.V4, transporttest.Options{Handler: idle})
		prepared := &session.Prepared{}
		made := map[int]string{}
		for i, d := range []ws.Dialect{ws.RFC6455, ws.Hixie76, ws.Hybi07, ws.Hixie75, ws.Hybi08, ws.RFC6455, ws.Hixie76} {
			c := transporttest.NewClientOf(t, srv, d)
			data := fmt.Sprint("made for client ", i)
			if _, ok := made[d.Slot(false)]; !ok {
				made[d.Slot(false)] = data
			}
			p := session.Packet{Type: session.PacketMessage, Kind: kind, Data: []byte(data), Prepared: prepared}
			if err := (<-sessions).(*session.Conn).Offer(p); err != nil {
				t.Fatal(err)
			}
			m, err := c.Receive()
			if want := made[d.Slot(false)]; err != nil || string(m.Data) != want || m.Kind != kind {
				t.Errorf("%v, %v got %q, %v, want %q", kind, d, m.Data, err, want)
			}
		}
		if len(made) != 2 {
			t.Errorf("%d frames were made", len(made))
		}
	}
}
