//go:build unix

package websocket

import (
	"io"
	"net"
	"sync"
	"syscall"

	"github.com/everwire/everwire/transports"
)

// descriptor is the socket of a connection that may be read and written past
// the connection's own methods: without holding a buffer while there is nothing
// to read, and without waiting for a slow client. The zero value is none.
type descriptor struct{ raw syscall.RawConn }

// descriptorOf returns conn's descriptor, if it has one. That a connection is a
// syscall.Conn is not enough: whatever embeds a *net.TCPConn is one, and may
// have a Read of its own.
func descriptorOf(conn net.Conn) descriptor {
	var sc syscall.Conn
	switch c := conn.(type) {
	case *net.TCPConn:
		sc = c
	case *net.UnixConn:
		sc = c
	case transports.Unwrapper:
		tcp := c.Unwrapped()
		if tcp == nil {
			return descriptor{}
		}
		sc = tcp
	default:
		return descriptor{}
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return descriptor{}
	}
	return descriptor{raw}
}

func (d descriptor) exists() bool { return d.raw != nil }

// attempt is one call of the kernel, and what came of it. Its function is bound
// once, so that a call allocates nothing.
type attempt struct {
	try func(fd uintptr) (done bool)

	wait bool // reading: for bytes, if there are none
	buf  *[readSize]byte
	p    []byte // to read into, or to write
	n    int
	err  error
}

var (
	reads  = sync.Pool{New: func() any { a := new(attempt); a.try = a.read; return a }}
	takes  = sync.Pool{New: func() any { a := new(attempt); a.try = a.take; return a }}
	writes = sync.Pool{New: func() any { a := new(attempt); a.try = a.write; return a }}
)

// read passes what has arrived to feed; the bytes are borrowed. If there is
// nothing it waits, or returns errNothing.
func (d descriptor) read(wait bool, feed func([]byte)) error {
	a := reads.Get().(*attempt)
	a.wait = wait
	err := d.raw.Read(a.try)
	if err == nil {
		err = a.err
	}
	buf, n := a.buf, a.n
	a.buf, a.err = nil, nil
	reads.Put(a)
	if buf == nil {
		return err
	}
	defer readBuffers.Put(buf)
	if err != nil {
		return err
	}
	if n == 0 {
		return io.EOF
	}
	feed(buf[:n])
	return nil
}

// read takes a buffer for as long as there is something to read into it.
func (a *attempt) read(fd uintptr) (done bool) {
	buf := readBuffers.Get().(*[readSize]byte)
	for {
		a.n, a.err = readNow(fd, buf[:])
		if a.err != syscall.EINTR {
			break
		}
	}
	if a.err != syscall.EAGAIN {
		a.buf = buf
		return true
	}
	readBuffers.Put(buf)
	a.err = errNothing
	return !a.wait
}

// take reads into p what has arrived, or returns errNothing.
func (d descriptor) take(p []byte) (n int, err error) {
	a := takes.Get().(*attempt)
	a.p = p
	err = d.raw.Read(a.try)
	if err == nil {
		err = a.err
	}
	n = a.n
	a.p, a.err = nil, nil
	takes.Put(a)
	if n == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}

func (a *attempt) take(fd uintptr) (done bool) {
	for {
		a.n, a.err = readNow(fd, a.p)
		switch a.err {
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			a.err = errNothing
		}
		return true
	}
}

// write writes as much of p as goes without waiting.
func (d descriptor) write(p []byte) (n int, err error) {
	a := writes.Get().(*attempt)
	a.p, a.n = p, 0
	err = d.raw.Write(a.try)
	if err == nil {
		err = a.err
	}
	n = a.n
	a.p, a.err = nil, nil
	writes.Put(a)
	return n, err
}

func (a *attempt) write(fd uintptr) (done bool) {
	for {
		n, err := writeNow(fd, a.p)
		switch err {
		case nil:
			a.n, a.err = n, nil
		case syscall.EAGAIN:
			a.err = nil
		case syscall.EINTR:
			continue
		default:
			a.err = err
		}
		return true
	}
}
