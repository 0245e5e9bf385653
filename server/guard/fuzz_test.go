package guard_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/server/guard"
)

// A Host that is accepted has one canonical form, and no byte in it can end a
// header line or mean something in a URL.
func FuzzHost(f *testing.F) {
	for _, s := range []string{"localhost", "LOCALHOST:8080", "127.0.0.1:80", "[::1]", "[::1]:8080", "[fe80::1%eth0]:1",
		"a.b.", "a..b", "a:0", "a:65536", "[::", "[]:1", "u@h", "h/p", "\x00", "a_b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h, ok := guard.ParseHost(s)
		if !ok {
			return
		}
		if again, ok := guard.ParseHost(h); !ok || again != h {
			t.Errorf("%q becomes %q becomes %q", s, h, again)
		}
		if strings.ContainsAny(h, "/\\@?#%, \t\r\n\x00") || strings.ToLower(h) != h {
			t.Errorf("%q became %q", s, h)
		}
		u, err := url.Parse("http://" + h + "/")
		if err != nil || u.Host != h {
			t.Errorf("%q as a URL: %v %v", h, u, err)
		}
	})
}

// An Origin gets in only if it is the own one or listed, whatever stands in
// the other fields.
func FuzzOrigin(f *testing.F) {
	for _, s := range []string{"", "null", testOrigin, "https://app.example", "https://app.example:443", "*",
		"HTTP://everwire.test:8080", testOrigin + "/", "http://everwire.test:8080.evil", "chrome-extension://abc"} {
		f.Add(s, "", "same-origin")
		f.Add(testOrigin, s, "none")
	}
	g := newRig(f, guard.Config{Origins: []string{"https://app.example"}, SessionsPerSecond: -1})
	f.Fuzz(func(t *testing.T, origin, old, fetch string) {
		r := get("/")
		r.Header["Origin"] = []string{origin}
		if old != "" {
			r.Header["Sec-Websocket-Origin"] = []string{old}
		}
		r.Header["Sec-Fetch-Site"] = []string{fetch}
		allowed := (origin == testOrigin || origin == "https://app.example") && (old == "" || old == origin)
		if got := g.admit(r, guard.Open); (got == 200) != allowed {
			t.Errorf("Origin %q, Sec-WebSocket-Origin %q: status %d", origin, old, got)
		}
		w := httptest.NewRecorder()
		g.CORS(w, r)
		if h := w.Header().Get("Access-Control-Allow-Origin"); h != "" && h != "https://app.example" {
			t.Errorf("Access-Control-Allow-Origin %q", h)
		}
		if o, err := guard.ParseOrigin(origin); err == nil {
			if again, err := guard.ParseOrigin(o); err != nil || again != o {
				t.Errorf("%q becomes %q becomes %q", origin, o, again)
			}
		}
	})
}

