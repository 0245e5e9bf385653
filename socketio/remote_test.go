package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/socketio"
)

// pair is two servers of a cluster with two clients each: a and b of the first, c
// and d of the second. a and c are in room x.
type pair struct {
	t       *testing.T
	c       *cluster
	ns      [2]*socketio.Namespace
	clients []*peer
	sockets []*socketio.Socket
}

func newPair(t *testing.T) *pair {
	p := &pair{t: t, c: newCluster(t)}
	for i := range p.ns {
		srv := p.c.server(socketio.Config{})
		p.ns[i] = srv.Of("/")
		for range 2 {
			p.clients = append(p.clients, enter(t, srv))
			for s := range p.ns[i].Sockets() {
				if !slices.Contains(p.sockets, s) {
					p.sockets = append(p.sockets, s)
				}
			}
		}
	}
	p.sockets[0].Join("x")
	p.sockets[2].Join("x")
	p.sockets[0].SetData(map[string]any{"name": "Ann"})
	p.sockets[2].SetData(person{"Cid"})
	return p
}

type person struct {
	Name string `json:"name"`
}

// got returns the names of the clients that got the packet, once each.
func (p *pair) got(packet string) string {
	p.t.Helper()
	settle()
	return (&hall{t: p.t, clients: p.clients}).got(packet)
}

// letters returns the names of the sockets with the given ids, sorted.
func (p *pair) letters(ids []string) string {
	var names []string
	for _, id := range ids {
		at := slices.IndexFunc(p.sockets, func(s *socketio.Socket) bool { return s.ID() == id })
		names = append(names, string(rune('a'+at)))
	}
	slices.Sort(names)
	return strings.Join(names, "")
}

func (p *pair) fetch(b socketio.Broadcast) string {
	p.t.Helper()
	sockets, err := b.FetchSockets(context.Background())
	if err != nil {
		p.t.Error(err)
	}
	var ids []string
	for _, s := range sockets {
		ids = append(ids, s.ID)
	}
	return p.letters(ids)
}

func (p *pair) leave() {
	for _, c := range p.clients {
		c.leave()
	}
}

func TestBroadcastsReachOtherServers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		ns := p.ns[0]
		for _, tt := range []struct {
			name string
			b    socketio.Broadcast
			want string
		}{
			{"all", ns.Except(), "abcd"},
			{"room", ns.To("x"), "ac"},
			{"except", ns.Except("x"), "bd"},
			{"socket of the other server", ns.To(p.sockets[3].ID()), "d"},
			{"but one of the other server", ns.Except(p.sockets[3].ID()), "abc"},
			{"local", ns.Local(), "ab"},
			{"local room", ns.To("x").Local(), "a"},
		} {
			tt.b.Emit("e", tt.name)
			if got := p.got(fmt.Sprintf(`2["e",%q]`, tt.name)); got != tt.want {
				t.Errorf("%s: %q got it, want %q", tt.name, got, tt.want)
			}
			if got := p.fetch(tt.b); got != tt.want {
				t.Errorf("%s: fetched %q, want %q", tt.name, got, tt.want)
			}
		}
		ns.Compress(false).Volatile().Emit("e", []byte{7})
		settle()
		for i, c := range p.clients {
			got := c.packets()
			if len(got) != 2 || got[0].Compress || !got[0].Volatile || got[0].Prepared == nil || show(got[1]) != "<07>" {
				t.Errorf("client %d got %+v", i, got)
			}
		}
		p.leave()
	})
}

func TestFetchSockets(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		for i, ns := range p.ns {
			sockets, err := ns.To("x").FetchSockets(context.Background())
			if err != nil || len(sockets) != 2 {
				t.Fatalf("%v, %v", sockets, err)
			}
			for _, s := range sockets {
				at := slices.IndexFunc(p.sockets, func(l *socketio.Socket) bool { return l.ID() == s.ID })
				if got, want := jsonOf(s.Handshake), jsonOf(p.sockets[at].Handshake()); got != want || s.Handshake.Address == "" {
					t.Errorf("handshake %s, want %s", got, want)
				}
				if !slices.Equal(s.Rooms, []string{s.ID, "x"}) {
					t.Errorf("rooms %q", s.Rooms)
				}
				var data person
				if err := s.BindData(&data); err != nil || data.Name != map[int]string{0: "Ann", 2: "Cid"}[at] {
					t.Errorf("server %d: data of %d: %+v, %v", i, at, data, err)
				}
			}
		}
		all, err := p.ns[1].FetchSockets(context.Background())
		if err != nil || len(all) != 4 {
			t.Errorf("%v, %v", all, err)
		}
		p.leave()
	})
}

