//go:build linux

package load

import (
	"bytes"
	"crypto/tls"
	"net"
	"os"
	"sync"
	"time"
)

// sealed is what connections with TLS have read. Each has a goroutine, which
// costs the load more than epoll does: what they are for is the memory of idle
// ones.
type sealed struct {
	arrivals chan arrival
	over     chan struct{}
	readers  sync.WaitGroup
}

type arrival struct {
	link *link
	data []byte
	err  error
}

func newSealed() sealed { return sealed{arrivals: make(chan arrival), over: make(chan struct{})} }

// close waits for the readers, whose connections are closed.
func (s *sealed) close() {
	close(s.over)
	s.readers.Wait()
}

// secure is a connection's TLS.
type secure struct {
	crowd  *Crowd
	link   *link
	conn   *tls.Conn
	shakes bool // the handshake has begun
}

// seal puts TLS on a connection.
func (c *Crowd) seal(l *link) error {
	file := os.NewFile(uintptr(l.fd), "")
	defer file.Close() // FileConn has a descriptor of its own
	conn, err := net.FileConn(file)
	if err != nil {
		return err
	}
	l.tls = &secure{crowd: c, link: l, conn: tls.Client(conn, &tls.Config{
		InsecureSkipVerify: true, // the server is this program's own
	})}
	return nil
}

// write sends p. The first one begins the handshake, and does not wait for it.
func (s *secure) write(p []byte) error {
	if s.shakes {
		_, err := s.conn.Write(p)
		return err
	}
	s.shakes = true
	first := bytes.Clone(p)
	s.crowd.sealed.readers.Go(func() { s.read(first) })
	return nil
}

func (s *secure) read(first []byte) {
	_, err := s.conn.Write(first)
	buf := make([]byte, 512)
	for {
		n := 0
		if err == nil {
			n, err = s.conn.Read(buf)
		}
		select {
		case s.crowd.sealed.arrivals <- arrival{s.link, bytes.Clone(buf[:n]), err}:
		case <-s.crowd.sealed.over:
			return
		}
		if err != nil {
			return
		}
	}
}

// pollSealed is poll with TLS.
func (c *Crowd) pollSealed(wait time.Duration) error {
	select {
	case a := <-c.sealed.arrivals:
		if a.err != nil {
			return c.at(a.link, a.err)
		}
		return c.arrive(a.link, a.data)
	case <-time.After(wait):
		return nil
	}
}
