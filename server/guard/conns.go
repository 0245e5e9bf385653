package guard

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// Conns counts, per address, the connections on which no credential has been
// shown, and closes those over the limit as they arrive. Connections of
// trusted proxies are not counted, since they carry many clients. Wire it
// into an http.Server:
//
//	srv.ConnContext = g.Conns().ConnContext
//	srv.ConnState = g.Conns().ConnState
//
// Admit then takes a connection out of the count when a request on it shows a
// credential or, where there is no login, opens a session. A connection that
// is hijacked leaves the count too, since it was admitted before. One of HTTP/2
// counts once, whatever streams it has; the server bounds those. All methods
// are safe for concurrent use.
type Conns struct {
	limit  int
	exempt func(netip.Addr) bool

	mu     sync.Mutex // guards below
	conns  map[net.Conn]*conn
	counts map[netip.Prefix]int
}

// conn is one open connection; counted is guarded by Conns.mu.
type conn struct {
	addr    netip.Prefix
	counted bool
}

type connKey struct{}

func newConns(limit int, exempt func(netip.Addr) bool) *Conns {
	return &Conns{
		limit: limit, exempt: exempt,
		conns:  make(map[net.Conn]*conn),
		counts: make(map[netip.Prefix]int),
	}
}

// ConnContext is for http.Server.ConnContext: it counts the connection and
// lets Admit find it. A connection over the limit is closed.
func (c *Conns) ConnContext(ctx context.Context, nc net.Conn) context.Context {
	n, over := c.add(nc)
	if over {
		nc.Close()
		return ctx
	}
	if n == nil {
		return ctx
	}
	return context.WithValue(ctx, connKey{}, n)
}

func (c *Conns) add(nc net.Conn) (n *conn, over bool) {
	if c.limit == 0 {
		return nil, false
	}
	a, err := netip.ParseAddrPort(nc.RemoteAddr().String())
	if err != nil || c.exempt(plain(a.Addr())) {
		return nil, false
	}
	key := addressKey(a.Addr())
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts[key] >= c.limit {
		return nil, true
	}
	n = &conn{addr: key, counted: true}
	c.conns[nc] = n
	c.counts[key]++
	return n, false
}

// ConnState is for http.Server.ConnState: it forgets connections that are
// closed or hijacked.
func (c *Conns) ConnState(nc net.Conn, state http.ConnState) {
	if state != http.StateClosed && state != http.StateHijacked {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if n, ok := c.conns[nc]; ok {
		delete(c.conns, nc)
		c.release(n)
	}
}

// Authenticated takes the connection of a request's context out of the count.
// Admit calls it; a server calls it for a Continue whose session it has found.
func (c *Conns) Authenticated(ctx context.Context) {
	n, ok := ctx.Value(connKey{}).(*conn)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.release(n)
}

// release needs the lock.
func (c *Conns) release(n *conn) {
	if !n.counted {
		return
	}
	n.counted = false
	if c.counts[n.addr]--; c.counts[n.addr] == 0 {
		delete(c.counts, n.addr)
	}
}
