package socketio_test

import (
	"context"
	"testing"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// dialGen opens a connection of a generation.
func dialGen(t testing.TB, srv *socketio.Server, g socketio.Generation) *peer {
	t.Helper()
	return dialGenBy(t, srv, g, carrier)
}

func dialGenBy(t testing.TB, srv *socketio.Server, g socketio.Generation, k *session.Carrier) *peer {
	t.Helper()
	return dialGenAs(t, srv, g, k, session.Peer{RemoteAddr: "192.0.2.1:5"})
}

func dialGenAs(t testing.TB, srv *socketio.Server, g socketio.Generation, k *session.Carrier, user session.Peer) *peer {
	t.Helper()
	conn := session.NewConn(context.Background(), session.NewID(), &session.Config{}, user)
	p := &peer{t: t, conn: conn, load: srv.AcceptWatchedAs(g, conn)}
	lease, err := conn.Attach(k, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.lease = lease
	return p
}

func TestGenerationNames(t *testing.T) {
	for g, want := range map[socketio.Generation]string{
		socketio.Gen04: "Gen04", socketio.Gen06: "Gen06", socketio.Gen09: "Gen09",
		socketio.Gen3: "Gen3", socketio.Gen4: "Gen4", 0: "Generation(0)", 6: "Generation(6)",
	} {
		if got := g.String(); got != want {
			t.Errorf("%d is %q, want %q", g, got, want)
		}
	}
}
