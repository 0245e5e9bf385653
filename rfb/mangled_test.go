package rfb_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// A half is one direction of a line. Writes never wait, as those of TCP do not
// for so little.
type half struct {
	mu       sync.Mutex // guards below
	buf      []byte
	ended    bool
	deadline time.Time     // of who reads
	news     chan struct{} // closed when something changes
}

func newHalf() *half { return &half{news: make(chan struct{})} }

func (h *half) change(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
	close(h.news)
	h.news = make(chan struct{})
}

func (h *half) read(p []byte) (int, error) {
	for {
		h.mu.Lock()
		n, ended, late, news := copy(p, h.buf), h.ended, !h.deadline.IsZero() && !time.Now().Before(h.deadline), h.news
		h.buf = h.buf[n:]
		h.mu.Unlock()
		switch {
		case late:
			return 0, os.ErrDeadlineExceeded
		case n > 0 || len(p) == 0:
			return n, nil
		case ended:
			return 0, io.EOF
		}
		<-news
	}
}

// A line is an end of a connection in memory, for tests in bubbles of synctest.
type line struct {
	in, out *half
	closed  sync.Once
	// mangle changes what is written behind so many bytes; an error is that of
	// the Write. Nil leaves it as it is.
	mangle func(p []byte, behind int) ([]byte, error)
	sent   int // bytes; to be read when nobody writes any more
}

// newLine returns both ends of a connection.
func newLine() (mine, theirs *line) {
	a, b := newHalf(), newHalf()
	return &line{in: a, out: b}, &line{in: b, out: a}
}

func (l *line) Read(p []byte) (int, error) { return l.in.read(p) }

func (l *line) Write(p []byte) (int, error) {
	q, failed := p, error(nil)
	if l.mangle != nil {
		q, failed = l.mangle(p, l.sent)
	}
	l.sent += len(p)
	err := io.ErrClosedPipe
	l.out.change(func() {
		if !l.out.ended {
			l.out.buf, err = append(l.out.buf, q...), nil
		}
	})
	if err := errors.Join(err, failed); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (l *line) Close() error {
	l.closed.Do(func() {
		for _, h := range []*half{l.in, l.out} {
			h.change(func() { h.ended = true })
		}
	})
	return nil
}

func (l *line) SetReadDeadline(t time.Time) error {
	l.in.change(func() { l.in.deadline = t })
	if !t.IsZero() {
		time.AfterFunc(time.Until(t), func() { l.in.change(func() {}) })
	}
	return nil
}

func (l *line) SetWriteDeadline(time.Time) error { return nil } // a Write does not wait
func (l *line) SetDeadline(t time.Time) error    { return l.SetReadDeadline(t) }
func (l *line) LocalAddr() net.Addr              { return nil }
func (l *line) RemoteAddr() net.Addr             { return nil }

// errMangled is what the end whose stream is cut gets.
var errMangled = errors.New("cut")

// cutAt has all end in front of byte at of what is written.
func (l *line) cutAt(at int) {
	l.mangle = func(p []byte, behind int) ([]byte, error) {
		if behind+len(p) <= at {
			return p, nil
		}
		return p[:max(0, at-behind)], errMangled
	}
}

// flipAt changes bits of byte at of what is written.
func (l *line) flipAt(at int, bits byte) {
	l.mangle = func(p []byte, behind int) ([]byte, error) {
		if behind <= at && at < behind+len(p) {
			p = bytes.Clone(p)
			p[at-behind] ^= bits
		}
		return p, nil
	}
}
