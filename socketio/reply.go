package socketio

import "context"

// Reply sends the ack of an event, with any number of arguments. The first ack
// is the only one: of later calls, and of those for an event whose client wants
// none, nothing is sent and no error returned. One whose arguments cannot be
// encoded does not count. The other errors are those of Emit, and
// ErrDisconnected when the client has gone. It does not block, and may be
// called concurrently, also when the handler that got it has returned.
type Reply func(args ...any) error

// OnReply is On for events that are answered later than their handler returns,
// or not always: the ack is what reply is called with, and until then the
// client waits, for ever or for as long as it likes. Meanwhile its other events
// are handled. If f returns an error without a call of reply the client is not
// answered. A goroutine that answers should end with ctx. How many questions may
// be open at a time is for the program to bound.
func OnReply[T any](l Listener, name string, f func(ctx context.Context, s *Socket, arg T, reply Reply) error) (stop func()) {
	mustBeFree(name)
	return listen(l, name, &handler{func(ctx context.Context, s *Socket, e *event, args Args) error {
		v, err := decodeFirst[T](args)
		if err != nil {
			return err
		}
		e.later = true
		return f(ctx, s, v, func(args ...any) error { return s.replyLater(e, args) })
	}})
}

// replyLater is reply from whatever goroutine.
func (s *Socket) replyLater(e *event, args []any) error {
	ps, err := s.encodeReply(e, args)
	if len(ps) == 0 || err != nil {
		return err
	}
	return s.offer(ps)
}
