package socketio

import (
	"container/list"
	"slices"
	"sync"
	"time"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
)

// keeper keeps what a namespace needs for Recovery.
//
// An event's number and its place in each client's outbox must be in the same
// order, or an offset would not mean that all events before it have arrived. So
// with Recovery everything that is queued for the sockets of the namespace passes
// through one queue. Whoever finds it idle empties it, with no lock held: to
// queue a packet may end a session, and that may call the application.
type keeper struct {
	ns  *Namespace
	cfg Recovery

	mu    sync.Mutex // guards below
	n     uint64     // the number of the last event that was kept
	log   []*kept    // the events up to n, without a gap; head at index off
	off   int
	bytes int
	slack time.Duration // in which the loss of a connection is noticed
	stays map[string]*stay
	away  *list.List // of the *stay that are kept, the oldest first
	timer *time.Timer
	due   time.Time // of the timer
	jobs  []job
	busy  bool
	over  bool // nobody comes back any more
}

func newKeeper(ns *Namespace, cfg Recovery) *keeper {
	return &keeper{ns: ns, cfg: cfg.withDefaults(), stays: make(map[string]*stay), away: list.New()}
}

// kept is an event that may have to be sent again.
type kept struct {
	n          uint64
	at         time.Time
	event      string
	args       Args
	to, except []string
	flags      flags
	size       int

	once    sync.Once
	packets []session.Packet // with the offset; nil if they cannot be encoded
}

// keptOverhead is what a kept event costs besides its data.
const keptOverhead = 512

// encode returns the event with its offset. It is encoded once.
func (e *kept) encode(ns *Namespace) []session.Packet {
	e.once.Do(func() { e.packets = withOffset(ns, e.event, e.args, e.n, e.flags) })
	return e.packets
}

// withOffset encodes an event with an offset behind its arguments. That it can be
// encoded was seen before.
func withOffset(ns *Namespace, event string, args Args, n uint64, f flags) []session.Packet {
	args.elements = append(slices.Clip(args.elements), sio.AppendString(nil, formatOffset(n)))
	// Whoever is told of offsets is of that generation.
	ps, err := ns.srv.dialects[Gen4].wire.encode(outgoingEvent(ns, event, args))
	if err != nil {
		return nil
	}
	share(ps, f)
	return ps
}

// job is something to be queued for clients, in its turn.
type job struct {
	to     []*Socket
	plain  []session.Packet // of one socket; nil for a broadcast
	marked *kept            // the event with an offset, for clients that take one; or nil
	event  Delivery         // if it is one
	tell   bool             // the catch-all listeners, of event
	do     func()           // instead of all that
}

// maxJobs bounds the queue. It grows while one goroutine emits faster than
// another one that empties the queue can hand out.
const maxJobs = 4096

// maxTurn is how many jobs a goroutine does for others before it goes its way.
const maxTurn = 64

// post appends a job and sees that it is done. The result is that of the job if
// this goroutine did it for one socket. The caller holds mu, which is released.
func (k *keeper) post(j job) error {
	k.jobs = append(k.jobs, j)
	if k.busy {
		k.mu.Unlock()
		return nil
	}
	k.busy = true
	return k.work()
}

// work empties the queue and returns what became of its first job. The caller
// holds mu, which is released.
func (k *keeper) work() (first error) {
	own := true
	for i := 0; ; i++ {
		if i == len(k.jobs) || i == maxTurn {
			k.jobs = slices.Delete(k.jobs, 0, i)
			i = 0
			if len(k.jobs) > 0 && k.ns.srv.errands.run(k.relieve) {
				k.mu.Unlock()
				return first
			}
		}
		if len(k.jobs) == 0 {
			k.busy = false
			if cap(k.jobs) > maxTurn {
				k.jobs = nil
			}
			k.mu.Unlock()
			return first
		}
		j := k.jobs[i]
		k.mu.Unlock()
		err := k.do(&j)
		if own {
			first, own = err, false
		}
		k.mu.Lock()
	}
}

// relieve goes on with the work of another goroutine.
func (k *keeper) relieve() {
	k.mu.Lock()
	k.work()
}

// do does a job. A panic, of a parser for example, must not stop the queue.
func (k *keeper) do(j *job) (err error) {
	defer func() {
		if v := recover(); v != nil {
			session.LogPanic(k.ns.srv.cfg.Logger.With("ns", k.ns.name), v)
		}
	}()
	if j.do != nil {
		j.do()
	}
	var f forms
	var p outgoing
	if j.plain == nil && len(j.to) > 0 {
		p = j.event.outgoing()
	}
	for _, s := range j.to {
		ps := j.plain
		if s.stay != nil && j.marked != nil {
			ps = j.marked.encode(k.ns)
		} else if ps == nil {
			var unfit error
			if ps, unfit = f.get(s.client.dialect, &p, j.event.flags()); unfit != nil {
				if !s.client.leavesOut(unfit) {
					err = unfit
				}
				continue
			}
		}
		var queued error
		if j.tell {
			queued = s.pushNow(j.event.Event, j.event.Args, ps)
		} else {
			queued = s.queueNow(ps)
		}
		if j.plain != nil {
			err = queued
		}
	}
	return err
}

