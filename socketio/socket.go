package socketio

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/everwire/everwire/session"
)

// Errors that callers branch on, besides session.ErrQueueFull.
var (
	// ErrDisconnected says that the socket has left its namespace. It matches
	// session.ErrClosed.
	ErrDisconnected error = disconnected{}
	// ErrTooManyRooms says that the socket is in Config.MaxRooms rooms.
	ErrTooManyRooms = errors.New("socketio: too many rooms")
	// ErrTooManyAttachments says that an event has more binary values than
	// Config.MaxAttachments.
	ErrTooManyAttachments = errors.New("socketio: too many attachments")
	// ErrTooManyAcks says that the client owes Config.MaxAcks acks already.
	ErrTooManyAcks = errors.New("socketio: too many acks pending")
	// ErrReservedName says that an event has a name that only the two ends
	// themselves use, such as "connect" or "disconnect".
	ErrReservedName = errors.New("socketio: reserved event name")
)

type disconnected struct{}

func (disconnected) Error() string        { return "socketio: disconnected" }
func (disconnected) Is(target error) bool { return target == session.ErrClosed }

// Socket is one client in one namespace. It is also a session.Session. Its
// methods may be called concurrently.
type Socket struct {
	ns     *Namespace
	client *client
	id     string
	auth   []byte
	issued int64 // when the client asked to enter, in Unix ns
	ctx    context.Context
	cancel context.CancelCauseFunc
	stay   *stay // nil if the client cannot come back; set before it is accepted

	left     bool // this side has left; guarded by client.mu
	recovers bool // the client has come back
	claimed  bool // it is, or was, its stay's socket; guarded by the keeper's mu

	mu        sync.Mutex // guards below
	accepted  bool
	running   bool // somebody takes events
	deaf      bool // events are thrown away
	lingering bool // ended while running: counts in the client's budget
	mailbox   []*event
	more      chan struct{} // closed by the next event or the end; nil if nobody waits
	end       error         // what Receive returns after the last message; nil while connected
	farewell  func()        // the disconnect handlers, until they are called
	acks      map[uint64]waiter
	nextAck   uint64
	listeners *registry // nil if there were never any
	values    map[any]any
	earlier   map[any]any // what Set kept before the client came back; not modified
	warned    int64       // when the last warning was logged, in Unix ns
}

var _ session.Session = (*Socket)(nil)

func newSocket(c *client, ns *Namespace, auth []byte) *Socket {
	s := &Socket{ns: ns, client: c, id: c.socketID(c.conn, ns.name), issued: time.Now().UnixNano()}
	if len(auth) > 0 {
		s.auth = slices.Clone(auth)
	}
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	return s
}

// newSocketID returns 20 random characters. Socket ids are public: they name
// rooms and are shown to other clients, and authorise nothing.
func newSocketID() string {
	var b [15]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// ID returns the socket's id. It is public: other clients may see it. Since 3.x it
// is 20 characters that differ from namespace to namespace, and the client knows
// it. A client of 2.x or older has one id, in namespaces of 1.x and 2.x behind
// their name and a "#"; it does not know it, as it takes its session's id for
// that, which must not be shown to others.
func (s *Socket) ID() string { return s.id }

// Namespace returns the socket's namespace.
func (s *Socket) Namespace() *Namespace { return s.ns }

// Peer returns what is known of the client.
func (s *Socket) Peer() session.Peer {
	p := s.client.conn.Peer()
	p.Protocol += s.client.protocol
	p.Binary = p.Binary && !s.client.textOnly
	return p
}

// Context is done when the socket has left its namespace. Its cause is the
// session's, if that has ended.
func (s *Socket) Context() context.Context { return s.ctx }

// Auth returns what the client sent along when it connected, as JSON: an
// object, "{}" if there was nothing. Of a client of 0.7 to 2.x it is the query that
// stands behind the name of the namespace: strings, and arrays of strings. What a client adds to come back by is left
// out (see Recovery). It must not be modified.
func (s *Socket) Auth() json.RawMessage {
	if s.auth == nil {
		return json.RawMessage("{}")
	}
	return s.auth
}

// BindAuth decodes Auth into v, as json.Unmarshal does.
func (s *Socket) BindAuth(v any) error { return json.Unmarshal(s.Auth(), v) }

// Set keeps a value with the socket, for Value.
func (s *Socket) Set(key, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.values == nil {
		s.values = make(map[any]any)
	}
	s.values[key] = value
}

// Value returns what Set has kept, or nil.
func (s *Socket) Value(key any) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.values[key]; ok {
		return v
	}
	return s.earlier[key]
}

