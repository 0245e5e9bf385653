package session_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
)

// The model-based test runs random schedules of one session: a virtual client
// with carriers that come, go, overlap, fail, panic and upgrade, senders and
// handlers on this side, and an end of one kind or another. Then it compares
// what the client and the handler have got with what was sent.
//
//	EVERWIRE_SCHEDULES=20000 go test -run TestModel ./session   # more of them
//	EVERWIRE_SEED=17 go test -run TestModel ./session           # one again

// schedules returns the seeds to run: n of them unless the environment says
// otherwise.
func schedules(t *testing.T, n int) []uint64 {
	if s := os.Getenv("EVERWIRE_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return []uint64{seed}
	}
	if s := os.Getenv("EVERWIRE_SCHEDULES"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	// The first hundred are the same each time, the rest are new.
	seeds := make([]uint64, n)
	for i := range seeds {
		seeds[i] = uint64(i)
		if i >= 100 {
			seeds[i] = rand.Uint64()
		}
	}
	return seeds
}

func TestModelInFakeTime(t *testing.T) {
	seeds := schedules(t, 1000)
	var n census
	for _, seed := range seeds {
		synctest.Test(t, func(t *testing.T) { runSchedule(t, seed, false, nil, &n) })
		if t.Failed() {
			t.Fatalf("schedule %d failed; run it again with EVERWIRE_SEED=%d", seed, seed)
		}
	}
	n.check(t, len(seeds))
}

func TestModelInRealTime(t *testing.T) {
	for _, seed := range schedules(t, 300) {
		runSchedule(t, seed, true, nil, new(census))
		if t.Failed() {
			t.Fatalf("schedule %d failed; run it again with EVERWIRE_SEED=%d", seed, seed)
		}
	}
}

// plan is what a schedule has been dealt by its seed.
type plan struct {
	gen                          *generation // nil: all sorts of rules, and no codec
	polling, exclusive, upgrades bool
	faults                       bool // carriers are lost, fail and panic
	dies                         bool // the client falls silent on the way
	hole                         bool // and its connections go on to take what is written, and lose it
	senders, clients, events     int
	handler                      string // reads, slow, stuck, returns, panics, closes
	end                          string // none, close, abort, kill, shutdown, remote
	endAfter                     time.Duration
	cfg                          session.Config
}

func deal(r *rand.Rand, real bool) plan {
	coin := func(percent int) bool { return r.IntN(100) < percent }
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	p := plan{
		polling: coin(60), exclusive: coin(60), upgrades: coin(70),
		faults: coin(40), dies: coin(15),
		senders: r.IntN(5), clients: r.IntN(4), events: 1 + r.IntN(40),
		handler:  pick("reads", "reads", "reads", "slow", "stuck", "returns", "panics", "closes"),
		end:      pick("none", "close", "close", "abort", "kill", "shutdown", "remote", "remote"),
		endAfter: time.Duration(r.Int64N(int64(200 * time.Second))),
		cfg: session.Config{
			PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second,
			OutboxMessages: 1 + r.IntN(20), OutboxBytes: 1 + r.IntN(300),
			InboxMessages: 1 + r.IntN(10), InboxBytes: 1 + r.IntN(100),
			Overflow: session.Overflow(r.IntN(3)),
			Linger:   time.Duration(r.IntN(40)) * time.Second,
		},
	}
	if coin(30) {
		p.endAfter = 0
	}
	if coin(50) {
		p.cfg.DetachGrace = time.Duration(1+r.IntN(60)) * time.Second
	}
	if !p.polling && coin(30) {
		p.cfg.PingInterval, p.dies = 0, false
	}
	if real {
		p.dies = false
		p.cfg.PingInterval, p.cfg.PingTimeout = 3*time.Millisecond, time.Minute
		p.cfg.UpgradeTimeout = 5 * time.Millisecond
		p.cfg.Linger = time.Duration(1+r.IntN(10)) * time.Millisecond
		p.cfg.DetachGrace /= 10_000
	}
	return p
}

// bound is how long the session may outlive its client's last sign of life.
func (p *plan) bound() time.Duration {
	linger := p.cfg.Linger
	if linger == 0 {
		linger = 30 * time.Second
	}
	b := p.cfg.PingInterval + p.cfg.DetachGrace + linger
	if p.cfg.PollGrace > 0 {
		b += hold + p.cfg.PollGrace
	}
	if p.cfg.PingInterval > 0 {
		b += p.cfg.PingTimeout + session.MaxStall
	}
	return b
}

// calm says that nothing happens which may end the session by itself.
func (p *plan) calm() bool {
	if p.gen != nil && p.handler == "slow" {
		return false // an answer to a ping may stand in line for too long, behind bodies of several messages
	}
	return !p.faults && !p.dies && p.handler != "stuck" && p.cfg.Overflow != session.Disconnect
}

func runSchedule(t *testing.T, seed uint64, real bool, g *generation, n *census) {
	w := newWorld(t, seed, real, g)
	w.census = n
	w.start()
	w.pause(w.rng(), 300*time.Second)
	w.finish()
	w.checkEnd()
	w.checkOutbound()
	w.checkInbound()
	w.note("packets sent", len(w.wire))
	w.note("packets lost with their carrier", len(w.lost))
	w.note("packets dropped", int(w.observer.dropped.Load()))
	if w.drained {
		w.note("drained", 1)
	}
	var ce *session.CloseError
	errors.As(w.cause, &ce)
	w.note("end: "+ce.Code.String(), 1)
}

// census counts what has happened in all schedules, so that a change of the
// test which lets it do nothing is seen.
type census struct {
	mu sync.Mutex // guards below
	n  map[string]int
}

func (w *world) note(what string, n int) {
	w.census.mu.Lock()
	defer w.census.mu.Unlock()
	if w.census.n == nil {
		w.census.n = make(map[string]int)
	}
	w.census.n[what] += n
}

// add adds what another census has counted.
func (n *census) add(o *census) {
	if n.n == nil {
		n.n = make(map[string]int)
	}
	for what, i := range o.n {
		n.n[what] += i
	}
}

func (n *census) check(t *testing.T, schedules int) {
	t.Logf("%d schedules: %v", schedules, n.n)
	if schedules < 1000 {
		return
	}
	n.expect(t,
		"drained", "packets sent", "packets lost with their carrier", "packets dropped", "messages received",
		"upgraded", "upgrade expired", "superseded", "superseded while lent", "rolled back", "write panicked",
		"armed by a commit", "flushed",
		"end: normal", "end: forced close", "end: going away", "end: policy violated", "end: revoked", "end: ping timeout",
		"end: stalled", "end: transport lost", "end: slow client", "end: internal error",
	)
}

// expect checks that all of that has happened.
func (n *census) expect(t *testing.T, all ...string) {
	t.Helper()
	for _, what := range all {
		if n.n[what] == 0 {
			t.Errorf("this never happened: %s", what)
		}
	}
}

func (w *world) errorf(format string, args ...any) {
	w.t.Helper()
	w.t.Errorf("seed %d: %s\n%+v", w.seed, fmt.Sprintf(format, args...), w.plan)
}

// checkEnd checks that the session is over for an allowed reason and in time,
// and that nothing of it is left.
func (w *world) checkEnd() {
	var ce *session.CloseError
	if !errors.As(w.cause, &ce) || w.c.State() != session.Closed {
		w.errorf("state %v, cause %v", w.c.State(), w.cause)
		return
	}
	if w.m.Len() != 0 || w.m.Get(w.c.ID()) != nil {
		w.errorf("the manager still has the session")
	}
	if w.c.StopTimer() {
		w.errorf("a timer runs")
	}
	if w.observer.opened.Load() != 1 || w.observer.closed.Load() != 1 {
		w.errorf("the observer was told of %d beginnings and %d ends", w.observer.opened.Load(), w.observer.closed.Load())
	}
	if w.real {
		return
	}
	if late := w.closedAt.Sub(w.goneAt); late > w.bound() {
		w.errorf("the session outlived its client by %v, bound %v, %v", late, w.bound(), w.cause)
	}
	if w.calm() && w.closedAt.Before(w.goneAt) {
		switch ce.Code {
		case session.PingTimeout, session.Stalled, session.TransportLost, session.HandshakeTimeout, session.SlowClient:
			w.errorf("a calm session ended: %v", w.cause)
		}
	}
}

// checkOutbound checks what the client has got over all its carriers.
func (w *world) checkOutbound() {
	seen := make(map[part]bool)
	last := make(map[int]int) // sender: event
	var open part             // whose event is not complete
	for i, p := range w.wire {
		if p.close && i != len(w.wire)-1 {
			w.errorf("packet %d of %d is the close", i, len(w.wire))
		}
		if p.close {
			continue
		}
		if seen[p.part] {
			w.errorf("%v came twice", p.part)
		}
		seen[p.part] = true
		if _, ok := w.accepted[p.part.event()]; !ok {
			w.errorf("%v came and was not accepted", p.part)
		}
		if open.of > 0 && (p.part.event() != open.event() || p.n != open.n+1) && !w.lost[open.next()] {
			w.errorf("%v came after %v", p.part, open)
		}
		if p.n == 0 {
			if l, ok := last[p.sender]; ok && p.seq <= l {
				w.errorf("%v came after event %d", p.part, l)
			}
			last[p.sender] = p.seq
		}
		open = part{}
		if p.n+1 < p.of {
			open = p.part
		}
	}
	w.checkMissing(seen)
}

// checkMissing accounts for what was accepted and never came.
func (w *world) checkMissing(seen map[part]bool) {
	missing := 0
	first := make(map[int]int) // sender: first event missing
	for e, volatile := range w.accepted {
		for n := range e.of {
			p := e
			p.n = n
			if seen[p] || w.lost[p] {
				if seen[p] && w.lost[p] {
					w.errorf("%v was lost and came", p)
				}
				continue
			}
			missing++
			if l, ok := first[e.sender]; !volatile && (!ok || e.seq < l) {
				first[e.sender] = e.seq
			}
		}
	}
	if w.drained {
		if dropped := int(w.observer.dropped.Load()); missing != dropped {
			w.errorf("%d packets missing after a clean close, %d dropped", missing, dropped)
		}
	}
	if w.cfg.Overflow == session.DropOldest {
		return // what it drops is counted, not known
	}
	// Without drops what is missing is what was queued at the end.
	for p := range seen {
		if f, ok := first[p.sender]; ok && p.seq > f {
			w.errorf("%v came, event %d did not", p, f)
		}
	}
}

// checkInbound checks what the handler has got; its order was checked when it
// came.
func (w *world) checkInbound() {
	for i := range w.must {
		if w.got[i] > w.tried[i] {
			w.errorf("handler got %d messages of client %d, which sent %d", w.got[i], i, w.tried[i])
		}
		if w.readAll && w.got[i] < w.must[i] {
			w.errorf("handler got %d messages of client %d, %d were delivered", w.got[i], i, w.must[i])
		}
	}
}
