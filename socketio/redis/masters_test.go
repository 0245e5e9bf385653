package redis_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"github.com/everwire/everwire/socketio/redis"
)

// newMasters is newPair with a Redis Cluster of one master.
func newMasters(t *testing.T) (*pair, *shardChannels) {
	t.Helper()
	p := &pair{t: t, c: newCluster(t, redis.Config{Kind: redis.Sharded})}
	for i := range p.servers {
		client := goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: []string{p.c.redis.Addr()}, ContextTimeoutEnabled: true,
			MaxRetries: -1, MaxRedirects: -1})
		t.Cleanup(func() { client.Close() })
		p.c.cfg.Client = client
		p.servers[i] = p.c.server("/")
		p.users = append(p.users, p.servers[i].enter(t), p.servers[i].enter(t))
	}
	return p, p.c.shards
}

// hears waits until a room of the second server is heard of.
func (p *pair) hears(room string) {
	p.t.Helper()
	eventually(p.t, room+" is heard of", func() bool {
		p.servers[0].ns.To(room).Emit("ready")
		select {
		case got := <-p.users[2].got:
			return got == `2["ready"]`
		case <-time.After(20 * time.Millisecond):
			return false
		}
	})
}

func TestRoomsOfAMasterShareAConnection(t *testing.T) {
	t.Parallel()
	p, channels := newMasters(t)
	const rooms = 50
	for i := range rooms {
		p.socket(2).Join(fmt.Sprint("room", i))
	}
	for i := range rooms {
		p.hears(fmt.Sprint("room", i))
	}
	if n := channels.peers(); n > 2 {
		t.Errorf("%d connections have subscriptions, of 2 servers", n)
	}
	p.socket(2).Leave("room7")
	eventually(t, "the room is not listened to any more", func() bool { return channels.count("socket.io#/#room7#") == 0 })
}

func TestSlotsThatMove(t *testing.T) {
	t.Parallel()
	p, channels := newMasters(t)
	p.socket(2).Join("x")
	p.hears("x")
	channels.drop("socket.io#/#x#")
	p.hears("x")
	renewed := func() bool { return p.servers[1].hub.Stats().Renewed > 0 }
	eventually(t, "it is counted", renewed)
}

func TestMasterThatGoesAndComesBack(t *testing.T) {
	t.Parallel()
	p, _ := newMasters(t)
	p.socket(2).Join("x")
	p.hears("x")
	p.c.redis.Close()
	if err := p.c.redis.Restart(); err != nil {
		t.Fatal(err)
	}
	shards(p.c.redis)
	p.hears("x")
}

// Two masters, of which the slots are first at one and then at the other.
func TestSlotsOfTwoMasters(t *testing.T) {
	t.Parallel()
	c := newCluster(t, redis.Config{Kind: redis.Sharded})
	second := miniredis.RunT(t)
	masters, channels := []*miniredis.Miniredis{c.redis, second}, []*shardChannels{c.shards, shards(second)}
	var at atomic.Int32
	p := &pair{t: t, c: c}
	for i := range p.servers {
		client := goredis.NewClusterClient(&goredis.ClusterOptions{ContextTimeoutEnabled: true, MaxRetries: -1, MaxRedirects: -1,
			ClusterSlots: func(context.Context) ([]goredis.ClusterSlot, error) {
				return []goredis.ClusterSlot{{Start: 0, End: 16383, Nodes: []goredis.ClusterNode{{Addr: masters[at.Load()].Addr()}}}}, nil
			}})
		t.Cleanup(func() { client.Close() })
		c.cfg.Client = client
		p.servers[i] = c.server("/")
		p.users = append(p.users, p.servers[i].enter(t), p.servers[i].enter(t))
	}
	p.socket(2).Join("x")
	p.hears("x")
	at.Store(1)
	for _, channel := range channels[0].names() {
		channels[0].drop(channel)
	}
	p.hears("x")
	if n := channels[1].count("socket.io#/#x#"); n != 1 {
		t.Errorf("%d listen at the second master", n)
	}
}

// The masters of a cluster would all take what goes by PUBLISH, and pass it on at
// different times.
func TestOneMasterPublishes(t *testing.T) {
	t.Parallel()
	c := newCluster(t, redis.Config{})
	masters := []*miniredis.Miniredis{c.redis, miniredis.RunT(t)}
	client := goredis.NewClusterClient(&goredis.ClusterOptions{ContextTimeoutEnabled: true, MaxRetries: -1, MaxRedirects: -1,
		ClusterSlots: func(context.Context) ([]goredis.ClusterSlot, error) {
			return []goredis.ClusterSlot{{Start: 0, End: 8191, Nodes: []goredis.ClusterNode{{Addr: masters[0].Addr()}}},
				{Start: 8192, End: 16383, Nodes: []goredis.ClusterNode{{Addr: masters[1].Addr()}}}}, nil
		}})
	t.Cleanup(func() { client.Close() })
	c.cfg.Client = client
	got := make(chan string, 100)
	for i, m := range masters {
		sub := m.NewSubscriber()
		t.Cleanup(sub.Close)
		sub.Psubscribe("*")
		go func() {
			for m := range sub.Pmessages() {
				if strings.HasPrefix(m.Channel, "socket.io#/#room") {
					got <- fmt.Sprint(i)
				}
			}
		}()
	}
	s := c.server("/")
	for i := range 50 {
		s.ns.To(fmt.Sprint("room", i)).Emit("e")
	}
	first := take(t, got)
	for range 49 {
		if take(t, got) != first {
			t.Fatal("both masters have published")
		}
	}
}
