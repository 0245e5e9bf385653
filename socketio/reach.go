package socketio

import (
	"context"
	"slices"
)

// Broadcast offers the event to the sockets of this process that are meant. The
// receivers are collected under the locks and served after them.
func (m *Memory) Broadcast(d Delivery) error {
	if k := d.Namespace.keeper; k != nil {
		return k.broadcast(d, func() []*Socket { return m.Members(d.Selection) })
	}
	var f forms
	var failed error
	p, fl := d.outgoing(), d.flags()
	for _, s := range m.Members(d.Selection) {
		ps, err := f.get(s.client.dialect, &p, fl)
		if err == nil {
			s.push(d.Event, d.Args, ps)
		} else if !s.client.leavesOut(err) {
			failed = err
		}
	}
	return failed
}

// leavesOut reports whether an error says that an event is none for the client's
// generation. If so it counts.
func (c *client) leavesOut(err error) bool {
	if !isUnsupported(err) {
		return false
	}
	c.srv.leftOut.Add(1)
	return true
}

// sharedAcks is where the ack ids begin that several sockets have in common. A
// socket's own begin at 0. Both begin anew after as many: some clients keep an id
// in 32 bits with a sign.
const sharedAcks = 1 << 30

// Ask asks the sockets of this process that are meant, and whose clients can
// answer.
func (m *Memory) Ask(ctx context.Context, d Delivery, to Answers) error {
	id := sharedAcks + d.Namespace.asked.Add(1)%sharedAcks
	var f forms
	var failed error
	p, fl := d.outgoing(), d.flags()
	p.ID, p.HasID = id, true
	members := slices.DeleteFunc(m.Members(d.Selection), func(s *Socket) bool {
		_, err := f.get(s.client.dialect, &p, fl)
		if err != nil && !s.client.leavesOut(err) {
			failed = err
		}
		return err != nil
	})
	if failed != nil {
		return failed
	}
	to.Receivers(len(members))
	for _, s := range members {
		a := &asked{s, to}
		s.client.await(1)
		err := s.expectShared(a, id)
		if err == nil {
			ps, _ := f.get(s.client.dialect, &p, fl) // it was made above
			if err = s.push(d.Event, d.Args, ps); err == nil || !s.forget(id) {
				continue // or its end was quicker, and has answered
			}
		}
		a.give(Args{}, err)
	}
	context.AfterFunc(ctx, func() {
		for _, s := range members {
			if s.forget(id) {
				s.client.await(-1)
			}
		}
	})
	return nil
}

// asked waits for the ack of one of several sockets.
type asked struct {
	socket *Socket
	to     Answers
}

func (a *asked) answer(e *event) {
	if e == nil {
		a.give(Args{}, ErrDisconnected)
		return
	}
	a.give(e.ack())
}

func (a *asked) give(args Args, err error) {
	a.socket.client.await(-1)
	a.to.Answer(args, err)
}

// Fetch returns what is known of the sockets of this process that are meant.
func (m *Memory) Fetch(_ context.Context, sel Selection) ([]SocketInfo, error) {
	members := m.Members(sel)
	infos := make([]SocketInfo, len(members))
	for i, s := range members {
		infos[i] = s.info()
	}
	return infos, nil
}

// Change does c to the sockets of this process that are meant. The error is that
// of one of them.
func (m *Memory) Change(sel Selection, c Change) error {
	var first error
	for _, s := range m.Members(sel) {
		if err := s.change(c); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// EmitToServers does nothing: there is no other server.
func (m *Memory) EmitToServers(context.Context, ServerEvent) ([]Args, error) { return nil, nil }

// Servers returns 1.
func (m *Memory) Servers(context.Context) (int, error) { return 1, nil }
