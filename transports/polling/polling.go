package polling

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

// maxBatch is about how many bytes of packets one answer carries.
const maxBatch = 256 << 10

// poll is the carrier of Engine.IO 4. Binary travels as base64.
var poll = &session.Carrier{Transport: transports.Polling, Binary: true, Exclusive: true}

// Transport is the polling transport. The zero value is ready.
type Transport struct{}

// Name returns "polling".
func (Transport) Name() string { return transports.Polling }

// Serve answers one GET or POST. It blocks until the answer is written.
func (Transport) Serve(x *transports.Exchange) {
	if x.Conn == nil {
		if c := x.Open(); c != nil {
			get(x, c)
		}
		return
	}
	if k := x.Conn.Carrier(); k == nil || k.Stream && !k.OneWay || x.Conn.Upgraded() {
		x.Reject(eio.BadRequest, map[string]string{"name": transports.TransportMismatch,
			"transport": transports.Polling, "previousTransport": x.Conn.Peer().Transport})
		return
	}
	switch x.R.Method {
	case http.MethodGet:
		get(x, x.Conn)
	case http.MethodPost:
		post(x, x.Conn)
	default:
		x.Refuse(eio.BadHandshakeMethod)
	}
}

// get holds a poll until there is something to answer.
func get(x *transports.Exchange, c *session.Conn) {
	lease, err := c.Attach(poll, nil)
	switch {
	case errors.Is(err, session.ErrOccupied):
		c.Abort(&session.CloseError{Code: session.ProtocolError, Reason: "two polls at once", Remote: true})
		x.Refuse(eio.BadRequest)
		return
	case errors.Is(err, session.ErrUpgraded):
		x.Refuse(eio.BadRequest)
		return
	case err != nil:
		x.Refuse(eio.SessionUnknown)
		return
	}
	defer lease.Release()
	ctx := x.R.Context()
	batch, err := lease.Next(ctx, maxBatch)
	if err == nil && ctx.Err() != nil {
		batch.Rollback()
		err = ctx.Err()
	}
	switch {
	case err == nil:
		if err := write(x, c, batch.Packets); err != nil {
			// What was in the answer is lost, and the client may not know:
			// rather no session than one with a gap.
			batch.Commit()
			lease.Lost(err)
			return
		}
		batch.Commit()
	case errors.Is(err, session.ErrSuperseded):
		// The session was upgraded. A client waits for its last poll before it
		// finishes the upgrade, so this one came too late.
		x.Refuse(eio.BadRequest)
	case errors.Is(err, io.EOF):
		write(x, c, []session.Packet{farewell(c)})
	default:
		lease.Lost(err)
	}
}

// farewell is the last packet of a session that ended while its poll waited:
// a client that closed is told nothing new.
func farewell(c *session.Conn) session.Packet {
	if ce, ok := errors.AsType[*session.CloseError](c.Cause()); ok && ce.Normal() {
		return session.Packet{Type: session.PacketNoop}
	}
	return session.Packet{Type: session.PacketClose}
}

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// maxPooled is the largest buffer that is kept for reuse.
const maxPooled = 64 << 10

func release(buf *[]byte, used []byte) {
	if cap(used) <= maxPooled {
		*buf = used[:0]
		buffers.Put(buf)
	}
}

// write answers the poll with a payload. Bytes are flushed when it returns.
func write(x *transports.Exchange, c *session.Conn, ps []session.Packet) error {
	buf := buffers.Get().(*[]byte)
	body, err := x.Family.Codec.AppendPayload((*buf)[:0], ps)
	defer func() { release(buf, body) }()
	if err != nil {
		// The application queued what this generation has no form for.
		c.Logger().Error("poll answer cannot be encoded", "err", err)
		c.Kill(&session.CloseError{Code: session.InternalError, Err: err})
		x.Refuse(eio.Refusal{Status: http.StatusInternalServerError, Code: 3, Message: "Message cannot be encoded"})
		return err
	}
	answer := body
	if x.Family.CompressPolls {
		x.W.Header().Add("Vary", "Accept-Encoding")
		if z := compressed(x, ps, body); z != nil {
			defer z.release()
			answer = z.bytes()
			x.W.Header().Set("Content-Encoding", z.encoding)
		}
	}
	respond(x, c, plain, answer)
	rc := http.NewResponseController(x.W)
	rc.SetWriteDeadline(time.Now().Add(transports.WriteTimeout))
	_, err = x.W.Write(answer)
	if err == nil {
		// A writer that cannot flush is somebody's middleware.
		if err = rc.Flush(); errors.Is(err, http.ErrNotSupported) {
			err = nil
		}
	}
	rc.SetWriteDeadline(time.Time{})
	return err
}

