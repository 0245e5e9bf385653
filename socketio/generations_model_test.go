package socketio_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// member is a client of the model: what it is in, and what it is to get.
type member struct {
	talker
	socket *socketio.Socket
	rooms  map[string]bool
	due    []string
}

// gathering is a model of clients of all generations in the rooms of a namespace.
type gathering struct {
	t       *testing.T
	rnd     *rand.Rand
	cfg     socketio.Config
	srv     *socketio.Server
	members []*member
	leftOut uint64
	events  int
}

var rooms = []string{"a", "b", "c"}

func (g *gathering) come() {
	gen := generations[g.rnd.IntN(len(generations))]
	c := talker{dialGenBy(g.t, g.srv, gen, plainUntil3(gen)), gen}
	if gen == socketio.Gen4 {
		c.send(`0`)
	}
	settle()
	c.packets()
	for s := range g.srv.Of("/").Sockets() {
		if !slices.ContainsFunc(g.members, func(m *member) bool { return m.socket == s }) {
			g.members = append(g.members, &member{c, s, make(map[string]bool), nil})
			return
		}
	}
	g.t.Fatalf("%v is not in", gen)
}

func plainUntil3(gen socketio.Generation) *session.Carrier {
	if gen < socketio.Gen3 {
		return plain
	}
	return carrier
}

// thing is an event that is emitted, and the form in which a client hears of it.
type thing struct {
	name   string
	arg    any
	binary bool
}

func (g *gathering) thing() thing {
	g.events++
	name := []string{"message", "event"}[g.rnd.IntN(2)]
	switch text := fmt.Sprintf("%d €", g.events); g.rnd.IntN(4) {
	case 0:
		return thing{name, []byte(text), true}
	case 1:
		return thing{name, map[string]any{"n": g.events}, false}
	default:
		return thing{name, text, false}
	}
}

// heard returns what a client of that generation gets of it, and false if it can
// get nothing.
func (g *gathering) heard(e thing, gen socketio.Generation) ([]string, bool) {
	switch {
	case e.binary && gen >= socketio.Gen3:
		return []string{fmt.Sprintf(`51-[%q,{"_placeholder":true,"num":0}]`, e.name), fmt.Sprintf("<% x>", e.arg)}, true
	case e.binary && !g.cfg.Base64:
		return nil, false
	case gen < socketio.Gen09 && e.name != "message" && !g.cfg.EventMessages:
		return nil, false
	}
	raw, err := json.Marshal(e.arg)
	if err != nil {
		g.t.Fatal(err)
	}
	if gen < socketio.Gen09 && e.name != "message" {
		return []string{fmt.Sprintf(`message({"name":%q,"args":[%s]})`, e.name, raw)}, true
	}
	return []string{fmt.Sprintf("%s(%s)", e.name, raw)}, true
}

func (g *gathering) broadcast() {
	e := g.thing()
	b := g.srv.Of("/").To()
	var to, except []string
	for range g.rnd.IntN(3) {
		to = append(to, g.someRoom())
	}
	for range g.rnd.IntN(2) {
		except = append(except, g.someRoom())
	}
	if err := b.To(to...).Except(except...).Emit(e.name, e.arg); err != nil {
		g.t.Error(err)
	}
	for _, m := range g.members {
		in := func(room string) bool { return m.rooms[room] || m.socket.ID() == room }
		if len(to) > 0 && !slices.ContainsFunc(to, in) || slices.ContainsFunc(except, in) {
			continue
		}
		if heard, ok := g.heard(e, m.gen); ok {
			m.due = append(m.due, heard...)
		} else {
			g.leftOut++
		}
	}
}

// someRoom is one of the rooms, or that of a client's own id.
func (g *gathering) someRoom() string {
	if g.rnd.IntN(4) == 0 {
		return g.someone().socket.ID()
	}
	return rooms[g.rnd.IntN(len(rooms))]
}

func (g *gathering) someone() *member { return g.members[g.rnd.IntN(len(g.members))] }

func (g *gathering) step() {
	if len(g.members) < 3 {
		g.come()
	}
	m := g.someone()
	switch g.rnd.IntN(12) {
	case 0:
		g.come()
	case 1:
		g.check()
		m.leave()
		g.members = slices.DeleteFunc(g.members, func(o *member) bool { return o == m })
	case 2, 3, 4:
		room := rooms[g.rnd.IntN(len(rooms))]
		if err := m.socket.Join(room); err != nil {
			g.t.Error(err)
		}
		m.rooms[room] = true
	case 5:
		room := rooms[g.rnd.IntN(len(rooms))]
		if err := m.socket.Leave(room); err != nil {
			g.t.Error(err)
		}
		delete(m.rooms, room)
	case 6, 7:
		e := g.thing()
		err := m.socket.Emit(e.name, e.arg)
		heard, ok := g.heard(e, m.gen)
		if m.due = append(m.due, heard...); ok != (err == nil) {
			g.t.Errorf("%v: Emit(%q, %v) returns %v", m.gen, e.name, e.arg, err)
		}
	default:
		g.broadcast()
	}
}

// check compares what the clients have got with what they were to get.
func (g *gathering) check() {
	settle()
	for i, m := range g.members {
		var got []string
		for _, q := range m.packets() {
			got = append(got, m.understood(q))
		}
		if at := firstDifference(got, m.due); at >= 0 {
			g.t.Fatalf("client %d of %v, in %v, got %d events, want %d; %d is %q, want %q", i, m.gen,
				slices.Sorted(maps.Keys(m.rooms)), len(got), len(m.due), at, got[at:min(at+1, len(got))], m.due[at:min(at+1, len(m.due))])
		}
		m.due = nil
	}
	if n := g.srv.LeftOut(); n != g.leftOut {
		g.t.Fatalf("%d left out, want %d", n, g.leftOut)
	}
}

// Clients of all generations come, go, join and leave, and are told things one by
// one and together: each gets what a simple model says, once and in order.
func TestModelOfAllGenerations(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				cfg := socketio.Config{EventMessages: seed&1 != 0, Base64: seed&2 != 0}
				if seed&4 != 0 {
					// Everything goes through one queue then.
					cfg.Recovery = &socketio.Recovery{For: func(*socketio.Socket) bool { return false }}
				}
				g := &gathering{t: t, rnd: rand.New(rand.NewPCG(seed, 9)), cfg: cfg, srv: socketio.NewServer(cfg)}
				g.srv.Of("/")
				for range 120 {
					g.step()
				}
				g.check()
				for _, m := range g.members {
					m.leave()
				}
				members(t, g.srv.Of("/"), 0)
			})
		})
	}
}
