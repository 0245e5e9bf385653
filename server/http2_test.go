package server_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/everwire/everwire/internal/xconnect/always"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
)

// newHTTP2Site is newSite for a client with one connection of HTTP/2.
func newHTTP2Site(t *testing.T, o server.Options) (*site, http.RoundTripper) {
	t.Helper()
	srv := server.New(o)
	srv.Handle("echo", transporttest.Echo)
	hs := httptest.NewUnstartedServer(srv)
	hs.Config, hs.EnableHTTP2 = srv.HTTPServer(), true
	hs.StartTLS()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		srv.Shutdown(ctx)
		hs.Close()
	})
	rt := transporttest.DialHTTP2(t, hs)
	return &site{Server: srv, t: t, url: hs.URL, host: strings.TrimPrefix(hs.URL, "https://"), http: &http.Client{
		Transport: rt, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, rt
}

// connect opens a WebSocket by an extended CONNECT. Values of the header are
// names and values in turn. The stream is nil if it was refused.
func (s *site) connect(rt http.RoundTripper, target string, header ...string) (status int, conn net.Conn) {
	s.t.Helper()
	h := http.Header{"Sec-Websocket-Version": {"13"}}
	for i := 0; i < len(header); i += 2 {
		h.Add(header[i], header[i+1])
	}
	resp, conn, err := transporttest.OpenStream(rt, s.url+target, h)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, name := range []string{"Connection", "Upgrade", "Sec-Websocket-Accept"} {
		if v, ok := resp.Header[name]; ok {
			s.t.Errorf("%s: the answer has %s: %q", target, name, v)
		}
	}
	if conn != nil {
		s.t.Cleanup(func() { conn.Close() })
	}
	return resp.StatusCode, conn
}

// says sends a text and checks that it comes back.
func says(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	p, _ := ws.AppendMaskedFrame(nil, ws.OpText, true, false, [4]byte{1, 2, 3, 4}, []byte(text))
	if _, err := conn.Write(p); err != nil {
		t.Fatal(err)
	}
	want, _ := ws.AppendMessage(nil, ws.RFC6455, ws.Text, []byte(text))
	got := make([]byte, len(want))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != string(want) {
		t.Fatalf("got %q, %v, want %q", got, err, want)
	}
}

// TestTheGuardAsksStreamsTheSame as upgrades, before a session is opened; and a
// refusal leaves the other streams of the connection alone.
func TestTheGuardAsksStreamsTheSame(t *testing.T) {
	s, rt := newHTTP2Site(t, server.Options{Guard: unlimited(guard.Config{Token: token})})
	cookie, csrf := s.login()
	status, stays := s.connect(rt, "/ws/echo", "Authorization", "Bearer "+token)
	if status != 200 {
		t.Fatal(status)
	}
	other := strings.Replace(s.url, "https:", "http:", 1)
	for _, target := range []string{"/ws/echo?", socket} {
		for _, tt := range []struct {
			name, query string
			header      []string
			status      int
		}{
			{"own origin and cookie", "", []string{"Origin", s.url, "Cookie", cookie}, 200},
			{"foreign origin and cookie", "", []string{"Origin", "https://evil.example", "Cookie", cookie}, 403},
			{"other scheme and cookie", "", []string{"Origin", other, "Cookie", cookie}, 403},
			{"foreign origin and bearer", "", []string{"Origin", "https://evil.example", "Authorization", "Bearer " + token}, 403},
			{"foreign origin and ticket", "&ticket=FRESH", []string{"Origin", "https://evil.example"}, 403},
			{"null origin", "", []string{"Origin", "null", "Cookie", cookie}, 403},
			{"two origins", "", []string{"Origin", s.url, "Origin", "https://evil.example", "Cookie", cookie}, 403},
			{"an origin of the drafts beside", "", []string{"Origin", s.url, "Sec-WebSocket-Origin", "https://evil.example", "Cookie", cookie}, 403},
			{"no origin and cookie", "", []string{"Cookie", cookie}, 403},
			{"no origin, cookie and csrf", "&csrf=" + csrf, []string{"Cookie", cookie}, 200},
			{"no origin and ticket", "&ticket=FRESH", nil, 200},
			{"spent ticket", "&ticket=SPENT", nil, 401},
			{"bearer", "", []string{"Authorization", "Bearer " + token}, 200},
			{"wrong bearer", "", []string{"Authorization", "Bearer wrong"}, 401},
			{"nothing", "", nil, 401},
		} {
			query := tt.query
			if strings.Contains(query, "FRESH") {
				query = "&ticket=" + s.ticket()
			}
			before := s.Sessions()
			status, conn := s.connect(rt, target+query, tt.header...)
			if status != tt.status {
				t.Errorf("%s, %s: %d, want %d", target, tt.name, status, tt.status)
			}
			if opened := s.Sessions() > before; opened != (tt.status == 200) {
				t.Errorf("%s, %s: a session was opened: %v", target, tt.name, opened)
			}
			if conn != nil {
				conn.Close()
				s.expectSessions(before)
			}
			says(t, stays, tt.name)
		}
	}
}

// expectSessions waits until there are n.
func (s *site) expectSessions(n int) {
	s.t.Helper()
	for end := time.Now().Add(patience); s.Sessions() != n; {
		if time.Now().After(end) {
			s.t.Fatalf("%d sessions, want %d", s.Sessions(), n)
		}
		for c := range s.Manager().All() {
			select {
			case <-c.Context().Done():
			case <-time.After(time.Millisecond):
			}
		}
	}
}

// TestHostAndLimitsOfStreams: each stream names a host and is counted.
func TestHostAndLimitsOfStreams(t *testing.T) {
	s, rt := newHTTP2Site(t, server.Options{Guard: guard.Config{SessionsPerSecond: 2, UnauthenticatedConns: -1}})
	for i, want := range []int{200, 200, 429} {
		if got, _ := s.connect(rt, "/ws/echo"); got != want {
			t.Errorf("session %d: %d, want %d", i, got, want)
		}
	}
	strict, rt := newHTTP2Site(t, server.Options{Guard: unlimited(guard.Config{Hosts: []string{"good.example"}})})
	if got, _ := strict.connect(rt, "/ws/echo"); got != 421 {
		t.Errorf("another host: %d", got)
	}
}

// TestAConnectionIsCountedOnce, however many streams it has, until one of them
// shows a credential.
func TestAConnectionIsCountedOnce(t *testing.T) {
	s, rt := newHTTP2Site(t, server.Options{Guard: guard.Config{Token: token, SessionsPerSecond: -1, UnauthenticatedConns: 2}})
	// another reports whether one more connection is served.
	another := func() bool {
		conn, err := tls.Dial("tcp", s.host, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
		if err != nil {
			return false
		}
		t.Cleanup(func() { conn.Close() })
		return true
	}
	for range 10 {
		if got := s.do("GET", "/healthz", ""); got.status != 200 {
			t.Fatal(got.status)
		}
		if status, _ := s.connect(rt, "/ws/echo"); status != 401 {
			t.Fatal(status)
		}
	}
	if !another() || another() {
		t.Fatal("the limit of two is not kept")
	}
	for range 3 {
		if status, _ := s.connect(rt, "/ws/echo", "Authorization", "Bearer "+token); status != 200 {
			t.Fatal(status)
		}
	}
	if !another() || another() {
		t.Error("the first connection has not left the count, once")
	}
}

// TestConnectsThatLeadNowhere are refused, and nothing takes a page for the
// beginning of a tunnel.
func TestConnectsThatLeadNowhere(t *testing.T) {
	s, rt := newHTTP2Site(t, server.Options{Guard: unlimited(guard.Config{})})
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "page") })
	s.Page("/page", ok)
	s.Action("/act", ok)
	s.Public("/static", ok)
	for target, want := range map[string]int{
		"/page": 405, "/act": 405, "/static/x": 405, "/healthz": 405, "/login": 405, "/logout": 405, "/tickets": 405, "/nowhere": 405,
		poll: 400, socket + "&sid=none": 400, "/socket.io/2/websocket/1": 500, "/ws/echo": 200, socket: 200,
	} {
		if got, _ := s.connect(rt, target); got != want {
			t.Errorf("%s: %d, want %d", target, got, want)
		}
	}
	plain := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	plain.Public("/static", ok)
	for _, target := range []string{"/static/x", "/healthz", "/ws/echo", "/nowhere", socket} {
		conn := plain.raw("CONNECT " + target + " HTTP/1.1\r\nHost: " + plain.host + "\r\nConnection: close\r\n\r\n")
		answer, _ := io.ReadAll(conn)
		if !strings.HasPrefix(string(answer), "HTTP/1.1 405 ") {
			t.Errorf("HTTP/1.1, %s: %.60q", target, answer)
		}
	}
}

