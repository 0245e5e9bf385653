package socketio_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// door is a namespace with Recovery whose middleware lets nobody in before it was
// told what to do with them, by their address.
type door struct {
	srv      *socketio.Server
	ns       *socketio.Namespace
	verdicts map[string]chan error
}

func newDoor(cfg socketio.Recovery, addresses ...string) *door {
	d := &door{srv: recovering(cfg), verdicts: make(map[string]chan error)}
	for _, a := range addresses {
		d.verdicts[a] = make(chan error, 1)
	}
	d.ns = d.srv.Of("/")
	d.ns.Use(func(ctx context.Context, s *socketio.Socket) error {
		select {
		case err := <-d.verdicts[s.Peer().RemoteAddr]:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	return d
}

// client returns one that has not come yet.
func (d *door) client(t *testing.T, address string) *returning {
	r := newReturning(t, d.srv, "/", carrier)
	r.user = session.Peer{RemoteAddr: address}
	return r
}

// as makes r a client that shows the private id of another.
func (r *returning) as(other *returning) *returning {
	r.id, r.private, r.offset = other.id, other.private, other.offset
	return r
}

func (r *returning) over() bool { return r.peer.conn.State() == session.Closed }

var errStranger = errors.New("a stranger")

// Whoever shows a private id has it from somewhere. Until it is let in, and if it
// is not, nothing changes for the client whose it is.
func TestWhoIsNotLetInChangesNothing(t *testing.T) {
	bogus := "zzzzzzzzzz"
	for _, tt := range []struct {
		name   string
		away   bool
		offset *string
	}{
		{name: "while it lives"},
		{name: "while it is away", away: true},
		{name: "while it is away, with an offset that is none", away: true, offset: &bogus},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				d := newDoor(socketio.Recovery{}, "hers", "stranger")
				hers := d.client(t, "hers")
				d.verdicts["hers"] <- nil
				s := hers.enter()
				s.Join("room")
				s.SetData("hers")
				s.Emit("a", 1)
				hers.read(-1)
				if tt.away {
					hers.cut()
					settle()
				}

				stranger := d.client(t, "stranger").as(hers)
				if tt.offset != nil {
					stranger.offset = tt.offset
					stranger.id = ""
				}
				stranger.come()
				settle()
				d.ns.To("room").Emit("b", 2)
				if !tt.away {
					hers.read(-1)
					hers.expect(`["a",1]`, `["b",2]`)
				}
				d.verdicts["stranger"] <- errStranger
				settle()
				stranger.read(-1)
				if stranger.connected || stranger.refused == "" {
					t.Error("the stranger is not refused")
				}
				d.ns.To("room").Emit("c", 3)
				want := []string{`["c",3]`}
				if tt.away {
					want = []string{`["a",1]`, `["b",2]`, `["c",3]`}
					d.verdicts["hers"] <- nil
					if s := hers.enter(); s.Data() != "hers" || !slices.Contains(s.Rooms(), "room") {
						t.Errorf("data %v, rooms %q", s.Data(), s.Rooms())
					}
					if !hers.recovered {
						t.Error("she cannot come back any more")
					}
				} else if hers.over() || d.ns.Socket(hers.id) != s {
					t.Fatal("her connection has ended")
				}
				hers.read(-1)
				hers.expect(want...)
				hers.cut()
				stranger.cut()
				settle()
			})
		})
	}
}

// Of two connections of one client the one that came later is it, whichever is let
// in first. One that is refused has no part in that.
func TestTheLatestConnectionIsTheClient(t *testing.T) {
	for _, tt := range []struct {
		name    string
		order   []string
		refused string
		winner  string
	}{
		{name: "the elder first", order: []string{"elder", "younger"}, winner: "younger"},
		{name: "the younger first", order: []string{"younger", "elder"}, winner: "younger"},
		{name: "the younger refused", order: []string{"younger", "elder"}, refused: "younger", winner: "elder"},
		{name: "the elder refused", order: []string{"elder", "younger"}, refused: "elder", winner: "younger"},
	} {
		for _, away := range []bool{true, false} {
			t.Run(tt.name, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					d := newDoor(socketio.Recovery{}, "first", "elder", "younger")
					first := d.client(t, "first")
					d.verdicts["first"] <- nil
					first.enter().Emit("a", 1)
					first.read(-1)
					if away {
						first.cut()
						settle()
					}
					both := map[string]*returning{}
					for _, who := range []string{"elder", "younger"} {
						both[who] = d.client(t, who).as(first)
						both[who].come()
						settle()
					}
					d.ns.Emit("b", 2)
					for _, who := range tt.order {
						if who == tt.refused {
							d.verdicts[who] <- errStranger
						} else {
							d.verdicts[who] <- nil
						}
						settle()
					}
					d.ns.Emit("c", 3)
					w := both[tt.winner]
					w.read(-1)
					if !w.recovered || w.over() || d.ns.Len() != 1 {
						t.Errorf("recovered %t, over %t; %d sockets", w.recovered, w.over(), d.ns.Len())
					}
					w.expect(`["b",2]`, `["c",3]`)
					for who, r := range both {
						if who != tt.winner && who != tt.refused && !r.over() {
							t.Errorf("the %s lives still", who)
						}
						r.cut()
					}
					if !away && !first.over() {
						t.Error("the first connection lives still")
					}
					first.cut()
					settle()
					if k := d.ns.Kept(); k.Stays != k.Clients {
						t.Errorf("kept %+v", k)
					}
				})
			})
		}
	}
}

