package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/everwire/everwire/socketio"
)

func nobody(context.Context, *socketio.Socket) error { return errors.New("no") }

// A middleware of a child that Of has returned must not be lost: not by the
// refused client's own release, nor by clients that fill the server with children.
func TestMiddlewaresOfAChildStay(t *testing.T) {
	const no = `4/n-0,{"message":"no"}`
	for _, existed := range []bool{false, true} {
		for _, cleanup := range []bool{false, true} {
			t.Run(fmt.Sprintf("existed %v, cleanup %v", existed, cleanup), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					srv := socketio.NewServer(socketio.Config{CleanupEmptyChildren: cleanup, MaxChildren: 3})
					parent := srv.OfPattern(numbered)
					p, q := enter(t, srv), enter(t, srv)
					if existed {
						q.send(`0/n-0,`)
						settle()
					}
					srv.Of("/n-0").Use(nobody)
					if existed {
						q.send(`1/n-0,`)
						settle()
					}
					q.packets()
					for range 2 {
						p.send(`0/n-0,`)
						settle()
						p.expect(no)
					}
					for i := 1; i <= 20; i++ {
						q.send(fmt.Sprintf(`0/n-%d,`, i))
						if i > 3 {
							q.send(fmt.Sprintf(`1/n-%d,`, i-3), fmt.Sprintf(`0/n-%d,`, i))
						}
					}
					settle()
					// It does not count among the children of clients.
					if got := len(parent.Children()); got != 4 {
						t.Errorf("%d children, want three and the one that stays", got)
					}
					p.send(`0/n-0,`)
					settle()
					p.expect(no)
					p.leave()
					q.leave()
				})
			})
		}
	}
}

func TestNamespacesKeepsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{CleanupEmptyChildren: true})
		parent := srv.OfPattern(numbered)
		p := enter(t, srv)
		p.send(`0/n-1,`)
		settle()
		if got := len(srv.Namespaces()); got != 2 {
			t.Errorf("%d namespaces, want the root and a child", got)
		}
		p.send(`1/n-1,`)
		settle()
		if got := len(parent.Children()); got != 0 {
			t.Errorf("%d children are left", got)
		}
		p.leave()
	})
}

// A child whose OnNamespace function panicked is not used: what was to guard it
// may be missing.
func TestPanicOfOnNamespaceGivesTheChildUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		parent := srv.OfPattern(numbered)
		srv.OnNamespace(func(ns *socketio.Namespace) {
			if ns.Name() == "/n-1" {
				panic("boom")
			}
		})
		var l logbook
		srv.Of("/")
		p := dial(t, srv, logged(&l))
		for range 2 {
			p.send(`0/n-1,`)
			settle()
			p.expect(`4/n-1,{"message":"internal error"}`)
			if got := len(parent.Children()); got != 0 {
				t.Errorf("%d children are left", got)
			}
		}
		if !strings.Contains(l.String(), "boom") {
			t.Errorf("log: %s", l.String())
		}
		p.leave()
	})
}

// The constructor of an adapter may take its time, ask the server, and panic.
func TestAdaptersAreMadeUnlocked(t *testing.T) {
	var srv *socketio.Server
	var made, closed atomic.Int32
	adapter := func(ns *socketio.Namespace) socketio.Adapter {
		done := make(chan struct{})
		go func() { defer close(done); srv.Names(); srv.OnNamespace(func(*socketio.Namespace) {}) }()
		select {
		case <-done:
		case <-time.After(30 * time.Second):
			t.Errorf("the server is locked while the adapter of %s is made", ns.Name())
		}
		if ns.Name() == "/n-2" {
			panic("no adapter")
		}
		if made.Add(1) == 1 {
			srv.Of(ns.Name()) // somebody makes it meanwhile
		}
		return &closing{socketio.NewMemory(), func() { closed.Add(1) }}
	}
	srv = socketio.NewServer(socketio.Config{Adapter: adapter})
	srv.OfPattern(numbered)
	var l logbook
	p := dial(t, srv, logged(&l))
	defer p.hangUp()
	p.send(`0/n-1,`, `0/n-2,`, `0/n-3,`)
	p.expect(`0/n-1,{"sid":SID}`, `4/n-2,{"message":"internal error"}`, `0/n-3,{"sid":SID}`)
	if made.Load() != 3 || closed.Load() != 1 {
		t.Errorf("%d adapters made and %d closed, want the surplus one of three", made.Load(), closed.Load())
	}
}

// The pause before the connect handlers ends with the client.
func TestNoPauseForAClientThatHasGone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		begun := time.Now()
		called := time.Duration(-1)
		srv.Of("/").OnConnect(func(context.Context, *socketio.Socket) error { called = time.Since(begun); return nil })
		p := dial(t, srv, nil)
		p.send("0")
		p.leave()
		if called != 0 {
			t.Errorf("called after %v, want at once", called)
		}
	})
}
