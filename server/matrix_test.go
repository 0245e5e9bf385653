package server_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
)

// program is a server with a route of every kind.
func program(t *testing.T, c guard.Config) *site {
	s := newSite(t, server.Options{Guard: unlimited(c)})
	s.HandleEngine("/engine.io/", transporttest.Echo)
	s.HandleRaw("raw", transporttest.Echo)
	s.HandleRawAt("/some/where", transporttest.Echo)
	nothing := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	s.Page("/", nothing)
	s.Action("/act", nothing)
	s.Public("/static/", nothing)
	return s
}

func TestEveryRouteIsGuarded(t *testing.T) {
	s := program(t, guard.Config{Token: token})
	want := []string{"/socket.io/", "/healthz", "/login", "/logout", "/tickets", "/ws/echo", "/engine.io/", "/ws/raw", "/some/where", "/", "/act", "/static/", "*"}
	var got []string
	for _, r := range s.Routes() {
		got = append(got, r.Name)
		if !r.Guarded {
			t.Errorf("%s is not guarded", r.Name)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("routes %v, want %v", got, want)
	}
	s.RouteUnguarded("/hole")
	for _, r := range s.Routes() {
		if r.Name == "/hole" && r.Guarded {
			t.Error("this test would not see a hole")
		}
	}
}

func TestEveryRouteRefusesAForeignHost(t *testing.T) {
	s := program(t, guard.Config{Token: token, Hosts: []string{"good.example"}})
	for _, r := range s.Routes() {
		target := strings.ReplaceAll(r.Name, "*", "/nowhere")
		for _, host := range []string{"evil.example", "good.example.evil.example", "good.example.", "127.0.0.1.evil.example", "good.example:99"} {
			for _, method := range []string{"GET", "POST", "OPTIONS"} {
				if got := s.do(method, target+"?EIO=4&transport=polling", "", "Host", host, "Authorization", "Bearer "+token); got.status != http.StatusMisdirectedRequest {
					t.Errorf("%s %s at %s: %d", method, target, host, got.status)
				}
			}
		}
	}
	if s.Sessions() != 0 {
		t.Error("a session was opened")
	}
}

func TestImpossibleNamesAndPathsPanic(t *testing.T) {
	s := server.New(server.Options{})
	for name, register := range map[string]func(){
		"empty name":        func() { s.HandleRaw("", transporttest.Echo) },
		"name with a slash": func() { s.HandleRaw("a/b", transporttest.Echo) },
		"empty path":        func() { s.HandleRawAt("", transporttest.Echo) },
		"relative path":     func() { s.HandleRawAt("a/b", transporttest.Echo) },
		"path with a query": func() { s.HandleRawAt("/a?b", transporttest.Echo) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it is taken")
				}
			}()
			register()
		})
	}
}

// entrance is a way in: a target, to which a query can be added, and of what form
// its answers are.
type entrance struct {
	target string
	// upgrade: it is a WebSocket. stream: the answer does not end.
	upgrade, stream bool
	// refusal is how the body of a refusal begins.
	refusal string
	// script: a refusal is a script with the status 200.
	script bool
}

// entrances are the ways in, per route: every generation with every transport.
func entrances(r server.RouteInfo) []entrance {
	const engine, plain = `{"code":4,"message":"`, ""
	if r.Raw {
		return []entrance{{target: r.Name + "?", upgrade: true}}
	}
	if !r.Session {
		return nil
	}
	var all []entrance
	for _, version := range []string{"4", "3"} {
		target := r.Name + "?EIO=" + version + "&transport="
		all = append(all, entrance{target: target + "polling", refusal: engine}, entrance{target: target + "polling&j=0", refusal: engine},
			entrance{target: target + "websocket", upgrade: true}, entrance{target: target + "flashsocket", upgrade: true})
	}
	all = append(all, entrance{target: r.Name + "?EIO=4&transport=eventsource", stream: true, refusal: engine},
		entrance{target: r.Name + "?EIO=4&transport=xhr-streaming", stream: true, refusal: engine})
	if r.Name != "/socket.io/" {
		return all
	}
	return append(all,
		entrance{target: r.Name + "1/?t=1", refusal: "handshake "},
		entrance{target: r.Name + "1/?jsonp=0", refusal: `/**/io.j[0](new Error("handshake `, script: true},
		entrance{target: r.Name + "xhr-polling//1?", refusal: plain}, entrance{target: r.Name + "jsonp-polling//1/0?", refusal: plain},
		entrance{target: r.Name + "htmlfile//1?", stream: true, refusal: plain}, entrance{target: r.Name + "xhr-multipart/?", stream: true, refusal: plain},
		entrance{target: r.Name + "websocket?", upgrade: true}, entrance{target: r.Name + "flashsocket?", upgrade: true})
}

