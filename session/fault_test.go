package session_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
)

func TestPingFromTheClientEndsTheSession(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		l := attach(t, c, stream)
		if err := c.Deliver(session.Packet{Type: session.PacketPing}); err == nil {
			t.Error("a ping of the client was taken")
		}
		expect(t, l, "close:1002")
	})
}

// served returns a raw session with a handler, and what its last Receive said.
func served(t *testing.T, h func(session.Session) error) (*session.Conn, <-chan error) {
	c := session.NewConn(context.Background(), "id", &session.Config{}, session.Peer{})
	end := make(chan error, 1)
	c.Serve(session.HandlerFunc(func(s session.Session) { end <- h(s) }))
	return c, end
}

func TestFaultLetsTheHandlerAnswerWhatCameBefore(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, end := served(t, func(s session.Session) error {
			for {
				m, err := s.Receive(s.Context())
				if err != nil {
					return err
				}
				if err := s.Send(s.Context(), m); err != nil {
					return err
				}
			}
		})
		l := attach(t, c, stream)
		deliver(t, c, message("before"))
		cause := &session.CloseError{Code: session.InvalidPayload, Remote: true}
		c.Fault(cause)
		if err := c.Deliver(message("after")); !errors.Is(err, session.ErrClosed) {
			t.Errorf("Deliver after the fault: %v", err)
		}
		if err := <-end; err != cause {
			t.Errorf("the handler received %v, want the fault", err)
		}
		wait(0)
		expect(t, l, "before close:1007")
		expectCause(t, c, session.InvalidPayload, true)
	})
}

func TestFaultDoesNotWaitForAHandlerThatStays(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, end := served(t, func(s session.Session) error {
			<-s.Context().Done()
			return context.Cause(s.Context())
		})
		l := attach(t, c, stream)
		start := time.Now()
		c.Fault(&session.CloseError{Code: session.ProtocolError, Remote: true})
		b, err := l.Next(t.Context(), maxBatch)
		if err != nil || len(b.Packets) != 1 || b.Packets[0].Code != session.ProtocolError {
			t.Fatalf("lent %v, %v", b, err)
		}
		if d := time.Since(start); d != 2*time.Second {
			t.Errorf("closed after %v", d)
		}
		b.Commit()
		<-end
	})
}

func TestFaultAbortsASessionWithoutAHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		l := attach(t, c, stream)
		send(t, c, "discarded")
		c.Fault(&session.CloseError{Code: session.MessageTooBig, Remote: true})
		expect(t, l, "close:1009")
	})
}
