package session

import (
	"context"
	"errors"
	"log/slog"
	"sync"
)

// State is where a Conn stands in its life.
type State uint8

// The states, in the only order in which they are passed through. Some may be
// skipped.
const (
	Opening State = iota // no carrier was ever attached
	Open
	Closing // the outbox drains; nothing more is accepted
	Closed
)

var stateNames = [...]string{"opening", "open", "closing", "closed"}

// String returns the state's name in lower case.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "invalid"
}

// Sink takes what a client sends. Deliver is called with one packet at a time,
// in order, on the carrier's goroutine, with no lock held. The packet's Data is
// borrowed. Deliver may block to hold the client back, inside Conn.Stall. An
// error ends the session; a *CloseError chooses the code, any other error
// means ProtocolError.
//
// Over is called exactly once, as soon as nothing more will be delivered: when
// this side begins to close, though what is queued may still be on its way out
// for a while, or when the session ends otherwise. It must neither block nor
// end the session. It does not wait for a Deliver under way, and one that has
// passed the check of the session's state may even begin after it: a sink
// ignores what comes after Over.
type Sink interface {
	Deliver(Packet) error
	Over(cause error)
}

// Opener is a Sink that is told when the first carrier is attached: before it
// takes anything, on its goroutine, which waits for it, with no lock held.
type Opener interface{ Opened() }

// Conn is a raw session: a Session for handlers, and what transports need
// besides. All methods may be called concurrently.
type Conn struct {
	id      string
	cfg     *Config
	peer    opener    // as opened; the carrier's part is filled in by Peer
	m       *Manager  // nil without one
	told    sync.Once // the sink's Over
	managed bool      // m has it; guarded by m.mu

	mu         sync.Mutex // guards below
	state      State
	announced  bool // the observer knows of this session
	uploading  bool // a request with data is under way
	delivering bool // one carrier is; others take their turn
	upgrading  bool // a connection wants to become the candidate
	upgraded   bool
	stalls     int32 // waits that the sink has the carrier's reader in
	sink       Sink
	carriage   any      // see SetCarriage
	carrier    *Carrier // of the current or the last lease, or the expected
	lease      *Lease   // current; nil while detached
	probe      *probe   // of the candidate; nil while there is none
	lent       *Batch   // not yet settled; its lease may be superseded by now
	control    []Packet
	out        outbox
	room       chan struct{} // closed when the outbox has room again; nil if nobody waits
	turn       chan struct{} // closed when delivering ends; nil if nobody waits
	upload     chan struct{} // closed when another upload has its turn; nil if none waits
	arrival    chan struct{} // closed when a carrier is attached; nil if nobody waits
	fault      *CloseError   // set by Fault; nothing is delivered any more
	cause      *CloseError   // set on Closing and Closed
	live       liveness
	ctx        context.Context         // see context
	cancel     context.CancelCauseFunc // of ctx; nil if nobody has asked for that
}

var errNoSink = errors.New("session: packet before a sink was set")

// NewConn returns a session in state Opening. Most callers want Manager.Open.
// The session is killed with GoingAway when ctx is done.
func NewConn(ctx context.Context, id string, cfg *Config, peer Peer) *Conn {
	c := newConn(ctx, id, cfg, peer)
	c.start()
	if ctx.Done() != nil {
		unbind := context.AfterFunc(ctx, func() {
			c.Kill(&CloseError{Code: GoingAway, Err: context.Cause(ctx)})
		})
		context.AfterFunc(c.Context(), func() { unbind() })
	}
	return c
}

// newConn returns a session whose time does not run yet.
func newConn(ctx context.Context, id string, cfg *Config, peer Peer) *Conn {
	if ctx.Done() != nil {
		// The session's own context is done after the sink's Over, never before.
		ctx = context.WithoutCancel(ctx)
	}
	return &Conn{id: id, cfg: cfg, peer: newOpener(peer), ctx: ctx}
}

func (c *Conn) start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.live.limit = now().add(orDuration(c.cfg.HandshakeTimeout, defaultHandshakeTimeout))
	c.rearm()
}

// ID returns the session's id. With Engine.IO it authorises: it must not be
// shown to anyone but its client.
func (c *Conn) ID() string { return c.id }

// Context is done when the session is over; see Session.
func (c *Conn) Context() context.Context {
	ctx, _ := c.context()
	return ctx
}

// context returns the session's own context and what ends it. It is made when it
// is first asked for: between two polls it would be the largest part of a client
// of Socket.IO, for whom its sockets' contexts count and not this one.
func (c *Conn) context() (context.Context, context.CancelCauseFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancel == nil {
		c.ctx, c.cancel = context.WithCancelCause(c.ctx)
	}
	return c.ctx, c.cancel
}

// Config returns the configuration that the session was opened with.
func (c *Conn) Config() *Config { return c.cfg }

// Logger returns a logger that names the session by a prefix of its id, which
// identifies but does not authorise.
func (c *Conn) Logger() *slog.Logger {
	if c.cfg.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.cfg.Logger.With(slog.String("sid", ShortID(c.id)))
}

// Peer returns what is known of the client now.
func (c *Conn) Peer() Peer {
	c.mu.Lock()
	k := c.carrier
	c.mu.Unlock()
	p := c.peer.peer()
	p.Protocol = c.cfg.Protocol
	if k != nil {
		p.Transport, p.Dialect, p.Binary = k.Transport, k.Dialect, k.Binary
	}
	return p
}

