package socketio

import (
	"errors"
	"slices"
	"sync"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
)

// entrance is how a client gets into the root that need not ask.
type entrance struct {
	enter, pass sync.Once
	passed      chan struct{} // closed when the root has let it in, or there is none
}

func newEntrance() *entrance { return &entrance{passed: make(chan struct{})} }

// Opened is the session's first carrier.
func (c *client) Opened() {
	if c.entersRoot {
		c.begin()
	}
}

// begin enters the root for a client that need not ask, once. Who comes second
// waits for that, so that no message finds the client nowhere.
func (c *client) begin() {
	c.entrance.enter.Do(func() {
		// It fails if the session is over, and nobody is interested any more.
		_ = c.connect(sio.Packet{Type: sio.Connect, Namespace: "/"})
	})
}

// greetAgain answers a client that enters a namespace which it is in.
func (c *client) greetAgain(name string) bool {
	c.mu.Lock()
	at := slices.IndexFunc(c.sockets, func(s *Socket) bool { return s.ns.name == name && !s.left })
	var s *Socket
	if at >= 0 {
		s = c.sockets[at]
	}
	c.mu.Unlock()
	if s != nil && s.open() {
		c.tell(outgoing{Packet: sio.Packet{Type: sio.Connect, Namespace: name}})
	}
	return s != nil
}

// awaitRoot returns what is closed when the client's root has let it in, or nil
// if the namespace need not wait for that.
func (c *client) awaitRoot(ns *Namespace) <-chan struct{} {
	if c.entrance == nil || ns.name == "/" {
		return nil
	}
	select {
	case <-c.entrance.passed:
		return nil
	default:
		return c.entrance.passed
	}
}

// passRoot notes that the root has let the client in, or that there is none.
func (c *client) passRoot() {
	if e := c.entrance; e != nil {
		e.pass.Do(func() { close(e.passed) })
	}
}

// isAll reports whether the end of a socket is that of the connection.
func (c *client) isAll(s *Socket) bool { return c.rootIsAll && s.ns.name == "/" }

// dismiss tells the client that this side has ended a socket.
func (c *client) dismiss(s *Socket, reason DisconnectReason, cause error) {
	if !c.isAll(s) {
		c.tell(outgoing{Packet: sio.Packet{Type: sio.Disconnect, Namespace: s.ns.name}})
		return
	}
	for _, other := range c.all() {
		other.finish(reason, cause)
	}
	code, why := session.Forced, ""
	if ce, ok := errors.AsType[*session.CloseError](cause); ok {
		code, why = ce.Code, ce.Reason
	}
	c.conn.Close(code, why)
}
