package socketio

import (
	"maps"
	"slices"
	"sync"
)

// Adapter knows who is in which room of one namespace and delivers its
// broadcasts. The one in memory knows the sockets of this process; others
// reach those of other processes too. Methods may be called concurrently and
// must not call back into handlers.
type Adapter interface {
	// Join adds a socket to rooms. It blocks only if the adapter says so.
	Join(s *Socket, rooms ...string) error
	// Leave removes it from rooms.
	Leave(s *Socket, rooms ...string) error
	// Drop removes it from all its rooms. It comes last for each socket.
	Drop(s *Socket)
	// Rooms returns the rooms that a socket has joined, in no order.
	Rooms(s *Socket) []string
	// Broadcast delivers an event. The room of a socket's own id needs no
	// Join.
	Broadcast(Delivery) error
}

// Memory is the Adapter for one process. Use NewMemory. Adapters for several
// processes embed it for their local side.
type Memory struct {
	mu      sync.RWMutex // guards below
	members map[string]map[*Socket]struct{}
	rooms   map[*Socket][]string
}

// NewMemory returns an empty Memory.
func NewMemory() *Memory {
	return &Memory{members: make(map[string]map[*Socket]struct{}), rooms: make(map[*Socket][]string)}
}

// Join adds s to rooms, or to none of them if they are too many. A socket that
// has left its namespace is not added.
func (m *Memory) Join(s *Socket, rooms ...string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	// Drop comes after the socket's end: what is added before will be dropped.
	if !s.open() {
		return ErrDisconnected
	}
	joined := m.rooms[s]
	for _, r := range rooms {
		if r != s.id && !slices.Contains(joined, r) {
			joined = append(joined, r)
		}
	}
	if len(joined) > s.ns.srv.cfg.MaxRooms {
		return ErrTooManyRooms
	}
	for _, r := range joined[len(m.rooms[s]):] {
		if m.members[r] == nil {
			m.members[r] = make(map[*Socket]struct{})
		}
		m.members[r][s] = struct{}{}
	}
	if len(joined) > 0 {
		m.rooms[s] = joined
	}
	return nil
}

// Leave removes s from rooms.
func (m *Memory) Leave(s *Socket, rooms ...string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range rooms {
		m.leave(s, r)
	}
	left := slices.DeleteFunc(m.rooms[s], func(r string) bool { return slices.Contains(rooms, r) })
	if len(left) == 0 {
		delete(m.rooms, s)
	} else {
		m.rooms[s] = left
	}
	return nil
}

func (m *Memory) leave(s *Socket, room string) {
	delete(m.members[room], s)
	if len(m.members[room]) == 0 {
		delete(m.members, room)
	}
}

// Drop removes s from all its rooms.
func (m *Memory) Drop(s *Socket) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.rooms[s] {
		m.leave(s, r)
	}
	delete(m.rooms, s)
}

// Rooms returns the rooms that s has joined.
func (m *Memory) Rooms(s *Socket) []string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Clone(m.rooms[s])
}

// Broadcast offers the packets to the sockets of this process that are meant.
// The receivers are collected under the locks and served after them.
func (m *Memory) Broadcast(d Delivery) error {
	for _, s := range m.receivers(d) {
		s.push(d.Event, d.Args, d.Packets)
	}
	return nil
}

func (m *Memory) receivers(d Delivery) []*Socket {
	var out []*Socket
	if len(d.To) == 0 {
		out = d.Namespace.all()
	} else {
		out = m.inRooms(d)
	}
	if len(d.Except) == 0 {
		return out
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.DeleteFunc(out, func(s *Socket) bool {
		for _, r := range d.Except {
			if _, in := m.members[r][s]; in || r == s.id {
				return true
			}
		}
		return false
	})
}

func (m *Memory) inRooms(d Delivery) []*Socket {
	var own []*Socket
	for _, r := range d.To {
		if s := d.Namespace.Socket(r); s != nil {
			own = append(own, s)
		}
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if len(d.To) == 1 && len(own) == 0 {
		members := m.members[d.To[0]]
		return slices.AppendSeq(make([]*Socket, 0, len(members)), maps.Keys(members))
	}
	set := make(map[*Socket]struct{})
	for _, s := range own {
		set[s] = struct{}{}
	}
	for _, r := range d.To {
		maps.Copy(set, m.members[r])
	}
	return slices.AppendSeq(make([]*Socket, 0, len(set)), maps.Keys(set))
}
