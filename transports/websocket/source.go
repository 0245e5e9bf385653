package websocket

import (
	"crypto/tls"
	"net"
	"sync"
)

// readSize is how much is read at once.
const readSize = 16 << 10

var readBuffers = sync.Pool{New: func() any { return new([readSize]byte) }}

// errNothing says that there is nothing to read now. It is temporary: package
// tls goes on after an error that says so of itself.
var errNothing error = nothing{}

type nothing struct{}

func (nothing) Error() string   { return "nothing to read" }
func (nothing) Timeout() bool   { return false }
func (nothing) Temporary() bool { return true }

// source is how a carrier reads its connection.
type source struct {
	conn   net.Conn
	socket descriptor // of conn, or of what conn is TLS on; may be none
	below  *below     // set if conn is TLS on it
}

func newSource(conn net.Conn) source {
	s := source{conn: conn, socket: descriptorOf(conn)}
	if t, ok := conn.(*tls.Conn); ok {
		if s.below, ok = t.NetConn().(*below); ok {
			s.socket = s.below.socket
		}
	}
	return s
}

// canPark reports whether the socket can be watched for something to read, and
// read without waiting.
func (s *source) canPark() bool { return s.socket.exists() }

// direct returns the socket if it may be read and written past conn's own
// methods, or none.
func (s *source) direct() descriptor {
	if s.below != nil {
		return descriptor{}
	}
	return s.socket
}

// read passes what has arrived to feed; the bytes are borrowed. If there is
// nothing it waits, or returns errNothing if it can.
func (s *source) read(wait bool, feed func([]byte)) error {
	if s.below == nil && s.canPark() {
		return s.socket.read(wait, feed)
	}
	if s.below != nil {
		s.below.hasty = !wait
	}
	// A buffer is held while it waits.
	buf := readBuffers.Get().(*[readSize]byte)
	defer readBuffers.Put(buf)
	n, err := s.conn.Read(buf[:])
	if n > 0 {
		feed(buf[:n])
	}
	return err
}
