package guard_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/server/guard"
)

func TestHostsFor(t *testing.T) {
	for addr, hosts := range map[string][]string{
		"127.0.0.1:8080":   {"127.0.0.1:8080", "localhost:8080", "[::1]:8080"},
		"127.0.0.2:8080":   {"127.0.0.1:8080", "localhost:8080", "[::1]:8080", "127.0.0.2:8080"},
		"[::1]:80":         {"127.0.0.1:80", "localhost:80", "[::1]:80"},
		"192.0.2.1:443":    {"192.0.2.1:443"},
		"[2001:db8::1]:80": {"[2001:db8::1]:80"},
	} {
		a := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(addr))
		if got := guard.HostsFor(a); !slices.Equal(got, hosts) {
			t.Errorf("%s: %q, want %q", addr, got, hosts)
		}
		if _, err := guard.New(guard.Config{Hosts: guard.HostsFor(a)}); err != nil {
			t.Error(err)
		}
	}
	wide := guard.HostsFor(&net.TCPAddr{Port: 8080})
	if len(wide) < 3 || !slices.Equal(wide[:3], []string{"127.0.0.1:8080", "localhost:8080", "[::1]:8080"}) {
		t.Errorf("unspecified: %q", wide)
	}
	if _, err := guard.New(guard.Config{Hosts: wide}); err != nil {
		t.Error(err)
	}
	if got := guard.HostsFor(&net.UnixAddr{Name: "x"}); got != nil {
		t.Errorf("unix: %q", got)
	}
}

// Browsers leave the scheme's default port out of Host and Origin.
func TestDefaultPort(t *testing.T) {
	for _, c := range []struct {
		entry, host, origin string
		tls                 bool
		status              int
	}{
		{"a.test:80", "a.test", "http://a.test", false, 200},
		{"a.test:80", "a.test:80", "http://a.test", false, 200},
		{"a.test", "a.test", "http://a.test", false, 200},
		{"a.test", "a.test:80", "http://a.test", false, 200},
		{"a.test", "a.test", "https://a.test", true, 200},
		{"a.test:443", "a.test", "https://a.test", true, 200},
		{"a.test:443", "a.test", "http://a.test", false, 421},
		{"a.test", "a.test:443", "http://a.test:443", false, 421},
		{"a.test", "a.test:8080", "http://a.test:8080", false, 421},
		{"a.test:80", "a.test", "http://a.test:80", false, 403},
		{"a.test", "a.test", "http://a.test", true, 403},
	} {
		g := newRig(t, guard.Config{Hosts: []string{c.entry}})
		r := get("/", "Origin", c.origin)
		r.Host = c.host
		if c.tls {
			r.TLS = &tls.ConnectionState{}
		}
		want(t, c.entry+" "+c.host+" "+c.origin, g.admit(r, guard.Open), c.status)
	}
}

func TestAnyHostStillBindsTheOrigin(t *testing.T) {
	g := newRig(t, guard.Config{Hosts: []string{}, Origins: []string{"https://app.example"}})
	for _, c := range []struct {
		host, origin string
		status       int
	}{
		{"whatever.example", "http://whatever.example", 200},
		{"whatever.example", "http://other.example", 403},
		{"whatever.example", "https://app.example", 200},
		{"WhatEver.Example:81", "http://whatever.example:81", 200},
		{"", "", 200},
		{"", "http://", 403},
		{"", "https://app.example", 200},
		{"whatever.example.", "http://whatever.example.", 421},
		{"a b", "http://a b", 421},
		{"a/b", "", 421},
	} {
		r := get("/")
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		r.Host = c.host
		want(t, c.host+" from "+c.origin, g.admit(r, guard.Open), c.status)
	}
}

// TestRebindingOfALoopbackAddress: a name that is not this machine's own may be
// a hostile page's.
func TestRebindingOfALoopbackAddress(t *testing.T) {
	names := map[string]int{
		"localhost": 200, "localhost:8080": 200, "LOCALHOST": 200, "app.localhost:1": 200, "127.0.0.1:80": 200, "[::1]": 200,
		"192.0.2.7": 200, "": 200,
		"evil.example": 421, "evil.example:8080": 421, "localhost.evil.example": 421, "evillocalhost": 421,
		"127.0.0.1.evil.example": 421, "localhost.": 421,
	}
	local := func(r *http.Request, a net.Addr) *http.Request {
		return r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, a))
	}
	for _, c := range []struct {
		name   string
		config guard.Config
		at     net.IP
		strict bool
	}{
		{"127.0.0.1", guard.Config{Hosts: []string{}}, net.IPv4(127, 0, 0, 1), true},
		{"127.1.2.3", guard.Config{Hosts: []string{}}, net.IPv4(127, 1, 2, 3).To4(), true},
		{"::1", guard.Config{Hosts: []string{}}, net.IPv6loopback, true},
		{"another address", guard.Config{Hosts: []string{}}, net.IPv4(192, 0, 2, 7), false},
		{"a token", guard.Config{Hosts: []string{}, Token: testToken}, net.IPv4(127, 0, 0, 1), false},
	} {
		g := newRig(t, c.config)
		for host, status := range names {
			if !c.strict && host != "localhost." {
				status = 200
			}
			r := local(get("/"), &net.TCPAddr{IP: c.at, Port: 8080})
			r.Host = host
			want(t, host+" at "+c.name, g.admit(r, guard.Public), status)
		}
	}
	g := newRig(t, guard.Config{Hosts: []string{"public.example"}})
	r := local(get("/"), &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	r.Host = "public.example"
	want(t, "a listed name", g.admit(r, guard.Open), 200)
	g = newRig(t, guard.Config{Hosts: []string{}})
	want(t, "no IP address", g.admit(local(get("/"), &net.UnixAddr{Name: "/s"}), guard.Open), 200)
}

func TestConfigErrorsNameTheMistakeButNoSecret(t *testing.T) {
	for _, c := range []struct {
		config guard.Config
		names  string
	}{
		{guard.Config{Hosts: []string{"a.test/x"}}, "a.test/x"},
		{guard.Config{Origins: []string{"a.test"}}, "a.test"},
		{guard.Config{Token: "pass word"}, "token"},
		{guard.Config{TrustedProxies: []netip.Prefix{{}}}, "proxy"},
	} {
		_, err := guard.New(c.config)
		if err == nil || !strings.Contains(err.Error(), c.names) || strings.Contains(err.Error(), "pass word") {
			t.Errorf("%+v: %v", c.config, err)
		}
	}
}
