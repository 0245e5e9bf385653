package socketio

import (
	"context"
	"iter"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/everwire/everwire/session"
)

// Middleware decides whether a client may enter a namespace. An error refuses
// it and becomes the client's connect_error; use *Error to add data.
type Middleware func(ctx context.Context, s *Socket) error

// Namespace is a separate conversation over the same connections. Get one with
// Server.Of. Handlers are best registered before the first client comes; all
// methods may be called concurrently.
type Namespace struct {
	srv     *Server
	name    string
	adapter Adapter
	table   atomic.Pointer[table] // replaced as a whole
	family  *family               // of a parent; else nil
	parent  *Namespace            // of a child; else nil
	keeper  *keeper               // nil without Recovery
	uses    int                   // of a child, by clients; guarded by Server.mu
	pinned  bool                  // of a child: Of has returned it; guarded by Server.mu

	changes roomQueue
	asked   atomic.Uint64 // events that are answered by several sockets

	mu      sync.RWMutex // guards below
	sockets map[string]*Socket
}

// table is what was registered with a namespace. It is not modified.
type table struct {
	middlewares  []Middleware
	onConnect    []func(context.Context, *Socket) error
	onDisconnect []func(*Socket, DisconnectReason)
	onRoom       []*roomHook
	serverSide   map[string][]*serverHandler
	registry
	session session.Handler
}

var emptyTable table

func (ns *Namespace) read() *table {
	if t := ns.table.Load(); t != nil {
		return t
	}
	return &emptyTable
}

// edit replaces the table by an edited copy. A parent's children get the same
// edit.
func (ns *Namespace) edit(f func(*table)) {
	if ns.family == nil {
		ns.editOwn(f)
		return
	}
	ns.srv.mu.Lock() // while a child is made, it copies the table
	defer ns.srv.mu.Unlock()
	ns.editOwn(f)
	for _, child := range ns.family.children {
		child.editOwn(f)
	}
}

func (ns *Namespace) editOwn(f func(*table)) {
	ns.mu.Lock()
	defer ns.mu.Unlock()
	t := *ns.read()
	t.middlewares = slices.Clone(t.middlewares)
	t.onConnect = slices.Clone(t.onConnect)
	t.onDisconnect = slices.Clone(t.onDisconnect)
	t.serverSide = maps.Clone(t.serverSide)
	t.registry = t.registry.clone()
	f(&t)
	ns.table.Store(&t)
}

// Name returns the namespace's name with its slash. That of a parent is its
// pattern.
func (ns *Namespace) Name() string { return ns.name }

// Use adds a middleware. Middlewares run in order before a client is
// accepted; the first error refuses it.
func (ns *Namespace) Use(m Middleware) {
	ns.edit(func(t *table) { t.middlewares = append(t.middlewares, m) })
}

// OnConnect adds a function that is called once for each accepted client,
// before any of its events, even if the client has left again by then. An error
// disconnects the client from the namespace.
func (ns *Namespace) OnConnect(f func(ctx context.Context, s *Socket) error) {
	ns.edit(func(t *table) { t.onConnect = append(t.onConnect, f) })
}

// OnDisconnect adds a function that is called once for each accepted client,
// as the last thing that happens to it. The socket has left its rooms by then.
// Events that the client sent before it left are handled first; if this side
// disconnected it, what waits is thrown away.
func (ns *Namespace) OnDisconnect(f func(s *Socket, reason DisconnectReason)) {
	ns.edit(func(t *table) { t.onDisconnect = append(t.onDisconnect, f) })
}

// Serve runs h for each client that enters: it receives the client's
// "message" events and ends the client's stay by returning. Connect handlers
// are not called in such a namespace; middlewares and disconnect handlers
// are, and other events reach their listeners while h is in Receive.
func (ns *Namespace) Serve(h session.Handler) {
	ns.edit(func(t *table) { t.session = h })
}

// add puts s among the sockets, unless its client has come back by another
// connection meanwhile: its younger socket has that place then.
func (ns *Namespace) add(s *Socket) {
	defer ns.tellRoomChanges()
	defer ns.keeper.lock()()
	if s.superseded() {
		return
	}
	ns.mu.Lock()
	defer ns.mu.Unlock()
	old := ns.sockets[s.id]
	ns.sockets[s.id] = s
	if old != nil {
		return // the client is back with its id before the old one has gone
	}
	ns.roomChanges(CreateRoom, s.id, "")
	ns.roomChanges(JoinRoom, s.id, s.id)
}

func (ns *Namespace) remove(s *Socket) {
	ns.mu.Lock()
	if ns.sockets[s.id] == s {
		delete(ns.sockets, s.id)
		ns.roomChanges(LeaveRoom, s.id, s.id)
		ns.roomChanges(DeleteRoom, s.id, "")
	}
	ns.mu.Unlock()
	ns.adapter.Drop(s)
	ns.tellRoomChanges()
}

// Socket returns the connected socket with the given id, or nil.
func (ns *Namespace) Socket(id string) *Socket {
	ns.mu.RLock()
	defer ns.mu.RUnlock()
	return ns.sockets[id]
}

// Len returns the number of connected sockets on this server.
func (ns *Namespace) Len() int {
	ns.mu.RLock()
	defer ns.mu.RUnlock()
	return len(ns.sockets)
}

// Sockets iterates over the sockets that were connected to this server when
// the loop began.
func (ns *Namespace) Sockets() iter.Seq[*Socket] {
	return func(yield func(*Socket) bool) {
		for _, s := range ns.all() {
			if !yield(s) {
				return
			}
		}
	}
}

func (ns *Namespace) all() []*Socket {
	ns.mu.RLock()
	defer ns.mu.RUnlock()
	return slices.AppendSeq(make([]*Socket, 0, len(ns.sockets)), maps.Values(ns.sockets))
}

// Emit sends an event to every socket of the namespace. See Socket.Emit.
func (ns *Namespace) Emit(event string, args ...any) error {
	return Broadcast{ns: ns}.Emit(event, args...)
}

// To begins a broadcast to the sockets in any of the rooms.
func (ns *Namespace) To(rooms ...string) Broadcast { return Broadcast{ns: ns}.To(rooms...) }

// In is To.
func (ns *Namespace) In(rooms ...string) Broadcast { return ns.To(rooms...) }

// Except begins a broadcast that leaves out the sockets in any of the rooms.
func (ns *Namespace) Except(rooms ...string) Broadcast { return Broadcast{ns: ns}.Except(rooms...) }

// Volatile begins a broadcast that clients which are not ready for it miss.
func (ns *Namespace) Volatile() Broadcast { return Broadcast{ns: ns}.Volatile() }

// Compress begins a broadcast of which is said whether it may be compressed.
func (ns *Namespace) Compress(compress bool) Broadcast { return Broadcast{ns: ns}.Compress(compress) }

// Local begins a broadcast that leaves out the sockets of other servers.
func (ns *Namespace) Local() Broadcast { return Broadcast{ns: ns}.Local() }
