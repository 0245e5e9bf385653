package websocket

import (
	"errors"
	"fmt"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
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
	if c.socket.exists() {
		writers.add(c)
	} else {
		go c.drain(load{})
	}
}

// pong has a ping answered, at the latest when what was read is taken.
func (c *carrier) pong(payload []byte) {
	c.mu.Lock()
	if len(c.pongs) > maxPongs {
		c.pongs = c.pongs[:0]
	}
	// A ping's payload is never too long for a pong.
	c.pongs, _ = ws.AppendPong(c.pongs, c.dialect, payload)
	c.mu.Unlock()
	c.owed = true
}

// wakeHere is wake for a goroutine that may write as long as it need not wait.
func (c *carrier) wakeHere() {
	c.mu.Lock()
	if c.writing {
		c.again = true
		c.mu.Unlock()
		return
	}
	c.writing = true
	c.mu.Unlock()
	if c.socket.exists() {
		c.drainHere()
	} else {
		go c.drain(load{})
	}
}

// drainHere is drain on a goroutine that has other carriers to write for, or a
// client to read. What takes waiting, or more than a few loads, is left to a
// goroutine of its own.
func (c *carrier) drainHere() {
	defer c.recoverWrite()
	for range 4 {
		ld := c.collect()
		if err := ld.out.begin(c.socket); err == nil && !ld.out.complete() {
			go c.drain(ld)
			return
		} else if more, err := c.settle(ld, err); err != nil {
			c.failed(err)
			return
		} else if !more && c.rest() {
			return
		}
	}
	go c.drain(load{})
}

// drain writes until there is nothing to write, or the end. It is the only
// goroutine that writes: writing stays true until it returns, and for ever
// after the close frame, which nothing may follow. begun is a load that has
// been written in part.
func (c *carrier) drain(begun load) {
	defer c.recoverWrite()
	for {
		ld := begun
		begun = load{}
		if ld.out == nil {
			ld = c.collect()
		}
		more, err := c.settle(ld, ld.out.write(c.conn, c.socket))
		if err != nil {
			c.failed(err)
			return
		}
		if !more && c.rest() {
			return
		}
	}
}

// recoverWrite is deferred around what calls codecs. A writer that has panicked
// writes nothing more.
func (c *carrier) recoverWrite() {
	if v := recover(); v != nil {
		session.LogPanic(c.session.Logger(), v)
		c.failed(fmt.Errorf("panic: %v", v))
	}
}

// failed ends the connection after an error of a write. The reader may be
// waiting for the session to take a message, so the session learns first.
func (c *carrier) failed(err error) {
	c.hangUp()
	c.lose(err)
}

// rest ends the writer's work, unless it has to look again.
func (c *carrier) rest() (ended bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return true
	}
	c.writing = c.again
	return !c.again
}

// load is what is written at once: what is pending, and a batch of the session
// or the close frame.
type load struct {
	out     *output
	batch   *session.Batch
	closing bool // the close frame is its end
}

// collect takes the next load, which may be empty.
func (c *carrier) collect() (ld load) {
	ld.out = newOutput()
	c.mu.Lock()
	ld.out.small = append(append(ld.out.small, c.head...), c.pongs...)
	lease, code, reason := c.lease, c.code, c.reason
	c.head, c.pongs, c.again = nil, nil, false
	c.mu.Unlock()

	var err error
	if lease != nil && code == 0 {
		ld.batch, err = lease.TryNext(maxBatch)
	}
	switch {
	case ld.batch != nil:
		ld.closing = c.appendBatch(ld.out, ld.batch.Packets)
	case code != 0:
		c.appendClose(ld.out, code, reason)
		ld.closing = true
	case err != nil && !errors.Is(err, session.ErrIdle):
		// The session is over, or goes on without this carrier.
		c.appendEnd(ld.out)
		ld.closing = true
	}
	if ld.closing {
		c.mu.Lock()
		c.closing = true
		c.mu.Unlock()
	}
	return ld
}

