package admin_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/socketio/admin"
)

// A flood of events costs what is shown of them, never that a socket is gone.
func TestFloodOfEventsIsLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, ui := hall(t, admin.Config{})
		defer ui.Close()
		p := page(t, srv)
		c := client(t, srv)
		s := only(t, srv.Of("/"))
		hold := make(chan struct{})
		// The UI's goroutine stands still in what the page is to be sent.
		stop := socketio.OnAnyOutgoing(srv.Of("/admin"), func(_ context.Context, _ *socketio.Socket, event string, _ socketio.Args) {
			<-hold
		})
		s.EmitVolatile("first")
		synctest.Wait()
		for range admin.MaxEvents + 5 {
			s.EmitVolatile("e")
		}
		c.leave()
		p.events()
		close(hold)
		settle()
		stop()
		if n := ui.Dropped(); n != 5 {
			t.Errorf("%d left out, want 5", n)
		}
		events, ends := 0, 0
		for _, e := range p.events() {
			switch e.name {
			case "event_sent":
				events++
			case "socket_disconnected":
				ends++
			}
		}
		if events != admin.MaxEvents+1 || ends != 1 {
			t.Errorf("%d events and %d ends of a socket, want %d and 1", events, ends, admin.MaxEvents+1)
		}
		p.leave()
	})
}

func TestNothingIsKeptOfThoseThatHaveGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, ui := hall(t, admin.Config{})
		defer ui.Close()
		srv.Of("/chat")
		var all []*peer
		for range 10 {
			c := dial(t, srv, "192.0.2.1:5")
			c.send("0", "0/chat,")
			all = append(all, c)
		}
		if sockets, connections := ui.Watched(); sockets != 20 || connections != 10 {
			t.Errorf("%d sockets, %d connections", sockets, connections)
		}
		for _, c := range all {
			c.leave()
		}
		if sockets, connections := ui.Watched(); sockets != 0 || connections != 0 {
			t.Errorf("%d sockets, %d connections are left", sockets, connections)
		}
	})
}

// What waits is bounded in bytes too.
func TestLargeEventsAreLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, ui := hall(t, admin.Config{})
		defer ui.Close()
		p := page(t, srv)
		c := client(t, srv)
		hold := make(chan struct{})
		stop := socketio.OnAnyOutgoing(srv.Of("/admin"), func(context.Context, *socketio.Socket, string, socketio.Args) { <-hold })
		s := only(t, srv.Of("/"))
		s.EmitVolatile("first")
		synctest.Wait()
		const large = admin.MaxBytes/4 + 1
		for range 5 {
			s.EmitVolatile("e", make([]byte, large))
		}
		close(hold)
		settle()
		stop()
		if n := ui.Dropped(); n != 2 {
			t.Errorf("%d left out, want 2", n)
		}
		c.leave()
		p.leave()
	})
}
