package session_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"time"

	"github.com/everwire/everwire/session"
)

// startStreams gives the session one stream after the other.
func (w *world) startStreams() {
	r := w.rng()
	v := w.newCarrier(w.streamKind(r))
	if err := v.start(w.life); err != nil {
		w.errorf("first Attach: %v", err)
		return
	}
	w.group.Go(func() {
		for range r.IntN(6) {
			w.linger(r, 60*time.Second)
			if w.faults && !w.silent.Load() && r.IntN(2) == 0 {
				v.breakDown()
				w.linger(r, w.cfg.DetachGrace)
			}
			next := w.newCarrier(w.streamKind(r)) // the server may not know yet that the old one is gone
			if w.silent.Load() || next.start(w.life) != nil {
				break
			}
			v = next
		}
		w.hangUp(v)
	})
}

// startRoaming carries the session by all that the client has, one carrier after
// the other, until it is over.
func (w *world) startRoaming() {
	r := w.rng()
	first := make(chan struct{})
	w.group.Go(func() {
		for n := 0; !w.silent.Load(); n++ {
			goes := false
			if r.IntN(3) == 0 {
				goes = w.stay(r)
			} else {
				goes = w.poll(r)
			}
			if n == 0 {
				close(first)
			}
			if !goes {
				return
			}
		}
	})
	<-first
}

// stay is one stream of a client that roams. The client closes it, or opens
// another carrier while the server still has this one.
func (w *world) stay(r *rand.Rand) bool {
	v := w.newCarrier(w.streamKind(r))
	if v.start(w.life) != nil {
		return false
	}
	most := int64(time.Minute)
	if w.real {
		most /= 20_000
	}
	timer := time.NewTimer(time.Duration(r.Int64N(most)))
	defer timer.Stop()
	select {
	case <-v.done:
	case <-timer.C:
	case <-w.life.Done():
	}
	if r.IntN(2) == 0 {
		v.breakDown()
		w.linger(r, w.cfg.DetachGrace/2)
	} else {
		w.group.Go(func() { w.hangUp(v) })
	}
	return w.c.State() != session.Closed
}

// follow is a stream that takes turns with polls.
func (w *world) follow(r *rand.Rand) bool {
	v := w.newCarrier(w.gen.answers[r.IntN(len(w.gen.answers))])
	if err := v.start(w.life); err != nil {
		if !errors.Is(err, session.ErrClosed) && !errors.Is(err, session.ErrUpgraded) && !w.c.Upgraded() {
			w.errorf("Attach of a stream after a poll: %v", err)
		}
		return false
	}
	w.hangUp(v)
	return !w.silent.Load()
}

// hangUp ends a stream with the client's life, or waits for its own end.
func (w *world) hangUp(v *carrier) {
	select {
	case <-w.life.Done():
		v.breakDown()
	case <-v.done:
	}
}

// startPolling polls until the session is over or upgraded.
func (w *world) startPolling() {
	r := w.rng()
	first := make(chan struct{})
	w.group.Go(func() {
		for n := 0; !w.silent.Load() && w.poll(r); n++ {
			if n == 0 {
				close(first)
			}
			if w.gen != nil && len(w.gen.answers) > 0 && w.exclusive && r.IntN(3) == 0 && !w.follow(r) {
				break
			}
			if r.IntN(2) == 0 {
				w.linger(r, 3*time.Second)
			}
		}
		select {
		case <-first:
		default:
			close(first)
		}
	})
	<-first
	if w.upgrades {
		r := w.rng()
		w.group.Go(func() { w.upgrade(r) })
	}
}

// hold is how long a poll may wait.
const hold = 20 * time.Second

// poll is one poll. It returns when the client has an answer and may poll
// again, and reports whether it does.
func (w *world) poll(r *rand.Rand) bool {
	v := w.newCarrier(w.pollKind(r))
	answer := make(chan struct{})
	v.answered = func() { close(answer) }
	ctx, cancel := w.life, context.CancelFunc(func() {})
	if w.cfg.PollGrace > 0 || !w.exclusive && r.IntN(2) == 0 {
		ctx, cancel = context.WithTimeout(ctx, hold)
	} else if w.faults && r.IntN(12) == 0 {
		ctx, cancel = context.WithCancel(ctx) // the client goes away
		t := time.AfterFunc(time.Duration(r.IntN(30))*time.Second, cancel)
		defer t.Stop()
	}
	w.group.Go(func() {
		defer cancel()
		select {
		case <-v.done:
		case <-w.life.Done():
		}
	})
	if err := v.start(ctx); err != nil {
		close(v.done)
		if !errors.Is(err, session.ErrClosed) && !errors.Is(err, session.ErrUpgraded) {
			w.errorf("Attach of a poll: %v", err)
		}
		return false
	}
	var impatient <-chan time.Time
	if !w.exclusive && r.IntN(4) == 0 {
		impatient = time.After(time.Duration(r.IntN(1000)) * time.Millisecond)
	}
	select {
	case <-answer:
	case <-v.done:
	case <-impatient: // the next poll supersedes this one
	case <-w.life.Done():
		// A poll that is woken knows no context: its request's end is this.
		v.breakDown()
		return false
	}
	return true
}

// upgrade probes until a candidate makes it.
func (w *world) upgrade(r *rand.Rand) {
	for !w.silent.Load() {
		w.linger(r, 30*time.Second)
		v := w.newCarrier(w.candidateKind(r))
		wake, style := v.wake, 2
		if r.IntN(2) == 0 {
			wake, style = nil, r.IntN(2)
		}
		l, err := w.c.Probe(v.k, wake)
		if errors.Is(err, session.ErrUpgraded) && !w.c.Upgraded() {
			continue // it is on a stream that is an answer
		}
		if err != nil {
			return
		}
		v.l = l
		// A second candidate is refused, or comes after the first one's time.
		w.linger(r, 12*time.Second)
		if other, err := w.c.Probe(v.k, nil); err == nil {
			other.Lost(io.EOF)
		}
		if w.silent.Load() || w.faults && r.IntN(4) == 0 {
			l.Lost(io.EOF)
			continue
		}
		early := style == 2 && r.IntN(2) == 0
		if early {
			v.begin(w.life, style) // is idle until the upgrade
		}
		if err := l.Upgrade(); err != nil {
			l.Release()
			if early {
				continue
			}
			if errors.Is(err, session.ErrProbeExpired) {
				w.note("upgrade expired", 1)
				continue
			}
			return
		}
		w.note("upgraded", 1)
		if !early {
			v.begin(w.life, style)
		}
		w.hangUp(v)
		return
	}
}
