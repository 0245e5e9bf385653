package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
)

func TestASessionIsNotContinuedByAnotherPrincipal(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token})})
	c, err := s.OpenAs("somebody else", s.Table().V4.Config)
	if err != nil {
		t.Fatal(err)
	}
	cookie, _ := s.login()
	target := poll + "&sid=" + c.ID()
	for _, header := range [][]string{
		{"Authorization", "Bearer " + token}, {"Cookie", cookie}, {"Cookie", cookie, "Origin", s.url},
	} {
		for _, method := range []string{"GET", "POST"} {
			got := s.do(method, target, "4x", header...)
			if got.status != 403 || !strings.Contains(got.body, "another user") {
				t.Errorf("%s with %s: %d %s", method, header[0], got.status, got.body)
			}
		}
		got := s.do("GET", socket+"&sid="+c.ID(), "", append(append([]string(nil), header...), handshake...)...)
		if got.status != 403 {
			t.Errorf("WebSocket with %s: %d %s", header[0], got.status, got.body)
		}
	}
	if c.State() != session.Opening {
		t.Errorf("the session is %v", c.State())
	}
}

func TestTheSessionIDIsAuthorityEnough(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token})})
	ticket := s.ticket()
	sid := s.open("X-Unused", "1", "Authorization", "Bearer "+token)
	for _, query := range []string{"", "&ticket=" + ticket, "&ticket=spent"} {
		if got := s.do("POST", poll+"&sid="+sid+query, "40/echo,"); got.status != 200 && got.status != 400 {
			t.Errorf("POST%s: %d %s", query, got.status, got.body)
		}
	}
	if got := s.do("POST", poll+"&sid="+sid, "41", "Origin", "http://evil.example"); got.status != 403 {
		t.Errorf("a foreign page's POST: %d", got.status)
	}
	if got := s.do("POST", poll+"&sid="+sid, "41", "Sec-Fetch-Site", "cross-site", "Authorization", "Bearer wrong"); got.status != 401 {
		t.Errorf("a wrong token: %d", got.status)
	}
}

// TestTheEndOfALoginEndsItsSessions at once, on both transports.
func TestTheEndOfALoginEndsItsSessions(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(s *site, cookie string, login string)
	}{
		{"logout", func(s *site, cookie, _ string) {
			if got := s.do("POST", "/logout", "", "Cookie", cookie, "Origin", s.url, "Accept", "application/json"); got.status != 204 {
				s.t.Errorf("logout: %d %s", got.status, got.body)
			}
		}},
		{"revocation", func(s *site, _, login string) { s.Revoke(login) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token})})
			other := s.open("Authorization", "Bearer "+token)
			cookie, _ := s.login()
			sid := s.open("Cookie", cookie, "Origin", s.url)
			waiting := make(chan answer, 1)
			go func() { waiting <- s.do("GET", poll+"&sid="+sid, "") }()
			header := append([]string{"Cookie", cookie, "Origin", s.url}, handshake...)
			ws := s.do("GET", "/ws/echo", "", header...)
			s.Manager().Get(sid).AwaitCarrier(t.Context())
			if s.Sessions() != 3 || s.Logins() != 1 {
				t.Fatalf("%d sessions of %d logins", s.Sessions(), s.Logins())
			}
			r := httptest.NewRequest("GET", "/", nil)
			r.Host = s.host
			r.Header.Set("Cookie", cookie)
			gr, _ := s.Guard().Admit(r, guard.Page)
			var mine []*session.Conn
			for c := range s.Manager().All() {
				if c.ID() != other {
					mine = append(mine, c)
				}
			}
			began := time.Now()
			tt.end(s, cookie, gr.Login)
			// The frame tells the reason, and the poll is answered.
			frame := make([]byte, 4)
			if _, err := io.ReadFull(ws.conn, frame); err != nil || frame[0] != 0x88 || int(frame[2])<<8|int(frame[3]) != int(session.Revoked) {
				t.Errorf("the WebSocket got %x, %v", frame, err)
			}
			ws.conn.Close()
			if got := <-waiting; got.body != "1" && got.status != 400 {
				t.Errorf("the poll got %d %q", got.status, got.body)
			}
			for _, c := range mine {
				if ce := s.ended(c, patience); ce.Code != session.Revoked {
					t.Errorf("cause %v", ce)
				}
			}
			if d := time.Since(began); d > patience/2 { // the next ping would come after 25 s
				t.Errorf("it took %v", d)
			}
			if s.Manager().Get(other) == nil {
				t.Error("another's session ended too")
			}
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			for end := time.Now().Add(patience); s.Logins() != 0; <-tick.C {
				if time.Now().After(end) {
					t.Fatal("the login is not forgotten")
				}
			}
			if got := s.do("GET", poll, "", "Cookie", cookie, "Origin", s.url); got.status != 401 {
				t.Errorf("the cookie still opens: %d", got.status)
			}
		})
	}
}

