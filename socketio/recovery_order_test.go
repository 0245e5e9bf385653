package socketio_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/everwire/everwire/socketio"
)

// More is missed than an outbox holds: the client gets it as fast as it reads.
func TestCatchingUpWaitsForTheClient(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := recovering(socketio.Recovery{})
		ns := srv.Of("/")
		r := newReturning(t, srv, "/", carrier)
		r.enter().Emit("n", 0)
		r.read(-1)
		r.cut()
		settle()
		var want []string
		want = append(want, `["n",0]`)
		emit := func(i int) {
			ns.Emit("n", i)
			want = append(want, fmt.Sprintf(`["n",%d]`, i))
		}
		for i := 1; i <= 3000; i++ {
			emit(i)
		}
		r.come()
		settle()
		for i := 3001; i <= 3100; i++ { // while it catches up
			r.read(7)
			emit(i)
			settle()
		}
		for range 100 {
			r.read(-1)
			settle()
		}
		r.expect(want...)
		s := ns.Socket(r.id)
		s.Emit("live", 1)
		r.read(-1)
		r.expect(`["live",1]`)
		r.cut()
		settle()
	})
}

// An event that is emitted while another one is on its way comes after it, as its
// offset says.
func TestOffsetsAreInOrderWhenAnEmitSetsOffAnother(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := recovering(socketio.Recovery{})
		ns := srv.Of("/")
		socketio.OnAnyOutgoing(ns, func(_ context.Context, s *socketio.Socket, event string, _ socketio.Args) {
			if event == "a" {
				s.Emit("b", 2)
				go socketio.Call[struct{}](context.Background(), s, "c", 3)
			}
		})
		r := newReturning(t, srv, "/", carrier)
		r.enter()
		ns.Emit("a", 1)
		settle()
		r.read(-1)
		r.expect(`["a",1]`, `["b",2]`, `["c",3,0]`)
		r.cut()
		settle()
	})
}

// What was emitted before a disconnect is sent before it.
func TestDisconnectComesBehindWhatWasEmitted(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := recovering(socketio.Recovery{})
		ns := srv.Of("/")
		socketio.OnAnyOutgoing(ns, func(_ context.Context, s *socketio.Socket, event string, _ socketio.Args) {
			if event == "a" {
				s.Emit("bye", 2)
				s.Disconnect(true)
			}
		})
		p := dial(t, srv, nil)
		p.send(`0`)
		settle()
		p.packets()
		ns.Emit("a", 1)
		settle()
		p.expect(`2["a",1,"1"]`, `2["bye",2,"2"]`, `1`, "close 3500")
		p.leave()
	})
}
