package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

func recovering(r socketio.Recovery) *socketio.Server {
	return socketio.NewServer(socketio.Config{Recovery: &r})
}

// Socket.IO protocol 5 as the reference of 4.6 and later speaks it.
func TestOffsetsOnTheWire(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := recovering(socketio.Recovery{})
		ns := srv.Of("/")
		p := dial(t, srv, nil)
		p.send(`0`)
		settle()
		answer := p.packets()
		if len(answer) != 1 || !private.MatchString(string(answer[0].Data)) {
			t.Fatalf("answer to CONNECT: %v", answer)
		}
		s := only(t, ns)
		s.Emit("a")
		s.Emit("b", "x", 1)
		ns.Emit("c", []byte{7})
		go socketio.Call[struct{}](context.Background(), s, "d", "x")
		settle()
		p.expect(`2["a","1"]`, `2["b","x",1,"2"]`, `51-["c",{"_placeholder":true,"num":0},"3"]`, `<07>`, `20["d","x"]`)
		s.Volatile().Emit("e", 1)
		p.expect(`2["e",1]`)
		// What a client would take for an offset has to be one.
		s.Volatile().Emit("f")
		p.expect(`2["f","3"]`)
		ns.Volatile().Emit("g", "x")
		p.expect(`2["g","x","3"]`)
		p.leave()
	})
}

func TestRecoveryIsOffByDefault(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		p := enter(t, srv) // no private id
		only(t, srv.Of("/")).Emit("a")
		p.expect(`2["a"]`)
		p.leave()
	})
}

func TestRecoveryIsForThoseWhoTakeIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := recovering(socketio.Recovery{For: func(s *socketio.Socket) bool {
			return strings.Contains(string(s.Auth()), "new")
		}})
		ns := srv.Of("/")
		old := dial(t, srv, nil)
		old.send(`0{"age":"old"}`)
		settle()
		old.expect(`0{"sid":SID}`)
		r := dial(t, srv, nil)
		r.send(`0{"age":"new"}`)
		settle()
		r.packets()
		ns.Emit("a", 1)
		old.expect(`2["a",1]`)
		r.expect(`2["a",1,"1"]`)
		old.leave()
		r.leave()
	})
}

func TestServedNamespacesDoNotRecover(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := recovering(socketio.Recovery{})
		srv.Of("/").Serve(session.HandlerFunc(func(s session.Session) {
			s.Send(s.Context(), session.Message{Data: []byte("hi")})
			s.Receive(s.Context())
		}))
		p := dial(t, srv, nil)
		p.send(`0`)
		settle()
		p.expect(`0{"sid":SID}`, `2["message","hi"]`)
		p.leave()
	})
}

func TestRecoveredClientHasAllThatItHad(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := recovering(socketio.Recovery{})
		ns := srv.Of("/")
		var n notes
		ns.Use(func(_ context.Context, s *socketio.Socket) error { n.add("asked %t", s.Recovered()); return nil })
		ns.OnConnect(func(_ context.Context, s *socketio.Socket) error { n.add("in %t", s.Recovered()); return nil })
		ns.OnDisconnect(func(_ *socketio.Socket, r socketio.DisconnectReason) { n.add("out: %s", r) })
		r := newReturning(t, srv, "/", carrier)
		s := r.enter()
		n.expect(t, "asked false", "in false")
		s.Join("red", "blue")
		s.Leave("blue")
		s.SetData(7)
		s.Emit("first", 1)
		r.read(-1)
		r.expect(`["first",1]`)
		r.cut()
		settle()
		n.expect(t, "out: transport close")
		members(t, ns, 0)

		ns.Emit("to all", 2)
		ns.To("red").Emit("to red", 3)
		ns.To("blue").Emit("to blue", 4)
		ns.Except("red").Emit("not to red", 5)
		ns.To(s.ID()).Emit("to its room", 6)
		ns.To("red", "blue").Emit("once", 7)
		ns.Volatile().Emit("volatile", 8)
		ns.To("red").Emit("binary", []byte{9})

		again := r.enter()
		if !r.recovered || !again.Recovered() || again == s {
			t.Fatal("not recovered")
		}
		r.expect(`["to all",2]`, `["to red",3]`, `["to its room",6]`, `["once",7]`,
			`["binary",{"_placeholder":true,"num":0}][09]`)
		if got := again.Rooms(); !slices.Equal(got, []string{again.ID(), "red"}) || again.Data() != 7 {
			t.Errorf("rooms %q, data %v", got, again.Data())
		}
		n.expect(t, "asked true", "in true")
		ns.To("red").Emit("live", 10)
		again.Emit("live", 11)
		r.read(-1)
		r.expect(`["live",10]`, `["live",11]`)
		if again.Recovered() && s.Emit("late") == nil {
			t.Error("the old socket still emits")
		}
		r.cut()
		settle()
	})
}