// settle gives back what a load has borrowed, once it is written, and reports
// whether there may be more to write.
func (c *carrier) settle(ld load, err error) (more bool, _ error) {
	ld.out.release()
	if ld.closing && err == nil {
		c.part()
	}
	if ld.batch == nil {
		return false, err
	}
	idle := ld.batch.CommitAndArm()
	return !idle && !ld.closing, err
}

// part sees the connection off once the close frame is sent. The server
// closes TCP first (RFC 6455 section 7.1.1), but not before the client's own
// close frame, or a little time: bytes that arrive at a closed socket would
// make the kernel discard what the client has not read yet.
func (c *carrier) part() {
	c.mu.Lock()
	c.parted = true
	echo := c.echo
	if !echo {
		c.conn.SetReadDeadline(time.Now().Add(closeWait))
	}
	c.mu.Unlock()
	if echo {
		c.hangUp() // the client's close is answered
		return
	}
	c.resume() // a reader that has parked looks at no deadline
	// Draft 75 has no close frame: the connection's end is what tells the
	// client.
	tells := c.dialect == ws.Hixie75
	if half, ok := c.conn.(interface{ CloseWrite() error }); ok && (tells || c.deaf.Load()) {
		half.CloseWrite()
	} else if tells {
		c.hangUp()
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
// was the close frame. A packet that cannot be encoded ends the session, and
// what stands behind it is not sent.
func (c *carrier) appendBatch(out *output, ps []session.Packet) (closing bool) {
	for _, p := range ps {
		if p.Type == session.PacketClose {
			if !c.closeEnds() && p.Code != session.NoStatus {
				c.appendPacket(out, p) // closing the WebSocket would not say it
			}
			c.appendEnd(out)
			return true
		}
		if err := c.appendPacket(out, p); err != nil {
			c.session.Logger().Error("packet cannot be encoded", "err", err)
			c.session.Abort(&session.CloseError{Code: session.InternalError, Err: err})
			return false
		}
	}
	return false
}

// appendPacket appends one packet as a frame. That of a broadcast is made by
// the first who needs it.
func (c *carrier) appendPacket(out *output, p session.Packet) error {
	p = c.wire.DoubleMessage(p)
	deflated := c.deflater != nil && p.Compress
	codec := c.wire.Codec()
	if p.Prepared == nil || deflated && !c.deflater.Shareable() {
		return c.appendFrame(out, codec, p, deflated)
	}
	slot := codec.Slot()*ws.Slots + c.dialect.Slot(deflated)
	frame := p.Prepared.Frame(slot, func() []byte {
		var one output
		if c.appendFrame(&one, codec, p, deflated) != nil {
			return nil
		}
		return one.bytes()
	})
	if len(frame) == 0 {
		return c.appendFrame(out, codec, p, deflated) // for its error
	}
	out.append(frame)
	return nil
}

// appendFrame appends the frame of a packet, or the two of a client that has not
// said yet which form is its own.
func (c *carrier) appendFrame(out *output, codec eio.Codec, p session.Packet, deflated bool) error {
	if both, is := codec.(eio.Doubler); is {
		return c.appendBoth(out, p, codec, both)
	}
	// What is large is written from here and goes into no pool.
	if len(p.Data) >= large && !deflated && c.dialect.HasBinary() {
		data, binary, err := codec.AppendMessage(make([]byte, 0, len(p.Data)+1), p)
		if err != nil {
			return err
		}
		op := ws.OpText
		if binary {
			op = ws.OpBinary
		}
		out.small = ws.AppendHeader(out.small, op, true, false, len(data))
		out.append(data)
		return nil
	}
	if !deflated && c.dialect.HasBinary() {
		return c.appendInPlace(out, codec, p)
	}
	scratch := newOutput()
	defer scratch.release()
	data, binary, err := codec.AppendMessage(scratch.small, p)
	scratch.small = data
	if errors.Is(err, eio.ErrControl) {
		return c.appendControl(out, p)
	}
	if err != nil {
		return err
	}
	t := ws.Text
	switch {
	case binary && c.dialect.HasBinary():
		t = ws.Binary
	case binary:
		if scratch.small, err = appendAsText(scratch.small[:0], codec, p); err != nil {
			return err
		}
		data = scratch.small
	}
	if deflated {
		out.small, err = c.deflater.AppendMessage(out.small, t, data)
	} else {
		out.small, err = ws.AppendMessage(out.small, c.dialect, t, data)
	}
	return err
}

// appendAsText appends a binary packet for a dialect that has text only: as in an
// HTTP body, which is text too.
func appendAsText(dst []byte, codec eio.Codec, p session.Packet) ([]byte, error) {
	if codec == eio.V3 {
		dst, _, err := eio.V3Base64.AppendMessage(dst, p)
		return dst, err
	}
	return codec.AppendPayload(dst, []session.Packet{p})
}

// appendBoth appends both forms of a packet as messages.
func (c *carrier) appendBoth(out *output, p session.Packet, codec eio.Codec, both eio.Doubler) error {
	text, _, err := codec.AppendMessage(nil, p)
	switch {
	case errors.Is(err, eio.ErrControl):
	case err != nil:
		return err
	default:
		if out.small, err = ws.AppendMessage(out.small, c.dialect, ws.Text, text); err != nil {
			return err
		}
	}
	text, ok, err := both.AppendSecond(text[:0], p)
	if err != nil || !ok {
		return err
	}
	out.small, err = ws.AppendMessage(out.small, c.dialect, ws.Text, text)
	return err
}

// appendInPlace appends a frame behind whose header the codec writes its
// message, so that it is copied once. How long the header is depends on the
// message, which is nearly as long as its data.
func (c *carrier) appendInPlace(out *output, codec eio.Codec, p session.Packet) error {
	start := len(out.small)
	guess := ws.AppendHeader(out.small, ws.OpText, true, false, len(p.Data)+1)
	header := len(guess) - start
	long, binary, err := codec.AppendMessage(guess, p)
	if errors.Is(err, eio.ErrControl) {
		return c.appendControl(out, p)
	}
	if err != nil {
		return err
	}
	op := ws.OpText
	if binary {
		op = ws.OpBinary
	}
	message := long[start+header:]
	var room [ws.MaxHeader]byte
	head := ws.AppendHeader(room[:0], op, true, false, len(message))
	if d := len(head) - header; d != 0 { // at the bounds of a length's form
		long = append(long, room[:max(d, 0)]...)
		long = long[:start+len(head)+copy(long[start+len(head):], message)]
	}
	copy(long[start:], head)
	out.small = long
	return nil
}

// appendControl appends what Engine.IO has packets for and a raw client frames
// of its WebSocket. What was before Engine.IO does without.
func (c *carrier) appendControl(out *output, p session.Packet) (err error) {
	if c.family.Raw && p.Type == session.PacketPing && c.dialect.HasPing() {
		out.small, err = ws.AppendPing(out.small, c.dialect, nil)
	}
	return err
}

// appendEnd appends the close frame that tells why the session ended. For
// Engine.IO it is empty, as the reference's are: its packets have said it.
func (c *carrier) appendEnd(out *output) {
	// The client may have closed since the writer last looked, which is what
	// ended the session.
	c.mu.Lock()
	code, reason := c.code, c.reason
	c.mu.Unlock()
	if code != 0 {
		c.appendClose(out, code, reason)
		return
	}
	if ce, ok := errors.AsType[*session.CloseError](c.session.Cause()); ok && c.family.Raw {
		c.appendClose(out, uint16(ce.Code), ce.Reason)
		return
	}
	c.appendClose(out, ws.CodeNoStatus, "")
}

func (c *carrier) appendClose(out *output, code uint16, reason string) {
	longer, err := ws.AppendClose(out.small, c.dialect, code, reason)
	if err != nil {
		// A code for local use only has no place on the wire.
		longer, err = ws.AppendClose(out.small, c.dialect, ws.CodeNoStatus, "")
	}
	if err == nil {
		out.small = longer
	}
}
