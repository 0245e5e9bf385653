package websocket

import (
	"errors"
	"net"
	"sync"
)

// readSize is how much is read at once.
const readSize = 16 << 10

var readBuffers = sync.Pool{New: func() any { return new([readSize]byte) }}

// errNothing says that there is nothing to read now.
var errNothing = errors.New("nothing to read")

// readWaiting waits for bytes and calls feed with them. It holds a buffer while
// it waits. It is for connections that keep their own buffers anyway, like TLS.
// The bytes are borrowed.
func readWaiting(conn net.Conn, feed func([]byte)) error {
	buf := readBuffers.Get().(*[readSize]byte)
	defer readBuffers.Put(buf)
	n, err := conn.Read(buf[:])
	feed(buf[:n])
	return err
}
