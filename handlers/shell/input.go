package shell

import (
	"context"
	"io"
	"sync"
)

// maxQueue is how many bytes of input wait for a program that does not read.
const maxQueue = 1 << 20

// inputQueue holds what the client typed until the terminal takes it. There is
// one putter and one taker.
type inputQueue struct {
	ready chan struct{} // capacity 1: something to take
	room  chan struct{} // capacity 1: something was taken

	mu     sync.Mutex // guards below
	chunks [][]byte
	size   int
}

func newInputQueue() *inputQueue {
	return &inputQueue{ready: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// put queues b and keeps it. It blocks while b does not fit; an empty queue
// takes any b.
func (q *inputQueue) put(ctx context.Context, b []byte) error {
	for !q.tryPut(b) {
		select {
		case <-q.room:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	notify(q.ready)
	return nil
}

func (q *inputQueue) tryPut(b []byte) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.size > 0 && q.size+len(b) > maxQueue {
		return false
	}
	q.chunks = append(q.chunks, b)
	q.size += len(b)
	return true
}

// take returns the queue's first chunk. It blocks until there is one.
func (q *inputQueue) take(ctx context.Context) ([]byte, error) {
	for {
		if b, ok := q.tryTake(); ok {
			notify(q.room)
			return b, nil
		}
		select {
		case <-q.ready:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (q *inputQueue) tryTake() ([]byte, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.chunks) == 0 {
		return nil, false
	}
	b := q.chunks[0]
	q.chunks[0] = nil
	q.chunks = q.chunks[1:]
	if len(q.chunks) == 0 {
		q.chunks = nil // an idle queue holds no memory
	}
	q.size -= len(b)
	return b, true
}

// copyTo writes what is put to w until ctx is done or w fails.
func (q *inputQueue) copyTo(ctx context.Context, w io.Writer) {
	for {
		b, err := q.take(ctx)
		if err != nil {
			return
		}
		if _, err := w.Write(b); err != nil {
			return
		}
	}
}

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
