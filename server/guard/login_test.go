package guard_test

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/everwire/everwire/server/guard"
)

// ends collects what OnRevoke reports.
func (g *rig) ends() *[]string {
	var ids []string
	g.OnRevoke(func(login string) { ids = append(ids, login) })
	return &ids
}

func TestLoginLeadsToAKnownPageOnly(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken, Pages: []string{"/home", "/shell"}, LoginsPerMinute: -1})
	for next, location := range map[string]string{
		"": "/home", "/shell": "/shell", "/chat": "/home", "//evil.example": "/home", "https://evil.example/shell": "/home",
		"/\\evil.example": "/home", "/shell\r\nX: y": "/home", "/shell/": "/home", "shell": "/home",
		"/shell?a=1&b": "/shell?a=1&b", "/shell?": "/shell?", "/chat?/shell": "/home", "/home?x=%2F": "/home?x=%2F",
		"/shell?a=1&ticket=S": "/shell", "/shell?Token=S": "/shell", "/shell?%63srf=S": "/shell", "/shell?sid=S&a": "/shell",
		"/shell?a;sid=S": "/shell", "/shell?%zz": "/shell", "/shell?a\r\nX: y": "/shell", "/shell?a#b": "/shell", "/shell?é": "/shell",
		"/shell#?a": "/home", "?a": "/home", "//evil.example?/shell": "/home",
	} {
		resp := serve(g.LoginHandler(), post("/login", url.Values{"token": {testToken}, "next": {next}}))
		if resp.StatusCode != 303 || resp.Header.Get("Location") != location {
			t.Errorf("next %q: %d to %q, want 303 to %q", next, resp.StatusCode, resp.Header.Get("Location"), location)
		}
		if resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("next %q: header %v", next, resp.Header)
		}
	}
	for _, p := range []string{"", "home", "//evil.example", "/\\evil.example", "/a b", "/a\n", "/a?b", "/a#b", "https://x/"} {
		if _, err := guard.New(guard.Config{Pages: []string{p}}); !errors.Is(err, guard.ErrConfig) {
			t.Errorf("page %q was accepted", p)
		}
	}
}

func TestLoginOfAScript(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken})
	resp := serve(g.LoginHandler(), post("/login", url.Values{"token": {testToken}}, "Accept", "application/json", "Origin", testOrigin))
	if resp.StatusCode != 204 || len(resp.Cookies()) != 1 {
		t.Fatalf("status %d, %d cookies", resp.StatusCode, len(resp.Cookies()))
	}
	resp = serve(g.LoginHandler(), post("/login", url.Values{"token": {"guess"}}, "Accept", "application/json"))
	var answer struct{ Message string }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.Message == "" || resp.StatusCode != 401 {
		t.Errorf("wrong token: %d, %v, %q", resp.StatusCode, err, answer.Message)
	}
}

func TestWrongTokensGetOneAnswer(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken, LoginsPerMinute: -1})
	var first string
	for i, form := range []url.Values{
		{"token": {"guess"}}, {}, {"token": {""}}, {"token": {testToken[:5]}}, {"token": {testToken + "x"}},
		{"token": {strings.ToUpper(testToken)}}, {"token": {"\x00"}}, {"token": {strings.Repeat("x", 10_000)}}, {"token": {"guess", testToken}},
	} {
		resp := serve(g.LoginHandler(), post("/login?token="+testToken, form))
		answer := fmt.Sprint(resp.StatusCode, resp.Header, body(t, resp))
		if i == 0 {
			first = answer
		}
		if answer != first || resp.StatusCode != 401 || len(resp.Cookies()) != 0 {
			t.Errorf("%v: %s", form, answer)
		}
		if strings.Contains(answer, testToken) {
			t.Error("the token is in the answer")
		}
	}
}

