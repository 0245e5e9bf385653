package socketio

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
)

// event is an event or an ack that came from a client.
type event struct {
	data   []byte   // the JSON array
	binary [][]byte // its attachments
	id     uint64   // the ack's id, if hasID
	hasID  bool
	// answered: the ack has been sent; later: a handler has kept it for later.
	answered atomic.Bool
	later    bool

	elements [][]byte  // of data, once it is split
	room     [2][]byte // for most events' elements
}

// newEvent keeps what a packet says. The data of one without attachments is
// borrowed.
func newEvent(p sio.Packet) *event {
	e := &event{data: p.Data, binary: p.Binary, id: p.ID, hasID: p.HasID}
	if !p.Type.IsBinary() {
		e.data = slices.Clone(p.Data)
	}
	return e
}

// size is what the event costs in a mailbox.
func (e *event) size() int {
	n := overhead + len(e.data)
	for _, b := range e.binary {
		n += len(b)
	}
	return n
}

// split returns the event's name and arguments.
func (e *event) split() (name []byte, args Args, err error) {
	if e.elements == nil {
		if e.elements, err = sio.AppendElements(e.room[:0], e.data); err != nil || len(e.elements) == 0 {
			e.elements = nil
			return nil, Args{}, err
		}
	}
	name, err = sio.EventName(e.elements[0])
	return name, Args{elements: e.elements[1:], binary: e.binary}, err
}

// message returns the event as a message of a session, and whether it is one.
func (e *event) message() (m session.Message, ok bool, err error) {
	name, args, err := e.split()
	if err != nil || string(name) != "message" {
		return m, false, err
	}
	m.Kind = session.JSON
	if args.Len() != 1 {
		m.Data, err = args.inlined(sio.AppendArray(nil, args.elements))
		return m, true, err
	}
	raw := args.elements[0]
	if b, is := args.attachment(raw); is {
		return session.Message{Kind: session.Binary, Data: b}, true, nil
	}
	if raw[0] == '"' {
		var text string
		err = args.Decode(0, &text)
		return session.Message{Kind: session.Text, Data: []byte(text)}, true, err
	}
	m.Data, err = args.inlined(raw)
	return m, true, err
}

// handlerFunc is a listener as the registering functions wrap it.
type handlerFunc func(ctx context.Context, s *Socket, e *event, args Args) error

// dispatch calls the listeners of an event: the socket's own, then the
// namespace's.
func (s *Socket) dispatch(e *event) {
	defer s.recovered()
	name, args, err := e.split()
	if err != nil {
		s.warn("event cannot be decoded", slog.Any("err", err))
		return
	}
	own, handlers := s.registered(name)
	all := &s.ns.read().registry
	if !s.admit(e, name, args, &own, all) {
		return
	}
	for _, list := range [...][]*handler{handlers, all.handlers[string(name)]} {
		for _, h := range list {
			if err := h.call(s.ctx, s, e, args); err != nil {
				s.failed("event handler failed", string(name), err)
			}
		}
	}
	if e.hasID && !e.later && !e.answered.Load() {
		// As with Node the client waits for ever, or for as long as it likes.
		s.log().LogAttrs(s.ctx, slog.LevelDebug, "event is not answered", slog.String("event", string(name)),
			slog.Bool("handled", len(handlers)+len(all.handlers[string(name)]) > 0))
	}
	if e.later {
		// Who keeps the reply keeps the event, but not what the client has sent with
		// it: of that the mailbox has given the budget back.
		e.data, e.binary, e.elements, e.room = nil, nil, nil, [2][]byte{}
	}
}

// admitMessage is admit for an event that a session handler receives.
func (s *Socket) admitMessage(e *event) (ok bool) {
	defer s.recovered()
	name, args, err := e.split()
	if err != nil {
		return false
	}
	own, _ := s.registered(nil)
	return s.admit(e, name, args, &own, &s.ns.read().registry)
}

// reply sends the ack that an event asks for, once. One that cannot be encoded
// does not count. It is called while the event is handled.
func (s *Socket) reply(e *event, args ...any) error {
	ps, err := s.encodeReply(e, args)
	if len(ps) == 0 || err != nil {
		return err
	}
	return s.answer(ps)
}

// encodeReply returns the ack that an event asks for, to be sent, or nothing if
// it asks for none or has got it.
func (s *Socket) encodeReply(e *event, args []any) ([]session.Packet, error) {
	if !e.hasID || e.answered.Load() {
		return nil, nil
	}
	encoded, err := encodeArgs(sio.Ack, "", args)
	if err != nil {
		return nil, err
	}
	ps, err := s.client.wire.encode(outgoing{args: encoded,
		Packet: sio.Packet{Type: sio.Ack, Namespace: s.ns.name, ID: e.id, HasID: true}})
	if err != nil {
		return nil, err
	}
	if e.answered.Swap(true) {
		return nil, nil // by another goroutine
	}
	ps[0].Essential = true // somebody waits for it
	return ps, nil
}
