package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

func TestRecoveryIsBounded(t *testing.T) {
	big := strings.Repeat("x", 1000)
	for _, tt := range []struct {
		name      string
		cfg       socketio.Recovery
		events    int
		recovered bool
	}{
		{"as many events as there may be", socketio.Recovery{MaxEvents: 10}, 10, true},
		{"one event too many", socketio.Recovery{MaxEvents: 10}, 11, false},
		{"bytes", socketio.Recovery{MaxBytes: 25_000}, 9, true},
		{"too many bytes", socketio.Recovery{MaxBytes: 25_000}, 12, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := recovering(tt.cfg)
				ns := srv.Of("/")
				r := newReturning(t, srv, "/", carrier)
				r.enter().Emit("a", 1)
				r.read(-1)
				r.cut()
				settle()
				for range tt.events {
					ns.Emit("b", big, 1)
				}
				if k := ns.Kept(); tt.cfg.MaxEvents > 0 && k.Events > tt.cfg.MaxEvents || tt.cfg.MaxBytes > 0 && k.Bytes > tt.cfg.MaxBytes {
					t.Errorf("kept %+v", k)
				}
				id := r.id
				if !tt.recovered {
					r.id = ""
				}
				r.come()
				settle()
				all := r.peer.packets()
				if got := strings.Contains(string(all[0].Data), id); got != tt.recovered {
					t.Errorf("recovered %t, want %t", got, tt.recovered)
				} else if got && len(all) != 1+tt.events {
					t.Errorf("%d events, want %d", len(all)-1, tt.events)
				}
				r.cut()
				settle()
			})
		})
	}
}

func TestClientsThatAreAwayAreBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := recovering(socketio.Recovery{MaxClients: 3})
		var all []*returning
		for range 5 {
			r := newReturning(t, srv, "/", carrier)
			r.enter().Emit("a", 1)
			r.read(-1)
			all = append(all, r)
		}
		for _, r := range all {
			time.Sleep(time.Second)
			r.cut()
		}
		settle()
		if got := srv.Of("/").Kept().Clients; got != 3 {
			t.Errorf("%d clients are kept, want 3", got)
		}
		for i, r := range all {
			id := r.id
			if i < 2 {
				r.id = ""
			}
			r.come()
			settle()
			if got := strings.Contains(string(r.peer.packets()[0].Data), id); got != (i >= 2) {
				t.Errorf("client %d recovered: %t", i, got)
			}
		}
		for _, r := range all {
			r.cut()
		}
		settle()
	})
}

// A broadcast is kept once, whatever the number of its receivers, and nothing is
// kept where nobody could come back.
func TestBroadcastsAreKeptOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := recovering(socketio.Recovery{})
		ns := srv.Of("/")
		ns.Emit("to nobody")
		if k := ns.Kept(); k.Events != 0 {
			t.Errorf("kept %+v", k)
		}
		var all []*returning
		for range 20 {
			r := newReturning(t, srv, "/", carrier)
			r.enter()
			all = append(all, r)
		}
		ns.Emit("a", 1)
		ns.Emit("b", 2)
		if k := ns.Kept(); k.Events != 2 || k.Bytes > 2000 {
			t.Errorf("kept %+v", k)
		}
		for _, r := range all {
			r.cut()
		}
		settle()
		time.Sleep(2 * time.Minute)
		if k := ns.Kept(); k != (socketio.Kept{}) {
			t.Errorf("kept for ever: %+v", k)
		}
	})
}

// Clients bring namespaces into being: what is kept for all of them is bounded too.
func TestRecoveryIsBoundedForAllNamespaces(t *testing.T) {
	const clients, total = 40, 100_000
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{CleanupEmptyChildren: true,
			Recovery: &socketio.Recovery{MaxTotalBytes: total, MaxTotalClients: 25}})
		parent := srv.OfPattern(numbered)
		var all []*returning
		for i := range clients {
			r := &returning{t: t, srv: srv, ns: fmt.Sprint("/n-", i), carrier: carrier}
			s := r.enter()
			s.Join(strings.Repeat("room", 500))
			all = append(all, r)
		}
		check := func(when string) {
			t.Helper()
			if bytes, away := srv.Stock(); bytes < 0 || bytes > total || away < 0 || away > 25 {
				t.Errorf("%s: %d bytes and %d clients", when, bytes, away)
			}
		}
		for range 3 {
			parent.Emit("a", strings.Repeat("x", 5000))
			check("events")
		}
		for range 10 {
			parent.Emit("a", "b")
		}
		for _, r := range all {
			r.cut()
			settle()
			check("away")
		}
		if _, away := srv.Stock(); away == 0 {
			t.Error("nobody can come back")
		}
		time.Sleep(5 * time.Minute)
		if bytes, away := srv.Stock(); bytes != 0 || away != 0 {
			t.Errorf("%d bytes and %d clients are kept for ever", bytes, away)
		}
		if n := len(parent.Children()); n != 0 {
			t.Errorf("%d children are held", n)
		}
	})
}

