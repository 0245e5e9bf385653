package admin

import "sync"

// What may wait to be shown.
const (
	maxEvents  = 512     // events of clients; those beyond are left out
	maxBytes   = 4 << 20 // of such events
	maxNotices = 1 << 14 // all together
)

// notice is something to be shown.
type notice struct {
	event string
	args  []any
	size  int // of an event of clients
}

// queue is what waits to be shown. Whoever watches puts it there and goes on.
type queue struct {
	more chan struct{} // has room for one

	mu      sync.Mutex // guards below
	waiting []notice
	events  int // among them, of clients
	bytes   int
	dropped int // for tests
}

// put appends a notice if there is room for it. Events of clients, which have a
// size, leave room for the others.
func (q *queue) put(n notice) {
	q.mu.Lock()
	full := len(q.waiting) >= maxNotices
	if n.size > 0 {
		full = full || q.events >= maxEvents || q.bytes+n.size > maxBytes
	}
	if full {
		q.dropped++
		q.mu.Unlock()
		return
	}
	if n.size > 0 {
		q.events++
		q.bytes += n.size
	}
	q.waiting = append(q.waiting, n)
	q.mu.Unlock()
	select {
	case q.more <- struct{}{}:
	default:
	}
}

func (q *queue) take() []notice {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := q.waiting
	q.waiting, q.events, q.bytes = nil, 0, 0
	return all
}
