package socketio

import (
	"context"
	"errors"
	"log/slog"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
)

// ServerEvent is an event from one server to the others, as an Adapter gets it.
type ServerEvent struct {
	Namespace *Namespace
	Event     string
	Args      Args
	// Ack asks for an answer of each server.
	Ack bool
}

// serverHandler is a listener for an event of other servers. It returns the
// arguments of its answer if it has one.
type serverHandler struct {
	call func(ctx context.Context, args Args) (answer Args, answers bool, err error)
}

// OnServerSide calls f for each event of that name which another server emits
// with ServerSideEmit or CallServers. T is decoded as in On. An error of f is
// logged. It is called by a goroutine of the Adapter's, and possibly by several
// at once. It panics if the name is reserved.
func OnServerSide[T any](ns *Namespace, name string, f func(ctx context.Context, arg T) error) (stop func()) {
	return ns.listenServerSide(name, func(ctx context.Context, args Args) (Args, bool, error) {
		v, err := decodeFirst[T](args)
		if err == nil {
			err = f(ctx, v)
		}
		return Args{}, false, err
	})
}

// OnServerSideAck is OnServerSide for events that are answered, with what f
// returns. If f returns an error, which is logged, there is no answer.
func OnServerSideAck[In, Out any](ns *Namespace, name string, f func(ctx context.Context, in In) (Out, error)) (stop func()) {
	return ns.listenServerSide(name, func(ctx context.Context, args Args) (Args, bool, error) {
		in, err := decodeFirst[In](args)
		if err != nil {
			return Args{}, false, err
		}
		out, err := f(ctx, in)
		if err != nil {
			return Args{}, false, err
		}
		if _, none := any(out).(struct{}); none {
			return Args{}, true, nil
		}
		answer, err := NewArgs(out)
		return answer, err == nil, err
	})
}

func (ns *Namespace) listenServerSide(name string, call func(context.Context, Args) (Args, bool, error)) (stop func()) {
	mustBeFree(name)
	h := &serverHandler{call}
	ns.edit(func(t *table) {
		if t.serverSide == nil {
			t.serverSide = make(map[string][]*serverHandler)
		}
		t.serverSide[name] = with(t.serverSide[name], h)
	})
	return func() {
		ns.edit(func(t *table) {
			if left := without(t.serverSide[name], h); len(left) > 0 {
				t.serverSide[name] = left
			} else {
				delete(t.serverSide, name)
			}
		})
	}
}

// ServerSideEmit sends an event to all other servers that the Adapter reaches.
// Clients see nothing of it. Errors are those of Emit for the arguments, and the
// Adapter's.
func (ns *Namespace) ServerSideEmit(event string, args ...any) error {
	_, err := ns.emitToServers(context.Background(), event, args, false)
	return err
}

// CallServers sends an event to all other servers and waits until each has
// answered, with OnServerSideAck. It waits until ctx is done, or for
// Config.AckTimeout if ctx has no deadline, and then returns the answers that it
// has, with a *MissingError. Without other servers there are none.
func CallServers[Out any](ctx context.Context, ns *Namespace, event string, args ...any) ([]Out, error) {
	ctx, cancel := ns.withDeadline(ctx)
	defer cancel()
	answers, err := ns.emitToServers(ctx, event, args, true)
	missing, ok := errors.AsType[*MissingError](err)
	if err != nil && !ok {
		return nil, err
	}
	return decodeAll[Out](answers, missing)
}

func (ns *Namespace) emitToServers(ctx context.Context, event string, values []any, ack bool) ([]Args, error) {
	args, err := encodeArgs(sio.Event, event, values)
	if err != nil {
		return nil, err
	}
	return ns.adapter.EmitToServers(ctx, ServerEvent{Namespace: ns, Event: event, Args: args, Ack: ack})
}

// ServerSideEvent hands an event of another server to its listeners. It is for
// Adapters. It returns the answer of the first listener that has one, and whether
// any has; if not, the Adapter sends none.
func (ns *Namespace) ServerSideEvent(ctx context.Context, event string, args Args) (answer Args, ok bool) {
	for _, h := range ns.read().serverSide[event] {
		a, answers, err := ns.callServerSide(ctx, h, args)
		if err != nil {
			ns.srv.cfg.Logger.Warn("handler of a server-side event failed", "ns", ns.name, "event", event, "err", err)
		}
		if answers && !ok {
			answer, ok = a, true
		}
	}
	return answer, ok
}

func (ns *Namespace) callServerSide(ctx context.Context, h *serverHandler, args Args) (answer Args, answers bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			session.LogPanic(ns.srv.cfg.Logger.With(slog.String("ns", ns.name)), v)
			answers = false
		}
	}()
	return h.call(ctx, args)
}