func TestDraining(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{}), Version: "1.2.3"})
	got := s.do("GET", "/healthz", "")
	var health map[string]any
	if err := json.Unmarshal([]byte(got.body), &health); err != nil || got.status != 200 || health["status"] != "ok" ||
		health["version"] != "1.2.3" || fmt.Sprint(health["handlers"]) != "[echo]" {
		t.Errorf("healthy: %d %s", got.status, got.body)
	}
	sid := s.open()
	waiting := make(chan answer, 1)
	go func() { waiting <- s.do("GET", poll+"&sid="+sid, "") }()
	ws := s.do("GET", "/ws/echo", "", handshake...)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(ctx) }()
	frame := make([]byte, 4)
	if _, err := io.ReadFull(ws.conn, frame); err != nil || frame[0] != 0x88 || int(frame[2])<<8|int(frame[3]) != int(session.GoingAway) {
		t.Errorf("the WebSocket got %x, %v", frame, err)
	}
	ws.conn.Close()
	if got := <-waiting; got.status != 200 || got.body != "1" {
		t.Errorf("the poll got %d %q", got.status, got.body)
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
	if got := s.do("GET", "/healthz", ""); got.status != 503 || !strings.Contains(got.body, `"draining"`) {
		t.Errorf("draining: %d %s", got.status, got.body)
	}
	if got := s.do("GET", poll, ""); got.status != 503 {
		t.Errorf("a new session: %d", got.status)
	}
	if err := s.Shutdown(ctx); err != nil {
		t.Error("second shutdown:", err)
	}
}

func TestNewPanicsForWhatValidateReports(t *testing.T) {
	for _, o := range []server.Options{
		{Path: "socket.io"}, {Path: "/"}, {Path: "/a{b}"}, {Path: "/a?b"},
		{PingInterval: -1}, {PingTimeout: -1}, {UpgradeTimeout: -1}, {ConnectTimeout: -1}, {AckTimeout: -1},
		{MaxPayload: -1}, {MaxMessage: -1}, {OutboxBytes: -1}, {OutboxMessages: -1},
		{Transports: []string{"polling", "webSocket"}},
		{Guard: guard.Config{Hosts: []string{"not a host"}}}, {Guard: guard.Config{Token: "two words"}},
	} {
		err := o.Validate()
		if err == nil {
			t.Errorf("%+v is valid", o)
			continue
		}
		func() {
			defer func() {
				if v := recover(); fmt.Sprint(v) != err.Error() {
					t.Errorf("New panicked with %v, Validate said %v", v, err)
				}
			}()
			server.New(o)
		}()
	}
	if err := (&server.Options{Path: "/deep/path/"}).Validate(); err != nil {
		t.Error(err)
	}
}

// TestPeer: what handlers see of a request, and what they do not.
func TestPeer(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token})})
	cookie, csrf := s.login()
	s.do("GET", "/ws/echo?room=a&room=b&csrf="+csrf+"&TOKEN="+token+"&Ticket=x&EIO=4&sid=1", "",
		append([]string{"Cookie", cookie, "Origin", s.url, "User-Agent", "test/1", "Accept-Language", "de",
			"X-Forwarded-For", "9.9.9.9", "X-Forwarded-Host", "evil", "X-Secret", "s3cret", "X-Everwire-CSRF", csrf}, handshake...)...)
	p := s.the().Peer()
	if p.Host != s.host || p.Path != "/ws/echo" || p.Principal != guard.Owner || p.Protocol != "raw" || p.Transport != "websocket" ||
		p.Dialect != "RFC6455" || p.Secure || !p.Binary || !strings.HasPrefix(p.RemoteAddr, "127.0.0.1:") || p.Opened.IsZero() {
		t.Errorf("peer %+v", p)
	}
	if want := (url.Values{"room": {"a", "b"}}); !reflect.DeepEqual(p.Query, want) {
		t.Errorf("query %v, want %v", p.Query, want)
	}
	want := http.Header{"Origin": {s.url}, "User-Agent": {"test/1"}, "Accept-Language": {"de"}}
	if !reflect.DeepEqual(p.Header, want) {
		t.Errorf("header %v, want %v", p.Header, want)
	}
	all := fmt.Sprintf("%+v", p)
	for _, secret := range []string{cookie, strings.TrimPrefix(cookie, "everwire="), csrf, token, "s3cret", "9.9.9.9"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is in the peer", secret)
		}
	}
}