// Fields that many answers have. They are not modified.
var (
	plain   = []string{"text/plain; charset=UTF-8"}
	html    = []string{"text/html"}
	noStore = []string{"no-store"}
)

// respond sets the header of an answer.
func respond(x *transports.Exchange, c *session.Conn, contentType []string, body []byte) {
	h := x.W.Header()
	h["Content-Type"] = contentType
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h["Cache-Control"] = noStore
	if x.Conn != nil {
		c = nil // it was there before
	}
	x.SetHeader(h, c)
}

var (
	errOverlap = errors.New("polling: two requests with data at once")
	errBinary  = errors.New("polling: application/octet-stream is not of Engine.IO 4")
	ok         = []byte("ok")
)

// post takes a payload from the client. It is answered when all its packets
// are delivered, so that a client which waits for the answer, as all do
// before an upgrade, keeps its order.
func post(x *transports.Exchange, c *session.Conn) {
	if !c.BeginUpload() {
		fail(c, session.ProtocolError, errOverlap)
		x.Refuse(eio.BadRequest)
		return
	}
	defer c.EndUpload()
	defer func() {
		if v := recover(); v != nil {
			session.LogPanic(c.Logger(), v)
			c.Kill(&session.CloseError{Code: session.InternalError, Err: fmt.Errorf("panic: %v", v)})
			x.W.WriteHeader(http.StatusInternalServerError)
		}
	}()
	if media, _, _ := mime.ParseMediaType(x.R.Header.Get("Content-Type")); media == "application/octet-stream" {
		fail(c, session.ProtocolError, errBinary)
		x.Refuse(eio.BadRequest)
		return
	}
	buf := buffers.Get().(*[]byte)
	body, err := read(x, (*buf)[:0])
	defer func() { release(buf, body) }()
	if tooLarge, is := errors.AsType[*http.MaxBytesError](err); is {
		fail(c, session.MessageTooBig, tooLarge)
		x.W.Header().Set("Connection", "close")
		x.W.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		// The client went away in the middle of its request.
		fail(c, session.TransportLost, err)
		x.Refuse(eio.BadRequest)
		return
	}
	for p, err := range x.Family.Codec.DecodePayload(body) {
		if err != nil {
			fail(c, session.ProtocolError, err)
			break
		}
		if p.Type == session.PacketClose {
			awaitPoll(x, c)
		}
		if c.Deliver(p) != nil {
			break // it ends already, or drains, which must not be cut short
		}
	}
	// Also after a bad payload, as in the reference: the session's end says
	// the rest. text/html keeps old browsers from offering a download.
	respond(x, c, html, ok)
	x.W.Write(ok)
}

// overtaken is how long a client's close waits for the poll that goes with it.
const overtaken = 100 * time.Millisecond

// awaitPoll gives a poll the chance to arrive that was sent just before the
// client's close, on another connection, and was overtaken by it. Its answer
// is a noop and not an unknown session.
func awaitPoll(x *transports.Exchange, c *session.Conn) {
	ctx, cancel := context.WithTimeout(x.R.Context(), overtaken)
	defer cancel()
	c.AwaitCarrier(ctx)
}

// fail ends the session for a fault of its client.
func fail(c *session.Conn, code session.Code, err error) {
	c.Abort(&session.CloseError{Code: code, Remote: true, Err: err})
}

// read reads the body up to the family's limit, growing only with what has
// arrived, and not for longer than MessageTimeout.
func read(x *transports.Exchange, dst []byte) ([]byte, error) {
	if x.R.ContentLength > x.Family.MaxPayload {
		return dst, &http.MaxBytesError{Limit: x.Family.MaxPayload}
	}
	rc := http.NewResponseController(x.W)
	rc.SetReadDeadline(time.Now().Add(transports.MessageTimeout))
	defer rc.SetReadDeadline(time.Time{})
	body := http.MaxBytesReader(x.W, x.R.Body, x.Family.MaxPayload)
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		n, err := body.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
	}
}
