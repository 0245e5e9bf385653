package guard

import "net/netip"

// SetBounds makes the guard's stores small.
func (g *Guard) SetBounds(n int) {
	g.logins.max, g.tickets.max = n, n
	g.sessions.addrs.max = n
	if g.attempts != nil {
		g.attempts.addrs.max = n
	}
}

// Sizes returns how much the guard's stores hold.
func (g *Guard) Sizes() (logins, tickets, sessions, attempts int) {
	if g.attempts != nil {
		attempts = len(g.attempts.addrs.items)
	}
	if g.sessions != nil {
		sessions = len(g.sessions.addrs.items)
	}
	return len(g.logins.byKey), len(g.tickets.byKey), sessions, attempts
}

// Consistent reports whether the stores' indexes agree with each other.
func (g *Guard) Consistent() bool {
	n := g.logins.order.Len()
	return n == len(g.logins.byKey) && n == len(g.logins.byID) &&
		g.tickets.order.Len() == len(g.tickets.byKey) &&
		(g.sessions == nil || g.sessions.addrs.order.Len() == len(g.sessions.addrs.items)) &&
		(g.attempts == nil || g.attempts.addrs.order.Len() == len(g.attempts.addrs.items))
}

// Len returns the number of counted addresses and known connections.
func (c *Conns) Len() (addresses, conns int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.counts), len(c.conns)
}

// ParseHost returns the canonical form of a Host value.
func ParseHost(s string) (string, bool) {
	h, ok := parseHost(s)
	return h.String(), ok
}

// ParseOrigin returns the canonical form of a configured origin.
var ParseOrigin = parseOrigin

// Client returns the client's address behind trusted proxies.
func (g *Guard) Client(peer netip.AddrPort, lines []string) netip.AddrPort {
	return g.client(peer, lines)
}

// Trusted reports whether an address is a trusted proxy's.
func (g *Guard) Trusted(a netip.Addr) bool { return g.trusted(a) }

// Next returns where a login leads that asks for a path and a query.
func (g *Guard) Next(want string) string { return g.next(want) }
