package server_test

import (
	"fmt"
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

// entrances are the ways in, per route.
func entrances(r server.RouteInfo) map[string]bool { // target → WebSocket
	switch {
	case r.Raw:
		return map[string]bool{r.Name + "?": true}
	case r.Session:
		return map[string]bool{r.Name + "?EIO=4&transport=polling": false, r.Name + "?EIO=4&transport=websocket": true}
	}
	return nil
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
		for target, upgrade := range entrances(route) {
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
					if upgrade {
						header = append(header, handshake...)
						let = http.StatusSwitchingProtocols
					}
					want := o.status
					if want == 0 {
						want = c.status(o.proof)
					}
					got := s.do("GET", target+query, "", header...)
					where := fmt.Sprintf("%s, origin %s, credential %s", target, o.name, c.name)
					if want != 0 {
						if got.status != want {
							t.Errorf("%s: %d, want %d: %s", where, got.status, want, got.body)
						}
						if s.Sessions() != 0 {
							t.Fatalf("%s: a session was opened", where)
						}
						if !upgrade && !strings.HasPrefix(got.body, `{"code":4,"message":"`) {
							t.Errorf("%s: body %q", where, got.body)
						}
						continue
					}
					if got.status != let || s.Sessions() != 1 {
						t.Fatalf("%s: %d, %d sessions: %s", where, got.status, s.Sessions(), got.body)
					}
					s.the().Kill(&session.CloseError{Code: session.Normal})
					if upgrade {
						got.conn.Close()
					}
				}
			}
		}
	}
	if want := 7 * len(origins) * len(credentials); tried != want {
		t.Errorf("%d combinations, want %d", tried, want)
	}
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
