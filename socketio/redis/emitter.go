package redis

import (
	"context"
	"fmt"
	"slices"

	goredis "github.com/redis/go-redis/v9"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/socketio"
)

// Emitter speaks to the servers of a cluster and their clients without being one of
// them: it is for programs that serve nobody, such as a nightly job. It hears
// nothing, so there are no acks. Use NewEmitter. Its methods may be called
// concurrently.
//
// It is npm's @socket.io/redis-emitter for servers of any Kind.
type Emitter struct {
	cfg    Config
	client goredis.UniversalClient
	own    bool
}

// emitterID is what all emitters have for an id.
const emitterID = "emitter"

// NewEmitter returns an Emitter. Of the Config it uses what says where Redis is
// and what the servers have. It does not connect before something is emitted.
func NewEmitter(cfg Config) (*Emitter, error) {
	cfg.setDefaults()
	client, own, err := cfg.open()
	if err != nil {
		return nil, err
	}
	return &Emitter{cfg, client, own}, nil
}

// Close closes the connections. It does not close a Client that was given.
func (e *Emitter) Close() error {
	if !e.own {
		return nil
	}
	return e.client.Close()
}

// Of chooses all sockets of a namespace; "/" is the root. A missing slash in front
// is added.
func (e *Emitter) Of(namespace string) Broadcast {
	if namespace == "" || namespace[0] != '/' {
		namespace = "/" + namespace
	}
	return Broadcast{e: e, nsp: namespace}
}

// Broadcast chooses sockets of a namespace, as socketio.Broadcast does. It is a
// value: each method that chooses returns a new one. The others block until Redis
// has taken the message, and return its error or that of ctx if it has not; what
// servers make of it they do not say.
type Broadcast struct {
	e                      *Emitter
	nsp                    string
	to, except             []string
	volatile, uncompressed bool
}

// To adds the sockets in any of the rooms.
func (b Broadcast) To(rooms ...string) Broadcast {
	b.to = append(slices.Clone(b.to), rooms...)
	return b
}

// In is To.
func (b Broadcast) In(rooms ...string) Broadcast { return b.To(rooms...) }

// Except leaves out the sockets in any of the rooms.
func (b Broadcast) Except(rooms ...string) Broadcast {
	b.except = append(slices.Clone(b.except), rooms...)
	return b
}

// Volatile lets clients miss the event that are not ready for it.
func (b Broadcast) Volatile() Broadcast {
	b.volatile = true
	return b
}

// Compress says whether the event may be compressed. Without it, it may.
func (b Broadcast) Compress(compress bool) Broadcast {
	b.uncompressed = !compress
	return b
}

// Emit sends an event to the chosen sockets. Arguments are those of
// socketio.Socket.Emit.
func (b Broadcast) Emit(ctx context.Context, event string, args ...any) error {
	return b.event(ctx, broadcast, event, args)
}

// ServerSideEmit sends an event to the servers of the namespace, whichever sockets
// are chosen.
func (b Broadcast) ServerSideEmit(ctx context.Context, event string, args ...any) error {
	return b.event(ctx, serverEvent, event, args)
}

func (b Broadcast) event(ctx context.Context, k kind, event string, values []any) error {
	if sio.IsReserved(event) {
		return fmt.Errorf("%w: %q", socketio.ErrReservedName, event)
	}
	args, err := socketio.NewArgs(values...)
	if err != nil {
		return err
	}
	return b.post(ctx, message{kind: k, event: event, args: args})
}

// SocketsJoin adds the chosen sockets to rooms.
func (b Broadcast) SocketsJoin(ctx context.Context, rooms ...string) error {
	return b.post(ctx, message{kind: join, rooms: rooms})
}

// SocketsLeave removes the chosen sockets from rooms.
func (b Broadcast) SocketsLeave(ctx context.Context, rooms ...string) error {
	return b.post(ctx, message{kind: leave, rooms: rooms})
}

// DisconnectSockets ends the stay of the chosen sockets, and closes their
// connections if that is asked for.
func (b Broadcast) DisconnectSockets(ctx context.Context, closeConnection bool) error {
	return b.post(ctx, message{kind: disconnect, close: closeConnection})
}

func (b Broadcast) post(ctx context.Context, m message) error {
	m.to, m.except, m.volatile, m.uncompressed = b.to, b.except, b.volatile, b.uncompressed
	p, err := b.e.cfg.form(emitterID, b.nsp, nil).encode(&m)
	if err != nil {
		return err
	}
	_, err = b.e.client.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
		b.e.cfg.command(ctx, pipe, &p)
		return nil
	})
	if err != nil {
		return fmt.Errorf("redis: emit: %w", shown(b.e.client, err))
	}
	return nil
}