func TestHeaderLimits(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	var many, repeated []string
	for i := range 70 {
		many = append(many, fmt.Sprintf("X-H%d", i), "v")
		repeated = append(repeated, "X-Same", "v")
	}
	for name, header := range map[string][]string{"many": many, "repeated": repeated, "long": {"X-Long", strings.Repeat("v", 30_000)}} {
		for _, path := range []string{poll, "/ws/echo", "/healthz", "/nowhere"} {
			if got := s.do("GET", path, "", header...); got.status != http.StatusRequestHeaderFieldsTooLarge {
				t.Errorf("%s header fields at %s: %d", name, path, got.status)
			} else if name != "long" && got.header.Get("Content-Security-Policy") == "" {
				t.Errorf("%s header fields at %s: no security headers", name, path) // a long one is net/http's to refuse
			}
		}
	}
	if got := s.do("GET", poll, "", many[:60]...); got.status != 200 {
		t.Errorf("30 fields: %d", got.status)
	}
}

func TestSecurityHeadersAreEverywhere(t *testing.T) {
	s := program(t, guard.Config{Token: token})
	for _, r := range s.Routes() {
		got := s.do("GET", strings.ReplaceAll(r.Name, "*", "/nowhere"), "")
		for _, name := range []string{"X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy", "X-Frame-Options"} {
			if got.header.Get(name) == "" {
				t.Errorf("%s (%d) has no %s", r.Name, got.status, name)
			}
		}
	}
}

// TestNoSecretIsLogged runs through everything with a log of all levels.
func TestNoSecretIsLogged(t *testing.T) {
	var log transporttest.Log
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token}), Logger: log.Logger()})
	cookie, csrf := s.login()
	ticket := s.ticket()
	secrets := []string{token, strings.TrimPrefix(cookie, "everwire="), csrf, ticket}
	for _, origin := range []string{s.url, "http://evil.example", "null"} {
		for _, query := range []string{"&ticket=" + ticket, "&csrf=" + csrf, "&token=" + token, "&Ticket=" + ticket, "&ticket=%zz" + ticket, ""} {
			for _, header := range [][]string{{"Cookie", cookie}, {"Authorization", "Bearer " + token}, {"Authorization", "Bearer x" + token}, nil} {
				header = append(header, "Origin", origin)
				s.do("GET", poll+query, "", header...)
				s.do("POST", poll+"&sid=none"+query, "4x", header...)
				s.do("GET", "/nowhere?"+query, "", header...)
				s.do("GET", "/ws/echo?"+query, "", append(header, handshake...)...)
			}
		}
	}
	for c := range s.Manager().All() {
		secrets = append(secrets, c.ID())
		s.do("POST", poll+"&sid="+c.ID(), "4x", "Authorization", "Bearer x"+token)
		s.do("POST", poll+"&sid="+c.ID(), "4x", "Origin", "http://evil.example")
		s.do("POST", poll+"&sid="+c.ID(), "garbage")
		c.Kill(&session.CloseError{Code: session.InternalError, Err: errors.New("for the log")})
	}
	got := log.String()
	if !strings.Contains(got, "request refused") {
		t.Fatal("nothing was logged")
	}
	for _, secret := range secrets {
		if strings.Contains(got, secret) {
			i := strings.Index(got, secret)
			t.Errorf("a secret is in the log: %s", got[max(0, i-200):min(len(got), i+60)])
		}
	}
}

func TestControlCharactersDoNotReachTheLog(t *testing.T) {
	var log transporttest.Log
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token}), Logger: log.Logger()})
	s.do("GET", poll+"&x=%0d%0alevel=ERROR%1b[31m", "", "Origin", "http://\u009bevil\u2028")
	if got := log.String(); strings.Count(got, "\n") != 1 || strings.ContainsAny(got, "\r\x1b\u009b\u2028") {
		t.Errorf("log %q", got)
	}
}

