package redis_test

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/alicebob/miniredis/v2"
	mini "github.com/alicebob/miniredis/v2/server"
)

// shards teaches miniredis the sharded channels of Redis 7: SSUBSCRIBE,
// SUNSUBSCRIBE, SPUBLISH and PUBSUB SHARDNUMSUB.
func shards(m *miniredis.Miniredis) *shardChannels {
	channels := &shardChannels{subscribers: map[string]map[*mini.Peer]bool{}}
	mu, subscribers := &channels.mu, channels.subscribers
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
		mu.Lock()
		first := channels.first
		mu.Unlock()
		if first != nil && first(c, strings.ToUpper(cmd), args) {
			return true
		}
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
	return channels
}

// shardChannels are the channels and who listens to them.
type shardChannels struct {
	mu          sync.Mutex // guards below
	subscribers map[string]map[*mini.Peer]bool
	first       func(c *mini.Peer, cmd string, args []string) (done bool) // if there is one
}

func say(c *mini.Peer, kind, channel string, last func(*mini.Writer)) {
	c.Block(func(w *mini.Writer) {
		w.WritePushLen(3)
		w.WriteBulk(kind)
		w.WriteBulk(channel)
		last(w)
		w.Flush()
	})
}

// watch lets f see all commands before anyone else.
func (s *shardChannels) watch(f func(c *mini.Peer, cmd string, args []string) (done bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.first = f
}

// peers returns how many connections have subscriptions.
func (s *shardChannels) peers() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[*mini.Peer]bool{}
	for _, list := range s.subscribers {
		maps.Copy(all, list)
	}
	return len(all)
}

// names returns the channels.
func (s *shardChannels) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.subscribers))
}

// count returns how many connections listen to a channel.
func (s *shardChannels) count(channel string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.subscribers[channel])
}

// drop ends the subscriptions of a channel, as a cluster does that moves its slot.
func (s *shardChannels) drop(channel string) {
	s.mu.Lock()
	list := s.subscribers[channel]
	s.subscribers[channel] = map[*mini.Peer]bool{}
	s.mu.Unlock()
	for c := range list {
		say(c, "sunsubscribe", channel, func(w *mini.Writer) { w.WriteInt(0) })
	}
}
