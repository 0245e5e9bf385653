package guard_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/server/guard"
)

// The tests here are named after published vulnerabilities of other servers.

// code-server let WebSockets of any Origin in.
func TestCVE2023_26114ForeignOriginOpensNothing(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken})
	cookie := g.logIn(t)
	for _, o := range origins {
		if o.class != "bad" && o.class != "null" {
			continue
		}
		r := get("/socket.io/?EIO=4&transport=websocket", "Cookie", cookie, "Upgrade", "websocket", "Connection", "Upgrade")
		for i := 0; i < len(o.header); i += 2 {
			r.Header.Add(o.header[i], o.header[i+1])
		}
		want(t, o.name, g.admit(r, guard.Open), 403)
	}
}

// ghostty-web #160 and others took a connection from loopback for its owner's.
func TestLoopbackPeerIsNotTrusted(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken, Hosts: []string{"127.0.0.1:8080"}})
	for _, c := range []struct {
		origin string
		status int
	}{
		{"", 401}, {"http://127.0.0.1:8080", 401}, {"http://localhost:8080", 403}, {"null", 403}, {"http://evil.example", 403},
	} {
		for _, peer := range []string{"127.0.0.1:4711", "[::1]:4711", "[::ffff:127.0.0.1]:4711", "@"} {
			r := get("/ws/shell", "X-Forwarded-For", "127.0.0.1")
			r.Host, r.RemoteAddr = "127.0.0.1:8080", peer
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
			want(t, "from "+peer+", Origin "+c.origin, g.admit(r, guard.Open), c.status)
		}
	}
}

// socket.io allowed all origins by default, by reflection.
func TestCVE2020_28481DefaultSendsNoCORS(t *testing.T) {
	for _, c := range []guard.Config{{}, {Token: testToken}, {Origins: []string{"https://app.example"}}} {
		g := newRig(t, c)
		for _, o := range []string{"http://evil.example", "null", "*", "https://app.example.evil.example", testOrigin} {
			for _, method := range []string{"GET", "OPTIONS"} {
				r := request(method, "/socket.io/", nil, "Origin", o, "Access-Control-Request-Method", "POST")
				w := httptest.NewRecorder()
				if !g.Preflight(w, r) {
					g.CORS(w, r)
				}
				for name := range w.Result().Header {
					if strings.HasPrefix(name, "Access-Control-") {
						t.Errorf("%s from %s: %s is set", method, o, name)
					}
				}
			}
		}
	}
}

// gotty took a regular expression for its origins, which matched too much.
func TestOriginListHasNoPatterns(t *testing.T) {
	for _, o := range []string{"*", "https://*.example", "https://app.*", "null", "app.example", "https://app.example/",
		"https://app.example/x", "https://u@app.example", "https://", "://app.example", "", "https://app.example.", "https://app.example:0"} {
		if _, err := guard.New(guard.Config{Origins: []string{o}}); err == nil {
			t.Errorf("origin %q was accepted", o)
		}
	}
	g := newRig(t, guard.Config{Origins: []string{"https://a.b.example"}})
	want(t, "dot as any character", g.admit(get("/", "Origin", "https://axb.example"), guard.Open), 403)
	want(t, "as listed", g.admit(get("/", "Origin", "https://a.b.example"), guard.Open), 200)
}

