package session

import (
	"math/bits"
	"sync"
)

// Copies of messages from minCopy to maxCopy bytes lie in buffers that are used
// again. Smaller ones cost the garbage collector less than a pool does, larger
// ones are rare.
const (
	minCopy = 256
	maxCopy = 64 << 10
)

var copies [9]sync.Pool // by size: 256, 512, ... 64 Ki

// buffer holds the copy of one message until that is written. Only who has
// written it gives it back; in all other cases the garbage collector does.
type buffer struct {
	b     []byte
	class int
}

// copyOf returns a copy of p, and the buffer it lies in, if it lies in one.
func copyOf(p []byte) ([]byte, *buffer) {
	if len(p) < minCopy || len(p) > maxCopy {
		return append([]byte(nil), p...), nil
	}
	class := bits.Len(uint(len(p)-1)) - bits.Len(minCopy-1)
	b, ok := copies[class].Get().(*buffer)
	if !ok {
		b = &buffer{b: make([]byte, minCopy<<class), class: class}
	}
	return b.b[:copy(b.b, p)], b
}

// free gives the buffer back. It may be nil.
func (b *buffer) free() {
	if b != nil {
		copies[b.class].Put(b)
	}
}
