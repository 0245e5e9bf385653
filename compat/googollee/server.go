package googollee

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	original "github.com/googollee/go-socket.io"
	"github.com/googollee/go-socket.io/engineio"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/socketio"
)

// ErrNoAdapter says that RedisAdapterOptions are of no use here: give the server
// an adapter of its own, by New and server.Options.Adapter.
var ErrNoAdapter = errors.New("googollee: this server has adapters of its own")

// Server has the methods of the original's Server. They may be called
// concurrently. Handlers of one Conn are called one at a time, as are the
// callbacks of its acks.
type Server struct {
	srv    *server.Server
	path   string
	closed chan struct{}
	once   sync.Once

	mu         sync.Mutex                     // guards below
	namespaces map[string]*socketio.Namespace // those with a handler
	onErrors   map[string]func(original.Conn, error)
}

// NewServer returns a server with the original's options; nil means its defaults:
// a ping each 20 s with 60 s for the answer. Transports other than the original's
// own polling and websocket are not used, but their CheckOrigin is asked; see the
// package comment. It panics if the durations are negative.
func NewServer(opts *engineio.Options) *Server { return New(optionsOf(opts)) }

// New returns a server with this server's options. It panics if they are not
// valid, as server.New does.
func New(opts server.Options) *Server {
	if opts.KeepHeaders == nil {
		opts.KeepHeaders = keptHeaders
	}
	s := &Server{srv: server.New(opts), path: opts.Path, closed: make(chan struct{}),
		namespaces: make(map[string]*socketio.Namespace), onErrors: make(map[string]func(original.Conn, error))}
	if s.path == "" {
		s.path = "/socket.io"
	}
	s.srv.Of("/") // clients of 1.x and 2.x begin there, whether it has a handler or not
	return s
}

// keptHeaders are what Conn.RemoteHeader has, unless New is told otherwise. The
// original keeps all fields, and handlers look for credentials there.
var keptHeaders = []string{"User-Agent", "Accept-Language", "X-Forwarded-For", "X-Real-Ip", "Referer", "Cookie", "Authorization"}

// Server returns the server behind this one.
func (s *Server) Server() *server.Server { return s.srv }

// ServeHTTP answers the requests of clients. As the original does, it takes those of
// Engine.IO under any path.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, s.path) && r.URL.Query().Has("transport") {
		u := *r.URL
		u.Path, u.RawPath = s.path+"/", ""
		r = r.WithContext(r.Context())
		r.URL = &u
	}
	s.srv.ServeHTTP(w, r)
}

// Serve blocks until Close and returns io.EOF. Clients are served whether it is
// called or not.
func (s *Server) Serve() error {
	<-s.closed
	return io.EOF
}

// closing is how long Close waits for clients to take what is queued for them.
const closing = 5 * time.Second

// Close ends all sessions and returns when they are over, after a few seconds at
// the latest.
func (s *Server) Close() error {
	var err error
	s.once.Do(func() {
		close(s.closed)
		ctx, cancel := context.WithTimeout(context.Background(), closing)
		defer cancel()
		err = s.srv.Shutdown(ctx)
	})
	return err
}

// Adapter returns false and ErrNoAdapter.
func (s *Server) Adapter(*original.RedisAdapterOptions) (bool, error) { return false, ErrNoAdapter }

// Count returns the number of connected clients.
func (s *Server) Count() int { return s.srv.SocketIO().Len() }

// OnConnect has f called for each client that enters the namespace. An error of it
// ends the client's connection and is told to OnError. Like the other handlers it
// is to be set before there are clients.
func (s *Server) OnConnect(namespace string, f func(original.Conn) error) {
	s.of(namespace).OnConnect(func(_ context.Context, sock *socketio.Socket) error {
		c := connOf(s, sock)
		c.turn.Lock()
		defer c.turn.Unlock()
		err := f(c)
		if err != nil {
			c.fail(err)
			sock.Disconnect(true)
		}
		return err
	})
}

// OnDisconnect has f called once for each client that was in the namespace, with
// the reason, such as "transport close".
func (s *Server) OnDisconnect(namespace string, f func(original.Conn, string)) {
	s.of(namespace).OnDisconnect(func(sock *socketio.Socket, reason socketio.DisconnectReason) {
		c := connOf(s, sock)
		c.turn.Lock()
		defer c.turn.Unlock()
		f(c, string(reason))
	})
}

