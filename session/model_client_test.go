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
	v := w.newCarrier(stream)
	if err := v.start(w.life); err != nil {
		w.errorf("first Attach: %v", err)
		return
	}
	r := w.rng()
	w.group.Go(func() {
		for range r.IntN(6) {
			w.linger(r, 60*time.Second)
			if w.faults && !w.silent.Load() && r.IntN(2) == 0 {
				v.breakDown()
				w.linger(r, w.cfg.DetachGrace)
			}
			next := w.newCarrier(stream) // the server may not know yet that the old one is gone
			if w.silent.Load() || next.start(w.life) != nil {
				break
			}
			v = next
		}
		w.hangUp(v)
	})
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

// poll is one poll. It returns when the client has an answer and may poll
// again, and reports whether it does.
func (w *world) poll(r *rand.Rand) bool {
	k := poll
	if !w.exclusive {
		k = oldPoll
	}
	v := w.newCarrier(k)
	answer := make(chan struct{})
	v.answered = func() { close(answer) }
	ctx, cancel := w.life, context.CancelFunc(func() {})
	if !w.exclusive && r.IntN(2) == 0 {
		ctx, cancel = context.WithTimeout(ctx, 20*time.Second) // the hold time
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
		v := w.newCarrier(stream)
		wake, style := v.wake, 2
		if r.IntN(2) == 0 {
			wake, style = nil, r.IntN(2)
		}
		l, err := w.c.Probe(stream, wake)
		if err != nil {
			return
		}
		v.l = l
		// A second candidate is refused, or comes after the first one's time.
		w.linger(r, 12*time.Second)
		if other, err := w.c.Probe(stream, nil); err == nil {
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