// TestOldDialectsAreNotOverHTTP2.
func TestOldDialectsAreNotOverHTTP2(t *testing.T) {
	s, rt := newHTTP2Site(t, server.Options{Guard: unlimited(guard.Config{})})
	for _, version := range []string{"8", "7", ""} {
		resp, _, err := transporttest.OpenStream(rt, s.url+"/ws/echo", http.Header{"Sec-Websocket-Version": {version}})
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != 400 || resp.Header.Get("Sec-Websocket-Version") != "13" {
			t.Errorf("version %q: %d %v", version, resp.StatusCode, resp.Header)
		}
	}
	if got := s.do("GET", "/ws/echo", ""); got.status != 400 || got.header.Get("Upgrade") != "" {
		t.Errorf("GET: %d %v", got.status, got.header)
	}
}

// TestAStreamHasNoEndOfABody: what bounds the bodies of requests does not bound
// it.
func TestAStreamHasNoEndOfABody(t *testing.T) {
	const limit = 50 * time.Millisecond
	server.SetBodyTimeout(t, limit)
	s, rt := newHTTP2Site(t, server.Options{Guard: unlimited(guard.Config{})})
	_, conn := s.connect(rt, "/ws/echo")
	for range 3 {
		<-time.After(2 * limit)
		says(t, conn, "still here")
	}
}

