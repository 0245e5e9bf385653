package socketio

import (
	"context"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
)

// flags say how an event is to be sent.
type flags struct{ volatile, uncompressed bool }

func (f flags) mark(ps []session.Packet) {
	if f == (flags{}) {
		return
	}
	for i := range ps {
		ps[i].Volatile = f.volatile
		ps[i].Compress = !f.uncompressed
	}
}

// Emitter emits to one socket in a way that its methods choose. It is a value:
// each method returns a new one, and an Emitter may be kept and used again, by
// several goroutines. Get one with Socket.Volatile or Socket.Compress.
type Emitter struct {
	socket *Socket
	flags  flags
}

// Volatile lets the client miss the event if it is not ready for it: if it is
// between two polls, or has something queued already.
func (s *Socket) Volatile() Emitter { return Emitter{socket: s}.Volatile() }

// Compress says whether the event may be compressed, where that was agreed on
// with the client. Without it, it may.
func (s *Socket) Compress(compress bool) Emitter { return Emitter{socket: s}.Compress(compress) }

// Volatile lets the client miss the event; see Socket.Volatile.
func (e Emitter) Volatile() Emitter {
	e.flags.volatile = true
	return e
}

// Compress says whether the event may be compressed; see Socket.Compress.
func (e Emitter) Compress(compress bool) Emitter {
	e.flags.uncompressed = !compress
	return e
}

// Emit queues an event for the client; see Socket.Emit.
func (e Emitter) Emit(event string, args ...any) error {
	return e.socket.emit(e.flags, event, args)
}

func (e Emitter) call(ctx context.Context, event string, args []any) (Args, error) {
	return e.socket.callWith(ctx, e.flags, event, args)
}

// EmitVolatile is s.Volatile().Emit.
func (s *Socket) EmitVolatile(event string, args ...any) error {
	return s.emit(flags{volatile: true}, event, args)
}

// emit encodes an event, tells the catch-all listeners and queues it.
func (s *Socket) emit(f flags, event string, values []any) error {
	args, ps, err := s.encodeEvent(event, values)
	if err != nil {
		return err
	}
	f.mark(ps)
	if s.stay != nil {
		return s.emitKept(f, event, args, ps)
	}
	return s.push(event, args, ps)
}

// encodeEvent encodes an event that wants no ack.
func (s *Socket) encodeEvent(name string, values []any) (Args, []session.Packet, error) {
	args, err := encodeArgs(sio.Event, name, values)
	if err != nil {
		return Args{}, nil, err
	}
	ps, err := s.client.wire.encode(outgoingEvent(s.ns, name, args))
	return args, ps, err
}

// emitKept is push for a client that may come back for the event.
func (s *Socket) emitKept(f flags, event string, args Args, ps []session.Packet) error {
	if !s.open() {
		return ErrDisconnected
	}
	d := Delivery{Selection: Selection{Namespace: s.ns, To: []string{s.id}}, Event: event, Args: args,
		Volatile: f.volatile, Uncompressed: f.uncompressed}
	err := s.ns.keeper.emit(d, ps, func() []*Socket { return []*Socket{s} })
	if err == ErrDisconnected && !f.volatile && s.younger() != nil {
		return nil // the client is back, and finds the event among those that it has missed
	}
	return err
}

// pushNow is push behind the namespace's queue; see keeper.
func (s *Socket) pushNow(event string, args Args, ps []session.Packet) error {
	own, _ := s.registered(nil)
	if len(own.outgoing)+len(s.ns.read().outgoing) > 0 {
		s.announce(own.outgoing, event, args)
	}
	return s.queueNow(ps)
}

// push queues an event. Unlike offer it tells the catch-all listeners.
func (s *Socket) push(event string, args Args, ps []session.Packet) error {
	s.mu.Lock()
	open := s.accepted && s.end == nil
	var own []*anyListener
	if s.listeners != nil {
		own = s.listeners.outgoing
	}
	s.mu.Unlock()
	if !open {
		return ErrDisconnected
	}
	if len(own)+len(s.ns.read().outgoing) > 0 {
		s.announce(own, event, args)
		return s.offer(ps) // one of them may have disconnected the socket
	}
	return s.queue(ps)
}
