package session_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

// part names one packet: the n-th of the packets of a sender's event.
type part struct{ sender, seq, n, of int }

func (p part) String() string { return fmt.Sprintf("%d.%d.%d/%d", p.sender, p.seq, p.n, p.of) }
func (p part) event() part    { p.n = 0; return p }
func (p part) next() part     { p.n++; return p }

// written is what the client has got.
type written struct {
	part
	close bool
}

// world is one session, its client and all that goes on around it.
type world struct {
	t    *testing.T
	seed uint64
	real bool
	plan
	census *census

	m        *session.Manager
	c        *session.Conn
	observer tally
	life     context.Context // the client's; its carriers are gone with it
	die      context.CancelFunc
	silent   atomic.Bool // the client does not answer any more
	group    sync.WaitGroup
	rngs     atomic.Uint64

	decided atomic.Pointer[eio.Codec] // of a client that was undecided

	mu       sync.Mutex // guards below
	opened   bool       // the client has got the open packet
	holder   *carrier   // whose batch is lent
	wire     []written
	lost     map[part]bool      // committed on a failed write
	accepted map[part]bool      // by the first packet; true if volatile
	waits    map[part]time.Time // since when, at the latest; by the first packet
	moved    time.Time          // when the client last got something, or a carrier
	got      [4]int             // messages of each client that the handler has
	tried    [4]int             // and that were sent
	must     [4]int             // and that it must have got when it reads all
	readAll  bool
	goneAt   time.Time
	closedAt time.Time
	cause    error
	drained  bool // Close was the first end, and its packet was committed
	abrupt   bool
}

// tally is an Observer.
type tally struct{ opened, closed, dropped atomic.Int64 }

func (o *tally) SessionOpened(session.Peer)        { o.opened.Add(1) }
func (o *tally) SessionClosed(session.Peer, error) { o.closed.Add(1) }
func (o *tally) PacketsDropped(n int)              { o.dropped.Add(int64(n)) }

func newWorld(t *testing.T, seed uint64, real bool, g *generation) *world {
	w := &world{t: t, seed: seed, real: real, m: session.NewManager(),
		lost: make(map[part]bool), accepted: make(map[part]bool), waits: make(map[part]time.Time)}
	r := w.rng()
	w.plan = deal(r, real)
	if g != nil {
		g.dealTo(&w.plan, r, real)
	}
	w.cfg.Observer = &w.observer
	w.life, w.die = context.WithCancel(context.Background())
	var err error
	if w.c, err = w.m.Open(&w.cfg, session.Peer{}); err != nil {
		t.Fatal(err)
	}
	if g != nil {
		w.c.Offer(session.Packet{Type: session.PacketOpen, Essential: true, Data: []byte(w.c.ID())})
	}
	return w
}

// rng returns a source of its own for each goroutine that asks for one.
func (w *world) rng() *rand.Rand {
	return rand.New(rand.NewPCG(w.seed, w.rngs.Add(1)))
}

// pause waits up to most; in real time much less, or just long enough for
// another goroutine to come between.
func (w *world) pause(r *rand.Rand, most time.Duration) {
	if !w.real {
		time.Sleep(time.Duration(r.Int64N(int64(most) + 1)))
		return
	}
	if r.IntN(3) > 0 {
		runtime.Gosched()
		return
	}
	<-time.After(time.Duration(r.Int64N(int64(most/20_000) + 1)))
}

// linger is a pause of the client, which ends with its life.
func (w *world) linger(r *rand.Rand, most time.Duration) {
	if w.real {
		w.pause(r, most)
		return
	}
	timer := time.NewTimer(time.Duration(r.Int64N(int64(most) + 1)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.life.Done():
	}
}

// start sets everything going. The session has a first carrier when it
// returns.
func (w *world) start() {
	w.group.Go(w.watch)
	w.c.Serve(session.HandlerFunc(w.serve))
	switch {
	case w.gen != nil && w.gen.roams:
		w.startRoaming()
	case w.polling:
		w.startPolling()
	default:
		w.startStreams()
	}
	if w.cfg.ClientPings {
		r := w.rng()
		w.group.Go(func() { w.ping(r) })
	}
	for i := range w.senders {
		r := w.rng()
		w.group.Go(func() { w.send(r, i) })
	}
	for i := range w.clients {
		r := w.rng()
		w.group.Go(func() { w.deliver(r, i) })
	}
	r := w.rng()
	w.group.Go(func() { w.endIt(r) })
	if w.dies {
		r := w.rng()
		w.group.Go(func() {
			w.pause(r, 100*time.Second)
			w.fallSilent()
		})
	}
}

func (w *world) watch() {
	<-w.c.Context().Done()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closedAt = time.Now()
	w.cause = context.Cause(w.c.Context())
}

func (w *world) fallSilent() {
	w.silent.Store(true)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.goneAt.IsZero() {
		w.goneAt = time.Now()
	}
}

// finish takes the client away and waits for the session's end.
func (w *world) finish() {
	w.fallSilent()
	w.die()
	if w.real {
		w.mu.Lock()
		w.abrupt = true
		w.mu.Unlock()
		w.c.Kill(&session.CloseError{Code: session.Normal})
	} else {
		for late := w.bound() + 1; late > 0; {
			time.Sleep(late) // synctest's time: a session that is left has its time to end
			w.mu.Lock()
			late = time.Until(w.goneAt.Add(w.bound() + 1)) // it may have been heard since
			w.mu.Unlock()
		}
	}
	if w.c.State() != session.Closed {
		w.errorf("the session outlives its bound of %v", w.bound())
		w.c.Kill(&session.CloseError{Code: session.Normal})
	}
	w.group.Wait()
	if err := w.m.Shutdown(context.Background()); err != nil {
		w.errorf("Shutdown: %v", err)
	}
}

// endIt ends the session from this side, if the plan says so.
func (w *world) endIt(r *rand.Rand) {
	w.pause(r, w.endAfter)
	switch w.end {
	case "close":
		w.c.Close(session.Forced, "")
	case "abort":
		w.isAbrupt()
		w.c.Abort(&session.CloseError{Code: session.PolicyViolated})
	case "kill":
		w.isAbrupt()
		w.c.Kill(&session.CloseError{Code: session.Revoked})
	case "shutdown":
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(1+r.IntN(20))*time.Second)
		defer cancel()
		w.m.Shutdown(ctx)
	}
}