// TestPollsAndStreamsShareAConnection, as a browser has them: a session moves
// from one to the other.
func TestPollsAndStreamsShareAConnection(t *testing.T) {
	s, rt := newHTTP2Site(t, server.Options{Guard: unlimited(guard.Config{})})
	sid := s.open()
	status, conn := s.connect(rt, socket+"&sid="+sid)
	if status != 200 {
		t.Fatal(status)
	}
	p, _ := ws.AppendMaskedFrame(nil, ws.OpText, true, false, [4]byte{}, []byte("2probe"))
	conn.Write(p)
	want := "\x81\x063probe"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(conn, got); string(got) != want {
		t.Fatalf("got %q, %v", got, err)
	}
	if got := s.do("GET", poll+"&sid="+sid, ""); got.body != "6" {
		t.Errorf("the poll got %q", got.body)
	}
	p, _ = ws.AppendMaskedFrame(nil, ws.OpText, true, false, [4]byte{}, []byte("5"))
	conn.Write(p)
	p, _ = ws.AppendMaskedFrame(nil, ws.OpText, true, false, [4]byte{}, []byte("40/echo,"))
	conn.Write(p)
	head := make([]byte, 2)
	if _, err := io.ReadFull(conn, head); err != nil {
		t.Fatal(err)
	}
	body := make([]byte, head[1])
	if _, err := io.ReadFull(conn, body); err != nil || !strings.HasPrefix(string(body), "40/echo,{") {
		t.Errorf("got %q, %v", body, err)
	}
	if got := s.do("GET", poll+"&sid="+sid, ""); got.status != 400 {
		t.Errorf("a poll after the upgrade: %d", got.status)
	}
	if c := s.the().Carrier(); c == nil || c.Transport != "websocket" {
		t.Errorf("the carrier is %v", c)
	}
}

