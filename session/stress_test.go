package session_test

import (
	"errors"
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
		timeout := time.NewTimer(10 * time.Second)
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
