package chat_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/everwire/everwire/handlers/chat"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

var stream = &session.Carrier{Transport: "websocket", Dialect: "RFC6455", Binary: true, Stream: true}

// house is a server with a chat in it. It lives in a synctest bubble.
type house struct {
	*chat.Chat
	srv *socketio.Server
}

// inHouse runs f with a fake clock and a chat at /chat.
func inHouse(t *testing.T, cfg chat.Config, f func(t *testing.T, h *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &house{chat.New(cfg), socketio.NewServer(socketio.Config{})}
		h.Mount(h.srv.Of("/chat"))
		f(t, h)
	})
}

// event is what a client got: an event, or an ack if name is "".
type event struct {
	name string
	ack  int
	data string // the first argument
}

// client is a Socket.IO client in /chat, without a network: what the server
// sends is taken from its session's outbox as a WebSocket would.
type client struct {
	t    *testing.T
	conn *session.Conn
	acks int // the last ack's id

	mu  sync.Mutex // guards below
	got []event
}

func (h *house) connect(t *testing.T) *client {
	t.Helper()
	cfg := &session.Config{Protocol: "Engine.IO 4", OutboxMessages: 1 << 20, OutboxBytes: 1 << 30}
	c := &client{t: t, conn: session.NewConn(context.Background(), session.NewID(), cfg, session.Peer{})}
	h.srv.Accept(c.conn)
	lease, err := c.conn.Attach(stream, nil)
	if err != nil {
		t.Fatal(err)
	}
	go lease.Run(context.Background(), 1<<16, c.read)
	t.Cleanup(func() { c.vanish() })
	c.deliver("0/chat,")
	return c
}

// vanish is the loss of the connection.
func (c *client) vanish() {
	c.conn.Kill(&session.CloseError{Code: session.TransportLost, Remote: true})
}

func (c *client) deliver(text string) {
	c.t.Helper()
	if err := c.conn.Deliver(session.Packet{Type: session.PacketMessage, Data: []byte(text)}); err != nil {
		c.t.Errorf("%s: %v", text, err)
	}
}

// read takes EVENT (2) and ACK (3) packets, such as 2/chat,["line",{}] and
// 3/chat,7[{}] (Socket.IO 5, section "Packet encoding").
func (c *client) read(ps []session.Packet) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range ps {
		if p.Type != session.PacketMessage {
			continue
		}
		kind, rest, _ := strings.Cut(string(p.Data), "/chat,")
		digits, _, _ := strings.Cut(rest, "[")
		var args []json.RawMessage
		if kind == "2" || kind == "3" {
			if err := json.Unmarshal([]byte(rest[len(digits):]), &args); err != nil || len(args) == 0 {
				c.t.Errorf("%s: %v", p.Data, err)
				return nil
			}
		}
		switch kind {
		case "2":
			var name string
			json.Unmarshal(args[0], &name)
			c.got = append(c.got, event{name: name, data: string(args[1])})
		case "3":
			id, _ := strconv.Atoi(digits)
			c.got = append(c.got, event{ack: id, data: string(args[0])})
		}
	}
	return nil
}

// emit sends an event that wants an ack, with one argument in JSON. Each
// client's events come from one goroutine.
func (c *client) emit(name, arg string) (ack int) {
	c.acks++
	c.deliver(fmt.Sprintf("2/chat,%d[%q,%s]", c.acks, name, arg))
	return c.acks
}

// call is emit that waits for the ack and returns it.
func (c *client) call(name, arg string) answer {
	c.t.Helper()
	id := c.emit(name, arg)
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.got {
		if e.name == "" && e.ack == id {
			return parse[answer](c.t, e.data)
		}
	}
	c.t.Fatalf("%s %s: no ack", name, arg)
	return answer{}
}

func (c *client) join(name, room string) answer {
	c.t.Helper()
	return c.call("join", fmt.Sprintf(`{"name":%q,"room":%q}`, name, room))
}

func (c *client) mustJoin(name, room string) answer {
	c.t.Helper()
	a := c.join(name, room)
	if !a.OK {
		c.t.Fatalf("%s may not join %s: %s", name, room, a.Error)
	}
	return a
}

func (c *client) say(text string) answer {
	c.t.Helper()
	return c.call("say", fmt.Sprintf(`{"text":%q}`, text))
}

// take returns the events that came since the last take, acks left out, in a
// short form: "lobby#3 say ann: hello", "lobby: ann bob".
func (c *client) take() []string {
	c.t.Helper()
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	short := []string{}
	for _, e := range c.got {
		switch e.name {
		case "line":
			l := parse[line](c.t, e.data)
			short = append(short, l.Room+l.String())
		case "people":
			p := parse[answer](c.t, e.data)
			short = append(short, p.Room+": "+strings.Join(p.People, " "))
		case "":
		default:
			short = append(short, e.name)
		}
	}
	c.got = nil
	return short
}

// answer has the members of all acks, and line those of lines.
type answer struct {
	OK         bool
	Error      string
	Name, Room string
	Lines      []line
	People     []string
}

type line struct {
	Room             string
	Seq              uint64
	At               int64
	Kind, Name, Text string
}

func (l line) String() string { return fmt.Sprintf("#%d %s %s: %s", l.Seq, l.Kind, l.Name, l.Text) }

func parse[T any](t *testing.T, data string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(data), &v); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return v
}
