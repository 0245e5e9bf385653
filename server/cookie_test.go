package server_test

import (
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
)

func TestCookie(t *testing.T) {
	for name, tt := range map[string]struct {
		cookie *server.Cookie
		tls    bool
		want   string // behind the id
	}{
		"zero value": {&server.Cookie{}, false, "; Path=/; HttpOnly; SameSite=Lax"},
		"TLS":        {&server.Cookie{}, true, "; Path=/; HttpOnly; Secure; SameSite=Lax"},
		"all": {&server.Cookie{Domain: "example.com", Path: "/x", MaxAge: 90 * time.Second, SameSite: http.SameSiteStrictMode,
			Secure: true, Partitioned: true, Readable: true}, false, "; Path=/x; Domain=example.com; Max-Age=90; Secure; SameSite=Strict; Partitioned"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, server.Options{Cookie: tt.cookie,
				Guard: unlimited(guard.Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})})
			var header []string
			if tt.tls {
				header = []string{"X-Forwarded-Proto", "https"}
			}
			got := s.do("GET", poll, "", header...)
			id := s.the().ID()
			if c := got.header.Get("Set-Cookie"); c != "io="+id+tt.want {
				t.Errorf("cookie %q, want io=%s%s", c, id, tt.want)
			}
			if got := s.do("POST", poll+"&sid="+id, "40"); got.header.Get("Set-Cookie") != "" {
				t.Error("a later answer sets it again")
			}
		})
	}
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	if c := s.do("GET", poll, "").header.Get("Set-Cookie"); c != "" {
		t.Errorf("without the option: %q", c)
	}
}

func TestCookieThatCannotBe(t *testing.T) {
	for name, c := range map[string]server.Cookie{
		"name": {Name: "a b"}, "domain": {Domain: "a;b"}, "path": {Path: "/;x"},
		"negative age": {MaxAge: -time.Second}, "short age": {MaxAge: time.Millisecond},
	} {
		if err := (&server.Options{Cookie: &c}).Validate(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
