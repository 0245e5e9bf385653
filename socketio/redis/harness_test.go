package redis_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/socketio/redis"
)

// patience is how long something may take that is to happen.
const patience = 30 * time.Second

// silence is the deadline of what is not answered by everybody. What is answered
// comes in that time on a busy machine, too.
const silence = 2 * time.Second

// journal collects a log.
type journal struct {
	mu  sync.Mutex // guards below
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

// cluster is servers that have a Redis in common.
type cluster struct {
	t     testing.TB
	redis *miniredis.Miniredis
	cfg   redis.Config
	log   *journal

	shards *shardChannels
}

func newCluster(t testing.TB, cfg redis.Config) *cluster {
	c := &cluster{t: t, redis: miniredis.RunT(t), cfg: cfg, log: &journal{}}
	c.shards = shards(c.redis)
	redis.SilenceDriver()
	if cfg.URL == "" {
		c.cfg.URL = "redis://" + c.redis.Addr()
	}
	c.cfg.Logger = slog.New(slog.NewTextHandler(c.log, nil))
	return c
}

// server is one of them.
type server struct {
	*socketio.Server
	hub *redis.Hub
	ns  *socketio.Namespace
}

// server starts one more, with the namespace.
func (c *cluster) server(name string) *server {
	c.t.Helper()
	hub, err := redis.Open(c.cfg)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		if err := hub.Close(); err != nil {
			c.t.Error(err)
		}
	})
	srv := socketio.NewServer(socketio.Config{Adapter: hub.Adapter})
	return &server{srv, hub, srv.Of(name)}
}

// user is a client in a namespace.
type user struct {
	t    testing.TB
	conn *session.Conn
	ns   string
	got  chan string
	id   string
	quit chan struct{} // nobody reads any more
	over chan struct{}
}

var sid = regexp.MustCompile(`"sid":"([^"]+)"`)

// enter connects a client.
func (s *server) enter(t testing.TB) *user {
	t.Helper()
	u := &user{t: t, got: make(chan string, 1000), quit: make(chan struct{}), over: make(chan struct{})}
	if name := s.ns.Name(); name != "/" {
		u.ns = name + ","
	}
	u.conn = session.NewConn(context.Background(), session.NewID(), &session.Config{}, session.Peer{RemoteAddr: "192.0.2.1:5",
		Header: map[string][]string{"User-Agent": {"test"}}, Path: "/socket.io/", Query: map[string][]string{"EIO": {"4"}, "a": {"1"}}})
	s.Accept(u.conn)
	lease, err := u.conn.Attach(&session.Carrier{Transport: "websocket", Binary: true, Stream: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(u.over)
		lease.Run(context.Background(), 1<<16, func(ps []session.Packet) error {
			for _, p := range ps {
				text := strings.Replace(string(p.Data), u.ns, "", 1)
				if p.Type == session.PacketClose {
					text = "closed"
				} else if p.Kind == session.Binary {
					text = fmt.Sprintf("<% x>", p.Data)
				}
				select {
				case u.got <- text:
				case <-u.quit:
				}
			}
			return nil
		})
	}()
	t.Cleanup(u.leave)
	u.send("0")
	u.id = sid.FindStringSubmatch(u.next())[1]
	return u
}

// send delivers a packet, without its namespace.
func (u *user) send(packet string) {
	u.t.Helper()
	at := max(strings.IndexByte(packet, 45)+1, 1) // behind the number of attachments
	text := packet[:at] + u.ns + packet[at:]
	if err := u.conn.Deliver(session.Packet{Type: session.PacketMessage, Data: []byte(text)}); err != nil {
		u.t.Error(err)
	}
}

// next returns what the client gets next.
func (u *user) next() string {
	u.t.Helper()
	select {
	case p := <-u.got:
		return p
	case <-time.After(patience):
		u.t.Fatal("nothing came")
		return ""
	}
}

// until returns what the client gets before the packet.
func (u *user) until(packet string) (before []string) {
	u.t.Helper()
	for {
		p := u.next()
		if p == packet {
			return before
		}
		before = append(before, p)
	}
}

var asked = regexp.MustCompile(`^(?:2|5\d+-)(\d+)\[`)

// answer waits for an event that is to be acknowledged and does that.
func (u *user) answer(data string) {
	u.t.Helper()
	m := asked.FindStringSubmatch(u.next())
	if m == nil {
		u.t.Error("not asked")
		return
	}
	u.send("3" + m[1] + data)
}

func (u *user) leave() {
	close(u.quit)
	u.conn.Kill(&session.CloseError{Code: session.TransportLost, Remote: true})
	<-u.over
}

// eventually waits until f reports true.
func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !f() {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		<-tick.C
	}
}

