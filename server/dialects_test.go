package server_test

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/handlers/echo"
	"github.com/everwire/everwire/handlers/shell"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
)

// dialects are all, the oldest last.
var dialects = []ws.Dialect{ws.RFC6455, ws.Hybi08, ws.Hybi07, ws.Hixie76, ws.Hixie75}

// handshakeOf has the fields of a handshake, without any origin, and the name
// of the field that has it.
func handshakeOf(d ws.Dialect) (header []string, origin string) {
	header = []string{"Upgrade", "WebSocket", "Connection", "Upgrade"}
	key := []string{"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}
	switch d {
	case ws.RFC6455:
		return append(append(header, key...), "Sec-WebSocket-Version", "13"), "Origin"
	case ws.Hybi08:
		return append(append(header, key...), "Sec-WebSocket-Version", "8"), "Sec-WebSocket-Origin"
	case ws.Hybi07:
		return append(append(header, key...), "Sec-WebSocket-Version", "7"), "Sec-WebSocket-Origin"
	case ws.Hixie76:
		return append(header, "Sec-WebSocket-Key1", "1 2", "Sec-WebSocket-Key2", "3 4"), "Origin"
	}
	return header, "Origin"
}

// TestTheGuardReadsTheOriginOfEveryDialect before a session is opened, and
// asks of each the same proof.
func TestTheGuardReadsTheOriginOfEveryDialect(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token})})
	cookie, csrf := s.login()
	for _, d := range dialects {
		header, field := handshakeOf(d)
		both := []string{"Origin", s.url, field, "http://evil.example"}
		for _, target := range []string{"/ws/echo?", socket} {
			for _, tt := range []struct {
				name, query string
				header      []string
				status      int
			}{
				{"own origin and cookie", "", []string{field, s.url, "Cookie", cookie}, 101},
				{"foreign origin and cookie", "", []string{field, "http://evil.example", "Cookie", cookie}, 403},
				{"foreign origin and bearer", "", []string{field, "http://evil.example", "Authorization", "Bearer " + token}, 403},
				{"foreign origin and csrf", "&csrf=" + csrf, []string{field, "http://evil.example", "Cookie", cookie}, 403},
				{"foreign origin and ticket", "&ticket=FRESH", []string{field, "http://evil.example"}, 403},
				{"null origin", "", []string{field, "null", "Cookie", cookie}, 403},
				{"two origins", "", append(both, "Cookie", cookie), 403},
				{"no origin and cookie", "", []string{"Cookie", cookie}, 403},
				{"no origin, cookie and csrf", "&csrf=" + csrf, []string{"Cookie", cookie}, 101},
				{"no origin and ticket", "&ticket=FRESH", nil, 101},
				{"nothing", "", nil, 401},
			} {
				query := tt.query
				if strings.Contains(query, "FRESH") {
					query = "&ticket=" + s.ticket()
				}
				got := s.do("GET", target+query, "", append(append([]string(nil), header...), tt.header...)...)
				if got.status != tt.status {
					t.Errorf("%v at %s, %s: %d %s, want %d", d, target, tt.name, got.status, got.body, tt.status)
				}
				if got.status != http.StatusSwitchingProtocols {
					if s.Sessions() != 0 {
						t.Fatalf("%v at %s, %s: a session was opened", d, target, tt.name)
					}
					continue
				}
				s.the().Kill(&session.CloseError{Code: session.Normal})
				got.conn.Close()
			}
		}
	}
}

// TestTheOriginOfEveryDialectIsTold: to the handler if the request is let in,
// and to the log if not.
func TestTheOriginOfEveryDialectIsTold(t *testing.T) {
	for _, d := range dialects {
		var log transporttest.Log
		s := newSite(t, server.Options{Logger: log.Logger(), Guard: unlimited(guard.Config{})})
		header, field := handshakeOf(d)
		for _, target := range []string{"/ws/echo", socket} {
			got := s.do("GET", target, "", append(header, field, s.url)...)
			if got.status != http.StatusSwitchingProtocols {
				t.Fatalf("%v at %s: %d %s", d, target, got.status, got.body)
			}
			c := s.the()
			if origin := c.Peer().Header.Get("Origin"); origin != s.url {
				t.Errorf("%v at %s: the handler is told %q", d, target, origin)
			}
			c.Kill(&session.CloseError{Code: session.Normal})
			got.conn.Close()
			s.do("GET", target, "", append(header, field, "http://evil.example")...)
		}
		if n := strings.Count(log.String(), `origin=http://evil.example`); n != 2 {
			t.Errorf("%v: %d of 2 refusals are logged with their origin:\n%s", d, n, &log)
		}
	}
}

