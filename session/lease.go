package session

import (
	"context"
	"errors"
	"io"
)

// Errors of a Lease.
var (
	// ErrIdle says that there is nothing to do now and that wake is armed.
	ErrIdle = errors.New("session: nothing to send")
	// ErrSuperseded says that another carrier has taken the session over.
	ErrSuperseded = errors.New("session: superseded by another carrier")
	// ErrOccupied says that an exclusive carrier came while another one was
	// still waiting.
	ErrOccupied = errors.New("session: another carrier is waiting")
	// ErrReleased says that the lease was given back already.
	ErrReleased = errors.New("session: lease released")
)

// Carrier describes a kind of carrier. Carriers of one kind share one value,
// which is not modified.
type Carrier struct {
	Transport string // Peer.Transport
	Dialect   string // Peer.Dialect
	// Binary is Peer.Binary.
	Binary bool
	// Stream carriers live until they are lost or superseded, others for one
	// batch.
	Stream bool
	// Mute carriers have no way to ask whether the client lives, like a raw
	// hixie WebSocket. Their sessions have no ping cycle, and end with the
	// carrier.
	Mute bool
	// Exclusive carriers do not supersede one that is still waiting: Attach
	// refuses them with ErrOccupied (Engine.IO 3 and 4: two polls at once are
	// an error of the client). A stream waits until it ends, a poll until it has
	// something to carry. Others take over.
	Exclusive bool
	// OneWay streams are answers to requests: what their clients send comes in
	// requests of their own. See Lease.Yield.
	OneWay bool
}

// Lease is one carrier's right to a session's outbox.
type Lease struct {
	c       *Conn
	carrier *Carrier
	wake    func()        // nil: Next waits for ch
	here    func()        // does at once what wake has done; nil if nothing can
	ch      chan struct{} // one slot; nil if there is a wake

	// Guarded by c.mu.
	armed  bool // wake is to be called by the next change
	held   bool // or rather remembered, until Flush
	due    bool // it was: the lease is still armed
	served bool // has borrowed a batch
	gone   bool // superseded, released or lost
	why    error
	batch  Batch
}

// Attach makes a carrier the session's current one and returns its lease. A
// carrier that was attached is superseded, except in the case described at
// Carrier.Exclusive. Attach fails with ErrOccupied in that case, with
// ErrUpgraded for a poll after an upgrade, and with ErrClosed when the session
// is over; while it is closing, Attach succeeds, so that it can drain.
//
// wake is called once, with no lock held, by the next change that gives an
// idle lease something to do; it must not block and may be called from any
// goroutine. With a nil wake, use Next or Run.
func (c *Conn) Attach(k *Carrier, wake func()) (*Lease, error) {
	c.overdue()
	l := c.newLease(k, wake)
	var a actions
	c.mu.Lock()
	if err := c.attachable(k); err != nil {
		c.mu.Unlock()
		return nil, err
	}
	first, sink := c.state == Opening, c.sink
	if first {
		c.state = Open
		c.live.limit = 0
	}
	opened := !c.announced
	c.announced = true
	c.install(l, &a)
	if first {
		c.proof() // starts the ping cycle
	}
	c.rearm()
	c.mu.Unlock()
	a.run(c)
	if opened && c.cfg.Observer != nil {
		c.cfg.Observer.SessionOpened(c.Peer())
	}
	if o, ok := sink.(Opener); ok && first {
		o.Opened()
	}
	return l, nil
}

func (c *Conn) attachable(k *Carrier) error {
	switch {
	case c.state == Closed:
		return ErrClosed
	case c.upgraded && !k.Stream:
		return ErrUpgraded // a poll that was on its way must not supersede the stream
	case k.Exclusive && c.lease != nil && (c.lease.carrier.Stream || !c.lease.served):
		return ErrOccupied
	}
	return nil
}

func (c *Conn) newLease(k *Carrier, wake func()) *Lease {
	l := &Lease{c: c, carrier: k, wake: wake}
	if wake == nil {
		l.ch = make(chan struct{}, 1)
	}
	return l
}