// broadcast hands out an event to several.
func (k *keeper) broadcast(d Delivery, receivers func() []*Socket) error {
	return k.emit(d, nil, receivers)
}

// emit hands out an event. The receivers are collected under the lock under which
// the event gets its number, so that whoever enters or leaves a room does so
// before the event or after it. For one receiver plain is the event without an
// offset.
func (k *keeper) emit(d Delivery, plain []session.Packet, receivers func() []*Socket) error {
	k.mu.Lock()
	if len(k.jobs) >= maxJobs {
		k.mu.Unlock()
		return k.refuse()
	}
	j := job{plain: plain, event: d, tell: true}
	switch {
	case !d.Volatile:
		j.marked = k.keep(d)
	case endsInString(d.Args):
		j.marked = newKept(d, k.n)
	}
	j.to = receivers()
	if plain != nil && j.to[0].superseded() {
		j.to[0] = j.to[0].stay.socket
	}
	// Who catches up gets the event from the log, or misses it if it is volatile.
	// A socket whose client has a younger one is as good as gone.
	j.to = slices.DeleteFunc(j.to, func(s *Socket) bool {
		if s.superseded() {
			return true
		}
		if s.stay != nil && s.stay.live && !d.Volatile {
			s.stay.sent = k.n
		}
		return s.stay != nil && !s.stay.live
	})
	return k.post(j)
}

// queue queues packets that are not kept for one socket.
func (k *keeper) queue(s *Socket, ps []session.Packet) error {
	k.mu.Lock()
	if len(k.jobs) >= maxJobs {
		k.mu.Unlock()
		return k.refuse()
	}
	return k.post(job{to: []*Socket{s}, plain: ps})
}

// refuse counts an event for which the queue has no room.
func (k *keeper) refuse() error {
	k.ns.srv.cfg.OverflowCounter.CountRefused()
	return session.ErrQueueFull
}

// after does f when what was emitted before is queued.
func (k *keeper) after(f func()) {
	k.mu.Lock()
	k.post(job{do: f})
}

// endsInString reports whether a client would take the end of an event for an
// offset.
func endsInString(a Args) bool {
	n := len(a.elements)
	return n == 0 || len(a.elements[n-1]) > 0 && a.elements[n-1][0] == '"'
}

func newKept(d Delivery, n uint64) *kept {
	return &kept{n: n, event: d.Event, args: d.Args, to: d.To, except: d.Except,
		flags: flags{volatile: d.Volatile, uncompressed: d.Uncompressed}}
}

// keep adds an event to the log. While there is nobody who could come back it is
// not needed. The caller holds mu.
func (k *keeper) keep(d Delivery) *kept {
	if len(k.stays) == 0 {
		k.clear()
		return nil
	}
	k.n++
	e := newKept(d, k.n)
	e.at = time.Now()
	e.size = keptOverhead + len(d.Event)
	for _, raw := range d.Args.elements {
		e.size += 2 * len(raw) // as it is, and encoded
	}
	for _, b := range d.Args.binary {
		e.size += len(b)
	}
	for _, r := range slices.Concat(d.To, d.Except) {
		e.size += len(r)
	}
	k.log = append(k.log, e)
	k.bytes += e.size
	k.ns.srv.stock.bytes.Add(int64(e.size))
	k.trim(e.at)
	if k.timer == nil {
		k.arm(e.at)
	}
	return e
}

// lock takes mu and returns what gives it back. Without a keeper there is nothing
// to lock.
func (k *keeper) lock() (unlock func()) {
	if k == nil {
		return func() {}
	}
	k.mu.Lock()
	return k.mu.Unlock
}

// joined and leftRoom note what an adapter has done. The caller has called lock.
func (k *keeper) joined(s *Socket, room string) {
	if s.claimed {
		s.stay.joined(room, k.n)
	}
}

func (k *keeper) leftRoom(s *Socket, room string) {
	if s.claimed {
		s.stay.leftRoom(room, k.n, k.first())
	}
}

// trim drops events that are too old or too many. The caller holds mu.
func (k *keeper) trim(now time.Time) {
	// What was lost on its way was sent before the loss was noticed.
	oldest := now.Add(-k.cfg.Window - k.slack)
	for k.off < len(k.log) {
		e := k.log[k.off]
		if len(k.log)-k.off <= k.cfg.MaxEvents && k.bytes <= k.cfg.MaxBytes && !k.full() && e.at.After(oldest) {
			break
		}
		k.bytes -= e.size
		k.ns.srv.stock.bytes.Add(-int64(e.size))
		k.log[k.off] = nil
		k.off++
	}
	if k.off > 32 && k.off > len(k.log)/2 {
		k.log = slices.Delete(k.log, 0, k.off)
		k.off = 0
	}
}

// first is the number of the oldest event in the log. The caller holds mu.
func (k *keeper) first() uint64 { return k.n - uint64(len(k.log)-k.off) + 1 }
