package flash

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"
)

// Options bound what the clients of Serve may use. Zeros mean the defaults
// that the fields name.
type Options struct {
	// MaxConns (256) bounds the connections at a time. More are closed as they
	// arrive.
	MaxConns int
	// Timeout (3 s) is how long a client may take for its request and for
	// taking the answer.
	Timeout time.Duration
	// Limiter bounds what one address may open; more connections are closed
	// as they arrive. Nil means one of its own, NewLimiter(0, 0).
	Limiter *Limiter
	// Logger gets errors of the listener, and faults of clients at level
	// Debug. Nil: nothing is logged.
	Logger *slog.Logger
}

func (o *Options) setDefaults() {
	if o.MaxConns == 0 {
		o.MaxConns = 256
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Limiter == nil {
		o.Limiter = NewLimiter(0, 0)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// acceptPause is how long Serve waits after an error of the listener, which is
// mostly that the process has no file left.
const acceptPause = 100 * time.Millisecond

// Serve answers policy requests on a listener that is there for nothing else,
// such as one on port 843. It waits for the request, so that the port tells
// nothing to who only looks; whoever sends anything else is disconnected
// without an answer.
//
// Serve blocks until ctx is done or the listener is closed, and until its
// connections are; it closes the listener. It returns nil after ctx was done,
// else the listener's error.
func Serve(ctx context.Context, ln net.Listener, p Policy, o Options) error {
	o.setDefaults()
	s := &policyServer{options: o, answer: answer(p), slots: make(chan struct{}, o.MaxConns)}
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	defer ln.Close()
	defer s.conns.Wait()
	for {
		conn, err := ln.Accept()
		switch {
		case err == nil:
			s.take(ctx, conn)
			continue
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		}
		o.Logger.Warn("flash policy: cannot accept", "err", err)
		select {
		case <-time.After(acceptPause):
		case <-ctx.Done():
		}
	}
}

// policyServer is what the connections of one Serve share.
type policyServer struct {
	options Options
	answer  []byte
	slots   chan struct{} // one element per connection
	conns   sync.WaitGroup
}

// take serves a connection on a goroutine of its own, if the limits let it.
func (s *policyServer) take(ctx context.Context, conn net.Conn) {
	if !s.options.Limiter.allow(conn.RemoteAddr().String(), time.Now()) {
		conn.Close()
		return
	}
	select {
	case s.slots <- struct{}{}:
	default:
		conn.Close()
		return
	}
	s.conns.Go(func() {
		defer func() { <-s.slots }()
		defer conn.Close()
		defer context.AfterFunc(ctx, func() { conn.Close() })()
		conn.SetDeadline(time.Now().Add(s.options.Timeout))
		if err := exchange(conn, nil, s.answer); err != nil {
			s.options.Logger.Debug("flash policy: not served", "remote", conn.RemoteAddr().String(), "err", err)
		}
	})
}
