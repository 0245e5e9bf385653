package socketio_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/everwire/everwire/socketio"
)

// An ack id that several clients have in common is none that one of them has
// alone, and none that needs more than 31 bits.
func TestSharedAckIDs(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		p := enter(t, srv)
		s := only(t, ns)
		ctx, cancel := context.WithCancel(context.Background())
		seen := make(map[string]bool)
		for range 4 {
			go socketio.Call[int](ctx, s, "own")
			go socketio.CallAll[int](ctx, ns.Except(), "shared")
			settle()
			for _, q := range p.packets() {
				id := string(calledID.FindSubmatch(q.Data)[1])
				if seen[id] {
					t.Errorf("id %s was used twice", id)
				}
				if _, err := strconv.ParseInt(id, 10, 32); err != nil {
					t.Error(err)
				}
				seen[id] = true
			}
		}
		if len(seen) != 8 || s.PendingAcks() != 8 {
			t.Errorf("%d ids, %d acks are awaited", len(seen), s.PendingAcks())
		}
		cancel()
		p.leave()
	})
}
