package socketio_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// TestAStalledReaderDelaysNobody: of many clients one takes nothing. After each
// broadcast all others have it, before any time has passed, whatever the policy
// for the stalled one is; and that one holds no more than its outbox may.
func TestAStalledReaderDelaysNobody(t *testing.T) {
	const (
		readers = 100
		events  = 300
		outbox  = 64
	)
	for _, tt := range []struct {
		policy session.Overflow
		left   bool // the stalled client is still there
		first  string
	}{
		{session.Disconnect, false, "close 3002"},
		{session.DropOldest, true, fmt.Sprintf(`2["e",%d]`, events-outbox)},
		{session.Refuse, true, `2["e",0]`},
	} {
		t.Run(fmt.Sprint(tt.policy), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{})
				ns := srv.Of("/")
				cfg := &session.Config{OutboxMessages: outbox, Overflow: tt.policy}
				var got [readers]atomic.Int64
				var clients []*peer
				for i := range readers {
					p := dial(t, srv, cfg)
					p.send("0")
					p.packets()
					clients = append(clients, p)
					go p.lease.Run(context.Background(), 1<<16, func(ps []session.Packet) error {
						for _, q := range ps {
							if want := fmt.Sprintf(`2["e",%d]`, got[i].Load()); q.Type == session.PacketMessage && show(q) != want {
								t.Errorf("client %d got %s, want %s", i, show(q), want)
							}
							got[i].Add(1)
						}
						return nil
					})
				}
				stalled := dial(t, srv, cfg)
				stalled.send("0")
				stalled.packets()
				synctest.Wait()
				began := time.Now()
				for n := range events {
					if err := ns.Emit("e", n); err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
					for i := range readers {
						if g := got[i].Load(); g != int64(n+1) {
							t.Fatalf("after %d events client %d has %d", n+1, i, g)
						}
					}
					if waiting, _ := stalled.conn.Buffered(); waiting > outbox {
						t.Fatalf("%d events wait for the stalled client", waiting)
					}
				}
				if d := time.Since(began); d != 0 {
					t.Errorf("it took %v", d)
				}
				if open := stalled.conn.State() == session.Open; open != tt.left {
					t.Errorf("the stalled client is %v", stalled.conn.State())
				}
				if first := show(stalled.packets()[0]); first != tt.first {
					t.Errorf("what the stalled client reads at last begins with %s, want %s", first, tt.first)
				}
				for _, p := range append(clients, stalled) {
					p.leave()
				}
			})
		})
	}
}
