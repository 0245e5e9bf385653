package socketio_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// Clients of all generations in one room: each gets each event once, in order.
func TestARoomOfAllGenerations(t *testing.T) {
	for _, recovery := range []*socketio.Recovery{nil, {}} {
		t.Run(fmt.Sprintf("recovery %t", recovery != nil), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{Recovery: recovery})
				ns := srv.Of("/")
				ns.OnConnect(func(_ context.Context, s *socketio.Socket) error { return s.Join("room") })
				socketio.On(ns, "message", func(_ context.Context, s *socketio.Socket, text string) error {
					return s.To("room").Emit("message", text)
				})
				var all []talker
				for _, g := range slices.Concat(generations, generations) {
					c := talker{dialGen(t, srv, g), g}
					if g == socketio.Gen4 {
						c.send(`0`)
					}
					settle()
					c.packets()
					all = append(all, c)
				}
				var said []string
				for round := range 20 {
					for i, c := range all {
						text := fmt.Sprintf("%d from %d, é", round, i)
						said = append(said, text)
						c.sendText(text)
						settle()
					}
				}
				if err := ns.To("room").Emit("event", 1); err != nil {
					t.Error(err)
				}
				if err := ns.To("room").Emit("message", []byte("b")); err != nil {
					t.Error(err)
				}
				settle()
				for i, c := range all {
					var want []string
					for _, text := range said {
						if !strings.Contains(text, fmt.Sprintf("from %d,", i)) {
							want = append(want, fmt.Sprintf("message(%q)", text))
						}
					}
					if c.gen >= socketio.Gen09 {
						want = append(want, "event(1)")
					}
					var got []string
					for _, q := range c.packets() {
						text := c.understood(q)
						if recovery != nil && c.gen == socketio.Gen4 {
							text = withoutOffset.ReplaceAllString(text, ")")
						}
						if q.Kind != session.Binary && !strings.HasPrefix(text, "51-") {
							got = append(got, text)
						}
					}
					if at := firstDifference(got, want); at >= 0 {
						t.Errorf("client %d of %v got %d events, want %d; %d is %q, want %q", i, c.gen,
							len(got), len(want), at, got[at:min(at+1, len(got))], want[at:min(at+1, len(want))])
					}
				}
				// The event passes by 4 clients that know messages only, the
				// binary message by those and 2 of 0.9.
				if n := srv.LeftOut(); n != 4+6 {
					t.Errorf("%d left out, want 10", n)
				}
				infos, err := ns.FetchSockets(t.Context())
				if err != nil || len(infos) != len(all) {
					t.Errorf("%d sockets fetched, error %v", len(infos), err)
				}
				if err := ns.DisconnectSockets(false); err != nil {
					t.Error(err)
				}
				settle()
				members(t, ns, 0)
				for _, c := range all {
					want := "1"
					if c.gen < socketio.Gen3 {
						want = "close 3500"
					}
					c.hears(want)
					c.leave()
				}
			})
		})
	}
}

// firstDifference returns the first index at which two lists differ, or -1.
func firstDifference(a, b []string) int {
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			return i
		}
	}
	return -1
}

// A broadcast is encoded once for each form, and not at all for one that nobody
// has.
func TestBroadcastIsEncodedOncePerForm(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		var all []talker
		for _, g := range slices.Concat(generations, generations) {
			all = append(all, talk(t, srv, g))
		}
		srv.Of("/").Compress(false).Emit("message", "x")
		forms := make(map[*byte]int)
		prepared := make(map[*session.Prepared]int)
		for _, c := range all {
			ps := c.packets()
			if len(ps) != 1 || ps[0].Compress {
				t.Fatalf("%v got %v", c.gen, ps)
			}
			forms[&ps[0].Data[0]]++
			prepared[ps[0].Prepared]++
			c.leave()
		}
		// 0.1 to 0.4 and 0.5 to 0.6 share one.
		if len(forms) != 4 || len(prepared) != 4 || prepared[nil] != 0 {
			t.Errorf("%d forms, %d prepared", len(forms), len(prepared))
		}
	})
}

// Only those are asked who can answer.
func TestCallAllOfEveryGeneration(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		var all []talker
		for _, g := range generations {
			all = append(all, talk(t, srv, g))
		}
		var got []string
		var err error
		go func() { got, err = socketio.CallAll[string](t.Context(), srv.Of("/").To(), "message", "x") }()
		settle()
		for _, c := range all {
			if c.gen < socketio.Gen09 {
				c.hears()
				continue
			}
			ps := c.packets()
			if len(ps) != 1 {
				t.Fatalf("%v got %v", c.gen, ps)
			}
			text, id, _ := strings.Cut(c.understood(ps[0]), " ")
			if text != `message("x")` {
				t.Errorf("%v got %s", c.gen, text)
			}
			c.ack(id, jsonOf(c.gen.String()))
		}
		settle()
		slices.Sort(got)
		if err != nil || !slices.Equal(got, []string{"Gen09", "Gen3", "Gen4"}) || srv.LeftOut() != 2 {
			t.Errorf("answers %q, error %v, %d left out", got, err, srv.LeftOut())
		}
		for _, c := range all {
			c.leave()
		}
	})
}
