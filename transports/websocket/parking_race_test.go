package websocket_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
	"github.com/everwire/everwire/transports/websocket"
)

// TestConnectionsThatComeAndGoInTheLot: many clients talk at random moments, so
// that some park while others resume, and bytes come in the middle of it. Every
// message is echoed, and every session ends however its client leaves.
func TestConnectionsThatComeAndGoInTheLot(t *testing.T) {
	clients, span := 500, 3*time.Second
	if testing.Short() {
		clients, span = 100, time.Second
	}
	websocket.SetPatience(t, 5*time.Millisecond, 10*time.Millisecond)
	srv, sessions := respond(t, eio.Raw, transporttest.Options{}, echo)
	end := time.Now().Add(span)
	var group sync.WaitGroup
	for i := range clients {
		group.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(i)))
			for life := 0; time.Now().Before(end); life++ {
				c := transporttest.NewRawClient(t, srv)
				for range 1 + r.IntN(20) {
					<-time.After(time.Duration(r.Int64N(int64(40 * time.Millisecond))))
					if err := echoes(c, fmt.Sprintf("%d %d%s", i, life, strings.Repeat(" ", r.IntN(2000)))); err != nil {
						t.Errorf("client %d: %v", i, err)
						return
					}
				}
				s := byClient(c)
				s(r)
			}
		})
	}
	group.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := srv.Engine.Shutdown(ctx); err != nil {
		t.Error("connections are left:", err)
	}
	for len(sessions) > 0 {
		cause(t, <-sessions)
	}
	await(t, 0, reading, "")
}

// byClient returns one of the ways in which a client leaves.
func byClient(c *transporttest.WebSocketClient) func(*rand.Rand) {
	return func(r *rand.Rand) {
		switch r.IntN(4) {
		case 0:
			c.Close()
			c.Receive()
		case 1:
			c.Conn.(*net.TCPConn).SetLinger(0)
		case 2:
			c.Close()
		}
		c.Cut()
	}
}

// TestEndsThatMeetParking: a session ends while its reader is on its way into
// the lot.
func TestEndsThatMeetParking(t *testing.T) {
	rounds := 500
	if testing.Short() {
		rounds = 100
	}
	srv, sessions := respond(t, eio.Raw, transporttest.Options{}, echo)
	for i := range rounds {
		c := transporttest.NewRawClient(t, srv)
		s := <-sessions
		var group sync.WaitGroup
		group.Go(func() { c.Send(session.Message{Data: []byte("x")}) })
		group.Go(func() {
			switch i % 3 {
			case 0:
				s.Close(4000, "")
			case 1:
				kill(s, 4000)
			case 2:
				c.Cut()
			}
		})
		group.Wait()
		for {
			ev, err := c.Event()
			if err != nil {
				break
			}
			if ev.Type == ws.Close {
				c.Close()
			}
		}
		cause(t, s)
		c.Cut()
	}
	noTakeovers(t, srv)
}

// TestWhatOthersSendWhileTheReaderWorksArrives: it is held, not lost.
func TestWhatOthersSendWhileTheReaderWorksArrives(t *testing.T) {
	var g session.Group
	srv, sessions := respond(t, eio.Raw, transporttest.Options{}, func(s session.Session, m session.Message) error {
		done := make(chan int)
		go func() {
			n := g.Broadcast(session.Message{Data: []byte("broadcast")})
			s.Send(s.Context(), session.Message{Data: []byte("sent")})
			done <- n
		}()
		if <-done != 1 {
			return errors.New("nobody was reached")
		}
		return nil
	})
	c := transporttest.NewRawClient(t, srv)
	g.Add(<-sessions)
	for range 5 {
		c.Send(session.Message{Data: []byte("go")})
		for _, want := range []string{"broadcast", "sent"} {
			if m, err := c.Receive(); err != nil || !bytes.Equal(m.Data, []byte(want)) {
				t.Fatalf("received %q, %v, want %q", m.Data, err, want)
			}
		}
	}
}
