package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
)

// list collects what hooks and middleware see.
type list struct {
	mu  sync.Mutex // guards below
	all []string
}

func (l *list) add(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, fmt.Sprintf(format, args...))
}

// expect checks what was added since the last time.
func (l *list) expect(t *testing.T, want ...string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Equal(l.all, want) {
		t.Errorf("got %q, want %q", l.all, want)
	}
	l.all = nil
}

// noting returns middleware that notes each request.
func noting(l *list, name string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		l.add("made %s", name)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			l.add("%s %s %s", name, r.Method, r.URL.Query().Get("transport"))
			next.ServeHTTP(w, r)
		})
	}
}

func TestEngineMiddlewareSeesEveryRequestOnce(t *testing.T) {
	var l list
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{}), Middleware: []func(http.Handler) http.Handler{noting(&l, "a")}})
	s.UseEngine(noting(&l, "b"))
	l.expect(t, "made a", "made b")
	sid := s.open()
	l.expect(t, "a GET polling", "b GET polling")
	if got := s.do("POST", poll+"&sid="+sid, "40"); got.status != 200 {
		t.Errorf("POST: %d %s", got.status, got.body)
	}
	l.expect(t, "a POST polling", "b POST polling")
	if got := s.do("GET", socket+"&sid="+sid, "", handshake...); got.status != 101 {
		t.Errorf("upgrade: %d %s", got.status, got.body)
	}
	l.expect(t, "a GET websocket", "b GET websocket")
	if got := s.do("GET", "/socket.io/?EIO=4&transport=pigeon", ""); got.status != 400 {
		t.Errorf("unknown transport: %d %s", got.status, got.body)
	}
	l.expect(t, "a GET pigeon", "b GET pigeon")
	// Raw WebSockets and the rest are not Engine.IO's.
	s.do("GET", "/ws/echo", "", handshake...)
	s.do("GET", "/healthz", "")
	l.expect(t)
	s.HandleEngine("/engine.io/", transporttest.Echo)
	s.do("GET", "/engine.io/?EIO=4&transport=polling", "")
	l.expect(t, "a GET polling", "b GET polling")
}

func TestEngineMiddlewareStandsBehindTheGuard(t *testing.T) {
	var l list
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token})})
	s.UseEngine(noting(&l, "a"))
	l.expect(t, "made a")
	for _, header := range [][]string{{"Origin", "http://evil.example"}, {"Host", "x.invalid"}, nil, {"Authorization", "Bearer wrong"}} {
		s.do("GET", poll, "", header...)
		s.do("GET", socket, "", append(header, handshake...)...)
	}
	s.do("OPTIONS", poll, "")
	l.expect(t)
}

func TestEngineMiddlewareMayAnswerByItself(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	s.UseEngine(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("pass") != "" {
				next.ServeHTTP(w, r)
				return
			}
			w.Header().Set("X-Why", "tea")
			http.Error(w, "short and stout", http.StatusTeapot)
		})
	})
	for _, got := range []answer{s.do("GET", poll, ""), s.do("GET", socket, "", handshake...)} {
		if got.status != 418 || got.body != "short and stout\n" || got.header.Get("X-Why") != "tea" {
			t.Errorf("%d %q %v", got.status, got.body, got.header)
		}
	}
	if s.Sessions() != 0 {
		t.Error("a session was opened")
	}
	if got := s.do("GET", poll+"&pass=1", ""); got.status != 200 || got.header.Get("X-Why") != "" {
		t.Errorf("let pass: %d %s", got.status, got.body)
	}
}

// plain is a writer that hides what is below it.
type plain struct{ w http.ResponseWriter }

func (p plain) Header() http.Header         { return p.w.Header() }
func (p plain) Write(b []byte) (int, error) { return p.w.Write(b) }

// WriteHeader sets a field at the last moment, as middleware for sessions does.
func (p plain) WriteHeader(status int) {
	p.w.Header().Set("X-Late", fmt.Sprint(status))
	p.w.WriteHeader(status)
}

