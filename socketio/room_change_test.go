package socketio_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/everwire/everwire/socketio"
)

func TestRoomChanges(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		var n notes
		names := make(map[string]string)
		stop := ns.OnRoom(func(c socketio.RoomChange) {
			name := func(s string) string {
				if short, ok := names[s]; ok {
					return short
				}
				return s
			}
			if len(c.Room) == 20 && c.Kind == socketio.CreateRoom {
				names[c.Room] = string(rune('a' + len(names)))
			}
			n.add("%v %s %s", c.Kind, name(c.Room), name(c.SocketID))
		})
		a := enter(t, srv)
		n.expect(t, "create-room a ", "join-room a a")
		sa := only(t, ns)
		sa.Join("x", "y", "x")
		n.expect(t, "create-room x ", "join-room x a", "create-room y ", "join-room y a")
		sa.Join("x", sa.ID())
		n.expect(t)
		b := enter(t, srv)
		n.expect(t, "create-room b ", "join-room b b")
		ns.To("x").SocketsJoin("z")
		n.expect(t, "create-room z ", "join-room z a")
		ns.Except(sa.ID()).SocketsJoin("x")
		n.expect(t, "join-room x b")
		sa.Leave("x", "nowhere")
		n.expect(t, "leave-room x a")
		sa.Leave("y")
		n.expect(t, "leave-room y a", "delete-room y ")
		a.send("1")
		n.expect(t, "leave-room a a", "delete-room a ", "leave-room z a", "delete-room z ")
		stop()
		b.leave()
		n.expect(t)
		stop2 := ns.OnRoom(func(c socketio.RoomChange) { n.add("%v", c.Kind) })
		n.expect(t)
		stop2()
		a.leave()
	})
}

// The function may look at rooms and change them, and a panic of it harms nobody.
func TestRoomChangesFromWithin(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		p := enter(t, srv)
		s := only(t, ns)
		var n notes
		ns.OnRoom(func(c socketio.RoomChange) {
			n.add("%v %s, in %d", c.Kind, c.Room, len(s.Rooms()))
			if c.Room == "x" && c.Kind == socketio.JoinRoom {
				s.Join("y")
				s.Leave("x")
				n.add("back")
			}
			if c.Room == "y" {
				panic("x")
			}
		})
		s.Join("x")
		n.expect(t, "create-room x, in 2", "join-room x, in 2", "back",
			"create-room y, in 2", "join-room y, in 2", "leave-room x, in 2", "delete-room x, in 2")
		p.leave()
	})
}

// Whoever counts the changes knows who is in which room, however many change
// them at once.
func TestRoomChangesAreInOrder(t *testing.T) {
	srv := socketio.NewServer(socketio.Config{})
	ns := srv.Of("/")
	var mu sync.Mutex
	rooms := make(map[string]map[string]bool)
	ns.OnRoom(func(c socketio.RoomChange) {
		mu.Lock()
		defer mu.Unlock()
		members, exists := rooms[c.Room]
		ok := false
		switch c.Kind {
		case socketio.CreateRoom:
			ok = !exists
			rooms[c.Room] = make(map[string]bool)
		case socketio.JoinRoom:
			if ok = exists && !members[c.SocketID]; ok {
				members[c.SocketID] = true
			}
		case socketio.LeaveRoom:
			ok = members[c.SocketID]
			delete(members, c.SocketID)
		case socketio.DeleteRoom:
			ok = exists && len(members) == 0
			delete(rooms, c.Room)
		}
		if !ok {
			t.Errorf("%v of room %s came at the wrong time", c, c.Room)
		}
	})
	var wg sync.WaitGroup
	for range 8 {
		p := dial(t, srv, nil)
		p.send("0")
		wg.Go(func() {
			for i := range 100 {
				for s := range ns.Sockets() {
					s.Join(fmt.Sprint(i % 3))
				}
				ns.To(fmt.Sprint(i%3), fmt.Sprint((i+1)%3)).SocketsLeave(fmt.Sprint((i + 1) % 3))
			}
			p.send("1")
		})
	}
	wg.Wait()
	mu.Lock()
	defer mu.Unlock()
	if len(rooms) != 0 {
		t.Errorf("rooms left: %v", rooms)
	}
}

func TestRoomsOfTheNamespace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHall(t, socketio.Config{})
		want := []string{"x", "y"}
		for _, s := range h.sockets {
			want = append(want, s.ID())
		}
		h.sockets[3].Join(h.sockets[0].ID()) // its own room is listed once all the same
		got := h.ns.Rooms()
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("rooms %q, want %q", got, want)
		}
		for room, want := range map[string]string{"x": "ab", "y": "bc", h.sockets[0].ID(): "ad", h.sockets[2].ID(): "c", "none": ""} {
			if got := h.names(h.ns.To(room)); got != want {
				t.Errorf("%q is in %s, want %q", got, room, want)
			}
		}
		s := h.sockets[0]
		s.Disconnect(false)
		if got := s.Rooms(); got != nil {
			t.Errorf("a socket that has gone is in %q", got)
		}
		h.leave()
	})
}

// names returns the names of the sockets that b chooses.
func (h *hall) names(b socketio.Broadcast) string {
	var names []string
	for s := range b.Sockets() {
		names = append(names, string(rune('a'+slices.Index(h.sockets, s))))
	}
	slices.Sort(names)
	return strings.Join(names, "")
}