// The number alone is bounded too, and rooms are counted.
func TestClientsThatAreAwayAreBoundedForAllNamespaces(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := recovering(socketio.Recovery{MaxTotalClients: 3})
		for i := range 10 {
			r := newReturning(t, srv, fmt.Sprint("/", i), carrier)
			r.enter().Join(strings.Repeat("room", 100), strings.Repeat("other", 100))
			r.cut()
			settle()
		}
		if bytes, away := srv.Stock(); away != 3 || bytes < 3*900 {
			t.Errorf("%d clients are kept, want 3, in %d bytes; their rooms alone have 2,700", away, bytes)
		}
		if err := srv.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if bytes, away := srv.Stock(); bytes != 0 || away != 0 {
			t.Errorf("%d bytes and %d clients are kept after the shutdown", bytes, away)
		}
	})
}

// Events grow old also where nobody comes or goes.
func TestEventsAreNotKeptForEver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := recovering(socketio.Recovery{})
		ns := srv.Of("/")
		p := dial(t, srv, nil)
		p.send(`0`)
		settle()
		ns.Emit("a", 1)
		time.Sleep(time.Minute)
		ns.Emit("b", 1)
		if got := ns.Kept().Events; got != 2 {
			t.Errorf("%d events are kept, want both", got)
		}
		time.Sleep(90 * time.Second)
		if got := ns.Kept().Events; got != 1 {
			t.Errorf("%d events are kept, want one", got)
		}
		members(t, ns, 1)
		p.leave()
	})
}

// Clients that are gone do not keep others out.
func TestClientsThatAreAwayDoNotHoldChildrenAgainstOthers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{Recovery: &socketio.Recovery{}, MaxChildren: 3, CleanupEmptyChildren: true})
		parent := srv.OfPattern(numbered)
		come := func(i int) *returning {
			r := &returning{t: t, srv: srv, ns: fmt.Sprint("/n-", i), carrier: carrier}
			r.come()
			settle()
			r.read(-1)
			return r
		}
		for i := range 20 {
			r := come(i)
			if !r.connected {
				t.Fatalf("client %d: %s", i, r.refused)
			}
			r.cut()
			settle()
		}
		// Those who are here keep their places.
		here := []*returning{come(100), come(101), come(102)}
		if r := come(103); r.connected || r.refused == "" {
			t.Error("one too many is let in")
		} else {
			r.cut()
		}
		if _, away := srv.Stock(); away != 0 || len(parent.Children()) != 3 {
			t.Errorf("%d are away, %d children", away, len(parent.Children()))
		}
		for _, r := range here {
			if !r.connected {
				t.Error("refused:", r.refused)
			}
			r.cut()
		}
		settle()
		time.Sleep(3 * time.Minute)
		if bytes, away := srv.Stock(); bytes != 0 || away != 0 || len(parent.Children()) != 0 {
			t.Errorf("%d bytes, %d clients and %d children are kept for ever", bytes, away, len(parent.Children()))
		}
	})
}

// What waits to be handed out is bounded, and what the queue refuses is counted.
func TestEventsThatTheQueueRefusesAreCounted(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var counter session.OverflowCounter
		srv := socketio.NewServer(socketio.Config{Recovery: &socketio.Recovery{}, OverflowCounter: &counter})
		ns := srv.Of("/")
		r := newReturning(t, srv, "/", carrier)
		s := r.enter()
		busy := make(chan struct{})
		socketio.OnAnyOutgoing(s, func(_ context.Context, _ *socketio.Socket, event string, _ socketio.Args) {
			if event == "first" {
				<-busy // whoever hands out cannot go on
			}
		})
		go ns.Emit("first")
		settle()
		refused := uint64(0)
		for refused == 0 {
			if err := ns.Emit("e", 1); errors.Is(err, session.ErrQueueFull) {
				refused++
			} else if err != nil {
				t.Fatal(err)
			}
		}
		for _, emit := range []func(string, ...any) error{s.Emit, s.Volatile().Emit, ns.To("nobody").Emit} {
			if err := emit("e", 2); !errors.Is(err, session.ErrQueueFull) {
				t.Errorf("error %v, want that the queue is full", err)
			}
			refused++
		}
		if got, want := counter.Counts(), (session.OverflowCounts{Refused: refused}); got != want {
			t.Errorf("counted %+v, want %+v", got, want)
		}
		close(busy)
		settle()
		r.cut()
		settle()
	})
}
