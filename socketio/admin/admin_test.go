package admin_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/socketio/admin"
)

func TestNoLoginNoPage(t *testing.T) {
	srv := socketio.NewServer(socketio.Config{})
	if _, err := admin.Instrument(srv, admin.Config{}); !errors.Is(err, admin.ErrNoLogin) {
		t.Errorf("error %v, want ErrNoLogin", err)
	}
	if names := srv.Names(); len(names) > 0 {
		t.Errorf("namespaces %q of a page that nobody may see", names)
	}
}

func TestPageIsGreeted(t *testing.T) {
	for _, tt := range []struct {
		name     string
		cfg      admin.Config
		features []string
		sockets  bool
	}{
		{"read-only", admin.Config{}, []string{"AGGREGATED_EVENTS", "ALL_EVENTS"}, true},
		{"writable", admin.Config{Writable: true}, []string{"EMIT", "JOIN", "LEAVE", "DISCONNECT", "MJOIN", "MLEAVE", "MDISCONNECT", "AGGREGATED_EVENTS", "ALL_EVENTS"}, true},
		{"production", admin.Config{Production: true}, []string{"AGGREGATED_EVENTS"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv, ui := hall(t, tt.cfg)
				defer ui.Close()
				c := client(t, srv)
				only(t, srv.Of("/")).SetData(map[string]int{"n": 1})
				only(t, srv.Of("/")).Join("room")
				p := page(t, srv)
				all := p.events()
				var config struct{ SupportedFeatures []string }
				one(t, all, "config").decode(t, &config)
				if !slices.Equal(config.SupportedFeatures, tt.features) {
					t.Errorf("features %q, want %q", config.SupportedFeatures, tt.features)
				}
				var id string
				if one(t, all, "session").decode(t, &id); len(id) < 22 {
					t.Errorf("session id %q", id)
				}
				if !tt.sockets {
					if slices.Contains(names(all), "all_sockets") || slices.Contains(names(all), "socket_connected") {
						t.Errorf("events %q in production", names(all))
					}
				} else {
					checkAllSockets(t, srv, one(t, all, "all_sockets"))
				}
				c.leave()
				p.leave()
			})
		})
	}
}

func checkAllSockets(t *testing.T, srv *socketio.Server, e event) {
	t.Helper()
	var sockets []struct {
		ID, ClientID, Transport, Nsp string
		Data                         struct{ N int }
		Rooms                        []string
		Handshake                    struct {
			Address, URL string
			Headers      map[string]string
			Issued       int64
		}
	}
	e.decode(t, &sockets)
	if len(sockets) != 2 {
		t.Fatalf("sockets %s, want the client's and the page's own", e.args[0])
	}
	s, h := sockets[0], sockets[0].Handshake
	id := only(t, srv.Of("/")).ID()
	slices.Sort(s.Rooms)
	rooms := []string{id, "room"}
	slices.Sort(rooms)
	if s.ID != id || s.Nsp != "/" || s.Transport != "polling" || s.Data.N != 1 || !slices.Equal(s.Rooms, rooms) {
		t.Errorf("socket %+v", s)
	}
	if h.Address != "192.0.2.1" || h.URL != "/socket.io/" || h.Headers["user-agent"] != "test" || h.Issued != time.Now().UnixMilli()-20 {
		t.Errorf("handshake %+v", h)
	}
	if len(s.ClientID) != 12 || s.ClientID == sockets[1].ClientID {
		t.Errorf("connections %q and %q", s.ClientID, sockets[1].ClientID)
	}
	if strings.Contains(string(e.args[0]), "secret") {
		t.Errorf("a cookie is shown: %s", e.args[0])
	}
}

func TestWhatHappensIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, ui := hall(t, admin.Config{})
		defer ui.Close()
		p := page(t, srv)
		p.events()

		c := client(t, srv)
		s := only(t, srv.Of("/"))
		var shown struct{ ID, Nsp, ClientID string }
		var at time.Time
		p.event("socket_connected").decode(t, &shown, &at)
		if shown.ID != s.ID() || shown.Nsp != "/" || !at.Equal(time.Now().Truncate(time.Millisecond).Add(-10*time.Millisecond)) {
			t.Errorf("connected %+v at %v", shown, at)
		}

		s.Join("room")
		settle()
		expectArgs(t, p.event("room_joined"), `"/"`, `"room"`, quoted(s.ID()))
		s.Leave("room")
		settle()
		expectArgs(t, p.event("room_left"), `"/"`, `"room"`, quoted(s.ID()))

		c.send(`20["ask",{"a":1},"b"]`)
		expectArgs(t, p.event("event_received"), `"/"`, quoted(s.ID()), `["ask",{"a":1},"b"]`)
		s.Emit("tell", 7)
		settle()
		expectArgs(t, p.event("event_sent"), `"/"`, quoted(s.ID()), `["tell",7]`)

		c.carry("websocket")
		time.Sleep(2 * time.Second)
		settle()
		var updated struct{ ID, Nsp, Transport string }
		p.event("socket_updated").decode(t, &updated)
		if updated.ID != s.ID() || updated.Nsp != "/" || updated.Transport != "websocket" {
			t.Errorf("updated %+v", updated)
		}

		c.leave()
		expectArgs(t, p.event("socket_disconnected"), `"/"`, quoted(s.ID()), `"transport close"`)
		p.leave()
	})
}

