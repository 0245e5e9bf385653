package cli_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/everwire/everwire/cli"
	"github.com/everwire/everwire/handlers/chat"
	"github.com/everwire/everwire/public"
	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
)

const liteToken = "a-token-for-the-tests-of-lite"

// browser is a client without script that has logged in. It sends no Origin
// unless told to, as old browsers do, and follows no redirect by itself.
type browser struct {
	*http.Client
	t    *testing.T
	base string
	csrf string
	chat *chat.Chat
}

// newLite starts a server with /lite for the named handlers and logs in.
func newLite(t *testing.T, handlers ...string) *browser {
	t.Helper()
	srv := server.New(server.Options{Guard: guard.Config{Token: liteToken}})
	b := &browser{Client: &http.Client{}, t: t}
	data := func(*http.Request) public.Data { return public.Data{Handlers: handlers} }
	if strings.Contains(strings.Join(handlers, " "), "chat") {
		b.chat = chat.New(chat.Config{})
	}
	cli.MountLite(srv, b.chat, data)
	ts := httptest.NewServer(srv)
	t.Cleanup(func() {
		ts.Close()
		srv.Shutdown(context.Background())
	})
	b.base = ts.URL
	b.Jar, _ = cookiejar.New(nil)
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	b.login()
	return b
}

func (b *browser) login() {
	b.t.Helper()
	if status, _, _ := b.post("/login", url.Values{"token": {liteToken}}, "Origin", b.base); status != http.StatusSeeOther {
		b.t.Fatalf("login: %d", status)
	}
	_, _, body := b.get("/lite")
	found := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(body)
	if found == nil {
		return // no form
	}
	b.csrf = found[1]
}

func (b *browser) send(method, path, body string, header ...string) (status int, location, text string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := b.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Location"), string(all)
}

func (b *browser) get(path string, header ...string) (status int, location, text string) {
	b.t.Helper()
	return b.send("GET", path, "", header...)
}

func (b *browser) post(path string, form url.Values, header ...string) (status int, location, text string) {
	b.t.Helper()
	return b.send("POST", path, form.Encode(), header...)
}

