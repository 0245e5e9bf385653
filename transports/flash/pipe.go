package flash

import (
	"net"
	"time"
)

// conn is one end of a connection in memory. It is two of net.Pipe, one for
// each direction, so that one of them can end before the other, as in TCP.
// Nothing is buffered: a Write waits until the other end has read it.
type conn struct {
	in, out       net.Conn
	local, remote net.Addr
}

// pipe returns both ends. The addresses are as the far end sees them.
func pipe(local, remote net.Addr) (near, far *conn) {
	upIn, upOut := net.Pipe()
	downIn, downOut := net.Pipe()
	return &conn{in: downIn, out: upOut, local: remote, remote: local},
		&conn{in: upIn, out: downOut, local: local, remote: remote}
}

func (c *conn) Read(p []byte) (int, error)  { return c.in.Read(p) }
func (c *conn) Write(p []byte) (int, error) { return c.out.Write(p) }

// CloseWrite ends what this end sends: the other reads io.EOF.
func (c *conn) CloseWrite() error { return c.out.Close() }

func (c *conn) Close() error {
	c.out.Close() // the ends of pipes close without an error
	return c.in.Close()
}

func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }

func (c *conn) SetReadDeadline(t time.Time) error  { return c.in.SetReadDeadline(t) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.out.SetWriteDeadline(t) }

func (c *conn) SetDeadline(t time.Time) error {
	if err := c.in.SetReadDeadline(t); err != nil {
		return err
	}
	return c.out.SetWriteDeadline(t)
}

// addr is an address as a client's is written, host:port.
type addr string

// Network returns "tcp", which is what the bytes were meant for.
func (addr) Network() string  { return "tcp" }
func (a addr) String() string { return string(a) }
