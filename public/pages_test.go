package public_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/public"
)

var everything = []string{"shell", "chat", "echo"}

// hostile is text that would break out of any context without escaping.
const hostile = `"'><script>evil()</script><img src=x onerror=evil()>&{{.CSRF}}`

func hostileData() public.Data {
	return public.Data{
		Title: hostile, CSRF: hostile, Version: hostile, Principal: hostile,
		Handlers: append([]string{hostile}, everything...),
		Next:     "/" + hostile, Message: hostile, Remedy: hostile,
		Name: hostile, Room: hostile, Echo: hostile,
		Lines: []public.Line{
			{Kind: "say", Name: hostile, Text: hostile},
			{Kind: "join", Name: hostile},
			{Kind: "leave", Name: hostile},
			{Kind: hostile, Name: hostile, Text: hostile},
		},
	}
}

var (
	tag       = regexp.MustCompile(`<[a-zA-Z][^>]*>`)
	value     = regexp.MustCompile(`"[^"]*"`)
	handler   = regexp.MustCompile(`(?i)\son[a-z]+\s*=`)
	styled    = regexp.MustCompile(`(?i)\sstyle\s*=`)
	reference = regexp.MustCompile(`(?i)\s(?:src|href|action)="([^"]*)"`)
)

// checkMarkup reports what the Content-Security-Policy would block, and what
// leads to another host.
func checkMarkup(t *testing.T, what, body string) {
	t.Helper()
	for _, m := range tag.FindAllString(body, -1) {
		lower, names := strings.ToLower(m), value.ReplaceAllString(m, `""`)
		switch {
		case strings.HasPrefix(lower, "<script") && !strings.Contains(lower, ` src="/assets/`):
			t.Errorf("%s: inline script: %s", what, m)
		case strings.HasPrefix(lower, "<style"), strings.HasPrefix(lower, "<base"):
			t.Errorf("%s: %s", what, m)
		case styled.MatchString(names):
			t.Errorf("%s: inline style: %s", what, m)
		case handler.MatchString(names):
			t.Errorf("%s: inline event handler: %s", what, m)
		}
		for _, ref := range reference.FindAllStringSubmatch(m, -1) {
			local := strings.HasPrefix(ref[1], "/") && !strings.HasPrefix(ref[1], "//")
			if !local && !strings.HasPrefix(ref[1], "#") {
				t.Errorf("%s: leads elsewhere: %s", what, m)
			}
		}
	}
}

func TestPagesEscapeAllData(t *testing.T) {
	for _, bundled := range []bool{true, false} {
		site := newSite(t, bundled)
		for _, page := range public.PageNames {
			body := render(t, site, "/", page, hostileData()).Body.String()
			if !strings.Contains(body, "evil()") {
				t.Errorf("page %s: the test's data is not on it", page)
			}
			if strings.Contains(body, "<script>evil") || strings.Contains(body, "<img src=x") {
				t.Errorf("page %s: text of the caller became markup", page)
			}
			checkMarkup(t, page, body)
		}
	}
}

func TestPagesHaveNoInlineCode(t *testing.T) {
	site := newSite(t, true)
	for _, page := range public.PageNames {
		checkMarkup(t, page, render(t, site, "/", page, public.Data{Handlers: everything}).Body.String())
	}
}

func TestLiteHasNoScript(t *testing.T) {
	body := render(t, newSite(t, true), "/lite", "lite", public.Data{Handlers: everything}).Body.String()
	if strings.Contains(strings.ToLower(body), "<script") {
		t.Error("the page for browsers without script has a script")
	}
}

func TestPagesAreNeverBlank(t *testing.T) {
	for _, page := range []string{"landing", "shell", "chat"} {
		with := render(t, newSite(t, true), "/", page, public.Data{Handlers: everything}).Body.String()
		_, noscript, _ := strings.Cut(with, "<noscript>")
		noscript, _, _ = strings.Cut(noscript, "</noscript>")
		if !strings.Contains(noscript, `href="/lite"`) {
			t.Errorf("page %s: nothing for browsers with script off", page)
		}
		if !strings.Contains(with, "<script nomodule src=") {
			t.Errorf("page %s: nothing for browsers without modules", page)
		}
		without := render(t, newSite(t, false), "/", page, public.Data{Handlers: everything}).Body.String()
		_, said, found := strings.Cut(without, `id="unbundled"`)
		said, _, _ = strings.Cut(said, "</p>")
		if !found || !strings.Contains(said, "make run") || !strings.Contains(said, `href="/lite"`) {
			t.Errorf("page %s: does not say what is missing and what brings it", page)
		}
		if strings.Contains(with, `id="unbundled"`) {
			t.Errorf("page %s: says that something is missing when nothing is", page)
		}
	}
}

func TestPagesLinkOnlyToWhatRuns(t *testing.T) {
	site := newSite(t, true)
	for _, page := range []string{"landing", "chat", "lite"} {
		body := render(t, site, "/", page, public.Data{Handlers: []string{"chat"}}).Body.String()
		if !strings.Contains(body, `href="/chat"`) {
			t.Errorf("page %s: no link to the chat", page)
		}
		if strings.Contains(body, `href="/shell"`) {
			t.Errorf("page %s: a link to a shell that does not run", page)
		}
	}
}

