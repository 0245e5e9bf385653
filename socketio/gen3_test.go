package socketio_test

import (
	"context"
	"testing"

	"github.com/everwire/everwire/socketio"
)

// echoServer answers as the servers do that the conversations were captured from.
func echoServer(cfg socketio.Config) *socketio.Server {
	srv := socketio.NewServer(cfg)
	socketio.OnAck(srv.Of("/"), "echo", func(_ context.Context, s *socketio.Socket, args socketio.Args) (socketio.Args, error) {
		return args, nil
	})
	socketio.On(srv.Of("/"), "echo", func(_ context.Context, s *socketio.Socket, args socketio.Args) error {
		return s.Emit("echo", args)
	})
	srv.Of("/chat").OnConnect(func(_ context.Context, s *socketio.Socket) error { return s.Emit("hi", "chat") })
	return srv
}

// A conversation of the client 2.5 with its own server.

func TestGen3Conversation(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := dialGen(t, echoServer(socketio.Config{}), socketio.Gen3)
		p.expect(`0`)
		p.send(`20["echo","x"]`)
		settle()
		p.expect(`30["x"]`, `2["echo","x"]`)
		p.send(`0/chat,`)
		settle()
		p.expect(`0/chat,`, `2/chat,["hi","chat"]`)
		p.send(`51-["echo",{"_placeholder":true,"num":0}]`)
		p.sendBinary(1, 2, 3)
		settle()
		p.expect(`51-["echo",{"_placeholder":true,"num":0}]`, `<01 02 03>`)
		p.send(`0/nope,`, `2/nope,["x"]`)
		settle()
		p.expect(`4/nope,"Invalid namespace"`)
		p.send(`1/chat,`, `2/chat,["x"]`, `1`, `2["echo",1]`, `0/chat?token=a`)
		settle()
		p.expect(`0/chat,`, `2/chat,["hi","chat"]`)
		p.leave()
	})
}
