package socketio_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/socketio"
)

// What the server does on a goroutine of its own may call the application.
func TestShutdownWaitsForListeners(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := recovering(socketio.Recovery{})
		ns := srv.Of("/")
		const many = 500
		gate := make(chan struct{})
		var calls int
		socketio.OnAnyOutgoing(ns, func(_ context.Context, s *socketio.Socket, event string, _ socketio.Args) {
			switch calls++; {
			case event == "first":
				for range many {
					s.Emit("more")
				}
			case calls == 300:
				<-gate
			}
		})
		p := dial(t, srv, nil)
		p.send(`0`)
		settle()
		go func() {
			for { // a client that reads
				if b, err := p.lease.Next(context.Background(), 1<<16); err != nil {
					return
				} else {
					b.Commit()
				}
			}
		}()
		if err := ns.Emit("first"); err != nil {
			t.Error(err) // it goes its way while others do the rest
		}
		soon, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		wantErr(t, srv.Shutdown(soon), context.DeadlineExceeded)
		over := false
		go func() {
			if err := srv.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
			over = true
		}()
		synctest.Wait()
		if over {
			t.Error("a listener still runs")
		}
		close(gate)
		synctest.Wait()
		if !over || calls != 1+many {
			t.Errorf("over %t after %d calls", over, calls)
		}
		// From now on whoever emits does all of it.
		ns.Emit("first")
		if calls != 2*(1+many) {
			t.Errorf("%d calls", calls)
		}
		p.leave()
	})
}

func TestNobodyComesBackAfterShutdown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{Recovery: &socketio.Recovery{}, CleanupEmptyChildren: true})
		parent := srv.OfPattern(numbered)
		away := &returning{t: t, srv: srv, ns: "/n-1", carrier: carrier}
		away.enter()
		away.cut()
		late := &returning{t: t, srv: srv, ns: "/n-2", carrier: carrier}
		late.enter()
		settle()
		if len(parent.Children()) != 2 {
			t.Fatalf("children %v", parent.Children())
		}
		if err := srv.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if got := parent.Children(); len(got) != 1 {
			t.Errorf("%d children are held", len(got))
		}
		late.cut()
		settle()
		if got := parent.Children(); len(got) != 0 {
			t.Errorf("%d children are held", len(got))
		}
	})
}
