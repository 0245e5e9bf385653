package socketio_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"testing"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// server09 answers as the server does that the conversation was captured from.
func server09() *socketio.Server {
	srv := socketio.NewServer(socketio.Config{})
	root := srv.Of("/")
	socketio.OnAck(root, "message", func(_ context.Context, s *socketio.Socket, args socketio.Args) (int, error) {
		return 1, s.Emit("message", args)
	})
	socketio.OnAck(root, "echo", func(_ context.Context, s *socketio.Socket, args socketio.Args) (socketio.Args, error) {
		return args, s.Emit("echo", args)
	})
	srv.Of("/chat").OnConnect(func(_ context.Context, s *socketio.Socket) error { return s.Emit("hi", "chat") })
	return srv
}

// A conversation of the client 0.9 with its own server. "1::" is the transport's,
// and so are heartbeats and the "0::" at the end.
func TestGen09Conversation(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := dialGen(t, server09(), socketio.Gen09)
		p.expect()
		for _, tt := range []struct {
			send string
			want []string
		}{
			{`1::/chat`, []string{`1::/chat`, `5::/chat:{"name":"hi","args":["chat"]}`}},
			{`3:1::hi`, []string{`6:::1`, `3:::hi`}}, // the receipt comes first
			{`3:2+::hi2`, []string{`3:::hi2`, `6:::2+[1]`}},
			{`4:::{"a":1}`, []string{`4:::{"a":1}`}},
			{`5:3+::{"name":"echo","args":[1]}`, []string{`5:::{"name":"echo","args":[1]}`, `6:::3+[1]`}},
			{`5:::{"name":"echo"}`, []string{`5:::{"name":"echo"}`}},
			{`5:4::{"name":"echo","args":["é:+"]}`, []string{`6:::4`, `5:::{"name":"echo","args":["é:+"]}`}},
			{`0::/chat`, nil},
			{`1::/nope`, nil},
			{`5::/nope:{"name":"x"}`, nil},
			{`5::/chat:{"name":"x"}`, nil},
		} {
			if err := p.send(tt.send); err != nil {
				t.Errorf("%s: %v", tt.send, err)
			}
			settle()
			p.expect(tt.want...)
		}
		p.leave()
	})
}

// In the packets of 0.9 a colon ends the name of a namespace. One that has a colon
// in its name has none there, and what is emitted in it is for the others.
func TestGen09HasNoNameForSomeNamespaces(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		short, long := srv.Of("/a"), srv.Of("/a:b")
		old, young := dialGen(t, srv, socketio.Gen09), dialGen(t, srv, socketio.Gen4)
		old.send(`1::/a:b`)
		young.send(`0/a:b,`)
		settle()
		old.expect(`1::/a`)
		members(t, short, 1)
		members(t, long, 1)
		young.packets()
		if err := long.Emit("x", 1); err != nil {
			t.Error(err)
		}
		settle()
		old.expect()
		young.expect(`2/a:b,["x",1]`)
		old.leave()
		young.leave()
	})
}

// What cannot be understood is ignored, and so are names that only the two ends
// use.
func TestGen09Ignores(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := server09()
		var n notes
		srv.Of("/").OnDisconnect(func(_ *socketio.Socket, r socketio.DisconnectReason) { n.add("%s", r) })
		socketio.OnAny(srv.Of("/"), func(_ context.Context, _ *socketio.Socket, event string, _ socketio.Args) {
			if event != "message" {
				n.add("event %s", event)
			}
		})
		p := dialGen(t, srv, socketio.Gen09)
		for _, text := range []string{``, `x`, `9:::`, `5:::`, `5:::{`, `5:::[]`, `5:::{"args":[]}`, `5:::{"name":"e","args":7}`, `4:::`, `4:::{`,
			`4:::1,2`, `6:::`, `6:::x`, `6:::1+`, `6:::7+[1]`, `5:::{"name":"disconnect"}`, `5:::{"name":"connect"}`, `7:::1+0`, `2::`, `8::`} {
			if err := p.send(text); err != nil {
				t.Errorf("%s: %v", text, err)
			}
		}
		if err := p.sendBinary(1); err != nil {
			t.Error(err)
		}
		settle()
		p.expect()
		p.send(`3:::x`)
		settle()
		p.expect(`3:::x`)
		n.expect(t)
		p.leave()
	})
}

