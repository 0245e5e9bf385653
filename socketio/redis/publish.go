package redis

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// maxBatch is how many messages go to Redis in one write.
const maxBatch = 128

// publish sends what is queued, in order, until the queue is closed and empty or
// the hub is over.
func (h *Hub) publish() {
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
		if !h.deliver(batch) {
			return
		}
	}
}

// deliver sends a batch, and what Redis has surely not done of it again until it
// has. It reports false if the hub is over before that.
func (h *Hub) deliver(batch []posting) bool {
	var wait backoff
	for len(batch) > 0 {
		again, err := h.send(batch)
		h.state.sent(h.shown(err))
		if err == nil {
			return true
		}
		if !h.waitForRedis(&wait) {
			h.lost.Add(uint64(len(again)))
			return false
		}
		batch = again
	}
	h.state.sent(nil)
	return true
}

// sendTime bounds one write of a batch and the wait for its answers.
const sendTime = 5 * time.Second

// send sends a batch. It returns what Redis has surely not done of it, and why it
// takes no more, if it does not. What might have arrived is not to be sent again.
func (h *Hub) send(batch []posting) (again []posting, down error) {
	ctx, cancel := context.WithTimeout(h.ctx, sendTime)
	defer cancel()
	cluster, ok := h.client.(*goredis.ClusterClient)
	if !ok {
		return h.write(ctx, h.client, batch)
	}
	// A cluster takes PUBLISH at each of its masters and the driver deals them out.
	// Those of one server all go by the same, as they would overtake each other.
	var plainly, sharded []posting
	for _, p := range batch {
		if p.how == plain {
			plainly = append(plainly, p)
		} else {
			sharded = append(sharded, p)
		}
	}
	if len(plainly) > 0 {
		if master, err := cluster.MasterForKey(ctx, h.cfg.Prefix); err != nil {
			again, down = plainly, err
		} else {
			again, down = h.write(ctx, master, plainly)
		}
	}
	if len(sharded) > 0 {
		left, err := h.write(ctx, cluster, sharded)
		again = append(again, left...)
		if err != nil {
			down = err
		}
	}
	return again, down
}

// write is send for one client. Commands end as they will, each for itself: a
// cluster has several connections.
func (h *Hub) write(ctx context.Context, c goredis.UniversalClient, batch []posting) (again []posting, down error) {
	cmds, whole := c.Pipelined(ctx, func(p goredis.Pipeliner) error {
		for i := range batch {
			h.cfg.command(ctx, p, &batch[i])
		}
		return nil
	})
	if slices.ContainsFunc(cmds, func(cmd goredis.Cmder) bool { return cmd.Err() != nil }) {
		whole = nil // it is the first of theirs
	}
	for i, cmd := range cmds {
		// Of a connection that could not log in, or choose its database, the
		// driver tells only the batch as a whole.
		switch err := cmp.Or(cmd.Err(), whole); {
		case err == nil:
			h.sent.Add(1)
		case notDone(err):
			again = append(again, batch[i])
			down = err
		case isReply(err):
			h.lost.Add(1)
			h.declined.warn(h.log, "Redis has refused a message of this server", "err", h.shown(err))
		default:
			h.lost.Add(1)
			down = err
		}
	}
	return again, down
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

// isReply reports whether an error is what Redis has answered.
func isReply(err error) bool {
	var reply goredis.Error
	return errors.As(err, &reply)
}

// notDone reports whether an error says that a command was not executed and may be
// when it is sent later: there was no connection to begin with, or Redis takes
// commands of nobody, of none like this, or not at this server or not yet.
func notDone(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" || errors.Is(err, goredis.ErrPoolTimeout) {
		return true
	}
	_, moved := goredis.IsMovedError(err)
	_, ask := goredis.IsAskError(err)
	return moved || ask || goredis.IsLoadingError(err) || goredis.IsReadOnlyError(err) || goredis.IsMasterDownError(err) ||
		goredis.IsClusterDownError(err) || goredis.IsTryAgainError(err) || goredis.IsMaxClientsError(err) || goredis.IsAuthError(err)
}

// backoff is how long was waited last. Zero is the beginning.
type backoff time.Duration

// next returns how long to wait now: twice as long as before, from 50 ms to 1 s.
func (b *backoff) next() time.Duration {
	*b = min(max(2**b, backoff(50*time.Millisecond)), backoff(time.Second))
	return time.Duration(*b)
}

// waitForRedis waits for a while and until Redis answers. It reports false if the
// hub is over.
func (h *Hub) waitForRedis(wait *backoff) bool {
	timer := time.NewTimer(wait.next())
	defer timer.Stop()
	for {
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
		timer.Reset(wait.next())
	}
}
