package socketio

import (
	"context"
	"log/slog"
)

// EventMiddleware decides whether an event of a client reaches its handlers.
// See UseEvents.
type EventMiddleware func(ctx context.Context, s *Socket, event string, args Args) error

type eventMiddleware struct{ call EventMiddleware }

type errorHook struct {
	call func(s *Socket, event string, err error)
}

// UseEvents adds a middleware for events. For each event that comes in the
// middlewares run in order, those of the namespace before the socket's own, after
// the catch-all listeners and before the event's handlers, where handlers run. The
// first error refuses the event: its handlers are not called, the error goes to
// the functions of OnError or to the log, and if the client waits for an ack it
// gets the one that OnAck sends for an error.
//
// For the middlewares that let clients into a namespace see Namespace.Use.
func UseEvents(l Listener, m EventMiddleware) (stop func()) {
	return add(l, func(r *registry) *[]*eventMiddleware { return &r.middlewares }, &eventMiddleware{m}, false)
}

// OnError calls f with each error of a middleware or handler of an event, and
// for each argument that does not fit a handler. Where there is such a function,
// on the socket or its namespace, these errors are not logged. It is called where
// handlers run.
func OnError(l Listener, f func(s *Socket, event string, err error)) (stop func()) {
	return add(l, func(r *registry) *[]*errorHook { return &r.errors }, &errorHook{f}, false)
}

// admit calls the catch-all listeners and middlewares of an event and reports
// whether it may go on to its handlers.
func (s *Socket) admit(e *event, name []byte, args Args, own, all *registry) bool {
	if len(own.any)+len(all.any)+len(own.middlewares)+len(all.middlewares) == 0 {
		return true
	}
	event := string(name)
	for _, list := range [...][]*anyListener{own.any, all.any} {
		for _, l := range list {
			l.call(s.ctx, s, event, args)
		}
	}
	for _, list := range [...][]*eventMiddleware{all.middlewares, own.middlewares} {
		for _, m := range list {
			if err := m.call(s.ctx, s, event, args); err != nil {
				s.failed("event refused", event, err)
				if err := s.fail(e, err); err != nil {
					s.failed("event refused", event, err)
				}
				return false
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.deaf // one of them may have disconnected the socket
}

// failed passes on what went wrong with an event, or logs it.
func (s *Socket) failed(what, event string, err error) {
	own, _ := s.registered(nil)
	told := false
	for _, list := range [...][]*errorHook{own.errors, s.ns.read().errors} {
		for _, h := range list {
			h.call(s, event, err)
			told = true
		}
	}
	if !told {
		s.warn(what, slog.String("event", event), slog.Any("err", err))
	}
}