// JupyterHub and Rancher: forms need no preflight, and a form's request
// carries the cookie.
func TestCrossSiteFormToALiveSession(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken})
	cookie := g.logIn(t)
	for name, header := range map[string][]string{
		"Origin":            {"Origin", "http://evil.example"},
		"sandboxed":         {"Origin", "null"},
		"no-cors":           {"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"},
		"same-site":         {"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "no-cors"},
		"sandbox no-cors":   {"Origin", "null", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"},
		"misspelt":          {"Sec-Fetch-Site", "Same-Origin"},
		"value with more":   {"Sec-Fetch-Site", "same-origin, cross-site"},
		"two values":        {"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Site", "same-origin"},
		"two, same first":   {"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Site", "cross-site"},
		"own Origin forged": {"Origin", testOrigin, "Origin", "http://evil.example"},
	} {
		r := request("POST", "/socket.io/?EIO=4&transport=polling&sid=x", strings.NewReader("42"), header...)
		r.Header.Set("Cookie", cookie)
		r.Header.Set("Content-Type", "text/plain")
		want(t, name, g.admit(r, guard.Continue), 403)
	}
}

// shellinabox, Ollama, Minikube and others answered to any name, which lets a
// page's own name be rebound to the server's address.
func TestCVE2015_8400HostNotListed(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken, Hosts: []string{"127.0.0.1:8080", "localhost:8080", "[::1]:8080"}})
	for _, k := range []guard.Kind{guard.Open, guard.Continue, guard.Page, guard.Action, guard.Public, guard.Login} {
		for _, host := range []string{
			"evil.example", "evil.example:8080", "192.0.2.7:8080", "localhost.evil:8080", "localhost.:8080", "localhost",
			"localhost:80", "localhost:8081", "127.0.0.1", "127.1:8080", "2130706433:8080", "0x7f000001:8080", "[::]:8080",
			"[::1%25lo]:8080", "[::ffff:127.0.0.1]:8080", "u@localhost:8080", "localhost:8080/", "localhost:8080:8080",
			"localhost:08080", "localhost:", ":8080", "", " localhost:8080", "localhost:8080\x00", "lοcalhost:8080",
		} {
			r := get("/", "Authorization", "Bearer "+testToken, "Origin", "http://"+host)
			r.Host = host
			want(t, k.String()+" "+host, g.admit(r, k), 421)
		}
		for _, host := range []string{"127.0.0.1:8080", "localhost:8080", "LocalHost:8080", "[::1]:8080", "[0:0::1]:8080"} {
			r := get("/", "Authorization", "Bearer "+testToken)
			r.Host = host
			want(t, k.String()+" "+host, g.admit(r, k), 200)
		}
	}
}

// OpenStack's console tokens stood in URLs and worked again and again.
func TestTicketWorksOnceAndIsNotLogged(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken})
	opened := g.page(t, g.logIn(t))
	v := g.ticket(t, opened)
	r := get("/socket.io/?EIO=4&transport=polling&ticket=" + v)
	gr, refusal := g.Admit(r, guard.Open)
	if refusal != nil || gr.Principal != opened.Principal || gr.Login != opened.Login || gr.CSRF != "" {
		t.Fatalf("first use: %+v, %+v", gr, refusal)
	}
	want(t, "second use", g.admit(r, guard.Open), 401)
	want(t, "repeated in the session", g.admit(r, guard.Continue), 200)

	if s := guard.RedactURL(r.URL); s != "/socket.io/?EIO=4&transport=polling" {
		t.Errorf("logged as %s", s)
	}
	q := r.URL.Query()
	g.StripSecrets(q)
	if q.Has("ticket") || !q.Has("EIO") {
		t.Errorf("handlers see %v", q)
	}
	w := httptest.NewRecorder()
	guard.Headers(w, false)
	if p := w.Header().Get("Referrer-Policy"); p != "no-referrer" {
		t.Errorf("Referrer-Policy %q", p)
	}

	late := g.ticket(t, opened)
	g.clock.add(guard.TicketLifetime - time.Nanosecond)
	want(t, "in the last moment", g.admit(get("/?ticket="+late), guard.Open), 200)
	late = g.ticket(t, opened)
	g.clock.add(guard.TicketLifetime)
	want(t, "too late", g.admit(get("/?ticket="+late), guard.Open), 401)
	twice := g.ticket(t, opened)
	want(t, "sent twice", g.admit(get("/?ticket="+twice+"&ticket="+twice), guard.Open), 401)
}

// Guacamole's cookie lacked Secure.
func TestCVE2018_1340CookieAttributes(t *testing.T) {
	proxy := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	for _, c := range []struct {
		name   string
		config guard.Config
		header []string
		prefix string
		secure bool
	}{
		{"plain", guard.Config{}, nil, "everwire=", false},
		{"forged TLS", guard.Config{}, []string{"X-Forwarded-Proto", "https"}, "everwire=", false},
		{"TLS at a proxy", guard.Config{TrustedProxies: proxy}, []string{"X-Forwarded-Proto", "https"}, "__Host-everwire=", true},
	} {
		c.config.Token = testToken
		g := newRig(t, c.config)
		resp := serve(g.LoginHandler(), post("/login", url.Values{"token": {testToken}}, c.header...))
		line := resp.Header.Get("Set-Cookie")
		attrs := strings.Split(line, "; ")
		if !strings.HasPrefix(line, c.prefix) || len(attrs[0]) != len(c.prefix)+43 {
			t.Errorf("%s: Set-Cookie begins %.20q", c.name, line)
		}
		expect := []string{"Path=/", "HttpOnly", "SameSite=Strict"}
		if c.secure {
			expect = []string{"Path=/", "HttpOnly", "Secure", "SameSite=Strict"}
		}
		if !slices.Equal(attrs[1:], expect) {
			t.Errorf("%s: attributes %q, want %q", c.name, attrs[1:], expect)
		}
		if hsts := resp.Header.Get("Strict-Transport-Security") != ""; hsts != c.secure {
			t.Errorf("%s: HSTS %v", c.name, hsts)
		}
	}
}

