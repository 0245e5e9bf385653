//go:build linux

package load

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"syscall"
	"time"

	"github.com/everwire/everwire/bench/internal/wire"
)

// patience is how long nothing at all may happen while something must.
const patience = 20 * time.Second

// Transport is how clients reach the server.
type Transport uint8

// The transports.
const (
	WebSocket Transport = iota
	// Polling has a connection for the polls, and one for what is sent if
	// Config.Uplink says so.
	Polling
)

// Protocol is what clients speak.
type Protocol uint8

// The protocols.
const (
	// V4 is Engine.IO 4 with Socket.IO 5 in it: Socket.IO 3.x and 4.x.
	V4 Protocol = iota
	// V3 is Engine.IO 3 with Socket.IO 4 in it: Socket.IO 1.x and 2.x. The server
	// enters the root namespace by itself, and the clients ping.
	V3
)

// path is where servers of Socket.IO are by default. Clients of V3 that poll
// ask for payloads of text (b64), which have one form only.
func (p Protocol) path(transport string) string {
	switch {
	case p == V4:
		return "/socket.io/?EIO=4&transport=" + transport
	case transport == "polling":
		return "/socket.io/?EIO=3&b64=1&transport=polling"
	}
	return "/socket.io/?EIO=3&transport=" + transport
}

// Config says which clients Dial brings.
type Config struct {
	Addr      string // of the server, an address of IPv4 with port
	Protocol  Protocol
	Clients   int
	Transport Transport
	// Uplink gives each polling client a second connection. Without it a client
	// can send only between two polls, and one of V3 does not ping.
	Uplink bool
	// Park lets a polling client be between two polls once it has entered, with
	// no connection at all: its session lives on for the time of a ping cycle.
	Park bool
	// TLS has WebSockets use it. The server's certificate is not looked at.
	TLS bool
	// Eager clients enter the namespace as soon as the WebSocket is open, and
	// do not wait for the open packet. V4 only.
	Eager bool
	// Narrow clients have small buffers, so that the server soon notices when
	// they do not read: as long as no method of the Crowd runs, they do not.
	Narrow bool
}

// A Crowd is a number of clients that have entered the root namespace of one
// server. Its methods must not be called concurrently. Use Dial. After an error
// it can only be closed.
type Crowd struct {
	cfg     Config
	addr    netip.AddrPort
	epoll   int
	clients []*client
	links   []*link
	ready   int // clients that have entered
	anew    int // sessions that the server did not know yet
	moved   int // packets that have come, but for pings, and requests answered
	pings   []due
	events  [512]syscall.EpollEvent
	input   [64 << 10]byte // of one read
	output  []byte         // of one write
	sealed  sealed         // with TLS
	take    taker
	// done is told of each client that has sent something and may send the next:
	// by polling, when its request is answered too.
	done func(*client) error
}

// A taker gets each event and ack that comes for a client.
type taker func(c *client, packet []byte) error

// errUnasked is what a taker says to a packet that nothing has called for.
var errUnasked = errors.New("packet that nobody asked for")

func refuse(_ *client, packet []byte) error { return fmt.Errorf("%w: %.40q", errUnasked, packet) }

// link is one connection of a client.
type link struct {
	fd     int
	tls    *secure // nil without TLS
	client *client
	closed bool
	part   []byte // input that is not a whole frame or answer yet
}

// Close closes all connections at once and without a word. Without TLS the
// server sees them reset.
func (c *Crowd) Close() {
	for _, l := range c.links {
		l.close()
	}
	c.links, c.clients = nil, nil
	syscall.Close(c.epoll)
	c.sealed.close()
}

func (l *link) close() {
	if l.closed {
		return
	}
	l.closed = true
	if l.tls != nil {
		l.tls.conn.NetConn().Close()
		return
	}
	syscall.SetsockoptLinger(l.fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})
	syscall.Close(l.fd)
}

