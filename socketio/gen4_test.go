package socketio_test

import (
	"context"
	"regexp"
	"slices"
	"testing"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// A conversation of the client 4.8 with its own server, which lets it come back.
// Ids and offsets become ID and OFFSET.
func TestGen4Conversation(t *testing.T) {
	ids := regexp.MustCompile(`"(sid|pid)":"[A-Za-z0-9_-]+"`)
	offsets := regexp.MustCompile(`,"[0-9a-z]{1,2}"\]$`)
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{Recovery: &socketio.Recovery{}})
		root := srv.Of("/")
		socketio.OnAck(root, "echo", func(_ context.Context, s *socketio.Socket, args socketio.Args) (socketio.Args, error) {
			return args, nil
		})
		socketio.On(root, "echo", func(_ context.Context, s *socketio.Socket, args socketio.Args) error { return s.Emit("echo", args) })
		srv.Of("/chat").OnConnect(func(_ context.Context, s *socketio.Socket) error { return s.Emit("hi", "chat") })
		p := dialGen(t, srv, socketio.Gen4)
		expect := func(want ...string) {
			t.Helper()
			settle()
			var got []string
			for _, q := range p.packets() {
				text := string(q.Data)
				if q.Kind == session.Binary {
					text = show(q)
				}
				got = append(got, offsets.ReplaceAllString(ids.ReplaceAllString(text, `"$1":ID`), `,OFFSET]`))
			}
			if !slices.Equal(got, want) {
				t.Errorf("client got %q, want %q", got, want)
			}
		}
		expect() // it says the first word
		p.send(`0`)
		expect(`0{"sid":ID,"pid":ID}`)
		p.send(`0/chat,`)
		expect(`0/chat,{"sid":ID,"pid":ID}`, `2/chat,["hi","chat",OFFSET]`)
		p.send(`20["echo","€"]`)
		expect(`30["€"]`, `2["echo","€",OFFSET]`)
		p.send(`51-["echo",` + hole0 + `]`)
		p.sendBinary(1, 2, 3)
		expect(`51-["echo",`+hole0+`,OFFSET]`, "<01 02 03>")
		p.send(`1/chat,`)
		expect()
		p.leave()
	})

	// An event before CONNECT ends the connection.
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		srv.Of("/")
		if p := dialGen(t, srv, socketio.Gen4); p.send(`2["x"]`) == nil {
			t.Error("no error")
		}
		settle()
	})
}
