package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// With the default limits one client enters 64 namespaces, joins 1,000 rooms and
// owes 1,000 acks, and no more, whatever it asks for.
func TestFloodOfNamespacesRoomsAndAcks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		parent := srv.OfPattern(regexp.MustCompile(`^/n`))
		p, good := enter(t, srv), enter(t, srv)
		s := only(t, srv.Of("/"))
		in, refused := 1, 0
		for i := range 1000 {
			p.send(fmt.Sprintf(`0/n%d,`, i))
			for _, q := range p.packets() {
				if string(q.Data[:1]) == "0" {
					in++
				} else {
					refused++
				}
			}
		}
		if in != 64 || refused != 937 || len(parent.Children()) != 63 {
			t.Errorf("in %d namespaces, refused %d times, %d children", in, refused, len(parent.Children()))
		}
		var full error
		for i := range 2000 {
			full = errors.Join(full, s.Join(fmt.Sprintf("room %d", i)))
		}
		wantErr(t, full, socketio.ErrTooManyRooms)
		if got := len(s.Rooms()); got > 1001 {
			t.Errorf("in %d rooms", got)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		for range 1100 {
			go socketio.Call[struct{}](ctx, s, "ask")
		}
		settle()
		if got := s.PendingAcks(); got > 1000 {
			t.Errorf("%d acks are owed", got)
		}
		time.Sleep(2 * time.Second)
		good.packets()
		good.send(`0/n1,`) // nobody else is kept out
		good.expect(`0/n1,{"sid":SID}`)
		p.leave()
		good.leave()
	})
}

// A client that goes on sending and never polls again is cut off when what waits
// for it has reached its bound.
func TestClientThatStopsPolling(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := busy()
		p := dialBy(t, srv, nil, polls)
		p.send(`0`)
		settle()
		p.packets()
		p.lease.Release() // and no other poll comes
		for i := 0; p.conn.State() == session.Open; i++ {
			if i > 5000 {
				t.Fatal("it is still there")
			}
			if _, bytes := p.conn.Buffered(); bytes > 1<<20 {
				t.Fatalf("%d bytes wait", bytes)
			}
			p.send(`20["echo","x"]`)
			settle()
		}
		p.leave()
		members(t, srv.Of("/"), 0)
	})
}
