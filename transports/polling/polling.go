package polling

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

// maxBatch is about how many bytes of packets one answer carries.
const maxBatch = 256 << 10

// carriers of Engine.IO, with binary as base64 or bytes, and of the generations
// before. Of those a second poll takes the first one's place.
var (
	engine = &session.Carrier{Transport: transports.Polling, Binary: true, Exclusive: true}
	xhr    = &session.Carrier{Transport: transports.XHRPolling}
	jsonp  = &session.Carrier{Transport: transports.JSONPPolling}
)

func carrierOf(x *transports.Exchange) *session.Carrier {
	switch {
	case x.Family.Generation == transports.EngineIO:
		return engine
	case x.JSONP != "":
		return jsonp
	}
	return xhr
}

// Transport is the polling transport.
type Transport struct {
	// As is the transport's name: transports.Polling, which is what empty means,
	// XHRPolling and JSONPPolling for the generations before Engine.IO, or
	// Sending for what clients send by POST whose receive channel is a stream.
	As string
}

// Name returns the transport's name.
func (t Transport) Name() string {
	if t.As == "" {
		return transports.Polling
	}
	return t.As
}

// All returns a Transport of each name.
func All() []transports.Transport {
	return []transports.Transport{Transport{}, Transport{As: transports.XHRPolling},
		Transport{As: transports.JSONPPolling}, Transport{As: transports.Sending}}
}

// Serve answers one GET or POST. It blocks until the answer is written.
func (t Transport) Serve(x *transports.Exchange) {
	f := framerOf(x)
	if x.Family.Generation != transports.EngineIO {
		serveBefore1(x, f)
		return
	}
	if x.Conn == nil {
		x.Kind = engine
		if c := x.Open(); c != nil {
			get(x, f, c)
		}
		return
	}
	if !carries(x) {
		x.Reject(eio.BadRequest, map[string]string{"name": transports.TransportMismatch,
			"transport": transports.Polling, "previousTransport": x.Conn.Peer().Transport})
		return
	}
	switch x.R.Method {
	case http.MethodGet:
		get(x, f, x.Conn)
	case http.MethodPost:
		post(x, f, x.Conn)
	default:
		x.Refuse(eio.BadHandshakeMethod)
	}
}

// carries reports whether the session of an Engine.IO request is one of polls, or
// the request is a POST of one whose stream is an answer.
func carries(x *transports.Exchange) bool {
	k := x.Conn.Carrier()
	if k == nil || x.Conn.Upgraded() {
		return false
	}
	return !k.Stream || k.OneWay && x.R.Method == http.MethodPost
}

// serveBefore1 is Serve for the generations before Engine.IO. They have no
// refusals of their own, and each method but POST is a poll.
func serveBefore1(x *transports.Exchange, f *framer) {
	c := x.Conn
	switch {
	case c != nil && c.ID() == "" && x.R.Method == http.MethodPost:
		taken(x, f, c) // there is no session: what a stranger sends is not even read
	case c != nil && x.R.Method == http.MethodPost:
		post(x, f, c)
	case c != nil:
		get(x, f, c)
	case x.R.Method == http.MethodPost:
		transports.Drop(x.W)
	default:
		x.Kind = carrierOf(x)
		if c = x.Open(); c != nil {
			get(x, f, c)
		}
	}
}

// errHeld ends the wait of a poll that is held no longer.
var errHeld = errors.New("polling: nothing to say")

// get holds a poll until there is something to answer.
func get(x *transports.Exchange, f *framer, c *session.Conn) {
	closing := c.State() == session.Closing
	lease, err := c.Attach(carrierOf(x), nil)
	if err != nil {
		refuse(x, f, c, err)
		return
	}
	defer lease.Release()
	ctx := x.R.Context()
	if hold := x.Family.Hold; hold > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, hold, errHeld)
		defer cancel()
	}
	batch, err := lease.Next(ctx, maxBatch)
	if err == nil && x.R.Context().Err() != nil {
		batch.Rollback()
		err = x.R.Context().Err()
	}
	switch {
	case err == nil:
		ps := batch.Packets
		if closing && x.Family.Config.ClientPings && ps[0].Type == session.PacketClose {
			ps = []session.Packet{{Type: session.PacketNoop}, ps[0]} // as the reference
		}
		if err := write(x, f, c, ps); err != nil {
			// What was in the answer is lost, and the client may not know:
			// rather no session than one with a gap.
			batch.Commit()
			lease.Lost(err)
			return
		}
		batch.Commit()
	case errors.Is(err, session.ErrSuperseded) && x.Family.Generation == transports.EngineIO:
		// The session was upgraded. A client waits for its last poll before it
		// finishes the upgrade, so this one came too late.
		x.Refuse(eio.BadRequest)
	case errors.Is(err, session.ErrSuperseded), errors.Is(err, errHeld):
		write(x, f, c, []session.Packet{{Type: session.PacketNoop}})
	case errors.Is(err, io.EOF):
		write(x, f, c, []session.Packet{farewell(c)})
	default:
		lease.Lost(err)
	}
}