// What the client wrote left of the first hop that is no proxy has no effect.
func FuzzForwarded(f *testing.F) {
	for _, s := range []string{"", "192.0.2.1", "unknown", "192.0.2.1, 10.0.0.1", "[::1]:80", "::1%lo", ",,", "10.0.0.1"} {
		f.Add(s, "https", "public.example")
	}
	g := newRig(f, guard.Config{Hosts: []string{}, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	peer := netip.MustParseAddrPort("10.0.0.1:80")
	f.Fuzz(func(t *testing.T, list, proto, host string) {
		a := g.Client(peer, []string{list})
		if !a.IsValid() || a.Addr().Zone() != "" || a.Addr().Is4In6() {
			t.Errorf("%q: %v", list, a)
		}
		if b := g.Client(peer, []string{list, "192.0.2.9, 10.0.0.2"}); b != netip.MustParseAddrPort("192.0.2.9:0") {
			t.Errorf("%q before the proxies' own words: %v", list, b)
		}
		r := get("/", "X-Forwarded-For", list, "X-Forwarded-Proto", proto, "X-Forwarded-Host", host)
		r.RemoteAddr = peer.String()
		gr, refusal := g.Admit(r, guard.Public)
		if refusal != nil || gr.RemoteAddr != a.String() {
			t.Errorf("%+v %+v", gr, refusal)
		}
		stranger := get("/", "X-Forwarded-For", list, "X-Forwarded-Proto", proto, "X-Forwarded-Host", host)
		if gr, refusal := g.Admit(stranger, guard.Public); refusal != nil || gr.RemoteAddr != "192.0.2.1:4711" || gr.Secure || gr.Host != testHost {
			t.Errorf("a stranger's: %+v %+v", gr, refusal)
		}
	})
}

// No ticket that the guard would redeem is logged, and what is logged is
// visible ASCII.
func FuzzRedactURL(f *testing.F) {
	for _, s := range []string{"", "ticket=S", "a=1&ticket=S", "%74icket=S", "a=1;ticket=S", "ticket", "%zz=1", "a&&b", "TICKET=S", "%74icket#0"} {
		f.Add("/p", s)
	}
	f.Fuzz(func(t *testing.T, path, query string) {
		const secret = "Wx7secretWx7"
		u := &url.URL{Path: path, RawQuery: strings.ReplaceAll(query, "S", secret)}
		logged := guard.RedactURL(u)
		for i := range len(logged) {
			if logged[i] <= ' ' || logged[i] > '~' {
				t.Fatalf("%q", logged)
			}
		}
		for _, name := range []string{"ticket", "token", "csrf", "sid"} {
			if strings.Contains(u.Query().Get(name), secret) && u.Query().Encode() == name+"="+secret && strings.Contains(logged, secret) {
				t.Errorf("%q is logged as %q", u.RawQuery, logged)
			}
		}
		after, err := url.Parse(logged)
		if err != nil {
			return // cut within an escape, or a path that is none
		}
		for name := range after.Query() {
			if n := strings.ToLower(name); n == "ticket" || n == "token" || n == "csrf" || n == "sid" {
				t.Errorf("%q is left in %q", name, logged)
			}
		}
	})
}

// Admit never panics, and nobody gets in who knows no secret.
func FuzzAdmit(f *testing.F) {
	f.Add("GET", "ticket=x", "Cookie", "everwire=x", "Authorization", "Bearer x", uint8(0))
	f.Add("POST", "csrf=x", "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin", uint8(3))
	g := newRig(f, guard.Config{Token: testToken, LoginsPerMinute: -1, SessionsPerSecond: -1})
	f.Fuzz(func(t *testing.T, method, query, n1, v1, n2, v2 string, kind uint8) {
		if strings.Contains(v1+v2, testToken) {
			return
		}
		r := get("/")
		r.Method, r.URL.RawQuery = method, query
		r.Header[http.CanonicalHeaderKey(n1)] = []string{v1}
		r.Header[http.CanonicalHeaderKey(n2)] = []string{v2}
		k := guard.Kind(kind % 8)
		gr, refusal := g.Admit(r, k)
		if gr.Principal != "" || refusal == nil && k != guard.Public && k != guard.Login && k != guard.Continue {
			t.Errorf("%s let in: %+v", k, gr)
		}
	})
}

// FuzzNext: a login leads to a page of this server, whatever it was asked for,
// and hands no secret on.
func FuzzNext(f *testing.F) {
	for _, s := range []string{
		"", "/", "/shell", "/shell?room=1", "/?a=1&b=2", "//evil.example", `/\evil.example`, "/shell?x=https://evil.example", "https://evil.example/",
		"/shell/../../x", "/shell?ticket=1", "/shell?%74icket=1", "/shell?a;sid=1", "/shell#x", "/shell?a\r\nSet-Cookie: x", "/shell?\u00e9", "/shell?%zz",
	} {
		f.Add(s)
	}
	pages := []string{"/", "/shell", "/chat"}
	g := newRig(f, guard.Config{Token: testToken, Pages: pages})
	here := &url.URL{Scheme: "https", Host: "desk.example", Path: "/login"}
	f.Fuzz(func(t *testing.T, want string) {
		got := g.Next(want)
		to, err := here.Parse(got)
		if err != nil || to.Scheme != here.Scheme || to.Host != here.Host || to.User != nil || to.Fragment != "" || !slices.Contains(pages, to.Path) {
			t.Fatalf("%q leads to %q", want, got)
		}
		if got != want && got != pages[0] && !strings.HasPrefix(want, got+"?") {
			t.Errorf("%q leads to %q", want, got)
		}
		for i := range len(got) {
			if got[i] <= ' ' || got[i] > '~' || got[i] == '\\' {
				t.Fatalf("%q leads to %q", want, got)
			}
		}
		for name := range to.Query() {
			if n := strings.ToLower(strings.TrimSpace(name)); n == "ticket" || n == "token" || n == "csrf" || n == "sid" {
				t.Errorf("%q hands on %q", want, name)
			}
		}
	})
}
