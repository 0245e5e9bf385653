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
		if !c.BeginUpload(time.Minute) {
			t.Error("the first upload is refused")
		}
		if c.BeginUpload(time.Second) {
			t.Error("a second upload was let in")
		}
		var inside, all atomic.Int32
		for range 3 {
			go func() {
				if c.BeginUpload(time.Minute) && inside.Add(1) == 1 {
					all.Add(1)
				}
				time.Sleep(time.Second)
				inside.Add(-1)
				c.EndUpload()
			}()
		}
		synctest.Wait()
		if n := all.Load(); n != 0 {
			t.Errorf("%d uploads are let in before the end of the first", n)
		}
		c.EndUpload()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if n := all.Load(); n != 3 {
			t.Errorf("%d uploads of 3 had their turn alone", n)
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