// refuse answers a poll that cannot be attached.
func refuse(x *transports.Exchange, f *framer, c *session.Conn, err error) {
	switch {
	case x.Family.Generation == transports.Gen09:
		write(x, f, c, []session.Packet{farewell(c)})
	case x.Family.Generation == transports.Gen06:
		transports.Drop(x.W)
	case errors.Is(err, session.ErrOccupied):
		misuse(c, "two polls at once")
		x.Refuse(eio.BadRequest)
	case errors.Is(err, session.ErrUpgraded):
		x.Refuse(eio.BadRequest)
	default:
		x.Refuse(eio.SessionUnknown)
	}
}

// farewell is the last packet of a session that ended while its poll waited:
// a client that closed is told nothing new.
func farewell(c *session.Conn) session.Packet {
	ce, ok := errors.AsType[*session.CloseError](c.Cause())
	switch {
	case !ok:
		return session.Packet{Type: session.PacketClose}
	case ce.Normal():
		return session.Packet{Type: session.PacketNoop}
	}
	return session.Packet{Type: session.PacketClose, Code: ce.Code}
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

// encode appends packets as a payload, and reports whether it is one of bytes.
func encode(x *transports.Exchange, dst []byte, c *session.Conn, ps []session.Packet) (body []byte, binary bool, err error) {
	wire := transports.WireOf(x.Family, c)
	codec := wire.Codec()
	if bp, ok := codec.(eio.BinaryPayloader); ok && x.JSONP == "" && bp.IsBinaryPayload(ps) {
		body, err = bp.AppendBinaryPayload(dst, ps)
		return body, true, err
	}
	body, err = codec.AppendPayload(dst, wire.DoublePayload(ps))
	if errors.Is(err, eio.ErrControl) {
		return body, false, nil // an empty answer says it
	}
	return body, false, err
}

// write answers the poll with a payload. Bytes are flushed when it returns.
func write(x *transports.Exchange, f *framer, c *session.Conn, ps []session.Packet) error {
	buf := buffers.Get().(*[]byte)
	body, binary, err := encode(x, (*buf)[:0], c, ps)
	defer func() { release(buf, body) }()
	if err != nil {
		// The application queued what this generation has no form for.
		c.Logger().Error("poll answer cannot be encoded", "err", err)
		c.Kill(&session.CloseError{Code: session.InternalError, Err: err})
		x.Refuse(eio.Refusal{Status: http.StatusInternalServerError, Code: 3, Message: "Message cannot be encoded"})
		return err
	}
	contentType := plain
	switch {
	case x.JSONP != "":
		contentType = script
		transports.ScriptHeader(x.W.Header())
		wrapped := buffers.Get().(*[]byte)
		payload := body
		body = f.wrap((*wrapped)[:0], payload, x.JSONP)
		release(buf, payload)
		buf = wrapped
	case binary:
		contentType = octets
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
	respond(x, c, contentType, answer)
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

// post takes a payload from the client. It is answered when all its packets
// are delivered, so that a client which waits for the answer, as all do
// before an upgrade, keeps its order.
func post(x *transports.Exchange, f *framer, c *session.Conn) {
	beside := false // another one
	switch engineIO := x.Family.Generation == transports.EngineIO; {
	case engineIO && c.BeginUpload():
		defer c.EndUpload()
	case engineIO && follow(x, c):
		defer c.EndUpload()
		beside = true
	case engineIO:
		overlap(x, c)
		return
	case !x.Engine.EnterBody(x.R.Context(), c):
		busy(x, f, c)
		return
	default:
		defer x.Engine.LeaveBody(c)
	}
	defer func() {
		if v := recover(); v != nil {
			session.LogPanic(c.Logger(), v)
			c.Kill(&session.CloseError{Code: session.InternalError, Err: fmt.Errorf("panic: %v", v)})
			x.W.WriteHeader(http.StatusInternalServerError)
		}
	}()
	wire := transports.WireOf(x.Family, c)
	binary := f.field == "" && isBinary(x)
	if _, both := wire.Codec().(eio.BinaryPayloader); binary && !both && x.Family.Generation == transports.EngineIO {
		misuse(c, "application/octet-stream is not of this protocol")
		x.Refuse(eio.BadRequest)
		return
	}
	buf := buffers.Get().(*[]byte)
	body, err := read(x, f, (*buf)[:0])
	defer func() { release(buf, body) }()
	var payload []byte
	var unread error // for what is in it
	if err == nil {
		payload, unread = f.unwrap(body)
		if limit := x.Family.MaxPayload; int64(len(payload)) > limit {
			err = &http.MaxBytesError{Limit: limit}
		}
	}
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
	if beside && c.State() != session.Closed && !isFarewell(wire, payload, binary) {
		overlap(x, c)
		return
	}
	if unread != nil {
		malformed(x, c, unread)
	} else {
		deliver(x, c, wire, payload, binary)
	}
	// Also after a bad payload, as in the reference: the session's end says
	// the rest.
	taken(x, f, c)
}

// busy answers a request whose body the session has had no place for. One that
// is over takes what comes, and its poll says the rest.
func busy(x *transports.Exchange, f *framer, c *session.Conn) {
	if c.State() == session.Closed {
		taken(x, f, c)
		return
	}
	x.W.Header().Set("Connection", "close")
	x.W.Header().Set("Retry-After", "5")
	x.W.WriteHeader(http.StatusServiceUnavailable)
}

// taken answers a request that has brought something.
func taken(x *transports.Exchange, f *framer, c *session.Conn) {
	if x.JSONP != "" {
		frameHeader(x.W.Header())
	}
	respond(x, c, f.takenType, f.taken)
	x.W.Write(f.taken)
}

// isBinary reports whether the request says of its body that it is bytes.
func isBinary(x *transports.Exchange) bool {
	contentType := x.R.Header.Get("Content-Type")
	if len(contentType) < len(octets[0]) || !strings.EqualFold(contentType[:len(octets[0])], octets[0]) {
		return false
	}
	media, _, _ := mime.ParseMediaType(contentType)
	return media == octets[0]
}

// deliver passes on what a request has brought.
func deliver(x *transports.Exchange, c *session.Conn, wire transports.Wire, payload []byte, binary bool) {
	for p, err := range wire.DecodePayload(payload, binary) {
		if err != nil {
			malformed(x, c, err)
			return
		}
		if p.Type == session.PacketClose {
			awaitPoll(x, c)
		}
		if c.Deliver(p) != nil {
			return // it ends already, or drains, which must not be cut short
		}
	}
}

// malformed handles a payload that cannot be read. Engine.IO ends the session for
// it; what was before ignored it, but for the one kind of payload whose form was
// not that of its packets, where it told the client.
func malformed(x *transports.Exchange, c *session.Conn, err error) {
	switch {
	case x.Family.Generation == transports.EngineIO:
		fail(c, session.ProtocolError, err)
	case x.Family.Generation == transports.Gen09 && x.JSONP != "":
		c.Offer(session.Packet{Type: session.PacketMessage, Data: []byte("7:::+0")})
	default:
		c.Logger().Debug("payload ignored", "err", err)
	}
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

// misuse ends the session for requests that are none of its transport, whatever is
// in them.
func misuse(c *session.Conn, reason string) {
	c.Abort(&session.CloseError{Code: session.ProtocolError, Reason: reason, Remote: true})
}

// read reads the body up to the family's limit, growing only with what has
// arrived, and not for longer than MessageTimeout. In a form three bytes may stand
// for one.
func read(x *transports.Exchange, f *framer, dst []byte) ([]byte, error) {
	limit := x.Family.MaxPayload
	if f.field != "" {
		limit = 3*limit + formRoom
	}
	if x.R.ContentLength > limit {
		return dst, &http.MaxBytesError{Limit: limit}
	}
	rc := http.NewResponseController(x.W)
	rc.SetReadDeadline(time.Now().Add(transports.MessageTimeout))
	defer rc.SetReadDeadline(time.Time{})
	body := http.MaxBytesReader(x.W, x.R.Body, limit)
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

// formRoom is what a form may have besides its payload.
const formRoom = 4096
