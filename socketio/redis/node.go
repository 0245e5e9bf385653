package redis

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// form is how messages look and by which channels they go.
type form interface {
	// listens returns where a server listens as long as it lives.
	listens() []source
	// counted returns the channel that every server listens to.
	counted() source
	// room returns where a server listens while a room exists, if it does.
	room(name string) (source, bool)
	// encode writes a message.
	encode(m *message) (posting, error)
	// decode reads a message that has come by a channel. The result may borrow
	// payload. It returns errIrrelevant for what is of no concern.
	decode(channel string, payload []byte) (message, error)
}

// errIrrelevant says that a message is for others, or from this server itself.
var errIrrelevant = errors.New("redis: message is of no concern")

// node is the Adapter of one namespace: what the sockets of this process need is
// done at once, and what others need is posted. Nobody hears his own messages.
type node struct {
	*socketio.Memory
	hub  *Hub
	ns   *socketio.Namespace
	form form
	stop func() // of being told of rooms

	servers atomic.Int64 // when they were last counted; 0 if they never were
	asks    atomic.Int64 // of other servers, that wait for clients

	mu       sync.Mutex // guards below
	requests map[string]*request
	events   []message // of other servers, for ServerSideEvent
	telling  bool
}

func newNode(h *Hub, ns *socketio.Namespace) *node {
	n := &node{Memory: socketio.NewMemory(), hub: h, ns: ns, requests: make(map[string]*request)}
	n.form = h.cfg.form(newID(), ns.Name(), n.hasRoom)
	return n
}

// hasRoom reports whether a socket of this server is in the room.
func (n *node) hasRoom(room string) bool {
	return len(n.Members(socketio.Selection{Namespace: n.ns, To: []string{room}})) > 0
}

// post sends a message to the other servers. It does not block.
func (n *node) post(m *message) error {
	p, err := n.form.encode(m)
	if err != nil {
		return err
	}
	return n.hub.out.add(p)
}

// Broadcast delivers an event here and posts it to the other servers.
func (n *node) Broadcast(d socketio.Delivery) error {
	var err error
	if !d.Local {
		m := of(broadcast, &d)
		err = n.post(&m)
	}
	if local := n.Memory.Broadcast(d); local != nil {
		return errors.Join(local, err)
	}
	return err
}

// Ask asks the sockets of all servers. Servers was called before.
func (n *node) Ask(ctx context.Context, d socketio.Delivery, to socketio.Answers) error {
	if others := int(n.servers.Load()) - 1; !d.Local && others > 0 {
		m := of(ask, &d)
		m.request, m.timeout = newID(), left(ctx)
		n.begin(m.request, &request{wants: clientAnswer, answers: to, unheard: others})
		context.AfterFunc(ctx, func() { n.end(m.request) })
		if err := n.post(&m); err != nil {
			n.hub.log.Warn("clients of other servers were not asked", "ns", n.ns.Name(), "err", err)
		}
	}
	return n.Memory.Ask(ctx, d, to)
}

// left returns how long ctx lasts, or 0 if it has no deadline.
func left(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return 0
	}
	return max(time.Until(deadline), time.Millisecond)
}

// Fetch returns what is known of the sockets of all servers.
func (n *node) Fetch(ctx context.Context, sel socketio.Selection) ([]socketio.SocketInfo, error) {
	infos, err := n.Memory.Fetch(ctx, sel)
	if err != nil || sel.Local {
		return infos, err
	}
	replies, err := n.gather(ctx, &message{kind: fetch, to: sel.To, except: sel.Except, timeout: left(ctx)}, socketList)
	for _, m := range replies {
		infos = append(infos, m.sockets...)
	}
	return infos, err
}

// Change changes the sockets of all servers.
func (n *node) Change(sel socketio.Selection, c socketio.Change) error {
	var errs []error
	if !sel.Local {
		for _, m := range changes(sel, c) {
			errs = append(errs, n.post(&m))
		}
	}
	return errors.Join(append(errs, n.Memory.Change(sel, c))...)
}

// changes returns the messages for a change, each of which is one of its parts.
func changes(sel socketio.Selection, c socketio.Change) []message {
	var all []message
	add := func(m message) {
		m.to, m.except = sel.To, sel.Except
		all = append(all, m)
	}
	if len(c.Join) > 0 {
		add(message{kind: join, rooms: c.Join})
	}
	if len(c.Leave) > 0 {
		add(message{kind: leave, rooms: c.Leave})
	}
	if c.Disconnect {
		add(message{kind: disconnect, close: c.CloseConnection})
	}
	return all
}

// EmitToServers posts an event for the other servers and collects their answers.
func (n *node) EmitToServers(ctx context.Context, e socketio.ServerEvent) ([]socketio.Args, error) {
	m := message{kind: serverEvent, event: e.Event, args: e.Args}
	if !e.Ack {
		return nil, n.post(&m)
	}
	replies, err := n.gather(ctx, &m, serverAnswer)
	answers := make([]socketio.Args, len(replies))
	for i, r := range replies {
		answers[i] = r.args
	}
	if missing, ok := errors.AsType[*socketio.MissingError](err); ok {
		missing.Answers = answers
	}
	return answers, err
}

// countTime bounds the question how many servers there are.
const countTime = time.Second

// Servers asks Redis how many servers there are. If it does not say, the last
// number counts; if there is none, there might well be another.
func (n *node) Servers(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	count, err := n.hub.count(ctx, n.form.counted())
	if err == nil {
		n.servers.Store(int64(max(count, 1)))
	} else {
		n.hub.log.Warn("servers were not counted", "ns", n.ns.Name(), "err", n.hub.shown(err))
		n.servers.CompareAndSwap(0, 2)
	}
	return int(n.servers.Load()), nil
}

