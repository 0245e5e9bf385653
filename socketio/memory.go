package socketio

import (
	"maps"
	"slices"
	"sync"
)

// Memory is the Adapter for one process. Use NewMemory. Adapters for several
// processes embed it for their local side, and call its methods with what they
// hear from other processes.
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
	defer s.ns.tellRoomChanges()
	defer s.ns.keeper.lock()()
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
			s.ns.roomChanges(CreateRoom, r, "")
		}
		m.members[r][s] = struct{}{}
		s.ns.roomChanges(JoinRoom, r, s.id)
		s.ns.keeper.joined(s, r)
	}
	if len(joined) > 0 {
		m.rooms[s] = joined
	}
	return nil
}

// Leave removes s from rooms.
func (m *Memory) Leave(s *Socket, rooms ...string) error {
	defer s.ns.tellRoomChanges()
	defer s.ns.keeper.lock()()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range rooms {
		m.leave(s, r)
		s.ns.keeper.leftRoom(s, r)
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
	if _, in := m.members[room][s]; !in {
		return
	}
	delete(m.members[room], s)
	s.ns.roomChanges(LeaveRoom, room, s.id)
	if len(m.members[room]) == 0 {
		delete(m.members, room)
		s.ns.roomChanges(DeleteRoom, room, "")
	}
}

// Drop removes s from all its rooms.
func (m *Memory) Drop(s *Socket) {
	defer s.ns.tellRoomChanges()
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

// AllRooms returns the rooms that any socket has joined.
func (m *Memory) AllRooms() []string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.AppendSeq(make([]string, 0, len(m.members)), maps.Keys(m.members))
}

// Members returns the sockets of this process that are meant.
func (m *Memory) Members(sel Selection) []*Socket {
	var out []*Socket
	if len(sel.To) == 0 {
		out = sel.Namespace.all()
	} else {
		out = m.inRooms(sel)
	}
	if len(sel.Except) == 0 {
		return out
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.DeleteFunc(out, func(s *Socket) bool {
		for _, r := range sel.Except {
			if _, in := m.members[r][s]; in || r == s.id {
				return true
			}
		}
		return false
	})
}

func (m *Memory) inRooms(sel Selection) []*Socket {
	var own []*Socket
	for _, r := range sel.To {
		if s := sel.Namespace.Socket(r); s != nil {
			own = append(own, s)
		}
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if len(sel.To) == 1 && len(own) == 0 {
		members := m.members[sel.To[0]]
		return slices.AppendSeq(make([]*Socket, 0, len(members)), maps.Keys(members))
	}
	set := make(map[*Socket]struct{})
	for _, s := range own {
		set[s] = struct{}{}
	}
	for _, r := range sel.To {
		maps.Copy(set, m.members[r])
	}
	return slices.AppendSeq(make([]*Socket, 0, len(set)), maps.Keys(set))
}