func TestFieldsOfEngineMiddlewareAreInEveryAnswer(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	s.UseEngine(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("Set-Cookie", "a=1")
			w.Header().Add("Set-Cookie", "b=2")
			w.Header().Set("Content-Language", "en") // of no use in a 101
			next.ServeHTTP(plain{w}, r)
		})
	})
	got := s.do("GET", poll, "")
	if c := got.header["Set-Cookie"]; got.status != 200 || !slices.Equal(c, []string{"a=1", "b=2"}) {
		t.Errorf("poll: %d %v", got.status, got.header)
	}
	if s.Sessions() != 1 {
		t.Error("the session is over: its answer could not be flushed")
	}
	got = s.do("GET", socket, "", handshake...)
	if c := got.header["Set-Cookie"]; got.status != 101 || !slices.Equal(c, []string{"a=1", "b=2"}) ||
		got.header.Get("X-Late") != "101" || got.header.Get("Content-Language") != "" || got.header.Get("X-Frame-Options") != "" {
		t.Errorf("upgrade: %d %v", got.status, got.header)
	}
	if got := s.do("GET", poll+"&sid=unknown", ""); got.status != 400 || got.header.Get("X-Late") != "400" {
		t.Errorf("refusal: %d %v", got.status, got.header)
	}
}

func TestEngineMiddlewareThatLosesTheRequest(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	s.UseEngine(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			other, _ := http.NewRequest(r.Method, r.URL.String(), nil)
			next.ServeHTTP(w, other)
		})
	})
	if got := s.do("GET", poll, ""); got.status != 500 || s.Sessions() != 0 {
		t.Errorf("%d %s, %d sessions", got.status, got.body, s.Sessions())
	}
}

func TestHeaderHooks(t *testing.T) {
	var l list
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{}), Cookie: &server.Cookie{},
		InitialHeaders: func(h http.Header, r *http.Request) {
			l.add("initial %s %v", r.Method, h.Get("Set-Cookie") != "")
			h.Set("X-Initial", "1")
		},
		Headers: func(h http.Header, r *http.Request) {
			l.add("every %s %s", r.Method, h.Get("X-Initial"))
			h.Set("X-Every", "2")
		}})
	check := func(got answer, status int, initial, every string) {
		t.Helper()
		if got.status != status || got.header.Get("X-Initial") != initial || got.header.Get("X-Every") != every {
			t.Errorf("%d %v", got.status, got.header)
		}
	}
	first := s.do("GET", poll, "")
	check(first, 200, "1", "2")
	l.expect(t, "initial GET true", "every GET 1")
	sid := s.the().ID()
	check(s.do("POST", poll+"&sid="+sid, "40"), 200, "", "2")
	l.expect(t, "every POST ")
	check(s.do("GET", poll+"&sid="+sid, ""), 200, "", "2")
	l.expect(t, "every GET ")
	check(s.do("GET", socket+"&sid="+sid, "", handshake...), 101, "", "2")
	l.expect(t, "every GET ")
	got := s.do("GET", socket, "", handshake...)
	check(got, 101, "1", "2")
	l.expect(t, "initial GET false", "every GET 1")
	if c := got.header.Get("Set-Cookie"); c != "" {
		t.Errorf("a WebSocket sets the cookie %q", c)
	}
	check(s.do("GET", poll+"&sid=unknown", ""), 400, "", "")
	l.expect(t)
}

func TestAHeaderThatNoHandshakeMayHaveFailsTheUpgrade(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{}),
		Headers: func(h http.Header, _ *http.Request) { h.Set("X-A", "1\r\nX-B: 2") }})
	if got := s.do("GET", socket, "", handshake...); got.status != 500 || s.Sessions() != 0 {
		t.Errorf("%d %v, %d sessions", got.status, got.header, s.Sessions())
	}
}

