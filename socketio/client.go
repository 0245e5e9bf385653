package socketio

import (
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
)

// Faults of a client that end its connection, besides those of package sio.
var (
	errNotConnected   = errors.New("socketio: packet for a namespace that was not entered")
	errConnectedTwice = errors.New("socketio: second connect to a namespace")
	errMailboxFull    = errors.New("socketio: too many events while an ack is awaited")
)

// errCrowded says that a client is in Config.MaxNamespaces namespaces, or that
// there are Config.MaxChildren children.
var errCrowded error = &Error{Message: "Too many namespaces"}

// client is one connection, with a Socket for each namespace that it has
// entered. It is the sink of its session.
type client struct {
	*dialect
	conn     *session.Conn
	decoder  Decoder   // Deliver's own
	entrance *entrance // nil for those who ask for the root

	mu         sync.Mutex // guards below
	sockets    []*Socket  // few: a slice is smaller than a map, and as fast
	impatience *time.Timer
	over       bool
	budget     budget
}

// tooLate ends a client that was accepted by no namespace in time.
func (c *client) tooLate() {
	c.mu.Lock()
	late := c.impatience != nil
	c.mu.Unlock()
	if late {
		c.conn.Abort(&session.CloseError{Code: session.HandshakeTimeout, Reason: "no namespace entered", Remote: true})
	}
}

// relax ends the wait for the first namespace. The caller holds mu.
func (c *client) relax() {
	if c.impatience != nil {
		c.impatience.Stop()
		c.impatience = nil
	}
}

// Deliver takes one message of the session: a packet's text or an attachment. One
// that meets the end was merely under way: an error would discard what the client
// is still to be told.
func (c *client) Deliver(m session.Packet) error {
	if err := c.take(m); err != session.ErrClosed {
		return err
	}
	return nil
}

func (c *client) take(m session.Packet) error {
	if c.entersRoot {
		c.begin() // a message may be here before a carrier
	}
	p, done, err := c.wire.decode(c.decoder, m)
	if err != nil || !done {
		return err
	}
	if p.Type == sio.Connect {
		return c.connect(p.Packet)
	}
	s, err := c.socket(p.Namespace)
	if s == nil {
		return err
	}
	switch p.Type {
	case sio.Disconnect:
		c.remove(s) // also if this side is leaving at the same moment
		s.finish(ClientDisconnect, nil)
		if c.isAll(s) {
			c.conn.Close(session.Normal, "")
		}
	case sio.Ack, sio.BinaryAck:
		s.acked(p.Packet)
	default:
		if p.receipt != 0 {
			c.tell(outgoing{Packet: sio.Packet{Type: sio.Ack, Namespace: p.Namespace, ID: p.receipt, HasID: true}})
		}
		return c.post(s, newEvent(p.Packet))
	}
	return nil
}

// socket finds the socket of a namespace. Packets for a namespace that this
// side has left are ignored (nil, nil): they were under way. For one that was
// never entered they are an error, but for clients of old.
func (c *client) socket(name string) (*Socket, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sockets {
		if s.ns.name == name {
			if s.left {
				return nil, nil
			}
			return s, nil
		}
	}
	if c.entersRoot {
		return nil, nil
	}
	return nil, errNotConnected
}

// connect enters a namespace.
func (c *client) connect(p sio.Packet) error {
	if c.queryIsAuth {
		p.Data = queryAuth(p.Query)
	}
	if c.entersRoot && c.greetAgain(p.Namespace) {
		return nil
	}
	if c.crowded(p.Namespace) {
		c.refuse(p.Namespace, errCrowded)
		return nil
	}
	ns, err := c.find(p)
	switch {
	case err != nil:
		c.refuse(p.Namespace, err)
		return nil
	case ns == nil && c.entersRoot && p.Namespace == "/":
		// All its clients are to be in the root first, which is no reason that
		// it must exist.
		c.tell(outgoing{Packet: sio.Packet{Type: sio.Connect, Namespace: "/"}})
		c.passRoot()
		return nil
	case ns == nil && c.rootIsAll:
		return nil
	case ns == nil:
		c.refuse(p.Namespace, &Error{Message: "Invalid namespace"})
		return nil
	}
	err = c.enterAs(ns, p.Data)
	if err == errCrowded {
		c.refuse(p.Namespace, errCrowded)
		return nil
	}
	return err
}

