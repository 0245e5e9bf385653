package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/everwire/everwire/socketio"
)

func ExampleOnAny() {
	srv := socketio.NewServer(socketio.Config{})
	root := srv.Of("/")
	socketio.OnAny(root, func(_ context.Context, _ *socketio.Socket, event string, args socketio.Args) {
		fmt.Printf("came in: %s with %d arguments\n", event, args.Len())
	})
	stop := socketio.OnAnyOutgoing(root, func(_ context.Context, _ *socketio.Socket, event string, _ socketio.Args) {
		fmt.Println("goes out:", event)
	})
	socketio.On(root, "ping", func(_ context.Context, s *socketio.Socket, n int) error { return s.Emit("pong", n) })

	c := connect(srv, `0`, `2["ping",1]`)
	c.read(1)
	stop()
	root.Emit("unwatched")
	c.read(1)
	c.close()
	// Output:
	// came in: ping with 1 arguments
	// goes out: pong
	// client got 2["pong",1]
	// client got 2["unwatched"]
}

func ExampleUseEvents() {
	srv := socketio.NewServer(socketio.Config{})
	root := srv.Of("/")
	socketio.UseEvents(root, func(_ context.Context, s *socketio.Socket, event string, _ socketio.Args) error {
		if event == "shutdown" && s.Value("admin") == nil {
			return &socketio.Error{Message: "not allowed"}
		}
		return nil
	})
	socketio.OnError(root, func(_ *socketio.Socket, event string, err error) { fmt.Printf("%s: %v\n", event, err) })
	socketio.OnAck(root, "shutdown", func(context.Context, *socketio.Socket, struct{}) (string, error) { return "bye", nil })

	c := connect(srv, `0`, `20["shutdown"]`)
	c.read(1)
	c.close()
	// Output:
	// shutdown: not allowed
	// client got 30[{"error":{"message":"not allowed"}}]
}

func ExampleCallAll() {
	srv := socketio.NewServer(socketio.Config{})
	root := srv.Of("/")
	a, b := connect(srv, `0`), connect(srv, `0`)
	go a.answer(`["tea"]`)
	go b.answer(`["coffee"]`)

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	votes, err := socketio.CallAll[string](ctx, root.Except("absent"), "vote", "tea or coffee?")
	if missing, ok := errors.AsType[*socketio.MissingError](err); ok {
		fmt.Println(missing.Clients, "have not answered")
	}
	slices.Sort(votes)
	fmt.Println(votes)
	a.close()
	b.close()
	// Output: [coffee tea]
}

// answer waits for an event that is to be acknowledged, and does that.
func (c *client) answer(data string) {
	id := calledID.FindStringSubmatch(<-c.got)[1]
	c.send("3" + id + data)
}

func ExampleNamespace_FetchSockets() {
	srv := socketio.NewServer(socketio.Config{})
	root := srv.Of("/")
	root.OnConnect(func(_ context.Context, s *socketio.Socket) error {
		s.SetData(map[string]string{"name": "Ada"})
		s.Join("tea")
		return s.Emit("ready")
	})
	c := connect(srv, `0`)
	c.read(1)

	sockets, err := root.To("tea").FetchSockets(context.Background()) // of all servers
	if err != nil {
		fmt.Println(err)
	}
	for _, s := range sockets {
		var data struct{ Name string }
		s.BindData(&data)
		fmt.Println(data.Name, "is in the room:", slices.Contains(s.Rooms, "tea"))
	}
	c.close()
	// Output:
	// client got 2["ready"]
	// Ada is in the room: true
}

func ExampleNamespace_OnRoom() {
	srv := socketio.NewServer(socketio.Config{})
	root := srv.Of("/")
	root.OnConnect(func(_ context.Context, s *socketio.Socket) error { return s.Emit("ready") })
	c := connect(srv, `0`)
	c.read(1)

	stop := root.OnRoom(func(c socketio.RoomChange) { fmt.Println(c.Kind, c.Room) })
	root.SocketsJoin("tea")
	root.SocketsLeave("tea")
	stop()
	c.close()
	// Output:
	// client got 2["ready"]
	// create-room tea
	// join-room tea
	// leave-room tea
	// delete-room tea
}
