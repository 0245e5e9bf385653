package redis

import (
	"errors"
	"sync"
)

// ErrQueueFull says that others do not get what was posted: too much waits for
// Redis, which is slow or away. This server's own sockets have got it.
var ErrQueueFull = errors.New("redis: too many messages wait for Redis")

// ErrClosed says that others do not get what was posted as the Hub is closed.
var ErrClosed = errors.New("redis: hub is closed")

// way is how something goes by Redis.
type way uint8

const (
	plain   way = iota // PUBLISH and SUBSCRIBE
	pattern            // PSUBSCRIBE
	shard              // SPUBLISH and SSUBSCRIBE
	stream             // XADD and XREAD
)

// source is where messages come from.
type source struct {
	way  way
	name string // of a channel, or the pattern of several
}

// posting is a message on its way out.
type posting struct {
	how     way
	to      string // a channel or stream
	payload []byte
	fields  []any // of an entry of a stream, in place of the payload
	size    int   // of fields
}

func (p *posting) bytes() int { return len(p.payload) + len(p.to) + p.size }

// queue holds what waits for Redis.
type queue struct {
	maxMessages, maxBytes int
	wake                  chan struct{} // has room for one

	mu     sync.Mutex // guards below
	items  []posting
	bytes  int
	lost   uint64 // not taken, as there was no room
	closed bool
}

func newQueue(messages, bytes int) *queue {
	return &queue{maxMessages: messages, maxBytes: bytes, wake: make(chan struct{}, 1)}
}

// add appends p, or refuses it. An empty queue takes what is too large for it.
func (q *queue) add(p posting) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	size := p.bytes()
	switch {
	case q.closed:
		return ErrClosed
	case len(q.items) > 0 && (len(q.items) >= q.maxMessages || q.bytes+size > q.maxBytes):
		q.lost++
		return ErrQueueFull
	}
	q.items = append(q.items, p)
	q.bytes += size
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return nil
}

// take removes up to max of the oldest.
func (q *queue) take(max int) []posting {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(max, len(q.items))
	batch := q.items[:n:n]
	q.items = q.items[n:]
	for i := range batch {
		q.bytes -= batch[i].bytes()
	}
	if len(q.items) == 0 {
		q.items = nil
	}
	return batch
}

// close refuses everything from now on. What waits may still be taken.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items)
}

func (q *queue) refused() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.lost
}

// ended reports whether the queue is closed and empty.
func (q *queue) ended() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed && len(q.items) == 0
}
