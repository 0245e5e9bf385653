package websocket

import (
	"net"
	"sync"
)

// readSize is how much is read at once.
const readSize = 16 << 10

var readBuffers = sync.Pool{New: func() any { return new([readSize]byte) }}

// source reads from a connection.
type source interface {
	// read waits for bytes and calls feed with them. The bytes are borrowed.
	read(feed func([]byte)) error
}

// waiting holds a buffer while it waits for bytes. It is for connections
// that keep their own buffers anyway, like TLS.
type waiting struct{ conn net.Conn }

func (w waiting) read(feed func([]byte)) error {
	buf := readBuffers.Get().(*[readSize]byte)
	defer readBuffers.Put(buf)
	n, err := w.conn.Read(buf[:])
	feed(buf[:n])
	return err
}
