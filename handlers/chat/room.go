package chat

import (
	"slices"

	"github.com/everwire/everwire/socketio"
)

// room is one room. Chat.mu guards all of it.
type room struct {
	name   string
	people []*member // in the order in which they came
	lines  []Line    // the last Config.History
	seq    uint64    // of the last line
	used   uint64    // Chat.uses when somebody spoke, came or went
}

// member is a socket in a room. Chat.mu guards all of it.
type member struct {
	socket *socketio.Socket
	room   *room
	name   string
	key    string // lets the same person take the name over; empty for nobody
	// While joining is true the ack is not queued yet and the socket is not
	// among the receivers: missed collects what goes behind the ack.
	joining bool
	missed  []emission
}

// emission is an event for a room.
type emission struct {
	event string
	arg   any
}

// find returns who has that name, or nil.
func (r *room) find(name string) *member {
	name = fold(name)
	i := slices.IndexFunc(r.people, func(m *member) bool { return fold(m.name) == name })
	if i < 0 {
		return nil
	}
	return r.people[i]
}

func (r *room) names() []string {
	names := make([]string, len(r.people))
	for i, m := range r.people {
		names[i] = m.name
	}
	return names
}

// channel is the Socket.IO room of a room. The prefix keeps it apart from the
// rooms that sockets have of their own, whose names are the sockets' ids.
func (r *room) channel() string { return "room:" + r.name }

// The methods of Chat in this file are called with mu held.

// open returns the room of that name and makes it if need be. It returns nil
// if there is no space for it.
func (c *Chat) open(name string) *room {
	if r := c.rooms[name]; r != nil {
		return r
	}
	if len(c.rooms) >= c.cfg.MaxRooms {
		r := c.idlest()
		if r == nil {
			return nil
		}
		delete(c.rooms, r.name)
	}
	r := &room{name: name}
	c.rooms[name] = r
	return r
}

// idlest returns the empty room that was used longest ago, or nil. It looks at
// all rooms, which happens only when a room is made and there is no space.
func (c *Chat) idlest() *room {
	var found *room
	for _, r := range c.rooms {
		if len(r.people) == 0 && (found == nil || r.used < found.used) {
			found = r
		}
	}
	return found
}

// enter puts a socket into a room. If it is in one it leaves that, unless the
// new one refuses it.
//
// Whoever comes with the key of the one who has the name is the same person on
// a new connection, whose old one is lost and does not know it yet.
func (c *Chat) enter(s *socketio.Socket, name, roomName, key string) (*member, error) {
	old := c.members[s]
	if r := c.rooms[roomName]; r != nil && key != "" {
		if ghost := r.find(name); ghost != nil && ghost != old && ghost.key == key {
			c.exit(ghost.socket)
		}
	}
	if err := c.admits(c.rooms[roomName], old, name); err != nil {
		return nil, err
	}
	c.exit(s)
	r := c.open(roomName)
	m := &member{socket: s, room: r, name: name, key: key}
	c.members[s] = m
	r.people = append(r.people, m)
	c.add(r, Join, name, "")
	c.tellPeople(r)
	m.joining = true // from here on: the ack has what was before
	return m, nil
}

// admits says why a person may not enter r, which is nil if it has to be made.
// old is what they are now, nil if nothing; they will have left that by then.
func (c *Chat) admits(r *room, old *member, name string) error {
	if r == nil {
		leavesSpace := old != nil && len(old.room.people) == 1
		if len(c.rooms) >= c.cfg.MaxRooms && c.idlest() == nil && !leavesSpace {
			return tooMany()
		}
		return nil
	}
	if other := r.find(name); other != nil && other != old {
		return taken(name)
	}
	if len(r.people) >= c.cfg.MaxPeople && (old == nil || old.room != r) {
		return refuse(ErrRoomFull, "This room is full. Try another one.")
	}
	return nil
}

// arrive makes the socket of a member whose ack is queued one of the receivers.
func (c *Chat) arrive(m *member) error {
	if err := m.socket.Join(m.room.channel()); err != nil {
		return err
	}
	for _, e := range m.missed {
		// If the client is too slow its overflow policy decides; if it is gone
		// the disconnect handler follows.
		_ = m.socket.Emit(e.event, e.arg)
	}
	m.joining, m.missed = false, nil
	return nil
}

// exit takes a socket out of its room, if it is in one.
func (c *Chat) exit(s *socketio.Socket) {
	m := c.members[s]
	if m == nil {
		return
	}
	delete(c.members, s)
	m.room.people = slices.DeleteFunc(m.room.people, func(other *member) bool { return other == m })
	c.check(s.Leave(m.room.channel()))
	c.add(m.room, Leave, m.name, "")
	c.tellPeople(m.room)
}

// add appends a line to a room and emits it.
func (c *Chat) add(r *room, k Kind, name, text string) {
	r.seq++
	c.uses++
	r.used = c.uses
	l := Line{Seq: r.seq, At: c.cfg.Clock(), Kind: k, Name: name, Text: text}
	r.lines = append(r.lines, l)
	if n := len(r.lines) - c.cfg.History; n > 0 {
		r.lines = slices.Delete(r.lines, 0, n)
	}
	c.emit(r, emission{"line", liveLine{r.name, onWire(l)}})
}

func (c *Chat) tellPeople(r *room) {
	c.emit(r, emission{"people", peopleNow{r.name, r.names()}})
}

// emit sends an event to all in a room.
func (c *Chat) emit(r *room, e emission) {
	if len(r.people) == 0 {
		return
	}
	for _, ns := range c.namespaces {
		c.check(ns.To(r.channel()).Emit(e.event, e.arg))
	}
	for _, m := range r.people {
		if m.joining {
			m.missed = append(m.missed, e)
		}
	}
}
