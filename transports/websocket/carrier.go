package websocket

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

const (
	// headAlone is how long the answer to a handshake goes before the first
	// packet where the server is not about to send another soon. A program in
	// Node.js that waits for the event "open" before it listens for messages does
	// not see one that comes in the same piece.
	headAlone = 20 * time.Millisecond
	// maxPongs bounds the pongs that wait behind a slow write. A client that
	// pings faster than it reads loses the older ones, which RFC 6455 section
	// 5.5.3 allows.
	maxPongs = 16 << 10
	// closeWait is how long the client may take to answer a close frame.
	closeWait = 2 * time.Second
)

// carrier is one WebSocket that carries a session, or wants to.
type carrier struct {
	engine  *transports.Engine
	family  *transports.Family
	wire    transports.Wire
	session *session.Conn
	conn    net.Conn
	src     source
	socket  descriptor // to write to conn past its methods; may be none
	kind    *session.Carrier
	dialect ws.Dialect

	// The reader's own.
	decoder *ws.Decoder
	probing bool           // a candidate that has not finished its upgrade
	claimed bool           // and the only one of its session
	resumed bool           // the session was there before
	reads   *session.Lease // to hold while feeding; nil before there is one
	waits   patience
	place   place // where it parks
	owed    bool  // pongs or the close frame wait for the end of feed
	// handshake is set while the nonce that completes it has to be read.
	handshake *ws.Request
	nonce     []byte
	// deaf: what the client still sends is ignored.
	deaf atomic.Bool

	// The writer's own: there is one at a time.
	deflater *ws.Deflater

	mu      sync.Mutex // guards below
	lease   *session.Lease
	parked  bool   // the reader has gone; see park
	shaken  bool   // the handshake is complete: frames may be written
	entered bool   // it carries its session, or is about to: both end together
	head    []byte // the handshake's answer and that of the probe
	pongs   []byte
	writing bool // a goroutine drains
	again   bool // and has to look again
	closing bool // the close frame is being written, or was; nothing follows it
	parted  bool // it was written
	// code and reason of the close frame, if they do not come from the
	// session: the client's own are echoed, errors of the dialect named.
	code   uint16
	reason string
	echo   bool // the client has closed: the connection ends with our answer
}

// start attaches the carrier and has it read. For a stream it blocks to its end.
func (c *carrier) start(early []byte) {
	c.shaken = c.handshake == nil
	c.src = newSource(c.conn)
	c.socket = c.src.direct()
	c.waits.unfinished = -1
	if !c.engine.Adopt(c) {
		c.conn.Close()
		if !c.resumed {
			c.session.Kill(&session.CloseError{Code: session.GoingAway})
		}
		return
	}
	tune(c.conn)
	if c.handshake != nil {
		// The head goes out at once: a proxy may hold the nonce back until it
		// has seen it.
		c.conn.SetReadDeadline(time.Now().Add(nonceTimeout))
	} else {
		if c.family.Config.ClientPings && !c.resumed {
			c.wakeHere()
			time.Sleep(headAlone)
		}
		c.enter()
	}
	c.wakeHere()
	if stream, ok := c.conn.(*stream); ok {
		c.read(early)
		stream.wait() // to return would end it
		return
	}
	if len(early) == 0 && c.src.canPark() && !c.waitsForMore() && c.park() {
		return
	}
	go c.read(early)
}

// enter makes the carrier that of its session, or a candidate.
func (c *carrier) enter() {
	switch {
	case c.probing && !c.session.BeginUpgrade():
		// The reference accepts a second WebSocket of a session, and closes it.
		c.deaf.Store(true)
		c.decide(ws.CodeNoStatus, "", false)
	case c.probing:
		c.claimed = true
		c.readBy(time.Now().Add(probeTimeout))
	case c.mayEnter():
		// The handler may be at work, and the server be shut down, before the
		// lease is here.
		lease, err := c.session.Attach(c.kind, c.wake)
		if err != nil {
			c.decide(ws.CodeGoingAway, "", false)
		} else {
			c.setLease(lease)
		}
	case !c.resumed:
		c.session.Kill(&session.CloseError{Code: session.GoingAway})
	}
}

