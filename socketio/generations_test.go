package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// What a client sends as a message is the event "message", and the other way
// round: text as text, JSON as JSON.
func TestMessagesOfEveryGeneration(t *testing.T) {
	ofEveryGeneration(t, func(t *testing.T, g socketio.Generation) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		socketio.On(ns, "message", func(_ context.Context, s *socketio.Socket, args socketio.Args) error {
			return s.Emit("message", args)
		})
		c := talk(t, srv, g)
		c.sendText(`hé "☃" 🦊`)
		c.sendText("")
		c.sendJSON(`{"a":[1,null]}`)
		c.sendJSON(`[1,2]`)
		c.sendJSON(`7`)
		settle()
		c.hears(`message("hé \"☃\" 🦊")`, `message("")`, `message({"a":[1,null]})`, `message([1,2])`, `message(7)`)
		s := only(t, ns)
		for _, m := range []session.Message{{Kind: session.Text, Data: []byte("x")}, {Kind: session.JSON, Data: []byte(`{"b":2}`)}} {
			if err := s.Send(t.Context(), m); err != nil {
				t.Error(err)
			}
		}
		c.hears(`message("x")`, `message({"b":2})`)
		c.leave()
	})
}

// A session handler sees messages and does not see the generation.
func TestSessionHandlersOfEveryGeneration(t *testing.T) {
	ofEveryGeneration(t, func(t *testing.T, g socketio.Generation) {
		srv := socketio.NewServer(socketio.Config{})
		var n notes
		srv.Of("/").Serve(session.HandlerFunc(func(s session.Session) {
			for {
				m, err := s.Receive(s.Context())
				if err != nil {
					n.add("%v", err)
					return
				}
				n.add("%s %s", m.Kind, m.Data)
				if err := s.Send(s.Context(), m); err != nil {
					n.add("%v", err)
				}
				if string(m.Data) == "bye" {
					return
				}
			}
		}))
		c := talk(t, srv, g)
		c.sendText("é")
		c.sendJSON(`{"a":1}`)
		settle()
		n.expect(t, "text é", `json {"a":1}`)
		c.hears(`message("é")`, `message({"a":1})`)
		if err := only(t, srv.Of("/")).Send(t.Context(), session.Message{Kind: session.Binary, Data: []byte("b")}); g < socketio.Gen3 {
			wantErr(t, err, session.ErrUnsupported)
		} else if err != nil {
			t.Error(err)
		}
		if got, want := only(t, srv.Of("/")).Peer().Binary, g >= socketio.Gen3; got != want {
			t.Errorf("Peer.Binary is %t", got)
		}
		c.packets()
		c.sendText("bye")
		settle()
		// Where the root is all there is, its end is the connection's.
		if g < socketio.Gen3 {
			c.hears(`message("bye")`, "close 1000")
		} else {
			c.hears(`message("bye")`, "1")
		}
		n.expect(t, "text bye")
		members(t, srv.Of("/"), 0)
		c.leave()
	})
}

func TestEventsOfEveryGeneration(t *testing.T) {
	ofEveryGeneration(t, func(t *testing.T, g socketio.Generation) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		socketio.On(ns, "echo", func(_ context.Context, s *socketio.Socket, args socketio.Args) error {
			return s.Emit("echo", args)
		})
		c := talk(t, srv, g)
		s := only(t, ns)
		if g < socketio.Gen09 {
			err := s.Emit("e", 1)
			wantErr(t, err, socketio.ErrNoEvents)
			wantErr(t, err, session.ErrUnsupported)
			if err := s.Emit("message", 1, "b"); err != nil {
				t.Error(err)
			}
			c.hears(`message([1,"b"])`)
			c.leave()
			return
		}
		c.emit("", "echo", `"é",{"a":1}`)
		c.emit("", "echo", ``)
		settle()
		c.hears(`echo("é",{"a":1})`, `echo()`)
		if err := s.Emit("message", 1, "b"); err != nil {
			t.Error(err)
		}
		c.hears(`message(1,"b")`)
		c.leave()
	})
}

