package server_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/internal/leaktest"
	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// token is the secret of the tests' logins.
const token = "token-0123456789-abcdefghijklmnopqrstuvwxyz"

// patience is how long what must happen may take on a busy machine.
const patience = 30 * time.Second

// unlimited lets tests open as many sessions as they like.
func unlimited(c guard.Config) guard.Config {
	c.SessionsPerSecond, c.UnauthenticatedConns, c.LoginsPerMinute = -1, -1, -1
	return c
}

// site is a server that listens.
type site struct {
	*server.Server
	t    *testing.T
	url  string // http://host:port
	host string
	http *http.Client
}

// newSite starts a server with echo as its one handler.
func newSite(t *testing.T, o server.Options) *site {
	t.Helper()
	srv := server.New(o)
	srv.Handle("echo", transporttest.Echo)
	hs := httptest.NewUnstartedServer(srv)
	hs.Config = srv.HTTPServer()
	hs.Start()
	s := &site{Server: srv, t: t, url: hs.URL, host: strings.TrimPrefix(hs.URL, "http://"),
		http: &http.Client{Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		for c := range srv.Manager().All() {
			c.Kill(&session.CloseError{Code: session.GoingAway})
		}
		srv.Shutdown(ctx)
		s.http.CloseIdleConnections()
		hs.Close()
	})
	return s
}

// answer is a response that was read.
type answer struct {
	status int
	header http.Header
	body   string
	conn   io.ReadWriteCloser // after 101; closed at the test's end
}

// do sends a request. Values of the header are names and values in turn.
func (s *site) do(method, target, body string, header ...string) answer {
	s.t.Helper()
	req, err := http.NewRequest(method, s.url+target, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
			continue
		}
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := s.http.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		s.t.Cleanup(func() { resp.Body.Close() })
		return answer{resp.StatusCode, resp.Header, "", resp.Body.(io.ReadWriteCloser)}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text), nil}
}

// login returns the cookie and the CSRF value of a new login.
func (s *site) login() (cookie, csrf string) {
	s.t.Helper()
	got := s.do("POST", "/login", "token="+token, "Content-Type", "application/x-www-form-urlencoded",
		"Origin", s.url, "Accept", "application/json")
	cookie, _, _ = strings.Cut(got.header.Get("Set-Cookie"), ";")
	if got.status != http.StatusNoContent || cookie == "" {
		s.t.Fatalf("login: %d %s", got.status, got.body)
	}
	r := httptest.NewRequest("GET", s.url+"/", nil)
	r.Host = s.host
	r.Header.Set("Cookie", cookie)
	gr, why := s.Guard().Admit(r, guard.Page)
	if why != nil {
		s.t.Fatal("login:", why.Message)
	}
	return cookie, gr.CSRF
}

// ticket fetches a ticket with the token.
func (s *site) ticket() string {
	s.t.Helper()
	got := s.do("POST", "/tickets", "", "Authorization", "Bearer "+token)
	var body struct{ Ticket string }
	if err := json.Unmarshal([]byte(got.body), &body); err != nil || body.Ticket == "" {
		s.t.Fatalf("ticket: %d %s", got.status, got.body)
	}
	return body.Ticket
}

// handshake are the fields of a WebSocket handshake.
var handshake = []string{"Upgrade", "websocket", "Connection", "Upgrade",
	"Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}

// open opens a session by polling and returns its id.
func (s *site) open(header ...string) string {
	s.t.Helper()
	got := s.do("GET", poll, "", header...)
	var h struct{ SID string }
	if got.status != http.StatusOK || !strings.HasPrefix(got.body, "0{") || json.Unmarshal([]byte(got.body[1:]), &h) != nil {
		s.t.Fatalf("open: %d %s", got.status, got.body)
	}
	return h.SID
}

const (
	poll   = "/socket.io/?EIO=4&transport=polling"
	socket = "/socket.io/?EIO=4&transport=websocket"
)

// the returns the one session of the server.
func (s *site) the() *session.Conn {
	s.t.Helper()
	var one *session.Conn
	for c := range s.Manager().All() {
		one = c
	}
	if one == nil || s.Sessions() != 1 {
		s.t.Fatalf("there are %d sessions, want one", s.Sessions())
	}
	return one
}

// ended waits for a session's end.
func (s *site) ended(c *session.Conn, within time.Duration) *session.CloseError {
	s.t.Helper()
	select {
	case <-c.Context().Done():
	case <-time.After(within):
		s.t.Fatalf("the session is not over within %v", within)
	}
	ce, _ := context.Cause(c.Context()).(*session.CloseError)
	return ce
}
