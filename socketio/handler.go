package socketio

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/everwire/everwire/protocol/sio"
)

// On calls f for each event of that name. T is decoded from the event's first
// argument; with Args it is all arguments, with struct{} none. If the client
// wants an ack it is sent, empty, when f has returned nil. An argument that does
// not fit T, and an error of f, are logged, at most one a second per socket as a
// warning; f is not called for the former.
//
// ctx is done when the socket is disconnected. Handlers of one socket are
// called one at a time. It panics if the name is reserved.
func On[T any](l Listener, name string, f func(ctx context.Context, s *Socket, arg T) error) (stop func()) {
	mustBeFree(name)
	return listen(l, name, &handler{typed(f)})
}

// Once is On for the first such event only: of the socket, or of all sockets of
// the namespace.
func Once[T any](l Listener, name string, f func(ctx context.Context, s *Socket, arg T) error) (stop func()) {
	mustBeFree(name)
	var taken atomic.Bool
	h, call := new(handler), typed(f)
	h.call = func(ctx context.Context, s *Socket, e *event, args Args) error {
		if taken.Swap(true) {
			return nil
		}
		l.register(func(r *registry) { r.off(name, h) })
		return call(ctx, s, e, args)
	}
	return listen(l, name, h)
}

// typed returns f as a handler that decodes and answers.
func typed[T any](f func(ctx context.Context, s *Socket, arg T) error) handlerFunc {
	return func(ctx context.Context, s *Socket, e *event, args Args) error {
		v, err := decodeFirst[T](args)
		if err != nil {
			return err
		}
		if err := f(ctx, s, v); err != nil {
			return err
		}
		return s.reply(e)
	}
}

// OnAck is On for events that are answered: what f returns is the ack. With
// Args it is all the ack's arguments. An error of f is logged, and the ack is
// an object {"error":{"message":...}}: with the message and data of an *Error,
// and "internal error" for any other. If the client wants no ack, the result
// is dropped.
func OnAck[In, Out any](l Listener, name string, f func(ctx context.Context, s *Socket, in In) (Out, error)) (stop func()) {
	mustBeFree(name)
	return listen(l, name, &handler{func(ctx context.Context, s *Socket, e *event, args Args) error {
		in, err := decodeFirst[In](args)
		if err != nil {
			return errors.Join(err, s.fail(e, &Error{Message: "bad argument"}))
		}
		out, err := f(ctx, s, in)
		if err != nil {
			return errors.Join(err, s.fail(e, err))
		}
		if _, none := any(out).(struct{}); none {
			return s.reply(e)
		}
		if err := s.reply(e, out); err != nil {
			// If out cannot be encoded, this is the answer.
			return errors.Join(err, s.fail(e, err))
		}
		return nil
	}})
}

// fail answers an event whose handler has failed.
func (s *Socket) fail(e *event, err error) error {
	type failure struct {
		Error *Error `json:"error"`
	}
	internal := &Error{Message: "internal error"}
	why, ok := errors.AsType[*Error](err)
	if !ok {
		why = internal
	}
	if s.reply(e, failure{why}) == nil {
		return nil
	}
	return s.reply(e, failure{internal}) // Data could not be encoded
}

func mustBeFree(name string) {
	if sio.IsReserved(name) {
		panic(fmt.Sprintf("socketio: event name %q is reserved", name))
	}
}
