package redis_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/socketio/redis"
)

// kinds are the adapters that everything is tested with.
var kinds = map[string]redis.Config{
	"classic":                    {},
	"classic, specific response": {SpecificResponses: true, Prefix: "app[1]*"},
	"sharded":                    {Kind: redis.Sharded},
	"sharded, private":           {Kind: redis.Sharded, Subscription: redis.DynamicPrivate},
	"sharded, static":            {Kind: redis.Sharded, Subscription: redis.Static},
	"streams":                    {Kind: redis.Streams},
	"streams by namespace":       {Kind: redis.Streams, StreamCount: 3, ShardedPubSub: true},
}

// every runs f with two servers of each kind, in the root and in another namespace.
func every(t *testing.T, f func(t *testing.T, p *pair)) {
	t.Parallel()
	for name, cfg := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := "/"
			if len(name)%2 == 0 {
				ns = "/chat*[1]"
			}
			f(t, newPair(t, cfg, ns))
		})
	}
}

func TestBroadcasts(t *testing.T) {
	every(t, func(t *testing.T, p *pair) {
		p.socket(3).Join("tea#*", "0123456789abcdefghij", "7")
		p.marked(1)
		for from, s := range p.servers {
			for _, tt := range []struct {
				name string
				b    socketio.Broadcast
				want string
			}{
				{"all", s.ns.Except(), "abcd"},
				{"room", s.ns.To("x"), "ac"},
				{"rooms", s.ns.To("x", "tea#*"), "acd"},
				{"except", s.ns.Except("x"), "bd"},
				{"socket of one server", s.ns.To(p.users[3].id), "d"},
				{"socket of the other", s.ns.To(p.users[1].id), "b"},
				{"but one", s.ns.Except(p.users[3].id), "abc"},
				{"local", s.ns.Local(), []string{"ab", "cd"}[from]},
				{"local room", s.ns.To("x").Local(), []string{"a", "c"}[from]},
				{"room of one server", s.ns.To("tea#*"), "d"},
				{"room with the length of an id", s.ns.To("0123456789abcdefghij"), "d"},
				{"room that is a number", s.ns.To("7"), "d"},
				{"volatile", s.ns.To("x").Volatile(), "ac"},
			} {
				if err := tt.b.Emit("e", tt.name); err != nil {
					t.Error(err)
				}
				if got := p.got(from, fmt.Sprintf(`2["e",%q]`, tt.name)); got != tt.want {
					t.Errorf("%s by server %d: %q got it, want %q", tt.name, from, got, tt.want)
				}
				if got := p.fetch(tt.b); got != tt.want {
					t.Errorf("%s by server %d: fetched %q, want %q", tt.name, from, got, tt.want)
				}
			}
			s.ns.To("x").Emit("e", []byte{7, 8}, map[string]any{"in": socketio.Binary{9}, "text": "é\"", "n": 1.5})
			if got := p.got(from, `52-["e",{"_placeholder":true,"num":0},{"in":{"_placeholder":true,"num":1},"n":1.5,"text":"é\""}] <07 08> <09>`); got != "ac" {
				t.Errorf("binary by server %d: %q got it", from, got)
			}
		}
	})
}

func TestLargeMessage(t *testing.T) {
	every(t, func(t *testing.T, p *pair) {
		text := strings.Repeat("0123456789", 50_000)
		p.servers[0].ns.To("x").Emit("e", text)
		if got := p.mark(0, 2); len(got) != 1 || got[0] != `2["e","`+text+`"]` {
			t.Errorf("%d packets came", len(got))
		}
	})
}

func TestOrder(t *testing.T) {
	every(t, func(t *testing.T, p *pair) {
		for i := range 500 {
			p.servers[0].ns.Emit("n", i)
		}
		for i, packet := range p.mark(0, 3) {
			if packet != fmt.Sprintf(`2["n",%d]`, i) {
				t.Fatalf("%s came at %d", packet, i)
			}
		}
	})
}