func TestPageShowsItsData(t *testing.T) {
	at := time.Date(2026, 3, 4, 15, 6, 7, 0, time.UTC)
	d := public.Data{
		CSRF: "proof", Version: "1.2.3", Principal: "ada", Handlers: everything,
		Title: "Not here", Message: "There is no such page.", Remedy: "Start at the first.",
		Name: "Ada", Room: "tea", Echo: "come back",
		Lines: []public.Line{{At: at, Kind: "join", Name: "Bob"}, {At: at, Kind: "say", Name: "Bob", Text: "hello"}},
	}
	for page, want := range map[string][]string{
		"landing": {`<meta name="everwire-csrf" content="proof">`, "1.2.3", "signed in as ada"},
		"error":   {"Not here", "There is no such page.", "Start at the first.", "<title>Not here · Everwire</title>"},
		"login":   {"There is no such page.", `action="/login"`, `name="token"`, `name="next" value="/where?q=1"`},
		"lite": {`name="csrf" value="proof"`, `action="/lite/echo"`, `action="/lite/chat"`, `value="Ada"`, `value="tea"`,
			"come back", "Bob joined", "hello", `datetime="2026-03-04T15:06:07Z"`, "15:06"},
		"chat":  {`data-handlers="shell chat echo "`},
		"shell": {`id="terminal"`},
	} {
		body := render(t, newSite(t, true), "/where?q=1", page, d).Body.String()
		for _, s := range want {
			if !strings.Contains(body, s) {
				t.Errorf("page %s does not contain %q", page, s)
			}
		}
	}
}

func TestWhoIsSignedInCanSignOut(t *testing.T) {
	site := newSite(t, true)
	form := regexp.MustCompile(`(?s)<form method="post" action="/logout">.*?</form>`)
	for _, page := range []string{"landing", "lite"} {
		body := render(t, site, "/", page, public.Data{Principal: "ada", CSRF: "proof", Handlers: everything}).Body.String()
		got := form.FindString(body)
		for _, want := range []string{"signed in as ada", `name="csrf" value="proof"`, ">Sign out</button>"} {
			if !strings.Contains(got, want) {
				t.Errorf("page %s: the form %q does not contain %q", page, got, want)
			}
		}
		body = render(t, site, "/", page, public.Data{CSRF: "proof", Handlers: everything}).Body.String()
		if strings.Contains(body, "/logout") || strings.Contains(body, "Sign out") {
			t.Errorf("page %s: nobody is signed in and can sign out", page)
		}
	}
}

func TestPageStatus(t *testing.T) {
	site := newSite(t, true)
	for _, c := range []struct {
		page         string
		status, want int
	}{
		{"landing", 0, 200},
		{"login", 401, 401},
		{"error", 421, 421},
		{"nothing", 0, 500},
		{"../login", 0, 500},
	} {
		if w := render(t, site, "/", c.page, public.Data{Status: c.status}); w.Code != c.want {
			t.Errorf("page %q, status %d: %d, want %d", c.page, c.status, w.Code, c.want)
		}
	}
}

func TestLoginReturnsToAPathOfThisServer(t *testing.T) {
	site := newSite(t, true)
	for _, c := range []struct{ method, target, next, want string }{
		{"GET", "/chat?room=tea", "", "/chat?room=tea"},
		{"GET", "/login", "", "/"},
		{"GET", "/login?next=%2F", "", "/"},
		{"POST", "/login", "", "/"},
		{"POST", "/login", "/shell", "/shell"},
		{"POST", "/login", "https://evil.example/", "/"},
		{"POST", "/login", "//evil.example/", "/"},
		{"POST", "/login", `/\evil.example/`, "/"},
		{"POST", "/login", "/\t/evil.example/", "/"},
		{"POST", "/login", "javascript:alert(1)", "/"},
		{"GET", "//evil.example/", "", "/"},
	} {
		r := httptest.NewRequest(c.method, "/", nil)
		r.URL.Path, r.URL.RawQuery, _ = strings.Cut(c.target, "?")
		w := httptest.NewRecorder()
		site.Page(w, r, "login", public.Data{Next: c.next})
		if want := `name="next" value="` + c.want + `"`; !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s %s, next %q: the form does not contain %s", c.method, c.target, c.next, want)
		}
	}
}

func TestLiteReloadsOnlyWhenAsked(t *testing.T) {
	site := newSite(t, true)
	for target, want := range map[string]string{
		"/lite":              "",
		"/lite?refresh=10":   `http-equiv="refresh" content="10"`,
		"/lite?refresh=0":    "",
		"/lite?refresh=4":    "",
		"/lite?refresh=301":  "",
		"/lite?refresh=-10":  "",
		"/lite?refresh=10;x": "",
	} {
		body := render(t, site, target, "lite", public.Data{Handlers: everything}).Body.String()
		if want == "" && strings.Contains(body, "http-equiv") || !strings.Contains(body, want) {
			t.Errorf("%s: want %q", target, want)
		}
	}
}

func TestEmbeddedPagesRender(t *testing.T) {
	for _, page := range public.PageNames {
		w := httptest.NewRecorder()
		public.Page(w, httptest.NewRequest("GET", "/", nil), page, public.Data{Handlers: everything})
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "</html>") {
			t.Errorf("page %s: status %d, %d bytes", page, w.Code, w.Body.Len())
		}
	}
}
