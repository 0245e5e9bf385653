package websocket

import (
	"bytes"
	"net"
	"sync"
	"time"

	"github.com/everwire/everwire/transports"
)

const (
	// maxBatch is about how many bytes are written at once.
	maxBatch = 64 << 10
	// large is from which size on bytes are written from where they lie.
	large = 64 << 10
)

var outputs = sync.Pool{New: func() any { return new(output) }}

// output collects the bytes of one write: what is small in one buffer, which
// is kept for the next, and what is large where it lies.
type output struct {
	small []byte
	// With something large, vectors has all that was appended but
	// small[done:].
	vectors net.Buffers
	done    int
	written int // of small, by begin
}

func newOutput() *output { return outputs.Get().(*output) }

// release gives the output back for reuse, unless its buffer has grown large.
func (o *output) release() {
	if cap(o.small) <= 2*maxBatch {
		*o = output{small: o.small[:0]}
		outputs.Put(o)
	}
}

// append copies p, or keeps it if it is large. It must not change until the
// write.
func (o *output) append(p []byte) {
	if len(p) < large {
		o.small = append(o.small, p...)
		return
	}
	if n := len(o.small); n > o.done {
		// Should small move when it grows, what it had stays where it was.
		o.vectors = append(o.vectors, o.small[o.done:n:n])
		o.done = n
	}
	o.vectors = append(o.vectors, p)
}

// begin writes as much as goes without waiting. What is large is left to write.
func (o *output) begin(socket descriptor) error {
	if len(o.vectors) > 0 || len(o.small) == 0 {
		return nil
	}
	n, err := socket.write(o.small[o.written:])
	o.written += n
	return err
}

// complete reports whether begin has written everything.
func (o *output) complete() bool { return len(o.vectors) == 0 && o.written == len(o.small) }

// write writes everything, or what begin has left. The buffer of a write that
// has failed is not used again: an HTTP/2 stream that its client resets lets go
// of the writer before it lets go of the bytes, and what others write there next
// is not for that client.
func (o *output) write(conn net.Conn, socket descriptor) (err error) {
	if socket.exists() {
		// Most of the time this is all, and needs no deadline.
		if err := o.begin(socket); err != nil {
			return err
		}
	}
	if o.complete() {
		return nil
	}
	defer func() {
		if err != nil {
			*o = output{}
		}
	}()
	conn.SetWriteDeadline(time.Now().Add(transports.WriteTimeout))
	if socket.exists() {
		defer conn.SetWriteDeadline(time.Time{}) // the next begin would be too late
	}
	if len(o.vectors) == 0 {
		_, err = conn.Write(o.small[o.written:])
		return err
	}
	if len(o.small) > o.done {
		o.vectors = append(o.vectors, o.small[o.done:])
	}
	_, err = o.vectors.WriteTo(conn)
	return err
}

// bytes returns everything in one piece.
func (o *output) bytes() []byte {
	if len(o.vectors) == 0 {
		return o.small
	}
	return append(bytes.Join(o.vectors, nil), o.small[o.done:]...)
}
