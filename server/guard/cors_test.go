package guard_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/everwire/everwire/server/guard"
)

func TestCORSOfAConfiguredOrigin(t *testing.T) {
	g := newRig(t, guard.Config{Token: testToken, Origins: []string{"https://app.example"}})
	for name, r := range map[string]*http.Request{
		"granted": post("/tickets", nil, "Origin", "https://app.example", "Authorization", "Bearer "+testToken),
		"refused": post("/tickets", nil, "Origin", "https://app.example"),
	} {
		resp := serve(g.TicketHandler(), r)
		if h := resp.Header; h.Get("Access-Control-Allow-Origin") != "https://app.example" ||
			h.Get("Access-Control-Allow-Credentials") != "true" || h.Get("Vary") != "Origin" {
			t.Errorf("%s: %d %v", name, resp.StatusCode, h)
		}
	}
	resp := serve(g.TicketHandler(), post("/tickets", nil, "Origin", "https://evil.example"))
	if h := resp.Header; resp.StatusCode != 403 || h.Get("Access-Control-Allow-Origin") != "" || h.Get("Vary") != "Origin" {
		t.Errorf("foreign: %d %v", resp.StatusCode, h)
	}
}

func TestCORSOfAnyOriginHasNoCredentials(t *testing.T) {
	g := newRig(t, guard.Config{AnyOrigin: true})
	w := httptest.NewRecorder()
	g.CORS(w, get("/", "Origin", "https://anywhere.example"))
	if h := w.Header(); h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%v", h)
	}
}

func TestPreflight(t *testing.T) {
	anyOrigin := guard.Config{AnyOrigin: true}
	listed := guard.Config{Token: testToken, Origins: []string{"https://app.example"}}
	for _, c := range []struct {
		name          string
		config        guard.Config
		header        []string
		status        int
		origin, names string
	}{
		{"listed", listed, []string{"Origin", "https://app.example", "Access-Control-Request-Headers", "content-type,x-a"}, 204, "https://app.example", "content-type, x-a"},
		{"listed, cross-site", listed, []string{"Origin", "https://app.example", "Sec-Fetch-Site", "cross-site"}, 204, "https://app.example", ""},
		{"foreign", listed, []string{"Origin", "https://evil.example"}, 403, "", ""},
		{"null", listed, []string{"Origin", "null", "Sec-Fetch-Site", "same-origin"}, 403, "", ""},
		{"two", listed, []string{"Origin", "https://app.example", "Origin", "https://app.example"}, 403, "", ""},
		{"own", listed, []string{"Origin", testOrigin}, 204, "", ""},
		{"none", listed, nil, 204, "", ""},
		{"any", anyOrigin, []string{"Origin", "https://evil.example", "Access-Control-Request-Headers", "X-A"}, 204, "*", "X-A"},
		{"injected", listed, []string{"Origin", "https://app.example", "Access-Control-Request-Headers", "a\r\nSet-Cookie: x"}, 204, "https://app.example", ""},
		{"empty name", listed, []string{"Origin", "https://app.example", "Access-Control-Request-Headers", "a,,b"}, 204, "https://app.example", ""},
		{"long", listed, []string{"Origin", "https://app.example", "Access-Control-Request-Headers", strings.Repeat("a", 1025)}, 204, "https://app.example", ""},
	} {
		g := newRig(t, c.config)
		w := httptest.NewRecorder()
		if !g.Preflight(w, request("OPTIONS", "/socket.io/", nil, c.header...)) {
			t.Fatalf("%s: not answered", c.name)
		}
		h := w.Header()
		if w.Code != c.status || h.Get("Access-Control-Allow-Origin") != c.origin || h.Get("Access-Control-Allow-Headers") != c.names {
			t.Errorf("%s: %d %v", c.name, w.Code, h)
		}
		if cors := c.origin != ""; (h.Get("Access-Control-Allow-Methods") != "") != cors || (h.Get("Access-Control-Max-Age") == "600") != cors {
			t.Errorf("%s: %v", c.name, h)
		}
	}
	g := newRig(t, listed)
	if g.Preflight(httptest.NewRecorder(), get("/")) {
		t.Error("a GET was answered")
	}
	r := request("OPTIONS", "/", nil, "Origin", "https://app.example")
	r.Host = "evil.example"
	w := httptest.NewRecorder()
	if g.Preflight(w, r); w.Code != 421 || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("other host: %d %v", w.Code, w.Header())
	}
}

func TestStripSecrets(t *testing.T) {
	q := func() url.Values {
		return url.Values{"ticket": {"a"}, "Token": {"b"}, "csrf": {"c"}, "EIO": {"4"}}
	}
	with := q()
	newRig(t, guard.Config{Token: testToken}).StripSecrets(with)
	if with.Encode() != "EIO=4" {
		t.Errorf("with login: %v", with)
	}
	without := q()
	newRig(t, guard.Config{}).StripSecrets(without)
	if len(without) != 4 {
		t.Errorf("without login: %v", without)
	}
}

func TestRedactURL(t *testing.T) {
	for raw, logged := range map[string]string{
		"/":                            "/",
		"/a%20b?x=1&y":                 "/a%20b?x=1&y",
		"/?ticket=S":                   "/",
		"/?a=1&ticket=S&b=2":           "/?a=1&b=2",
		"/?TICKET=S&Csrf=S&token=S&a":  "/?a",
		"/?%74icket=S&a":               "/?a",
		"/?+ticket=S&a":                "/?a",
		"/?tick%et=S&a":                "/?a",
		"/?a=1;ticket=S&b":             "/?b",
		"/?&&a&":                       "/?a",
		"/?ticketed=1&side=2":          "/?ticketed=1&side=2",
		"/?sid=S&SID=S&%73id=S&t=x":    "/?t=x",
		"http://u:S@host/p?token=S#S":  "/p",
		"/socket.io/?EIO=4&ticket=S&t": "/socket.io/?EIO=4&t",
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := guard.RedactURL(u); got != logged {
			t.Errorf("%s: logged %s, want %s", raw, got, logged)
		}
	}
	long := &url.URL{Path: "/" + strings.Repeat("p", 5000), RawQuery: strings.Repeat("é=1&", 5000)}
	if n := len(guard.RedactURL(long)); n > 2048 {
		t.Errorf("%d bytes logged", n)
	}
	if s := guard.LogText(strings.Repeat("é", 5000)); len(s) > 2048 || !strings.HasSuffix(s, "é") {
		t.Errorf("%d bytes logged, ending in %q", len(s), s[len(s)-2:])
	}
}