func TestFetchSockets(t *testing.T) {
	every(t, func(t *testing.T, p *pair) {
		for i, s := range p.servers {
			sockets, err := s.ns.To("x").FetchSockets(context.Background())
			if err != nil || len(sockets) != 2 {
				t.Fatalf("%v, %v", sockets, err)
			}
			for _, r := range sockets {
				at := slices.IndexFunc(p.users, func(u *user) bool { return u.id == r.ID })
				want := p.socket(at).Handshake()
				h := r.Handshake
				if h.Generation != want.Generation || h.Header.Get("User-Agent") != "test" || h.Query.Get("a") != "1" || h.Address != want.Address ||
					h.URL != want.URL || h.Issued.UnixMilli() != want.Issued.UnixMilli() {
					t.Errorf("server %d: handshake %+v, want %+v", i, h, want)
				}
				if !slices.Equal(r.Rooms, []string{r.ID, "x"}) {
					t.Errorf("rooms %q", r.Rooms)
				}
				var data person
				if err := r.BindData(&data); err != nil || data.Name != map[int]string{0: "Ann", 2: "Cid"}[at] {
					t.Errorf("data of %d: %+v, %v", at, data, err)
				}
			}
		}
	})
}

func TestChangesOfSockets(t *testing.T) {
	every(t, func(t *testing.T, p *pair) {
		ns := p.servers[1].ns
		ns.To("x").SocketsJoin("y", "z")
		p.marked(1)
		eventually(t, "a and c are in y", func() bool { return p.fetch(ns.To("y")) == "ac" })
		ns.Except(p.users[0].id).SocketsLeave("y")
		eventually(t, "a alone is in y", func() bool { return p.fetch(ns.To("y")) == "a" })
		ns.To(p.users[0].id).Local().SocketsLeave("y")
		p.servers[0].ns.Local().SocketsJoin("here")
		if got := p.fetch(ns.To("y")) + " " + p.fetch(ns.To("here")); got != "a ab" {
			t.Errorf("after local changes %q", got)
		}
		ns.To("y").DisconnectSockets(false)
		if got := p.users[0].next(); got != "1" {
			t.Errorf("a got %s", got)
		}
		ns.DisconnectSockets(true)
		for i, u := range p.users[1:] {
			if got := u.until("closed"); !slices.Contains(got, "1") && i > 0 {
				t.Errorf("%c got %q", 'b'+i, got)
			}
		}
	})
}

func TestCallAll(t *testing.T) {
	every(t, func(t *testing.T, p *pair) {
		for from, s := range p.servers {
			var wg sync.WaitGroup
			for i, u := range p.users {
				wg.Go(func() { u.answer(fmt.Sprintf(`[%d,"more"]`, i)) })
			}
			got, err := socketio.CallAll[int](context.Background(), s.ns.Except(), "ask", "tea?")
			slices.Sort(got)
			if err != nil || !slices.Equal(got, []int{0, 1, 2, 3}) {
				t.Errorf("server %d: %v, %v", from, got, err)
			}
			wg.Wait()
			none, err := socketio.CallAll[int](context.Background(), s.ns.To("nobody"), "ask")
			if err != nil || len(none) != 0 {
				t.Errorf("nobody: %v, %v", none, err)
			}
		}
		// One is silent.
		ctx, cancel := context.WithTimeout(context.Background(), silence)
		defer cancel()
		go p.users[0].answer(`["yes"]`)
		got, err := socketio.CallAll[string](ctx, p.servers[0].ns.To("x"), "ask")
		missing, ok := errors.AsType[*socketio.MissingError](err)
		if !ok || missing.Clients != 1 || missing.Servers != 0 || !slices.Equal(got, []string{"yes"}) {
			t.Errorf("%v, %v", got, err)
		}
	})
}

func TestBinaryAnswers(t *testing.T) {
	every(t, func(t *testing.T, p *pair) {
		go func() {
			m := asked.FindStringSubmatch(p.users[2].next())
			p.users[2].send(`61-` + m[1] + `[{"_placeholder":true,"num":0}]`)
			p.users[2].binary(1, 2)
		}()
		sockets, err := p.servers[0].ns.To(p.users[2].id).FetchSockets(context.Background())
		if err != nil || len(sockets) != 1 {
			t.Fatal(sockets, err)
		}
		if got, err := socketio.Call[[]byte](context.Background(), sockets[0], "ask", []byte{1}); err != nil || !slices.Equal(got, []byte{1, 2}) {
			t.Errorf("%v, %v", got, err)
		}
	})
}

