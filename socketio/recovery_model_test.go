package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// trial is one random history of a namespace whose clients lose their connections
// again and again, and what each of them ought to get.
type trial struct {
	t       *testing.T
	rng     *rand.Rand
	ns      *socketio.Namespace
	clients []*tracked
	n       int // events so far
	log     []string
}

// tracked is a client and what is true of it.
type tracked struct {
	*returning
	rooms map[string]bool
	want  []string
}

var trialRooms = []string{"a", "b", "c"}

func newTrial(t *testing.T, seed uint64) *trial {
	tr := &trial{t: t, rng: rand.New(rand.NewPCG(seed, 1))}
	srv := recovering(socketio.Recovery{})
	tr.ns = srv.Of("/trial")
	for i := range 4 {
		c := carrier
		if i%2 == 1 {
			c = polls
		}
		r := &tracked{returning: newReturning(t, srv, "/trial", c), rooms: map[string]bool{}}
		r.enter()
		tr.clients = append(tr.clients, r)
	}
	return tr
}

func (tr *trial) note(format string, args ...any) {
	tr.log = append(tr.log, fmt.Sprintf(format, args...))
}

func (tr *trial) room() string { return trialRooms[tr.rng.IntN(len(trialRooms))] }

// emit sends an event by one of the ways there are, and notes who is to get it.
func (tr *trial) emit() {
	tr.n++
	r := tr.clients[tr.rng.IntN(len(tr.clients))]
	s := tr.ns.Socket(r.id)
	var meant func(*tracked) bool
	var emit func(event string, args ...any) error
	switch room, other := tr.room(), tr.room(); tr.rng.IntN(7) {
	case 0:
		meant, emit = func(*tracked) bool { return true }, tr.ns.Emit
	case 1:
		meant, emit = func(c *tracked) bool { return c.rooms[room] }, tr.ns.To(room).Emit
	case 2:
		meant, emit = func(c *tracked) bool { return c.rooms[room] || c.rooms[other] }, tr.ns.To(room, other).Emit
	case 3:
		meant, emit = func(c *tracked) bool { return !c.rooms[room] }, tr.ns.Except(room).Emit
	case 4:
		meant, emit = func(c *tracked) bool { return c.rooms[room] && c != r }, tr.ns.To(room).Except(r.id).Emit
	case 5:
		meant, emit = func(c *tracked) bool { return c == r }, tr.ns.To(r.id).Emit
	default:
		if s == nil {
			return
		}
		meant, emit = func(c *tracked) bool { return c == r }, s.Emit
	}
	args, text := []any{tr.n}, fmt.Sprintf(`["e",%d]`, tr.n)
	switch tr.rng.IntN(3) {
	case 0:
		args, text = append(args, "text"), fmt.Sprintf(`["e",%d,"text"]`, tr.n)
	case 1:
		args = append(args, []byte{byte(tr.n)})
		text = fmt.Sprintf(`["e",%d,{"_placeholder":true,"num":0}][%x]`, tr.n, string(rune(tr.n&0x7f)))
		args[1] = []byte(string(rune(tr.n & 0x7f)))
	}
	switch err := emit("e", args...); {
	case errors.Is(err, socketio.ErrDisconnected):
		return // the client is on its way back just now, and this was its old socket
	case err != nil:
		tr.t.Errorf("emit: %v", err)
	}
	for i, c := range tr.clients {
		if meant(c) {
			c.want = append(c.want, text)
			tr.note("%s to %d", text, i)
		}
	}
}

// aside sends what is not kept: it must do no harm.
func (tr *trial) aside(s *socketio.Socket) {
	if s == nil {
		return
	}
	switch tr.rng.IntN(3) {
	case 0:
		s.Volatile().Emit("aside", "text")
	case 1:
		tr.ns.Volatile().Emit("aside")
	case 2:
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		go socketio.Call[struct{}](ctx, s, "aside", "text")
	}
}