// fill posts a form as the page's own.
func (b *browser) fill(path string, fields ...string) (status int, location, text string) {
	b.t.Helper()
	form := url.Values{"csrf": {b.csrf}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.post(path, form)
}

func TestLiteEchoes(t *testing.T) {
	b := newLite(t, "echo", "chat")
	status, _, body := b.fill("/lite/echo", "text", "<script>ü & ü</script>")
	if status != 200 || !strings.Contains(body, `>&lt;script&gt;ü &amp; ü&lt;/script&gt;<`) {
		t.Errorf("%d\n%s", status, body)
	}
	if _, _, body := b.fill("/lite/echo", "text", "\xff"); !strings.Contains(body, ">\ufffd<") {
		t.Error("bytes that are not UTF-8 came back as they were")
	}
}

func TestLiteTalks(t *testing.T) {
	b := newLite(t, "echo", "chat")
	if _, _, body := b.get("/lite"); !strings.Contains(body, "Chat in lobby") {
		t.Errorf("no room by default:\n%s", body)
	}
	room, name := "tea & cake?", `Zoë "#/\`
	status, location, _ := b.fill("/lite/chat", "room", room, "name", " "+name+" ", "text", "one <b>\r\ntwo")
	u, err := url.Parse(location)
	if err != nil || status != 303 || u.Path != "/lite" || u.Host != "" || u.Fragment != "" || !strings.HasPrefix(location, "/lite?") {
		t.Fatalf("%d to %q", status, location)
	}
	if q := u.Query(); len(q) != 2 || q.Get("room") != room || q.Get("name") != name {
		t.Errorf("query is %v", q)
	}
	lines := b.chat.Lines(room)
	if len(lines) != 1 || lines[0].Name != name || lines[0].Text != "one <b>\ntwo" {
		t.Errorf("the room has %+v", lines)
	}
	_, _, body := b.get(location)
	for _, want := range []string{"Chat in tea &amp; cake?", "one &lt;b&gt;\ntwo", `value="Zoë &#34;#/\"`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
	if _, _, body := b.get("/lite?room=other"); strings.Contains(body, "one &lt;b&gt;") {
		t.Error("the other room has the line")
	}
}

func TestLiteWithoutTextOnlyGoesToTheRoom(t *testing.T) {
	b := newLite(t, "chat")
	status, location, _ := b.fill("/lite/chat", "room", "tea", "name", "ann", "text", " ")
	if status != 303 || location != "/lite?name=ann&room=tea" || len(b.chat.Lines("tea")) != 0 {
		t.Errorf("%d to %q, lines %v", status, location, b.chat.Lines("tea"))
	}
}

func TestLiteSaysWhatIsWrong(t *testing.T) {
	b := newLite(t, "echo", "chat")
	large := strings.Repeat("x", 64<<10)
	for _, tt := range []struct {
		name, method, path, body string
		status                   int
		words                    string
	}{
		{"no name", "POST", "/lite/chat", "room=tea&text=hi", 400, "The name is missing."},
		{"bad room", "POST", "/lite/chat", "room=a%0d%0ab&name=ann&text=hi", 400, "The room contains a character"},
		{"long text", "POST", "/lite/chat", "room=tea&name=ann&text=" + strings.Repeat("x", 2001), 400, "longer than 2000 characters"},
		{"large chat form", "POST", "/lite/chat", "room=tea&name=ann&text=" + large, 413, "larger than 64 KB"},
		{"large echo form", "POST", "/lite/echo", "text=" + large, 413, "larger than 64 KB"},
		{"broken form", "POST", "/lite/chat", "text=%zz", 400, "cannot be read"},
		{"no form", "POST", "/lite/echo", "", 415, "x-www-form-urlencoded"},
		{"GET", "GET", "/lite/echo", "", 405, "Open /lite"},
	} {
		status, _, body := b.send(tt.method, tt.path, tt.body, "Origin", b.base)
		if status != tt.status || !strings.Contains(body, tt.words) || !strings.Contains(body, "<html") {
			t.Errorf("%s: %d\n%s", tt.name, status, body)
		}
	}
	if lines := b.chat.Lines("tea"); len(lines) != 0 {
		t.Errorf("posted: %v", lines)
	}
}

func TestLiteIsForThisServersPagesOnly(t *testing.T) {
	b := newLite(t, "echo", "chat")
	form := url.Values{"room": {"tea"}, "name": {"eve"}, "text": {"hi"}}
	for name, header := range map[string][]string{
		"no proof":       nil,
		"foreign origin": {"Origin", "http://evil.example"},
		"cross-site":     {"Sec-Fetch-Site", "cross-site"},
	} {
		if status, _, _ := b.post("/lite/chat", form, header...); status != 403 {
			t.Errorf("%s: %d", name, status)
		}
	}
	b.Jar, _ = cookiejar.New(nil)
	for _, path := range []string{"/lite/chat", "/lite/echo"} {
		if status, _, _ := b.fill(path, "room", "tea", "name", "eve", "text", "hi"); status != 401 {
			t.Errorf("%s without a login: %d", path, status)
		}
	}
	if status, _, _ := b.get("/lite"); status != 401 {
		t.Errorf("/lite without a login: %d", status)
	}
	if lines := b.chat.Lines("tea"); len(lines) != 0 {
		t.Errorf("posted: %v", lines)
	}
}

func TestLiteWithHandlersSwitchedOff(t *testing.T) {
	b := newLite(t)
	if status, _, _ := b.get("/lite?room=tea"); status != 200 {
		t.Errorf("/lite: %d", status)
	}
	for _, path := range []string{"/lite/chat", "/lite/echo"} {
		status, _, body := b.post(path, url.Values{"room": {"r"}, "name": {"n"}, "text": {"hi"}}, "Origin", b.base)
		if status != 404 || !strings.Contains(body, "switched off") {
			t.Errorf("%s: %d\n%s", path, status, body)
		}
	}
}
