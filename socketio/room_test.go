package socketio_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// hall is a namespace with clients a to d, of whom a and b are in room x, and b
// and c in room y.
type hall struct {
	t       *testing.T
	ns      *socketio.Namespace
	memory  *socketio.Memory
	clients []*peer
	sockets []*socketio.Socket
}

func newHall(t *testing.T, cfg socketio.Config) *hall {
	h := &hall{t: t, memory: socketio.NewMemory()}
	cfg.Adapter = func(*socketio.Namespace) socketio.Adapter { return h.memory }
	srv := socketio.NewServer(cfg)
	h.ns = srv.Of("/")
	known := make(map[*socketio.Socket]bool)
	for range 4 {
		h.clients = append(h.clients, enter(t, srv))
		for s := range h.ns.Sockets() {
			if !known[s] {
				known[s] = true
				h.sockets = append(h.sockets, s)
			}
		}
	}
	for i, rooms := range [][]string{{"x"}, {"x", "y"}, {"y"}} {
		if err := h.sockets[i].Join(rooms...); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// got returns the names of the clients that got the event, once each.
func (h *hall) got(event string) string {
	h.t.Helper()
	var who strings.Builder
	for i, c := range h.clients {
		for _, q := range c.packets() {
			if show(q) != event {
				h.t.Errorf("%c got %s", 'a'+i, show(q))
			}
			who.WriteByte(byte('a' + i))
		}
	}
	return who.String()
}

func (h *hall) leave() {
	for _, c := range h.clients {
		c.leave()
	}
	if rooms, sockets := h.memory.Size(); rooms != 0 || sockets != 0 {
		h.t.Errorf("%d rooms and %d sockets are left", rooms, sockets)
	}
	members(h.t, h.ns, 0)
}

func TestBroadcast(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHall(t, socketio.Config{})
		a, bb := h.sockets[0], h.sockets[1]
		ns := h.ns
		for _, tt := range []struct {
			name string
			emit func(string, ...any) error
			want string
		}{
			{"all", ns.Emit, "abcd"},
			{"room", ns.To("x").Emit, "ab"},
			{"in is to", ns.In("y").Emit, "bc"},
			{"two rooms, once each", ns.To("x", "y").Emit, "abc"},
			{"two rooms by two calls", ns.To("x").To("y").Emit, "abc"},
			{"nobody's room", ns.To("z").Emit, ""},
			{"a room and nobody's", ns.To("z", "x").Emit, "ab"},
			{"except a room", ns.Except("x").Emit, "cd"},
			{"room except room", ns.To("x").Except("y").Emit, "a"},
			{"except by two calls", ns.Except("x").Except("y").Emit, "d"},
			{"own id", ns.To(a.ID()).Emit, "a"},
			{"own id and a room", ns.To(a.ID(), "x").Emit, "ab"},
			{"except an id", ns.Except(a.ID()).Emit, "bcd"},
			{"broadcast of a socket", a.Broadcast().Emit, "bcd"},
			{"socket to its room", a.To("x").Emit, "b"},
			{"socket in", a.In("y").Emit, "bc"},
			{"socket except", bb.Except("x").Emit, "cd"},
			{"socket to itself", a.To(a.ID()).Emit, ""},
			{"volatile", ns.Volatile().Emit, "abcd"},
			{"volatile to a room", ns.To("y").Volatile().Emit, "bc"},
		} {
			if err := tt.emit("e", tt.name); err != nil {
				t.Error(err)
			}
			if got := h.got(fmt.Sprintf(`2["e",%q]`, tt.name)); got != tt.want {
				t.Errorf("%s: %q got it, want %q", tt.name, got, tt.want)
			}
		}
		// A Broadcast is a value: choosing further does not change it.
		base := ns.To("x")
		_, _ = base.To("y"), base.Except("x")
		base.Emit("e")
		if got := h.got(`2["e"]`); got != "ab" {
			t.Errorf("%q got it, want ab", got)
		}
		h.leave()
	})
}

func TestRooms(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHall(t, socketio.Config{MaxRooms: 3})
		s := h.sockets[0]
		rooms := func() string {
			all := s.Rooms()
			if len(all) == 0 || all[0] != s.ID() {
				t.Fatalf("rooms %q do not begin with the socket's own", all)
			}
			all = all[1:]
			slices.Sort(all)
			return strings.Join(all, " ")
		}
		s.Join("x", "y", "y", s.ID()) // joined twice, and by its own id
		if got := rooms(); got != "x y" {
			t.Errorf("rooms %q", got)
		}
		wantErr(t, s.Join("p", "q"), socketio.ErrTooManyRooms) // all or none
		if got := rooms(); got != "x y" {
			t.Errorf("rooms %q", got)
		}
		h.ns.To("p").Emit("e")
		if got := h.got(""); got != "" {
			t.Errorf("%q is in a room that was refused", got)
		}
		if err := s.Join("__proto__"); err != nil {
			t.Error(err)
		}
		s.Leave("x", "nowhere")
		if got := rooms(); got != "__proto__ y" {
			t.Errorf("rooms %q", got)
		}
		h.ns.To("x").Emit("e")
		if got := h.got(`2["e"]`); got != "b" {
			t.Errorf("%q got it, want b", got)
		}
		h.sockets[3].Leave("x")
		h.clients[0].send(`1`)
		if n, sockets := h.memory.Size(); n != 2 || sockets != 2 {
			t.Errorf("%d rooms and %d sockets, want 2 and 2", n, sockets)
		}
		h.clients[0].send(`0`) // another socket, in no room
		h.clients[0].expect(`0{"sid":SID}`)
		h.ns.To("y").Emit("e")
		if got := h.got(`2["e"]`); got != "bc" {
			t.Errorf("%q got it, want bc", got)
		}
		h.leave()
	})
}

