package cli_test

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/cli"
	"github.com/everwire/everwire/config"
)

func TestThePrintedTokenOpensThePages(t *testing.T) {
	p := start(t, free())
	if len(p.token) < 43 {
		t.Fatalf("the printed token %q has fewer than 256 bits", p.token)
	}
	pages := []string{"/", "/shell", "/chat", "/lite"}
	for _, path := range pages {
		if status, body := p.get(path); status != http.StatusUnauthorized || !strings.Contains(body, `name="token"`) {
			t.Errorf("%s before the login: %d, want 401 with the form", path, status)
		}
	}
	if status := p.login("wrong" + p.token); status != http.StatusUnauthorized {
		t.Errorf("wrong token: %d", status)
	}
	if status := p.login(p.token); status != http.StatusNoContent {
		t.Fatalf("login: %d", status)
	}
	for _, path := range pages {
		if status, body := p.get(path); status != http.StatusOK || strings.Contains(body, `name="token"`) {
			t.Errorf("%s after the login: %d", path, status)
		}
	}
	if err := p.shut(); err != nil {
		t.Errorf("serve: %v", err)
	}
	if strings.Contains(p.log.String(), p.token) {
		t.Error("the log has the token")
	}
}

// TestALoginWithoutAScript gets the form back, with what was wrong.
func TestALoginWithoutAScript(t *testing.T) {
	cfg := free()
	cfg.Token, cfg.Limits.LoginsPerMinute = "a-token-of-the-operators-own", 2
	p := start(t, cfg)
	try := func(token string) (int, string) {
		t.Helper()
		resp, err := p.client.PostForm(p.base+"/login", url.Values{"token": {token}, "next": {"/lite?room=tea"}})
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	status, body := try("wrong")
	for _, part := range []string{`name="token"`, "The token is wrong.", `value="/lite?room=tea"`} {
		if status != http.StatusUnauthorized || !strings.Contains(body, part) {
			t.Errorf("wrong token: %d, no %q in\n%s", status, part, body)
		}
	}
	if status, body := try(cfg.Token); status != http.StatusOK || !strings.Contains(body, "tea") {
		t.Errorf("right token: %d\n%s", status, body)
	}
	if status, body := try("wrong"); status != http.StatusTooManyRequests || !strings.Contains(body, `name="token"`) || !strings.Contains(body, "Too many login attempts.") {
		t.Errorf("too many: %d\n%s", status, body)
	}
	if status, body := p.get("/nowhere"); status != http.StatusNotFound || !strings.Contains(body, "<html") || !strings.Contains(body, "There is nothing at this address.") {
		t.Errorf("unknown path: %d\n%s", status, body)
	}
}

func TestHealthSaysWhatIsOn(t *testing.T) {
	cfg := free()
	cfg.Shell.Enabled = "off"
	p := start(t, cfg)
	status, body := p.get("/healthz")
	var rep struct {
		Status   string
		Version  string
		Handlers []string
	}
	if err := json.Unmarshal([]byte(body), &rep); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s: %v", status, body, err)
	}
	if rep.Status != "ok" || rep.Version == "" || !slices.Equal(rep.Handlers, []string{"chat", "echo"}) {
		t.Errorf("got %+v", rep)
	}
	p.login(p.token)
	if _, body := p.get("/"); strings.Contains(body, `href="/shell"`) {
		t.Error("the page links to a shell that is off")
	}
}

func TestAFixedTokenIsNotPrinted(t *testing.T) {
	cfg := free()
	cfg.Token = "a-token-of-the-operators-own"
	p := start(t, cfg)
	if p.token != "" {
		t.Errorf("printed %q", p.token)
	}
	if status := p.login(cfg.Token); status != http.StatusNoContent {
		t.Errorf("login: %d", status)
	}
}

func TestAHostNameWithAnyPort(t *testing.T) {
	cfg := free()
	cfg.Listen = "localhost:0"
	p := start(t, cfg)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(p.base, "http://"))
	p.base = "http://localhost:" + port
	if status := p.login(p.token); status != http.StatusNoContent {
		t.Errorf("login: %d", status)
	}
}