// Close ends the listening.
func (n *node) Close() error {
	if n.stop != nil {
		n.stop()
	}
	n.hub.leave(n)
	return nil
}

// hear does what another server wants. It is called by one goroutine at a time
// for each connection, and does not block.
func (n *node) hear(channel string, payload []byte) {
	defer n.survive()
	m, err := n.form.decode(channel, payload)
	n.obey(&m, err, len(payload))
}

// hearEntry is hear for an entry of a stream.
func (n *node) hearEntry(fields map[string]any) {
	defer n.survive()
	if f, ok := n.form.(*members); ok {
		m, err := f.decodeEntry(fields)
		n.obey(&m, err, 0)
	}
}

// survive ends a panic: hooks and parsers of the application run here, too.
func (n *node) survive() {
	if v := recover(); v != nil {
		session.LogPanic(n.hub.log.With(slog.String("ns", n.ns.Name())), v)
	}
}

// obey does what a message wants that was decoded, or tells why it was not.
func (n *node) obey(m *message, err error, size int) {
	switch {
	case err == errIrrelevant:
		return
	case err != nil:
		n.hub.refuse(n.ns.Name(), err)
		return
	}
	n.hub.received.Add(1)
	if m.kind.isReply() {
		n.settle(m, size)
		return
	}
	switch m.kind {
	case broadcast:
		err = n.Memory.Broadcast(m.delivery(n.ns))
	case ask:
		err = n.passOn(m)
	case join, leave, disconnect:
		err = n.change(m)
	case serverEvent:
		n.serverEvent(m)
	case fetch:
		var infos []socketio.SocketInfo
		if infos, err = n.Memory.Fetch(n.hub.ctx, m.selection(n.ns)); err == nil {
			err = n.reply(m, message{kind: socketList, sockets: infos})
		}
	case listIDs:
		r := message{kind: idList}
		for _, s := range n.Members(m.selection(n.ns)) {
			r.ids = append(r.ids, s.ID())
		}
		err = n.reply(m, r)
	case listRooms:
		err = n.reply(m, message{kind: roomList, rooms: n.allRooms()})
	}
	if err != nil {
		n.hub.mishaps.warn(n.hub.log, "what another server wants failed", "ns", n.ns.Name(), "what", m.kind.String(), "err", err)
	}
}

// allRooms returns the rooms of this server, with those of the sockets' ids.
func (n *node) allRooms() []string {
	rooms := n.AllRooms()
	for s := range n.ns.Sockets() {
		rooms = append(rooms, s.ID())
	}
	return rooms
}

// change does to the sockets of this server what another wants. Somebody waits
// only for what concerns one socket, if that is here.
func (n *node) change(m *message) error {
	sel := m.selection(n.ns)
	waits := m.request != "" && len(n.Members(sel)) > 0
	var c socketio.Change
	switch m.kind {
	case join:
		c.Join = m.rooms
	case leave:
		c.Leave = m.rooms
	default:
		c.Disconnect, c.CloseConnection = true, m.close
	}
	err := n.Memory.Change(sel, c)
	if waits {
		err = errors.Join(err, n.reply(m, message{kind: done}))
	}
	return err
}

// reply answers a request.
func (n *node) reply(to *message, m message) error {
	m.request, m.asker = to.request, to.asker
	return n.post(&m)
}

// maxEvents is how many events of other servers may wait for their listeners, and
// how many that are to be answered may be with them at once.
const maxEvents = 1024

// serverEvent has an event handed to its listeners: those that nobody waits for
// one after the other, so that they keep their order, and those that are to be
// answered each by a goroutine of its own, as a listener may well ask the asker.
func (n *node) serverEvent(m *message) {
	if m.request != "" {
		if n.asks.Add(1) > maxEvents {
			n.asks.Add(-1)
			n.hub.refuse(n.ns.Name(), errAsks)
			return
		}
		e := *m
		n.hub.run(func() {
			defer n.asks.Add(-1)
			n.answer(&e)
		})
		return
	}
	if !n.await(m) {
		n.hub.refuse(n.ns.Name(), errBusy)
	}
}

// await queues an event for its listeners, if there is room.
func (n *node) await(m *message) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.events) >= maxEvents {
		return false
	}
	n.events = append(n.events, *m)
	if !n.telling {
		n.telling = true
		n.hub.run(n.tell)
	}
	return true
}

// Why messages were dropped.
var (
	errBusy = errors.New("redis: too many events of other servers wait for their listeners")
	errAsks = errors.New("redis: too many questions of other servers have no answer yet")
)

// tell hands events to their listeners until none waits.
func (n *node) tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for len(n.events) > 0 {
		events := n.events
		n.events = nil
		n.mu.Unlock()
		for i := range events {
			n.ns.ServerSideEvent(n.hub.ctx, events[i].event, events[i].args)
		}
		n.mu.Lock()
	}
	n.telling = false
}

func (n *node) answer(m *message) {
	answer, ok := n.ns.ServerSideEvent(n.hub.ctx, m.event, m.args)
	if !ok {
		return
	}
	err := n.reply(m, message{kind: serverAnswer, args: answer})
	if err != nil {
		n.hub.mishaps.warn(n.hub.log, "another server's event was not answered", "ns", n.ns.Name(), "event", m.event, "err", err)
	}
}