// TestDrainEndsStreamsThenTheirConnection: close frames, the streams' ends, and
// then http.Server.Shutdown has nothing to wait for but its own courtesy.
func TestDrainEndsStreamsThenTheirConnection(t *testing.T) {
	srv := server.New(server.Options{Guard: unlimited(guard.Config{})})
	srv.Handle("echo", transporttest.Echo)
	hs := httptest.NewUnstartedServer(srv)
	hs.Config, hs.EnableHTTP2 = srv.HTTPServer(), true
	hs.StartTLS()
	defer hs.Close()
	rt := transporttest.DialHTTP2(t, hs)
	s := &site{Server: srv, t: t, url: hs.URL}
	var conns []net.Conn
	for range 5 {
		_, conn := s.connect(rt, "/ws/echo")
		says(t, conn, "here")
		conns = append(conns, conn)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- errors.Join(srv.Shutdown(ctx), hs.Config.Shutdown(ctx)) }()
	for i, conn := range conns {
		got, err := io.ReadAll(io.LimitReader(conn, 4))
		if err != nil || string(got) != "\x88\x16\x03\xe9" {
			t.Errorf("stream %d: got %q, %v", i, got, err)
		}
		p, _ := ws.AppendMaskedClose(nil, [4]byte{}, 1001, "")
		conn.Write(p)
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Errorf("stream %d: its end is %v", i, err)
		}
	}
	if err := <-done; err != nil {
		t.Error("shutdown:", err)
	}
	if _, _, err := transporttest.OpenStream(rt, s.url+"/ws/echo", http.Header{}); err == nil {
		t.Error("the connection is still there")
	}
}

// TestSessionsThatTakeNothingDoNotHoldUpOthers of the same connection, though
// what they leave untaken is more than net/http gives a connection by itself.
func TestSessionsThatTakeNothingDoNotHoldUpOthers(t *testing.T) {
	s, rt := newHTTP2Site(t, server.Options{Guard: unlimited(guard.Config{})})
	release := make(chan struct{})
	defer close(release)
	s.HandleRaw("deaf", session.HandlerFunc(func(session.Session) { <-release }))
	_, other := s.connect(rt, "/ws/echo")
	part, _ := ws.AppendMaskedFrame(nil, ws.OpBinary, true, false, [4]byte{}, make([]byte, 64<<10))
	for range 20 {
		_, conn := s.connect(rt, "/ws/deaf")
		var sent atomic.Int64
		go func() {
			for {
				if _, err := conn.Write(part); err != nil {
					return
				}
				sent.Add(1)
			}
		}()
		for end := time.Now().Add(patience); ; {
			before := sent.Load()
			if <-time.After(50 * time.Millisecond); before > 0 && before == sent.Load() {
				break
			}
			if time.Now().After(end) {
				t.Fatal("a session takes without end")
			}
		}
	}
	says(t, other, "not held up")
}

// TestARevokedLoginEndsItsStreams.
func TestARevokedLoginEndsItsStreams(t *testing.T) {
	s, rt := newHTTP2Site(t, server.Options{Guard: unlimited(guard.Config{Token: token})})
	cookie, _ := s.login()
	_, conn := s.connect(rt, "/ws/echo", "Cookie", cookie, "Origin", s.url)
	one := s.the()
	if got := s.do("POST", "/logout", "", "Cookie", cookie, "Origin", s.url, "Accept", "application/json"); got.status != 204 {
		t.Fatalf("logout: %d %s", got.status, got.body)
	}
	if ce := s.ended(one, patience); ce == nil || ce.Code != session.Revoked {
		t.Errorf("the session ended with %v", ce)
	}
	if _, err := io.Copy(io.Discard, conn); err != nil {
		t.Error("the stream:", err)
	}
}
