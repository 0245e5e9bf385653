package socketio_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

var numbered = regexp.MustCompile(`^/n-\d+$`)

func yes(context.Context, string, json.RawMessage) (bool, error) { return true, nil }

func TestChildrenOfAPattern(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		var n notes
		srv.OnNamespace(func(ns *socketio.Namespace) { n.add("new %s", ns.Name()) })
		parent := srv.OfPattern(numbered)
		parent.Use(func(_ context.Context, s *socketio.Socket) error { n.add("use %s", s.Namespace().Name()); return nil })
		parent.OnConnect(func(_ context.Context, s *socketio.Socket) error { n.add("in %s", s.Namespace().Name()); return nil })
		parent.OnDisconnect(func(s *socketio.Socket, _ socketio.DisconnectReason) { n.add("out %s", s.Namespace().Name()) })
		socketio.OnAck(parent, "where", func(_ context.Context, s *socketio.Socket, _ struct{}) (string, error) {
			return s.Namespace().Name(), nil
		})
		p := enter(t, srv)
		p.send(`0/n-1,`)
		settle()
		n.expect(t, "new /n-1", "use /n-1", "in /n-1")
		p.send(`0/n-22,`)
		settle()
		p.send(`0/n-x,`, `2/n-1,0["where"]`)
		settle()
		p.expect(`0/n-1,{"sid":SID}`, `0/n-22,{"sid":SID}`, `4/n-x,{"message":"Invalid namespace"}`, `3/n-1,0["/n-1"]`)
		n.expect(t, "new /n-22", "use /n-22", "in /n-22")
		if got := srv.Names(); !slices.Equal(got, []string{"/", "/n-1", "/n-22"}) {
			t.Errorf("namespaces %q", got)
		}
		p.send(`1/n-1,`)
		settle()
		n.expect(t, "out /n-1")
		q := enter(t, srv) // the child is there still
		q.send(`0/n-1,`)
		settle()
		n.expect(t, "use /n-1", "in /n-1")
		if srv.Of("n-1") != only(t, srv.Of("/n-1")).Namespace() || len(parent.Children()) != 2 {
			t.Error("the child was made twice")
		}
		p.leave()
		q.leave()
	})
}

func TestParentsEmitReachesAllChildren(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		parent := srv.OfPattern(numbered)
		other := srv.Of("/other")
		p := enter(t, srv)
		p.send(`0/n-1,`, `0/n-2,`, `0/other,`)
		settle()
		p.packets()
		only(t, srv.Of("/n-2")).Join("r")
		if err := parent.Emit("e", []byte{1}); err != nil {
			t.Error(err)
		}
		got := map[string]bool{}
		for _, q := range p.packets() {
			got[show(q)] = true
		}
		if len(got) != 3 || !got[`51-/n-1,["e",{"_placeholder":true,"num":0}]`] || !got[`51-/n-2,["e",{"_placeholder":true,"num":0}]`] {
			t.Errorf("client got %v", got)
		}
		parent.To("r").Volatile().Emit("room")
		p.expect(`2/n-2,["room"]`)
		parent.Except("r").Emit("rest")
		p.expect(`2/n-1,["rest"]`)
		wantErr(t, parent.Emit("disconnect"), socketio.ErrReservedName)
		members(t, parent, 0)
		members(t, other, 1)
		p.leave()
	})
}

func TestWhatIsRegisteredLaterHoldsForChildrenToo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		parent := srv.OfPattern(numbered)
		var n notes
		p := enter(t, srv)
		p.send(`0/n-1,`)
		note := func(what string) func(context.Context, *socketio.Socket, struct{}) error {
			return func(_ context.Context, s *socketio.Socket, _ struct{}) error {
				n.add("%s %s", what, s.Namespace().Name())
				return nil
			}
		}
		socketio.On(parent, "e", note("parent"))
		socketio.On(srv.Of("/n-1"), "e", note("child"))
		p.send(`0/n-2,`, `2/n-1,["e"]`)
		settle()
		n.expect(t, "parent /n-1", "child /n-1")
		p.send(`2/n-2,["e"]`)
		settle()
		n.expect(t, "parent /n-2")
		p.leave()
	})
}