// Servers that let tokens be guessed without limit. Whatever the way, one
// address gets ten guesses in any minute, and after that right and wrong get
// the same answer.
func TestCVE2026_31903GuessesAreLimited(t *testing.T) {
	ways := map[string]func(g *rig, token string) int{
		"login": func(g *rig, token string) int {
			return serve(g.LoginHandler(), post("/login", url.Values{"token": {token}})).StatusCode
		},
		"bearer to open": func(g *rig, token string) int {
			return g.admit(get("/", "Authorization", "Bearer "+token), guard.Open)
		},
		"bearer to act": func(g *rig, token string) int {
			return g.admit(request("POST", "/", nil, "Authorization", "bearer  "+token), guard.Action)
		},
		"bearer for a page": func(g *rig, token string) int {
			return g.admit(get("/", "Authorization", "Bearer "+token), guard.Page)
		},
	}
	for name, try := range ways {
		g := newRig(t, guard.Config{Token: testToken})
		judged := 0
		for range 1000 { // for one minute less a bit
			if s := try(g, "guess"); s == 401 {
				judged++
			} else if s != 429 {
				t.Fatalf("%s: status %d", name, s)
			}
			g.clock.add(59 * time.Millisecond)
		}
		if judged != 10 {
			t.Errorf("%s: %d guesses were judged in a minute, want 10", name, judged)
		}
	}

	g := newRig(t, guard.Config{Token: testToken})
	cookie := g.logIn(t)
	for range 20 {
		ways["bearer to open"](g, "guess")
	}
	for way, try := range ways {
		want(t, way+" with the right token over the limit", try(g, testToken), 429)
	}
	for _, token := range []string{testToken, "guess"} {
		want(t, "established session over the limit", g.admit(get("/", "Authorization", "Bearer "+token), guard.Continue), 200)
	}
	want(t, "cookie over the limit", g.admit(get("/", "Cookie", cookie), guard.Page), 200)
	elsewhere := get("/", "Authorization", "Bearer "+testToken)
	elsewhere.RemoteAddr = "198.51.100.1:1"
	want(t, "other address", g.admit(elsewhere, guard.Open), 200)
	g.clock.add(time.Minute)
	want(t, "a minute later", ways["bearer to open"](g, testToken), 200)
}

// ws and others needed more than linear time for long headers.
func TestCVE2024_37890ManyAndLongFields(t *testing.T) {
	g := newRig(t, guard.Config{
		Token: testToken, Origins: []string{"https://app.example"},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")},
	})
	const size = 1 << 20
	long := map[string]string{
		"Origin":                         "http://" + strings.Repeat("a.", size/2),
		"Sec-Websocket-Origin":           strings.Repeat(",", size),
		"Authorization":                  "Bearer " + strings.Repeat(" ", size),
		"Cookie":                         strings.Repeat("everwire=a;", size/11),
		"Sec-Fetch-Site":                 strings.Repeat("same-origin,", size/12),
		"X-Everwire-Csrf":                strings.Repeat("a", size),
		"X-Forwarded-For":                strings.Repeat("192.0.2.1,", size/10),
		"X-Forwarded-Proto":              strings.Repeat("https,", size/6),
		"X-Forwarded-Host":               strings.Repeat("a.", size/2),
		"Access-Control-Request-Headers": strings.Repeat("a,", size/2),
	}
	for name, value := range long {
		for _, method := range []string{"GET", "OPTIONS"} {
			r := request(method, "/", nil)
			r.Header[name] = []string{value}
			start := time.Now()
			if w := httptest.NewRecorder(); !g.Preflight(w, r) {
				g.Admit(r, guard.Open)
			}
			if d := time.Since(start); d > 20*time.Second { // with quadratic time, hours
				t.Errorf("%s with 1 MB in %s took %v", method, name, d)
			}
		}
	}
	r := get("/?" + strings.Repeat("ticket=a&", 2000))
	for range 2000 {
		r.Header.Add("Origin", testOrigin)
	}
	want(t, "2,000 Origins", g.admit(r, guard.Open), 403)
}

