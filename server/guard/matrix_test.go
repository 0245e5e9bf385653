package guard_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/server/guard"
)

// origins are what a request may say about the page that sent it, sorted into
// the classes by which the rules speak of them.
var origins = []struct {
	name, class string
	header      []string
}{
	{"own", "own", []string{"Origin", testOrigin}},
	{"own in the old field", "own", []string{"Sec-WebSocket-Origin", testOrigin}},
	{"own in both fields", "own", []string{"Origin", testOrigin, "Sec-WebSocket-Origin", testOrigin}},
	{"none", "none", nil},
	{"null", "null", []string{"Origin", "null"}},
	{"null in the old field", "null", []string{"Sec-WebSocket-Origin", "null"}},
	{"foreign", "bad", []string{"Origin", "http://evil.example"}},
	{"foreign in the old field", "bad", []string{"Sec-WebSocket-Origin", "http://evil.example"}},
	{"sub-domain", "bad", []string{"Origin", "http://sub.everwire.test:8080"}},
	{"parent domain", "bad", []string{"Origin", "http://test:8080"}},
	{"suffix", "bad", []string{"Origin", "http://evil-everwire.test:8080"}},
	{"prefix", "bad", []string{"Origin", "http://everwire.test:8080.evil.example"}},
	{"user", "bad", []string{"Origin", "http://everwire.test:8080@evil.example"}},
	{"other port", "bad", []string{"Origin", "http://everwire.test:8081"}},
	{"no port", "bad", []string{"Origin", "http://everwire.test"}},
	{"other scheme", "bad", []string{"Origin", "https://everwire.test:8080"}},
	{"upper case", "bad", []string{"Origin", "HTTP://EVERWIRE.TEST:8080"}},
	{"trailing dot", "bad", []string{"Origin", "http://everwire.test.:8080"}},
	{"trailing slash", "bad", []string{"Origin", testOrigin + "/"}},
	{"empty", "bad", []string{"Origin", ""}},
	{"upper-case null", "bad", []string{"Origin", "NULL"}},
	{"list", "bad", []string{"Origin", testOrigin + ", http://evil.example"}},
	{"two", "bad", []string{"Origin", testOrigin, "Origin", "http://evil.example"}},
	{"two alike", "bad", []string{"Origin", testOrigin, "Origin", testOrigin}},
	{"two that disagree", "bad", []string{"Origin", testOrigin, "Sec-WebSocket-Origin", "http://evil.example"}},
	{"two that disagree on null", "bad", []string{"Origin", "null", "Sec-WebSocket-Origin", testOrigin}},
}