// TestARefusedHandshakeEndsTheConnection, whoever refuses: the bytes behind it
// may be a nonce, and one that begins a request must not become one.
func TestARefusedHandshakeEndsTheConnection(t *testing.T) {
	const good = "good.example"
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token, Hosts: []string{good}}), Dialects: ws.DialectsOf(ws.RFC6455)})
	s.Page("/page", http.NotFoundHandler())
	s.Public("/static", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "file") }))
	const smuggled = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"
	const bearer = "Authorization: Bearer " + token + "\r\n"
	for _, tt := range []struct {
		name, target, host, header string
		status                     int
	}{
		{"no credential", "/ws/echo", good, "", 401},
		{"foreign origin", "/ws/echo", good, bearer + "Origin: http://evil.example\r\n", 403},
		{"foreign host", "/ws/echo", "evil.example", bearer, 421},
		{"too many fields", "/ws/echo", good, strings.Repeat("X: y\r\n", 70), 431},
		{"dialect that is off", "/ws/echo", good, bearer, 426},
		{"dialect that is off, Engine.IO", socket, good, bearer, 426},
		{"unknown session", socket + "&sid=none", good, bearer, 400},
		{"unknown transport", "/socket.io/?EIO=4&transport=none", good, bearer, 400},
		{"no credential, Engine.IO", socket, good, "", 401},
		{"old generation", "/socket.io/2/websocket/1", good, bearer, 500},
		{"page", "/page", good, bearer, 404},
		{"page without credential", "/page", good, "", 401},
		{"file", "/static/file", good, "", 200},
		{"nothing there", "/nowhere", good, "", 404},
		{"health", "/healthz", good, "", 200},
		{"login", "/login", good, "", 0},
		{"tickets", "/tickets", good, "", 0},
		{"logout", "/logout", good, "", 0},
	} {
		conn := s.raw("GET " + tt.target + " HTTP/1.1\r\nHost: " + tt.host + "\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n" +
			"Sec-WebSocket-Key1: 1 2\r\nSec-WebSocket-Key2: 3 4\r\n" + tt.header + "\r\n" + smuggled)
		answer, _ := io.ReadAll(conn)
		if n := strings.Count(string(answer), "HTTP/1.1 "); n != 1 || !strings.Contains(string(answer), "\r\nConnection: close\r\n") {
			t.Errorf("%s: %d answers: %q", tt.name, n, answer)
		}
		if want := fmt.Sprintf("HTTP/1.1 %d ", tt.status); tt.status != 0 && !strings.HasPrefix(string(answer), want) {
			t.Errorf("%s: %.40q, want %q", tt.name, answer, want)
		}
	}
	if s.Sessions() != 0 {
		t.Error("a session was opened")
	}
	resp, _ := http.ReadResponse(bufio.NewReader(s.raw("GET /ws/echo HTTP/1.1\r\nHost: "+good+"\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"+bearer+"\r\n")), nil)
	if v := resp.Header.Get("Sec-WebSocket-Version"); v != "13" {
		t.Errorf("the versions are %q", v)
	}
}

// raw sends bytes over a connection of its own.
func (s *site) raw(request string) net.Conn {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.host)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, request); err != nil {
		s.t.Fatal(err)
	}
	return conn
}

// TestLocation: the answer of the hixie dialects names the address that the
// client asked for, which only a trusted proxy knows better than the request.
func TestLocation(t *testing.T) {
	const proto, host = "X-Forwarded-Proto: https\r\n", "X-Forwarded-Host: chat.example\r\n"
	for _, tt := range []struct {
		name             string
		trusted          bool
		host, forwarded  string
		origin, location string
	}{
		{"direct", false, "Chat.example", "", "http://chat.example", "ws://Chat.example/ws/echo?a=%62"},
		{"forwarded by nobody we trust", false, "chat.example", proto + "X-Forwarded-Host: evil.example\r\n", "http://chat.example", "ws://chat.example/ws/echo?a=%62"},
		{"proxy that keeps the host", true, "Chat.example", proto, "https://chat.example", "wss://Chat.example/ws/echo?a=%62"},
		{"proxy that changes the host", true, "127.0.0.1:8080", proto + host, "https://chat.example", "wss://chat.example/ws/echo?a=%62"},
		{"proxy that says wss", true, "127.0.0.1:8080", "X-Forwarded-Proto: wss\r\n" + host, "https://chat.example", "wss://chat.example/ws/echo?a=%62"},
		{"proxy without TLS", true, "127.0.0.1:8080", "X-Forwarded-Proto: http\r\n" + host, "http://chat.example", "ws://chat.example/ws/echo?a=%62"},
		{"proxy that says nothing", true, "chat.example", "", "http://chat.example", "ws://chat.example/ws/echo?a=%62"},
		{"proxies in a row", true, "127.0.0.1:8080", "X-Forwarded-Proto: http, https\r\nX-Forwarded-Host: evil.example, chat.example\r\n", "https://chat.example", "wss://chat.example/ws/echo?a=%62"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := guard.Config{Hosts: []string{"chat.example"}}
			if tt.trusted {
				c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
			}
			s := newSite(t, server.Options{Guard: unlimited(c)})
			for keys, field := range map[string]string{"": "WebSocket-Location", "Sec-WebSocket-Key1: 1 2\r\nSec-WebSocket-Key2: 3 4\r\n": "Sec-WebSocket-Location"} {
				conn := s.raw("GET /ws/echo?a=%62 HTTP/1.1\r\nHost: " + tt.host + "\r\nOrigin: " + tt.origin + "\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n" + tt.forwarded + keys + "\r\n")
				resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
					t.Fatal(resp, err)
				}
				if got := resp.Header.Get(field); got != tt.location {
					t.Errorf("%s is %q, want %q", field, got, tt.location)
				}
				if got, want := resp.Header.Get(strings.Replace(field, "Location", "Origin", 1)), tt.origin; got != want {
					t.Errorf("origin %q, want %q", got, want)
				}
			}
		})
	}
}