// A namespace may refuse a client, and the query behind its name is for the
// handshake. Others wait until the root has let the client in.
func TestGen09Namespaces(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		gate := make(chan struct{})
		srv.Of("/").Use(func(context.Context, *socketio.Socket) error { <-gate; return nil })
		srv.Of("/closed").Use(func(context.Context, *socketio.Socket) error { return errors.New("no") })
		var n notes
		ns := srv.Of("/chat")
		ns.OnConnect(func(_ context.Context, s *socketio.Socket) error {
			n.add("%s %s", s.Auth(), s.Handshake().Query.Get("my"))
			return nil
		})
		heard[string](&n, ns, "message")
		p := dialGen(t, srv, socketio.Gen09)
		// A client may use a namespace before it is told that it is in it.
		p.send(`1::/chat?my=param`, `3::/chat:first`, `5:1+::{"name":"early"}`, `1::/closed`)
		settle()
		p.expect()
		close(gate)
		settle()
		n.expect(t, `{"my":"param"} param`, `"first"`)
		var got []string
		for _, q := range p.packets() {
			got = append(got, show(q))
		}
		if len(got) != 2 || got[0] == got[1] || got[0] != `1::/chat` && got[0] != `7::/closed:2` || got[1] != `1::/chat` && got[1] != `7::/closed:2` {
			t.Errorf("client got %q", got)
		}
		s := only(t, ns)
		s.Send(t.Context(), session.Message{Kind: session.Text, Data: []byte("x")})
		ns.Emit("e")
		s.Disconnect(false)
		p.expect(`3::/chat:x`, `5::/chat:{"name":"e"}`, `0::/chat`)
		p.leave()
	})
}

// What a client brings into being has a name that clients of other generations can
// say, too.
func TestGen09NamesOfNewNamespaces(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		srv.Of("/")
		srv.OfPattern(regexp.MustCompile(`.`))
		p := dialGen(t, srv, socketio.Gen09)
		p.send(`1::chat`, `1::/a,b`, `1::/good`)
		settle()
		p.expect(`1::/good`)
		if got := srv.Names(); !slices.Equal(got, []string{"/", "/good"}) {
			t.Errorf("namespaces %q", got)
		}
		p.leave()
	})
}

// A refused or dismissed client of the root is out of all.
func TestGen09RootIsAll(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		var n notes
		for _, name := range []string{"/", "/chat"} {
			srv.Of(name).OnDisconnect(func(s *socketio.Socket, r socketio.DisconnectReason) { n.add("%s %s", name, r) })
		}
		p := dialGen(t, srv, socketio.Gen09)
		p.send(`1::/chat`)
		settle()
		srv.Of("/").Emit("last")
		only(t, srv.Of("/")).Disconnect(false)
		settle()
		p.expect(`1::/chat`, `5:::{"name":"last"}`, `close 3500`)
		n.expectInAnyOrder(t, "/ server namespace disconnect", "/chat server namespace disconnect")
		p.leave()
	})
}

// "0::" is the transport's business, but where one comes as a message it ends all,
// too.
func TestGen09LeavesTheRoot(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		var n notes
		srv.Of("/").OnDisconnect(func(s *socketio.Socket, r socketio.DisconnectReason) { n.add("%s", r) })
		p := dialGen(t, srv, socketio.Gen09)
		p.send(`0::`)
		settle()
		p.expect(`close 1000`)
		n.expect(t, "client namespace disconnect")
		p.leave()
	})
}

// An ack says for which namespace it is.
func TestGen09AcksOfNamespaces(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/chat")
		srv.Of("/")
		socketio.OnAck(ns, "sum", func(_ context.Context, _ *socketio.Socket, in []int) (int, error) { return in[0] + in[1], nil })
		p := dialGen(t, srv, socketio.Gen09)
		p.send(`1::/chat`, `5:1+:/chat:{"name":"sum","args":[[1,2]]}`)
		settle()
		p.expect(`1::/chat`, `6::/chat:1+[3]`)
		p.send(`3:2:/chat:x`)
		settle()
		p.expect(`6::/chat:2`)
		var got int
		go func() { got, _ = socketio.Call[int](t.Context(), only(t, ns), "message", "x") }()
		settle()
		p.expect(`3:1+:/chat:x`)
		p.send(`6:::1+[1]`, `6::/chat:1+[7]`)
		settle()
		if got != 7 {
			t.Errorf("answer %d", got)
		}
		// An ack without data answers too.
		done := false
		go func() { _, err := socketio.Call[struct{}](t.Context(), only(t, ns), "e"); done = err == nil }()
		settle()
		p.expect(`5:2+:/chat:{"name":"e"}`)
		p.send(`6::/chat:2`)
		settle()
		if !done {
			t.Error("no answer")
		}
		p.leave()
	})
}