// counted counts how often it was encoded.
type counted struct{ n *int }

func (c counted) MarshalJSON() ([]byte, error) { *c.n++; return []byte(`"x"`), nil }

func TestBroadcastIsEncodedOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHall(t, socketio.Config{})
		n := 0
		h.ns.Emit("e", counted{&n}, []byte{1})
		if n != 1 {
			t.Errorf("encoded %d times", n)
		}
		var first []session.Packet
		for i, c := range h.clients {
			got := c.packets()
			if len(got) != 2 || got[0].Prepared == nil || got[1].Prepared == nil || got[0].Prepared == got[1].Prepared {
				t.Fatalf("client %d: %v", i, got)
			}
			if i == 0 {
				first = got
			}
			for j := range got {
				if got[j].Prepared != first[j].Prepared || &got[j].Data[0] != &first[j].Data[0] {
					t.Errorf("client %d, packet %d is not shared", i, j)
				}
			}
		}
		h.leave()
	})
}

// A volatile event passes those by that have something queued or no carrier,
// with its attachments.
func TestVolatile(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHall(t, socketio.Config{})
		h.sockets[0].Emit("first")
		h.sockets[0].EmitVolatile("own", []byte{1})
		h.clients[0].expect(`2["first"]`)
		h.sockets[0].EmitVolatile("own", []byte{1})
		h.clients[0].expect(`51-["own",`+hole0+`]`, "<01>")

		h.sockets[1].Emit("first")
		h.ns.To("x").Volatile().Emit("e", []byte{1})
		h.clients[0].expect(`51-["e",`+hole0+`]`, "<01>")
		h.clients[1].expect(`2["first"]`)
		h.leave()
	})
}

func TestFullOutbox(t *testing.T) {
	for _, tt := range []struct {
		policy session.Overflow
		err    error
		wire   []string
		end    bool
	}{
		{session.Refuse, session.ErrQueueFull, []string{`2["a"]`, `2["b"]`}, false},
		{session.DropOldest, nil, []string{`2["b"]`, `2["c"]`}, false},
		{session.Disconnect, session.ErrQueueFull, []string{"close 3002"}, true},
	} {
		t.Run(fmt.Sprint(tt.policy), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{})
				p := dial(t, srv, &session.Config{OutboxMessages: 2, Overflow: tt.policy})
				srv.Of("/")
				p.send(`0`)
				p.packets()
				s := only(t, srv.Of("/"))
				s.Emit("a")
				s.Emit("b")
				wantErr(t, s.EmitVolatile("v"), nil)
				err := s.Emit("c")
				wantErr(t, err, tt.err)
				p.expect(tt.wire...)
				if got := p.conn.State() != session.Open; got != tt.end {
					t.Errorf("ended: %t", got)
				}
				p.leave()
			})
		})
	}
}

// To a broadcast a slow client is no error, and harms nobody else.
func TestBroadcastWithASlowClient(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		slow := dial(t, srv, &session.Config{OutboxMessages: 2})
		slow.send(`0`)
		slow.packets()
		fast := enter(t, srv)
		for i := range 4 {
			if err := ns.Emit("e", i); err != nil {
				t.Error(err)
			}
			fast.expect(fmt.Sprintf(`2["e",%d]`, i))
		}
		slow.expect("close 3002")
		settle()
		members(t, ns, 1)
		slow.leave()
		fast.leave()
	})
}

// The protocol's own answers are not to be lost: without them the client is out
// of step.
func TestNoRoomForTheAnswerToConnect(t *testing.T) {
	for _, packet := range []string{`0/a,`, `0/nope,`} {
		bubble(t, func(t *testing.T) {
			srv := socketio.NewServer(socketio.Config{})
			srv.Of("/")
			srv.Of("/a")
			p := dial(t, srv, &session.Config{OutboxMessages: 1, Overflow: session.Refuse})
			p.send(`0`)
			p.packets()
			only(t, srv.Of("/")).Emit("e")
			p.send(packet)
			p.expect("close 3002")
			settle()
			members(t, srv.Of("/a"), 0)
			p.leave()
		})
	}
}

// Joins, leaves and ends race; whoever has gone is in no room.
func TestRoomsOfThoseWhoLeaveAreFree(t *testing.T) {
	memory := socketio.NewMemory()
	srv := socketio.NewServer(socketio.Config{Adapter: func(*socketio.Namespace) socketio.Adapter { return memory }})
	ns := srv.Of("/")
	for range 200 {
		p := dial(t, srv, nil)
		p.send(`0`)
		s := only(t, ns)
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := range 10 {
				s.Join(fmt.Sprint(i))
				s.Leave(fmt.Sprint(i - 1))
			}
		})
		wg.Go(func() { ns.To("1", "2").Emit("e") })
		wg.Go(func() { p.send(`1`) })
		wg.Wait()
		p.conn.Kill(&session.CloseError{Code: session.Normal})
	}
	if rooms, sockets := memory.Size(); rooms != 0 || sockets != 0 || ns.Len() != 0 {
		t.Errorf("%d rooms, %d sockets in them, %d in all", rooms, sockets, ns.Len())
	}
}
