package transports_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

// TestPlacesForBodies: each session has its own, and none is remembered when the
// last request has ended, however it has.
func TestPlacesForBodies(t *testing.T) {
	for name, tt := range map[string]struct {
		then   func(e *transports.Engine, c *session.Conn, cancel func())
		placed bool
		waits  time.Duration
	}{
		"another request ends": {func(e *transports.Engine, c *session.Conn, _ func()) { e.LeaveBody(c) }, true, 0},
		"the request ends":     {func(_ *transports.Engine, _ *session.Conn, cancel func()) { cancel() }, false, 0},
		"the session ends": {func(_ *transports.Engine, c *session.Conn, _ func()) {
			c.Kill(&session.CloseError{Code: session.Normal})
		}, false, 0},
		"nothing happens in time": {func(*transports.Engine, *session.Conn, func()) {}, false, transports.MessageTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := session.NewManager()
				e := transports.NewEngine(m, nil, fake("polling"))
				var conns []*session.Conn
				f := family(func(c *session.Conn) { conns = append(conns, c) })
				f.Config = &session.Config{PingInterval: time.Hour, PingTimeout: time.Hour, PollGrace: time.Hour, DetachGrace: time.Hour, HandshakeTimeout: time.Hour}
				for range 2 {
					e.Serve(httptest.NewRecorder(), request("GET", "/"), transports.Route{Family: f, Transport: "polling"}, session.Peer{})
				}
				c, other := conns[0], conns[1]
				for range transports.MaxBodies {
					if !e.EnterBody(t.Context(), c) {
						t.Fatal("no place")
					}
				}
				if !e.EnterBody(t.Context(), other) {
					t.Error("no place for another session")
				}
				ctx, cancel := context.WithCancel(t.Context())
				placed := make(chan bool, 1)
				go func() { placed <- e.EnterBody(ctx, c) }()
				synctest.Wait()
				if len(placed) > 0 {
					t.Error("more than there are places")
				}
				began := time.Now()
				tt.then(e, c, cancel)
				if got := <-placed; got != tt.placed || time.Since(began) != tt.waits {
					t.Errorf("placed %t after %v, want %t after %v", got, time.Since(began), tt.placed, tt.waits)
				}
				for range transports.MaxBodies { // one has taken the place of another, or none
					e.LeaveBody(c)
				}
				if n := e.Bodies(); n != 1 {
					t.Errorf("%d sessions are remembered, want the other", n)
				}
				e.LeaveBody(other)
				if n := e.Bodies(); n != 0 {
					t.Errorf("%d sessions are remembered", n)
				}
				cancel()
				for _, c := range conns {
					c.Kill(&session.CloseError{Code: session.Normal})
				}
			})
		})
	}
}