// Where the application allows it, clients that know messages only get events as
// messages.
func TestEventMessages(t *testing.T) {
	for _, g := range []socketio.Generation{socketio.Gen04, socketio.Gen06} {
		t.Run(g.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{EventMessages: true})
				c := talk(t, srv, g)
				s := only(t, srv.Of("/"))
				s.Emit("e", 1, "b")
				s.Emit("e")
				s.Emit("message", "x")
				srv.Of("/").Emit("all", "y")
				ps := c.packets()
				for i, want := range []string{`{"name":"e","args":[1,"b"]}`, `{"name":"e"}`, `x`, `{"name":"all","args":["y"]}`} {
					kind := session.JSON
					if want == "x" {
						kind = session.Text
					}
					if i >= len(ps) || string(ps[i].Data) != want || ps[i].Kind != kind {
						t.Errorf("packet %d of %v, want %v %s", i, ps, kind, want)
					}
				}
				if n := srv.LeftOut(); n != 0 {
					t.Errorf("%d left out", n)
				}
				c.leave()
			})
		})
	}
}

func TestAcksByTheServerOfEveryGeneration(t *testing.T) {
	ofEveryGeneration(t, func(t *testing.T, g socketio.Generation) {
		if g < socketio.Gen09 {
			return // its clients have no way to ask for one
		}
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		socketio.OnAck(ns, "both", func(_ context.Context, _ *socketio.Socket, args socketio.Args) (socketio.Args, error) {
			return args, nil
		})
		socketio.OnAck(ns, "none", func(context.Context, *socketio.Socket, struct{}) (struct{}, error) { return struct{}{}, nil })
		c := talk(t, srv, g)
		first := "0"
		if g == socketio.Gen09 {
			first = "1"
		}
		c.emit(first, "both", `"é",2`)
		c.emit("2", "none", ``)
		settle()
		c.hears(`ack `+first+`("é",2)`, `ack 2()`)
		c.leave()
	})
}

func TestAcksByTheClientOfEveryGeneration(t *testing.T) {
	ofEveryGeneration(t, func(t *testing.T, g socketio.Generation) {
		srv := socketio.NewServer(socketio.Config{})
		c := talk(t, srv, g)
		s := only(t, srv.Of("/"))
		if g < socketio.Gen09 {
			_, err := socketio.Call[int](t.Context(), s, "message", "x")
			wantErr(t, err, socketio.ErrNoAcks)
			wantErr(t, err, session.ErrUnsupported)
			if n := s.PendingAcks(); n != 0 {
				t.Errorf("%d acks pending", n)
			}
			c.leave()
			return
		}
		id := 0
		if g == socketio.Gen09 {
			id = 1 // 0 stands for none
		}
		for range 2 {
			var got string
			go func() { got, _ = socketio.Call[string](t.Context(), s, "ask", "x") }()
			settle()
			c.hears(fmt.Sprintf(`ask("x") %d`, id))
			c.ack(fmt.Sprint(id), `"é"`)
			settle()
			if got != "é" {
				t.Errorf("answer %q", got)
			}
			id++
		}
		c.leave()
	})
}

func TestBinaryOfEveryGeneration(t *testing.T) {
	ofEveryGeneration(t, func(t *testing.T, g socketio.Generation) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		socketio.On(ns, "e", func(_ context.Context, s *socketio.Socket, b []byte) error { return s.Emit("message", b) })
		c := talk(t, srv, g)
		if g < socketio.Gen3 {
			err := only(t, ns).Emit("message", []byte("hi"))
			wantErr(t, err, socketio.ErrNoBinary)
			wantErr(t, err, session.ErrUnsupported)
			c.hears()
		} else {
			c.send(`51-["e",` + hole0 + `]`)
			c.sendBinary('h', 'i')
			settle()
			c.expect(`51-["message",`+hole0+`]`, "<68 69>")
		}
		c.leave()

		srv = socketio.NewServer(socketio.Config{Base64: true})
		c = talk(t, srv, g)
		s := only(t, srv.Of("/"))
		if err := errors.Join(s.Emit("message", []byte("hi")), s.Emit("message", map[string]socketio.Binary{"b": []byte("hi")})); err != nil {
			t.Error(err)
		}
		if g < socketio.Gen3 {
			c.hears(`message("aGk=")`, `message({"b":"aGk="})`)
		} else {
			c.expect(`51-["message",`+hole0+`]`, "<68 69>", `51-["message",{"b":`+hole0+`}]`, "<68 69>")
		}
		c.leave()
	})
}

