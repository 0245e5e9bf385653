package session

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
)

// inbox is the Sink of a raw session: messages wait in it for Receive.
type inbox struct {
	c *Conn

	mu    sync.Mutex // guards below
	queue []Message
	first [1]Message // the queue's array while it is short
	bytes int
	more  chan struct{} // closed by the next message or the end; nil if nobody waits
	room  chan struct{} // closed when half of the inbox is free again; nil if nobody waits
	end   error         // what Receive returns once the queue is empty
}

// Serve makes h the session's handler and starts it on a goroutine of its
// own, unless it is a Responder, which needs none. Serve takes the place of
// SetSink and must come before the first Attach. When h returns the session is
// closed with Normal; if it panics, with InternalError. If the session is over
// already, h is not called, but for an Attendant's Opened and Over.
func (c *Conn) Serve(h Handler) {
	if r, ok := h.(Responder); ok {
		serveResponder(c, r)
		return
	}
	in := &inbox{c: c}
	c.SetSink(in)
	run := func() {
		defer func() {
			if v := recover(); v != nil {
				LogPanic(c.Logger(), v)
				c.Abort(&CloseError{Code: InternalError, Reason: "handler failed", Err: fmt.Errorf("panic: %v", v)})
				return
			}
			c.Close(Normal, "")
		}()
		h.ServeSession(c)
	}
	switch {
	case c.m == nil:
		go run()
	case c.m.handlerBegins(c):
		go func() {
			defer c.m.handlerEnds()
			run()
		}()
	}
}

// LogPanic logs a recovered panic with its stack. It must be called by the
// deferred function that recovered.
func LogPanic(log *slog.Logger, v any) {
	log.Error("handler panicked", slog.Any("err", v), slog.String("stack", string(debug.Stack())))
}

// Receive returns the next message; see Session.
func (c *Conn) Receive(ctx context.Context) (Message, error) {
	c.mu.Lock()
	in, ok := c.sink.(*inbox)
	c.mu.Unlock()
	if !ok {
		return Message{}, errNoSink
	}
	return in.receive(ctx)
}

func (in *inbox) Deliver(p Packet) error {
	m := Message{Kind: p.Kind, Data: slices.Clone(p.Data)}
	in.mu.Lock()
	for in.end == nil && !in.fits(len(m.Data)) {
		room := make(chan struct{})
		in.room = room // only the one deliverer waits
		in.mu.Unlock()
		in.c.Stall(func() { <-room })
		in.mu.Lock()
	}
	defer in.mu.Unlock()
	if in.end != nil {
		return nil
	}
	if len(in.queue) == 0 {
		in.queue = in.first[:0]
	}
	in.queue = append(in.queue, m)
	in.bytes += len(m.Data)
	in.notify()
	return nil
}

func (in *inbox) fits(size int) bool {
	return len(in.queue) == 0 ||
		len(in.queue) < in.c.cfg.inboxMessages() && in.bytes+size <= in.c.cfg.inboxBytes()
}

func (in *inbox) notify() {
	if in.more != nil {
		close(in.more)
		in.more = nil
	}
}

// Over ends the inbox: what has arrived can still be received.
func (in *inbox) Over(cause error) {
	end := cause
	if ce, ok := cause.(*CloseError); ok && ce.Normal() {
		end = io.EOF
	}
	in.finish(end)
}

// finish ends the inbox, by the session's end or when this side begins to
// close, whichever is first.
func (in *inbox) finish(end error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.end == nil {
		in.end = end
	}
	in.notify()
	in.free(true)
}

func (in *inbox) free(all bool) {
	half := len(in.queue) <= in.c.cfg.inboxMessages()/2 && in.bytes <= in.c.cfg.inboxBytes()/2
	if in.room != nil && (all || half) {
		close(in.room)
		in.room = nil
	}
}

func (in *inbox) receive(ctx context.Context) (Message, error) {
	in.mu.Lock()
	for len(in.queue) == 0 {
		if in.end != nil {
			defer in.mu.Unlock()
			return Message{}, in.end
		}
		if in.more == nil {
			in.more = make(chan struct{})
		}
		more := in.more
		in.mu.Unlock()
		select {
		case <-more:
		case <-ctx.Done():
			// The session's own context ends after the inbox did, so a
			// handler that receives with it still gets every message.
			in.mu.Lock()
			over := in.end != nil || len(in.queue) > 0
			in.mu.Unlock()
			if !over {
				return Message{}, context.Cause(ctx)
			}
		}
		in.mu.Lock()
	}
	m := in.queue[0]
	in.queue[0] = Message{}
	in.queue = in.queue[1:]
	in.bytes -= len(m.Data)
	if len(in.queue) == 0 {
		in.queue = nil // a long array is not kept
	}
	in.free(false)
	in.mu.Unlock()
	return m, nil
}
