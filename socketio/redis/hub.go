package redis

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/everwire/everwire/socketio"
)

// Hub connects the namespaces of one server with those of others by Redis. Use
// Open. Its methods may be called concurrently.
type Hub struct {
	cfg    Config
	client goredis.UniversalClient
	own    bool // the client is to be closed
	log    *slog.Logger
	out    *queue
	ctx    context.Context // of all that the hub does
	cancel context.CancelFunc

	sent, lost, received, refused, renewed atomic.Uint64
	refusals, declined, mishaps            seldom

	state     state
	publisher sync.WaitGroup
	tasks     sync.WaitGroup // all other goroutines

	ears    ears
	streams []chan struct{} // closed when they are read

	closing sync.Once
	closed  error // of Close
}

// Open returns a Hub for a server. It does not wait for Redis, though a new
// namespace does for a moment, see Adapter: as long as Redis cannot be reached the
// server is alone, which is logged with the reason.
func Open(cfg Config) (*Hub, error) {
	cfg.setDefaults()
	client, own, err := cfg.open()
	if err != nil {
		return nil, err
	}
	h := &Hub{cfg: cfg, client: client, own: own, log: cfg.Logger, out: newQueue(cfg.QueueMessages, cfg.QueueBytes)}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.log = h.log.With("remote", h.Address())
	h.state.log = h.log
	h.run(h.watch)
	h.ears.init(h)
	if cfg.Kind == Streams {
		h.followAll()
	}
	h.publisher.Go(h.publish)
	return h, nil
}

// SilenceDriver keeps github.com/redis/go-redis, for the whole process, from
// writing to the standard error output what it thinks of its connections. A Hub
// logs what matters of that.
func SilenceDriver() { goredis.SetLogger(silence{}) }

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

// subscribeTime is how long a namespace waits until Redis has confirmed that it
// is listened to.
const subscribeTime = 2 * time.Second

// Adapter makes the adapter of a namespace: it is for Config.Adapter of package
// socketio and Options.Adapter of package server. It waits until Redis has
// confirmed the namespace's subscriptions, but no longer than 2 s, and not at all
// when that was in vain before and Redis has confirmed nothing since: what cannot be
// subscribed to by then will be when that is possible. The adapter is an io.Closer.
func (h *Hub) Adapter(ns *socketio.Namespace) socketio.Adapter {
	n := newNode(h, ns)
	n.watchRooms()
	h.ears.add(n, n.form.listens())
	return n
}

// leave ends the listening of a namespace.
func (h *Hub) leave(n *node) { h.ears.remove(n) }

// run runs f in a goroutine that Close waits for. After Close it does not.
func (h *Hub) run(f func()) {
	if h.ctx.Err() == nil {
		h.tasks.Go(f)
	}
}

// Stats are counts since the Hub was opened.
type Stats struct {
	// Sent messages were taken by Redis. Lost ones were not: there was no room
	// in the queue, the connection broke while they were on their way, or Redis
	// has refused them.
	Sent, Lost uint64
	// Received messages are those of other servers. Refused ones were no
	// messages, too large, or events for listeners that had too many to do. They
	// are all of others: what Redis refuses of this server's is lost.
	Received, Refused uint64
	// Renewed is how often a subscription was renewed after a lost connection:
	// what others had sent meanwhile is lost, but for what is in a stream.
	Renewed uint64
	// Queued messages wait for Redis now.
	Queued int
}

// Stats returns the counts.
func (h *Hub) Stats() Stats {
	return Stats{Sent: h.sent.Load(), Lost: h.lost.Load() + h.out.refused(), Received: h.received.Load(),
		Refused: h.refused.Load(), Renewed: h.renewed.Load(), Queued: h.out.len()}
}

// refuse counts a message that was not taken, and tells of the first in a while.
func (h *Hub) refuse(ns string, err error) {
	h.refused.Add(1)
	h.refusals.warn(h.log, "message from Redis was refused", "ns", ns, "err", err)
}

// seldom lets one line into the log in 10 s, of those that others can provoke.
type seldom struct{ last atomic.Int64 }

func (s *seldom) warn(log *slog.Logger, text string, args ...any) {
	now := time.Now().UnixNano()
	last := s.last.Load()
	if now-last > int64(10*time.Second) && s.last.CompareAndSwap(last, now) {
		log.Warn(text, args...)
	}
}

// closeTime is how long Close waits until what is queued is sent.
const closeTime = time.Second

// Close sends what is queued, for 1 s at most, ends all listening, and waits for
// the goroutines, listeners of server-side events included. Namespaces go on
// alone. It closes no Client that was given to the Hub. Close it after the
// server has shut down.
func (h *Hub) Close() error {
	h.closing.Do(h.close)
	return h.closed
}

func (h *Hub) close() {
	h.out.close()
	select {
	case h.out.wake <- struct{}{}:
	default:
	}
	sent := make(chan struct{})
	go func() {
		h.publisher.Wait()
		close(sent)
	}()
	select {
	case <-sent:
	case <-time.After(closeTime):
	}
	h.cancel()
	h.closed = h.ears.close()
	if h.own {
		h.closed = errors.Join(h.closed, h.client.Close())
	}
	<-sent
	h.tasks.Wait()
}

// count returns how many connections listen to a channel.
func (h *Hub) count(ctx context.Context, s source) (int, error) {
	total := 0
	var mu sync.Mutex // guards total
	one := func(ctx context.Context, c goredis.Cmdable) error {
		ask := c.PubSubNumSub
		if s.way == shard {
			ask = c.PubSubShardNumSub
		}
		counts, err := ask(ctx, s.name).Result()
		mu.Lock()
		defer mu.Unlock()
		total += int(counts[s.name])
		return err
	}
	if cluster, ok := h.client.(*goredis.ClusterClient); ok {
		err := cluster.ForEachMaster(ctx, func(ctx context.Context, c *goredis.Client) error { return one(ctx, c) })
		return total, err
	}
	err := one(ctx, h.client)
	return total, err
}
