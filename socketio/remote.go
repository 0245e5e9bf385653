package socketio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// SocketInfo is what all servers may know of a socket. It goes through
// encoding/json on the way from one server to another.
type SocketInfo struct {
	ID string `json:"id"`
	// Rooms that it is in, the one of its own id included.
	Rooms     []string  `json:"rooms"`
	Handshake Handshake `json:"handshake"`
	// Data is what Socket.SetData has set: the value itself if the socket is on
	// this server, and what encoding/json makes of it if not.
	Data any `json:"data"`
}

// RemoteSocket is a socket on any server, as it was when it was fetched. Its
// methods reach the socket wherever it is, if it is still connected.
type RemoteSocket struct {
	SocketInfo
	ns *Namespace
}

// BindData decodes Data into v, as json.Unmarshal does, on whichever server the
// socket is.
func (r RemoteSocket) BindData(v any) error {
	raw, err := json.Marshal(r.Data)
	if err == nil {
		err = json.Unmarshal(raw, v)
	}
	if err != nil {
		return fmt.Errorf("socketio: data of socket %s: %w", r.ID, err)
	}
	return nil
}

// broadcast chooses the socket.
func (r RemoteSocket) broadcast() Broadcast { return r.ns.To(r.ID) }

// Emit sends an event to the socket; see Broadcast.Emit.
func (r RemoteSocket) Emit(event string, args ...any) error {
	return r.broadcast().Emit(event, args...)
}

// Join adds the socket to rooms; see Broadcast.SocketsJoin.
func (r RemoteSocket) Join(rooms ...string) error { return r.broadcast().SocketsJoin(rooms...) }

// Leave removes it from rooms; see Broadcast.SocketsLeave.
func (r RemoteSocket) Leave(rooms ...string) error { return r.broadcast().SocketsLeave(rooms...) }

// Disconnect ends its stay; see Socket.Disconnect.
func (r RemoteSocket) Disconnect(closeConnection bool) error {
	return r.broadcast().DisconnectSockets(closeConnection)
}

func (r RemoteSocket) call(ctx context.Context, event string, args []any) (Args, error) {
	answers, err := r.broadcast().ask(ctx, event, args)
	if missing, ok := errors.AsType[*MissingError](err); ok && missing.Err != nil {
		return Args{}, missing.Err
	} else if err != nil {
		return Args{}, err
	}
	if len(answers) == 0 {
		return Args{}, ErrDisconnected
	}
	return answers[0], nil
}

// dataKey is the key of Data among a socket's values.
type dataKey struct{}

// SetData keeps a value with the socket that FetchSockets shows to all servers.
// It must be something that encoding/json encodes, and must not be modified once
// set. For what concerns this server only there is Set.
func (s *Socket) SetData(v any) { s.Set(dataKey{}, v) }

// Data returns what SetData has kept, or nil.
func (s *Socket) Data() any { return s.Value(dataKey{}) }

func (s *Socket) info() SocketInfo {
	return SocketInfo{ID: s.id, Rooms: s.Rooms(), Handshake: s.Handshake(), Data: s.Data()}
}

// Change is what a server does to sockets: they join and leave rooms, and then
// they may be disconnected, and their connections closed.
type Change struct {
	Join, Leave                 []string
	Disconnect, CloseConnection bool
}

func (s *Socket) change(c Change) error {
	var errs []error
	if len(c.Join) > 0 {
		errs = append(errs, s.Join(c.Join...))
	}
	if len(c.Leave) > 0 {
		errs = append(errs, s.Leave(c.Leave...))
	}
	if c.Disconnect {
		s.Disconnect(c.CloseConnection)
	}
	err := errors.Join(errs...)
	if errors.Is(err, ErrDisconnected) {
		return nil // it has gone meanwhile, and counts as never chosen
	}
	return err
}

// Sockets iterates over the chosen sockets of this server, as they are when the
// loop begins. See FetchSockets for those of all servers.
func (b Broadcast) Sockets() iter.Seq[*Socket] {
	return func(yield func(*Socket) bool) {
		for _, s := range b.ns.adapter.Members(b.selection()) {
			if !yield(s) {
				return
			}
		}
	}
}

// FetchSockets returns the chosen sockets of all servers. It waits for the other
// servers, if there are any, until ctx is done, or for Config.AckTimeout if ctx
// has no deadline; if some have not told by then it returns the sockets that it
// has heard of and a *MissingError.
func (b Broadcast) FetchSockets(ctx context.Context) ([]RemoteSocket, error) {
	ctx, cancel := b.ns.withDeadline(ctx)
	defer cancel()
	infos, err := b.ns.adapter.Fetch(ctx, b.selection())
	sockets := make([]RemoteSocket, len(infos))
	for i, info := range infos {
		sockets[i] = RemoteSocket{info, b.ns}
	}
	return sockets, err
}

// SocketsJoin adds the chosen sockets of all servers to rooms. The error is that
// of a socket of this server, such as ErrTooManyRooms, or the adapter's; it
// keeps no other socket from joining.
func (b Broadcast) SocketsJoin(rooms ...string) error {
	return b.ns.adapter.Change(b.selection(), Change{Join: slices.Clone(rooms)})
}

// SocketsLeave removes the chosen sockets of all servers from rooms.
func (b Broadcast) SocketsLeave(rooms ...string) error {
	return b.ns.adapter.Change(b.selection(), Change{Leave: slices.Clone(rooms)})
}

// DisconnectSockets ends the stay of the chosen sockets of all servers; see
// Socket.Disconnect.
func (b Broadcast) DisconnectSockets(closeConnection bool) error {
	return b.ns.adapter.Change(b.selection(), Change{Disconnect: true, CloseConnection: closeConnection})
}

// FetchSockets returns the sockets of all servers; see Broadcast.FetchSockets.
func (ns *Namespace) FetchSockets(ctx context.Context) ([]RemoteSocket, error) {
	return Broadcast{ns: ns}.FetchSockets(ctx)
}

// SocketsJoin adds all sockets to rooms; see Broadcast.SocketsJoin.
func (ns *Namespace) SocketsJoin(rooms ...string) error {
	return Broadcast{ns: ns}.SocketsJoin(rooms...)
}

// SocketsLeave removes all sockets from rooms; see Broadcast.SocketsLeave.
func (ns *Namespace) SocketsLeave(rooms ...string) error {
	return Broadcast{ns: ns}.SocketsLeave(rooms...)
}

// DisconnectSockets ends the stay of all sockets; see Socket.Disconnect.
func (ns *Namespace) DisconnectSockets(closeConnection bool) error {
	return Broadcast{ns: ns}.DisconnectSockets(closeConnection)
}