// credentials are what a request may show. Each makes what it needs with the
// guard and adds it to the request.
var credentials = []struct {
	name string
	add  func(t *testing.T, g *rig, r *http.Request)
}{
	{"nothing", func(*testing.T, *rig, *http.Request) {}},
	{"cookie", func(t *testing.T, g *rig, r *http.Request) { r.Header.Add("Cookie", g.logIn(t)) }},
	{"cookie csrf-header", func(t *testing.T, g *rig, r *http.Request) {
		c := g.logIn(t)
		r.Header.Add("Cookie", c)
		r.Header.Add("X-Everwire-CSRF", g.page(t, c).CSRF)
	}},
	{"cookie csrf-query", func(t *testing.T, g *rig, r *http.Request) {
		c := g.logIn(t)
		r.Header.Add("Cookie", c)
		setQuery(r, "csrf", g.page(t, c).CSRF)
	}},
	{"cookie csrf-wrong", func(t *testing.T, g *rig, r *http.Request) {
		c, other := g.logIn(t), g.logIn(t)
		r.Header.Add("Cookie", c)
		setQuery(r, "csrf", g.page(t, other).CSRF)
	}},
	{"cookie same-origin", fetchSite("same-origin")},
	{"cookie same-site", fetchSite("same-site")},
	{"cookie cross-site", fetchSite("cross-site")},
	{"cookie user-typed", fetchSite("none")},
	{"cookie no-cors", func(t *testing.T, g *rig, r *http.Request) {
		fetchSite("cross-site")(t, g, r)
		r.Header.Set("Sec-Fetch-Mode", "no-cors")
	}},
	{"cookie idle", func(t *testing.T, g *rig, r *http.Request) {
		r.Header.Add("Cookie", g.logIn(t))
		g.clock.add(guard.LoginIdle)
	}},
	{"cookie unknown", func(t *testing.T, g *rig, r *http.Request) {
		r.Header.Add("Cookie", "everwire="+strings.Repeat("A", 43))
	}},
	{"bearer", func(t *testing.T, g *rig, r *http.Request) { r.Header.Set("Authorization", "Bearer "+testToken) }},
	{"bearer wrong", func(t *testing.T, g *rig, r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+testToken+"x")
	}},
	{"bearer wrong, cookie", func(t *testing.T, g *rig, r *http.Request) {
		r.Header.Add("Cookie", g.logIn(t))
		r.Header.Set("Authorization", "Bearer nonsense")
	}},
	{"ticket", func(t *testing.T, g *rig, r *http.Request) {
		setQuery(r, "ticket", g.ticket(t, g.page(t, g.logIn(t))))
	}},
	{"ticket spent", func(t *testing.T, g *rig, r *http.Request) {
		v := g.ticket(t, g.page(t, g.logIn(t)))
		want(t, "first use of the ticket", g.admit(get("/?ticket="+v), guard.Open), 200)
		setQuery(r, "ticket", v)
	}},
	{"ticket expired", func(t *testing.T, g *rig, r *http.Request) {
		setQuery(r, "ticket", g.ticket(t, g.page(t, g.logIn(t))))
		g.clock.add(guard.TicketLifetime)
	}},
	{"ticket spent, cookie", func(t *testing.T, g *rig, r *http.Request) {
		c := g.logIn(t)
		v := g.ticket(t, g.page(t, c))
		want(t, "first use of the ticket", g.admit(get("/?ticket="+v), guard.Open), 200)
		r.Header.Add("Cookie", c)
		setQuery(r, "ticket", v)
	}},
}

func fetchSite(site string) func(*testing.T, *rig, *http.Request) {
	return func(t *testing.T, g *rig, r *http.Request) {
		r.Header.Add("Cookie", g.logIn(t))
		r.Header.Set("Sec-Fetch-Site", site)
	}
}

func setQuery(r *http.Request, name, value string) {
	q := r.URL.Query()
	q.Set(name, value)
	r.URL.RawQuery = q.Encode()
}