// TestRouteMatrix tries every entrance with every origin and every credential.
func TestRouteMatrix(t *testing.T) {
	s := program(t, guard.Config{Token: token})
	cookie, csrf := s.login()
	spent := s.ticket()
	s.spend(poll + "&ticket=" + spent)
	_, port, _ := strings.Cut(s.host, ":")
	origins := []struct {
		name   string
		values []string
		status int // 0: not refused for the origin; proof: it proves the page
		proof  bool
	}{
		{"none", nil, 0, false},
		{"own", []string{s.url}, 0, true},
		{"foreign", []string{"http://evil.example"}, 403, false},
		{"sub-domain", []string{"http://sub." + s.host}, 403, false},
		{"null", []string{"null"}, 403, false},
		{"suffix trick", []string{s.url + ".evil.example"}, 403, false},
		{"prefix trick", []string{"http://evil" + s.host}, 403, false},
		{"other port", []string{"http://127.0.0.1:1"}, 403, false},
		{"other scheme", []string{"https://127.0.0.1:" + port}, 403, false},
		{"upper case", []string{"HTTP://" + s.host}, 403, false},
		{"two", []string{s.url, s.url}, 403, false},
		{"own and foreign", []string{s.url, "http://evil.example"}, 403, false},
		{"empty", []string{""}, 403, false},
	}
	credentials := []struct {
		name, query string
		header      []string
		status      func(proof bool) int // 0: let in
	}{
		{"none", "", nil, func(bool) int { return 401 }},
		{"cookie", "", []string{"Cookie", cookie}, func(proof bool) int { return map[bool]int{true: 0, false: 403}[proof] }},
		{"cookie+csrf header", "", []string{"Cookie", cookie, "X-Everwire-CSRF", csrf}, func(bool) int { return 0 }},
		{"cookie+csrf query", "&csrf=" + csrf, []string{"Cookie", cookie}, func(bool) int { return 0 }},
		{"cookie+wrong csrf", "&csrf=" + spent, []string{"Cookie", cookie}, func(proof bool) int { return map[bool]int{true: 0, false: 403}[proof] }},
		{"wrong cookie", "", []string{"Cookie", "everwire=" + spent}, func(bool) int { return 401 }},
		{"bearer", "", []string{"Authorization", "Bearer " + token}, func(bool) int { return 0 }},
		{"wrong bearer", "", []string{"Authorization", "Bearer " + token + "x"}, func(bool) int { return 401 }},
		{"token in the query", "&token=" + token, nil, func(bool) int { return 401 }},
		{"ticket", "&ticket=FRESH", nil, func(bool) int { return 0 }},
		{"spent ticket", "&ticket=" + spent, nil, func(bool) int { return 401 }},
		{"spent ticket and cookie", "&ticket=" + spent, []string{"Cookie", cookie}, func(bool) int { return 401 }},
	}
	tried := 0
	for _, route := range s.Routes() {
		for _, e := range entrances(route) {
			for _, o := range origins {
				for _, c := range credentials {
					tried++
					query := c.query
					if before, after, fresh := strings.Cut(query, "FRESH"); fresh {
						query = before + s.ticket() + after
					}
					header := append([]string(nil), c.header...)
					for _, v := range o.values {
						header = append(header, "Origin", v)
					}
					let := http.StatusOK
					if e.upgrade {
						header = append(header, handshake...)
						let = http.StatusSwitchingProtocols
					}
					want := o.status
					if want == 0 {
						want = c.status(o.proof)
					}
					do := s.do
					if e.stream {
						do = s.begin
					}
					got := do("GET", e.target+query, "", header...)
					where := fmt.Sprintf("%s, origin %s, credential %s", e.target, o.name, c.name)
					if want != 0 {
						if e.script {
							want = http.StatusOK
						}
						if got.status != want {
							t.Errorf("%s: %d, want %d: %s", where, got.status, want, got.body)
						}
						if s.Sessions() != 0 {
							t.Fatalf("%s: a session was opened", where)
						}
						if !e.upgrade && !strings.HasPrefix(got.body, e.refusal) {
							t.Errorf("%s: body %q", where, got.body)
						}
						continue
					}
					if got.status != let || s.Sessions() != 1 {
						t.Fatalf("%s: %d, %d sessions: %s", where, got.status, s.Sessions(), got.body)
					}
					s.the().Kill(&session.CloseError{Code: session.Normal})
					if got.conn != nil {
						got.conn.Close()
					}
				}
			}
		}
	}
	if want := (3 + 18 + 10) * len(origins) * len(credentials); tried != want {
		t.Errorf("%d combinations, want %d", tried, want)
	}
}

