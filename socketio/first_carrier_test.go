package socketio_test

import (
	"context"
	"slices"
	"testing"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// Who has shaken hands and never came is in no namespace, and what comes before
// the first carrier is not lost.
func TestClientsAreInTheRootFromTheirFirstCarrierOn(t *testing.T) {
	ofEveryGeneration(t, func(t *testing.T, g socketio.Generation) {
		for _, early := range []bool{false, true} {
			if g < socketio.Gen4 {
				fromTheFirstCarrierOn(t, g, early)
			}
		}
	})
}

func fromTheFirstCarrierOn(t *testing.T, g socketio.Generation, early bool) {
	srv := socketio.NewServer(socketio.Config{})
	var n notes
	ns := srv.Of("/")
	ns.OnConnect(func(_ context.Context, s *socketio.Socket) error {
		n.add("connect")
		return s.Emit("message", "welcome")
	})
	heard[string](&n, ns, "message")
	conn := session.NewConn(t.Context(), session.NewID(), &session.Config{}, session.Peer{})
	srv.AcceptAs(g, conn)
	settle()
	n.expect(t)
	c := talker{&peer{t: t, conn: conn}, g}
	want := []string{"connect"}
	if early {
		c.sendText("x")
		settle()
		n.expect(t, "connect", `"x"`)
		want = nil
	}
	var err error
	if c.lease, err = conn.Attach(plain, nil); err != nil {
		t.Fatal(err)
	}
	settle()
	n.expect(t, want...)
	if g == socketio.Gen3 {
		c.hears("0", `message("welcome")`)
	} else {
		c.hears(`message("welcome")`)
	}
	conn.Kill(&session.CloseError{Code: session.Normal})
	settle()
}

// A request with data may be quicker than the one that brings the first carrier:
// it must find the client in the root.
func TestFirstCarrierAndFirstMessageAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		var n notes
		heard[string](&n, srv.Of("/"), "message")
		const clients = 300
		for range clients {
			conn := session.NewConn(t.Context(), session.NewID(), &session.Config{}, session.Peer{})
			srv.AcceptAs(socketio.Gen09, conn)
			go conn.Attach(plain, nil)
			go conn.Deliver(session.Packet{Type: session.PacketMessage, Data: []byte("3:::x")})
			defer conn.Kill(&session.CloseError{Code: session.Normal})
		}
		settle()
		n.expect(t, slices.Repeat([]string{`"x"`}, clients)...)
		members(t, srv.Of("/"), clients)
	})
}
