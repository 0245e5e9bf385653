package websocket

import (
	"errors"
	"sync"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

// wake has the outbox drained. It never blocks.
func (c *carrier) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writing {
		c.again = true
		return
	}
	c.writing = true
	go c.drain()
}

// enqueue adds a control frame to what the next write begins with.
func (c *carrier) enqueue(frame func([]byte) ([]byte, error)) {
	c.mu.Lock()
	if len(c.pending) > maxPending {
		c.pending = nil
	}
	if longer, err := frame(c.pending); err == nil {
		c.pending = longer
	}
	c.mu.Unlock()
	c.wake()
}

// drain writes until there is nothing to write, or the end. It is the only
// goroutine that writes: writing stays true until it returns, and for ever
// after the close frame, which nothing may follow.
func (c *carrier) drain() {
	defer func() {
		if v := recover(); v != nil {
			session.LogPanic(c.session.Logger(), v)
			c.conn.Close()
		}
	}()
	for {
		more, err := c.writeNext()
		if err != nil {
			// The reader may be waiting for the session to take a message,
			// so the session learns first.
			c.conn.Close()
			c.lose(err)
			return
		}
		if more {
			continue
		}
		c.mu.Lock()
		if !c.closing && !c.again {
			c.writing = false
		}
		stop := c.closing || !c.again
		c.again = false
		c.mu.Unlock()
		if stop {
			return
		}
	}
}

// writeNext writes what is pending and one batch of the session, or the close
// frame, and reports whether there may be more.
func (c *carrier) writeNext() (more bool, err error) {
	c.mu.Lock()
	head, lease, code, reason := c.pending, c.lease, c.code, c.reason
	c.pending, c.again = nil, false
	c.mu.Unlock()

	buf := writeBuffers.Get().(*[]byte)
	out := append((*buf)[:0], head...)
	defer func() { putBuffer(buf, out) }()

	var batch *session.Batch
	if lease != nil && code == 0 {
		batch, err = lease.TryNext(maxBatch)
	}
	closing := false
	switch {
	case batch != nil:
		defer batch.Commit()
		if out, closing, err = c.appendBatch(out, batch.Packets); err != nil {
			return false, err
		}
	case code != 0:
		out, closing = c.appendClose(out, code, reason), true
	case err != nil && !errors.Is(err, session.ErrIdle):
		// The session is over, or goes on without this carrier.
		out, closing = c.appendEnd(out), true
	}
	if closing {
		c.mu.Lock()
		c.closing = true
		c.mu.Unlock()
	}
	if len(out) > 0 {
		c.conn.SetWriteDeadline(time.Now().Add(transports.WriteTimeout))
		if _, err := c.conn.Write(out); err != nil {
			return false, err
		}
	}
	if closing {
		c.part()
	}
	return batch != nil && !closing, nil
}

// part sees the connection off once the close frame is sent. The server
// closes TCP first (RFC 6455 section 7.1.1), but not before the client's own
// close frame, or a little time: bytes that arrive at a closed socket would
// make the kernel discard what the client has not read yet.
func (c *carrier) part() {
	c.mu.Lock()
	echo := c.echo
	c.mu.Unlock()
	if echo {
		c.conn.Close()
		return
	}
	c.conn.SetReadDeadline(time.Now().Add(closeWait))
	if half, ok := c.conn.(interface{ CloseWrite() error }); ok && c.deaf.Load() {
		half.CloseWrite()
	}
	c.lose(nil)
}

// lose tells the session that this carrier is done.
func (c *carrier) lose(err error) {
	if lease := c.currentLease(); lease != nil {
		lease.Lost(err)
	}
}

// appendBatch appends packets as frames, and reports whether the last of them
// was the close frame.
func (c *carrier) appendBatch(dst []byte, ps []session.Packet) (_ []byte, closing bool, err error) {
	for _, p := range ps {
		if p.Type == session.PacketClose {
			return c.appendEnd(dst), true, nil
		}
		if dst, err = c.appendPacket(dst, p); err != nil {
			c.session.Logger().Error("packet cannot be encoded", "err", err)
			c.session.Abort(&session.CloseError{Code: session.InternalError, Err: err})
			return dst, false, err
		}
	}
	return dst, false, nil
}

// appendPacket appends one packet as a frame.
func (c *carrier) appendPacket(dst []byte, p session.Packet) ([]byte, error) {
	if p.Prepared == nil {
		return c.appendFrame(dst, p)
	}
	deflated := c.deflater != nil && c.compress(p)
	if deflated && !c.deflater.Shareable() {
		return c.appendFrame(dst, p)
	}
	var err error
	slot := c.family.Codec.Slot()*ws.Slots + c.dialect.Slot(deflated)
	frame := p.Prepared.Frame(slot, func() (f []byte) {
		f, err = c.appendFrame(nil, p)
		return f
	})
	return append(dst, frame...), err
}

func (c *carrier) appendFrame(dst []byte, p session.Packet) ([]byte, error) {
	buf := writeBuffers.Get().(*[]byte)
	data, binary, err := c.family.Codec.AppendMessage((*buf)[:0], p)
	defer func() { putBuffer(buf, data) }()
	if errors.Is(err, eio.ErrControl) {
		if p.Type == session.PacketPing {
			return ws.AppendPing(dst, c.dialect, nil)
		}
		return dst, nil
	}
	if err != nil {
		return dst, err
	}
	t := ws.Text
	if binary {
		t = ws.Binary
	}
	if c.deflater != nil && c.compress(p) {
		return c.deflater.AppendMessage(dst, t, data)
	}
	return ws.AppendMessage(dst, c.dialect, t, data)
}

// compress reports whether the packet is to be compressed. Raw messages all
// are; Engine.IO packets say it themselves.
func (c *carrier) compress(p session.Packet) bool { return c.family.Raw || p.Compress }

// appendEnd appends the close frame that tells why the session ended. For
// Engine.IO it is empty, as the reference's are: its packets have said it.
func (c *carrier) appendEnd(dst []byte) []byte {
	if ce, ok := errors.AsType[*session.CloseError](c.session.Cause()); ok && c.family.Raw {
		return c.appendClose(dst, uint16(ce.Code), ce.Reason)
	}
	return c.appendClose(dst, ws.CodeNoStatus, "")
}

func (c *carrier) appendClose(dst []byte, code uint16, reason string) []byte {
	if longer, err := ws.AppendClose(dst, c.dialect, code, reason); err == nil {
		return longer
	}
	// A code for local use only has no place on the wire.
	longer, err := ws.AppendClose(dst, c.dialect, ws.CodeNoStatus, "")
	if err != nil {
		return dst
	}
	return longer
}

var writeBuffers = sync.Pool{New: func() any { return new([]byte) }}

// putBuffer keeps a buffer for reuse unless one large message has made it
// large.
func putBuffer(buf *[]byte, used []byte) {
	if cap(used) <= 2*maxBatch {
		*buf = used[:0]
		writeBuffers.Put(buf)
	}
}