// A room is a matter of when: what was said before a client joined or after it
// left is not for it, though it is in the room, or is not, when it goes away.
func TestMissedEventsAreThoseOfTheRoomsAtTheirTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := recovering(socketio.Recovery{})
		ns := srv.Of("/")
		r := newReturning(t, srv, "/", carrier)
		s := r.enter()
		s.Emit("start", 0)
		r.read(-1)
		ns.To("a").Emit("before a", 1)
		s.Join("a", "b")
		ns.To("a").Emit("a", 2)
		ns.To("b").Emit("b", 3)
		s.Leave("b")
		ns.To("b").Emit("after b", 4)
		ns.Except("b").Emit("not to b", 5)
		s.Join("b")
		ns.Except("b").Emit("not to b again", 6)
		ns.To("b").Emit("b again", 7)
		r.cut()
		settle()
		r.got = nil
		r.enter()
		if !r.recovered {
			t.Error("not recovered")
		}
		r.expect(`["a",2]`, `["b",3]`, `["not to b",5]`, `["b again",7]`)
		r.cut()
		settle()
	})
}

func TestWhatCannotBeRecovered(t *testing.T) {
	kill := func(ce session.CloseError) func(*returning, *socketio.Socket) {
		return func(r *returning, _ *socketio.Socket) { r.peer.conn.Kill(&ce) }
	}
	for _, tt := range []struct {
		name      string
		end       func(r *returning, s *socketio.Socket)
		recovered bool
	}{
		{"connection lost", kill(session.CloseError{Code: session.TransportLost, Remote: true}), true},
		{"closed by the client", kill(session.CloseError{Code: session.GoingAway, Remote: true}), true},
		{"no pong", kill(session.CloseError{Code: session.PingTimeout, Remote: true}), true},
		{"slow client", kill(session.CloseError{Code: session.SlowClient}), true},
		{"shutdown", kill(session.CloseError{Code: session.GoingAway}), true},
		{"closed by the server", kill(session.CloseError{Code: session.Forced}), true},
		{"signed out", kill(session.CloseError{Code: session.Revoked}), false},
		{"garbage", func(r *returning, _ *socketio.Socket) { r.peer.send(`garbage`) }, false},
		{"client leaves", func(r *returning, _ *socketio.Socket) { r.peer.send(`1`) }, false},
		{"server leaves", func(_ *returning, s *socketio.Socket) { s.Disconnect(false) }, false},
		{"server disconnects", func(_ *returning, s *socketio.Socket) { s.Disconnect(true) }, false},
		{"too late", func(r *returning, _ *socketio.Socket) { r.cut(); time.Sleep(2 * time.Minute) }, false},
		{"just in time", func(r *returning, _ *socketio.Socket) { r.cut(); time.Sleep(2*time.Minute - time.Second) }, true},
		{"offset that was never given", func(r *returning, _ *socketio.Socket) { r.offset = new("zzz") }, false},
		{"offset that is none", func(r *returning, _ *socketio.Socket) { r.offset = new("-1 ") }, false},
		{"another's private id", func(r *returning, _ *socketio.Socket) { r.private = strings.Repeat("x", 22) }, false},
		{"private id is empty", func(r *returning, _ *socketio.Socket) { r.private = "" }, false},
		{"a message was sent", func(_ *returning, s *socketio.Socket) {
			s.Send(context.Background(), session.Message{Data: []byte("x")})
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := recovering(socketio.Recovery{})
				r := newReturning(t, srv, "/", carrier)
				s := r.enter()
				s.Emit("a", 1)
				r.read(-1)
				id := r.id
				tt.end(r, s)
				r.cut()
				settle()
				r.id = "" // let it be what it is
				if r.private != "" && tt.recovered {
					r.id = id
				}
				r.come()
				settle()
				if tt.recovered {
					r.read(-1)
				} else {
					for _, q := range r.peer.packets() {
						if strings.Contains(string(q.Data), id) {
							t.Errorf("got %s", q.Data)
						}
					}
				}
				if r.recovered != tt.recovered {
					t.Errorf("recovered %t, want %t", r.recovered, tt.recovered)
				}
				r.cut()
				settle()
				time.Sleep(3 * time.Minute)
				if got := srv.Of("/").Kept(); got != (socketio.Kept{}) {
					t.Errorf("kept for ever: %+v", got)
				}
			})
		})
	}
}

// The private id works once; who comes second is somebody else.
func TestRecoveryWorksOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := recovering(socketio.Recovery{})
		r := newReturning(t, srv, "/", carrier)
		r.enter().Emit("a", 1)
		r.read(-1)
		r.cut()
		settle()
		thief := *r
		r.enter()
		// It is connected: whoever shows the private id now takes it over.
		thief.enter()
		if !thief.recovered || r.peer.conn.State() == session.Open {
			t.Error("two have the same id")
		}
		members(t, srv.Of("/"), 1)
		thief.cut()
		settle()
	})
}

