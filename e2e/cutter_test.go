package e2e_test

import (
	"io"
	"net"
	"sync"
	"testing"
)

// cutter passes connections on to a server until it is told to cut them, as a
// network or a proxy does that fails.
type cutter struct {
	addr string
	ln   net.Listener
	wg   sync.WaitGroup

	mu     sync.Mutex // guards below
	target string
	conns  map[net.Conn]struct{}
}

// newCutter listens on a free port. Connections are refused until pass.
func newCutter(t *testing.T) *cutter {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{addr: ln.Addr().String(), ln: ln, conns: make(map[net.Conn]struct{})}
	c.wg.Go(c.accept)
	t.Cleanup(func() {
		ln.Close()
		c.pass("")
		c.cut()
		c.wg.Wait()
	})
	return c
}

// pass names the server, as host:port, that new connections reach; none if it
// is empty.
func (c *cutter) pass(target string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.target = target
}

// cut ends all connections.
func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.conns {
		conn.Close()
	}
}

func (c *cutter) accept() {
	for {
		client, err := c.ln.Accept()
		if err != nil {
			return
		}
		c.wg.Go(func() { c.serve(client) })
	}
}

func (c *cutter) serve(client net.Conn) {
	target := c.enter(client)
	defer c.leave(client)
	if target == "" {
		return
	}
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	c.enter(server)
	defer c.leave(server)
	var wg sync.WaitGroup
	wg.Go(func() {
		io.Copy(server, client)
		server.Close()
	})
	wg.Go(func() {
		io.Copy(client, server)
		client.Close()
	})
	wg.Wait()
}

func (c *cutter) enter(conn net.Conn) (target string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conns[conn] = struct{}{}
	return c.target
}

func (c *cutter) leave(conn net.Conn) {
	conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.conns, conn)
}