// inherit gives the socket what Set has kept before its client came back, under
// what it has got since.
func (s *Socket) inherit(values map[any]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.earlier = values
}

// allValues returns a copy of what Set has kept.
func (s *Socket) allValues() map[any]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.earlier) == 0 {
		return maps.Clone(s.values)
	}
	all := maps.Clone(s.earlier)
	maps.Copy(all, s.values)
	return all
}

func (s *Socket) log() *slog.Logger {
	return s.client.conn.Logger().With(slog.String("ns", s.ns.name))
}

// open reports whether the socket is connected: accepted, and not gone.
func (s *Socket) open() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accepted && s.end == nil
}

// Disconnect ends the client's stay in this namespace; what was emitted before
// is sent first. With closeConnection the client leaves all its namespaces, and
// then the whole connection ends.
func (s *Socket) Disconnect(closeConnection bool) {
	s.disconnect(ServerDisconnect, &session.CloseError{Code: session.Forced})
	if !closeConnection {
		return
	}
	for _, other := range s.client.all() {
		other.disconnect(ServerDisconnect, &session.CloseError{Code: session.Forced})
	}
	s.inTurn(func() { s.client.conn.Close(session.Forced, "") })
}

// inTurn does f when what was emitted before is queued.
func (s *Socket) inTurn(f func()) {
	if k := s.ns.keeper; k != nil {
		k.after(f)
		return
	}
	f()
}

// Close leaves the namespace, and only that; see session.Session. Socket.IO has
// no place for the code and the reason: the client sees "io server disconnect".
func (s *Socket) Close(code session.Code, reason string) error {
	if !s.disconnect(ServerDisconnect, &session.CloseError{Code: code, Reason: reason}) {
		return ErrDisconnected
	}
	return nil
}

// Join adds the socket to rooms. It returns ErrTooManyRooms or
// ErrDisconnected; other errors are the adapter's.
func (s *Socket) Join(rooms ...string) error {
	err := s.ns.adapter.Join(s, rooms...)
	if y := s.younger(); y != nil {
		// Its client is back already. A socket that is not accepted yet finds the
		// rooms among those that it has to enter.
		if late := s.ns.adapter.Join(y, rooms...); err != nil {
			err = late
		}
	}
	return err
}

// Leave removes the socket from rooms. Before the socket is let in (Namespace.Use)
// it does nothing: it is in no rooms yet.
func (s *Socket) Leave(rooms ...string) error {
	err := s.ns.adapter.Leave(s, rooms...)
	if y := s.younger(); y != nil {
		err = s.ns.adapter.Leave(y, rooms...)
	}
	return err
}

// Rooms returns the rooms that the socket is in: the one of its own id first,
// and then those that it has joined, in no order. A socket that has left its
// namespace is in none.
func (s *Socket) Rooms() []string {
	if s.ns.Socket(s.id) != s {
		return nil
	}
	return append([]string{s.id}, s.ns.adapter.Rooms(s)...)
}

// To begins a broadcast to the sockets in any of the rooms, but not to this
// socket itself.
func (s *Socket) To(rooms ...string) Broadcast { return s.Broadcast().To(rooms...) }

// In is To.
func (s *Socket) In(rooms ...string) Broadcast { return s.To(rooms...) }

// Except begins a broadcast to all sockets of the namespace but this one and
// those in any of the rooms.
func (s *Socket) Except(rooms ...string) Broadcast { return s.Broadcast().Except(rooms...) }

