package socketio

import (
	"context"

	"github.com/everwire/everwire/protocol/sio"
)

// Call emits an event and waits for the client's ack. Out is decoded from the
// ack's first argument; with Args it is all of them, with struct{} none. It
// waits until ctx is done, or for Config.AckTimeout if ctx has no deadline, and
// then returns context.DeadlineExceeded. Other errors are those of Emit and
// ErrTooManyAcks; ErrDisconnected also says that the client left without an
// answer.
//
// Handlers may use Call on their own socket.
func Call[Out any](ctx context.Context, c Callee, event string, args ...any) (Out, error) {
	var zero Out
	reply, err := c.call(ctx, event, args)
	if err != nil {
		return zero, err
	}
	return decodeFirst[Out](reply)
}

// Callee is who can be called: a *Socket, an Emitter of one, or a RemoteSocket.
type Callee interface {
	call(ctx context.Context, event string, args []any) (Args, error)
}

func (s *Socket) call(ctx context.Context, name string, args []any) (Args, error) {
	return s.callWith(ctx, flags{}, name, args)
}

func (s *Socket) callWith(ctx context.Context, f flags, name string, values []any) (Args, error) {
	ctx, cancel := s.patience(ctx)
	defer cancel()
	if ctx.Err() != nil && s.open() {
		return Args{}, ctx.Err()
	}
	q, err := s.ask(f, name, values)
	if err != nil {
		return Args{}, err
	}
	return q.wait(ctx)
}

// patience bounds how long an ack is waited for.
func (s *Socket) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, s.ns.srv.cfg.AckTimeout)
}

// Ask is Call in two steps: the event is emitted when Ask returns, behind what was
// emitted before, and answer waits for the ack as Call does. It must be called
// once, soon: until then the client owes an ack. The error is that of Emit or
// ErrTooManyAcks.
func Ask[Out any](s *Socket, event string, args ...any) (answer func(ctx context.Context) (Out, error), err error) {
	q, err := s.ask(flags{}, event, args)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (Out, error) {
		ctx, cancel := s.patience(ctx)
		defer cancel()
		var zero Out
		reply, err := q.wait(ctx)
		if err != nil {
			return zero, err
		}
		return decodeFirst[Out](reply)
	}, nil
}

// question is an event that was emitted and waits for its ack.
type question struct {
	s     *Socket
	id    uint64
	reply reply
}

func (s *Socket) ask(f flags, name string, values []any) (*question, error) {
	args, err := encodeArgs(sio.Event, name, values)
	if err != nil {
		return nil, err
	}
	q := &question{s: s, reply: make(reply, 1)}
	if q.id, err = s.expect(q.reply); err != nil {
		return nil, err
	}
	s.client.await(1)
	p := outgoingEvent(s.ns, name, args)
	p.ID, p.HasID = q.id, true
	ps, err := s.client.wire.encode(p)
	if err == nil {
		f.mark(ps)
		err = s.push(name, args, ps)
	}
	if err != nil {
		q.end()
		return nil, err
	}
	return q, nil
}

func (q *question) end() {
	q.s.forget(q.id)
	q.s.client.await(-1)
}

// wait waits for the ack until ctx is done.
func (q *question) wait(ctx context.Context) (Args, error) {
	defer q.end()
	var e *event
	select {
	case e = <-q.reply:
	case <-ctx.Done():
		// The socket's end is the better reason, and an ack is no failure.
		select {
		case e = <-q.reply:
		default:
			return Args{}, ctx.Err()
		}
	}
	if e == nil {
		return Args{}, ErrDisconnected
	}
	return e.ack()
}

// ack returns the arguments of an ack.
func (e *event) ack() (Args, error) {
	elements, err := sio.SplitArray(e.data)
	return Args{elements: elements, binary: e.binary}, err
}

// waiter is who waits for an ack. It is told once: the ack, or nil if the socket
// has ended. No lock is held.
type waiter interface{ answer(e *event) }

// reply is the waiter of one call. It has room for one.
type reply chan *event

func (r reply) answer(e *event) { r <- e }

// expect reserves an ack id.
func (s *Socket) expect(w waiter) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.nextAck
	if s.client.lateAcks {
		id++
	}
	if err := s.await(w, id); err != nil {
		return 0, err
	}
	s.nextAck = (s.nextAck + 1) % sharedAcks
	return id, nil
}

// expectShared is expect for an id that several sockets have in common.
func (s *Socket) expectShared(w waiter, id uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.await(w, id)
}

// await notes that w waits for the ack with that id. The caller holds mu.
func (s *Socket) await(w waiter, id uint64) error {
	switch {
	case s.end != nil || !s.accepted:
		return ErrDisconnected
	case len(s.acks) >= s.ns.srv.cfg.MaxAcks:
		return ErrTooManyAcks
	}
	if s.acks == nil {
		s.acks = make(map[uint64]waiter)
	}
	s.acks[id] = w
	return nil
}

// forget reports whether the ack was still waited for.
func (s *Socket) forget(id uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.acks[id]
	delete(s.acks, id)
	return ok
}

// acked hands an ack to whoever waits for it. Acks that nobody waits for, or
// no longer, and those without an id are dropped.
func (s *Socket) acked(p sio.Packet) {
	if !p.HasID {
		return
	}
	s.mu.Lock()
	w, ok := s.acks[p.ID]
	delete(s.acks, p.ID)
	s.mu.Unlock()
	if ok {
		w.answer(newEvent(p))
	}
}