// rules say what is to come of each credential beside an Origin of each class.
// A bad Origin is 403 everywhere but for Public.
var rules = map[guard.Kind]string{
	guard.Open: `
		credential            own  none  null
		nothing               401  401   403
		cookie                200  403   403
		cookie csrf-header    200  200   403
		cookie csrf-query     200  200   403
		cookie csrf-wrong     200  403   403
		cookie same-origin    200  200   403
		cookie same-site      200  403   403
		cookie cross-site     200  403   403
		cookie user-typed     200  403   403
		cookie no-cors        200  403   403
		cookie idle           401  401   403
		cookie unknown        401  401   403
		bearer                200  200   403
		bearer wrong          401  401   403
		bearer wrong, cookie  401  401   403
		ticket                200  200   403
		ticket spent          401  401   403
		ticket expired        401  401   403
		ticket spent, cookie  401  401   403`,
	guard.Continue: `
		credential            own  none  null
		nothing               200  200   403
		cookie                200  200   403
		cookie csrf-header    200  200   200
		cookie csrf-query     200  200   200
		cookie csrf-wrong     200  200   403
		cookie same-origin    200  200   200
		cookie same-site      200  403   403
		cookie cross-site     200  403   403
		cookie user-typed     200  200   403
		cookie no-cors        200  403   403
		cookie idle           200  200   403
		cookie unknown        200  200   403
		bearer                200  200   403
		bearer wrong          401  401   403
		bearer wrong, cookie  401  401   403
		ticket                200  200   403
		ticket spent          200  200   403
		ticket expired        200  200   403
		ticket spent, cookie  200  200   403`,
	guard.Page: `
		credential            own  none  null
		nothing               401  401   403
		cookie                200  200   403
		cookie csrf-header    200  200   403
		cookie csrf-query     200  200   403
		cookie csrf-wrong     200  200   403
		cookie same-origin    200  200   403
		cookie same-site      200  200   403
		cookie cross-site     200  200   403
		cookie user-typed     200  200   403
		cookie no-cors        200  200   403
		cookie idle           401  401   403
		cookie unknown        401  401   403
		bearer                200  200   403
		bearer wrong          401  401   403
		bearer wrong, cookie  401  401   403
		ticket                401  401   403
		ticket spent          401  401   403
		ticket expired        401  401   403
		ticket spent, cookie  200  200   403`,
	guard.Action: `
		credential            own  none  null
		nothing               401  401   403
		cookie                200  403   403
		cookie csrf-header    200  200   200
		cookie csrf-query     200  200   200
		cookie csrf-wrong     200  403   403
		cookie same-origin    200  200   200
		cookie same-site      200  403   403
		cookie cross-site     200  403   403
		cookie user-typed     200  403   403
		cookie no-cors        200  403   403
		cookie idle           401  401   403
		cookie unknown        401  401   403
		bearer                200  200   403
		bearer wrong          401  401   403
		bearer wrong, cookie  401  401   403
		ticket                401  401   403
		ticket spent          401  401   403
		ticket expired        401  401   403
		ticket spent, cookie  200  403   403`,
	guard.Login: `
		credential            own  none  null
		nothing               200  200   200
		cookie                200  200   200
		cookie csrf-header    200  200   200
		cookie csrf-query     200  200   200
		cookie csrf-wrong     200  200   200
		cookie same-origin    200  200   200
		cookie same-site      200  403   403
		cookie cross-site     200  403   403
		cookie user-typed     200  200   200
		cookie no-cors        200  403   403
		cookie idle           200  200   200
		cookie unknown        200  200   200
		bearer                200  200   200
		bearer wrong          200  200   200
		bearer wrong, cookie  200  200   200
		ticket                200  200   200
		ticket spent          200  200   200
		ticket expired        200  200   200
		ticket spent, cookie  200  200   200`,
}

// parseRules returns the status for each credential and class.
func parseRules(t *testing.T, table string) map[string]int {
	t.Helper()
	m := make(map[string]int)
	for _, line := range strings.Split(strings.TrimSpace(table), "\n")[1:] {
		f := strings.Fields(line)
		name := strings.Join(f[:len(f)-3], " ")
		for i, class := range []string{"own", "none", "null"} {
			var n int
			if _, err := fmt.Sscan(f[len(f)-3+i], &n); err != nil {
				t.Fatal(err)
			}
			m[name+"/"+class] = n
		}
	}
	return m
}

// shapes are the forms in which requests of a kind come: the answer must not
// depend on the transport.
var shapes = map[guard.Kind][]struct {
	method string
	header []string
}{
	guard.Open:     {{"GET", nil}, {"POST", nil}, {"GET", []string{"Connection", "Upgrade", "Upgrade", "websocket"}}, {"GET", []string{"Upgrade", "WebSocket"}}},
	guard.Continue: {{"GET", nil}, {"POST", []string{"Content-Type", "text/plain"}}, {"GET", []string{"Connection", "Upgrade", "Upgrade", "websocket"}}},
	guard.Page:     {{"GET", nil}, {"HEAD", nil}},
	guard.Action:   {{"POST", nil}, {"POST", []string{"Content-Type", "application/x-www-form-urlencoded"}}},
	guard.Public:   {{"GET", nil}, {"POST", nil}},
	guard.Login:    {{"POST", nil}},
}