func quoted(s string) string { return fmt.Sprintf("%q", s) }

// expectArgs checks the first arguments; a time follows.
func expectArgs(t *testing.T, e event, want ...string) {
	t.Helper()
	if len(e.args) != len(want)+1 {
		t.Fatalf("%s has the arguments %s", e.name, e.args)
	}
	for i, w := range want {
		if string(e.args[i]) != w {
			t.Errorf("argument %d of %s is %s, want %s", i+1, e.name, e.args[i], w)
		}
	}
	var at time.Time
	if err := json.Unmarshal(e.args[len(want)], &at); err != nil {
		t.Errorf("%s: %v", e.name, err)
	}
}

// A namespace of a session handler has no connect handlers, and one that comes
// later was not there to be watched.
func TestEveryNamespaceIsWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ui, err := admin.Instrument(srv, admin.Config{Authenticate: admin.Password("admin", "pass")})
		if err != nil {
			t.Fatal(err)
		}
		defer ui.Close()
		srv.Of("/shell").Serve(listener{})
		srv.Of("/")
		time.Sleep(2 * time.Second)
		p := page(t, srv)
		p.events()
		for _, packet := range []string{"0/shell,", "0"} {
			c := dial(t, srv, "192.0.2.1:5")
			c.send(packet)
			p.event("socket_connected")
			c.leave()
			p.event("socket_disconnected")
		}
		p.leave()
	})
}

type listener struct{}

func (listener) ServeSession(s session.Session) { s.Receive(s.Context()) }

func TestNumbersAreShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, ui := hall(t, admin.Config{ServerID: "one", Interval: 3 * time.Second})
		defer ui.Close()
		p := page(t, srv)
		p.carry("websocket")
		a, b := client(t, srv), client(t, srv)
		b.carry("websocket")
		a.send(`2["e","1234"]`)
		b.send(`0/admin,`) // is refused
		p.events()
		time.Sleep(3 * time.Second)
		settle()
		var stats struct {
			ServerID                          string
			ClientsCount, PollingClientsCount int
			Uptime                            float64
			Namespaces                        []struct {
				Name         string
				SocketsCount int
			}
			AggregatedEvents []struct {
				Type, SubType    string
				Count, Timestamp int
			}
		}
		p.event("server_stats").decode(t, &stats)
		if stats.ServerID != "one" || stats.ClientsCount != 3 || stats.PollingClientsCount != 1 || stats.Uptime != 3 {
			t.Errorf("stats %+v", stats)
		}
		if got := fmt.Sprint(stats.Namespaces); got != "[{/ 2} {/admin 1}]" {
			t.Errorf("namespaces %s", got)
		}
		counts := map[string]int{}
		for _, e := range stats.AggregatedEvents {
			counts[e.Type] += e.Count
		}
		if want := map[string]int{"rawConnection": 3, "packetsIn": 1, "bytesIn": 7}; fmt.Sprint(counts) != fmt.Sprint(want) {
			t.Errorf("counts %v, want %v", counts, want)
		}
		a.leave()
		b.leave()
		time.Sleep(3 * time.Second)
		settle()
		var next struct {
			AggregatedEvents []struct{ Type, SubType string }
		}
		p.event("server_stats").decode(t, &next)
		if got := fmt.Sprint(next.AggregatedEvents); got != "[{rawDisconnection transport close}]" {
			t.Errorf("later: %s", got)
		}
		p.leave()
	})
}

func TestCloseEndsTheWatching(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, ui := hall(t, admin.Config{})
		p := page(t, srv)
		ui.Close()
		settle()
		if got := p.received(); len(got) == 0 || got[len(got)-1] != "1/admin," {
			t.Errorf("the page got %q, want to be disconnected", got)
		}
		c := client(t, srv)
		c.send(`2["e"]`)
		p.send(login)
		if got := fmt.Sprint(p.received()); got != `[4/admin,{"message":"the admin page has been closed"}]` {
			t.Errorf("the page got %s", got)
		}
		c.leave()
		p.leave()
	})
}