func TestWrongTokensLockNobodyOutOfARandomOne(t *testing.T) {
	chosen := free()
	chosen.Token = "a-token-of-the-operators-own"
	for name, tt := range map[string]struct {
		cfg  config.Config
		want int
	}{
		"random": {free(), http.StatusNoContent},
		"chosen": {chosen, http.StatusTooManyRequests},
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, tt.cfg)
			for range tt.cfg.Limits.LoginsPerMinute + 1 {
				p.login("wrong")
			}
			if status := p.login(tt.cfg.Token + p.token); status != tt.want {
				t.Errorf("login after wrong tokens: %d, want %d", status, tt.want)
			}
		})
	}
}

func TestHistoryOfZeroKeepsNoLines(t *testing.T) {
	csrf := regexp.MustCompile(`name="csrf" value="([^"]+)"`)
	for history, want := range map[int]bool{0: false, 1: true} {
		cfg := free()
		cfg.Chat.History = history
		p := start(t, cfg)
		p.login(p.token)
		_, body := p.get("/lite")
		m := csrf.FindStringSubmatch(body)
		if m == nil {
			t.Fatalf("no form in\n%s", body)
		}
		form := url.Values{"csrf": {m[1]}, "room": {"tea"}, "name": {"ada"}, "text": {"a line to keep"}}
		resp, err := p.client.PostForm(p.base+"/lite/chat", form)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if _, body := p.get("/lite?room=tea"); strings.Contains(body, "a line to keep") != want {
			t.Errorf("history %d: the line is shown: %v, want %v", history, !want, want)
		}
	}
}

func TestTheSignOutFormSignsOut(t *testing.T) {
	p := start(t, free())
	p.login(p.token)
	_, body := p.get("/")
	m := regexp.MustCompile(`action="/logout">.*?name="csrf" value="([^"]+)"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no form in\n%s", body)
	}
	resp, err := p.client.PostForm(p.base+"/logout", url.Values{"csrf": {m[1]}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if status, _ := p.get("/"); status != http.StatusUnauthorized {
		t.Errorf("the first page afterwards: %d, want 401", status)
	}
}

// brokenListener fails once it is told to.
type brokenListener struct {
	net.Listener
	broken chan error
}

func (l brokenListener) Accept() (net.Conn, error) { return nil, <-l.broken }

func TestAFailedListenerDrainsTheServer(t *testing.T) {
	real, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln := brokenListener{real, make(chan error, 1)}
	failure := errors.New("no more connections")
	ln.broken <- failure
	log := &lockedBuffer{}
	err = cli.ServeOn(t.Context(), ln, free(), io.Discard, slog.New(slog.NewTextHandler(log, nil)))
	if !errors.Is(err, failure) {
		t.Errorf("serve: %v", err)
	}
	if !strings.Contains(log.String(), "draining") || !strings.Contains(log.String(), `reason="no more connections"`) {
		t.Errorf("the server was not drained:\n%s", log)
	}
}

func TestServeSpeaksTLS(t *testing.T) {
	cfg := free()
	cfg.TLS.Cert, cfg.TLS.Key = certificate(t)
	p := start(t, cfg)
	if !strings.HasPrefix(p.base, "https://") {
		t.Fatalf("printed %s", p.base)
	}
	if status := p.login(p.token); status != http.StatusNoContent {
		t.Errorf("login: %d", status)
	}
	for _, c := range p.client.Jar.Cookies(&url.URL{Scheme: "https", Host: strings.TrimPrefix(p.base, "https://"), Path: "/"}) {
		if !strings.HasPrefix(c.Name, "__Host-") {
			t.Errorf("cookie %s has no __Host- prefix", c.Name)
		}
	}
}

func TestServeSaysWhatIsWrong(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	missing := free()
	missing.TLS.Cert, missing.TLS.Key = filepath.Join(t.TempDir(), "no.pem"), filepath.Join(t.TempDir(), "no.key")
	busy := free()
	busy.Listen = taken.Addr().String()
	for name, tt := range map[string]struct {
		cfg  config.Config
		want []string
	}{
		"a taken address":       {busy, []string{busy.Listen, "in use", "--listen"}},
		"a missing certificate": {missing, []string{"tls.cert", "no.pem"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := cli.Serve(t.Context(), tt.cfg, io.Discard, slog.New(slog.DiscardHandler))
			for _, want := range tt.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%v does not say %q", err, want)
				}
			}
		})
	}
}
