package websocket

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/everwire/everwire/transports"
)

// stream is a WebSocket that is a stream of an HTTP/2 connection (RFC 8441): a
// request whose body is one direction and whose response is the other. To the
// carrier it is a connection. It has no CloseWrite: net/http ends its direction
// only when the handler returns.
//
// Once the handler has returned nothing may touch the request any more. So each
// call is counted, Close makes those end that are under way and refuses new
// ones, and wait, with which the handler ends, returns when there is none left.
//
// Deadlines are kept here, because those of net/http mean something else: they
// count from when they are set and not only while somebody reads or writes, and
// break the stream for good.
type stream struct {
	request  context.Context // done when the client or the connection is gone
	body     io.ReadCloser
	response http.ResponseWriter
	control  *http.ResponseController
	local    net.Addr
	remote   net.Addr

	mu     sync.Mutex // guards below
	closed bool
	calls  int           // Reads and Writes under way
	over   chan struct{} // closed with closed
	done   chan struct{} // closed when closed is set and calls is 0
	read   side
	write  side
}

// side is one direction of a stream.
type side struct {
	deadline time.Time
	busy     bool          // a call is under way
	broken   bool          // its deadline passed, and it was ended by force
	timer    *time.Timer   // ends the call; nil until one was needed
	changed  chan struct{} // closed when deadline is set anew
}

// openStream answers an extended CONNECT and returns its stream.
func openStream(w http.ResponseWriter, r *http.Request, header http.Header) (*stream, error) {
	s := &stream{request: r.Context(), body: r.Body, response: w, control: http.NewResponseController(w),
		over: make(chan struct{}), done: make(chan struct{}), remote: address(r.RemoteAddr)}
	s.read.changed, s.write.changed = make(chan struct{}), make(chan struct{})
	s.local, _ = r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	// The deadlines of a request are not those of a conversation. Who cannot
	// take them back has set none.
	s.control.SetReadDeadline(time.Time{})
	s.control.SetWriteDeadline(time.Time{})
	for name, values := range header {
		w.Header()[name] = values
	}
	s.SetWriteDeadline(time.Now().Add(transports.WriteTimeout))
	if _, err := s.Write(nil); err != nil { // sends the header
		s.Close()
		s.wait()
		return nil, err
	}
	return s, nil
}

// wait returns when the stream is closed and nothing uses the request.
func (s *stream) wait() { <-s.done }

// errBroken is os.ErrDeadlineExceeded of a side that is of no use any more.
var errBroken = fmt.Errorf("websocket: the stream was broken off: %w", os.ErrDeadlineExceeded)

// begin starts a call on one side, unless the stream is closed or it is too
// late. end has to follow.
func (s *stream) begin(d *side, expire func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return net.ErrClosed
	case d.broken:
		return errBroken
	case late(d.deadline):
		return os.ErrDeadlineExceeded
	}
	s.calls++
	d.busy = true
	s.arm(d, expire)
	return nil
}

// arm has expire called at the deadline. It needs the lock.
func (s *stream) arm(d *side, expire func()) {
	switch {
	case d.deadline.IsZero():
		if d.timer != nil {
			d.timer.Stop()
		}
	case d.timer == nil:
		d.timer = time.AfterFunc(time.Until(d.deadline), expire)
	default:
		d.timer.Reset(time.Until(d.deadline))
	}
}

// end is the end of a call, whose error it returns, or a better one.
func (s *stream) end(d *side, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.busy = false
	if d.timer != nil {
		d.timer.Stop()
	}
	s.release()
	switch {
	case err == nil || err == io.EOF:
		return err
	case s.closed:
		return net.ErrClosed
	case d.broken:
		return errBroken
	}
	return err
}

// release ends the use of the request. It needs the lock.
func (s *stream) release() {
	if s.calls--; s.closed && s.calls == 0 {
		close(s.done)
	}
}

// expire ends a side's call by force, if there is one that is too late.
func (s *stream) expire(d *side, cut func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !d.busy || !late(d.deadline) {
		return
	}
	d.broken = true
	s.calls++
	defer s.release()
	s.mu.Unlock()
	defer s.mu.Lock()
	cut()
}

func late(t time.Time) bool { return !t.IsZero() && !time.Now().Before(t) }

// Read reads from the request's body. After a deadline there is nothing more to
// read, since the call could be ended only by closing the body; Read then waits
// for the next deadline, or the end.
func (s *stream) Read(p []byte) (int, error) {
	if err := s.begin(&s.read, s.expireRead); err != nil {
		if err == errBroken {
			err = s.linger()
		}
		return 0, err
	}
	n, err := s.body.Read(p)
	return n, s.end(&s.read, err)
}

func (s *stream) expireRead() { s.expire(&s.read, func() { s.body.Close() }) }

// linger is Read of a broken side: it waits for the deadline, which may have been
// put off since that passed, or the end.
func (s *stream) linger() error {
	for {
		s.mu.Lock()
		deadline, changed := s.read.deadline, s.read.changed
		s.mu.Unlock()
		var passed <-chan time.Time
		if !deadline.IsZero() {
			timer := time.NewTimer(time.Until(deadline))
			defer timer.Stop()
			passed = timer.C
		}
		select {
		case <-changed:
		case <-passed:
			return os.ErrDeadlineExceeded
		case <-s.request.Done():
			return io.ErrUnexpectedEOF
		case <-s.over:
			return net.ErrClosed
		}
	}
}

// Write writes to the response and flushes.
func (s *stream) Write(p []byte) (n int, err error) {
	if err := s.begin(&s.write, s.expireWrite); err != nil {
		return 0, err
	}
	if n, err = s.response.Write(p); err == nil {
		err = s.control.Flush()
	}
	return n, s.end(&s.write, err)
}

func (s *stream) expireWrite() { s.expire(&s.write, s.cutWrite) }

// cutWrite ends a Write that is under way. It resets the stream.
func (s *stream) cutWrite() { s.control.SetWriteDeadline(time.Unix(1, 0)) }

// Close ends both directions. Calls under way return.
func (s *stream) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return net.ErrClosed
	}
	s.closed = true
	close(s.over)
	writing := s.write.busy
	s.calls++ // this one
	s.mu.Unlock()
	s.body.Close()
	if writing {
		s.cutWrite()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.release()
	return nil
}

// SetReadDeadline sets when Read gives up; zero means never.
func (s *stream) SetReadDeadline(t time.Time) error { return s.setDeadline(&s.read, t, s.expireRead) }

// SetWriteDeadline sets when Write gives up; zero means never. The stream is of
// no use after that.
func (s *stream) SetWriteDeadline(t time.Time) error {
	return s.setDeadline(&s.write, t, s.expireWrite)
}

// SetDeadline sets both.
func (s *stream) SetDeadline(t time.Time) error {
	s.SetReadDeadline(t)
	return s.SetWriteDeadline(t)
}

func (s *stream) setDeadline(d *side, t time.Time, expire func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	d.deadline = t
	close(d.changed)
	d.changed = make(chan struct{})
	if d.busy {
		s.arm(d, expire)
	}
	return nil
}

// LocalAddr is the address of the HTTP/2 connection at this end, or nil if the
// HTTP server does not tell.
func (s *stream) LocalAddr() net.Addr { return s.local }

// RemoteAddr is that of the client.
func (s *stream) RemoteAddr() net.Addr { return s.remote }

// address is an address of the network "tcp" as net/http writes it.
type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }
