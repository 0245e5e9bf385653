package session

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
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

// String returns the state's name in lower case.
func (s State) String() string {
	return [...]string{"opening", "open", "closing", "closed"}[s]
}

// Sink takes what a client sends. Deliver is called with one packet at a time,
// in order, on the carrier's goroutine, with no lock held. The packet's Data is
// borrowed. Deliver may block to hold the client back, inside Conn.Stall. An
// error ends the session; a *CloseError chooses the code, any other error
// means ProtocolError.
//
// Over is called exactly once, after the last Deliver has begun, and must not
// block.
type Sink interface {
	Deliver(Packet) error
	Over(cause error)
}

// Conn is a raw session: a Session for handlers, and what transports need
// besides. All methods may be called concurrently.
type Conn struct {
	id     string
	cfg    *Config
	peer   *Peer // as opened; the carrier's part is filled in by Peer
	ctx    context.Context
	cancel context.CancelCauseFunc
	onOver func(*Conn)   // the manager's
	turn   chan struct{} // held by the one carrier that is delivering
	// handlers is the manager's group of handler goroutines; nil without one.
	handlers *sync.WaitGroup

	mu        sync.Mutex // guards below
	state     State
	announced bool // the observer knows of this session
	uploading bool // a request with data is under way
	sink      Sink
	carrier   *Carrier // of the current or the last lease
	lease     *Lease   // current; nil while detached
	candidate *Lease   // probing; nil otherwise
	upgraded  bool
	lent      *Batch // not yet settled; its lease may be superseded by now
	control   []Packet
	out       outbox
	room      chan struct{} // closed when the outbox has room again; nil if nobody waits
	cause     *CloseError   // set on Closing and Closed
	live      liveness
}

var errNoSink = errors.New("session: packet before a sink was set")

// NewConn returns a session in state Opening. Most callers want Manager.Open.
// The session ends with ctx.
func NewConn(ctx context.Context, id string, cfg *Config, peer Peer) *Conn {
	if peer.Opened.IsZero() {
		peer.Opened = time.Now()
	}
	peer.Protocol = cfg.Protocol
	c := &Conn{id: id, cfg: cfg, peer: &peer, turn: make(chan struct{}, 1)}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	c.mu.Lock()
	c.live.handshake = time.Now().Add(orDuration(cfg.HandshakeTimeout, defaultHandshakeTimeout))
	c.rearm()
	c.mu.Unlock()
	return c
}

// ID returns the session's id. With Engine.IO it authorises: it must not be
// shown to anyone but its client.
func (c *Conn) ID() string { return c.id }

// Context is done when the session is over; see Session.
func (c *Conn) Context() context.Context { return c.ctx }

// Config returns the configuration that the session was opened with.
func (c *Conn) Config() *Config { return c.cfg }

// Logger returns a logger that names the session by a prefix of its id, which
// identifies but does not authorise.
func (c *Conn) Logger() *slog.Logger {
	if c.cfg.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.cfg.Logger.With(slog.String("sid", c.id[:min(8, len(c.id))]))
}

