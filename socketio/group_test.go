package socketio_test

import (
	"testing"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// TestAGroupReachesSockets: a handler that is reached by raw clients and by
// those of Socket.IO tells them the same.
func TestAGroupReachesSockets(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		var all session.Group
		srv.Of("/").Serve(session.HandlerFunc(func(s session.Session) {
			all.Add(s)
			defer all.Remove(s)
			<-s.Context().Done()
		}))
		a, b := enter(t, srv), enter(t, srv)
		settle()
		for _, m := range []session.Message{
			{Kind: session.Text, Data: []byte("hello")},
			{Kind: session.JSON, Data: []byte(`{"a":1}`)},
		} {
			if n := all.Broadcast(m); n != 2 {
				t.Errorf("queued for %d, want 2", n)
			}
		}
		for _, p := range []*peer{a, b} {
			p.expect(`2["message","hello"]`, `2["message",{"a":1}]`)
		}
		a.leave()
		settle()
		if n := all.Broadcast(session.Message{Data: []byte("x")}); n != 1 || all.Len() != 1 {
			t.Errorf("queued for %d of %d, want 1", n, all.Len())
		}
		b.leave()
	})
}