// Broadcast begins a broadcast to all sockets of the namespace but this one.
func (s *Socket) Broadcast() Broadcast { return Broadcast{ns: s.ns, except: []string{s.id}} }

// Emit queues an event for the client. It never blocks: if the client's outbox
// is full the server's overflow policy decides, and session.ErrQueueFull says
// so. Other errors: ErrDisconnected, ErrReservedName, ErrTooManyAttachments, and
// those of encoding/json for an argument. Bytes among the arguments must not be
// modified any more.
func (s *Socket) Emit(event string, args ...any) error { return s.emit(flags{}, event, args) }

// offer queues an event or ack, if the socket is connected.
func (s *Socket) offer(ps []session.Packet) error {
	if !s.open() {
		return ErrDisconnected
	}
	return s.queue(ps)
}

func (s *Socket) queue(ps []session.Packet) error {
	if k := s.ns.keeper; k != nil {
		return k.queue(s, ps)
	}
	return s.queueNow(ps)
}

func (s *Socket) queueNow(ps []session.Packet) error {
	return asDisconnected(s.client.conn.Offer(ps...))
}

// answer is offer for a goroutine that has just handled an event. If no other
// waits it writes the packets itself; else it goes on, and they are written
// beside it, several at once.
func (s *Socket) answer(ps []session.Packet) error {
	s.mu.Lock()
	open, last := s.accepted && s.end == nil, len(s.mailbox) == 0
	s.mu.Unlock()
	switch {
	case !open:
		return ErrDisconnected
	case last && s.ns.keeper == nil:
		return asDisconnected(s.client.conn.OfferHere(ps...))
	}
	return s.queue(ps)
}

// asDisconnected translates the session's word for its end.
func asDisconnected(err error) error {
	if errors.Is(err, session.ErrClosed) {
		return ErrDisconnected
	}
	return err
}

// TrySend emits m as the event "message". It does not wait, and its errors are
// those of Emit. A session.Group tells its members so.
func (s *Socket) TrySend(m session.Message) error { return s.Emit("message", messageArg(m)) }

// messageArg is a message as the argument of an event.
func messageArg(m session.Message) any {
	switch m.Kind {
	case session.Text:
		return string(m.Data)
	case session.Binary:
		return m.Data
	}
	return json.RawMessage(m.Data)
}

// Send emits m as the event "message" and waits while the outbox is full; see
// session.Session. It is what session handlers use.
func (s *Socket) Send(ctx context.Context, m session.Message) error {
	args, ps, err := s.encodeEvent("message", []any{messageArg(m)})
	if err != nil {
		return err
	}
	if !s.open() {
		return ErrDisconnected
	}
	if own, _ := s.registered(nil); len(own.outgoing)+len(s.ns.read().outgoing) > 0 {
		s.announce(own.outgoing, "message", args)
	}
	if s.stay != nil {
		s.ns.keeper.spoil(s) // the message has no offset
	}
	if ctx != s.ctx {
		// To leave a namespace ends nothing of the session's: a Send that
		// waits has to be told.
		var cancel context.CancelCauseFunc
		ctx, cancel = context.WithCancelCause(ctx)
		defer cancel(nil)
		defer context.AfterFunc(s.ctx, func() { cancel(context.Cause(s.ctx)) })()
	}
	return s.client.conn.Enqueue(ctx, ps...)
}

// Receive returns the next "message" event as a message; see session.Session.
// An event with one string or binary argument is Text or Binary, with one
// other argument JSON; with none or several, JSON with an array. Other events
// are handed to their listeners on the way. Receive works in a namespace with
// a session handler only (Namespace.Serve).
func (s *Socket) Receive(ctx context.Context) (session.Message, error) {
	if s.ns.read().session == nil {
		return session.Message{}, errNotServed
	}
	for {
		e, err := s.next(ctx)
		if err != nil {
			return session.Message{}, err
		}
		m, ok, err := e.message()
		switch {
		case err != nil:
			s.warn("message cannot be decoded", slog.Any("err", err))
		case !ok:
			s.dispatch(e)
		case s.admitMessage(e):
			s.reply(e)
			return m, nil
		}
	}
}