func (tr *trial) step() {
	i := tr.rng.IntN(len(tr.clients))
	r := tr.clients[i]
	s := tr.ns.Socket(r.id)
	switch tr.rng.IntN(12) {
	case 0, 1, 2, 3:
		tr.emit()
	case 4:
		tr.aside(s)
	case 5:
		room := tr.room()
		if s == nil {
			return
		}
		var err error
		enters := tr.rng.IntN(2) == 0
		if enters {
			err = s.Join(room)
		} else {
			err = s.Leave(room)
		}
		if err != nil {
			return // the client is on its way back just now
		}
		r.rooms[room] = enters
		tr.note("%d in %s: %t", i, room, r.rooms[room])
	case 6, 7:
		r.read(tr.rng.IntN(4))
	case 8:
		tr.note("%d is cut", i)
		r.readAndCut(tr.rng.IntN(4))
	case 9:
		tr.note("%d comes", i)
		r.come() // also while its old connection seems to live
	case 10:
		r.read(-1)
	case 11:
		settle()
		time.Sleep(time.Duration(tr.rng.IntN(5000)) * time.Millisecond)
	}
}

// finish brings everybody back and compares.
func (tr *trial) finish() {
	for i, r := range tr.clients {
		if r.peer == nil {
			r.come()
		}
		for range 20 {
			settle()
			r.read(-1)
		}
		got := slices.DeleteFunc(r.got, func(e string) bool { return strings.HasPrefix(e, `["aside"`) })
		if !slices.Equal(got, r.want) {
			tr.t.Errorf("client %d got %q,\nwant %q,\nafter\n%s", i, got, r.want, strings.Join(tr.log, "\n"))
		}
		r.cut()
	}
	settle()
}

// Whatever is cut whenever: each client gets what was emitted to it, in order, all
// of it, and nothing twice.
func TestRecoveryModel(t *testing.T) {
	trials := uint64(150)
	if testing.Short() {
		trials = 30
	}
	for seed := range trials {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				tr := newTrial(t, seed)
				for range 150 {
					tr.step()
				}
				tr.finish()
			})
		})
	}
}

// The same on real goroutines: several emit at once, so the order is only that of
// each of them.
func TestRecoveryWhileManyEmit(t *testing.T) {
	const emitters, events = 4, 400
	srv := recovering(socketio.Recovery{})
	ns := srv.Of("/")
	ns.OnConnect(func(_ context.Context, s *socketio.Socket) error { return s.Join("room") })
	r := newReturning(t, srv, "/", carrier)
	r.come()
	waitFor(t, func() bool { r.read(-1); return r.connected && slices.Contains(ns.Rooms(), "room") })
	id := r.id
	var wg sync.WaitGroup
	for e := range emitters {
		wg.Go(func() {
			for i := range events {
				switch i % 3 {
				case 0:
					ns.Emit("n", e, i)
				case 1:
					ns.To("room").Emit("n", e, i)
				case 2:
					ns.To(id).Emit("n", e, i)
				}
				if i%16 == 0 {
					// A pace, and no wait for anything: without it the outbox
					// overflows most of the time, and little else is tried.
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { defer close(done); wg.Wait() }()
	rng := rand.New(rand.NewPCG(1, 2))
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		r.read(rng.IntN(20))
		switch rng.IntN(10) {
		case 0:
			r.readAndCut(rng.IntN(5))
			r.come()
		case 1:
			r.come() // its old connection is there still
		}
	}
	waitFor(t, func() bool {
		r.read(-1)
		if r.peer.conn.State() != session.Open { // it was too slow a reader
			r.come()
		}
		return len(r.got) >= emitters*events
	})
	next := make([]int, emitters)
	for _, text := range r.got {
		var e, i int
		fmt.Sscanf(text, `["n",%d,%d]`, &e, &i)
		if i != next[e] {
			t.Fatalf("emitter %d: %d, want %d", e, i, next[e])
		}
		next[e]++
	}
	r.cut()
	waitFor(t, func() bool { return ns.Len() == 0 })
}

// waitFor looks until what has to come is there. The race that it belongs to
// needs real time: in a bubble goroutines would hardly meet.
func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it never came to that")
		}
	}
}