// install makes l the current lease. The caller holds mu.
func (c *Conn) install(l *Lease, a *actions) {
	if c.arrival != nil {
		close(c.arrival)
		c.arrival = nil
	}
	if old := c.lease; old != nil {
		old.leave(ErrSuperseded, a)
	}
	c.lease = l
	c.carrier = l.carrier
	if c.live.lost != 0 || c.cfg.PollGrace > 0 {
		c.live.lost = 0
		c.proof()
	}
}

// leave ends the lease's claim, unless it was given back. The caller holds mu.
func (l *Lease) leave(why error, a *actions) {
	if l.gone {
		return
	}
	l.gone, l.why = true, why
	l.rouse(a)
}

// signal wakes the carrier if it is idle. The caller holds mu.
func (l *Lease) signal(a *actions) {
	if l.armed {
		l.due = true
		if !l.held || l.c.stalls > 0 {
			l.press(a)
		}
	}
}

// rouse is signal for what is not to be held back: the end of the session or of
// the lease. The caller holds mu.
func (l *Lease) rouse(a *actions) {
	l.due = l.armed
	l.press(a)
}

// press wakes the carrier if that is due, held or not. The caller holds mu.
func (l *Lease) press(a *actions) {
	if l.due {
		l.due, l.armed = false, false
		a.wake(l)
	}
}

// Hold has wake remembered in place of called, until Flush. A stream's reader
// holds while it delivers what it has read, and then writes all answers at once
// and on its own goroutine. A sink that has the reader wait (see Conn.Stall)
// ends that for as long, and so do a sender that waits for room and the end of
// the session.
func (l *Lease) Hold() {
	l.c.mu.Lock()
	l.held = true
	l.c.mu.Unlock()
}

// Flush ends what Hold began and reports whether wake would have been called
// meanwhile. The caller then does what wake does.
func (l *Lease) Flush() bool {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	l.held = false
	if !l.due {
		return false
	}
	l.due, l.armed = false, false
	return true
}

// WriteHere sets what OfferHere calls in place of wake. Like wake it must not
// block, but it may write on the calling goroutine. It is called before the
// carrier first asks for a batch.
func (l *Lease) WriteHere(write func()) {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	l.here = write
}

// wakeUp is called with no lock held, once for each time that l was armed.
func (l *Lease) wakeUp() {
	if l.wake != nil {
		l.wake()
		return
	}
	select {
	case l.ch <- struct{}{}:
	default: // Next has left without looking
	}
}

// TryNext lends the next batch of about max bytes: whole events, at least one
// if any waits. If there is nothing to do it arms wake and returns ErrIdle.
// Other errors are final: ErrSuperseded, ErrReleased, and io.EOF when the
// session is over. The batch before must have been settled.
func (l *Lease) TryNext(max int) (*Batch, error) {
	c := l.c
	c.mu.Lock()
	defer c.mu.Unlock()
	l.due = false // whatever it was is seen now
	switch {
	case l.gone:
		return nil, l.why
	case c.state == Closed:
		return nil, io.EOF
	case c.lent != nil, l != c.lease:
		// Another's batch is not settled yet, or this is a candidate: its
		// turn has not come.
		l.armed = true
		return nil, ErrIdle
	}
	b := &l.batch
	b.Packets = append(b.Packets[:0], c.control...)
	b.control = len(b.Packets)
	// Clients of Socket.IO act on a payload's close before its messages: a
	// farewell in the same answer would not be heard.
	b.Packets = c.out.take(b.Packets, max, !l.carrier.Stream)
	b.data = len(b.Packets) - b.control
	probing := c.probe != nil && !l.carrier.Stream
	if len(b.Packets) == 0 && probing && c.probe.mayNoop() {
		b.Packets = append(b.Packets, Packet{Type: PacketNoop})
	}
	if len(b.Packets) == 0 {
		l.armed = true
		if probing && c.probe.scheduleNoop() {
			c.rearm()
		}
		return nil, ErrIdle
	}
	b.lease, b.open = l, true
	l.served = true
	c.lent = b
	return b, nil
}