func TestFetchSocketsWhileAServerIsSilent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		p.c.silent = true
		begin := time.Now()
		sockets, err := p.ns[0].FetchSockets(context.Background())
		missing, ok := errors.AsType[*socketio.MissingError](err)
		if !ok || missing.Servers != 1 || len(sockets) != 2 {
			t.Errorf("%v, %v", sockets, err)
		}
		wantErr(t, err, context.DeadlineExceeded)
		if took := time.Since(begin); took != 10*time.Second {
			t.Errorf("took %v", took)
		}
		if sockets, err = p.ns[0].Local().FetchSockets(context.Background()); err != nil || len(sockets) != 2 {
			t.Errorf("local: %v, %v", sockets, err)
		}
		p.leave()
	})
}

func TestSocketsJoinAndLeaveAndDisconnect(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		ns := p.ns[1]
		ns.To("x").SocketsJoin("y", "z")
		settle()
		if got := p.fetch(ns.To("y")); got != "ac" {
			t.Errorf("%q is in y", got)
		}
		ns.Except(p.sockets[0].ID()).SocketsLeave("y")
		settle()
		if got := p.fetch(ns.To("y")); got != "a" {
			t.Errorf("%q is in y", got)
		}
		ns.SocketsJoin("all")
		ns.SocketsLeave("z")
		settle()
		if got := p.fetch(ns.To("all")); got != "abcd" {
			t.Errorf("%q is in all", got)
		}
		if got := p.fetch(ns.To("z")); got != "" {
			t.Errorf("%q is in z", got)
		}
		ns.To("y").DisconnectSockets(false)
		if got := p.got("1"); got != "a" {
			t.Errorf("%q was disconnected", got)
		}
		ns.DisconnectSockets(true)
		settle()
		for i, c := range p.clients {
			got := c.packets()
			if i == 0 {
				if len(got) != 0 {
					t.Errorf("client a, which was not in the namespace any more, got %v", got)
				}
				continue
			}
			if len(got) != 2 || show(got[0]) != "1" || !strings.HasPrefix(show(got[1]), "close") {
				t.Errorf("client %d got %v", i, got)
			}
		}
		p.leave()
	})
}

func TestSocketsJoinOfOneThatIsInTooMany(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHall(t, socketio.Config{MaxRooms: 2})
		wantErr(t, h.ns.SocketsJoin("p"), socketio.ErrTooManyRooms)
		if got := h.names(h.ns.To("p")); got != "acd" {
			t.Errorf("%q joined, want acd", got)
		}
		h.leave()
	})
}

func TestRemoteSocket(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		d := p.sockets[3]
		sockets, err := p.ns[0].To(d.ID()).FetchSockets(context.Background())
		if err != nil || len(sockets) != 1 {
			t.Fatalf("%v, %v", sockets, err)
		}
		r := sockets[0]
		r.Emit("e", 1)
		if got := p.got(`2["e",1]`); got != "d" {
			t.Errorf("%q got it", got)
		}
		r.Join("y")
		settle()
		if got := p.fetch(p.ns[0].To("y")); got != "d" {
			t.Errorf("%q is in y", got)
		}
		r.Leave("y")
		settle()
		if got := p.fetch(p.ns[0].To("y")); got != "" {
			t.Errorf("%q is in y", got)
		}
		var n notes
		go func() {
			out, err := socketio.Call[string](context.Background(), r, "ask")
			n.add("%s, %v", out, err)
		}()
		settle()
		p.clients[3].answer(`["yes"]`)
		settle()
		n.expect(t, "yes, <nil>")
		_, err = socketio.Call[string](context.Background(), r, "unanswered")
		if err != context.DeadlineExceeded {
			t.Errorf("error %v", err)
		}
		p.clients[3].packets()
		r.Disconnect(false)
		if got := p.got("1"); got != "d" {
			t.Errorf("%q was disconnected", got)
		}
		_, err = socketio.Call[string](context.Background(), r, "gone")
		wantErr(t, err, socketio.ErrDisconnected)
		p.leave()
	})
}