// A client notices the loss of its connection long before the server does.
func TestComingBackBeforeTheServerHasNoticed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := recovering(socketio.Recovery{})
		ns := srv.Of("/")
		var n notes
		ns.OnDisconnect(func(s *socketio.Socket, r socketio.DisconnectReason) { n.add("%s %t", r, s.Recovered()) })
		r := newReturning(t, srv, "/", carrier)
		s := r.enter()
		s.Join("room")
		s.SetData("kept")
		s.Emit("a", 1)
		r.read(-1)
		old := r.peer
		ns.To("room").Emit("lost on its way", 2)
		r.got = nil
		s2 := r.enter()
		if !r.recovered || s2.Data() != "kept" || !slices.Equal(s2.Rooms(), []string{s.ID(), "room"}) {
			t.Errorf("recovered %t, data %v, rooms %q", r.recovered, s2.Data(), s2.Rooms())
		}
		r.expect(`["lost on its way",2]`)
		if old.conn.State() != session.Closed {
			t.Error("the old connection lives")
		}
		n.expect(t, "transport close false")
		members(t, ns, 1)
		ns.To("room").Emit("live", 3)
		r.read(-1)
		r.expect(`["live",3]`)
		r.cut()
		settle()
	})
}

// Without an offset a client has got nothing yet.
func TestRecoveryOfAClientThatGotNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := recovering(socketio.Recovery{})
		srv.Of("/").Emit("before its time", 0)
		r := newReturning(t, srv, "/", carrier)
		other := newReturning(t, srv, "/", carrier)
		other.enter()
		srv.Of("/").Emit("before its time", 1)
		r.enter()
		srv.Of("/").Emit("lost", 2)
		r.cut()
		settle()
		r.enter()
		if !r.recovered {
			t.Error("not recovered")
		}
		r.expect(`["lost",2]`)
		r.cut()
		other.cut()
		settle()
	})
}

// Middlewares decide anew: a client's rights may have ended meanwhile.
func TestMiddlewaresOfRecoveredClients(t *testing.T) {
	for _, skip := range []bool{false, true} {
		t.Run(fmt.Sprint("skip ", skip), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := recovering(socketio.Recovery{SkipMiddlewares: skip})
				var verdict error
				srv.Of("/").Use(func(context.Context, *socketio.Socket) error { return verdict })
				r := newReturning(t, srv, "/", carrier)
				r.enter().Emit("a", 1)
				r.read(-1)
				r.cut()
				settle()
				verdict = errors.New("banned")
				r.come()
				settle()
				r.read(-1)
				if r.connected != skip || (r.refused == "") != skip {
					t.Errorf("let in %t, refused %q", r.connected, r.refused)
				}
				r.cut()
				settle()
				if skip {
					return
				}
				verdict = nil // that it was refused has changed nothing
				if r.enter(); !r.recovered {
					t.Error("cannot come back any more")
				}
				r.cut()
				settle()
			})
		})
	}
}

// What was dropped and was not for a client does not keep it from coming back, or
// from coming.
func TestRecoveryOfAQuietClientInALoudNamespace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := recovering(socketio.Recovery{MaxEvents: 10})
		ns := srv.Of("/")
		first := newReturning(t, srv, "/", carrier)
		first.enter()
		for i := range 30 {
			ns.To("loud").Emit("noise", i)
		}
		r := newReturning(t, srv, "/", carrier)
		r.enter().Emit("a", 1)
		r.read(-1)
		for i := range 30 {
			ns.To("loud").Emit("noise", i)
		}
		r.cut()
		settle()
		ns.Emit("b", 2)
		r.got = nil
		r.enter()
		if !r.recovered {
			t.Error("not recovered")
		}
		r.expect(`["b",2]`)
		r.cut()
		first.cut()
		settle()
	})
}

// Cleanup waits for clients that may come back.
func TestRecoveryInAChildThatIsGivenUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{Recovery: &socketio.Recovery{}, CleanupEmptyChildren: true})
		parent := srv.OfPattern(numbered)
		r := &returning{t: t, srv: srv, ns: "/n-1", carrier: carrier}
		r.enter().Emit("a", 1)
		r.read(-1)
		r.cut()
		settle()
		parent.Emit("b", 2)
		r.got = nil
		r.enter()
		if !r.recovered {
			t.Error("not recovered")
		}
		r.expect(`["b",2]`)
		r.cut()
		settle()
		time.Sleep(2*time.Minute - time.Second)
		if len(parent.Children()) != 1 {
			t.Error("given up too early")
		}
		time.Sleep(time.Second)
		settle()
		if len(parent.Children()) != 0 {
			t.Error("kept for ever")
		}
	})
}
