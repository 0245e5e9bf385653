package socketio

import (
	"context"
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

// client is one connection, with a Socket for each namespace that it has
// entered. It is the sink of its session.
type client struct {
	srv     *Server
	conn    *session.Conn
	decoder sio.Decoder // Deliver's own

	mu         sync.Mutex // guards below
	sockets    []*Socket  // few: a slice is smaller than a map, and as fast
	impatience *time.Timer
	over       bool

	// What waits in the mailboxes of all its sockets, and room for the
	// deliverer, closed when half of it is free again.
	events, bytes int
	room          chan struct{}
	// How many handlers wait for an ack of this client. They may hold up the
	// mailbox, and the ack is behind what is in the way.
	awaiting int
}

// tooLate ends a client that has entered no namespace in time.
func (c *client) tooLate() {
	c.conn.Abort(&session.CloseError{Code: session.HandshakeTimeout, Reason: "no namespace entered", Remote: true})
}

// Deliver takes one message of the session: a packet's text or an attachment.
func (c *client) Deliver(m session.Packet) error {
	var p sio.Packet
	var done bool
	var err error
	if m.Kind == session.Binary {
		p, done, err = c.decoder.AddBinary(m.Data)
	} else {
		p, done, err = c.decoder.Add(m.Data)
	}
	if err != nil || !done {
		return err
	}
	switch p.Type {
	case sio.Connect:
		return c.connect(p)
	case sio.Disconnect:
		if s, err := c.socket(p.Namespace); s == nil {
			return err
		} else if s.finish(ClientDisconnect, nil) {
			c.remove(s)
		}
		return nil
	case sio.Ack, sio.BinaryAck:
		s, err := c.socket(p.Namespace)
		if s != nil {
			s.acked(p)
		}
		return err
	default:
		s, err := c.socket(p.Namespace)
		if s == nil {
			return err
		}
		return c.post(s, entry{kind: eventEntry, event: event{
			data: slices.Clone(p.Data), binary: p.Binary, id: p.ID, hasID: p.HasID}})
	}
}

// socket finds the socket of a namespace. Packets for a namespace that this
// side has left are ignored (nil, nil): they were under way. For one that was
// never entered they are an error.
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
	return nil, errNotConnected
}

// connect enters a namespace.
func (c *client) connect(p sio.Packet) error {
	ns := c.srv.lookup(p.Namespace)
	if ns == nil {
		return c.refuse(p.Namespace, &Error{Message: "Invalid namespace"})
	}
	s := &Socket{ns: ns, client: c, id: newSocketID(), opened: time.Now()}
	if len(p.Data) > 0 {
		s.auth = slices.Clone(p.Data)
	}
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	c.mu.Lock()
	at := slices.IndexFunc(c.sockets, func(s *Socket) bool { return s.ns == ns })
	switch {
	case c.over:
		c.mu.Unlock()
		return session.ErrClosed
	case at >= 0 && !c.sockets[at].left:
		c.mu.Unlock()
		return errConnectedTwice
	case at >= 0:
		c.sockets[at] = s
	case len(c.sockets) >= c.srv.cfg.MaxNamespaces:
		c.mu.Unlock()
		return c.refuse(p.Namespace, &Error{Message: "Too many namespaces"})
	default:
		c.sockets = append(c.sockets, s)
	}
	c.impatience.Stop()
	c.mu.Unlock()
	if ns.guarded() {
		return c.post(s, entry{kind: connectEntry})
	}
	// No middleware: accepting needs no goroutine.
	switch {
	case !s.accept():
	case ns.sessionHandler() != nil:
		s.mu.Lock()
		s.running = true
		s.mu.Unlock()
		c.conn.Go(s.serve)
	case ns.greets():
		return c.post(s, entry{kind: connectedEntry})
	}
	return nil
}

// refuse answers a CONNECT with CONNECT_ERROR.
func (c *client) refuse(namespace string, err error) error {
	why, ok := errors.AsType[*Error](err)
	if !ok {
		why = &Error{Message: err.Error()}
	}
	data, jerr := json.Marshal(why)
	if jerr != nil {
		data, _ = json.Marshal(&Error{Message: why.Message})
	}
	text, err := sio.AppendPacket(nil, sio.Packet{Type: sio.ConnectError, Namespace: namespace, Data: data})
	if err != nil {
		return err
	}
	return c.offer(textPacket(text))
}

// offer queues packets; that the session is over is no fault of the caller's.
func (c *client) offer(ps ...session.Packet) error {
	if err := c.conn.Offer(ps...); err != nil && !errors.Is(err, session.ErrClosed) {
		return err
	}
	return nil
}

// remove forgets a socket that the client has left.
func (c *client) remove(s *Socket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sockets = slices.DeleteFunc(c.sockets, func(t *Socket) bool { return t == s })
}

// Over is the end of the session.
func (c *client) Over(cause error) {
	c.mu.Lock()
	c.over = true
	c.impatience.Stop()
	sockets := c.sockets
	c.sockets = nil
	c.free(true)
	c.mu.Unlock()
	reason := reasonOf(cause)
	for _, s := range sockets {
		s.finish(reason, cause)
	}
}

// post puts an entry into a socket's mailbox. While the client's mailboxes are
// full it blocks, which holds the client back.
func (c *client) post(s *Socket, e entry) error {
	size := e.size()
	c.mu.Lock()
	for !c.over && !c.fits(size) {
		if c.awaiting > 0 {
			c.mu.Unlock()
			return &session.CloseError{Code: session.PolicyViolated, Reason: "mailbox overflow", Remote: true, Err: errMailboxFull}
		}
		room := make(chan struct{})
		c.room = room // there is one deliverer
		c.mu.Unlock()
		c.conn.Stall(func() { <-room })
		c.mu.Lock()
	}
	if c.over {
		c.mu.Unlock()
		return nil
	}
	c.events++
	c.bytes += size
	c.mu.Unlock()
	s.post(e)
	return nil
}

func (c *client) fits(size int) bool {
	factor := 1
	if c.awaiting > 0 {
		factor = 4
	}
	return c.events == 0 ||
		c.events < factor*c.srv.cfg.MailboxEvents && c.bytes+size <= factor*c.srv.cfg.MailboxBytes
}

// taken notes that an entry has left its mailbox.
func (c *client) taken(size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events--
	c.bytes -= size
	c.free(false)
}

func (c *client) free(all bool) {
	half := c.events <= c.srv.cfg.MailboxEvents/2 && c.bytes <= c.srv.cfg.MailboxBytes/2
	if c.room != nil && (all || half) {
		close(c.room)
		c.room = nil
	}
}

// await counts the handlers that wait for an ack: by 1 when one begins, by -1
// when it has ended.
func (c *client) await(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.awaiting += n
	// The deliverer may be blocked in front of the ack: its budget has grown.
	c.free(n > 0)
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

func textPacket(text []byte) session.Packet {
	return session.Packet{Type: session.PacketMessage, Kind: session.Text, Data: text}
}
