package session_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

var errWrite = errors.New("write failed")

// carrier is one connection or one poll of the virtual client.
type carrier struct {
	w        *world
	r        *rand.Rand // of the goroutine that writes
	k        *session.Carrier
	l        *session.Lease
	answered func() // the client has got something

	ending sync.Mutex // held from the decision to Rollback or to Lost until it is done
	broken bool       // guarded by w.mu: nothing arrives any more

	// Of one that is woken.
	woken bool
	busy  atomic.Bool // between a wake or a loan and the next TryNext
	idles atomic.Int64
	wakes atomic.Int64
	done  chan struct{}
}

func (w *world) newCarrier(k *session.Carrier) *carrier {
	return &carrier{w: w, r: w.rng(), k: k, answered: func() {}, done: make(chan struct{})}
}

// wake starts drain on a goroutine of its own, as a WebSocket does.
func (v *carrier) wake() {
	if !v.w.c.CanLock() {
		panic("wake was called under the lock")
	}
	if !v.busy.CompareAndSwap(false, true) {
		v.w.errorf("wake was called while the carrier was at work")
	}
	if v.wakes.Add(1) > v.idles.Load()+1 { // one TryNext may not have returned yet
		v.w.errorf("wake was called more often than it was armed")
	}
	v.w.group.Go(v.drain)
}

func (v *carrier) drain() {
	for {
		v.busy.Store(false)
		b, err := v.l.TryNext(1 + v.r.IntN(64))
		if errors.Is(err, session.ErrIdle) {
			v.idles.Add(1)
			return
		}
		if !v.busy.CompareAndSwap(false, true) {
			v.w.errorf("wake was called though it was not armed")
		}
		if err != nil {
			v.leave(err)
			close(v.done)
			return
		}
		switch v.write(b) {
		case ended:
			close(v.done)
			return
		case idle:
			return // from here on another drain may run
		}
	}
}

// hold is what a stream's reader does around what it reads.
func (v *carrier) hold(r *rand.Rand) {
	for {
		v.w.pause(r, 5*time.Second)
		v.w.mu.Lock()
		broken := v.broken
		v.w.mu.Unlock()
		select {
		case <-v.done:
			return
		case <-v.w.life.Done():
			return
		default:
		}
		if broken {
			return
		}
		v.l.Hold()
		v.w.pause(r, time.Second)
		if v.l.Flush() {
			v.w.note("flushed", 1)
			v.wake()
		}
	}
}

// pull is the blocking form.
func (v *carrier) pull(ctx context.Context) {
	defer close(v.done)
	for {
		b, err := v.l.Next(ctx, 1+v.r.IntN(64))
		if err != nil {
			v.leave(err)
			return
		}
		if v.write(b) == ended {
			return
		}
	}
}

// run uses Run, whose write may fail and panic.
func (v *carrier) run(ctx context.Context) {
	defer close(v.done)
	defer func() {
		if e := recover(); e != nil && e != errWrite {
			panic(e)
		}
	}()
	v.l.Run(ctx, 1+v.r.IntN(64), func(ps []session.Packet) error {
		v.borrowed(true)
		defer v.borrowed(false)
		if v.fails() {
			v.received(ps, v.r.IntN(len(ps)+1))
			if v.r.IntN(2) == 0 {
				v.w.note("write panicked", 1)
				panic(errWrite)
			}
			return errWrite
		}
		v.received(ps, len(ps))
		v.w.pause(v.r, time.Second)
		return nil
	})
}

// start attaches the carrier in one of the three styles.
func (v *carrier) start(ctx context.Context) error {
	style := v.r.IntN(3)
	if !v.k.Stream && (style == 1 || v.w.cfg.PollGrace > 0) {
		style = 0 // a poll that runs on would be answered twice, and one that is woken be held for ever
	}
	wake := v.wake
	if style < 2 {
		wake = nil
	}
	l, err := v.w.c.Attach(v.k, wake)
	if err != nil {
		return err
	}
	v.l = l
	v.w.note("on "+v.k.Transport, 1)
	v.w.mu.Lock()
	v.w.moved = time.Now()
	if v.w.holder != nil {
		v.w.note("superseded while lent", 1)
	}
	v.w.mu.Unlock()
	v.begin(ctx, style)
	return nil
}