func TestEveryOriginWithEveryCredentialForEveryKind(t *testing.T) {
	cells := 0
	for kind, forms := range shapes {
		var table map[string]int
		if kind != guard.Public {
			table = parseRules(t, rules[kind])
		}
		for _, o := range origins {
			for _, c := range credentials {
				expect, known := table[c.name+"/"+o.class]
				switch {
				case kind == guard.Public:
					expect = 200
				case o.class == "bad":
					expect = 403
				case !known:
					t.Fatalf("%s: no rule for %s with Origin %s", kind, c.name, o.class)
				}
				for _, shape := range forms {
					g := newRig(t, guard.Config{Token: testToken})
					r := request(shape.method, "/x", nil, shape.header...)
					for i := 0; i < len(o.header); i += 2 {
						r.Header.Add(o.header[i], o.header[i+1])
					}
					c.add(t, g, r)
					gr, refusal := g.Admit(r, kind)
					cells++
					if got := status(refusal); got != expect {
						t.Errorf("%s %s %v, Origin %s, %s: status %d, want %d", kind, shape.method, shape.header, o.name, c.name, got, expect)
					}
					if refusal != nil && (gr.Principal != "" || gr.CSRF != "" || gr.Login != "") {
						t.Errorf("%s, Origin %s, %s: a refused request has a grant", kind, o.name, c.name)
					}
				}
			}
		}
	}
	t.Logf("%d cells", cells)
}

// A page's route must not be a way around the rules of the other kinds.
func TestPageRouteIsJudgedByWhatIsAsked(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken})
	cookie := g.logIn(t)
	want(t, "GET", g.admit(get("/", "Cookie", cookie), guard.Page), 200)
	want(t, "POST", g.admit(request("POST", "/", nil, "Cookie", cookie), guard.Page), 403)
	want(t, "WebSocket", g.admit(get("/", "Cookie", cookie, "Upgrade", "websocket"), guard.Page), 403)
	want(t, "unknown kind", g.admit(get("/", "Cookie", cookie), guard.Kind(99)), 403)
}

func TestCSRFInTheForm(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken})
	cookie := g.logIn(t)
	csrf := g.page(t, cookie).CSRF
	form := url.Values{"csrf": {csrf}, "line": {"ls"}}

	r := post("/lite/echo", form, "Cookie", cookie)
	want(t, "form", g.admit(r, guard.Action), 200)
	if got := r.PostFormValue("line"); got != "ls" {
		t.Errorf("the handler reads line %q after the guard, want ls", got)
	}
	want(t, "form without Origin of its own", g.admit(post("/", form, "Cookie", cookie, "Origin", "null"), guard.Action), 200)
	want(t, "form of a foreign page", g.admit(post("/", form, "Cookie", cookie, "Origin", "http://evil.example"), guard.Action), 403)
	want(t, "form that opens", g.admit(post("/", form, "Cookie", cookie), guard.Open), 403)

	plain := post("/", form, "Cookie", cookie)
	plain.Header.Set("Content-Type", "text/plain")
	want(t, "text/plain", g.admit(plain, guard.Action), 403)

	twice := url.Values{"csrf": {csrf, csrf}}
	want(t, "two values", g.admit(post("/", twice, "Cookie", cookie), guard.Action), 403)

	large := url.Values{"csrf": {csrf}, "x": {strings.Repeat("x", 64<<10)}}
	want(t, "large form", g.admit(post("/", large, "Cookie", cookie), guard.Action), 403)
	chunked := post("/", large, "Cookie", cookie)
	chunked.ContentLength = -1
	want(t, "large form of unknown length", g.admit(chunked, guard.Action), 403)
}

