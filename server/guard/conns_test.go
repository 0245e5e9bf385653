package guard_test

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"testing"

	"github.com/everwire/everwire/server/guard"
)

// fakeConn is a connection that only has an address and can be closed.
type fakeConn struct {
	net.Conn
	addr   net.Addr
	closed bool
}

func (c *fakeConn) RemoteAddr() net.Addr { return c.addr }
func (c *fakeConn) Close() error         { c.closed = true; return nil }

func connFrom(addr string) *fakeConn {
	return &fakeConn{addr: net.TCPAddrFromAddrPort(netip.MustParseAddrPort(addr))}
}

func TestConnsBeforeLogin(t *testing.T) {
	g := newRig(t, guard.Config{
		Token: testToken, UnauthenticatedConns: 2,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
	})
	conns := g.Conns()
	accept := func(addr string) (*fakeConn, context.Context) {
		c := connFrom(addr)
		ctx := conns.ConnContext(t.Context(), c)
		conns.ConnState(c, http.StateNew)
		return c, ctx
	}
	expect := func(what, addr string, open bool) (*fakeConn, context.Context) {
		t.Helper()
		c, ctx := accept(addr)
		if c.closed == open {
			t.Errorf("%s: open is %v, want %v", what, !c.closed, open)
		}
		if c.closed {
			conns.ConnState(c, http.StateClosed)
		}
		return c, ctx
	}
	first, ctx1 := expect("first", "192.0.2.1:1", true)
	second, ctx2 := expect("second", "192.0.2.1:2", true)
	expect("third", "192.0.2.1:3", false)
	expect("other address", "192.0.2.2:1", true)
	for range 5 {
		expect("proxy", "10.0.0.1:1", true)
	}

	on := func(ctx context.Context, r *http.Request, k guard.Kind) { g.Admit(r.WithContext(ctx), k) }
	on(ctx1, get("/"), guard.Open)
	on(ctx1, get("/"), guard.Public)
	on(ctx1, get("/"), guard.Continue)
	on(ctx1, post("/login", url.Values{}), guard.Login)
	expect("after requests without credential", "192.0.2.1:4", false)
	on(ctx1, get("/", "Authorization", "Bearer "+testToken), guard.Open)
	on(ctx1, get("/", "Authorization", "Bearer "+testToken), guard.Open)
	fourth, _ := expect("after a credential", "192.0.2.1:5", true)
	expect("one too many again", "192.0.2.1:6", false)
	conns.Authenticated(ctx2)
	conns.ConnState(second, http.StateHijacked)
	conns.ConnState(first, http.StateClosed)
	expect("after a session was found", "192.0.2.1:7", true)
	expect("two are left", "192.0.2.1:8", false)
	conns.ConnState(fourth, http.StateIdle)
	expect("an idle one still counts", "192.0.2.1:9", false)
	conns.ConnState(fourth, http.StateHijacked)
	conns.ConnState(fourth, http.StateClosed)
	expect("after one was hijacked", "192.0.2.1:10", true)
	conns.Authenticated(t.Context()) // of nobody's connection
}

func TestConnsForgetTheClosed(t *testing.T) {
	g := newRig(t, guard.Config{})
	conns := g.Conns()
	var open []*fakeConn
	for range 300 {
		c := connFrom("192.0.2.1:1")
		conns.ConnContext(t.Context(), c)
		if !c.closed {
			open = append(open, c)
		}
	}
	if len(open) != 100 {
		t.Errorf("%d connections are open, want the default of 100", len(open))
	}
	for _, c := range open {
		conns.ConnState(c, http.StateClosed)
	}
	if a, n := conns.Len(); a != 0 || n != 0 {
		t.Errorf("%d addresses and %d connections are left", a, n)
	}
	unlimited := newRig(t, guard.Config{UnauthenticatedConns: -1}).Conns()
	for range 300 {
		c := connFrom("192.0.2.1:1")
		if unlimited.ConnContext(t.Context(), c); c.closed {
			t.Fatal("closed without a limit")
		}
	}
}
