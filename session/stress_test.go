package session_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
)

// TestNoWakeIsLost races senders with carriers that attach, supersede each
// other and settle. Nothing happens after the race: if one wake is lost, a
// message stays where it is.
func TestNoWakeIsLost(t *testing.T) {
	trials := 5000
	if testing.Short() {
		trials = 500
	}
	for trial := range trials {
		c, _ := newConn(t, &session.Config{OutboxMessages: 1})
		const messages = 3
		arrived := make(chan struct{}, messages)
		race := make(chan struct{})
		var group sync.WaitGroup
		attach(t, c, stream)
		for i := range 2 {
			group.Go(func() {
				<-race
				if i == trial%2 {
					drainOnWake(c, &group, arrived)
					return
				}
				l, err := c.Attach(stream, nil)
				if err != nil {
					return // the other one was quicker, and all is over
				}
				err = l.Run(c.Context(), 1, func(ps []session.Packet) error {
					for range ps {
						arrived <- struct{}{}
					}
					return nil
				})
				if err == nil {
					t.Error("Run ended without a reason")
				}
			})
		}
		group.Go(func() {
			<-race
			for range messages {
				if err := c.Send(c.Context(), session.Message{Data: []byte("m")}); err != nil {
					t.Error(err)
				}
			}
		})
		close(race)
		timeout := time.NewTimer(time.Minute)
		for n := range messages {
			select {
			case <-arrived:
			case <-timeout.C:
				packets, _ := c.Buffered()
				t.Errorf("trial %d: %d of %d messages arrived, %d are queued", trial, n, messages, packets)
				c.Kill(&session.CloseError{})
				group.Wait()
				return
			}
		}
		timeout.Stop()
		c.Kill(&session.CloseError{})
		group.Wait()
	}
}

// drainOnWake attaches a carrier that has a goroutine only while there is
// something to write.
func drainOnWake(c *session.Conn, group *sync.WaitGroup, arrived chan<- struct{}) {
	var l *session.Lease
	drain := func() {
		for {
			b, err := l.TryNext(1)
			switch {
			case errors.Is(err, session.ErrIdle):
				return
			case err != nil:
				l.Lost(err)
				return
			}
			for range b.Packets {
				arrived <- struct{}{}
			}
			b.Commit()
		}
	}
	var err error
	if l, err = c.Attach(stream, func() { group.Go(drain) }); err != nil {
		return
	}
	drain()
}

// TestNoMessageIsLostAtTheEnd races a handler that receives with the session's
// own context and the end of the session: it gets what came before, and then
// io.EOF, never the context's error.
func TestNoMessageIsLostAtTheEnd(t *testing.T) {
	for range 5000 {
		c := session.NewConn(context.Background(), "id", &session.Config{}, session.Peer{})
		done := make(chan error, 1)
		race := make(chan struct{})
		c.Serve(session.HandlerFunc(func(s session.Session) {
			<-race
			m, err := s.Receive(s.Context())
			if err == nil && string(m.Data) == "last" {
				_, err = s.Receive(s.Context())
			}
			done <- err
		}))
		attach(t, c, stream)
		close(race)
		deliver(t, c, message("last"))
		deliver(t, c, session.Packet{Type: session.PacketClose})
		if err := <-done; err != io.EOF {
			t.Fatalf("Receive: %v, want the message and io.EOF", err)
		}
	}
}
