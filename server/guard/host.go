package guard

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// hostPort is a Host value taken apart: a lower-case name, an IPv4 address or
// a bracketed IPv6 address in canonical form, and the port, empty if none.
type hostPort struct{ name, port string }

func (h hostPort) String() string {
	if h.port == "" {
		return h.name
	}
	return h.name + ":" + h.port
}

// parseHost reads uri-host [":" port] (RFC 9110 section 7.2). It takes what
// browsers send and nothing else: no trailing dot, no zone, no user, no
// empty port, no leading zero.
func parseHost(s string) (hostPort, bool) {
	var h hostPort
	if len(s) == 0 || len(s) > 253+6 {
		return h, false
	}
	if s[0] == '[' {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return h, false
		}
		a, err := netip.ParseAddr(s[1:end])
		if err != nil || !a.Is6() || a.Zone() != "" {
			return h, false
		}
		h.name = "[" + a.String() + "]"
		s = s[end+1:]
		if s == "" {
			return h, true
		}
		if s[0] != ':' {
			return h, false
		}
		h.port = s[1:]
		return h, validPort(h.port)
	}
	name, port, found := strings.Cut(s, ":")
	if found && !validPort(port) || !validName(name) {
		return h, false
	}
	return hostPort{strings.ToLower(name), port}, true
}

func validPort(s string) bool {
	if s == "" || len(s) > 5 || s[0] == '0' {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	n, err := strconv.Atoi(s)
	return err == nil && n <= 65535
}

// validName takes letters, digits, "-", "_" (container names have it) and
// single dots between them.
func validName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	dot := true
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '.':
			if dot {
				return false
			}
			dot = true
			continue
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return false
		}
		dot = false
	}
	return !dot
}

// defaultPort is the port that browsers leave out.
func defaultPort(secure bool) string {
	if secure {
		return "443"
	}
	return "80"
}

// hostAllowed says whether a request may name this host.
func (g *Guard) hostAllowed(h hostPort, secure bool) bool {
	if len(g.hosts) == 0 {
		return true
	}
	if _, ok := g.hosts[h]; ok {
		return true
	}
	std := defaultPort(secure)
	switch h.port {
	case "":
		h.port = std
	case std:
		h.port = ""
	default:
		return false
	}
	_, ok := g.hosts[h]
	return ok
}

// rebound says whether a page may have been served under this name by somebody
// else and brought here by DNS rebinding: without Hosts and Token nothing but
// the name tells, and a name that does not always mean this machine has no
// business at a loopback address. No browser leaves the Host out.
func (g *Guard) rebound(r *http.Request, h hostPort) bool {
	if len(g.hosts) > 0 || g.hasToken || h.name == "" || h.name == "localhost" || strings.HasSuffix(h.name, ".localhost") {
		return false
	}
	if _, err := netip.ParseAddr(strings.Trim(h.name, "[]")); err == nil {
		return false
	}
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if local == nil {
		return false
	}
	a, err := netip.ParseAddrPort(local.String())
	return err == nil && a.Addr().Unmap().IsLoopback()
}

// HostsFor returns the Host values by which a listener at addr is reached
// without any name service: at a loopback address 127.0.0.1, localhost and
// [::1]; at an unspecified one these and the addresses of this machine's
// interfaces; else the address itself; each with the port. Names must be
// added by the caller. For an address that is not TCP it returns nil.
func HostsFor(addr net.Addr) []string {
	t, ok := addr.(*net.TCPAddr)
	if !ok {
		return nil
	}
	port := strconv.Itoa(t.Port)
	var hosts []string
	seen := make(map[string]bool)
	add := func(host string) {
		if s := net.JoinHostPort(host, port); !seen[s] {
			seen[s] = true
			hosts = append(hosts, s)
		}
	}
	unspecified := len(t.IP) == 0 || t.IP.IsUnspecified()
	if unspecified || t.IP.IsLoopback() {
		add("127.0.0.1")
		add("localhost")
		add("::1")
	}
	if !unspecified {
		add(t.IP.String())
		return hosts
	}
	local, err := net.InterfaceAddrs()
	if err != nil {
		return hosts // the loopback names remain
	}
	for _, a := range local {
		if n, ok := a.(*net.IPNet); ok {
			add(n.IP.String())
		}
	}
	return hosts
}
