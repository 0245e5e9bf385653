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
	case c.probe != nil:
		return nil, ErrUpgrading
	}
	c.probe = newProbe(l)
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
	if c.state == Closed || !c.probes(l) {
		return ErrClosed
	}
	c.probe = nil
	c.upgraded = true
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
	if c.probe == nil {
		return
	}
	l := c.probe.candidate
	c.probe = nil
	if c.state != Closed {
		c.rearm()
	}
	why := ErrClosed
	if c.state == Open {
		why = ErrProbeExpired
	}
	l.leave(why, a)
}

// probe is an upgrade that is tried. Guarded by Conn.mu.
type probe struct {
	candidate *Lease
	end       moment // the candidate's time ends
	noop      moment // grant an idle poll a noop
	noops     int32  // granted by the timer and not yet used
	quick     int32  // how many more of them come soon
}

// newProbe begins the candidate's time.
func newProbe(candidate *Lease) *probe {
	timeout := orDuration(candidate.c.cfg.UpgradeTimeout, defaultUpgradeTimeout)
	return &probe{candidate: candidate, end: now().add(timeout), quick: 2}
}

// probes reports whether l is the candidate. The caller holds mu.
func (c *Conn) probes(l *Lease) bool { return c.probe != nil && c.probe.candidate == l }

// untimed gives the candidate the time that the session has.
func (p *probe) untimed() { *p = probe{candidate: p.candidate} }

// next is the earlier deadline, or 0.
func (p *probe) next() moment {
	if p == nil {
		return 0
	}
	return earliest(p.end, p.noop)
}

// mayNoop reports whether an idle poll is answered with a noop now: when the
// timer has granted one.
func (p *probe) mayNoop() bool {
	if p.noops == 0 {
		return false
	}
	p.noops--
	return true
}

// scheduleNoop lets the timer grant the next noop and reports whether that
// has changed the deadlines. The first two of a probe come soon, because the
// client may have a poll pending and one under way, but not at once: the
// client's upgrade packet may be only a moment behind its probe. A client that
// never finishes its upgrade must not spin.
func (p *probe) scheduleNoop() bool {
	if p.noop != 0 {
		return false
	}
	d := noopInterval
	if p.quick > 0 {
		p.quick--
		d = quickNoop
	}
	p.noop = now().add(d)
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
