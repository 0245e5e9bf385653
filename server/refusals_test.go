package server_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
)

// TestRefusalsAreLogged from all kinds of route, with the client's address.
func TestRefusalsAreLogged(t *testing.T) {
	var log transporttest.Log
	s := newSite(t, server.Options{Logger: log.Logger(),
		Guard: unlimited(guard.Config{Token: token, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})})
	s.Page("/page", http.NotFoundHandler())
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	for i, r := range []struct{ method, target, body, level, reason string }{
		{"GET", poll, "", "WARN", "Log in first"}, {"GET", "/page", "", "DEBUG", "Log in first"}, // everybody's first visit
		{"POST", "/login", "token=wrong", "WARN", "The token is wrong"}, {"POST", "/tickets", "", "WARN", "Log in first"},
		{"POST", "/page", "", "WARN", "Log in first"}, {"GET", "/ws/echo", "", "WARN", "Log in first"},
	} {
		from := fmt.Sprint("198.51.100.", i+1)
		s.do(r.method, r.target, r.body, append([]string{"X-Forwarded-For", from}, form...)...)
		path, _, _ := strings.Cut(r.target, "?")
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		if len(lines) != i+1 {
			t.Fatalf("%s: %d lines, want %d:\n%s", r.target, len(lines), i+1, log.String())
		}
		for _, part := range []string{"request refused", "level=" + r.level, `reason="` + r.reason, "status=401", path, "remote=" + from + ":0"} {
			if !strings.Contains(lines[i], part) {
				t.Errorf("%s: no %q in %s", r.target, part, lines[i])
			}
		}
	}
}

// TestRefusalsFillNoLog: ten a minute are logged, whoever asks, and the next
// one tells how many were not.
func TestRefusalsFillNoLog(t *testing.T) {
	var log transporttest.Log
	var passed atomic.Int64
	begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := unlimited(guard.Config{Token: token})
	c.Clock = func() time.Time { return begin.Add(time.Duration(passed.Load())) }
	s := newSite(t, server.Options{Logger: log.Logger(), Guard: c})
	s.Page("/page", http.NotFoundHandler())
	for range 25 {
		s.do("GET", "/page", "") // first visits count for nothing
		s.do("GET", poll, "")
		s.do("POST", "/tickets", "")
	}
	if n := strings.Count(log.String(), `level=WARN msg="request refused"`); n != 10 {
		t.Errorf("%d of 50 refusals were logged", n)
	}
	passed.Store(int64(time.Minute))
	s.do("GET", poll, "")
	s.do("GET", poll, "")
	var counts []string
	for _, m := range regexp.MustCompile(`level=WARN .*suppressed=(\d+)`).FindAllStringSubmatch(log.String(), -1) {
		counts = append(counts, m[1])
	}
	if got := strings.Join(counts, " "); got != "0 0 0 0 0 0 0 0 0 0 40 0" {
		t.Errorf("suppressed: %s", got)
	}
}

// TestSecurityHeadersOfAProxysClients: TLS may end at a trusted proxy.
func TestSecurityHeadersOfAProxysClients(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})})
	for _, path := range []string{poll, "/ws/echo", "/healthz", "/login", "/nowhere"} {
		for proto, want := range map[string]bool{"https": true, "http": false} {
			if got := s.do("GET", path, "", "X-Forwarded-Proto", proto); (got.header.Get("Strict-Transport-Security") != "") != want {
				t.Errorf("%s over %s: Strict-Transport-Security %q", path, proto, got.header.Get("Strict-Transport-Security"))
			}
		}
	}
}

// TestRefusalsNameNoSession: the id of a session, which is its authority, stands in
// the query or, before Engine.IO, in the path.
func TestRefusalsNameNoSession(t *testing.T) {
	var log transporttest.Log
	s := newSite(t, server.Options{Logger: log.Logger(), Guard: unlimited(guard.Config{Token: token})})
	for _, tk := range talks {
		sid, _ := tk.begin(s, "Authorization", "Bearer "+token)
		s.do("GET", at(tk.poll, sid), "", "Origin", "http://evil.example")
		path, _, _ := strings.Cut(tk.poll, "?")
		if got := log.String(); strings.Contains(got, sid) || !strings.Contains(got, "url="+path) && !strings.Contains(got, `url="`+path) {
			t.Errorf("%s: the log has %s", tk.name, got)
		}
		s.Manager().Get(sid).Kill(&session.CloseError{Code: session.Normal})
	}
}