// mayEnter reports whether the carrier has not been shut down. If so it is from
// now on the session that ends it.
func (c *carrier) mayEnter() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entered = c.code == 0
	return c.entered
}

// complete takes bytes of the nonce from p and returns the rest. With the last
// of them it answers and enters.
func (c *carrier) complete(p []byte) []byte {
	n := min(c.handshake.NonceLen()-len(c.nonce), len(p))
	c.nonce = append(c.nonce, p[:n]...)
	if len(c.nonce) < c.handshake.NonceLen() {
		return nil
	}
	c.mu.Lock()
	// NonceLen said that there is a digest.
	c.head, _ = c.handshake.AppendDigest(c.head, [8]byte(c.nonce))
	c.shaken = true
	c.mu.Unlock()
	c.handshake, c.nonce = nil, nil
	c.readBy(time.Time{})
	c.enter()
	c.wake()
	return p[n:]
}

// setLease is called by the reader, or before it begins.
func (c *carrier) setLease(l *session.Lease) {
	if c.socket.exists() {
		l.WriteHere(c.wakeHere)
	}
	c.reads = l
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lease = l
}

func (c *carrier) currentLease() *session.Lease {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lease
}

// Shutdown ends a candidate, and a handshake that is not complete: a carrier
// with a session ends with it.
func (c *carrier) Shutdown() {
	c.mu.Lock()
	entered, shaken := c.entered || c.lease != nil, c.shaken
	if !entered && c.code == 0 {
		c.code = ws.CodeGoingAway
	}
	c.mu.Unlock()
	switch {
	case !shaken:
		c.hangUp() // the client would take a close frame for the digest
	case !entered:
		c.reject(ws.CodeGoingAway)
	}
}

// Kill closes the connection.
func (c *carrier) Kill() { c.hangUp() }

// hangUp closes the connection. Its reader does the rest.
func (c *carrier) hangUp() {
	c.conn.Close()
	c.resume()
}

// gone is the end of the connection: the session learns that its carrier is
// lost, if it still was its carrier.
func (c *carrier) gone(err error) {
	c.conn.Close()
	parking.leave(c)
	whole := c.decoder.Unfinished() < 0
	c.decoder.Release()
	if c.dialect == ws.Hixie75 && err == io.EOF && whole && !c.probing && !c.deaf.Load() && c.closeEnds() {
		// In draft 75 the connection's end is all that a client closes with.
		c.closed(session.Packet{Type: session.PacketClose, Code: session.NoStatus})
	}
	c.lose(err)
	if c.handshake != nil && !c.resumed {
		// The session was never entered, so losing the carrier says nothing
		// to it.
		c.session.Kill(&session.CloseError{Code: session.TransportLost, Remote: true, Err: err})
	}
	if c.probing && c.claimed {
		c.session.EndUpgrade()
	}
	c.engine.Forget(c)
}

// feed takes what was read, and then writes what was sent in answer.
func (c *carrier) feed(p []byte) {
	lease := c.reads
	if lease != nil {
		lease.Hold()
	}
	c.take(p)
	if lease != nil && lease.Flush() || c.owed {
		c.owed = false
		c.wakeHere()
	}
}

// take decodes what was read and handles it.
func (c *carrier) take(p []byte) {
	if c.handshake != nil {
		if p = c.complete(p); len(p) == 0 {
			return
		}
	}
	for !c.deaf.Load() {
		n, ev, err := c.decoder.Decode(p)
		if err != nil {
			c.broken(err)
			return
		}
		if ev.Type == ws.None {
			return
		}
		p = p[n:]
		c.event(ev)
	}
}

