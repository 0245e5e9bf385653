package ws

import (
	"math/bits"
	"sync"
)

// Pooled buffers have sizes from 1<<minClass to 1<<maxClass bytes. Larger ones
// are left to the garbage collector.
const (
	minClass = 9
	maxClass = 20
)

var buffers [maxClass - minClass + 1]sync.Pool

// onFree, if set, sees the whole of every buffer that goes back to the pool.
// Tests overwrite it there, so that a use after the return shows.
var onFree func([]byte)

// buffer is a growing byte slice out of the pool.
type buffer struct{ b []byte }

// class returns the index of the pool whose buffers hold n bytes, or -1.
func class(n int) int {
	c := max(bits.Len(uint(max(n, 1)-1)), minClass)
	if c > maxClass {
		return -1
	}
	return c - minClass
}

// newBuffer returns an empty buffer for at least n bytes.
func newBuffer(n int) *buffer {
	i := class(n)
	if i < 0 {
		return &buffer{b: make([]byte, 0, n)}
	}
	if v, ok := buffers[i].Get().(*buffer); ok {
		return v
	}
	return &buffer{b: make([]byte, 0, 1<<(i+minClass))}
}

// free gives the buffer back. It may be nil. Its bytes must not be used after.
func (b *buffer) free() {
	if b == nil {
		return
	}
	if onFree != nil {
		onFree(b.b[:cap(b.b)])
	}
	b.b = b.b[:0]
	if i := class(cap(b.b)); i >= 0 {
		buffers[i].Put(b)
	}
}

// appendTo appends p to b, which may be nil, and returns the buffer that then
// holds the bytes. The buffer grows at least twofold and never above limit,
// if limit leaves room for p: its size follows what has arrived, not what was
// announced.
func appendTo(b *buffer, p []byte, limit int) *buffer {
	b = b.grow(len(p), limit)
	b.b = append(b.b, p...)
	return b
}

// grow returns a buffer with the bytes of b, which may be nil, and room for n
// more. b must not be used after.
func (b *buffer) grow(n, limit int) *buffer {
	if b == nil {
		return newBuffer(n)
	}
	need := len(b.b) + n
	if need <= cap(b.b) {
		return b
	}
	size := need
	if double := 2 * cap(b.b); size < double {
		size = max(need, min(double, limit))
	}
	bigger := newBuffer(size)
	bigger.b = append(bigger.b, b.b...)
	b.free()
	return bigger
}
