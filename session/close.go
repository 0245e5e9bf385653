package session

import "time"

// Close ends the session after what is queued. See Session.
func (c *Conn) Close(code Code, reason string) error {
	return c.end(&CloseError{Code: code, Reason: reason}, false)
}

// Abort ends the session for an error or a limit: what is queued is
// discarded, and the carrier tells the client only of the close. If there is
// no carrier now, as between two polls, the session is over at once.
func (c *Conn) Abort(cause *CloseError) error { return c.end(cause, true) }

// faultGrace is how long a handler may take over what arrived before a fault.
const faultGrace = 2 * time.Second

// Fault ends the session because what the client sends can no longer be
// understood. Nothing more is delivered, but what came before still counts: a
// raw session's handler receives it, and then cause, and what it sends until it
// returns reaches the client, for two seconds at most. A Responder has seen it
// all. Other sessions are aborted.
func (c *Conn) Fault(cause *CloseError) {
	c.mu.Lock()
	if _, ok := c.sink.(*reactor); ok {
		c.mu.Unlock()
		c.end(cause, false) // it has answered all that came
		return
	}
	in, raw := c.sink.(*inbox)
	if !raw || c.state != Open || c.fault != nil {
		c.mu.Unlock()
		c.Abort(cause)
		return
	}
	c.fault = cause
	c.live.fault = now().add(faultGrace)
	c.rearm()
	c.mu.Unlock()
	in.finish(cause)
}

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
		// A limit may still cut a drain short. The close packet is the last
		// entry; if it is lent there is nothing left to discard.
		if lent := c.lentPackets(); discard && c.state == Closing && lent < c.out.len() {
			c.out.discard(lent)
			c.out.push(closePacket(c.cause))
			c.dropCandidate(&a)
		}
		c.mu.Unlock()
		a.run(c)
		return ErrClosed
	}
	if c.fault != nil {
		cause = c.fault // the handler has returned, or did not in time
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
	c.countEnd(cause)
	if discard {
		c.out.discard(c.lentPackets())
		c.dropCandidate(a)
	}
	// Otherwise a candidate may still finish its upgrade: its client has
	// stopped polling, so what is queued has no other way to it.
	c.out.push(closePacket(cause))
	c.live.stop()
	c.live.limit = now().add(orDuration(c.cfg.Linger, defaultLinger))
	if c.probe != nil {
		c.probe.untimed()
	}
	c.rearm()
	c.releaseRoom()
	c.rouseCarrier(a)
	a.closing, a.sink, a.cause = true, c.sink, cause
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
	} else {
		c.countEnd(cause)
	}
	c.state = Closed
	c.cause = cause
	c.dropCandidate(a)
	c.live.stop()
	c.rearm()
	c.out = outbox{}
	c.control = nil
	c.releaseRoom()
	c.rouseCarrier(a)
	a.over, a.announced, a.sink, a.cause = true, c.announced, c.sink, cause
}

func (c *Conn) signalCarrier(a *actions) {
	if c.lease != nil {
		c.lease.signal(a)
	}
}

func (c *Conn) rouseCarrier(a *actions) {
	if c.lease != nil {
		c.lease.rouse(a)
	}
}

// actions are what a change of state calls for and what must not run under
// the mutex. There are never more than three leases to wake: the superseded,
// the current and the candidate, each disarmed by its signal.
type actions struct {
	wakes   [3]*Lease
	n       int
	dropped int
	here    bool // the caller has time to write

	closing, over, announced bool

	sink  Sink // as it was at the change: one set later learns by SetSink
	cause *CloseError
}

func (a *actions) wake(l *Lease) {
	a.wakes[a.n] = l
	a.n++
}

func (a *actions) run(c *Conn) {
	for _, l := range a.wakes[:a.n] {
		if a.here && l.here != nil {
			l.here()
		} else {
			l.wakeUp()
		}
	}
	if a.dropped > 0 && c.cfg.Observer != nil {
		c.cfg.Observer.PacketsDropped(a.dropped)
	}
	if a.closing {
		c.tellSink(a.sink, a.cause)
	}
	if a.over {
		a.runOver(c)
	}
}

// runOver tells everyone that the session is over, the context last: whoever
// sees it done finds the inbox ended, and the session by its id no more.
func (a *actions) runOver(c *Conn) {
	c.tellSink(a.sink, a.cause)
	if a.announced && c.cfg.Observer != nil {
		c.cfg.Observer.SessionClosed(c.Peer(), a.cause)
	}
	if c.m != nil {
		c.m.forget(c)
	}
	_, cancel := c.context()
	cancel(a.cause)
}

// tellSink tells the sink, once, that nothing will be delivered any more.
// Whoever comes second waits for the first.
func (c *Conn) tellSink(s Sink, cause error) {
	if s != nil {
		c.told.Do(func() { s.Over(cause) })
	}
}