func (v *carrier) begin(ctx context.Context, style int) {
	switch style {
	case 0:
		v.w.group.Go(func() { v.pull(ctx) })
	case 1:
		v.w.group.Go(func() { v.run(ctx) })
	case 2:
		v.woken = true
		v.busy.Store(true)
		v.w.group.Go(v.drain)
		if r := v.w.rng(); v.k.Stream && !v.k.OneWay {
			v.w.group.Go(func() { v.hold(r) })
		}
	}
}

func (v *carrier) fails() bool {
	return v.w.silent.Load() && !v.w.swallows() || v.w.faults && v.r.IntN(12) == 0
}

// What comes after a batch.
type after int

const (
	onward after = iota
	idle         // wake is armed
	ended
)

// write is what a carrier does with a batch.
func (v *carrier) write(b *session.Batch) after {
	v.borrowed(true)
	switch {
	case v.fails():
		if v.w.silent.Load() {
			v.w.linger(v.r, 20*time.Second)
		}
		v.received(b.Packets, v.r.IntN(len(b.Packets)+1))
		v.borrowed(false)
		if v.r.IntN(2) == 0 {
			b.Commit()
		}
		v.l.Lost(errWrite)
		return ended
	case v.r.IntN(8) == 0: // nothing was written yet
		v.w.pause(v.r, time.Second)
		v.rollback(b)
		return onward
	}
	v.received(b.Packets, len(b.Packets))
	v.answered()
	v.w.pause(v.r, time.Second) // the client may act before the commit
	v.borrowed(false)
	if v.k.OneWay && v.k.Exclusive && v.r.IntN(4) == 0 {
		// The answer ends in good order, and its client asks for another.
		v.w.note("yielded", 1)
		v.l.Yield()
		return ended
	}
	if v.woken && v.k.Stream && v.r.IntN(2) == 0 {
		v.busy.Store(false)
		if b.CommitAndArm() {
			v.w.note("armed by a commit", 1)
			v.idles.Add(1)
			return idle
		}
		if !v.busy.CompareAndSwap(false, true) {
			v.w.errorf("wake was called though it was not armed")
		}
		return onward
	}
	if v.k.Stream || v.r.IntN(4) > 0 {
		b.Commit()
	}
	if !v.k.Stream {
		v.l.Release()
		return ended
	}
	return onward
}

// leave gives the lease back at its end.
func (v *carrier) leave(err error) {
	if errors.Is(err, session.ErrSuperseded) {
		v.w.note("superseded", 1)
	}
	known := false
	for _, e := range []error{io.EOF, session.ErrSuperseded, session.ErrReleased, session.ErrProbeExpired,
		session.ErrClosed, context.Canceled, context.DeadlineExceeded} {
		known = known || errors.Is(err, e)
	}
	if !known {
		v.w.errorf("unexpected error of a lease: %v", err)
	}
	if errors.Is(err, context.DeadlineExceeded) || v.r.IntN(2) == 0 {
		v.l.Release()
	} else {
		v.l.Lost(err)
	}
}

// borrowed notes who has a batch: never two at a time.
func (v *carrier) borrowed(yes bool) {
	v.w.mu.Lock()
	defer v.w.mu.Unlock()
	switch {
	case v.broken:
	case yes && v.w.holder != nil:
		v.w.errorf("two batches are lent")
	case yes:
		v.w.holder = v
	default:
		v.w.holder = nil
	}
}

