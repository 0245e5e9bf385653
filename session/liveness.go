package session

import "time"

// moment is a point in time on the monotonic clock, in nanoseconds; 0 means
// never. A session has many of them, and a time.Time is three times as large.
type moment int64

var epoch = time.Now()

func now() moment { return moment(time.Since(epoch)) + 1 }

func (t moment) add(d time.Duration) moment { return t + moment(d) }

func (t moment) sub(u moment) time.Duration { return time.Duration(t - u) }

// earliest returns the first of the moments that ever come, or 0.
func earliest(of ...moment) (first moment) {
	for _, t := range of {
		if t != 0 && (first == 0 || t < first) {
			first = t
		}
	}
	return first
}

// liveness holds the deadlines of a session. All of them share one timer,
// which runs to the earliest. Guarded by Conn.mu.
type liveness struct {
	timer *time.Timer

	limit moment // end: of the handshake while Opening, of the linger while Closing
	ping  moment // send a ping
	pong  moment // end, unless a proof came; see deadline
	lost  moment // the grace after a lost stream ends
	fault moment // the handler's time after a fault is over
	calm  moment // tell a client whose pings are not read that this side lives

	answered     bool          // the client has answered a ping
	blockedSince moment        // the inbound side has been blocked since; 0 if it is not
	credit       time.Duration // time blocked since the last proof, before blockedSince
}