// Peer returns what is known of the client now.
func (c *Conn) Peer() Peer {
	c.mu.Lock()
	k := c.carrier
	c.mu.Unlock()
	p := *c.peer
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
// never was one.
func (c *Conn) Carrier() *Carrier {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.carrier
}

// SetSink sets where the client's messages go. It must be called before the
// first Attach, once. If the session is over already, Over is called at once.
func (c *Conn) SetSink(s Sink) {
	c.mu.Lock()
	c.sink = s
	over := c.state == Closed
	c.mu.Unlock()
	if over {
		s.Over(context.Cause(c.ctx))
	}
}

// Deliver passes a packet from the client on. Carriers call it for everything
// they read, except what concerns the carrier alone (probe, upgrade, noop).
// Concurrent calls take turns. It returns ErrClosed once the session is
// closing or over, and the sink's error, with which it has ended the session.
func (c *Conn) Deliver(p Packet) error {
	select {
	case c.turn <- struct{}{}:
	case <-c.ctx.Done():
		return ErrClosed
	}
	defer func() { <-c.turn }()

	c.mu.Lock()
	if c.state == Closing && p.Type == PacketClose {
		// Both sides close: nobody is left who would take the rest.
		var a actions
		c.finish(c.cause, &a)
		c.mu.Unlock()
		a.run(c)
		return nil
	}
	if c.state != Open {
		c.mu.Unlock()
		return ErrClosed
	}
	switch p.Type {
	case PacketPong:
		c.proof()
		c.mu.Unlock()
		return nil
	case PacketClose:
		cause := &CloseError{Code: p.Code, Reason: p.Reason, Remote: true}
		if cause.Code == 0 {
			cause.Code = Normal
		}
		var a actions
		c.finish(cause, &a)
		c.mu.Unlock()
		a.run(c)
		return nil
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

// EndUpload ends what BeginUpload began.
func (c *Conn) EndUpload() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.uploading = false
}

// asCause makes a sink's or a carrier's error the cause of the session's end.
func asCause(err error) *CloseError {
	var ce *CloseError
	if errors.As(err, &ce) {
		return ce
	}
	return &CloseError{Code: ProtocolError, Err: err}
}

// Close ends the session after what is queued. See Session.
func (c *Conn) Close(code Code, reason string) error {
	return c.end(&CloseError{Code: code, Reason: reason}, false)
}

// Abort ends the session for an error or a limit: what is queued is
// discarded, and the carrier tells the client only of the close. If there is
// no carrier now, as between two polls, the session is over at once.
func (c *Conn) Abort(cause *CloseError) error { return c.end(cause, true) }

// Kill ends the session at once. The client is told nothing; its carrier is
// woken and finds the session closed.
func (c *Conn) Kill(cause *CloseError) {
	var a actions
	c.mu.Lock()
	c.finish(cause, &a)
	c.mu.Unlock()
	a.run(c)
}

func (c *Conn) end(cause *CloseError, discard bool) error {
	var a actions
	c.mu.Lock()
	if c.state >= Closing {
		// A limit may still cut a drain short.
		if discard && c.state == Closing {
			c.out.discard(c.lentPackets())
			c.out.push(closePacket(c.cause))
			c.signalCarrier(&a)
		}
		c.mu.Unlock()
		a.run(c)
		return ErrClosed
	}
	if discard && c.lease == nil {
		c.finish(cause, &a)
	} else {
		c.beginClose(cause, discard, &a)
	}
	c.mu.Unlock()
	a.run(c)
	return nil
}

// beginClose makes the session Closing. The caller holds mu.
func (c *Conn) beginClose(cause *CloseError, discard bool, a *actions) {
	c.state = Closing
	c.cause = cause
	if discard {
		c.out.discard(c.lentPackets())
	}
	c.out.push(closePacket(cause))
	c.live.stop()
	c.live.linger = time.Now().Add(orDuration(c.cfg.Linger, defaultLinger))
	c.rearm()
	c.dropCandidate(a)
	c.releaseRoom()
	c.signalCarrier(a)
	a.closing = true
}

func closePacket(cause *CloseError) Packet {
	return Packet{Type: PacketClose, Code: cause.Code, Reason: cause.Reason}
}

// finish makes the session Closed. The caller holds mu.
func (c *Conn) finish(cause *CloseError, a *actions) {
	if c.state == Closed {
		return
	}
	if c.state == Closing {
		cause = c.cause
	}
	c.state = Closed
	c.cause = cause
	c.live.stop()
	c.rearm()
	c.out = outbox{}
	c.control = nil
	c.releaseRoom()
	c.dropCandidate(a)
	c.signalCarrier(a)
	a.over = true
}

func (c *Conn) signalCarrier(a *actions) {
	if c.lease != nil {
		c.lease.signal(a)
	}
}

// actions are what a change of state calls for and what must not run under
// the mutex.
type actions struct {
	wakes   [4]func()
	n       int
	closing bool
	over    bool
	dropped int
}

func (a *actions) wake(f func()) {
	a.wakes[a.n] = f
	a.n++
}

func (a *actions) run(c *Conn) {
	for _, f := range a.wakes[:a.n] {
		f()
	}
	if a.dropped > 0 && c.cfg.Observer != nil {
		c.cfg.Observer.PacketsDropped(a.dropped)
	}
	if a.closing {
		c.mu.Lock()
		sink := c.sink
		c.mu.Unlock()
		if in, ok := sink.(*inbox); ok {
			in.shut()
		}
	}
	if !a.over {
		return
	}
	c.mu.Lock()
	cause, sink, announced := c.cause, c.sink, c.announced
	c.mu.Unlock()
	// The sink learns first: whoever sees the context done finds the inbox
	// ended too.
	if sink != nil {
		sink.Over(cause)
	}
	c.cancel(cause)
	if c.onOver != nil {
		c.onOver(c)
	}
	if announced && c.cfg.Observer != nil {
		c.cfg.Observer.SessionClosed(c.Peer(), cause)
	}
}