// lentPackets is how many of the outbox's first packets are borrowed.
func (c *Conn) lentPackets() int {
	if c.lent == nil {
		return 0
	}
	return c.lent.data
}

// Next is TryNext that waits. It returns the context's cause when ctx is
// done. The lease must have been attached without a wake, and only one
// goroutine may call Next.
func (l *Lease) Next(ctx context.Context, max int) (*Batch, error) {
	for {
		b, err := l.TryNext(max)
		if !errors.Is(err, ErrIdle) {
			return b, err
		}
		select {
		case <-l.ch:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// Run calls write with batch after batch until the session is over, the lease
// is superseded, ctx is done or write fails, and returns why. An error of
// write loses the carrier: bytes may have left, so its batch counts as sent.
// A panic of write settles the batch likewise and goes on to the caller.
func (l *Lease) Run(ctx context.Context, max int, write func([]Packet) error) error {
	defer l.Release()
	for {
		b, err := l.Next(ctx, max)
		if err != nil {
			return err
		}
		if err := write(b.Packets); err != nil {
			b.Commit()
			l.Lost(err)
			return err
		}
		b.Commit()
	}
}

// Release gives the lease back: a one-shot carrier has done its work. An
// unsettled batch counts as sent, so that a panic neither blocks the next
// carrier nor doubles a message. A stream has no other end than its loss: for
// it Release is Lost without an error.
func (l *Lease) Release() {
	if l.carrier.Stream {
		l.Lost(nil)
		return
	}
	l.Yield()
}

// Yield is Release for a stream that ends in good order: its client has all
// that was committed, knows that this is the end, and opens another. Until then
// the session waits as between two polls. The last word to the client follows
// after Yield, because its next request may come that soon.
func (l *Lease) Yield() {
	var a actions
	c := l.c
	c.mu.Lock()
	if l.depart(&a) && c.state == Open && c.cfg.PollGrace > 0 {
		c.detach(c.cfg.PollGrace)
	}
	c.mu.Unlock()
	a.run(c)
}

// Lost gives the lease back because its connection is gone, or because the
// client of a poll went away unanswered. If the lease is still the current
// one, the session ends with TransportLost, or waits DetachGrace for another
// carrier. A lost candidate changes nothing for the session.
func (l *Lease) Lost(err error) {
	var a actions
	c := l.c
	c.mu.Lock()
	if l.depart(&a) && c.state < Closed {
		c.lose(err, &a)
	}
	c.mu.Unlock()
	a.run(c)
}

// depart settles and detaches l and reports whether it was the current lease.
// The caller holds mu.
func (l *Lease) depart(a *actions) bool {
	c := l.c
	c.settle(&l.batch, true, a)
	if !l.gone {
		// Before the candidate is dropped: a carrier that leaves by itself is
		// not to be woken.
		l.gone, l.why, l.armed, l.due = true, ErrReleased, false, false
	}
	current := c.lease == l
	if current {
		c.lease = nil
		c.out.rest()
	}
	if c.probes(l) {
		c.dropCandidate(a)
	}
	return current
}

// Deliver is Conn.Deliver for what came over this lease's carrier. The close of
// a carrier that was superseded is its own affair and not the session's: Deliver
// then does nothing and returns ErrSuperseded.
func (l *Lease) Deliver(p Packet) error { return l.c.deliver(p, l) }

// AwaitCarrier waits until a carrier is attached, ctx is done, or the session
// is over. It returns at once if one is.
func (c *Conn) AwaitCarrier(ctx context.Context) {
	c.mu.Lock()
	if c.lease != nil || c.state == Closed {
		c.mu.Unlock()
		return
	}
	if c.arrival == nil {
		c.arrival = make(chan struct{})
	}
	arrival := c.arrival
	c.mu.Unlock()
	select {
	case <-arrival:
	case <-ctx.Done():
	case <-c.Context().Done():
	}
}