func TestVolatileOfEveryGeneration(t *testing.T) {
	ofEveryGeneration(t, func(t *testing.T, g socketio.Generation) {
		srv := socketio.NewServer(socketio.Config{})
		c := talk(t, srv, g)
		s := only(t, srv.Of("/"))
		for i := range 3 {
			if err := errors.Join(s.Volatile().Emit("message", i), srv.Of("/").Volatile().Emit("message", "all")); err != nil {
				t.Error(err)
			}
		}
		c.hears(`message(0)`) // the others find something queued
		srv.Of("/").Volatile().Emit("message", "all")
		c.hears(`message("all")`)
		c.leave()
	})
}

func TestRefusedClientsOfEveryGeneration(t *testing.T) {
	tooSoon := map[socketio.Generation]string{socketio.Gen3: `2["message","too soon"]`, socketio.Gen09: "3:::too soon",
		socketio.Gen06: "too soon", socketio.Gen04: "too soon"}
	ofEveryGeneration(t, func(t *testing.T, g socketio.Generation) {
		srv := socketio.NewServer(socketio.Config{})
		srv.Of("/").Use(func(context.Context, *socketio.Socket) error { return errors.New("no") })
		c := talker{dialGen(t, srv, g), g}
		if g == socketio.Gen4 {
			c.send(`0`)
		} else {
			// It may come before the verdict, or after it.
			c.conn.Deliver(session.Packet{Type: session.PacketMessage, Data: []byte(tooSoon[g])})
		}
		settle()
		switch g {
		case socketio.Gen4:
			c.expect(`4{"message":"no"}`)
		case socketio.Gen3:
			c.expect(`4"no"`)
		case socketio.Gen09:
			c.expect(`7:::2`, `close 1008`)
		default:
			c.expect(`close 1008`)
		}
		members(t, srv.Of("/"), 0)
		c.leave()
	})
}

// How a client leaves, and how it is told to.
func TestEndsOfEveryGeneration(t *testing.T) {
	lost := &session.CloseError{Code: session.TransportLost, Remote: true}
	closed := session.Packet{Type: session.PacketClose}
	for _, tt := range []struct {
		name   string
		end    func(c talker, s *socketio.Socket)
		reason func(g socketio.Generation) socketio.DisconnectReason
	}{
		{"lost", func(c talker, _ *socketio.Socket) { c.conn.Kill(lost) },
			func(socketio.Generation) socketio.DisconnectReason { return socketio.TransportClose }},
		{"silent", func(c talker, _ *socketio.Socket) {
			c.conn.Kill(&session.CloseError{Code: session.PingTimeout, Remote: true})
		}, func(socketio.Generation) socketio.DisconnectReason { return socketio.PingTimeout }},
		{"closed by the client", func(c talker, _ *socketio.Socket) { c.conn.Deliver(closed) },
			func(g socketio.Generation) socketio.DisconnectReason {
				if g == socketio.Gen09 {
					return socketio.ClientDisconnect // it is "0::"
				}
				return socketio.TransportClose
			}},
		{"disconnected", func(_ talker, s *socketio.Socket) { s.Disconnect(false) },
			func(socketio.Generation) socketio.DisconnectReason { return socketio.ServerDisconnect }},
		{"disconnected with all", func(_ talker, s *socketio.Socket) { s.Disconnect(true) },
			func(socketio.Generation) socketio.DisconnectReason { return socketio.ServerDisconnect }},
		{"shutdown", func(c talker, _ *socketio.Socket) { c.conn.Close(session.GoingAway, "") },
			func(socketio.Generation) socketio.DisconnectReason { return socketio.ShuttingDown }},
		{"handler panics", func(c talker, _ *socketio.Socket) { c.sendText("panic") },
			func(socketio.Generation) socketio.DisconnectReason { return socketio.HandlerFailed }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ofEveryGeneration(t, func(t *testing.T, g socketio.Generation) {
				srv := socketio.NewServer(socketio.Config{Recovery: &socketio.Recovery{}})
				var n notes
				ns := srv.Of("/")
				ns.OnDisconnect(func(_ *socketio.Socket, r socketio.DisconnectReason) { n.add("%s", r) })
				socketio.On(ns, "message", func(context.Context, *socketio.Socket, string) error { panic("message") })
				c := talker{dialGen(t, srv, g), g}
				if g == socketio.Gen4 {
					c.send("0")
				}
				settle()
				tt.end(c, only(t, ns))
				settle()
				n.expect(t, string(tt.reason(g)))
				members(t, ns, 0)
				srv.Revoke("nobody")
				if err := srv.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
				c.leave()
			})
		})
	}
}

