package googollee

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"sync"

	original "github.com/googollee/go-socket.io"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// conn is a client in one namespace, as the original's handlers see it.
type conn struct {
	srv  *Server
	sock *socketio.Socket
	turn sync.Mutex // held while a handler or callback runs

	mu      sync.Mutex // guards below
	context any
}

var _ original.Conn = (*conn)(nil)

// connKey is the key of a socket's conn among its values.
type connKey struct{}

// connOf returns the conn of a socket, always the same one.
func connOf(s *Server, sock *socketio.Socket) *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := sock.Value(connKey{}).(*conn)
	if ok && c.sock == sock {
		return c
	}
	next := &conn{srv: s, sock: sock}
	if ok {
		next.context = c.Context() // the client has come back with its values
	}
	c = next
	sock.Set(connKey{}, c)
	return c
}

// fail tells the namespace's OnError, if there is one. What runs for the client
// holds its turn already. That a client has gone meanwhile is no error.
func (c *conn) fail(err error) {
	if errors.Is(err, session.ErrClosed) {
		return
	}
	c.srv.mu.Lock()
	f := c.srv.onErrors[c.Namespace()]
	c.srv.mu.Unlock()
	if f != nil {
		f(c, err)
	}
}

func (c *conn) ID() string        { return c.sock.ID() }
func (c *conn) Namespace() string { return c.sock.Namespace().Name() }

// Close ends the client's connection, in all its namespaces.
func (c *conn) Close() error {
	c.sock.Disconnect(true)
	return nil
}

func (c *conn) URL() url.URL {
	u, err := url.Parse(c.sock.Handshake().URL)
	if err != nil {
		return url.URL{}
	}
	return *u
}

// address is a net.Addr of what is known as text only.
type address string

func (a address) Network() string { return "tcp" }
func (a address) String() string  { return string(a) }

// LocalAddr returns the host as the client calls it.
func (c *conn) LocalAddr() net.Addr  { return address(c.sock.Peer().Host) }
func (c *conn) RemoteAddr() net.Addr { return address(c.sock.Peer().RemoteAddr) }

func (c *conn) RemoteHeader() http.Header { return c.sock.Handshake().Header.Clone() }

func (c *conn) Context() any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.context
}

func (c *conn) SetContext(v any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.context = v
}

func (c *conn) Join(room string) {
	if err := c.sock.Join(room); err != nil {
		c.fail(err)
	}
}

func (c *conn) Leave(room string) { c.sock.Leave(room) }
func (c *conn) LeaveAll()         { c.sock.Leave(c.sock.Rooms()[1:]...) }
func (c *conn) Rooms() []string   { return c.sock.Rooms() }

// Emit emits an event. If the last argument is a function it is called with the
// client's ack, unless the client leaves or does not answer in time.
func (c *conn) Emit(event string, args ...any) {
	n := len(args)
	if n == 0 || args[n-1] == nil || reflect.TypeOf(args[n-1]).Kind() != reflect.Func {
		if err := c.sock.Emit(event, values(args)...); err != nil {
			c.fail(err)
		}
		return
	}
	callback := newCallback(args[n-1])
	answer, err := socketio.Ask[socketio.Args](c.sock, event, values(args[:n-1])...)
	if err != nil {
		c.fail(err)
		return
	}
	go func() {
		in, err := answer(context.Background())
		if err != nil {
			return // the original tells nobody either
		}
		c.turn.Lock()
		defer c.turn.Unlock()
		if _, err := callback.call(nil, in); err != nil {
			c.fail(err)
		}
	}()
}