// rollback gives a batch back, unless it counts as sent by a breakdown.
func (v *carrier) rollback(b *session.Batch) {
	v.ending.Lock()
	defer v.ending.Unlock()
	v.w.mu.Lock()
	broken := v.broken
	v.w.mu.Unlock()
	if broken {
		v.received(b.Packets, 0)
	}
	v.w.note("rolled back", 1)
	v.borrowed(false)
	b.Rollback()
}

// breakDown loses the connection from another side than the writer's: its
// reader has seen the end while a batch may be lent.
func (v *carrier) breakDown() {
	v.ending.Lock()
	defer v.ending.Unlock()
	v.w.mu.Lock()
	v.broken = true
	if v.w.holder == v {
		v.w.holder = nil
	}
	v.w.mu.Unlock()
	v.l.Lost(io.ErrUnexpectedEOF)
}

// received lets the first n packets arrive; the others count as lost. An answer
// to a poll that is cut is not read at all.
func (v *carrier) received(ps []session.Packet, n int) {
	w := v.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if v.broken || !v.k.Stream && n < len(ps) {
		n = 0
	}
	if w.swallows() {
		w.note("swallowed", 1)
		n = 0
	}
	if last := len(ps) - 1; !v.k.Stream && last > 0 && ps[last].Type == session.PacketClose && ps[last-1].Type == session.PacketMessage {
		w.errorf("a poll brings the close together with %q, which its client then does not hear", text(ps[:last]))
	}
	var arrived, brought []session.Packet
	for _, p := range w.heard(v.k, ps[:n]) {
		switch p.Type {
		case session.PacketOpen:
			if w.opened || len(w.wire) > 0 {
				w.errorf("the session is opened behind other packets")
			}
			w.opened = true
		case session.PacketPing:
			if !v.k.Stream && w.cfg.PollGrace > 0 && !w.gen.roams {
				w.errorf("a poll was pinged, which is proof enough")
			}
			r := w.rng()
			w.group.Go(func() { w.pong(r) })
		case session.PacketPong:
			w.note("heartbeat", 1)
		case session.PacketMessage:
			x := w.partOf(p)
			w.checkWait(x)
			arrived = append(arrived, p)
			w.wire = append(w.wire, written{part: x})
		}
	}
	for i, p := range ps {
		switch p.Type {
		case session.PacketMessage:
			if i < n {
				brought = append(brought, p)
			} else {
				w.lost[w.partOf(p)] = true
			}
		case session.PacketClose:
			if i < n {
				w.wire = append(w.wire, written{close: true})
			}
			w.drained = !w.abrupt && (p.Code == session.Forced || p.Code == session.Normal || p.Code == session.GoingAway)
		}
	}
	same := func(a, b session.Packet) bool {
		return bytes.Equal(a.Data, b.Data) && (a.Kind == b.Kind || w.gen.codec == eio.Gen09)
	}
	if n > 0 {
		w.moved = time.Now()
	}
	if !slices.EqualFunc(arrived, brought, same) {
		w.errorf("%d messages were written and %d read: %q, %q", len(brought), len(arrived), text(brought), text(arrived))
	}
}

// pong answers a ping, if the client knows pings.
func (w *world) pong(r *rand.Rand) {
	if w.gen != nil && w.gen.says == eio.Gen04 {
		w.errorf("a client of 0.4 was pinged")
		return
	}
	w.pause(r, min(10*time.Second, w.cfg.PingTimeout/2))
	if w.silent.Load() {
		return
	}
	if _, err := w.said(r, session.Packet{Type: session.PacketPong}); err == nil {
		w.note("heartbeat", 1)
		w.proved()
	}
}

// ping is the heartbeat of a client that pings by itself.
func (w *world) ping(r *rand.Rand) {
	for !w.silent.Load() {
		if _, err := w.said(r, session.Packet{Type: session.PacketPing}); err != nil {
			return
		}
		w.linger(r, 25*time.Second)
	}
}

// proved notes that the client was heard. What it said may have stood in line
// behind messages that the handler did not take, and be read long after it is
// gone.
func (w *world) proved() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.silent.Load() {
		w.goneAt = time.Now()
	}
}
