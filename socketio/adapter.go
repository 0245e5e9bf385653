package socketio

import "context"

// Adapter knows who is in which room of one namespace, and reaches its sockets.
// The one in memory knows the sockets of this process; others reach those of
// other processes too. Methods may be called concurrently and must not call back
// into handlers, unless they say so.
type Adapter interface {
	Membership
	Reach
}

// Membership is what an Adapter knows of the sockets of this process. Each socket
// is in the room of its own id, which needs no Join and is not told of by Rooms
// and AllRooms.
type Membership interface {
	// Join adds a socket to rooms. It blocks only if the adapter says so.
	Join(s *Socket, rooms ...string) error
	// Leave removes it from rooms.
	Leave(s *Socket, rooms ...string) error
	// Drop removes it from all its rooms. It comes last for each socket.
	Drop(s *Socket)
	// Rooms returns the rooms that a socket has joined, in no order.
	Rooms(s *Socket) []string
	// AllRooms returns the rooms that any socket has joined, in no order.
	AllRooms() []string
	// Members returns the sockets that are chosen, in no order. The caller may
	// keep the slice.
	Members(sel Selection) []*Socket
}

// Reach is how an Adapter reaches sockets, here and on other servers, and the
// other servers themselves.
type Reach interface {
	// Broadcast delivers an event.
	Broadcast(d Delivery) error
	// Ask delivers an event that its receivers are to answer, and does not wait
	// for their answers: it tells them to to, until ctx is done. Clients that
	// cannot answer are left out.
	Ask(ctx context.Context, d Delivery, to Answers) error
	// Fetch returns what is known of the sockets that are chosen. If some
	// server has not told by the time that ctx is done, it returns those that
	// it has and a *MissingError.
	Fetch(ctx context.Context, sel Selection) ([]SocketInfo, error)
	// Change makes the chosen sockets join and leave rooms, or disconnects them.
	Change(sel Selection, c Change) error
	// EmitToServers passes an event on to the other servers, each of which hands
	// it to its Namespace.ServerSideEvent. If answers are wanted it waits for one
	// of each server until ctx is done, and then returns those that have come
	// and a *MissingError.
	EmitToServers(ctx context.Context, e ServerEvent) ([]Args, error)
	// Servers returns how many servers there are, this one included.
	Servers(ctx context.Context) (int, error)
}

// Selection is which sockets of a namespace are meant: those in any of the rooms
// To, or all if there are none, but not those in any of the rooms Except. Each
// socket is in a room of its own id, too.
type Selection struct {
	Namespace  *Namespace
	To, Except []string
	// Local leaves out the sockets of other servers.
	Local bool
}
