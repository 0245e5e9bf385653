package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/socketio/redis"
)

// Servers reach each other's clients by a Redis Cluster, whatever they have of it.
func TestRedisCluster(t *testing.T) {
	need(t, "redis")
	t.Parallel()
	masters := redisCluster(t)
	kinds := map[string]redis.Config{
		"classic":            {},
		"specific":           {SpecificResponses: true},
		"sharded":            {Kind: redis.Sharded},
		"sharded, private":   {Kind: redis.Sharded, Subscription: redis.DynamicPrivate},
		"sharded, static":    {Kind: redis.Sharded, Subscription: redis.Static},
		"streams":            {Kind: redis.Streams},
		"streams and shards": {Kind: redis.Streams, StreamCount: 3, ShardedPubSub: true},
	}
	for kind, cfg := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			testPeers(t, clusterConfig(t, masters, cfg))
		})
	}
	t.Run("a slot moves", func(t *testing.T) {
		t.Parallel()
		testMovingSlot(t, masters, clusterConfig(t, masters, redis.Config{Kind: redis.Sharded}))
	})
	t.Run("with Node", func(t *testing.T) {
		need(t, "node", "clients")
		t.Parallel()
		cfg := clusterConfig(t, masters, redis.Config{Kind: redis.Sharded})
		report(t, redisCases, script(t, nil, "redis.mjs", "sharded", "redis://"+masters[0], newPeer(t, cfg()).url, cfg().Prefix))
	})
}