func TestServerSideEmit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		third := p.c.server(socketio.Config{}).Of("/")
		var n notes
		for i, ns := range append(p.ns[:], third) {
			socketio.OnServerSide(ns, "news", func(_ context.Context, s string) error { n.add("%d %s", i, s); return nil })
			socketio.OnServerSideAck(ns, "ask", func(_ context.Context, b []byte) (int, error) { return 10*i + int(b[0]), nil })
		}
		if err := third.ServerSideEmit("news", "x"); err != nil {
			t.Error(err)
		}
		settle()
		slices.Sort(n.all)
		n.expect(t, "0 x", "1 x")
		got, err := socketio.CallServers[int](context.Background(), p.ns[0], "ask", []byte{5})
		slices.Sort(got)
		if err != nil || !slices.Equal(got, []int{15, 25}) {
			t.Errorf("%v, %v", got, err)
		}
		for _, c := range p.clients {
			c.expect()
		}
		wantErr(t, third.ServerSideEmit("connect"), socketio.ErrReservedName)
		p.leave()
	})
}

// A server that has no answer, as its handler fails, panics or is not there, is
// missing when time is up.
func TestServersThatDoNotAnswer(t *testing.T) {
	for name, handler := range map[string]func(context.Context, struct{}) (string, error){
		"error": func(context.Context, struct{}) (string, error) { return "", errors.New("no") },
		"panic": func(context.Context, struct{}) (string, error) { panic("no") },
		"none":  nil,
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				p := newPair(t)
				third := p.c.server(socketio.Config{}).Of("/")
				socketio.OnServerSideAck(third, "ask", func(context.Context, struct{}) (string, error) { return "yes", nil })
				if handler != nil {
					stop := socketio.OnServerSideAck(p.ns[1], "ask", func(context.Context, struct{}) (string, error) { return "not me", nil })
					stop()
					socketio.OnServerSideAck(p.ns[1], "ask", handler)
				}
				got, err := socketio.CallServers[string](context.Background(), p.ns[0], "ask")
				missing, ok := errors.AsType[*socketio.MissingError](err)
				if !ok || missing.Servers != 1 || !slices.Equal(got, []string{"yes"}) {
					t.Errorf("%v, %v", got, err)
				}
				p.leave()
			})
		})
	}
}

func TestServerSideEmitOfTheOnlyServer(t *testing.T) {
	srv := socketio.NewServer(socketio.Config{})
	ns := srv.Of("/")
	socketio.OnServerSide(ns, "e", func(context.Context, int) error { t.Error("came back"); return nil })
	if err := ns.ServerSideEmit("e", 1); err != nil {
		t.Error(err)
	}
	if got, err := socketio.CallServers[int](context.Background(), ns, "e", 1); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestRawArgs(t *testing.T) {
	args, err := socketio.NewArgs("a", []byte{1}, map[string]any{"b": socketio.Binary{2}})
	if err != nil {
		t.Fatal(err)
	}
	elements, attachments := args.Raw()
	again, err := socketio.RawArgs(elements, attachments)
	if err != nil {
		t.Fatal(err)
	}
	var one []byte
	var two struct{ B socketio.Binary }
	if err := again.Bind(new(string), &one, &two); err != nil || one[0] != 1 || two.B[0] != 2 {
		t.Errorf("%v %v, %v", one, two, err)
	}
	for name, f := range map[string]func() (socketio.Args, error){
		"no JSON":            func() (socketio.Args, error) { return socketio.RawArgs([][]byte{[]byte("{")}, nil) },
		"two values":         func() (socketio.Args, error) { return socketio.RawArgs([][]byte{[]byte("1,2")}, nil) },
		"missing attachment": func() (socketio.Args, error) { return socketio.RawArgs(elements, attachments[:1]) },
		"attachment claimed twice": func() (socketio.Args, error) {
			return socketio.RawArgs([][]byte{elements[1], elements[1]}, attachments)
		},
	} {
		if _, err := f(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
