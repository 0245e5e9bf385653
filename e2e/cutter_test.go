package e2e_test

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// cutter passes connections on to a server until it is told to cut them, as a
// network or a proxy does that fails.
type cutter struct {
	addr string
	ln   net.Listener
	wg   sync.WaitGroup

	mu     sync.Mutex // guards below
	target string
	life   func() (time.Duration, bool)
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

// fickle has life say of each new connection whether it is cut by itself, and
// after what time.
func (c *cutter) fickle(life func() (time.Duration, bool)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.life = life
}

// cutLater cuts a connection when its time has come.
func (c *cutter) cutLater(conn net.Conn) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.life != nil {
		if after, cuts := c.life(); cuts {
			return time.AfterFunc(after, func() { conn.Close() }).Stop
		}
	}
	return func() bool { return false }
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
	defer c.cutLater(client)()
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
