package guard

import (
	"net/http"
	"net/netip"
	"strings"
)

// origination is where a request comes from and what address it was sent to,
// as seen by the client: with trusted proxies taken away.
type origination struct {
	peer   netip.AddrPort // the zero value if it is not an IP address
	secure bool
	host   string
}

// originate reads the connection's address and, if that is a trusted proxy's,
// the X-Forwarded fields. A value that cannot be read is ignored.
func (g *Guard) originate(r *http.Request) origination {
	o := origination{secure: r.TLS != nil, host: r.Host}
	if a, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		o.peer = netip.AddrPortFrom(plain(a.Addr()), a.Port())
	}
	if !g.trusted(o.peer.Addr()) {
		return o
	}
	o.peer = g.client(o.peer, r.Header["X-Forwarded-For"])
	switch strings.ToLower(lastValue(r.Header["X-Forwarded-Proto"])) {
	case "https", "wss":
		o.secure = true
	case "http", "ws":
		o.secure = false
	}
	if h := lastValue(r.Header["X-Forwarded-Host"]); h != "" {
		if _, ok := parseHost(h); ok {
			o.host = h
		}
	}
	return o
}

// Secure reports whether the client's connection has TLS, after trusted
// proxies: Grant.Secure for a response that needs it before Admit.
func (g *Guard) Secure(r *http.Request) bool { return g.originate(r).secure }

// client walks X-Forwarded-For from the right, where the nearest proxy wrote,
// to the first hop that is not a trusted proxy. What stands left of that hop
// was written by the client. A hop that cannot be read ends the walk: the
// proxy that reported it is then the best that is known.
func (g *Guard) client(peer netip.AddrPort, lines []string) netip.AddrPort {
	for i := len(lines) - 1; i >= 0; i-- {
		line := lines[i]
		for more := true; more; {
			var hop string
			if j := strings.LastIndexByte(line, ','); j >= 0 {
				line, hop = line[:j], line[j+1:]
			} else {
				hop, more = line, false
			}
			a, ok := parseHop(strings.TrimSpace(hop))
			if !ok {
				return peer
			}
			if peer = a; !g.trusted(a.Addr()) {
				return peer
			}
		}
	}
	return peer
}

// parseHop reads an address with or without brackets and port.
func parseHop(s string) (netip.AddrPort, bool) {
	if a, err := netip.ParseAddrPort(s); err == nil {
		return netip.AddrPortFrom(plain(a.Addr()), a.Port()), true
	}
	if len(s) > 2 && s[0] == '[' && s[len(s)-1] == ']' {
		s = s[1 : len(s)-1]
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(plain(a), 0), true
}

// plain takes away the zone, which has a meaning on one machine only, and
// IPv4's IPv6 clothing.
func plain(a netip.Addr) netip.Addr { return a.WithZone("").Unmap() }

func (g *Guard) trusted(a netip.Addr) bool {
	if !a.IsValid() {
		return false
	}
	for _, p := range g.proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// lastValue returns the last element of a list field: what the nearest proxy
// said.
func lastValue(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	s := lines[len(lines)-1]
	return strings.TrimSpace(s[strings.LastIndexByte(s, ',')+1:])
}

// StripForwarded removes the header fields by which proxies speak of others,
// Forwarded, X-Forwarded-*, X-Real-IP and *Remote-User, unless the request
// comes from a trusted proxy. Call it before anything that reads or copies the
// header.
func (g *Guard) StripForwarded(r *http.Request) {
	if a, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && g.trusted(plain(a.Addr())) {
		return
	}
	stripForwarded(r.Header)
}

// Direct returns a handler like h for connections on which no proxy speaks: it
// removes what StripForwarded does, also if the address is that of a trusted
// proxy. A tunnel needs it whose connections have the address of the client at
// its other end, for there the client writes every field itself.
func Direct(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stripForwarded(r.Header)
		h.ServeHTTP(w, r)
	})
}

func stripForwarded(h http.Header) {
	for name := range h {
		switch {
		case name == "Forwarded", name == "X-Real-Ip", strings.HasSuffix(name, "Remote-User"),
			strings.HasPrefix(name, "X-Forwarded-"):
			delete(h, name)
		}
	}
}
