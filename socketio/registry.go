package socketio

import (
	"maps"
	"slices"
)

// Listener is what events can be listened to on: a *Namespace, for all its
// sockets, or a *Socket.
//
// Each function that registers something with a Listener returns one that takes
// it away again, as often as it is called; a call of what was registered that has
// begun by then goes on.
type Listener interface {
	// register changes what is registered, under the Listener's lock.
	register(change func(*registry))
}

// registry is what was registered with a Listener. Its slices are not modified
// but replaced, so that they can be walked after unlocking; its map is modified
// under the Listener's lock.
type registry struct {
	handlers      map[string][]*handler
	middlewares   []*eventMiddleware
	any, outgoing []*anyListener
	errors        []*errorHook
}

// clone returns a copy that can be changed while r is read.
func (r *registry) clone() registry {
	c := *r
	c.handlers = maps.Clone(r.handlers)
	return c
}

// handler is a listener for one event. Its address is its identity.
type handler struct{ call handlerFunc }

func (r *registry) on(name string, h *handler) {
	if r.handlers == nil {
		r.handlers = make(map[string][]*handler)
	}
	r.handlers[name] = with(r.handlers[name], h)
}

func (r *registry) off(name string, h *handler) {
	if left := without(r.handlers[name], h); len(left) > 0 {
		r.handlers[name] = left
	} else {
		delete(r.handlers, name)
	}
}

// with and without return a new slice.
func with[T any](list []*T, v *T) []*T { return append(slices.Clip(list), v) }

func without[T any](list []*T, v *T) []*T {
	return slices.DeleteFunc(slices.Clone(list), func(w *T) bool { return w == v })
}

// add registers v in one of a registry's lists, in front of the others or behind
// them, and returns what takes it away.
func add[T any](l Listener, list func(*registry) *[]*T, v *T, front bool) (stop func()) {
	l.register(func(r *registry) {
		p := list(r)
		if front {
			*p = append([]*T{v}, *p...)
		} else {
			*p = with(*p, v)
		}
	})
	return func() {
		l.register(func(r *registry) {
			p := list(r)
			*p = without(*p, v)
		})
	}
}

// listen registers a handler for an event.
func listen(l Listener, name string, h *handler) (stop func()) {
	l.register(func(r *registry) { r.on(name, h) })
	return func() { l.register(func(r *registry) { r.off(name, h) }) }
}

// Off takes away all that On, Once and OnAck have registered with l for that
// event. Catch-all listeners and middlewares stay.
func Off(l Listener, name string) {
	l.register(func(r *registry) { delete(r.handlers, name) })
}

func (s *Socket) register(change func(*registry)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listeners == nil {
		s.listeners = new(registry)
	}
	change(s.listeners)
}

func (ns *Namespace) register(change func(*registry)) {
	ns.edit(func(t *table) { change(&t.registry) })
}

// registered returns what is registered with the socket itself for an event of
// that name, and for all events.
func (s *Socket) registered(name []byte) (r registry, own []*handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listeners == nil {
		return registry{}, nil
	}
	return *s.listeners, s.listeners.handlers[string(name)]
}
