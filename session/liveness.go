package session

import "time"

var timeZero time.Time

// liveness holds the deadlines of a session. All of them share one timer,
// which runs to the earliest. Guarded by Conn.mu.
type liveness struct {
	timer *time.Timer

	handshake time.Time // Opening: end
	ping      time.Time // send a ping
	pong      time.Time // end, unless a proof came; see deadline
	lost      time.Time // the grace after a lost stream ends
	probe     time.Time // the candidate's time ends
	noop      time.Time // grant an idle poll a noop
	linger    time.Time // Closing: end
	fault     time.Time // the handler's time after a fault is over

	noops        int           // granted by the timer and not yet used
	quick        int           // how many more of them come soon
	blockedSince time.Time     // the inbound side has been blocked since; zero if it is not
	credit       time.Duration // time blocked since the last proof, before blockedSince
}

// restart begins a new ping cycle at a proof of life.
func (v *liveness) restart(cfg *Config) {
	now := time.Now()
	v.ping = now.Add(cfg.PingInterval)
	v.pong = v.ping.Add(cfg.PingTimeout)
	v.credit = 0 // what was blocked before the proof counts no more
	if !v.blockedSince.IsZero() {
		v.blockedSince = now
	}
}

func (v *liveness) stop() {
	timer := v.timer
	*v = liveness{timer: timer, blockedSince: v.blockedSince}
}

// deadline is when the session ends for want of a proof. While the inbound
// side is blocked the client's pong cannot be read, so the time blocked since
// the last proof is added, up to maxStall. While it is blocked, now and the
// deadline advance together: only the end of the extension can be reached.
func (v *liveness) deadline() time.Time {
	switch {
	case v.pong.IsZero():
		return timeZero
	case !v.blockedSince.IsZero():
		return v.pong.Add(maxStall)
	}
	return v.pong.Add(v.credit)
}

// stalled is the time blocked since the last proof, up to maxStall.
func (v *liveness) stalled(now time.Time) time.Duration {
	d := v.credit
	if !v.blockedSince.IsZero() {
		d += now.Sub(v.blockedSince)
	}
	return min(d, maxStall)
}

// next is the earliest deadline, or zero.
func (v *liveness) next() time.Time {
	var first time.Time
	for _, t := range [...]time.Time{v.handshake, v.ping, v.deadline(), v.lost, v.probe, v.noop, v.linger, v.fault} {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// rearm sets the timer to the earliest deadline. The caller holds mu.
func (c *Conn) rearm() {
	at := c.live.next()
	switch {
	case at.IsZero():
		if c.live.timer != nil {
			c.live.timer.Stop()
		}
	case c.live.timer == nil:
		c.live.timer = time.AfterFunc(time.Until(at), c.fire)
	default:
		c.live.timer.Reset(time.Until(at))
	}
}

func due(t, now time.Time) bool { return !t.IsZero() && !t.After(now) }

// overdue applies deadlines that have passed while the timer is late, so that
// a busy machine gives nobody more time than another.
func (c *Conn) overdue() {
	c.mu.Lock()
	now := time.Now()
	late := c.state != Closed && (due(c.live.deadline(), now) || due(c.live.lost, now) || due(c.live.linger, now))
	c.mu.Unlock()
	if late {
		c.fire()
	}
}

// fire acts on every deadline that has passed. A timer that was reset too
// late finds nothing due and does nothing.
func (c *Conn) fire() {
	var a actions
	c.mu.Lock()
	now := time.Now()
	v := &c.live
	switch {
	case due(v.handshake, now):
		c.finish(&CloseError{Code: HandshakeTimeout, Remote: true}, &a)
	case due(v.linger, now):
		c.finish(c.cause, &a)
	case due(v.fault, now):
		c.beginClose(c.fault, true, &a)
	case due(v.lost, now):
		c.finish(&CloseError{Code: TransportLost, Remote: true}, &a)
	case due(v.deadline(), now):
		cause := &CloseError{Code: PingTimeout, Remote: true}
		if v.stalled(now) == maxStall {
			cause = &CloseError{Code: Stalled, Reason: "the client's data was not taken"}
		}
		c.finish(cause, &a)
	default:
		if due(v.ping, now) {
			v.ping = timeZero // the next one follows the pong
			c.queuePing(&a)
		}
		if due(v.noop, now) {
			v.noop = timeZero
			v.noops++
			c.signalCarrier(&a)
		}
		if due(v.probe, now) {
			c.dropCandidate(&a)
		}
	}
	if c.state != Closed {
		c.rearm()
	}
	c.mu.Unlock()
	a.run(c)
}

// queuePing puts a ping into the control lane. If one waits there already (a
// client that sends pongs unasked and never polls), it will do. The caller
// holds mu.
func (c *Conn) queuePing(a *actions) {
	lent := 0
	if c.lent != nil {
		lent = c.lent.control
	}
	if len(c.control) == lent {
		c.control = append(c.control, Packet{Type: PacketPing})
		c.signalCarrier(a)
	}
}

// proof notes that the client is alive. The caller holds mu.
func (c *Conn) proof() {
	if c.state != Open || c.cfg.PingInterval <= 0 {
		return
	}
	if c.carrier.Mute {
		c.live.ping, c.live.pong = timeZero, timeZero
	} else {
		c.live.restart(c.cfg)
	}
	c.rearm()
}

// lose handles the loss of the current carrier. The caller holds mu.
func (c *Conn) lose(err error, a *actions) {
	if c.state == Closing || c.cfg.DetachGrace == 0 {
		c.finish(&CloseError{Code: TransportLost, Remote: true, Err: err}, a)
		return
	}
	// No pong can come meanwhile: the grace takes the place of the ping cycle
	// until the next carrier attaches, which is a proof of life.
	c.live.ping, c.live.pong = timeZero, timeZero
	c.live.lost = time.Now().Add(c.cfg.DetachGrace)
	c.rearm()
}

// Stall runs wait, during which the sink holds the client back. The time it
// takes extends the deadline of the client's next proof of life, up to a
// minute, because its pong stands in line behind what is being held. What is
// queued meanwhile is not held (see Lease.Hold): the client may be waiting for
// it.
func (c *Conn) Stall(wait func()) {
	var a actions
	c.mu.Lock()
	c.stalled = true
	if c.lease != nil {
		c.lease.press(&a)
	}
	c.live.blockedSince = time.Now()
	c.rearm()
	c.mu.Unlock()
	a.run(c)
	defer func() {
		c.mu.Lock()
		c.stalled = false
		now := time.Now()
		c.live.credit = c.live.stalled(now)
		c.live.blockedSince = timeZero
		if c.state != Closed {
			c.rearm()
		}
		c.mu.Unlock()
	}()
	wait()
}
