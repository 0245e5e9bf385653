package redis_test

import (
	"sync"

	"github.com/alicebob/miniredis/v2"
	mini "github.com/alicebob/miniredis/v2/server"
)

// shards teaches miniredis the sharded channels of Redis 7: SSUBSCRIBE,
// SUNSUBSCRIBE, SPUBLISH and PUBSUB SHARDNUMSUB.
func shards(m *miniredis.Miniredis) {
	var mu sync.Mutex
	subscribers := map[string]map[*mini.Peer]bool{}
	say := func(c *mini.Peer, kind, channel string, last func(*mini.Writer)) {
		c.Block(func(w *mini.Writer) {
			w.WritePushLen(3)
			w.WriteBulk(kind)
			w.WriteBulk(channel)
			last(w)
			w.Flush()
		})
	}
	m.Server().Register("SSUBSCRIBE", func(c *mini.Peer, _ string, args []string) {
		for _, channel := range args {
			mu.Lock()
			if subscribers[channel] == nil {
				subscribers[channel] = map[*mini.Peer]bool{}
			}
			subscribers[channel][c] = true
			mu.Unlock()
			c.OnDisconnect(func() {
				mu.Lock()
				defer mu.Unlock()
				delete(subscribers[channel], c)
			})
			say(c, "ssubscribe", channel, func(w *mini.Writer) { w.WriteInt(1) })
		}
	})
	m.Server().Register("SUNSUBSCRIBE", func(c *mini.Peer, _ string, args []string) {
		for _, channel := range args {
			mu.Lock()
			delete(subscribers[channel], c)
			mu.Unlock()
			say(c, "sunsubscribe", channel, func(w *mini.Writer) { w.WriteInt(1) })
		}
	})
	m.Server().Register("SPUBLISH", func(c *mini.Peer, _ string, args []string) {
		mu.Lock()
		var list []*mini.Peer
		for p := range subscribers[args[0]] {
			list = append(list, p)
		}
		mu.Unlock()
		for _, p := range list {
			say(p, "smessage", args[0], func(w *mini.Writer) { w.WriteBulk(args[1]) })
		}
		c.WriteInt(len(list))
	})
	m.Server().SetPreHook(func(c *mini.Peer, cmd string, args ...string) bool {
		if cmd != "PUBSUB" || len(args) != 2 || args[0] != "SHARDNUMSUB" && args[0] != "shardnumsub" {
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		c.WriteLen(2)
		c.WriteBulk(args[1])
		c.WriteInt(len(subscribers[args[1]]))
		return true
	})
}