func TestPrecedenceOfParents(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		var n notes
		mark := func(ns *socketio.Namespace, name string) {
			ns.OnConnect(func(context.Context, *socketio.Socket) error { n.add("%s", name); return nil })
		}
		mark(srv.Of("/n-1"), "registered")
		mark(srv.OfFunc(func(_ context.Context, name string, _ json.RawMessage) (bool, error) {
			return name == "/n-2", nil
		}), "function")
		mark(srv.OfPattern(numbered), "pattern")
		mark(srv.OfPattern(regexp.MustCompile("n")), "later pattern")
		mark(srv.Of("/n-4"), "the child's own")
		p := enter(t, srv)
		for _, tt := range []struct {
			packet string
			want   []string
		}{
			{`0/n-1,`, []string{"registered"}},
			{`0/n-2,`, []string{"function"}},
			{`0/n-3,`, []string{"pattern"}},
			{`0/n-4,`, []string{"pattern", "the child's own"}}, // Of has made it a child
			{`0/and,`, []string{"later pattern"}},
		} {
			p.send(tt.packet)
			settle()
			n.expect(t, tt.want...)
		}
		p.leave()
	})
}

func TestChildrenByFunction(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		var n notes
		srv.OfFunc(func(ctx context.Context, name string, auth json.RawMessage) (bool, error) {
			n.add("%s %s %v", name, auth, ctx.Err())
			switch name {
			case "/slow":
				time.Sleep(time.Second)
			case "/error":
				return true, errors.New("no database")
			case "/panic":
				panic("boom")
			}
			return name != "/no", nil
		})
		p := enter(t, srv)
		p.send(`0/yes,{"token":"x"}`, `0/no,`, `0/error,`)
		settle()
		p.expect(`0/yes,{"sid":SID}`, `4/no,{"message":"Invalid namespace"}`, `4/error,{"message":"Invalid namespace"}`)
		n.expect(t, `/yes {"token":"x"} <nil>`, `/no {} <nil>`, `/error {} <nil>`)
		p.send(`1/yes,`, `0/yes,`) // it exists: nobody is asked
		settle()
		n.expect(t)
		p.packets()
		var l logbook
		q := dial(t, srv, logged(&l))
		q.send(`0/panic,`)
		q.expect(`4/panic,{"message":"internal error"}`)
		if !strings.Contains(l.String(), "boom") {
			t.Errorf("log: %s", l.String())
		}
		done := make(chan struct{})
		go func() { defer close(done); q.send(`0/slow,`, `2/slow,["e"]`) }()
		settle()
		q.expect()
		<-done // the event came after the CONNECT was answered
		q.expect(`0/slow,{"sid":SID}`)
		members(t, srv.Of("/slow"), 1)
		p.leave()
		q.leave()
	})
}

// A client that leaves while a function thinks leaves nothing behind.
func TestClientLeavesWhileAFunctionThinks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{CleanupEmptyChildren: true})
		srv.Of("/")
		srv.OfFunc(func(ctx context.Context, _ string, _ json.RawMessage) (bool, error) {
			<-ctx.Done()
			return true, nil
		})
		p := dial(t, srv, nil)
		done := make(chan struct{})
		go func() { defer close(done); p.send(`0/a,`) }()
		settle()
		p.leave()
		<-done
		if got := srv.Names(); !slices.Equal(got, []string{"/"}) {
			t.Errorf("namespaces %q", got)
		}
	})
}

func TestCleanupOfEmptyChildren(t *testing.T) {
	for _, cleanup := range []bool{true, false} {
		t.Run(fmt.Sprint(cleanup), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var n notes
				srv := socketio.NewServer(socketio.Config{CleanupEmptyChildren: cleanup,
					Adapter: func(ns *socketio.Namespace) socketio.Adapter {
						return &closing{socketio.NewMemory(), func() { n.add("closed %s", ns.Name()) }}
					}})
				srv.Of("/static")
				parent := srv.OfPattern(numbered)
				p, q := enter(t, srv), enter(t, srv)
				p.send(`0/n-1,`, `0/static,`)
				q.send(`0/n-1,`)
				p.send(`1/n-1,`, `1/static,`)
				settle()
				if len(parent.Children()) != 1 {
					t.Error("given up too early")
				}
				n.expect(t)
				q.leave()
				left := 1
				if cleanup {
					left = 0
					n.expect(t, "closed /n-1")
				}
				if got := len(parent.Children()); got != left || len(srv.Names()) != 2+left {
					t.Errorf("%d children and namespaces %q", got, srv.Names())
				}
				p.send(`0/n-1,`) // it can come back, for the same client too
				settle()
				members(t, srv.Of("/n-1"), 1)
				p.leave()
			})
		})
	}
}

type closing struct {
	*socketio.Memory
	closed func()
}

func (c *closing) Close() error { c.closed(); return nil }

