package socketio

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/everwire/everwire/session"
)

// RoomChange is what has happened to a room on this server.
type RoomChange struct {
	Kind RoomChangeKind
	Room string
	// SocketID is who has joined or left; empty if the room came into being or
	// has gone.
	SocketID string
}

// RoomChangeKind says what has happened to a room.
type RoomChangeKind uint8

// The kinds. A room is created before its first member joins, and deleted after
// its last one has left. That includes the rooms of the sockets' own ids.
const (
	CreateRoom RoomChangeKind = iota
	JoinRoom
	LeaveRoom
	DeleteRoom
)

var roomChangeNames = [...]string{"create-room", "join-room", "leave-room", "delete-room"}

// String returns the reference server's name for the event, such as "join-room".
func (k RoomChangeKind) String() string {
	if int(k) < len(roomChangeNames) {
		return roomChangeNames[k]
	}
	return fmt.Sprintf("RoomChangeKind(%d)", k)
}

type roomHook struct{ call func(RoomChange) }

// roomQueue holds what the functions of OnRoom are still to be told of. Changes
// enter it under the lock that they happen under, so they are in order, and are
// told after unlocking by one goroutine at a time.
type roomQueue struct {
	mu      sync.Mutex // guards below
	waiting []RoomChange
	telling bool
}

// OnRoom calls f when a room of this server is created or deleted, or a socket
// joins or leaves one, once for each change and in their order. No lock is held,
// so f may look at rooms and change them, but it is called by whoever changes
// rooms, in the middle of the work of all sorts of goroutines: it must be quick. If
// several do that at once, one of them calls f for all, and Join may return in the
// others before that. Changes from before OnRoom are not told.
func (ns *Namespace) OnRoom(f func(RoomChange)) (stop func()) {
	h := &roomHook{f}
	ns.edit(func(t *table) { t.onRoom = with(t.onRoom, h) })
	return func() { ns.edit(func(t *table) { t.onRoom = without(t.onRoom, h) }) }
}

// roomChanges queues a change. It is called under the lock that the change
// happens under, and tellRoomChanges after that.
func (ns *Namespace) roomChanges(kind RoomChangeKind, room, id string) {
	if len(ns.read().onRoom) == 0 {
		return
	}
	q := &ns.changes
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, RoomChange{kind, room, id})
}

// tellRoomChanges tells what is queued, unless somebody does already.
func (ns *Namespace) tellRoomChanges() {
	q := &ns.changes
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.telling {
		return
	}
	q.telling = true
	for len(q.waiting) > 0 {
		changes := q.waiting
		q.waiting = nil
		q.mu.Unlock()
		for _, c := range changes {
			for _, h := range ns.read().onRoom {
				ns.tellRoomChange(h, c)
			}
		}
		q.mu.Lock()
	}
	q.telling = false
}

// tellRoomChange survives a panic: it runs on goroutines that have nothing to do
// with the application, and the changes that follow are to be told.
func (ns *Namespace) tellRoomChange(h *roomHook, c RoomChange) {
	defer func() {
		if v := recover(); v != nil {
			session.LogPanic(ns.srv.cfg.Logger, v)
		}
	}()
	h.call(c)
}

// Rooms returns the rooms of this server that have a member, in no order: those
// that were joined, and those of the sockets' own ids. Who is in one of them says
// ns.To(room).Sockets().
func (ns *Namespace) Rooms() []string {
	rooms := make(map[string]struct{})
	for _, r := range ns.adapter.AllRooms() {
		rooms[r] = struct{}{}
	}
	for _, s := range ns.all() {
		rooms[s.id] = struct{}{}
	}
	return slices.Collect(maps.Keys(rooms))
}