// The handshake says of which generation a client is, and no id that others see
// is the session's.
func TestHandshakeOfEveryGeneration(t *testing.T) {
	ofEveryGeneration(t, func(t *testing.T, g socketio.Generation) {
		srv := socketio.NewServer(socketio.Config{})
		user := session.Peer{RemoteAddr: "192.0.2.1:5", Path: "/socket.io/", Query: url.Values{"user": {"u"}}}
		srv.Of("/")
		c := talker{dialGenAs(t, srv, g, carrier, user), g}
		if g == socketio.Gen4 {
			c.send("0")
		}
		settle()
		s := only(t, srv.Of("/"))
		if h := s.Handshake(); h.Generation != g || h.Query.Get("user") != "u" || h.URL != "/socket.io/?user=u" || string(h.Auth) != "{}" {
			t.Errorf("handshake %+v", h)
		}
		if id := s.ID(); len(id) != 20 || strings.HasPrefix(c.conn.ID(), id) {
			t.Errorf("id %q of session %q", id, c.conn.ID())
		}
		// The carrier may know more than the generation.
		if got, want := s.Peer().Binary, g >= socketio.Gen3; got != want {
			t.Errorf("Peer.Binary is %t", got)
		}
		protocol := map[socketio.Generation]string{socketio.Gen3: ", Socket.IO 4", socketio.Gen4: ", Socket.IO 5"}[g]
		if got := s.Peer().Protocol; got != protocol {
			t.Errorf("protocol %q", got)
		}
		// Those who are in the root from the beginning are not late.
		time.Sleep(time.Minute)
		if c.conn.State() != session.Open {
			t.Errorf("after a minute the connection is %v", c.conn.State())
		}
		c.leave()
	})
}

// There are five generations.
func TestAcceptAsNoGeneration(t *testing.T) {
	for _, g := range []socketio.Generation{0, socketio.Gen4 + 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("generation %d is accepted", g)
				}
			}()
			socketio.NewServer(socketio.Config{}).AcceptAs(g, nil)
		}()
	}
}

// Nobody is told of offsets but those who know of them: others would see an
// argument more.
func TestOffsetsAreForGen4Alone(t *testing.T) {
	ofEveryGeneration(t, func(t *testing.T, g socketio.Generation) {
		srv := socketio.NewServer(socketio.Config{Recovery: &socketio.Recovery{}})
		ns := srv.Of("/")
		c := talker{dialGen(t, srv, g), g}
		if g == socketio.Gen4 {
			c.send(`0`)
		}
		settle()
		stays := 0
		offsets := []string{"", "", "", ""}
		if greeting := c.packets(); g == socketio.Gen4 {
			stays = 1
			offsets = []string{`,"1"`, `,"2"`, `,"3"`, `,"4"`}
			if len(greeting) != 1 || !private.Match(greeting[0].Data) {
				t.Errorf("greeting %v", greeting)
			}
		}
		s := only(t, ns)
		ns.Emit("message", "all")
		s.Emit("message", "one")
		s.Emit("message", 1)
		ns.To(s.ID()).Emit("message", map[string]int{"a": 1})

		settle()
		var got []string
		for _, q := range c.packets() {
			got = append(got, c.understood(q))
		}
		want := []string{`message("all"` + offsets[0] + `)`, `message("one"` + offsets[1] + `)`, `message(1` + offsets[2] + `)`,
			`message({"a":1}` + offsets[3] + `)`}
		if !slices.Equal(got, want) {
			t.Errorf("client got %q, want %q", got, want)
		}
		if n := ns.Kept().Stays; n != stays {
			t.Errorf("%d clients may come back, want %d", n, stays)
		}
		c.leave()
	})
}