// Len returns the number of clients.
func (c *Crowd) Len() int { return len(c.clients) }

// Idle keeps the clients for a time, in which the server has nothing to do but
// what it does by itself.
func (c *Crowd) Idle(d time.Duration) error {
	c.take = refuse
	return c.keep(time.Now().Add(d), func() bool { return false })
}

// Anew returns how many sessions were begun anew because the server did not know
// the one that it had just opened.
func (c *Crowd) Anew() int { return c.anew }

// keep polls until done reports true, or the end.
func (c *Crowd) keep(end time.Time, done func() bool) error {
	for !done() {
		left := time.Until(end)
		if left <= 0 {
			return nil
		}
		if err := c.poll(left); err != nil {
			return err
		}
	}
	return nil
}

// until polls until done reports true. It fails if nothing happens any more but
// pings.
func (c *Crowd) until(done func() bool) error {
	moved, since := c.moved, time.Now()
	for !done() {
		if err := c.poll(patience); err != nil {
			return err
		}
		if moved != c.moved {
			moved, since = c.moved, time.Now()
		} else if time.Since(since) >= patience {
			return fmt.Errorf("nothing came for %v", patience)
		}
	}
	return nil
}

// poll waits for input and takes it. It may return before the time without any.
func (c *Crowd) poll(wait time.Duration) error {
	wait, err := c.ping(wait)
	if err != nil {
		return err
	}
	if c.cfg.TLS {
		return c.pollSealed(wait)
	}
	ms := int((wait + time.Millisecond - 1) / time.Millisecond)
	n, err := syscall.EpollWait(c.epoll, c.events[:], ms)
	if errors.Is(err, syscall.EINTR) {
		return nil // a signal of the runtime
	}
	if err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	for _, e := range c.events[:n] {
		l := c.links[e.Fd]
		if l.closed {
			continue
		}
		if err := c.read(l); err != nil {
			return c.at(l, err)
		}
	}
	return nil
}

func (c *Crowd) at(l *link, err error) error {
	return fmt.Errorf("client %d of %d: %w", l.client.number+1, len(c.clients), err)
}

// read takes what a connection has.
func (c *Crowd) read(l *link) error {
	n, err := syscall.Read(l.fd, c.input[:])
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
		return nil
	case err != nil:
		return err
	case n == 0:
		return io.ErrUnexpectedEOF
	}
	return c.arrive(l, c.input[:n])
}

// arrive has a client take what came.
func (c *Crowd) arrive(l *link, data []byte) error {
	if len(l.part) > 0 {
		l.part = append(l.part, data...)
		data = l.part
	}
	rest, err := l.client.carrier.input(l, data)
	if err != nil {
		return err
	}
	if len(rest) == 0 && cap(l.part) > 4<<10 {
		l.part = nil
		return nil
	}
	l.part = append(l.part[:0], rest...)
	return nil
}

// write sends what the kernel always has room for: little of a client is on its
// way at once.
func (l *link) write(p []byte) error {
	if l.tls != nil {
		return l.tls.write(p)
	}
	for {
		n, err := syscall.Write(l.fd, p)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err == nil && n < len(p) {
			err = io.ErrShortWrite
		}
		return err
	}
}

// connect opens a connection for a client.
func (c *Crowd) connect(cl *client) (*link, error) {
	dial := wire.Connect
	if c.cfg.Narrow {
		dial = wire.ConnectNarrow
	}
	fd, err := dial(c.addr, len(c.links))
	if err != nil {
		return nil, err
	}
	// The event carries the index of the connection instead of its number in
	// the kernel.
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(len(c.links))}
	l := &link{fd: fd, client: cl}
	c.links = append(c.links, l)
	if c.cfg.TLS {
		return l, c.seal(l)
	}
	return l, syscall.EpollCtl(c.epoll, syscall.EPOLL_CTL_ADD, fd, &event)
}