func TestWithoutLoginOnlyOtherSitesAreRefused(t *testing.T) {
	g := newRig(t, guard.Config{Origins: []string{"https://app.example"}})
	for _, k := range []guard.Kind{guard.Open, guard.Continue, guard.Action} {
		for _, c := range []struct {
			name   string
			header []string
			status int
		}{
			{"no browser", nil, 200},
			{"own page", []string{"Origin", testOrigin}, 200},
			{"allowed page", []string{"Origin", "https://app.example", "Sec-Fetch-Site", "cross-site"}, 200},
			{"typed address", []string{"Sec-Fetch-Site", "none"}, 200},
			{"script of another site", []string{"Sec-Fetch-Site", "cross-site"}, 403},
			{"script of another port", []string{"Sec-Fetch-Site", "same-site"}, 403},
			{"two Sec-Fetch-Site", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Site", "cross-site"}, 403},
			{"foreign page", []string{"Origin", "https://evil.example"}, 403},
			{"sandbox", []string{"Origin", "null"}, 403},
			{"somebody's password", []string{"Authorization", "Basic eDp5", "Cookie", "everwire=x"}, 200},
		} {
			want(t, k.String()+": "+c.name, g.admit(get("/", c.header...), k), c.status)
		}
	}
	gr, refusal := g.Admit(get("/", "Authorization", "Bearer "+testToken), guard.Open)
	if refusal != nil || gr.Principal != "" {
		t.Errorf("without login: %v, principal %q", refusal, gr.Principal)
	}
}

func TestAnyOriginTakesNoCookie(t *testing.T) {
	g := newRig(t, guard.Config{AnyOrigin: true, Token: testToken})
	want(t, "login", serve(g.LoginHandler(), post("/login", url.Values{"token": {testToken}})).StatusCode, 404)
	for _, o := range []string{"https://anywhere.example", "null", testOrigin} {
		want(t, "bearer from "+o, g.admit(get("/", "Origin", o, "Authorization", "Bearer "+testToken), guard.Open), 200)
		want(t, "nothing from "+o, g.admit(get("/", "Origin", o), guard.Open), 401)
	}
	want(t, "two Origins", g.admit(get("/", "Origin", "http://a", "Origin", "http://a", "Authorization", "Bearer "+testToken), guard.Open), 403)

	open := newRig(t, guard.Config{AnyOrigin: true})
	want(t, "no login", open.admit(get("/", "Origin", "https://anywhere.example", "Sec-Fetch-Site", "cross-site"), guard.Open), 200)
}

func TestConfiguredOriginMayUseTheCookie(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken, Origins: []string{"HTTPS://App.Example:443"}})
	cookie := g.logIn(t)
	want(t, "configured", g.admit(get("/", "Origin", "https://app.example", "Cookie", cookie), guard.Open), 200)
	want(t, "its sub-domain", g.admit(get("/", "Origin", "https://x.app.example", "Cookie", cookie), guard.Open), 403)
	want(t, "its plain twin", g.admit(get("/", "Origin", "http://app.example", "Cookie", cookie), guard.Open), 403)
}

func TestContinueOfAnotherPrincipal(t *testing.T) {
	if r := (guard.Grant{}).Continues("alice"); r != nil {
		t.Errorf("no credential: %d", r.Status)
	}
	if r := (guard.Grant{Principal: "alice"}).Continues("alice"); r != nil {
		t.Errorf("same principal: %d", r.Status)
	}
	for _, opened := range []string{"bob", ""} {
		if r := (guard.Grant{Principal: "alice"}).Continues(opened); status(r) != 403 {
			t.Errorf("alice in a session of %q: %d, want 403", opened, status(r))
		}
	}
}

func TestLimitsComeLast(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken, SessionsPerSecond: 2})
	v := g.ticket(t, guard.Grant{Principal: guard.Owner})
	bearer := []string{"Authorization", "Bearer " + testToken}
	for range 10 {
		want(t, "no credential", g.admit(get("/"), guard.Open), 401)
	}
	want(t, "first", g.admit(get("/", bearer...), guard.Open), 200)
	want(t, "second", g.admit(get("/", bearer...), guard.Open), 200)
	_, refusal := g.Admit(get("/?ticket="+v), guard.Open)
	if status(refusal) != 429 || refusal.RetryAfter <= 0 || refusal.RetryAfter > time.Second {
		t.Fatalf("third: %+v, want 429 within a second", refusal)
	}
	want(t, "established session", g.admit(get("/"), guard.Continue), 200)
	other := get("/", bearer...)
	other.RemoteAddr = "192.0.2.2:4711"
	want(t, "other address", g.admit(other, guard.Open), 200)
	g.clock.add(refusal.RetryAfter)
	want(t, "the ticket, later", g.admit(get("/?ticket="+v), guard.Open), 200)
	want(t, "the ticket, again", g.admit(get("/?ticket="+v), guard.Open), 401)

	h := make(http.Header)
	refusal.SetHeader(h)
	if h.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q, want 1", h.Get("Retry-After"))
	}
}