// Who was refused by a middleware, or left while it was thinking, was in the
// child nonetheless.
func TestCleanupAfterARefusal(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{CleanupEmptyChildren: true})
		parent := srv.OfFunc(yes)
		parent.Use(func(context.Context, *socketio.Socket) error { time.Sleep(time.Second); return errors.New("no") })
		p := enter(t, srv)
		p.send(`0/a,`, `0/b,`, `1/b,`)
		settle()
		if len(parent.Children()) != 1 {
			t.Errorf("%d children, want the one that somebody wants to enter", len(parent.Children()))
		}
		time.Sleep(time.Second)
		settle()
		if len(parent.Children()) != 0 {
			t.Error("child of nobody")
		}
		p.leave()
	})
}

// The last one leaves while the next one enters, on real goroutines: whoever is
// in is in the one namespace of that name.
func TestCleanupRacesWithEntering(t *testing.T) {
	srv := socketio.NewServer(socketio.Config{CleanupEmptyChildren: true})
	parent := srv.OfPattern(numbered)
	var wg sync.WaitGroup
	for range 4 {
		p := dial(t, srv, nil)
		wg.Go(func() {
			for range 300 {
				if p.send(`0/n-1,`) != nil {
					t.Error("refused")
				}
				p.send(`1/n-1,`)
				p.packets()
			}
			p.send(`0/n-1,`)
		})
		defer p.hangUp()
	}
	wg.Wait()
	all := parent.Children()
	if len(all) != 1 || all[0].Len() != 4 {
		t.Errorf("the sockets are in %d children, want 4 in one", len(all))
	}
}

// One client after the other makes namespaces; those that nobody is in make
// room.
func TestMaxChildren(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{MaxChildren: 3})
		parent := srv.OfPattern(numbered)
		p := enter(t, srv)
		p.send(`0/n-1,`, `0/n-2,`, `0/n-3,`, `0/n-4,`)
		p.expect(`0/n-1,{"sid":SID}`, `0/n-2,{"sid":SID}`, `0/n-3,{"sid":SID}`, `4/n-4,{"message":"Too many namespaces"}`)
		q := enter(t, srv)
		q.send(`0/n-1,`) // which exists
		q.expect(`0/n-1,{"sid":SID}`)
		p.send(`1/n-1,`, `1/n-2,`, `0/n-4,`)
		p.expect(`0/n-4,{"sid":SID}`)
		p.send(`1/n-3,`)
		for i := 5; i < 1000; i++ {
			q.send(fmt.Sprintf(`0/n-%d,`, i), fmt.Sprintf(`1/n-%d,`, i))
			q.packets()
		}
		if got := len(parent.Children()); got != 3 {
			t.Errorf("%d children", got)
		}
		members(t, srv.Of("/n-1"), 1)
		p.leave()
		q.leave()
	})
}

// A name that was given up and made anew is the same to a client that was there
// before.
func TestComingBackToAChildThatWasGivenUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{CleanupEmptyChildren: true})
		parent := srv.OfPattern(numbered)
		socketio.On(parent, "e", func(_ context.Context, s *socketio.Socket, _ struct{}) error { return s.Emit("f") })
		p := enter(t, srv)
		p.send(`0/n-1,`)
		first := parent.Children()[0]
		only(t, first).Disconnect(false)
		p.send(`0/n-1,`, `2/n-1,["e"]`)
		settle()
		p.expect(`0/n-1,{"sid":SID}`, `1/n-1,`, `0/n-1,{"sid":SID}`, `2/n-1,["f"]`)
		if parent.Children()[0] == first {
			t.Error("it was not given up")
		}
		p.leave()
	})
}

// An expression that makes engines with backtracking think for ever.
func TestNoReDoSInDynamicNamespaces(t *testing.T) {
	srv := socketio.NewServer(socketio.Config{})
	srv.OfPattern(regexp.MustCompile(`^/(a+)+$`))
	p := dial(t, srv, nil)
	defer p.hangUp()
	start := time.Now()
	for range 100 {
		p.send(`0/` + strings.Repeat("a", 200) + `!,`)
	}
	if d := time.Since(start); d > 30*time.Second {
		t.Errorf("100 names took %v", d)
	}
}

func TestLenCountsConnections(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		p, q := enter(t, srv), dial(t, srv, nil)
		if srv.Len() != 2 {
			t.Errorf("%d clients, want 2", srv.Len())
		}
		p.leave()
		q.conn.Kill(&session.CloseError{Code: session.Normal})
		if srv.Len() != 0 {
			t.Errorf("%d clients are left", srv.Len())
		}
	})
}
