package flash_test

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// pipes is a listener of pipes, which work in the bubbles of synctest.
type pipes struct {
	queue  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{queue: make(chan net.Conn), closed: make(chan struct{})} }

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-l.queue:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipes) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipes) Addr() net.Addr { return address("pipes") }

// dial connects as a client with the address.
func (l *pipes) dial(from string) net.Conn {
	client, server := net.Pipe()
	l.queue <- named{server, address(from)}
	return client
}

type named struct {
	net.Conn
	from address
}

func (c named) RemoteAddr() net.Addr { return c.from }

type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }

// talk writes the parts with a pause before each, and returns all that the
// server answers and when it closed.
func talk(t *testing.T, conn net.Conn, pause time.Duration, parts ...string) (answer string, took time.Duration) {
	t.Helper()
	begin := time.Now()
	var writer sync.WaitGroup
	writer.Go(func() {
		for _, p := range parts {
			time.Sleep(pause) // in a bubble
			if _, err := io.WriteString(conn, p); err != nil {
				return
			}
		}
	})
	got, err := io.ReadAll(conn)
	if err != nil && !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("read: %v", err)
	}
	took = time.Since(begin)
	conn.Close()
	writer.Wait()
	return string(got), took
}

// split returns s byte by byte.
func split(s string) []string {
	var parts []string
	for i := range len(s) {
		parts = append(parts, s[i:i+1])
	}
	return parts
}
