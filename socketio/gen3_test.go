package socketio_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// echoServer answers as the servers do that the conversations were captured from.
func echoServer() *socketio.Server {
	srv := socketio.NewServer(socketio.Config{})
	root := srv.Of("/")
	socketio.OnAck(root, "echo", func(_ context.Context, s *socketio.Socket, args socketio.Args) (socketio.Args, error) {
		return args, nil
	})
	socketio.On(root, "echo", func(_ context.Context, s *socketio.Socket, args socketio.Args) error {
		return s.Emit("echo", args)
	})
	srv.Of("/chat").OnConnect(func(_ context.Context, s *socketio.Socket) error { return s.Emit("hi", "chat") })
	return srv
}

// A conversation of the client 2.5 with its own server. What is not ASCII is
// escaped here, as clients of 1.x need it.
func TestGen3Conversation(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := dialGen(t, echoServer(), socketio.Gen3)
		p.expect(`0`)
		p.send(`20["echo","€"]`)
		settle()
		p.expect(`30["\u20ac"]`, `2["echo","\u20ac"]`)
		p.send(`0/chat,`)
		settle()
		p.expect(`0/chat,`, `2/chat,["hi","chat"]`)
		p.send(`51-["echo",{"_placeholder":true,"num":0}]`)
		p.sendBinary(1, 2, 3)
		settle()
		p.expect(`51-["echo",{"_placeholder":true,"num":0}]`, `<01 02 03>`)
		p.send(`51-7["echo",{"_placeholder":true,"num":0}]`)
		p.sendBinary(4)
		settle()
		p.expect(`61-7[{"_placeholder":true,"num":0}]`, `<04>`, `51-["echo",{"_placeholder":true,"num":0}]`, `<04>`)
		p.send(`0/nope,`, `2/nope,["x"]`)
		settle()
		p.expect(`4/nope,"Invalid namespace"`)
		p.send(`1/chat,`, `2/chat,["x"]`, `1`, `2["echo",1]`, `0/chat?token=a`)
		settle()
		p.expect(`0/chat,`, `2/chat,["hi","chat"]`)
		p.leave()
	})
}

// The root is entered when its middlewares have let the client in. Until then
// other namespaces wait, and what is said in them.
func TestGen3RootComesFirst(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		gate := make(chan struct{})
		srv.Of("/").Use(func(ctx context.Context, s *socketio.Socket) error { <-gate; return nil })
		var n notes
		heard[string](&n, srv.Of("/chat"), "e")
		p := dialGen(t, srv, socketio.Gen3)
		p.send(`0/chat`, `2/chat,["e","x"]`, `2/chat,["e","y"]`)
		settle()
		p.expect()
		n.expect(t)
		close(gate)
		settle()
		p.expect(`0`, `0/chat,`)
		n.expect(t, `"x"`, `"y"`)
		p.leave()
	})
}

