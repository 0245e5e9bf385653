package redis_test

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	mini "github.com/alicebob/miniredis/v2/server"
	goredis "github.com/redis/go-redis/v9"

	"github.com/everwire/everwire/socketio/redis"
)

// doorkeeper refuses subscriptions.
type doorkeeper struct {
	mu      sync.Mutex // guards below
	reply   string
	refuses func(channel string) bool
	refused int
	peers   map[*mini.Peer]bool // that were let in
}

// keepDoor has the cluster's Redis refuse, as one does: the whole command, if one of
// its channels is not to be.
func keepDoor(c *cluster, reply string, refuses func(channel string) bool) *doorkeeper {
	d := &doorkeeper{reply: reply, refuses: refuses, peers: map[*mini.Peer]bool{}}
	c.shards.watch(func(p *mini.Peer, cmd string, args []string) bool {
		switch cmd {
		case "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE":
		default:
			return false
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, channel := range args {
			if d.refuses != nil && d.refuses(channel) {
				d.refused++
				p.WriteError(d.reply)
				return true
			}
		}
		d.peers[p] = true
		return false
	})
	return d
}

// open lets everything pass.
func (d *doorkeeper) open() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refuses = nil
}

// shut lets nothing pass any more, and says to those who were let in what ends their
// connections.
func (d *doorkeeper) shut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refuses = everything
	for p := range d.peers {
		p.WriteRaw("?\r\n")
		p.Flush()
	}
	clear(d.peers)
}

// count returns how many commands were refused.
func (d *doorkeeper) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.refused
}

func everything(string) bool { return true }

// refusing runs a test for each kind, and for a Redis Cluster.
func refusing(t *testing.T, f func(t *testing.T, kind string, c *cluster)) {
	for name, cfg := range map[string]redis.Config{"classic": {}, "sharded": {Kind: redis.Sharded}, "streams": {Kind: redis.Streams},
		"sharded streams": {Kind: redis.Streams, ShardedPubSub: true}, "cluster": {Kind: redis.Sharded}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, cfg)
			if name == "cluster" {
				client := goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: []string{c.redis.Addr()},
					ContextTimeoutEnabled: true, MaxRetries: -1, MaxRedirects: -1})
				t.Cleanup(func() { client.Close() })
				c.cfg.Client = client
			}
			f(t, name, c)
		})
	}
}

// asks has each server ask the other, which takes all subscriptions.
func asks(t *testing.T, servers ...*server) {
	t.Helper()
	for _, s := range servers {
		eventually(t, "the others answer", func() bool {
			ctx, cancel := context.WithTimeout(context.Background(), silence)
			defer cancel()
			sockets, err := s.ns.FetchSockets(ctx)
			return err == nil && len(sockets) == len(servers)
		})
	}
}

func TestSubscriptionsThatAreRefusedAtFirst(t *testing.T) {
	t.Parallel()
	replies := map[string]string{"classic": "LOADING Redis is loading the dataset in memory", "sharded": "NOPERM No permissions to access a channel",
		"cluster": "CLUSTERDOWN The cluster is down"}
	refusing(t, func(t *testing.T, kind string, c *cluster) {
		reply := cmp.Or(replies[kind], "ERR upstream failure")
		left := 6
		keepDoor(c, reply, func(string) bool {
			left--
			return left >= 0
		})
		s := c.server("/")
		s.enter(t)
		other := c.server("/")
		other.enter(t)
		asks(t, s, other)
		eventually(t, "it is reached", s.hub.Reached)
		if n := s.hub.Stats().Renewed; n != 0 {
			t.Errorf("%d were renewed", n)
		}
		log := c.log.String()
		if strings.Count(log, "refused a subscription") != 1 || !strings.Contains(log, reply) {
			t.Errorf("logged %s", log)
		}
		eventually(t, "the log says that it is over", func() bool { return strings.Contains(c.log.String(), "taken all subscriptions") })
	})
}

// What Redis refuses when it comes back is told it again, though it does nothing to
// the connection.
func TestSubscriptionsThatAreRefusedAfterAnOutage(t *testing.T) {
	t.Parallel()
	refusing(t, func(t *testing.T, _ string, c *cluster) {
		door := keepDoor(c, "ERR not yet", nil)
		servers := []*server{c.server("/"), c.server("/")}
		for _, s := range servers {
			s.enter(t)
		}
		asks(t, servers...)
		door.shut()
		eventually(t, "both were refused", func() bool { return !servers[0].hub.Reached() && !servers[1].hub.Reached() })
		door.open()
		asks(t, servers...)
		for _, s := range servers {
			eventually(t, "it is reached", s.hub.Reached)
			eventually(t, "it is counted", func() bool { return s.hub.Stats().Renewed > 0 })
		}
	})
}

// One channel that a server may not listen to does not keep it from the others.
func TestOneSubscriptionThatIsRefused(t *testing.T) {
	t.Parallel()
	refusing(t, func(t *testing.T, _ string, c *cluster) {
		door := keepDoor(c, "NOPERM No permissions to access a channel", func(channel string) bool {
			return strings.Contains(channel, "#/secret#")
		})
		s, other := c.server("/"), c.server("/")
		s.enter(t)
		other.enter(t)
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.Of("/secret")
		}()
		eventually(t, "it was refused", func() bool { return door.count() > 0 })
		for i := range 3 {
			s.Of(fmt.Sprint("/", i))
		}
		asks(t, s, other)
		eventually(t, "it was refused again", func() bool { return door.count() > 5 })
		if s.hub.Reached() || !other.hub.Reached() {
			t.Error("the wrong one is said to be reached")
		}
		door.open()
		eventually(t, "it is reached", s.hub.Reached)
		<-done
	})
}