// restart begins a new ping cycle at a proof of life.
func (v *liveness) restart(cfg *Config) {
	at := now()
	v.ping = at.add(cfg.PingInterval)
	v.pong = v.ping.add(cfg.PingTimeout)
	switch {
	case cfg.ClientPings:
		v.ping = 0
	case cfg.LaxPings && !v.answered:
		v.pong = 0
	}
	v.credit = 0 // what was blocked before the proof counts no more
	if v.blockedSince != 0 {
		v.blockedSince = at
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
func (v *liveness) deadline() moment {
	switch {
	case v.pong == 0:
		return 0
	case v.blockedSince != 0:
		return v.pong.add(maxStall)
	}
	return v.pong.add(v.credit)
}

// stalled is the time blocked since the last proof, up to maxStall.
func (v *liveness) stalled(at moment) time.Duration {
	d := v.credit
	if v.blockedSince != 0 {
		d += at.sub(v.blockedSince)
	}
	return min(d, maxStall)
}

// next is the earliest deadline, or 0.
func (v *liveness) next() moment {
	return earliest(v.limit, v.ping, v.deadline(), v.lost, v.fault, v.calm)
}

// rearm sets the timer to the earliest deadline. The caller holds mu.
func (c *Conn) rearm() {
	at := earliest(c.live.next(), c.probe.next())
	switch {
	case at == 0:
		if c.live.timer != nil {
			c.live.timer.Stop()
		}
	case c.live.timer == nil:
		c.live.timer = time.AfterFunc(at.sub(now()), c.fire)
	default:
		c.live.timer.Reset(at.sub(now()))
	}
}

func due(t, at moment) bool { return t != 0 && t <= at }

// overdue applies deadlines that have passed while the timer is late, so that
// a busy machine gives nobody more time than another.
func (c *Conn) overdue() {
	c.mu.Lock()
	at := now()
	late := c.state != Closed && (due(c.live.deadline(), at) || due(c.live.lost, at) ||
		c.state == Closing && due(c.live.limit, at))
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
	at := now()
	v := &c.live
	switch {
	case due(v.limit, at):
		c.finish(&CloseError{Code: HandshakeTimeout, Remote: true}, &a) // or the cause of Closing
	case due(v.fault, at):
		c.beginClose(c.fault, true, &a)
	case due(v.lost, at):
		c.finish(&CloseError{Code: TransportLost, Remote: true}, &a)
	case due(v.deadline(), at):
		cause := &CloseError{Code: PingTimeout, Remote: true}
		if v.stalled(at) == maxStall {
			cause = &CloseError{Code: Stalled, Reason: "the client's data was not taken"}
		}
		c.finish(cause, &a)
	default:
		if due(v.ping, at) {
			v.ping = 0 // the next one follows the pong
			if v.pong == 0 {
				v.ping = at.add(c.cfg.PingInterval) // which may never come
			}
			c.queueControl(PacketPing, &a)
		}
		if due(v.calm, at) {
			v.calm = at.add(c.cfg.PingTimeout / 2)
			c.queueControl(PacketNoop, &a)
		}
		if p := c.probe; p != nil && due(p.noop, at) {
			p.noop = 0
			p.noops++
			c.signalCarrier(&a)
		}
		if p := c.probe; p != nil && due(p.end, at) {
			c.dropCandidate(&a)
		}
	}
	if c.state != Closed {
		c.rearm()
	}
	c.mu.Unlock()
	a.run(c)
}

// queueControl puts a ping or noop into the control lane. If anything waits there
// already (a client that sends pongs unasked and never polls), it will do. The
// caller holds mu.
func (c *Conn) queueControl(t PacketType, a *actions) {
	if len(c.control) == c.lentControl() {
		c.control = append(c.control, Packet{Type: t})
		c.signalCarrier(a)
	}
}

// maxPongs bounds the pongs that wait for a client that pings and does not read.
const maxPongs = 16

// queuePong answers a client's ping. The caller holds mu.
func (c *Conn) queuePong(a *actions) {
	if len(c.control)-c.lentControl() < maxPongs {
		c.control = append(c.control, Packet{Type: PacketPong})
		c.signalCarrier(a)
	}
}

// lentControl is how many of the control lane's first packets are borrowed.
func (c *Conn) lentControl() int {
	if c.lent == nil {
		return 0
	}
	return c.lent.control
}

// heard notes a packet of a client that sends the pings itself: each proves that
// it lives. The timer is left as it is, and set anew when it has run out. The
// caller holds mu.
func (c *Conn) heard() {
	if c.cfg.ClientPings && c.live.pong != 0 {
		c.live.restart(c.cfg)
	}
}

// proof notes that the client is alive. The caller holds mu.
func (c *Conn) proof() {
	if c.state != Open || c.cfg.PingInterval <= 0 {
		return
	}
	if c.carrier.Mute || !c.carrier.Stream && c.cfg.PollGrace > 0 {
		c.live.ping, c.live.pong = 0, 0
	} else {
		c.live.restart(c.cfg)
	}
	c.rearm()
}

// ExpectPongs ends what Config.LaxPings allows: the client has turned out to be
// one that answers pings, and by that to be alive.
func (c *Conn) ExpectPongs() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.live.answered && c.carrier != nil {
		c.live.answered = true
		c.proof()
	}
}

// lose handles the loss of the current carrier. The caller holds mu.
func (c *Conn) lose(err error, a *actions) {
	grace := c.cfg.DetachGrace
	if !c.carrier.Stream && c.cfg.PollGrace > 0 {
		grace = c.cfg.PollGrace
	}
	if c.state == Closing || grace == 0 {
		c.finish(&CloseError{Code: TransportLost, Remote: true, Err: err}, a)
		return
	}
	c.detach(grace)
}

// detach gives the client the time grace to come back. No pong can come
// meanwhile: the grace takes the place of the ping cycle until the next carrier
// attaches, which is a proof of life. The caller holds mu.
func (c *Conn) detach(grace time.Duration) {
	c.live.ping, c.live.pong = 0, 0
	c.live.lost = now().add(grace)
	c.rearm()
}

// Stall runs wait, during which the sink holds the client back. The time it
// takes extends the deadline of the client's next proof of life, up to a
// minute, because its pong stands in line behind what is being held. What is
// queued meanwhile is not held (see Lease.Hold): the client may be waiting for
// it. Calls may overlap.
func (c *Conn) Stall(wait func()) {
	var a actions
	c.mu.Lock()
	c.stalls++
	if c.lease != nil {
		c.lease.press(&a)
	}
	if c.stalls == 1 {
		c.live.blockedSince = now()
		if c.cfg.ClientPings && c.state == Open {
			// Its pings stand in line too, and it ends the session if nothing
			// comes back.
			c.live.calm = c.live.blockedSince.add(c.cfg.PingTimeout / 2)
		}
		c.rearm()
	}
	c.mu.Unlock()
	a.run(c)
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.stalls--; c.stalls > 0 {
			return
		}
		c.live.credit = c.live.stalled(now())
		c.live.blockedSince, c.live.calm = 0, 0
		if c.state != Closed {
			c.rearm()
		}
	}()
	wait()
}