// A client whose time is over while it is decided upon is no client that was let
// in as another: it comes anew.
func TestTheTimeToComeBackEndsBeforeTheVerdict(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDoor(socketio.Recovery{Window: 20 * time.Second}, "hers")
		hers := d.client(t, "hers")
		d.verdicts["hers"] <- nil
		hers.enter().Emit("a", 1)
		hers.read(-1)
		hers.cut()
		settle()
		hers.come()
		settle()
		time.Sleep(30 * time.Second) // synctest's time: longer than the window
		d.verdicts["hers"] <- nil
		settle()
		hers.read(-1)
		if hers.connected || !hers.over() {
			t.Fatal("let in")
		}
		hers.cut()
		hers.id = ""
		d.verdicts["hers"] <- nil
		if s := hers.enter(); s == nil || s.Recovered() {
			t.Error("not let in anew")
		}
		hers.cut()
		settle()
	})
}

// What a middleware does to the rooms of a socket that it does not let in does
// nothing to the client that the socket claims to be, and neither does what it does
// after the socket has ended.
func TestWhoIsNotLetInHasNoRooms(t *testing.T) {
	for _, tt := range []struct {
		name  string
		away  bool // she is, whose private id it is
		first func(hers, stranger *returning)
	}{
		{name: "while she lives"},
		{name: "while she is away", away: true},
		{name: "when it has gone", first: func(_, stranger *returning) { stranger.cut() }},
		{name: "when it has gone, while she is away", away: true, first: func(_, stranger *returning) { stranger.cut() }},
		{name: "when she has come back since", away: true, first: func(hers, _ *returning) { hers.enter() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := recovering(socketio.Recovery{})
				ns, found := srv.Of("/"), make(chan struct{})
				ns.Use(func(_ context.Context, s *socketio.Socket) error {
					if s.Peer().RemoteAddr != "stranger" {
						return nil
					}
					<-found // a look-up that does not end with its client
					s.Join("theirs")
					s.Leave("hers")
					return errStranger
				})
				client := func(address string) *returning {
					r := newReturning(t, srv, "/", carrier)
					r.user = session.Peer{RemoteAddr: address}
					return r
				}
				check := func(when string, s *socketio.Socket) {
					rooms := s.Rooms()
					if !slices.Contains(rooms, "hers") || slices.Contains(rooms, "theirs") {
						t.Errorf("%s: in %q", when, rooms)
					}
				}
				hers := client("hers")
				s := hers.enter()
				s.Join("hers")
				s.Emit("a", 1)
				hers.read(-1)
				if tt.away {
					hers.cut()
					settle()
				}
				stranger := client("stranger").as(hers)
				stranger.come()
				settle()
				if tt.first != nil {
					tt.first(hers, stranger)
					settle()
				}
				close(found)
				settle()
				ns.To("theirs").Emit("b", 2)
				ns.To("hers").Emit("c", 3)
				if hers.peer != nil {
					check("now", ns.Socket(hers.id))
					hers.cut()
					settle()
				}
				check("after she has come back", hers.enter())
				if !hers.recovered {
					t.Error("she was forgotten")
				}
				hers.expect(`["a",1]`, `["c",3]`)
				hers.cut()
				stranger.cut()
				settle()
			})
		})
	}
}

// What is kept with the client while it is decided who has come is not lost, but
// the middlewares of the younger connection have the last word.
func TestValuesThatAreSetBeforeTheVerdict(t *testing.T) {
	for name, away := range map[string]bool{"while it lives": false, "before it was cut": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := recovering(socketio.Recovery{})
				ns, verdict := srv.Of("/"), make(chan struct{})
				ns.Use(func(_ context.Context, s *socketio.Socket) error {
					if s.Recovered() {
						s.Set("both", "younger")
						<-verdict
						s.Set("seen", s.Value("before"))
					}
					return nil
				})
				client := newReturning(t, srv, "/", carrier)
				elder := client.enter()
				elder.Set("before", 1)
				elder.Set("changed", 1)
				elder.Set("both", 1)
				younger := newReturning(t, srv, "/", carrier).as(client)
				younger.come()
				settle()
				elder.Set("changed", 2)
				elder.Set("both", 2)
				elder.Set("new", 2)
				if away {
					client.cut()
					settle()
				}
				verdict <- struct{}{}
				settle()
				check := func(s *socketio.Socket) {
					for key, want := range map[string]any{"before": 1, "changed": 2, "both": "younger", "new": 2, "seen": 1} {
						if got := s.Value(key); got != want {
							t.Errorf("%s is %v, want %v", key, got, want)
						}
					}
				}
				younger.read(-1)
				check(ns.Socket(younger.id))
				younger.cut()
				settle()
				close(verdict)
				check(younger.enter())
				younger.cut()
				client.cut()
				settle()
			})
		})
	}
}
