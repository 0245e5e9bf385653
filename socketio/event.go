package socketio

import (
	"context"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
)

// event is an event or an ack that came from a client.
type event struct {
	data   []byte   // the JSON array
	binary [][]byte // its attachments
	id     uint64   // the ack's id, if hasID
	hasID  bool
}

// split returns the event's name and arguments.
func (e *event) split() (name string, args Args, err error) {
	elements, err := sio.SplitArray(e.data)
	if err != nil || len(elements) == 0 {
		return "", Args{}, err
	}
	raw, err := sio.EventName(elements[0])
	return string(raw), Args{elements: elements[1:], binary: e.binary}, err
}

// message returns the event as a message of a session, and whether it is one.
func (e *event) message() (m session.Message, ok bool, err error) {
	name, args, err := e.split()
	if err != nil || name != "message" {
		return m, false, err
	}
	if args.Len() != 1 {
		m.Kind = session.JSON
		m.Data, err = sio.InlineBinary(nil, sio.AppendArray(nil, args.elements), args.binary)
		return m, true, err
	}
	raw := args.elements[0]
	if num, is := sio.IsPlaceholder(raw); is {
		return session.Message{Kind: session.Binary, Data: args.binary[num]}, true, nil
	}
	if raw[0] == '"' {
		var text string
		err = args.Decode(0, &text)
		return session.Message{Kind: session.Text, Data: []byte(text)}, true, err
	}
	m.Kind = session.JSON
	m.Data, err = sio.InlineBinary(nil, raw, args.binary)
	return m, true, err
}

// handlerFunc is a listener as the registering functions wrap it.
type handlerFunc func(ctx context.Context, s *Socket, e *event, args Args) error

// dispatch calls the listeners of an event: the socket's own, then the
// namespace's.
func (s *Socket) dispatch(e *event) {
	name, args, err := e.split()
	if err != nil {
		s.log().Warn("event cannot be decoded", "err", err)
		return
	}
	s.mu.Lock()
	own := s.handlers[name]
	s.mu.Unlock()
	for _, list := range [...][]handlerFunc{own, s.ns.read().handlers[name]} {
		for _, h := range list {
			if err := h(s.ctx, s, e, args); err != nil {
				s.log().Warn("event handler failed", "event", name, "err", err)
			}
		}
	}
}

// reply sends the ack that an event asks for, once.
func (s *Socket) reply(e *event, args ...any) error {
	if !e.hasID {
		return nil
	}
	e.hasID = false
	ps, err := encodeAck(s.ns, e.id, args)
	if err != nil {
		return err
	}
	return s.offer(ps)
}
