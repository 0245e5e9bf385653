package socketio

import "context"

// anyListener is a catch-all listener, of events in one of the directions.
type anyListener struct {
	call func(ctx context.Context, s *Socket, event string, args Args)
}

// OnAny calls f for each event that comes in, whatever its name, before the
// middlewares and handlers of the event. It is called where they are, so what is
// true of handlers of On is true of f; acks are not its business. On a Socket,
// listeners of the socket are called before those of its namespace.
func OnAny(l Listener, f func(ctx context.Context, s *Socket, event string, args Args)) (stop func()) {
	return add(l, anyIn, &anyListener{f}, false)
}

// PrependAny is OnAny, in front of the catch-all listeners that l has already.
func PrependAny(l Listener, f func(ctx context.Context, s *Socket, event string, args Args)) (stop func()) {
	return add(l, anyIn, &anyListener{f}, true)
}

// OnAnyOutgoing calls f for each event that is about to be queued for a client,
// by Emit, a call or a broadcast, once per receiver; acks are not among them. It
// is called by the goroutine that emits, before the event is queued, and possibly
// by several at once. It must be quick. A panic disconnects the socket that the
// event was for.
//
// With Recovery a namespace's events are handed out one after the other: f may
// then be called by another goroutine that emits at the same time, and after Emit
// has returned. It is not called for what a client that has come back gets of
// events that it had missed.
func OnAnyOutgoing(l Listener, f func(ctx context.Context, s *Socket, event string, args Args)) (stop func()) {
	return add(l, anyOut, &anyListener{f}, false)
}

// PrependAnyOutgoing is OnAnyOutgoing, in front of those that l has already.
func PrependAnyOutgoing(l Listener, f func(ctx context.Context, s *Socket, event string, args Args)) (stop func()) {
	return add(l, anyOut, &anyListener{f}, true)
}

func anyIn(r *registry) *[]*anyListener  { return &r.any }
func anyOut(r *registry) *[]*anyListener { return &r.outgoing }

// announce calls the catch-all listeners of an event that goes out.
func (s *Socket) announce(own []*anyListener, event string, args Args) {
	defer s.recovered()
	for _, list := range [...][]*anyListener{own, s.ns.read().outgoing} {
		for _, l := range list {
			l.call(s.ctx, s, event, args)
		}
	}
}
