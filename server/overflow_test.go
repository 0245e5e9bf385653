package server_test

import (
	"net/http"
	"testing"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/session"
)

func TestOverflowCounts(t *testing.T) {
	s := newSite(t, server.Options{OutboxMessages: 3})
	ns := s.Of("/")
	sid := s.open()
	if got := s.do("POST", poll+"&sid="+sid, "40"); got.status != http.StatusOK {
		t.Fatalf("connect: %d %s", got.status, got.body)
	}
	// The client does not poll: these stay in its outbox, behind the answer to
	// its CONNECT.
	ns.Volatile().Emit("missed")
	ns.Emit("a")
	ns.Emit("b")
	ns.Volatile().Emit("missed")
	if got, want := s.OverflowCounts(), (session.OverflowCounts{Volatile: 2}); got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
	for range 3 {
		ns.Emit("too much")
	}
	if got, want := s.OverflowCounts(), (session.OverflowCounts{Volatile: 2, SlowClients: 1}); got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
}