// redisCluster starts a Redis Cluster of three masters.
func redisCluster(t *testing.T) (addresses []string) {
	t.Helper()
	const masters, slots = 3, 16384
	var clients []*goredis.Client
	buses := map[string]string{}
	for range masters {
		var bus string
		a := startRedis(t, func(port, busPort string) []string {
			bus = busPort
			// A machine that is busy for a while is no failure.
			return []string{"--port", port, "--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", "60000"}
		})
		c := goredis.NewClient(&goredis.Options{Addr: a})
		defer c.Close()
		clients, addresses = append(clients, c), append(addresses, a)
		buses[a] = bus
	}
	for i, c := range clients {
		err := errors.Join(c.Do(t.Context(), "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err(),
			c.ClusterAddSlotsRange(t.Context(), slots*i/masters, slots*(i+1)/masters-1).Err())
		for _, a := range addresses[:i] {
			host, port, _ := net.SplitHostPort(a)
			err = errors.Join(err, c.Do(t.Context(), "CLUSTER", "MEET", host, port, buses[a]).Err())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range clients {
		err := until(t.Context(), patience, 50*time.Millisecond, func() error {
			info, err := c.ClusterInfo(t.Context()).Result()
			if err == nil && !strings.Contains(info, "cluster_state:ok") {
				return errors.New(info)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return addresses
}

// clusterConfig returns a maker of Configs for servers that have a cluster, and in
// that channels of their own, in common. Each has its own client.
func clusterConfig(t *testing.T, masters []string, cfg redis.Config) func() redis.Config {
	prefix := strings.NewReplacer("/", "-", "#", "-").Replace(t.Name())
	return func() redis.Config {
		client := goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: masters, ContextTimeoutEnabled: true, MaxRetries: -1, MaxRedirects: -1})
		t.Cleanup(func() { client.Close() })
		cfg.Client, cfg.Prefix, cfg.Stream = client, prefix, prefix
		cfg.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
		return cfg
	}
}

// testPeers lets each of two servers do everything once.
func testPeers(t *testing.T, cfg func() redis.Config) {
	h := newHall(t, cfg)
	for from, p := range h.peers {
		event := func(name string) string { return fmt.Sprintf(`["%s",%d]`, name, from) }
		to := map[string]socketio.Broadcast{
			"abcd": p.chat.Except(),
			"ac":   p.chat.To("x"),
			"bd":   p.chat.Except("x"),
			"d":    p.chat.To(h.guests[3].id),
			"b":    p.chat.To(h.guests[1].id),
			"ab":   p.chat.To("x", h.guests[1].id).Except(h.guests[2].id),
		}
		for names, b := range to {
			if err := b.Emit("to "+names, from); err != nil {
				t.Error(err)
			}
			h.get(names, event("to "+names))
			if got := h.fetch(b); got != names {
				t.Errorf("by server %d: fetched %q, want %q", from, got, names)
			}
		}
		p.chat.To("x").Emit("binary", []byte{1, 2}, from)
		h.get("ac", fmt.Sprintf(`["binary",{"_placeholder":true,"num":0},%d] <01 02>`, from))
		if err := p.emitter.Of("/chat").To("x").Emit(t.Context(), "emitter", from); err != nil {
			t.Error(err)
		}
		h.get("ac", event("emitter"))
		p.chat.ServerSideEmit("tell", fmt.Sprint("all of the other server than ", from))
		h.get([]string{"cd", "ab"}[from], fmt.Sprintf(`["told","all of the other server than %d"]`, from))

		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if sums, err := socketio.CallServers[int](ctx, p.chat, "double", 21); err != nil || !slices.Equal(sums, []int{42}) {
			t.Errorf("server %d was answered %v, %v", from, sums, err)
		}
		names, err := socketio.CallAll[string](ctx, p.chat.Except(), "name")
		if slices.Sort(names); err != nil || !slices.Equal(names, []string{"a", "b", "c", "d"}) {
			t.Errorf("server %d was answered %q, %v", from, names, err)
		}
		room := fmt.Sprint("y", from)
		p.chat.To("x").SocketsJoin(room)
		h.fetched("ac", p.chat.To(room))
		p.chat.To(h.guests[0].id).SocketsLeave(room)
		h.fetched("c", p.chat.To(room))
	}
	h.peers[0].chat.To(h.guests[3].id).DisconnectSockets(false)
	h.peers[1].chat.To(h.guests[1].id).DisconnectSockets(false)
	h.get("bd", "gone")
	h.quiet("ac")
}

// testMovingSlot moves the slot of a room's channel to another master.
func testMovingSlot(t *testing.T, masters []string, cfg func() redis.Config) {
	h := newHall(t, cfg)
	channel := cfg().Prefix + "#/chat#x#"
	var clients []*goredis.Client
	var ids []string
	for _, a := range masters {
		c := goredis.NewClient(&goredis.Options{Addr: a})
		defer c.Close()
		id, err := c.ClusterMyID(t.Context()).Result()
		if err != nil {
			t.Fatal(err)
		}
		clients, ids = append(clients, c), append(ids, id)
	}
	slot, err := clients[0].ClusterKeySlot(t.Context(), channel).Result()
	if err != nil {
		t.Fatal(err)
	}
	heard := func(c *goredis.Client) int64 {
		counts, err := c.PubSubShardNumSub(t.Context(), channel).Result()
		if err != nil {
			t.Fatal(err)
		}
		return counts[channel]
	}
	from := slices.IndexFunc(clients, func(c *goredis.Client) bool { return heard(c) == 2 })
	if from < 0 {
		t.Fatal("no master has the subscriptions of both servers")
	}
	to := (from + 1) % len(masters)
	// The one that gets it is told first, so that somebody has it at any time.
	for i := range masters {
		if err := clients[(to+i)%len(masters)].Do(t.Context(), "CLUSTER", "SETSLOT", slot, "NODE", ids[to]).Err(); err != nil {
			t.Fatal(err)
		}
	}
	h.hears("x")
	if n := heard(clients[to]); n == 0 {
		t.Error("nobody listens at the master that has the slot now")
	}
	// And nothing is sent to nobody for long by those who do not know yet.
	h.peers[0].chat.To("x").Emit("e", 1)
	h.get("ac", `["e",1]`)
}