// TestHandlerServesBothWays: a handler at /ws/<name> is the namespace /<name>
// too.
func TestHandlerServesBothWays(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	sid := s.open()
	s.do("POST", poll+"&sid="+sid, "40/echo,")
	if got := s.do("GET", poll+"&sid="+sid, ""); !strings.HasPrefix(got.body, `40/echo,{"sid":"`) {
		t.Fatalf("connect: %s", got.body)
	}
	s.do("POST", poll+"&sid="+sid, `42/echo,["message","héllo"]`)
	if got := s.do("GET", poll+"&sid="+sid, ""); got.body != `42/echo,["message","héllo"]` {
		t.Errorf("echo: %s", got.body)
	}
	c := transporttest.DialRawAt(t, s.url, "/ws/echo")
	if err := c.Send(session.Message{Data: []byte("héllo")}); err != nil {
		t.Fatal(err)
	}
	if m, err := c.Receive(); err != nil || string(m.Data) != "héllo" {
		t.Errorf("echo: %q %v", m.Data, err)
	}
}

func TestHandleEngine(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	s.HandleEngine("/engine.io/", transporttest.Echo)
	target := "/engine.io/?EIO=4&transport=polling"
	got := s.do("GET", target, "")
	_, rest, _ := strings.Cut(got.body, `"sid":"`)
	sid, _, _ := strings.Cut(rest, `"`)
	s.do("POST", target+"&sid="+sid, "4a\x1ebAQID")
	if got := s.do("GET", target+"&sid="+sid, ""); got.body != "4a\x1ebAQID" && got.body != "4a" {
		t.Errorf("echo: %q", got.body)
	}
	// Its sessions are not Socket.IO's.
	if got := s.do("POST", poll+"&sid="+sid, "40"); got.status != 400 || !strings.Contains(got.body, `"code":3`) {
		t.Errorf("at another path: %d %s", got.status, got.body)
	}
}

func TestEmbeddingInAMux(t *testing.T) {
	srv := server.New(server.Options{})
	srv.Of("/")
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", srv)
	for target, status := range map[string]int{poll: 200, "/socket.io/2/": 500, "/socket.io/?EIO=3&transport=polling": 200, "/other": 404} {
		rec := httptest.NewRecorder()
		mux.ServeHTTP(rec, httptest.NewRequest("GET", target, nil))
		if rec.Code != status {
			t.Errorf("%s: %d %s", target, rec.Code, rec.Body)
		}
	}
	if err := shutdown(srv); err != nil {
		t.Error(err)
	}
}

// shutdown does not wait for clients that are not there.
func shutdown(srv *server.Server) error {
	for c := range srv.Manager().All() {
		c.Kill(&session.CloseError{Code: session.GoingAway})
	}
	return srv.Shutdown(context.Background())
}

func TestPages(t *testing.T) {
	var refused []int
	var mu sync.Mutex
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token}),
		Refused: func(w http.ResponseWriter, _ *http.Request, why *guard.Refusal) {
			mu.Lock()
			refused = append(refused, why.Status)
			mu.Unlock()
			w.WriteHeader(why.Status)
			io.WriteString(w, "log in here")
		}})
	who := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello "+server.Grant(r).Principal) })
	s.Page("/page", who)
	s.Action("/act", who)
	s.Public("/public", who)
	cookie, _ := s.login()
	for _, tt := range []struct {
		method, path string
		header       []string
		status       int
		body         string
	}{
		{"GET", "/page", nil, 401, "log in here"},
		{"GET", "/page", []string{"Cookie", cookie}, 200, "hello owner"},
		{"POST", "/page", []string{"Cookie", cookie, "Origin", s.url}, 405, "This page is only for reading.\n"},
		{"POST", "/act", []string{"Cookie", cookie}, 403, "log in here"},
		{"POST", "/act", []string{"Cookie", cookie, "Origin", s.url}, 200, "hello owner"},
		{"GET", "/public/deep/down", nil, 200, "hello "},
		{"GET", "/page/below", []string{"Cookie", cookie}, 404, "log in here"},
	} {
		if got := s.do(tt.method, tt.path, "", tt.header...); got.status != tt.status || got.body != tt.body {
			t.Errorf("%s %s: %d %q", tt.method, tt.path, got.status, got.body)
		}
	}
	if fmt.Sprint(refused) != "[401 403 404]" {
		t.Errorf("Refused was called for %v", refused)
	}
}
