package redis

import (
	"context"
	"errors"
	"net"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// maxBatch is how many messages go to Redis in one write.
const maxBatch = 128

// publish sends what is queued, in order, until the queue is closed and empty or
// the hub is over.
func (h *Hub) publish() {
	var line line
	for {
		batch := h.out.take(maxBatch)
		if len(batch) == 0 {
			if h.out.ended() {
				return
			}
			select {
			case <-h.out.wake:
				continue
			case <-h.ctx.Done():
				return
			}
		}
		for !h.send(batch, &line) {
			if !h.waitForRedis() {
				h.lost.Add(uint64(len(batch)))
				return
			}
			line.is(true, h, nil)
			if !line.again {
				break
			}
		}
	}
}

// line is what is known of the connection.
type line struct {
	down  bool
	again bool // what was to be sent last has not gone out at all
}

// is notes that the connection is up or down, and logs a change.
func (l *line) is(up bool, h *Hub, err error) {
	switch {
	case up && l.down:
		h.log.Info("Redis is reached again")
	case !up && !l.down:
		h.log.Warn("Redis is not reached: other servers are told nothing until it is", "err", err)
	}
	l.down = !up
}

// sendTime bounds one write of a batch and the wait for its answers.
const sendTime = 5 * time.Second

// send sends a batch. It reports false if the connection is lost. Unless none of
// the batch has gone out it is not to be sent again then: some of it might have
// arrived.
func (h *Hub) send(batch []posting, l *line) bool {
	ctx, cancel := context.WithTimeout(h.ctx, sendTime)
	defer cancel()
	cmds, err := h.client.Pipelined(ctx, func(p goredis.Pipeliner) error {
		for i := range batch {
			h.cfg.command(ctx, p, &batch[i])
		}
		return nil
	})
	if len(cmds) == 0 {
		h.lost.Add(uint64(len(batch)))
		return err == nil
	}
	var broken error
	for _, c := range cmds {
		var reply goredis.Error
		switch err := c.Err(); {
		case err == nil:
			h.sent.Add(1)
		case errors.As(err, &reply):
			h.lost.Add(1)
			h.refuse("", err) // it is ours, but as seldom as those of others
		default:
			broken = err
		}
	}
	if broken == nil {
		return true
	}
	l.again = dialling(broken)
	if !l.again {
		for _, c := range cmds {
			if c.Err() == broken {
				h.lost.Add(1)
			}
		}
	}
	l.is(false, h, broken)
	return false
}

func (c *Config) command(ctx context.Context, p goredis.Pipeliner, m *posting) {
	switch m.how {
	case shard:
		p.SPublish(ctx, m.to, m.payload)
	case stream:
		p.XAdd(ctx, &goredis.XAddArgs{Stream: m.to, MaxLen: c.StreamLength, Approx: true, Values: m.fields})
	default:
		p.Publish(ctx, m.to, m.payload)
	}
}

// dialling reports whether an error is that there was no connection to begin with.
func dialling(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// waitForRedis waits until Redis answers. It reports false if the hub is over.
func (h *Hub) waitForRedis() bool {
	const first, longest = 50 * time.Millisecond, time.Second
	timer := time.NewTimer(first)
	defer timer.Stop()
	for wait := first; ; wait = min(2*wait, longest) {
		select {
		case <-h.ctx.Done():
			return false
		case <-timer.C:
		}
		ctx, cancel := context.WithTimeout(h.ctx, sendTime)
		err := h.client.Ping(ctx).Err()
		cancel()
		if err == nil {
			return true
		}
		timer.Reset(wait)
	}
}