func TestLoginRefusesWhatIsNoLogin(t *testing.T) {
	form := url.Values{"token": {testToken}}
	plain := post("/login", form)
	plain.Header.Set("Content-Type", "text/plain")
	other := post("/login", form)
	other.Host = "evil.example"
	for _, c := range []struct {
		name   string
		r      *http.Request
		status int
	}{
		{"GET", get("/login?token=" + testToken), 405},
		{"other type", plain, 415},
		{"too large", post("/login", url.Values{"token": {testToken}, "x": {strings.Repeat("x", 64<<10)}}), 413},
		{"foreign page", post("/login", form, "Origin", "http://evil.example"), 403},
		{"script of another site", post("/login", form, "Sec-Fetch-Site", "cross-site"), 403},
		{"other host", other, 421},
		{"preflight of a foreign page", request("OPTIONS", "/login", nil, "Origin", "http://evil.example"), 403},
	} {
		g := newRig(t, guard.Config{Token: testToken})
		resp := serve(g.LoginHandler(), c.r)
		want(t, c.name, resp.StatusCode, c.status)
		if len(resp.Cookies()) != 0 {
			t.Errorf("%s: a cookie is set", c.name)
		}
	}
	g := newRig(t, guard.Config{})
	want(t, "no login configured", serve(g.LoginHandler(), post("/login", form)).StatusCode, 404)
	want(t, "no tickets either", serve(g.TicketHandler(), post("/tickets", nil)).StatusCode, 404)
}

func TestCookieOfTLSAndPlainAreApart(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken})
	r := post("/login", url.Values{"token": {testToken}})
	r.TLS = &tls.ConnectionState{}
	c := serve(g.LoginHandler(), r).Cookies()[0]
	if c.Name != "__Host-everwire" || !c.Secure || c.Path != "/" || c.Domain != "" {
		t.Fatalf("cookie over TLS: %v", c)
	}
	over := func(secure bool, cookie string) int {
		r := get("/", "Cookie", cookie)
		if secure {
			r.TLS = &tls.ConnectionState{}
		}
		return g.admit(r, guard.Page)
	}
	want(t, "secure cookie over TLS", over(true, "__Host-everwire="+c.Value), 200)
	want(t, "plain name over TLS", over(true, "everwire="+c.Value), 401)
	want(t, "secure name over plain", over(false, "__Host-everwire="+c.Value), 401)
}

func TestPlantedCookies(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken})
	ours, second := g.logIn(t), g.logIn(t)
	dead := "everwire=" + strings.Repeat("A", 43)
	want(t, "a dead one before ours", g.admit(get("/", "Cookie", dead+"; "+ours), guard.Page), 200)
	want(t, "a dead one after ours", g.admit(get("/", "Cookie", ours+"; "+dead), guard.Page), 200)
	want(t, "the same twice", g.admit(get("/", "Cookie", ours+"; "+ours), guard.Page), 200)
	want(t, "two living ones", g.admit(get("/", "Cookie", ours+"; "+second), guard.Page), 401)
}

func TestLoginIdlesOut(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken})
	ended := g.ends()
	cookie := g.logIn(t)
	id := g.page(t, cookie).Login
	for range 5 {
		g.clock.add(guard.LoginIdle - time.Second)
		want(t, "in use", g.admit(get("/", "Cookie", cookie), guard.Page), 200)
	}
	g.clock.add(guard.LoginIdle - time.Second)
	want(t, "without proof", g.admit(get("/", "Cookie", cookie), guard.Open), 403)
	g.clock.add(time.Second)
	want(t, "a refused request is no use", g.admit(get("/", "Cookie", cookie), guard.Page), 401)
	if !slices.Equal(*ended, []string{id}) {
		t.Errorf("ended %q, want %q", *ended, id)
	}
}

func TestTouchKeepsALoginUpToItsLifetime(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken})
	ended := g.ends()
	cookie := g.logIn(t)
	id := g.page(t, cookie).Login
	for at := time.Duration(0); at < guard.LoginLifetime; at += 20 * time.Minute {
		if !g.Touch(id) {
			t.Fatalf("dead after %v", at)
		}
		g.clock.add(20 * time.Minute)
	}
	if g.Touch(id) || !slices.Equal(*ended, []string{id}) {
		t.Errorf("alive after %v; ended %q", guard.LoginLifetime, *ended)
	}
	if !g.Touch("") {
		t.Error("a session without login is dead")
	}
}

func TestSweepReportsExpiry(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken})
	ended := g.ends()
	g.logIn(t)
	g.clock.add(guard.LoginIdle / 2)
	young := g.page(t, g.logIn(t)).Login
	g.ticket(t, guard.Grant{Principal: guard.Owner})
	g.Sweep()
	if len(*ended) != 0 {
		t.Fatalf("ended early: %q", *ended)
	}
	g.clock.add(guard.LoginIdle / 2)
	g.Sweep()
	if logins, tickets, _, _ := g.Sizes(); len(*ended) != 1 || logins != 1 || tickets != 0 || !g.Touch(young) {
		t.Errorf("ended %q; %d logins, %d tickets left", *ended, logins, tickets)
	}
}