// enterAs enters a namespace that is held for the new socket.
func (c *client) enterAs(ns *Namespace, auth []byte) error {
	// A client that enters and leaves over and over must not leave behind more
	// handlers than it may have events.
	if err := c.reserve(overhead); err != nil {
		c.srv.release(ns)
		return err
	}
	t := ns.read()
	root := c.awaitRoot(ns)
	guarded := ns.guarded(t) || root != nil
	work := guarded || t.session != nil || len(t.onConnect) > 0
	s := newSocket(c, ns, auth)
	s.running = guarded
	err := c.enter(s)
	if err == nil && c.recovers && ns.keeper != nil && t.session == nil {
		ns.keeper.recognise(s)
	}
	if err == nil && (guarded || s.accept(work) && work) {
		c.conn.Go(func() { s.begin(t, root) })
		return nil
	}
	c.taken(overhead)
	if err != nil {
		c.srv.release(ns)
	}
	return err
}

// crowded reports whether the client can enter no further namespace.
func (c *client) crowded(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.sockets) >= c.srv.cfg.MaxNamespaces &&
		!slices.ContainsFunc(c.sockets, func(s *Socket) bool { return s.ns.name == name })
}

// enter gives s its place among the client's sockets.
func (c *client) enter(s *Socket) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := slices.IndexFunc(c.sockets, func(t *Socket) bool { return t.ns.name == s.ns.name })
	switch {
	case c.over:
		return session.ErrClosed
	case at >= 0 && !c.sockets[at].left:
		return errConnectedTwice
	case at >= 0:
		c.sockets[at] = s
	case len(c.sockets) >= c.srv.cfg.MaxNamespaces:
		return errCrowded
	default:
		c.sockets = append(c.sockets, s)
	}
	return nil
}

// refuse answers a CONNECT with CONNECT_ERROR.
func (c *client) refuse(namespace string, err error) {
	why, ok := errors.AsType[*Error](err)
	if !ok {
		why = &Error{Message: err.Error()}
	}
	data, jerr := c.refusal(why)
	if jerr != nil {
		data, _ = c.refusal(&Error{Message: why.Message})
	}
	c.tell(outgoing{Packet: sio.Packet{Type: sio.ConnectError, Namespace: namespace, Data: data}})
	if c.rootIsAll && namespace == "/" {
		c.conn.Close(session.PolicyViolated, why.Message)
	}
}

// refusal returns what a client is told of an error. A number would be taken for
// the id of an ack if nothing was around it.
func (d *dialect) refusal(why *Error) ([]byte, error) {
	if !d.bareErrors {
		return json.Marshal(why)
	}
	if data, err := json.Marshal(why.Data); why.Data != nil && (err != nil || data[0] < '0' || data[0] > '9') {
		return data, err
	}
	return json.Marshal(why.Message)
}

// tell queues a packet that is the protocol's own and reports whether it could.
// A client that misses one is out of step for good: if the outbox has no room
// the connection ends.
func (c *client) tell(p outgoing) bool {
	ps, err := c.wire.encode(p)
	if err == nil && len(ps) > 0 {
		ps[0].Essential = true
		if p.Type == sio.Connect && c.srv.cfg.Recovery != nil {
			// The private id must not be compressed together with what others
			// may have chosen (BREACH).
			ps[0].Compress = false
		}
		err = c.conn.Offer(ps...)
	}
	if errors.Is(err, session.ErrQueueFull) {
		c.conn.Abort(&session.CloseError{Code: session.SlowClient, Reason: "outbox overflow"})
	}
	return err == nil
}

// leave notes that this side ends s and reports whether the client, which may
// have left by itself, is to be told.
func (c *client) leave(s *Socket) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.left = true
	return slices.Contains(c.sockets, s)
}

// all returns the client's sockets.
func (c *client) all() []*Socket {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.sockets)
}

// remove forgets a socket that the client has left or was refused.
func (c *client) remove(s *Socket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sockets = slices.DeleteFunc(c.sockets, func(t *Socket) bool { return t == s })
}

// Over is the end of the session.
func (c *client) Over(cause error) {
	c.mu.Lock()
	c.over = true
	c.relax()
	sockets := c.sockets
	c.sockets = nil
	c.free(true)
	c.mu.Unlock()
	c.srv.clients.Add(-1)
	carrier := c.conn.Carrier()
	reason := reasonOf(cause, carrier == nil || carrier.Stream)
	if ce, ok := errors.AsType[*session.CloseError](cause); ok && c.closeLeaves && ce.Remote && ce.Normal() {
		reason = ClientDisconnect
	}
	for _, s := range sockets {
		s.finish(reason, cause)
	}
}

// Error is an error for the client. As the result of a middleware it becomes
// the client's connect_error; as that of an OnAck handler, the ack.
type Error struct {
	Message string `json:"message"`
	// Data is sent as JSON. Nil is left out.
	Data any `json:"data,omitempty"`
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }
