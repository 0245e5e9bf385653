//go:build linux

package load

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/everwire/everwire/bench/internal/wire"
)

// patience is how long nothing at all may happen while something must.
const patience = 20 * time.Second

// A Crowd is a number of open connections to one server. Its methods must not
// be called concurrently. Use Dial. After an error it can only be closed.
type Crowd struct {
	epoll  int
	conns  []*conn
	events [512]syscall.EpollEvent
	input  [64 << 10]byte // of one read
	take   taker
}

// conn is one connection.
type conn struct {
	fd   int
	open bool   // the handshake is done
	key  string // of the handshake
	part []byte // input that is not a whole frame yet

	turn    int       // which text it sent last
	sent    time.Time // when
	waiting bool      // for an answer, or for the broadcast
}

// A taker gets each message from the server.
type taker func(c *conn, text []byte) error

// errUnasked is what a taker says to a message that nothing has called for.
var errUnasked = errors.New("message that nobody asked for")

func refuse(*conn, []byte) error { return errUnasked }

// Close closes all connections at once and without a word. The server sees
// them reset.
func (c *Crowd) Close() {
	for _, cn := range c.conns {
		syscall.SetsockoptLinger(cn.fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})
		syscall.Close(cn.fd)
	}
	c.conns = nil
	syscall.Close(c.epoll)
}

// Len returns the number of connections.
func (c *Crowd) Len() int { return len(c.conns) }

// Idle keeps the connections open for a time, in which the server has nothing
// to do but what it does by itself.
func (c *Crowd) Idle(d time.Duration) error {
	c.take = refuse
	for end := time.Now().Add(d); ; {
		left := time.Until(end)
		if left <= 0 {
			return nil
		}
		if _, err := c.poll(left); err != nil {
			return err
		}
	}
}

// until polls until done reports true. It fails if nothing happens any more.
func (c *Crowd) until(done func() bool) error {
	for !done() {
		n, err := c.poll(patience)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("nothing came for %v", patience)
		}
	}
	return nil
}

// poll waits for input and takes it, and returns how many connections had any.
func (c *Crowd) poll(wait time.Duration) (int, error) {
	ms := int((wait + time.Millisecond - 1) / time.Millisecond)
	n, err := syscall.EpollWait(c.epoll, c.events[:], ms)
	if errors.Is(err, syscall.EINTR) {
		return 1, nil // a signal of the runtime; time may be left
	}
	if err != nil {
		return 0, fmt.Errorf("epoll: %w", err)
	}
	for _, e := range c.events[:n] {
		if err := c.read(c.conns[e.Fd]); err != nil {
			return n, fmt.Errorf("connection %d of %d: %w", e.Fd+1, len(c.conns), err)
		}
	}
	return n, nil
}

// read takes what a connection has.
func (c *Crowd) read(cn *conn) error {
	n, err := syscall.Read(cn.fd, c.input[:])
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
		return nil
	case err != nil:
		return err
	case n == 0:
		return io.ErrUnexpectedEOF
	}
	data := c.input[:n]
	if len(cn.part) > 0 {
		cn.part = append(cn.part, data...)
		data = cn.part
	}
	if !cn.open {
		if data, err = cn.shake(data); err != nil {
			return err
		}
	}
	for cn.open {
		f, length, err := wire.ParseFrame(data)
		if err != nil {
			return err
		}
		if length == 0 {
			break
		}
		data = data[length:]
		if err := c.takeFrame(cn, f); err != nil {
			return err
		}
	}
	cn.part = append(cn.part[:0], data...)
	return nil
}

// shake takes the answer to the handshake if it is whole, and returns what
// follows it.
func (cn *conn) shake(data []byte) ([]byte, error) {
	head, rest, whole := bytes.Cut(data, []byte("\r\n\r\n"))
	if !whole {
		if len(data) > 4<<10 {
			return nil, errors.New("endless answer to the handshake")
		}
		return data, nil
	}
	cn.open = true
	return rest, wire.CheckResponse(string(head), cn.key)
}

func (c *Crowd) takeFrame(cn *conn, f wire.Frame) error {
	switch f.Op {
	case wire.OpText:
		return c.take(cn, f.Payload)
	case wire.OpPing:
		return cn.write(wire.AppendFrame(nil, wire.OpPong, mask, f.Payload))
	case wire.OpPong:
		return nil
	case wire.OpClose:
		return fmt.Errorf("closed by the server: %q", f.Payload)
	}
	return fmt.Errorf("frame with opcode %#x", f.Op)
}

// write sends a frame or a handshake. The kernel always has room for it: no
// more than one message of a connection is on its way.
func (cn *conn) write(p []byte) error {
	for {
		n, err := syscall.Write(cn.fd, p)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err == nil && n < len(p) {
			err = io.ErrShortWrite
		}
		return err
	}
}
