//go:build unix

package websocket

import (
	"io"
	"net"
	"syscall"

	"github.com/everwire/everwire/transports"
)

// newSource returns a source that holds no buffer while it waits, where the
// connection allows it.
func newSource(conn net.Conn) source {
	if sc := descriptor(conn); sc != nil {
		if raw, err := sc.SyscallConn(); err == nil {
			r := &ready{raw: raw}
			r.attempt = r.tryRead
			return r
		}
	}
	return waiting{conn}
}

// descriptor returns what may be read past conn's own Read, or nil. That a
// connection is a syscall.Conn is not enough: whatever embeds a *net.TCPConn is
// one, and may have a Read of its own.
func descriptor(conn net.Conn) syscall.Conn {
	switch c := conn.(type) {
	case *net.TCPConn:
		return c
	case *net.UnixConn:
		return c
	case transports.Unwrapper:
		if tcp := c.Unwrapped(); tcp != nil {
			return tcp
		}
	}
	return nil
}

// ready takes a buffer when there is something to read into it.
type ready struct {
	raw     syscall.RawConn
	attempt func(fd uintptr) bool // tryRead, bound once

	// The result of the last attempt.
	buf *[readSize]byte
	n   int
	err error
}

func (r *ready) tryRead(fd uintptr) bool {
	buf := readBuffers.Get().(*[readSize]byte)
	for {
		r.n, r.err = syscall.Read(int(fd), buf[:])
		if r.err != syscall.EINTR {
			break
		}
	}
	if r.err == syscall.EAGAIN {
		readBuffers.Put(buf)
		return false
	}
	r.buf = buf
	return true
}

func (r *ready) read(feed func([]byte)) error {
	if err := r.raw.Read(r.attempt); err != nil {
		return err
	}
	buf := r.buf
	r.buf = nil
	defer readBuffers.Put(buf)
	if r.err != nil {
		return r.err
	}
	if r.n == 0 {
		return io.EOF
	}
	feed(buf[:r.n])
	return nil
}
