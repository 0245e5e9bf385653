package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// In a program sessions come from transports, by way of the server package. The
// client of these examples speaks the protocol's text itself.
type client struct {
	conn *session.Conn
	got  chan string
}

// connect opens a connection and sends packets.
func connect(srv *socketio.Server, packets ...string) *client {
	c := &client{session.NewConn(context.Background(), session.NewID(), &session.Config{}, session.Peer{}), make(chan string, 16)}
	srv.Accept(c.conn)
	lease, err := c.conn.Attach(&session.Carrier{Binary: true, Stream: true}, nil)
	if err != nil {
		panic(err)
	}
	go lease.Run(context.Background(), 1<<16, func(ps []session.Packet) error {
		for _, p := range ps {
			if !strings.HasPrefix(string(p.Data), "0") { // the answer to CONNECT has a random id
				c.got <- string(p.Data)
			}
		}
		return nil
	})
	c.send(packets...)
	return c
}

func (c *client) send(packets ...string) {
	for _, text := range packets {
		c.conn.Deliver(session.Packet{Type: session.PacketMessage, Data: []byte(text)})
	}
}

// read prints the next n packets that the client gets.
func (c *client) read(n int) {
	for range n {
		fmt.Println("client got", <-c.got)
	}
}

func (c *client) close() {
	c.conn.Kill(&session.CloseError{Code: session.Normal})
}

type line struct {
	From string `json:"from"`
	Text string `json:"text"`
}

func Example() {
	srv := socketio.NewServer(socketio.Config{})
	chat := srv.Of("/chat")
	chat.Use(func(_ context.Context, s *socketio.Socket) error {
		var auth struct{ Name string }
		if s.BindAuth(&auth) != nil || auth.Name == "" {
			return &socketio.Error{Message: "who are you?"}
		}
		s.Set("name", auth.Name)
		return nil
	})
	chat.OnConnect(func(_ context.Context, s *socketio.Socket) error { return s.Join("lobby") })
	socketio.On(chat, "say", func(_ context.Context, s *socketio.Socket, text string) error {
		return chat.To("lobby").Emit("line", line{s.Value("name").(string), text})
	})

	c := connect(srv, `0/chat,{"name":"Ada"}`, `2/chat,["say","hello"]`)
	c.read(1)
	c.close()
	// Output: client got 2/chat,["line",{"from":"Ada","text":"hello"}]
}

func ExampleOn() {
	srv := socketio.NewServer(socketio.Config{})
	root := srv.Of("/")
	socketio.On(root, "say", func(_ context.Context, s *socketio.Socket, l line) error {
		fmt.Println(l.From, "says", l.Text)
		return nil
	})
	// Args takes all arguments and leaves them undecoded.
	socketio.On(root, "move", func(_ context.Context, s *socketio.Socket, args socketio.Args) error {
		var x, y int
		if err := args.Bind(&x, &y); err != nil {
			return err
		}
		fmt.Println("moved to", x, y)
		return nil
	})

	c := connect(srv, `0`, `2["say",{"from":"Ada","text":"hi"}]`, `20["move",3,4]`)
	c.read(1) // the ack that it asked for, empty
	c.close()
	// Output:
	// Ada says hi
	// moved to 3 4
	// client got 30[]
}

func ExampleOnAck() {
	srv := socketio.NewServer(socketio.Config{})
	socketio.OnAck(srv.Of("/"), "divide", func(_ context.Context, s *socketio.Socket, in [2]int) (int, error) {
		if in[1] == 0 {
			return 0, &socketio.Error{Message: "division by zero"}
		}
		return in[0] / in[1], nil
	})

	c := connect(srv, `0`, `20["divide",[6,2]]`, `21["divide",[6,0]]`)
	c.read(2)
	c.close()
	// Output:
	// client got 30[3]
	// client got 31[{"error":{"message":"division by zero"}}]
}

func ExampleCall() {
	srv := socketio.NewServer(socketio.Config{})
	socketio.On(srv.Of("/"), "hello", func(ctx context.Context, s *socketio.Socket, _ struct{}) error {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		name, err := socketio.Call[string](ctx, s, "who are you")
		fmt.Println(name, err)
		return nil
	})

	c := connect(srv, `0`, `20["hello"]`)
	c.read(1)
	c.send(`30["Ada"]`)
	c.read(1)
	c.close()
	// Output:
	// client got 20["who are you"]
	// Ada <nil>
	// client got 30[]
}

func ExampleBroadcast() {
	srv := socketio.NewServer(socketio.Config{})
	root := srv.Of("/")
	socketio.On(root, "join", func(_ context.Context, s *socketio.Socket, room string) error {
		if err := s.Join(room); err != nil {
			return err
		}
		return s.To(room).Emit("joined", room) // to the others in it
	})

	a := connect(srv, `0`, `20["join","tea"]`)
	a.read(1)
	b := connect(srv, `0`, `20["join","tea"]`)
	a.read(1)
	b.read(1)
	root.Except("tea").Emit("nobody gets this")
	root.To("tea", "coffee").Emit("ready")
	a.read(1)
	b.read(1)
	a.close()
	b.close()
	// Output:
	// client got 30[]
	// client got 2["joined","tea"]
	// client got 30[]
	// client got 2["ready"]
	// client got 2["ready"]
}

func ExampleNamespace_Serve() {
	srv := socketio.NewServer(socketio.Config{})
	srv.Of("/echo").Serve(session.HandlerFunc(func(s session.Session) {
		for {
			m, err := s.Receive(s.Context())
			if err != nil {
				return
			}
			if err := s.Send(s.Context(), m); err != nil {
				return
			}
		}
	}))

	c := connect(srv, `0/echo,`, `2/echo,["message","hi"]`, `2/echo,["message",{"a":1}]`)
	c.read(2)
	c.close()
	// Output:
	// client got 2/echo,["message","hi"]
	// client got 2/echo,["message",{"a":1}]
}

// What a client cannot be sent is an error that says so.
func ExampleGeneration() {
	srv := socketio.NewServer(socketio.Config{})
	srv.Of("/").OnConnect(func(_ context.Context, s *socketio.Socket) error {
		err := s.Emit("welcome", "you are here")
		if errors.Is(err, socketio.ErrNoEvents) { // a client of 0.6 knows messages only
			err = s.Emit("message", "you are here, in "+s.Handshake().Generation.String())
		}
		return err
	})
	for _, g := range []socketio.Generation{socketio.Gen06, socketio.Gen09, socketio.Gen3} {
		conn := session.NewConn(context.Background(), session.NewID(), &session.Config{}, session.Peer{})
		srv.AcceptAs(g, conn)
		lease, err := conn.Attach(&session.Carrier{Transport: "websocket", Stream: true}, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		for last := ""; !strings.Contains(last, "here"); {
			batch, err := lease.Next(context.Background(), 1)
			if err != nil {
				fmt.Println(err)
				return
			}
			last = string(batch.Packets[0].Data)
			fmt.Println(g, last)
			batch.Commit()
		}
		conn.Close(session.Normal, "")
	}
	// Output:
	// Gen06 you are here, in Gen06
	// Gen09 5:::{"name":"welcome","args":["you are here"]}
	// Gen3 0
	// Gen3 2["welcome","you are here"]
}
