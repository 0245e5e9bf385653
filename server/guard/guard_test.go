package guard_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/everwire/everwire/server/guard"
)

const (
	testHost   = "everwire.test:8080"
	testOrigin = "http://everwire.test:8080"
	testToken  = "correct-horse-battery-staple"
)

// clock is a time that stands still until it is told to go.
type clock struct {
	mu  sync.Mutex // guards below
	now time.Time
}

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// rig is a guard with its clock.
type rig struct {
	*guard.Guard
	clock *clock
}

// newRig makes a guard; Hosts are testHost unless c names others.
func newRig(t testing.TB, c guard.Config) *rig {
	t.Helper()
	k := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	c.Clock = k.time
	if c.Hosts == nil {
		c.Hosts = []string{testHost}
	}
	g, err := guard.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return &rig{g, k}
}

// request makes one to the test host. Pairs are header names and values.
func request(method, target string, body io.Reader, pairs ...string) *http.Request {
	r := httptest.NewRequest(method, target, body)
	r.Host = testHost
	r.RemoteAddr = "192.0.2.1:4711"
	for i := 0; i < len(pairs); i += 2 {
		r.Header.Add(pairs[i], pairs[i+1])
	}
	return r
}

func get(target string, pairs ...string) *http.Request {
	return request(http.MethodGet, target, nil, pairs...)
}

func post(target string, form url.Values, pairs ...string) *http.Request {
	r := request(http.MethodPost, target, strings.NewReader(form.Encode()), pairs...)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func serve(h http.Handler, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t testing.TB, resp *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// logIn returns the Cookie header field of a new login session.
func (g *rig) logIn(t testing.TB) string {
	t.Helper()
	resp := serve(g.LoginHandler(), post("/login", url.Values{"token": {testToken}}))
	if resp.StatusCode != http.StatusSeeOther || len(resp.Cookies()) != 1 {
		t.Fatalf("login: status %d, %d cookies", resp.StatusCode, len(resp.Cookies()))
	}
	c := resp.Cookies()[0]
	return c.Name + "=" + c.Value
}

// page returns the grant of a page GET with that cookie.
func (g *rig) page(t testing.TB, cookie string) guard.Grant {
	t.Helper()
	gr, refusal := g.Admit(get("/", "Cookie", cookie), guard.Page)
	if refusal != nil {
		t.Fatalf("page: %d %s", refusal.Status, refusal.Message)
	}
	return gr
}

func (g *rig) ticket(t testing.TB, gr guard.Grant) string {
	t.Helper()
	v, err := g.IssueTicket(gr)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// status is that of the guard's answer, 200 if it is yes.
func status(refusal *guard.Refusal) int {
	if refusal == nil {
		return http.StatusOK
	}
	return refusal.Status
}

func (g *rig) admit(r *http.Request, k guard.Kind) int {
	_, refusal := g.Admit(r, k)
	return status(refusal)
}

func want(t *testing.T, what string, got, want int) {
	t.Helper()
	if got != want {
		t.Errorf("%s: status %d, want %d", what, got, want)
	}
}