func TestLoggingInAgainRenews(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken})
	ended := g.ends()
	cookie := g.logIn(t)
	first := g.page(t, cookie)
	g.clock.add(guard.LoginIdle / 2)
	c := serve(g.LoginHandler(), post("/login", url.Values{"token": {testToken}}, "Cookie", cookie)).Cookies()[0]
	renewed := c.Name + "=" + c.Value
	if renewed == cookie {
		t.Error("the cookie's value stayed")
	}
	if second := g.page(t, renewed); second.Login != first.Login || second.CSRF != first.CSRF {
		t.Error("the login session changed")
	}
	want(t, "old value", g.admit(get("/", "Cookie", cookie), guard.Page), 401)
	if len(*ended) != 0 {
		t.Errorf("ended %q", *ended)
	}
}

func TestLogout(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken})
	ended := g.ends()
	cookie := g.logIn(t)
	gr := g.page(t, cookie)
	v := g.ticket(t, gr)
	want(t, "without proof", serve(g.LogoutHandler(), post("/logout", nil, "Cookie", cookie)).StatusCode, 403)
	resp := serve(g.LogoutHandler(), post("/logout", url.Values{"csrf": {gr.CSRF}}, "Cookie", cookie))
	if resp.StatusCode != 303 || len(resp.Cookies()) != 1 || resp.Cookies()[0].MaxAge >= 0 || resp.Cookies()[0].Value != "" {
		t.Errorf("status %d, cookies %v", resp.StatusCode, resp.Cookies())
	}
	want(t, "cookie", g.admit(get("/", "Cookie", cookie), guard.Page), 401)
	if _, n, _, _ := g.Sizes(); n != 0 {
		t.Errorf("%d tickets outlive their login", n)
	}
	want(t, "ticket", g.admit(get("/?ticket="+v), guard.Open), 401)
	if !slices.Equal(*ended, []string{gr.Login}) || g.Touch(gr.Login) {
		t.Errorf("ended %q, want %q", *ended, gr.Login)
	}
	if _, err := g.IssueTicket(gr); !errors.Is(err, guard.ErrNoPrincipal) {
		t.Errorf("a ticket of a dead login: %v", err)
	}
}

func TestRevokeReportsOnce(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken})
	ended := g.ends()
	id := g.page(t, g.logIn(t)).Login
	for _, s := range []string{"", "unknown", id, id} {
		g.Revoke(s)
	}
	if !slices.Equal(*ended, []string{id}) {
		t.Errorf("ended %q, want %q once", *ended, id)
	}
}

func TestTicketHandler(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken})
	cookie := g.logIn(t)
	want(t, "no credential", serve(g.TicketHandler(), post("/tickets", nil)).StatusCode, 401)
	want(t, "no proof", serve(g.TicketHandler(), post("/tickets", nil, "Cookie", cookie)).StatusCode, 403)
	for name, header := range map[string][]string{
		"cookie": {"Cookie", cookie, "Origin", testOrigin}, "bearer": {"Authorization", "Bearer " + testToken},
	} {
		resp := serve(g.TicketHandler(), post("/tickets", nil, header...))
		var answer map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || len(answer) != 2 || answer["expires_in"] != 60.0 {
			t.Fatalf("%s: %v %v", name, err, answer)
		}
		if resp.StatusCode != 200 || resp.Header.Get("Cache-Control") != "no-store" ||
			!strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
			t.Errorf("%s: %d %v", name, resp.StatusCode, resp.Header)
		}
		v := answer["ticket"].(string)
		gr, refusal := g.Admit(get("/?ticket="+v), guard.Open)
		if refusal != nil || gr.Principal != guard.Owner || (gr.Login != "") != (name == "cookie") {
			t.Errorf("%s: %+v %+v", name, gr, refusal)
		}
	}
}