// gin, NATS and others believed X-Forwarded-For and identity fields of anyone.
func TestCVE2020_28483ForwardedFieldsOfStrangers(t *testing.T) {
	g := newRig(t, guard.Config{
		Token: testToken, LoginsPerMinute: 1,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
	})
	forged := []string{"X-Forwarded-For", "127.0.0.1", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "evil.example",
		"X-Remote-User", "root", "Forwarded", "for=127.0.0.1", "X-Real-IP", "127.0.0.1", "Remote-User", "root", "X-Webauth-Remote-User", "root"}
	gr, refusal := g.Admit(get("/", forged...), guard.Public)
	if refusal != nil || gr.RemoteAddr != "192.0.2.1:4711" || gr.Secure || gr.Host != testHost || gr.Principal != "" {
		t.Errorf("a stranger's fields: %+v %+v", gr, refusal)
	}
	for i, ip := range []string{"198.51.100.1", "198.51.100.2"} {
		r := get("/", "X-Forwarded-For", ip, "Authorization", "Bearer guess")
		want(t, "limit by "+ip, g.admit(r, guard.Open), []int{401, 429}[i])
	}
	r := get("/", forged...)
	r.Header.Set("User-Agent", "x")
	g.StripForwarded(r)
	if len(r.Header) != 1 {
		t.Errorf("left of a stranger's header: %v", r.Header)
	}
	r = get("/", forged...)
	r.RemoteAddr = "10.1.2.3:80"
	g.StripForwarded(r)
	if r.Header.Get("X-Forwarded-For") == "" {
		t.Error("a proxy's fields were stripped")
	}
	guard.Direct(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		gr, refusal := g.Admit(r, guard.Public)
		if refusal != nil || gr.RemoteAddr != "10.1.2.3:80" || gr.Secure || gr.Host != testHost || len(r.Header) != 0 {
			t.Errorf("where no proxy speaks: %+v %+v, header %v", gr, refusal, r.Header)
		}
	})).ServeHTTP(httptest.NewRecorder(), r)
}

// Control characters in what a client sends must not reach a log.
func TestLogTextHasNoControls(t *testing.T) {
	hostile := "a\r\n{\"level\":\"ERROR\"}\x1b[2J\x00\x7f\u009b31m\u0085\u2028\u2029\xff\xc2 z"
	u := &url.URL{Path: "/p" + hostile, RawPath: "", RawQuery: "x=" + hostile}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("refused", "origin", guard.LogText(hostile), "url", guard.RedactURL(u))
	var line map[string]string
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{log.String()[:log.Len()-1], line["origin"], line["url"]} {
		for _, r := range v {
			if r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 {
				t.Errorf("%U in %q", r, v)
			}
		}
	}
	if o := line["origin"]; !strings.HasPrefix(o, "a") || !strings.HasSuffix(o, " z") || !strings.Contains(o, "[2J") {
		t.Errorf("origin %q lost more than its controls", o)
	}
}

func TestRefusalsEchoNothing(t *testing.T) {
	const mark = "zebra"
	g := newRig(t, guard.Config{Token: testToken})
	for _, k := range []guard.Kind{guard.Open, guard.Continue, guard.Page, guard.Action, guard.Login} {
		for _, r := range []*http.Request{
			get("/"+mark, "Origin", "http://"+mark), get("/?ticket="+mark, "User-Agent", mark),
			get("/", "Authorization", "Bearer "+mark), get("/", "Cookie", "everwire="+mark, "Sec-Fetch-Site", mark),
		} {
			_, refusal := g.Admit(r, k)
			if refusal != nil && (refusal.Message == "" || strings.Contains(refusal.Message, mark) || strings.Contains(refusal.Message, testToken)) {
				t.Errorf("%s: message %q", k, refusal.Message)
			}
		}
	}
}
