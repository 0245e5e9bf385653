package session

import "errors"

// Errors of an upgrade.
var (
	// ErrUpgrading says that another candidate is probing already.
	ErrUpgrading = errors.New("session: an upgrade is under way")
	// ErrUpgraded says that the session was upgraded, or opened on a stream.
	ErrUpgraded = errors.New("session: already upgraded")
	// ErrProbeExpired says that the candidate did not finish its upgrade in
	// time.
	ErrProbeExpired = errors.New("session: upgrade timed out")
)

// Probe makes a stream the session's candidate: until Upgrade everything
// still goes to the current carrier, and polls that have nothing to carry are
// answered with a noop before long, so that the client can pause its polling. wake is as
// in Attach. A candidate that does not call Upgrade within UpgradeTimeout is
// dropped; the session goes on.
func (c *Conn) Probe(k *Carrier, wake func()) (*Lease, error) {
	l := c.newLease(k, wake)
	var a actions
	c.mu.Lock()
	defer func() { c.mu.Unlock(); a.run(c) }()
	switch {
	case c.state != Open:
		return nil, ErrClosed
	case c.upgraded || c.carrier.Stream:
		return nil, ErrUpgraded
	case c.candidate != nil:
		return nil, ErrUpgrading
	}
	c.candidate = l
	c.live.probeStarted(c.cfg)
	if c.lease != nil {
		c.lease.signal(&a) // a waiting poll looks again and finds its noop
	}
	c.rearm()
	return l, nil
}

// Upgrade makes the candidate the session's carrier. A poll that still waits
// is superseded. A closing session can still be upgraded, so that the client
// gets what is queued. It fails with ErrProbeExpired, ErrClosed or ErrReleased if
// the candidate is one no longer.
func (l *Lease) Upgrade() error {
	c := l.c
	var a actions
	c.mu.Lock()
	defer func() { c.mu.Unlock(); a.run(c) }()
	if l.gone {
		return l.why
	}
	if c.state == Closed || c.candidate != l {
		return ErrClosed
	}
	c.candidate = nil
	c.upgraded = true
	c.live.probeEnded()
	c.install(l, &a)
	// A pong may have been lost with the poll that carried the ping.
	c.proof()
	l.signal(&a)
	return nil
}

// Upgraded reports whether the session has moved to a stream.
func (c *Conn) Upgraded() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.upgraded
}

// dropCandidate ends a probe. The caller holds mu.
func (c *Conn) dropCandidate(a *actions) {
	l := c.candidate
	if l == nil {
		return
	}
	c.candidate = nil
	c.live.probeEnded()
	if c.state != Closed {
		c.rearm()
	}
	why := ErrClosed
	if c.state == Open {
		why = ErrProbeExpired
	}
	l.leave(why, a)
}

// probeStarted begins the candidate's time.
func (v *liveness) probeStarted(cfg *Config) {
	v.probe = now().add(orDuration(cfg.UpgradeTimeout, defaultUpgradeTimeout))
	v.quick = 2
}

func (v *liveness) probeEnded() {
	v.probe, v.noop, v.noops, v.quick = 0, 0, 0, 0
}

// mayNoop reports whether an idle poll is answered with a noop now: when the
// timer has granted one.
func (v *liveness) mayNoop() bool {
	if v.noops == 0 {
		return false
	}
	v.noops--
	return true
}

// scheduleNoop lets the timer grant the next noop and reports whether that
// has changed the deadlines. The first two of a probe come soon, because the
// client may have a poll pending and one under way, but not at once: the
// client's upgrade packet may be only a moment behind its probe. A client that
// never finishes its upgrade must not spin.
func (v *liveness) scheduleNoop() bool {
	if v.noop != 0 {
		return false
	}
	d := noopInterval
	if v.quick > 0 {
		v.quick--
		d = quickNoop
	}
	v.noop = now().add(d)
	return true
}

// BeginUpgrade claims the session for one connection that wants to become its
// candidate. It returns false if there is one already, or if the session is
// on a stream or not open: such a connection is to be closed, and the session
// goes on. EndUpgrade gives the claim back.
func (c *Conn) BeginUpgrade() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.upgrading || c.upgraded || c.state != Open || c.carrier.Stream {
		return false
	}
	c.upgrading = true
	return true
}

// EndUpgrade ends what BeginUpgrade began.
func (c *Conn) EndUpgrade() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.upgrading = false
}