// broken ends the connection for a fault of the client. There is no point in
// listening on: its frames cannot be told apart any more.
func (c *carrier) broken(err error) {
	c.deaf.Store(true)
	code, reason := ws.CodeProtocolError, ""
	if pe, ok := errors.AsType[*ws.ProtocolError](err); ok {
		code, reason = pe.Code, pe.Reason
	}
	cause := &session.CloseError{Code: session.Code(code), Reason: reason, Remote: true, Err: err}
	if !c.family.Raw {
		reason = "" // as the reference's: clients show it to their users
	}
	switch {
	case c.probing:
		c.end(code, reason)
	case c.family.Raw:
		// What came before the fault is still answered (the Autobahn suite
		// calls anything else not strict); then the session's end brings
		// the close frame.
		c.session.Fault(cause)
	default:
		// The session learns first: once the close frame is written it has
		// lost its carrier, and for no such reason.
		c.decide(code, reason, false)
		c.session.Abort(cause)
		c.wake()
	}
}

// late ends the connection because a message did not come to its end in time.
func (c *carrier) late() {
	c.readBy(time.Now().Add(transports.WriteTimeout + closeWait))
	c.broken(&ws.ProtocolError{Dialect: c.dialect, Code: ws.CodePolicyViolation, Reason: "message took too long"})
}

// end has the connection closed with the given code, before anything that
// still waits. The first call counts.
func (c *carrier) end(code uint16, reason string) {
	c.decide(code, reason, false)
	c.wake()
}

// decide is end without waking the writer. With echo it answers the client's
// own close.
func (c *carrier) decide(code uint16, reason string, echo bool) {
	c.mu.Lock()
	if c.code == 0 {
		c.code, c.reason = code, reason
	}
	c.echo = c.echo || echo
	done := echo && c.parted
	c.mu.Unlock()
	if done {
		c.hangUp() // both close frames have crossed
	}
}

// event handles one event.
func (c *carrier) event(ev ws.Event) {
	switch ev.Type {
	case ws.Ping:
		c.pong(ev.Data)
	case ws.Pong:
		// Engine.IO has pings of its own, and only their pongs prove that the
		// client is alive and not just its network stack.
		if c.family.Raw {
			c.session.Deliver(session.Packet{Type: session.PacketPong})
		}
	case ws.Close:
		c.deaf.Store(true)
		// Before the session ends, which wakes the writer: it is to find the
		// client's code.
		c.decide(ev.Code, "", true)
		if !c.probing && c.closeEnds() {
			c.closed(session.Packet{Type: session.PacketClose, Code: session.Code(ev.Code), Reason: ev.Reason})
		}
		c.owed = true
	case ws.Text, ws.Binary:
		c.message(ev)
	}
}

// closeEnds reports whether the session ends when the client closes the
// WebSocket. Clients of Gen09 have a packet for that, and may come back on
// another transport.
func (c *carrier) closeEnds() bool { return c.family.Generation != transports.Gen09 }

// closed passes on that the client has closed the WebSocket, unless the session
// has left this one: its close only answers ours.
func (c *carrier) closed(p session.Packet) {
	if lease := c.currentLease(); lease != nil {
		lease.Deliver(p)
	} else {
		c.session.Deliver(p)
	}
}

// message passes a data message on. What ends the session also wakes the
// writer, which tells the client.
func (c *carrier) message(ev ws.Event) {
	if c.family.Generation != transports.EngineIO {
		c.batch(ev.Data)
		return
	}
	p, err := c.family.Codec.DecodeMessage(ev.Data, ev.Type == ws.Binary)
	switch {
	case c.probing && err != nil:
		c.reject(ws.CodeNoStatus)
	case c.probing:
		c.probe(p)
	case err != nil:
		c.session.Abort(&session.CloseError{Code: session.ProtocolError, Remote: true, Err: err})
	default:
		c.session.Deliver(c.wire.Undouble(p))
	}
}

// batch passes on a message of a generation before Engine.IO, in which there may
// be several packets. What cannot be read is ignored, as the reference does.
func (c *carrier) batch(data []byte) {
	for p, err := range c.wire.DecodePayload(data, false) {
		if err != nil {
			c.session.Logger().Debug("message ignored", "err", err)
			return
		}
		if c.session.Deliver(p) != nil {
			return
		}
	}
}