func TestConnectionErrors(t *testing.T) {
	var l list
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{}), Transports: []string{"polling", "websocket"},
		ConnectionError: func(e server.ConnectionError) {
			l.add("%s %d %s %v", e.Request.Method, e.Code, e.Message, e.Context)
		}})
	sid := s.open()
	ws := s.do("GET", socket, "", handshake...)
	if ws.status != 101 {
		t.Fatal(ws.status)
	}
	var streamed string
	for c := range s.Manager().All() {
		if c.ID() != sid {
			streamed = c.ID()
		}
	}
	for _, tt := range []struct {
		method, target string
		header         []string
		status         int
		want           string
	}{
		{"GET", "/socket.io/?EIO=4&transport=pigeon", nil, 400, "GET 0 Transport unknown map[transport:pigeon]"},
		{"GET", "/socket.io/?EIO=4&transport=flashsocket", nil, 400, "GET 0 Transport unknown map[transport:flashsocket]"},
		{"GET", "/socket.io/?EIO=4", nil, 400, "GET 0 Transport unknown map[transport:]"},
		{"GET", poll + "&sid=nobody", nil, 400, "GET 1 Session ID unknown map[sid:nobody]"},
		{"GET", socket + "&sid=nobody", handshake, 400, "GET 1 Session ID unknown map[sid:nobody]"},
		{"POST", poll, nil, 400, "POST 2 Bad handshake method map[method:POST]"},
		{"GET", socket, nil, 400, "GET 3 Bad request map[name:TRANSPORT_HANDSHAKE_ERROR]"},
		{"GET", socket + "&sid=" + sid, nil, 400, "GET 3 Bad request map[name:TRANSPORT_MISMATCH]"},
		{"GET", poll + "&sid=" + streamed, nil, 400, "GET 3 Bad request map[name:TRANSPORT_MISMATCH previousTransport:websocket transport:polling]"},
		{"GET", socket, append([]string{"Sec-WebSocket-Version", "99"}, handshake[:4]...), 426, "GET 3 Bad request map[message:"},
		{"GET", poll + strings.Repeat("&", 10_000), nil, 400, "GET 3 Bad request map[name:INVALID_QUERY]"},
		{"GET", poll, []string{"Origin", "http://evil.example"}, 403, "GET 4 Forbidden map[message:Pages of this origin"},
		{"GET", "/socket.io/?EIO=5&transport=polling", nil, 400, "GET 5 Unsupported protocol version map[protocol:5]"},
		{"GET", "/socket.io/?transport=polling", nil, 400, "GET 5 Unsupported protocol version map[protocol:]"},
	} {
		got := s.do(tt.method, tt.target, "", tt.header...)
		l.mu.Lock()
		if got.status != tt.status && !(tt.status == 426 && got.status == 400) || len(l.all) != 1 || !strings.HasPrefix(l.all[0], tt.want) {
			t.Errorf("%s %s: %d, told %q, want %q", tt.method, tt.target, got.status, l.all, tt.want)
		}
		l.all = nil
		l.mu.Unlock()
	}
	// What goes wrong in a session is no error of a connection.
	s.do("POST", poll+"&sid="+sid, "bad")
	l.expect(t)
}

func TestPathWithAndWithoutTrailingSlash(t *testing.T) {
	for path, base := range map[string]string{"": "/socket.io", "/a/b": "/a/b", "/a/b/": "/a/b"} {
		s := newSite(t, server.Options{Guard: unlimited(guard.Config{}), Path: path})
		for _, slash := range []string{"", "/"} {
			if got := s.do("GET", base+slash+"?EIO=4&transport=polling", ""); got.status != 200 {
				t.Errorf("%q: GET %s%s: %d", path, base, slash, got.status)
			}
		}
		if got := s.do("GET", base+"x?EIO=4&transport=polling", ""); got.status != 404 {
			t.Errorf("%q: GET %sx: %d", path, base, got.status)
		}
	}
}

func TestPayloadLimits(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{}), MaxPayload: 1000})
	if got := s.do("GET", poll, ""); !strings.Contains(got.body, `"maxPayload":1000}`) {
		t.Errorf("handshake %s", got.body)
	}
	c := s.the()
	got := s.do("POST", poll+"&sid="+c.ID(), "4"+strings.Repeat("x", 1000))
	if got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("POST of 1,001 bytes: %d", got.status)
	}
	if ce := s.ended(c, patience); ce.Code != session.MessageTooBig {
		t.Errorf("the session ended with %v", ce)
	}
}

// A WebSocket over HTTP/2 is answered by a header alone.
func TestFieldsOfMiddlewareAndHooksOverHTTP2(t *testing.T) {
	s, rt := newHTTP2Site(t, server.Options{Guard: unlimited(guard.Config{}),
		InitialHeaders: func(h http.Header, _ *http.Request) { h.Set("X-Initial", "1") },
		Headers:        func(h http.Header, _ *http.Request) { h.Set("X-Every", "2") }})
	s.UseEngine(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Middleware", r.Method)
			next.ServeHTTP(plain{w}, r)
		})
	})
	resp, conn, err := transporttest.OpenStream(rt, s.url+socket, http.Header{"Sec-Websocket-Version": {"13"}})
	if err != nil || conn == nil {
		t.Fatal(resp, err)
	}
	defer conn.Close()
	h := resp.Header
	if resp.StatusCode != 200 || h.Get("X-Initial") != "1" || h.Get("X-Every") != "2" || h.Get("X-Middleware") != "CONNECT" {
		t.Errorf("%d %v", resp.StatusCode, h)
	}
	if got := s.do("GET", poll, ""); got.status != 200 || got.header.Get("X-Middleware") != "GET" || got.header.Get("X-Initial") != "1" {
		t.Errorf("poll: %d %v", got.status, got.header)
	}
}
