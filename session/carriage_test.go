package session_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
)

func TestCauseIsKnownFromTheFirstClose(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		attach(t, c, stream)
		if err := c.Cause(); err != nil {
			t.Errorf("cause of an open session: %v", err)
		}
		c.Close(session.Forced, "")
		var ce *session.CloseError
		if err := c.Cause(); !errors.As(err, &ce) || ce.Code != session.Forced {
			t.Errorf("cause while closing: %v", err)
		}
	})
}

// Between two polls there is nobody to be told of an error.
func TestAbortWithoutACarrierEndsAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		attach(t, c, poll).Release()
		send(t, c, "discarded")
		if err := c.Abort(&session.CloseError{Code: session.ProtocolError}); err != nil {
			t.Error(err)
		}
		expectCause(t, c, session.ProtocolError, false)
	})
}

func TestAwaitCarrier(t *testing.T) {
	for name, change := range map[string]func(c *session.Conn, cancel context.CancelFunc){
		"attach":  func(c *session.Conn, _ context.CancelFunc) { c.Attach(poll, nil) },
		"context": func(_ *session.Conn, cancel context.CancelFunc) { cancel() },
		"end":     func(c *session.Conn, _ context.CancelFunc) { c.Kill(&session.CloseError{}) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c, _ := newConn(t, &session.Config{})
				attach(t, c, poll).Release()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				wait := func() error { c.AwaitCarrier(ctx); return nil }
				first, second := sending(wait), sending(wait)
				expectPending(t, first)
				change(c, cancel)
				finished(t, first)
				finished(t, second)
			})
		})
	}
}

func TestAwaitCarrierReturnsAtOnceIfThereIsOne(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		attach(t, c, poll)
		finished(t, sending(func() error { c.AwaitCarrier(t.Context()); return nil }))
		c.Kill(&session.CloseError{})
		finished(t, sending(func() error { c.AwaitCarrier(t.Context()); return nil }))
	})
}

func TestOneUploadAtATime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		if !c.BeginUpload() || c.BeginUpload() {
			t.Error("not exactly one upload was let in")
		}
		c.EndUpload()
		if !c.AwaitUpload(t.Context()) {
			t.Error("an upload after the end of the first has to wait")
		}
	})
}

// TestAnUploadThatWaits has the next turn, whoever comes.
func TestAnUploadThatWaits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		c.BeginUpload()
		brief, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if c.AwaitUpload(brief) {
			t.Error("a second upload was let in")
		}
		had := make(chan bool, 1)
		go func() { had <- c.AwaitUpload(t.Context()) }()
		synctest.Wait()
		if c.AwaitUpload(t.Context()) || c.BeginUpload() {
			t.Error("a third upload was let in, or waits")
		}
		c.EndUpload()
		if c.BeginUpload() {
			t.Error("an upload went before the one that waited")
		}
		if !<-had {
			t.Error("the upload that waited had no turn")
		}
		c.EndUpload()
		if !c.BeginUpload() {
			t.Error("an upload after all others is refused")
		}
	})
}

func TestShutdownWaitsForGo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := session.NewManager()
		c := open(t, m, &session.Config{})
		var ran atomic.Bool
		c.Go(func() { time.Sleep(time.Second); ran.Store(true) })
		c.Kill(&session.CloseError{})
		if err := m.Shutdown(t.Context()); err != nil || !ran.Load() {
			t.Errorf("Shutdown: %v, before the goroutine had ended: %v", err, !ran.Load())
		}
		late := make(chan struct{})
		c.Go(func() { close(late) }) // not waited for, but run
		synctest.Wait()
		<-late
	})
}