func TestLocationOverTLS(t *testing.T) {
	srv := server.New(server.Options{Guard: unlimited(guard.Config{})})
	srv.Handle("echo", echo.Handler{})
	hs := httptest.NewUnstartedServer(srv)
	hs.Config = srv.HTTPServer()
	hs.StartTLS()
	defer hs.Close()
	defer shutdown(srv)
	host := strings.TrimPrefix(hs.URL, "https://")
	conn, err := tls.Dial("tcp", host, &tls.Config{InsecureSkipVerify: true}) // the test server's own certificate
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	hsk := ws.ClientHandshake{Dialect: ws.Hixie76, Secure: true, Host: host, Target: "/ws/echo", Origin: "https://" + host, Nonce: [16]byte{1, 2, 3}}
	req, err := hsk.AppendRequest(nil)
	if err != nil {
		t.Fatal(err)
	}
	conn.Write(append(req, "\x00over TLS\xff"...))
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hsk.CheckResponse(resp); err != nil {
		t.Fatal(err, resp.Header)
	}
	var digest [16]byte
	io.ReadFull(in, digest[:])
	if err := hsk.CheckDigest(digest); err != nil {
		t.Error(err)
	}
	if got, err := in.ReadString(0xFF); got != "\x00over TLS\xff" {
		t.Errorf("echo %q, %v", got, err)
	}
}

// TestEveryDialectReachesAHandler by its own name.
func TestEveryDialectReachesAHandler(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	for _, d := range dialects {
		hs := ws.ClientHandshake{Dialect: d, Origin: s.url, Protocols: []string{"one"}}
		c := transporttest.DialRawAs(t, s.url, "/ws/echo", hs)
		if err := c.Send(session.Message{Data: []byte("héllo €")}); err != nil {
			t.Fatal(err)
		}
		if m, err := c.Receive(); err != nil || string(m.Data) != "héllo €" {
			t.Errorf("%v: %q %v", d, m.Data, err)
		}
		if p := s.the().Peer(); p.Dialect != d.String() {
			t.Errorf("%v: peer %+v", d, p)
		}
		one := s.the()
		c.Close()
		c.ReadEnd()
		s.ended(one, patience)
	}
}

// TestShellOfAClientWithoutBinary: its output comes as JSON.
func TestShellOfAClientWithoutBinary(t *testing.T) {
	if _, err := exec.LookPath("/bin/sh"); err != nil {
		t.Skip("NOT TESTED: this needs /bin/sh:", err)
	}
	for _, d := range []ws.Dialect{ws.Hixie76, ws.Hixie75} {
		s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
		s.Handle("shell", shell.New(shell.Config{Command: []string{"/bin/sh", "-c", `stty -echo; echo ready; read x; echo "got $x"`}}))
		c := transporttest.DialRawAs(t, s.url, "/ws/shell", ws.ClientHandshake{Dialect: d})
		c.Conn.SetDeadline(time.Now().Add(patience))
		c.Send(session.Message{Data: []byte(`{"type":"open","mode":"stream","cols":80,"rows":24}`)})
		var out strings.Builder
		asked, exited := false, false
		for !exited {
			m, err := c.Receive()
			var message struct{ Type, Data string }
			if err != nil || json.Unmarshal(m.Data, &message) != nil {
				t.Fatalf("%v: %q, %v after %q", d, m.Data, err, out.String())
			}
			exited = message.Type == "exit"
			if message.Type == "out" {
				out.WriteString(message.Data)
			}
			if !asked && strings.Contains(out.String(), "ready") {
				asked = true
				c.Send(session.Message{Data: []byte(`{"type":"in","data":"ä\n"}`)})
			}
		}
		if want := "ready\r\ngot ä\r\n"; out.String() != want {
			t.Errorf("%v: output %q, want %q", d, out.String(), want)
		}
	}
}
