package guard_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/server/guard"
)

// TestRefusedAnswersBrowsers: whoever sent a form without a script gets a page
// back, and a script its JSON.
func TestRefusedAnswersBrowsers(t *testing.T) {
	var heard []string
	g := newRig(t, guard.Config{Token: testToken, LoginsPerMinute: 3,
		Refused: func(w http.ResponseWriter, _ *http.Request, why *guard.Refusal) {
			w.WriteHeader(why.Status)
			fmt.Fprint(w, "page: ", why.Message)
		}})
	g.OnRefusal(func(r *http.Request, where guard.Grant, why *guard.Refusal) {
		heard = append(heard, fmt.Sprint(r.URL.Path, " ", where.RemoteAddr, " ", why.Status))
	})
	wrong := url.Values{"token": {"wrong"}}
	foreign := post("/login", wrong, "Origin", "http://evil.example")
	host := post("/login", wrong)
	host.Host = "evil.example"
	for _, c := range []struct {
		name    string
		handler http.Handler
		r       *http.Request
		status  int
		page    bool
	}{
		{"wrong token", g.LoginHandler(), post("/login", wrong), 401, true},
		{"wrong token of a script", g.LoginHandler(), post("/login", wrong, "Accept", "application/json"), 401, false},
		{"foreign origin", g.LoginHandler(), foreign, 403, true},
		{"foreign host", g.LoginHandler(), host, 421, true},
		{"GET", g.LoginHandler(), get("/login"), 405, true},
		{"no form", g.LoginHandler(), request("POST", "/login", strings.NewReader("x")), 415, true},
		{"too many", g.LoginHandler(), post("/login", wrong), 429, true},
		{"no credential", g.LogoutHandler(), post("/logout", nil), 401, true},
		{"no ticket", g.TicketHandler(), post("/tickets", nil, "Accept", "text/html"), 401, true},
	} {
		resp := serve(c.handler, c.r)
		text := body(t, resp)
		if resp.StatusCode != c.status || strings.HasPrefix(text, "page: ") != c.page {
			t.Errorf("%s: %d %q", c.name, resp.StatusCode, text)
		}
		if c.status == 429 && resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", c.name)
		}
	}
	const from = " 192.0.2.1:4711 "
	want := []string{"/login" + from + "401", "/login" + from + "401", "/login" + from + "403", "/login" + from + "421",
		"/login" + from + "429", "/logout" + from + "401", "/tickets" + from + "401"}
	if !slices.Equal(heard, want) {
		t.Errorf("heard %q, want %q", heard, want)
	}
}

func TestSecureBehindAProxy(t *testing.T) {
	g := newRig(t, guard.Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	for proto, secure := range map[string]bool{"https": true, "http": false, "": false} {
		if got := g.Secure(get("/", "X-Forwarded-Proto", proto)); got != secure {
			t.Errorf("%q: %v", proto, got)
		}
	}
	r := get("/", "X-Forwarded-Proto", "https")
	r.RemoteAddr = "198.51.100.1:1"
	if g.Secure(r) {
		t.Error("a stranger was believed")
	}
}
