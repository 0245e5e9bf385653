package redis

import (
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

const (
	// streamBlock is how long one question for new entries waits, and so how
	// long Close may take.
	streamBlock = time.Second
	// streamCount is how many entries one answer has at the most.
	streamCount = 100
)

// follow reads streams from their ends on, until the hub is over. ears count them as
// unread when it begins. started is closed when the ends are known. A lost connection loses nothing that is still
// in the streams when it is back.
func (h *Hub) follow(names []string, started chan struct{}) {
	ids := make([]string, len(names))
	down, begun := false, false
	var wait backoff // of its own: Redis may answer PING and refuse these
	failed := func(err error) (goOn bool) {
		if h.ctx.Err() != nil {
			return false
		}
		if !down {
			h.log.Warn("streams cannot be read", "err", h.shown(err))
			if begun {
				h.ears.reads(false)
			}
		}
		down = true
		return h.waitForRedis(&wait)
	}
	for i, name := range names {
		for {
			last, err := h.client.XRevRangeN(h.ctx, name, "+", "-", 1).Result()
			if err == nil {
				ids[i] = "0-0"
				if len(last) > 0 {
					ids[i] = last[0].ID
				}
				break
			}
			if !failed(err) {
				return
			}
		}
	}
	begun = true
	if !down { // or a question for new entries is to show that it is over
		h.ears.reads(true)
	}
	close(started)
	for h.ctx.Err() == nil {
		answer, err := h.client.XRead(h.ctx, &goredis.XReadArgs{
			Streams: append(append([]string{}, names...), ids...), Count: streamCount, Block: streamBlock,
		}).Result()
		switch {
		case errors.Is(err, goredis.Nil):
		case err != nil:
			if !failed(err) {
				return
			}
			continue
		}
		wait = 0
		if down {
			h.log.Info("streams are read again")
			h.ears.reads(true)
			down = false
		}
		for _, s := range answer {
			for i := range names {
				if names[i] == s.Stream && len(s.Messages) > 0 {
					ids[i] = s.Messages[len(s.Messages)-1].ID
				}
			}
			for _, m := range s.Messages {
				h.entry(m.Values)
			}
		}
	}
}

// entry hands an entry to its namespace, if there is one.
func (h *Hub) entry(fields map[string]any) {
	nsp, _ := fields["nsp"].(string)
	for _, n := range h.ears.of(source{stream, nsp}) {
		n.hearEntry(fields)
	}
}

// followAll begins to read all streams. In a Redis Cluster each has a master of its
// own.
func (h *Hub) followAll() {
	names := h.cfg.streams()
	groups := [][]string{names}
	if _, cluster := h.client.(*goredis.ClusterClient); cluster {
		groups = nil
		for _, name := range names {
			groups = append(groups, []string{name})
		}
	}
	for _, g := range groups {
		started := make(chan struct{})
		h.streams = append(h.streams, started)
		h.ears.reads(false)
		h.run(func() { h.follow(g, started) })
	}
}