// swallows reports whether what is written now disappears. A client that was not
// known to have heartbeats is not missed.
func (w *world) swallows() bool {
	return w.hole && w.silent.Load() && (!w.cfg.LaxPings || w.decided.Load() != nil)
}

// checkWait checks that a message has not been left lying while there was a
// carrier for it. The caller holds mu.
func (w *world) checkWait(x part) {
	since, ok := w.waits[x.event()]
	if !ok || w.real || !w.calm() || w.silent.Load() {
		return
	}
	if w.moved.After(since) {
		since = w.moved
	}
	if d := time.Since(since); d > 10*time.Second {
		w.errorf("%v came %v after all else", x, d)
	}
}

// isAbrupt notes that what is queued may be discarded.
func (w *world) isAbrupt() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.abrupt = true
}

// send is one sender: it uses Send, Enqueue or Offer.
func (w *world) send(r *rand.Rand, sender int) {
	mode := r.IntN(4)
	for seq := range w.events {
		if r.IntN(3) > 0 {
			w.pause(r, 5*time.Second)
		}
		of := 1
		if mode != 0 {
			of += r.IntN(3)
		}
		e := part{sender, seq, 0, of}
		var ps []session.Packet
		for n := range of {
			e.n = n
			p := w.message(r, e)
			p.Volatile = mode == 3
			ps = append(ps, p)
		}
		ctx, cancel := w.c.Context(), context.CancelFunc(func() {})
		if r.IntN(5) == 0 {
			ctx, cancel = context.WithTimeout(ctx, time.Duration(r.IntN(3000))*time.Millisecond)
		}
		var err error
		switch mode {
		case 0:
			err = w.c.Send(ctx, session.Message{Kind: ps[0].Kind, Data: ps[0].Data})
		case 1:
			err = w.c.Enqueue(ctx, ps...)
		default:
			err = w.c.Offer(ps...)
		}
		cancel()
		if err == nil {
			w.mu.Lock()
			w.accepted[e.event()] = mode == 3
			w.waits[e.event()] = time.Now()
			w.mu.Unlock()
		} else if errors.Is(err, session.ErrClosed) {
			return
		}
	}
}

// deliver is one of the client's ways to send: a post, or a socket's reader.
func (w *world) deliver(r *rand.Rand, client int) {
	for seq := 0; seq < w.events; {
		if r.IntN(3) > 0 {
			w.pause(r, 5*time.Second)
		}
		if w.silent.Load() {
			return
		}
		var ps []session.Packet
		for range 1 + r.IntN(3) {
			ps = append(ps, w.message(r, part{client, seq + len(ps), 0, 1}))
			if w.gen == nil || seq+len(ps) == w.events {
				break
			}
		}
		w.mu.Lock()
		w.tried[client] += len(ps)
		w.mu.Unlock()
		taken, err := w.said(r, ps...)
		seq += taken
		if w.c.State() == session.Open && (err == nil || taken > 0) {
			w.mu.Lock()
			w.must[client] = seq
			w.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
	if w.end == "remote" && client == 0 {
		w.isAbrupt()
		w.c.Deliver(session.Packet{Type: session.PacketClose})
	}
}

// serve is the handler.
func (w *world) serve(s session.Session) {
	r := w.rng()
	for n := 0; ; n++ {
		switch w.handler {
		case "slow":
			w.pause(r, 10*time.Second)
		case "stuck":
			w.pause(r, 120*time.Second)
		}
		if n == 5 {
			switch w.handler {
			case "returns":
				return
			case "panics":
				w.isAbrupt()
				panic("as planned")
			case "closes":
				s.Close(session.Normal, "")
			}
		}
		m, err := s.Receive(s.Context())
		if err != nil {
			w.mu.Lock()
			w.readAll = true
			w.mu.Unlock()
			return
		}
		p := w.partOf(session.Packet{Kind: m.Kind, Data: m.Data})
		w.mu.Lock()
		if p.seq != w.got[p.sender] {
			w.errorf("handler got %v, want message %d", p, w.got[p.sender])
		}
		w.got[p.sender]++
		w.mu.Unlock()
		w.note("messages received", 1)
	}
}