// A client that the root does not let in gets into no other namespace, and its
// time runs out.
func TestGen3RootRefuses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		err    error
		answer string
	}{
		{"plain error", errors.New("no <é>"), `4"no \u003c\u00e9\u003e"`},
		{"data", &socketio.Error{Message: "no", Data: map[string]string{"why": "é"}}, `4{"why":"\u00e9"}`},
		{"string as data", &socketio.Error{Message: "no", Data: "why"}, `4"why"`},
		{"list as data", &socketio.Error{Message: "no", Data: []int{1}}, `4[1]`},
		{"number as data", &socketio.Error{Message: "no", Data: 7}, `4"no"`},
		{"data that is no JSON", &socketio.Error{Message: "no", Data: func() {}}, `4"no"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{})
				srv.Of("/").Use(func(context.Context, *socketio.Socket) error { return tt.err })
				srv.Of("/chat")
				p := dialGen(t, srv, socketio.Gen3)
				p.send(`0/chat,`)
				settle()
				p.expect(tt.answer)
				members(t, srv.Of("/chat"), 0)
				<-p.conn.Context().Done()
				if ce, ok := errors.AsType[*session.CloseError](context.Cause(p.conn.Context())); !ok || ce.Code != session.HandshakeTimeout {
					t.Errorf("the connection ends with %v", context.Cause(p.conn.Context()))
				}
			})
		})
	}
}

// A client is in the root at once where no middleware is asked, so that the answer
// stands in the first payload.
func TestGen3RootIsInTheFirstPayload(t *testing.T) {
	srv := socketio.NewServer(socketio.Config{})
	srv.Of("/")
	conn := session.NewConn(context.Background(), "0123456789abcdefghijkl", &session.Config{}, session.Peer{})
	conn.Offer(session.Packet{Type: session.PacketOpen})
	srv.AcceptAs(socketio.Gen3, conn)
	lease, err := conn.Attach(polls, nil)
	if err != nil {
		t.Fatal(err)
	}
	batch, err := lease.TryNext(1 << 16)
	if err != nil || len(batch.Packets) != 2 || show(batch.Packets[1]) != "0" {
		t.Fatalf("%v, %v", batch, err)
	}
	batch.Commit()
	conn.Kill(&session.CloseError{Code: session.Normal})
}

// Without a root namespace the client must be told that it is in it, or it would
// ask for no other.
func TestGen3WithoutARoot(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		srv.Of("/chat")
		p := dialGen(t, srv, socketio.Gen3)
		p.send(`0/chat,`, `2["x"]`)
		settle()
		p.expect(`0`, `0/chat,`)
		p.leave()
	})
}

// The query behind a namespace is part of the handshake there, and only there.
func TestGen3QueryIsAuth(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		srv.Of("/")
		var n notes
		srv.Of("/chat").OnConnect(func(_ context.Context, s *socketio.Socket) error {
			h := s.Handshake()
			n.add("%s %s %s %s %s", s.Auth(), h.Auth, h.Query["token"], h.Query["a"], h.Query["user"])
			return nil
		})
		p := dialGenAs(t, srv, socketio.Gen3, carrier, session.Peer{Query: url.Values{"user": {"u"}, "a": {"0"}}})
		p.send(`0/chat?token=x%20y&a=1&a=2&b=5;%`)
		settle()
		n.expect(t, `{"a":["1","2"],"b":"5;%","token":"x y"} {"a":["1","2"],"b":"5;%","token":"x y"} [x y] [1 2] [u]`)
		p.expect(`0`, `0/chat,`)
		if h := only(t, srv.Of("/")).Handshake(); len(h.Query) != 2 || h.Query.Get("a") != "0" || string(h.Auth) != "{}" {
			t.Errorf("handshake of the root: %+v", h)
		}
		p.leave()
	})
}

// Clients of the generation show one id in all namespaces, behind the name where
// that is not the root. It must not be the session's, which authorises.
func TestGen3SocketIDs(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		srv.Of("/chat")
		srv.Of("/")
		p, q := dialGen(t, srv, socketio.Gen3), dialGen(t, srv, socketio.Gen3)
		p.send(`0/chat,`)
		settle()
		id := only(t, srv.Of("/chat")).ID()
		root, ok := strings.CutPrefix(id, "/chat#")
		if !ok || len(root) != 20 || srv.Of("/").Socket(root) == nil || strings.Contains(id, p.conn.ID()) || root == p.conn.ID()[:20] {
			t.Errorf("id %q of session %q", id, p.conn.ID())
		}
		if srv.Of("/").Len() != 2 {
			t.Error("two clients have one id")
		}
		// Who leaves and comes back has the same one, and is in its room.
		p.send(`1/chat,`, `0/chat,`)
		settle()
		srv.Of("/chat").To(id).Emit("e")
		p.expect(`0`, `0/chat,`, `0/chat,`, `2/chat,["e"]`)
		p.leave()
		q.leave()
	})
}

// Entering twice is answered twice, and enters once.
func TestGen3EntersTwice(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		var n notes
		srv.Of("/").OnConnect(func(context.Context, *socketio.Socket) error { n.add("connect"); return nil })
		p := dialGen(t, srv, socketio.Gen3)
		p.send(`0`, `0`)
		settle()
		p.expect(`0`, `0`, `0`)
		n.expect(t, "connect")
		members(t, srv.Of("/"), 1)
		p.leave()
	})
}

// What breaks the rules ends the connection, as in the reference.
func TestGen3BrokenPackets(t *testing.T) {
	for _, text := range []string{`9`, `2{"a":1}`, `2["x"`, `51-["x",{"_placeholder":true,"num":3}]`, `2[{}]`} {
		t.Run(text, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{})
				var n notes
				srv.Of("/").OnDisconnect(func(_ *socketio.Socket, r socketio.DisconnectReason) { n.add("%s", r) })
				p := dialGen(t, srv, socketio.Gen3)
				if p.send(text) == nil {
					t.Error("no error")
				}
				settle()
				n.expect(t, "forced close")
			})
		})
	}
}