func TestStoresAreBounded(t *testing.T) {
	const bound = 8
	g := newRig(t, guard.Config{Token: testToken, LoginsPerMinute: -1})
	g2 := newRig(t, guard.Config{Token: testToken})
	g.SetBounds(bound)
	g2.SetBounds(bound)
	ended := g.ends()
	var cookies []string
	for range 3 * bound {
		cookies = append(cookies, g.logIn(t))
		g.clock.add(time.Second)
		// The first one stays in use and must outlive the others.
		want(t, "the one in use", g.admit(get("/", "Cookie", cookies[0]), guard.Page), 200)
	}
	if n, _, _, _ := g.Sizes(); n != bound || len(*ended) != 2*bound {
		t.Errorf("%d logins, %d ended", n, len(*ended))
	}
	for range bound {
		g2.ticket(t, guard.Grant{Principal: guard.Owner})
	}
	if _, err := g2.IssueTicket(guard.Grant{Principal: guard.Owner}); !errors.Is(err, guard.ErrTooManyTickets) {
		t.Errorf("one ticket too many: %v", err)
	}
	want(t, "over HTTP", serve(g2.TicketHandler(), post("/tickets", nil, "Authorization", "Bearer "+testToken)).StatusCode, 429)
	for i := range 5 * bound {
		for _, token := range []string{testToken, "guess"} {
			r := get("/", "Authorization", "Bearer "+token)
			r.RemoteAddr = fmt.Sprintf("198.51.100.%d:1", i)
			g2.Admit(r, guard.Open)
		}
	}
	if _, tickets, sessions, attempts := g2.Sizes(); tickets != bound || sessions != bound || attempts != bound {
		t.Errorf("%d tickets, %d sessions, %d attempts, want %d each", tickets, sessions, attempts, bound)
	}
	g2.clock.add(guard.TicketLifetime)
	g2.ticket(t, guard.Grant{Principal: guard.Owner})
	if !g.Consistent() || !g2.Consistent() {
		t.Error("the indexes disagree")
	}
}

// An address that keeps guessing must not be forgotten for others that come.
func TestBusyAddressIsRemembered(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken, LoginsPerMinute: 1})
	g.SetBounds(4)
	guess := func(addr string) int {
		r := get("/", "Authorization", "Bearer guess")
		r.RemoteAddr = addr
		return g.admit(r, guard.Open)
	}
	want(t, "first guess", guess("192.0.2.1:1"), 401)
	for i := range 20 {
		want(t, "other address", guess(fmt.Sprintf("198.51.100.%d:1", i)), 401)
		want(t, "busy address", guess("192.0.2.1:1"), 429)
	}
}

func TestLoginsOfAllAddressesAreLimited(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken, LoginsPerMinute: 1})
	from := func(i int) *guard.Refusal {
		r := post("/login", nil)
		r.RemoteAddr = fmt.Sprintf("10.0.%d.%d:1", i/256, i%256)
		_, refusal := g.Admit(r, guard.Login)
		return refusal
	}
	for i := range 100 {
		want(t, "within the limit", status(from(i)), 200)
	}
	refusal := from(100)
	if status(refusal) != 429 || refusal.RetryAfter <= 0 {
		t.Fatalf("over the limit: %+v", refusal)
	}
	g.clock.add(refusal.RetryAfter)
	want(t, "after the wait", status(from(100)), 200)
}

func TestSecretsAreUnlike(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken, LoginsPerMinute: -1})
	seen := make(map[string]bool)
	for range 500 {
		cookie := g.logIn(t)
		gr := g.page(t, cookie)
		for _, s := range []string{strings.TrimPrefix(cookie, "everwire="), gr.CSRF, gr.Login, g.ticket(t, gr)} {
			if len(s) < 22 || seen[s] || seen[s[:8]] {
				t.Fatalf("%q is short or not unique", s)
			}
			seen[s], seen[s[:8]] = true, true
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken, LoginsPerMinute: -1, SessionsPerSecond: -1})
	var mu sync.Mutex
	ended := make(map[string]int)
	g.OnRevoke(func(login string) { mu.Lock(); defer mu.Unlock(); ended[login]++ })
	shared := g.ticket(t, guard.Grant{Principal: guard.Owner})
	redeemed := 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				cookie := g.logIn(t)
				gr, _ := g.Admit(get("/", "Cookie", cookie), guard.Page)
				if v, err := g.IssueTicket(gr); err != nil || g.admit(get("/?ticket="+v), guard.Open) != 200 {
					t.Error("a ticket was refused")
				}
				if g.admit(get("/?ticket="+shared), guard.Open) == 200 {
					mu.Lock()
					redeemed++
					mu.Unlock()
				}
				g.Sweep()
				g.Revoke(gr.Login)
			}
		})
	}
	wg.Wait()
	if redeemed != 1 || len(ended) != 400 || !g.Consistent() {
		t.Errorf("a ticket was redeemed %d times; %d logins ended", redeemed, len(ended))
	}
	for id, n := range ended {
		if n != 1 {
			t.Errorf("%s ended %d times", id, n)
		}
	}
}
