package flash

import (
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/everwire/everwire/transports"
)

// Listener returns a listener whose connections answer a policy request by
// themselves: where the first byte of a client is "<", with which no HTTP
// method begins, the first Read completes the exchange, closes the connection
// and returns io.EOF. The exchange has 3 seconds. An address that limiter does
// not allow it gets no answer; nil means a limiter of its own, NewLimiter(0, 0).
// All other connections are as before, and no byte of theirs is held back;
// Accept never waits for one.
//
// The connections of a TCP listener have every method of *net.TCPConn, and
// NetConn returns the original. Whoever takes that, or uses SyscallConn, before
// the first Read goes past the policy.
//
// A TLS listener is to be put around none of these: a policy is asked for in
// the clear.
func Listener(ln net.Listener, p Policy, limiter *Limiter) net.Listener {
	if limiter == nil {
		limiter = NewLimiter(0, 0)
	}
	return &listener{Listener: ln, inline: inline{answer: answer(p), limiter: limiter}}
}

// inline is what the connections of a Listener share.
type inline struct {
	answer  []byte
	limiter *Limiter
}

type listener struct {
	net.Listener
	inline inline
}

func (l *listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		return &tcpConn{TCPConn: tcp, sniffer: sniffer{inline: &l.inline}}, nil
	}
	return &otherConn{Conn: conn, sniffer: sniffer{inline: &l.inline}}, nil
}

// tcpConn is a TCP connection that sniffs. Embedding keeps what others look
// for in a connection: syscall.Conn, io.ReaderFrom, CloseWrite.
type tcpConn struct {
	*net.TCPConn
	sniffer sniffer
}

func (c *tcpConn) Read(p []byte) (int, error) { return c.sniffer.read(c.TCPConn, p) }

// WriteTo copies by way of the first Read. The method of *net.TCPConn, which
// io.Copy prefers, would go past it.
func (c *tcpConn) WriteTo(w io.Writer) (int64, error) {
	if c.sniffer.looked.Load() {
		return c.TCPConn.WriteTo(w)
	}
	return io.Copy(w, reader{c})
}

// NetConn returns the connection that was accepted.
func (c *tcpConn) NetConn() net.Conn { return c.TCPConn }

// Unwrapped returns the connection below once the first byte was looked at; see
// transports.Unwrapper.
func (c *tcpConn) Unwrapped() *net.TCPConn {
	if c.sniffer.looked.Load() {
		return c.TCPConn
	}
	return nil
}

var _ transports.Unwrapper = (*tcpConn)(nil)

// otherConn is any other connection that sniffs.
type otherConn struct {
	net.Conn
	sniffer sniffer
}

func (c *otherConn) Read(p []byte) (int, error) { return c.sniffer.read(c.Conn, p) }

// NetConn returns the connection that was accepted.
func (c *otherConn) NetConn() net.Conn { return c.Conn }

// reader has the method Read and no other.
type reader struct{ io.Reader }

// sniffer looks at the first byte of a connection.
type sniffer struct {
	inline *inline
	looked atomic.Bool
}

// read is Read of the connection. It keeps no byte: what is not "<" at the
// beginning is in p, where the caller wants it.
func (s *sniffer) read(conn net.Conn, p []byte) (int, error) {
	n, err := conn.Read(p)
	if n == 0 || s.looked.Load() || s.looked.Swap(true) || p[0] != request[0] {
		return n, err
	}
	if now := time.Now(); s.inline.limiter.allow(conn.RemoteAddr().String(), now) {
		conn.SetDeadline(now.Add(defaultTimeout))
		_ = exchange(conn, p[:n], s.inline.answer) // either way this is the end
	}
	conn.Close()
	return 0, io.EOF
}
