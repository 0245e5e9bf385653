package streaming

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

const (
	// maxBatch is about how many bytes of packets are taken at once.
	maxBatch = 64 << 10
	// piece is how many bytes a client has to take in transports.WriteTimeout.
	piece = 32 << 10
	// maxKept is the largest buffer that a stream keeps between two batches.
	maxKept = 8 << 10
)

// errKilled is the loss of a stream that the server has cut.
var errKilled = errors.New("streaming: cut by the server")

// stream is one answer. But for Kill it is used by the request's goroutine
// alone, and after that has returned nothing touches the request.
type stream struct {
	x       *transports.Exchange
	conn    *session.Conn
	wire    transports.Wire
	framer  *framer
	lease   *session.Lease
	control *http.ResponseController
	awake   chan struct{} // one slot
	begun   time.Time
	sent    int64
	limit   int64
	buf     []byte
	scratch []byte

	mu       sync.Mutex // guards below
	cut      func()     // ends the request's context
	over     bool       // the request may not be touched any more
	killed   bool
	deadline time.Time
}

func newStream(x *transports.Exchange, c *session.Conn, t *Transport) *stream {
	wire := transports.WireOf(x.Family, c)
	return &stream{x: x, conn: c, wire: wire, framer: t.framerFor(wire.Codec()), limit: t.limit,
		control: http.NewResponseController(x.W), awake: make(chan struct{}, 1)}
}

// wakeUp is the lease's wake.
func (s *stream) wakeUp() {
	select {
	case s.awake <- struct{}{}:
	default:
	}
}

// serve writes the answer.
func (s *stream) serve(lease *session.Lease) {
	s.lease = lease
	// Whatever happens, a stream that has not yielded is lost.
	defer lease.Release()
	ctx, cancel := context.WithCancel(s.x.R.Context())
	defer cancel()
	s.cut = cancel
	defer s.leave()
	if !s.x.Engine.Adopt(s) {
		s.conn.Kill(&session.CloseError{Code: session.GoingAway})
		s.x.Refuse(eio.Refusal{Status: http.StatusServiceUnavailable, Code: 4, Message: "Server is shutting down"})
		return
	}
	defer s.x.Engine.Forget(s)
	s.begun = time.Now()
	err := s.begin()
	if err == nil {
		err = s.pump(ctx)
	}
	if err != nil {
		lease.Lost(err)
	}
}

// leave ends what Kill may do.
func (s *stream) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
}

// Shutdown does nothing: a stream ends with its session.
func (s *stream) Shutdown() {}

// Kill ends the stream at once, a write that is under way included.
func (s *stream) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	s.killed = true
	s.cut()
	if !s.deadline.IsZero() {
		s.control.SetWriteDeadline(time.Unix(1, 0))
	}
}

// begin writes the header and the prelude.
func (s *stream) begin() error {
	// The deadlines of a request are not those of a stream. Writers without
	// any have set none.
	s.control.SetReadDeadline(time.Time{})
	h := s.x.W.Header()
	h["Content-Type"] = []string{s.framer.contentType}
	// Nothing on the way is to keep the answer, to hold it back, or to pack it:
	// X-Accel-Buffering is nginx's, and Pragma is for HTTP/1.0.
	h["Cache-Control"] = []string{"no-store, no-transform"}
	h["Pragma"] = []string{"no-cache"}
	h["X-Accel-Buffering"] = []string{"no"}
	if s.framer.header != nil {
		s.framer.header(h)
	}
	if s.framer.unchunked && s.x.R.ProtoMajor == 1 {
		h["Transfer-Encoding"] = []string{"identity"}
	}
	opened := s.conn
	if s.x.Conn != nil {
		opened = nil
	}
	s.x.SetHeader(h, opened)
	return s.write([]byte(s.framer.prelude))
}

// pump writes batch after batch until the stream ends. An error is that of a
// stream that is lost.
func (s *stream) pump(ctx context.Context) error {
	timer := time.NewTimer(s.patience())
	defer timer.Stop()
	for {
		batch, err := s.lease.TryNext(maxBatch)
		if err == nil && ctx.Err() != nil {
			batch.Rollback()
			return ctx.Err()
		}
		switch {
		case err == nil:
			last := batch.Packets[len(batch.Packets)-1].Type
			err = s.writeBatch(batch.Packets)
			batch.Commit()
			if err != nil {
				return err
			}
			if last != session.PacketClose && s.spent() {
				return s.yield()
			}
			continue
		case !errors.Is(err, session.ErrIdle):
			return nil // over, or superseded: the session knows
		case s.spent():
			return s.yield()
		}
		timer.Reset(s.patience())
		select {
		case <-s.awake:
		case <-timer.C:
			if err := s.write([]byte(s.framer.filler)); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// patience is how long the stream may wait now.
func (s *stream) patience() time.Duration {
	d := s.framer.interval
	if s.framer.end != "" {
		d = min(d, max(maxAge-time.Since(s.begun), 0))
	}
	return d
}

// spent reports whether the answer has to end.
func (s *stream) spent() bool {
	return s.framer.end != "" && (s.sent >= s.limit || time.Since(s.begun) >= maxAge)
}

// yield ends the answer in good order. The client may open its next stream as
// soon as it has the last words, so the lease is given back before. If they do
// not arrive the client takes the session for lost, and lets it time out.
func (s *stream) yield() error {
	s.lease.Yield()
	s.write([]byte(s.framer.end))
	return nil
}

// writeBatch writes packets. A packet that cannot be written ends the session:
// rather none than one with a gap.
func (s *stream) writeBatch(ps []session.Packet) error {
	codec := s.wire.Codec()
	buf := s.buf[:0]
	for _, p := range ps {
		if p.Type == session.PacketClose && p.Code == session.NoStatus {
			continue // there was no session: its client has been told
		}
		var err error
		if buf, s.scratch, err = s.framer.appendPacket(buf, s.scratch, codec, p); err != nil {
			s.conn.Logger().Error("packet cannot be written to a stream", "transport", s.conn.Carrier().Transport, "err", err)
			s.conn.Kill(&session.CloseError{Code: session.InternalError, Err: err})
			return err
		}
	}
	s.buf = kept(buf)
	s.scratch = kept(s.scratch)
	return s.write(buf)
}

// kept returns the buffer for the next batch, unless it has grown too large to
// lie idle.
func kept(buf []byte) []byte {
	if cap(buf) > maxKept {
		return nil
	}
	return buf[:0]
}

// write writes and flushes. The client has WriteTimeout for each piece.
func (s *stream) write(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	s.sent += int64(len(p))
	defer s.until(time.Time{})
	for len(p) > 0 {
		n := min(len(p), piece)
		if !s.until(time.Now().Add(transports.WriteTimeout)) {
			return errKilled
		}
		if _, err := s.x.W.Write(p[:n]); err != nil {
			return err
		}
		p = p[n:]
	}
	// A writer that cannot flush is somebody's middleware.
	if err := s.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// until sets the deadline of writes; zero is none. Over HTTP/2 one that passes
// resets the stream, whether anybody writes or not. It returns false if the
// stream was killed, whose deadline then stays.
func (s *stream) until(t time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.killed {
		return false
	}
	s.deadline = t
	s.control.SetWriteDeadline(t)
	return true
}
