package socketio_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// Whatever the schedule: each client gets each sender's events once and in
// order, and a socket's handlers see its client's events once and in order. The
// senders are clients and goroutines of the server; clients come, go and change
// rooms meanwhile, but those that are compared stay in the room "all".
func TestRandomSchedules(t *testing.T) {
	schedules := 150
	if testing.Short() {
		schedules = 20
	}
	for seed := range schedules {
		bubble(t, func(t *testing.T) { randomSchedule(t, rand.New(rand.NewPCG(uint64(seed), 7))) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func randomSchedule(t *testing.T, r *rand.Rand) {
	const clients, servers, events = 5, 3, 12
	srv := socketio.NewServer(socketio.Config{MailboxEvents: 2 + r.IntN(8)})
	ns := srv.Of("/")
	guarded := r.IntN(2) == 0
	if guarded {
		ns.Use(func(context.Context, *socketio.Socket) error { return nil })
	}
	nap := naps(r)
	ns.OnConnect(func(_ context.Context, s *socketio.Socket) error { nap(); return s.Join("all") })
	socketio.On(ns, "say", func(_ context.Context, s *socketio.Socket, args socketio.Args) error {
		nap()
		return ns.To("all", s.ID()).Emit("said", args)
	})
	var stay []*peer
	for range clients {
		p := dial(t, srv, nil)
		p.send(`0`)
		p.record()
		stay = append(stay, p)
	}
	settle()
	time.Sleep(time.Second) // all have joined
	var wg sync.WaitGroup
	for i, p := range stay {
		wg.Go(func() {
			for n := range events {
				p.send(fmt.Sprintf(`2["say","client %d",%d]`, i, n))
				nap()
			}
		})
	}
	for i := range servers {
		wg.Go(func() {
			for n := range events {
				if err := ns.To("all", "other").Emit("said", fmt.Sprintf("server %d", i), n); err != nil {
					t.Error(err)
				}
				nap()
			}
		})
	}
	wg.Go(func() { comeAndGo(t, srv, nap) })
	wg.Wait()
	time.Sleep(time.Minute)
	settle()
	for i, p := range stay {
		checkOrder(t, i, p.recorded(), clients, servers, events)
		p.leave()
	}
	members(t, ns, 0)
}

// naps returns a function that sleeps for a random while, at times not at all.
func naps(r *rand.Rand) func() {
	var mu sync.Mutex
	longest := 1 + r.IntN(5)
	return func() {
		mu.Lock()
		d := time.Duration(r.IntN(longest)) * time.Millisecond
		mu.Unlock()
		if d > 0 {
			time.Sleep(d)
		}
	}
}

func comeAndGo(t *testing.T, srv *socketio.Server, nap func()) {
	for i := range 4 {
		p := dial(t, srv, nil)
		p.record()
		p.send(`0`)
		nap()
		p.send(`2["say","visitor",1]`)
		nap()
		if i%2 == 0 {
			p.send(`1`)
		}
		p.conn.Kill(&session.CloseError{Code: session.TransportLost, Remote: true})
		settle()
	}
}

func checkOrder(t *testing.T, client int, got []string, clients, servers, events int) {
	t.Helper()
	next := make(map[string]int)
	for _, text := range got {
		var who string
		var n int
		if strings.Contains(text, "visitor") || strings.HasPrefix(text, "0") {
			continue
		}
		text, _ = strings.CutPrefix(text, `2["said","`)
		who, text, _ = strings.Cut(text, `",`)
		if _, err := fmt.Sscanf(text, "%d]", &n); err != nil {
			t.Fatalf("client %d got %s", client, text)
		}
		if n != next[who] {
			t.Fatalf("client %d got event %d of %s, want %d:\n%s", client, n, who, next[who], strings.Join(got, "\n"))
		}
		next[who]++
	}
	for i := range clients + servers {
		who := fmt.Sprintf("client %d", i)
		if i >= clients {
			who = fmt.Sprintf("server %d", i-clients)
		}
		if next[who] != events {
			t.Errorf("client %d got %d events of %s, want %d", client, next[who], who, events)
		}
	}
}
