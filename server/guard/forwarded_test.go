package guard_test

import (
	"net/netip"
	"testing"

	"github.com/everwire/everwire/server/guard"
)

func TestTrustedProxies(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.9.9.9/8"), netip.MustParsePrefix("fd00::/8")}
	g := newRig(t, guard.Config{Hosts: []string{testHost, "public.example"}, TrustedProxies: proxies})
	for _, c := range []struct {
		name, peer string
		header     []string
		addr       string
		secure     bool
		host       string
	}{
		{"one hop", "10.0.0.1:80", []string{"X-Forwarded-For", "192.0.2.7"}, "192.0.2.7:0", false, testHost},
		{"mapped peer", "[::ffff:10.0.0.1]:80", []string{"X-Forwarded-For", "192.0.2.7"}, "192.0.2.7:0", false, testHost},
		{"zoned peer", "[fd00::1%eth0]:80", []string{"X-Forwarded-For", "192.0.2.7"}, "192.0.2.7:0", false, testHost},
		{"two proxies", "10.0.0.1:80", []string{"X-Forwarded-For", "192.0.2.7, 10.0.0.2"}, "192.0.2.7:0", false, testHost},
		{"forged first hops", "10.0.0.1:80", []string{"X-Forwarded-For", "127.0.0.1,10.0.0.3 , 192.0.2.7,10.0.0.2"}, "192.0.2.7:0", false, testHost},
		{"two lines", "10.0.0.1:80", []string{"X-Forwarded-For", "127.0.0.1", "X-Forwarded-For", "192.0.2.7"}, "192.0.2.7:0", false, testHost},
		{"port", "10.0.0.1:80", []string{"X-Forwarded-For", "192.0.2.7:99"}, "192.0.2.7:99", false, testHost},
		{"IPv6", "10.0.0.1:80", []string{"X-Forwarded-For", "2001:db8::7"}, "[2001:db8::7]:0", false, testHost},
		{"IPv6 in brackets", "10.0.0.1:80", []string{"X-Forwarded-For", "[2001:db8::7]"}, "[2001:db8::7]:0", false, testHost},
		{"IPv6 with port", "10.0.0.1:80", []string{"X-Forwarded-For", "[2001:db8::7]:9"}, "[2001:db8::7]:9", false, testHost},
		{"IPv6 with zone", "10.0.0.1:80", []string{"X-Forwarded-For", "fe80::7%eth0"}, "[fe80::7]:0", false, testHost},
		{"all are proxies", "10.0.0.1:80", []string{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}, "10.0.0.3:0", false, testHost},
		{"nonsense", "10.0.0.1:80", []string{"X-Forwarded-For", "unknown"}, "10.0.0.1:80", false, testHost},
		{"nonsense before a proxy", "10.0.0.1:80", []string{"X-Forwarded-For", "192.0.2.7, x, 10.0.0.2"}, "10.0.0.2:0", false, testHost},
		{"nothing", "10.0.0.1:80", nil, "10.0.0.1:80", false, testHost},
		{"TLS", "10.0.0.1:80", []string{"X-Forwarded-Proto", "HTTPS", "X-Forwarded-Host", "public.example"}, "10.0.0.1:80", true, "public.example"},
		{"appended", "10.0.0.1:80", []string{"X-Forwarded-Proto", "http, https", "X-Forwarded-Host", "evil.example, public.example"}, "10.0.0.1:80", true, "public.example"},
		{"appended lines", "10.0.0.1:80", []string{"X-Forwarded-Proto", "http", "X-Forwarded-Proto", "https"}, "10.0.0.1:80", true, testHost},
		{"nonsense scheme and host", "10.0.0.1:80", []string{"X-Forwarded-Proto", "gopher", "X-Forwarded-Host", "a/b"}, "10.0.0.1:80", false, testHost},
		{"stranger", "192.0.2.9:80", []string{"X-Forwarded-For", "10.0.0.1", "X-Forwarded-Proto", "https"}, "192.0.2.9:80", false, testHost},
		{"no address", "@", []string{"X-Forwarded-For", "10.0.0.1", "X-Forwarded-Proto", "https"}, "", false, testHost},
	} {
		r := get("/", c.header...)
		r.RemoteAddr = c.peer
		gr, refusal := g.Admit(r, guard.Public)
		if refusal != nil || gr.RemoteAddr != c.addr || gr.Secure != c.secure || gr.Host != c.host {
			t.Errorf("%s: %+v %+v, want %s %v %s", c.name, gr, refusal, c.addr, c.secure, c.host)
		}
	}

	r := get("/", "X-Forwarded-Host", "evil.example")
	r.RemoteAddr = "10.0.0.1:80"
	want(t, "forwarded host not listed", g.admit(r, guard.Public), 421)
	r = get("/", "X-Forwarded-Host", "public.example", "X-Forwarded-Proto", "https", "Origin", "https://public.example")
	r.RemoteAddr = "10.0.0.1:80"
	want(t, "own origin behind a proxy", g.admit(r, guard.Open), 200)
}

func TestLimitsCountIPv6ByNetwork(t *testing.T) {
	g := newRig(t, guard.Config{SessionsPerSecond: 1})
	from := func(addr string) int {
		r := get("/")
		r.RemoteAddr = addr
		return g.admit(r, guard.Open)
	}
	want(t, "first", from("[2001:db8:0:1::1]:1"), 200)
	want(t, "same /64", from("[2001:db8:0:1:ffff::2]:1"), 429)
	want(t, "same /64, zoned", from("[2001:db8:0:1::1%x]:1"), 429)
	want(t, "next /64", from("[2001:db8:0:2::1]:1"), 200)
	want(t, "IPv4", from("192.0.2.1:1"), 200)
	want(t, "the same, mapped", from("[::ffff:192.0.2.1]:1"), 429)
	want(t, "no address", from("@"), 200)
	want(t, "no address either", from(""), 429)
}