// pair is two servers with two clients each: a and b of the first, c and d of the
// second. a and c are in room x.
type pair struct {
	t       testing.TB
	c       *cluster
	servers [2]*server
	users   []*user
	marks   int
}

func newPair(t testing.TB, cfg redis.Config, name string) *pair {
	t.Helper()
	p := &pair{t: t, c: newCluster(t, cfg)}
	for i := range p.servers {
		p.servers[i] = p.c.server(name)
		for range 2 {
			p.users = append(p.users, p.servers[i].enter(t))
		}
	}
	p.socket(0).Join("x")
	p.socket(2).Join("x")
	p.socket(0).SetData(map[string]any{"name": "Ann"})
	p.socket(2).SetData(person{"Cid"})
	// Who listens to a room is told to Redis a moment later.
	for i, u := range p.users {
		eventually(t, "everyone hears of his own id", func() bool {
			p.servers[1-i/2].ns.To(u.id).Emit("you")
			select {
			case got := <-u.got:
				return got == `2["you"]`
			default:
				return false
			}
		})
	}
	for from, to := range []int{2, 0} {
		eventually(t, "everyone hears of x", func() bool {
			p.servers[from].ns.To("x").Emit("ready", from)
			return slices.Contains(p.mark(from, to), fmt.Sprintf(`2["ready",%d]`, from))
		})
	}
	p.marked(0)
	p.marked(1)
	return p
}

type person struct {
	Name string `json:"name"`
}

func (p *pair) socket(i int) *socketio.Socket { return p.servers[i/2].ns.Socket(p.users[i].id) }

// mark sends an event to a client by a server and returns what it got before that.
func (p *pair) mark(server, client int) []string {
	p.t.Helper()
	p.marks++
	p.servers[server].ns.To(p.users[client].id).Emit("mark", p.marks)
	return p.users[client].until(fmt.Sprintf(`2["mark",%d]`, p.marks))
}

// marked returns for each client what it got so far, of a server.
func (p *pair) marked(server int) string {
	p.t.Helper()
	var list []string
	for i := range p.users {
		list = append(list, string(rune('a'+i))+": "+strings.Join(p.mark(server, i), " "))
	}
	return strings.Join(list, ", ")
}

// got returns the names of the clients that got exactly this packet by a server, and
// fails if somebody got anything else.
func (p *pair) got(server int, packet string) (names string) {
	p.t.Helper()
	for i := range p.users {
		switch got := strings.Join(p.mark(server, i), " "); got {
		case packet:
			names += string(rune('a' + i))
		case "":
		default:
			p.t.Errorf("%c got %s", 'a'+i, got)
		}
	}
	return names
}

// fetch returns the names of the chosen clients.
func (p *pair) fetch(b socketio.Broadcast) string {
	p.t.Helper()
	sockets, err := b.FetchSockets(context.Background())
	if err != nil {
		p.t.Error(err)
	}
	var names []string
	for _, s := range sockets {
		at := slices.IndexFunc(p.users, func(u *user) bool { return u.id == s.ID })
		names = append(names, string(rune('a'+at)))
	}
	slices.Sort(names)
	return strings.Join(names, "")
}

// binary delivers an attachment.
func (u *user) binary(b ...byte) {
	if err := u.conn.Deliver(session.Packet{Type: session.PacketMessage, Kind: session.Binary, Data: b}); err != nil {
		u.t.Error(err)
	}
}