// begin is do for an answer that does not end: of one with the status 200 it has
// the body as a connection.
func (s *site) begin(method, target, body string, header ...string) answer {
	s.t.Helper()
	req, err := http.NewRequest(method, s.url+target, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := s.http.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	if resp.StatusCode == http.StatusOK {
		return answer{resp.StatusCode, resp.Header, "", struct {
			io.ReadCloser
			io.Writer
		}{resp.Body, nil}}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text), nil}
}

// spend opens a session and ends it.
func (s *site) spend(target string) {
	s.t.Helper()
	if got := s.do("GET", target, ""); got.status != http.StatusOK {
		s.t.Fatalf("%d %s", got.status, got.body)
	}
	s.the().Kill(&session.CloseError{Code: session.Normal})
}

// TestLibraryUse: without options there is no login, and pages of other
// origins are kept out.
func TestLibraryUse(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	for _, tt := range []struct {
		header []string
		status int
	}{
		{nil, 200}, {[]string{"Origin", s.url}, 200},
		{[]string{"Origin", "http://evil.example"}, 403}, {[]string{"Origin", "null"}, 403},
		{[]string{"Sec-Fetch-Site", "cross-site"}, 403}, {[]string{"Sec-Fetch-Site", "same-site"}, 403},
		{[]string{"Sec-Fetch-Site", "same-origin"}, 200},
	} {
		if got := s.do("GET", poll, "", tt.header...); got.status != tt.status {
			t.Errorf("%v: %d, want %d", tt.header, got.status, tt.status)
		}
	}
	for _, path := range []string{"/login", "/logout", "/tickets"} {
		if got := s.do("POST", path, ""); got.status != http.StatusNotFound {
			t.Errorf("%s: %d without a login", path, got.status)
		}
	}
}

func TestCORS(t *testing.T) {
	const friend = "http://friend.example"
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token, Origins: []string{friend}})})
	for _, path := range []string{poll, "/ws/echo", poll + "&sid=none"} {
		got := s.do("OPTIONS", path, "", "Origin", friend, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")
		if got.status != 204 || got.header.Get("Access-Control-Allow-Origin") != friend || got.header.Get("Access-Control-Allow-Headers") != "content-type" {
			t.Errorf("preflight of %s: %d %v", path, got.status, got.header)
		}
		if got := s.do("OPTIONS", path, "", "Origin", "http://evil.example", "Access-Control-Request-Method", "POST"); got.status != 403 || got.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("foreign preflight of %s: %d %v", path, got.status, got.header)
		}
		// A page must be able to read why it was refused.
		if got := s.do("GET", path, "", "Origin", friend); got.status < 400 || got.header.Get("Access-Control-Allow-Origin") != friend || got.header.Get("Access-Control-Allow-Credentials") != "true" {
			t.Errorf("refusal of %s: %d %v", path, got.status, got.header)
		}
	}
	if s.Sessions() != 0 {
		t.Error("a session was opened")
	}
}
