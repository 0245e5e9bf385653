package websocket

import (
	"runtime"
	"sync"
)

// pool writes for carriers that were woken, on a few goroutines: a broadcast
// wakes thousands at once, and a goroutine for each would cost more than its
// write. No write of a pool waits; what does not go at once gets a goroutine.
type pool struct {
	mu      sync.Mutex // guards below
	queue   []*carrier // in the order in which they were woken, from head on
	head    int
	workers int
}

var writers pool

// handful is how many carriers a worker takes at a time.
const handful = 16

// longQueue is how long an array an empty queue may keep.
const longQueue = 1024

// add has c drained, whose writing is set.
func (p *pool) add(c *carrier) {
	p.mu.Lock()
	if p.head > len(p.queue)/2 {
		// Move up, so that a queue that never runs dry does not grow for ever.
		n := copy(p.queue, p.queue[p.head:])
		clear(p.queue[n:])
		p.head, p.queue = 0, p.queue[:n]
	}
	p.queue = append(p.queue, c)
	// One worker is enough for a few; more than there are processors help
	// nobody.
	waiting := len(p.queue) - p.head
	more := p.workers == 0 || waiting > handful*p.workers && p.workers < runtime.GOMAXPROCS(0)
	if more {
		p.workers++
	}
	p.mu.Unlock()
	if more {
		go p.work()
	}
}

// work drains carriers until none is left.
func (p *pool) work() {
	var mine [handful]*carrier
	for {
		p.mu.Lock()
		n := copy(mine[:], p.queue[p.head:])
		clear(p.queue[p.head : p.head+n])
		p.head += n
		if p.head == len(p.queue) {
			p.head, p.queue = 0, p.queue[:0]
			if cap(p.queue) > longQueue {
				p.queue = nil
			}
		}
		if n == 0 {
			p.workers--
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		for _, c := range mine[:n] {
			c.drainHere()
		}
		clear(mine[:n])
	}
}