// State returns the session's state.
func (c *Conn) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Cause says why the session is closing or over; nil while it is neither.
func (c *Conn) Cause() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause == nil {
		return nil
	}
	return c.cause
}

// Carrier returns the kind of the current or last carrier, or nil if there
// never was one and none is expected.
func (c *Conn) Carrier() *Carrier {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.carrier
}

// Expect says of which kind the first carrier will be, before it is attached.
// A handler may begin while a handshake still waits for its last bytes, and is
// to know by then what its client can take. It is called before SetSink, or
// not at all.
func (c *Conn) Expect(k *Carrier) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.carrier = k
}

// SetCarriage keeps what the transports have to remember of the session between
// its requests. The session itself makes nothing of it.
func (c *Conn) SetCarriage(v any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.carriage = v
}

// Carriage returns what SetCarriage was given, or nil.
func (c *Conn) Carriage() any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.carriage
}

// SetSink sets where the client's messages go. It must be called before the
// first Attach, once. If the session is closing or over already, Over is called
// at once.
func (c *Conn) SetSink(s Sink) {
	c.mu.Lock()
	c.sink = s
	over, cause := c.state >= Closing, c.cause
	c.mu.Unlock()
	if over {
		c.tellSink(s, cause)
	}
}

// Deliver passes a packet from the client on. Carriers call it for everything
// they read, except what concerns the carrier alone (probe, upgrade, noop).
// Concurrent calls take turns. It returns ErrClosed once the session is
// closing or over, and the sink's error, with which it has ended the session.
func (c *Conn) Deliver(p Packet) error { return c.deliver(p, nil) }

// deliver is Deliver for what came over the carrier of l, if that is known.
func (c *Conn) deliver(p Packet, l *Lease) error {
	if !c.takeTurn() {
		return ErrClosed
	}
	defer c.endTurn()

	c.mu.Lock()
	switch {
	case p.Type == PacketClose && l != nil && l.gone && l.why == ErrSuperseded:
		c.mu.Unlock()
		return ErrSuperseded
	case c.state == Closed, (c.state == Closing || c.fault != nil) && p.Type != PacketClose:
		c.mu.Unlock()
		return ErrClosed
	case p.Type == PacketPing && c.cfg.ClientPings:
		c.heard()
		var a actions
		c.queuePong(&a)
		c.mu.Unlock()
		a.run(c)
		return nil
	case p.Type == PacketPing:
		// In Engine.IO 4 the server pings, and a WebSocket's own pings are
		// the carrier's business.
		c.mu.Unlock()
		err := &CloseError{Code: ProtocolError, Reason: "invalid heartbeat direction", Remote: true}
		c.Abort(err)
		return err
	case p.Type == PacketClose:
		// If both sides close, nobody is left who would take the rest.
		cause := &CloseError{Code: p.Code, Reason: p.Reason, Remote: true}
		if cause.Code == 0 {
			cause.Code = Normal
		}
		var a actions
		if c.cfg.EchoClose && c.lease != nil && c.state == Open {
			c.beginClose(cause, false, &a)
		} else {
			c.finish(cause, &a)
		}
		c.mu.Unlock()
		a.run(c)
		return nil
	case p.Type == PacketPong && !c.cfg.ClientPings:
		c.live.answered = true
		c.proof()
	default:
		c.heard()
	}
	sink := c.sink
	c.mu.Unlock()
	if p.Type != PacketMessage {
		return nil
	}
	if sink == nil {
		c.Abort(&CloseError{Code: InternalError, Err: errNoSink})
		return errNoSink
	}
	if err := sink.Deliver(p); err != nil {
		c.Abort(asCause(err))
		return err
	}
	return nil
}

// takeTurn waits until nobody else delivers. It reports false if the session
// is over first.
func (c *Conn) takeTurn() bool {
	c.mu.Lock()
	for c.delivering {
		if c.turn == nil {
			c.turn = make(chan struct{})
		}
		turn := c.turn
		c.mu.Unlock()
		select {
		case <-turn:
		case <-c.Context().Done():
			return false
		}
		c.mu.Lock()
	}
	c.delivering = true
	c.mu.Unlock()
	return true
}

func (c *Conn) endTurn() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.delivering = false
	if c.turn != nil {
		close(c.turn)
		c.turn = nil
	}
}

// BeginUpload claims the session for one request that carries data. It returns
// false if another one is under way. EndUpload gives the claim back.
func (c *Conn) BeginUpload() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.uploading {
		return false
	}
	c.uploading = true
	return true
}

// AwaitUpload is BeginUpload for the one request that may wait until the one
// under way ends, or ctx does.
func (c *Conn) AwaitUpload(ctx context.Context) bool {
	c.mu.Lock()
	if !c.uploading || c.upload != nil {
		defer c.mu.Unlock()
		was := c.uploading
		c.uploading = true
		return !was
	}
	turn := make(chan struct{})
	c.upload = turn
	c.mu.Unlock()
	select {
	case <-turn:
		return true
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.upload != turn {
		return true // it came just now
	}
	c.upload = nil
	return false
}

// EndUpload ends what BeginUpload or AwaitUpload began.
func (c *Conn) EndUpload() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.upload == nil {
		c.uploading = false
		return
	}
	close(c.upload) // the claim is the waiting one's
	c.upload = nil
}

// asCause makes a sink's or a carrier's error the cause of the session's end.
func asCause(err error) *CloseError {
	var ce *CloseError
	if errors.As(err, &ce) {
		return ce
	}
	return &CloseError{Code: ProtocolError, Err: err}
}