func TestServerSideEvents(t *testing.T) {
	every(t, func(t *testing.T, p *pair) {
		third := p.c.server(p.servers[0].ns.Name())
		news := make(chan string, 1000)
		for i, s := range []*server{p.servers[0], p.servers[1], third} {
			socketio.OnServerSide(s.ns, "news", func(_ context.Context, a socketio.Args) error {
				var text string
				var b []byte
				err := a.Bind(&text, &b)
				news <- fmt.Sprintf("%d %s %v", i, text, b)
				return err
			})
			socketio.OnServerSideAck(s.ns, "ask", func(_ context.Context, b []byte) ([]byte, error) { return append([]byte{byte(i)}, b...), nil })
			socketio.OnServerSide(s.ns, "count", func(_ context.Context, n int) error { news <- fmt.Sprint(n); return nil })
		}
		if err := third.ns.ServerSideEmit("news", "x", []byte{1}); err != nil {
			t.Error(err)
		}
		got := []string{take(t, news), take(t, news)}
		slices.Sort(got)
		if !slices.Equal(got, []string{"0 x [1]", "1 x [1]"}) {
			t.Errorf("%q", got)
		}
		answers, err := socketio.CallServers[[]byte](context.Background(), p.servers[0].ns, "ask", []byte{5})
		slices.SortFunc(answers, slices.Compare)
		if err != nil || len(answers) != 2 || !slices.Equal(answers[0], []byte{1, 5}) || !slices.Equal(answers[1], []byte{2, 5}) {
			t.Errorf("%v, %v", answers, err)
		}
		third.hub.Close()
		for i := range 100 {
			p.servers[0].ns.ServerSideEmit("count", i)
		}
		for i := range 100 {
			if got := take(t, news); got != fmt.Sprint(i) {
				t.Fatalf("%s came at %d", got, i)
			}
		}
	})
}

func take(t testing.TB, c chan string) string {
	t.Helper()
	select {
	case s := <-c:
		return s
	case <-time.After(patience):
		t.Fatal("nothing came")
		return ""
	}
}

// What is not answered ends at the deadline, and says how much is missing.
func TestServersThatAreSilent(t *testing.T) {
	every(t, func(t *testing.T, p *pair) {
		socketio.OnServerSideAck(p.servers[1].ns, "ask", func(context.Context, struct{}) (string, error) { return "", errors.New("no") })
		ctx, cancel := context.WithTimeout(context.Background(), silence)
		defer cancel()
		begin := time.Now()
		_, err := socketio.CallServers[string](ctx, p.servers[0].ns, "ask")
		missing, ok := errors.AsType[*socketio.MissingError](err)
		if !ok || missing.Servers != 1 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if took := time.Since(begin); took > patience {
			t.Errorf("took %v", took)
		}
	})
}

func TestRoomsOfChildren(t *testing.T) {
	every(t, func(t *testing.T, p *pair) {
		other := p.c.server("/elsewhere")
		u := other.enter(t)
		p.servers[0].ns.Emit("e")
		p.servers[0].ns.To("x").Emit("e")
		p.marked(0)
		other.ns.Emit("own")
		if got := u.next(); got != `2["own"]` {
			t.Errorf("another namespace got %s", got)
		}
	})
}

func TestClosedHub(t *testing.T) {
	every(t, func(t *testing.T, p *pair) {
		s := p.servers[0]
		if err := s.hub.Close(); err != nil {
			t.Error(err)
		}
		if err := s.ns.Emit("late"); !errors.Is(err, redis.ErrClosed) {
			t.Errorf("error %v", err)
		}
		if got := p.users[0].until(`2["late"]`); len(got) > 0 {
			t.Errorf("got %q", got)
		}
		if n, err := s.ns.FetchSockets(context.Background()); len(n) != 2 || err == nil {
			t.Errorf("%v, %v", n, err)
		}
		p.servers[1].ns.Emit("alone")
		for i := 2; i < 4; i++ {
			if got := p.users[i].until(`2["alone"]`); len(got) > 0 {
				t.Errorf("got %q", got)
			}
		}
	})
}