// OnError has f called for arguments that do not fit a handler, for panics of
// handlers, and for what they return as an error from OnConnect.
func (s *Server) OnError(namespace string, f func(original.Conn, error)) {
	ns := s.of(namespace)
	s.mu.Lock()
	_, again := s.onErrors[ns.Name()]
	s.onErrors[ns.Name()] = f
	s.mu.Unlock()
	if !again {
		socketio.OnError(ns, func(sock *socketio.Socket, _ string, err error) { connOf(s, sock).fail(err) })
	}
}

// OnEvent has f called for each event of that name. f is a func(socketio.Conn,
// arguments...) with any results, which are the ack. It takes the place of one
// that was set before. OnEvent panics if f is no such function or the name is
// reserved.
func (s *Server) OnEvent(namespace, event string, f any) {
	h := newHandler(f)
	ns := s.of(namespace)
	socketio.Off(ns, event)
	socketio.OnAck(ns, event, func(_ context.Context, sock *socketio.Socket, in socketio.Args) (socketio.Args, error) {
		c := connOf(s, sock)
		c.turn.Lock()
		defer c.turn.Unlock()
		out, err := h.call(c, in)
		if err != nil {
			c.fail(err)
		}
		return out, nil // the original's clients are told nothing
	})
}

// of returns a namespace that has a handler from now on.
func (s *Server) of(name string) *socketio.Namespace {
	ns := s.srv.Of(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.namespaces[ns.Name()] = ns
	return ns
}

// known returns a namespace if it has a handler. What is not known is no
// namespace for the original's methods.
func (s *Server) known(name string) *socketio.Namespace {
	if name == "" {
		name = "/"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.namespaces[name]
}

// JoinRoom puts a client into a room. It reports whether there is such a
// namespace, as the methods below do.
func (s *Server) JoinRoom(namespace, room string, c original.Conn) bool {
	if s.known(namespace) == nil {
		return false
	}
	c.Join(room)
	return true
}

// LeaveRoom takes a client out of a room.
func (s *Server) LeaveRoom(namespace, room string, c original.Conn) bool {
	if s.known(namespace) == nil {
		return false
	}
	c.Leave(room)
	return true
}

// LeaveAllRooms takes a client out of all rooms but that of its own id.
func (s *Server) LeaveAllRooms(namespace string, c original.Conn) bool {
	if s.known(namespace) == nil {
		return false
	}
	c.LeaveAll()
	return true
}

// ClearRoom takes all clients out of a room.
func (s *Server) ClearRoom(namespace, room string) bool {
	ns := s.known(namespace)
	return ns != nil && ns.In(room).SocketsLeave(room) == nil
}

// BroadcastToRoom emits an event to a room.
func (s *Server) BroadcastToRoom(namespace, room, event string, args ...any) bool {
	ns := s.known(namespace)
	return ns != nil && ns.To(room).Emit(event, values(args)...) == nil
}

// BroadcastToNamespace emits an event to all clients of a namespace.
func (s *Server) BroadcastToNamespace(namespace, event string, args ...any) bool {
	ns := s.known(namespace)
	return ns != nil && ns.Emit(event, values(args)...) == nil
}

// RoomLen returns the number of clients in a room, or -1 if there is no such
// namespace.
func (s *Server) RoomLen(namespace, room string) int {
	ns := s.known(namespace)
	if ns == nil {
		return -1
	}
	n := 0
	for range ns.In(room).Local().Sockets() {
		n++
	}
	return n
}

// Rooms returns the rooms of a namespace, that of each client's id among them, or
// nil if there is no such namespace.
func (s *Server) Rooms(namespace string) []string {
	ns := s.known(namespace)
	if ns == nil {
		return nil
	}
	return ns.Rooms()
}

// ForEach calls f for each client in a room. Unlike the original it holds no lock
// meanwhile: f may join and leave.
func (s *Server) ForEach(namespace, room string, f original.EachFunc) bool {
	ns := s.known(namespace)
	if ns == nil {
		return false
	}
	for _, sock := range slices.Collect(ns.In(room).Local().Sockets()) {
		f(connOf(s, sock))
	}
	return true
}
