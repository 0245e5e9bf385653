package redis_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/everwire/everwire/socketio/redis"
)

// pipeHook stands between a Hub and Redis: before pipelines of PUBLISH, and before
// commands that are no pipelines.
type pipeHook struct {
	pipe func(ctx context.Context, cmds []goredis.Cmder, next goredis.ProcessPipelineHook) error
	one  func(cmd goredis.Cmder)
}

func (h pipeHook) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (h pipeHook) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if h.one != nil {
			h.one(cmd)
		}
		return next(ctx, cmd)
	}
}

func (h pipeHook) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		if h.pipe == nil || cmds[0].Name() != "publish" { // the driver has pipelines of its own
			return next(ctx, cmds)
		}
		return h.pipe(ctx, cmds, next)
	}
}

// client connects to the cluster's Redis with a hook.
func (c *cluster) client(hook goredis.Hook) *goredis.Client {
	client := goredis.NewClient(&goredis.Options{Addr: c.redis.Addr(), ContextTimeoutEnabled: true, MaxRetries: -1})
	client.AddHook(hook)
	c.t.Cleanup(func() { client.Close() })
	return client
}

// A batch ends in parts when it went by several connections. What has arrived is not
// sent again, and what cannot have left is.
func TestPartOfABatchIsSentAgain(t *testing.T) {
	t.Parallel()
	c := newCluster(t, redis.Config{})
	other := c.server("/")
	u := other.enter(t)
	first, goOn := make(chan struct{}), make(chan struct{})
	var calls atomic.Int32
	c.cfg.Client = c.client(pipeHook{pipe: func(ctx context.Context, cmds []goredis.Cmder, next goredis.ProcessPipelineHook) error {
		switch calls.Add(1) {
		case 1:
			close(first)
			<-goOn // so that the others become one batch
		case 2:
			dial := &net.OpError{Op: "dial", Err: errors.New("refused")}
			for i, cmd := range cmds {
				if i%3 == 1 {
					cmd.SetErr(dial) // it has not left
					continue
				}
				if err := next(ctx, cmds[i:i+1]); err != nil {
					return err
				}
				if i%3 == 2 {
					cmd.SetErr(errors.New("broken")) // and who knows whether it arrived
				}
			}
			return dial
		}
		return next(ctx, cmds)
	}})
	s := c.server("/")
	s.ns.Emit("e", 0)
	<-first
	for i := range 9 {
		s.ns.Emit("e", i+1)
	}
	close(goOn)
	eventually(t, "all is sent", func() bool {
		st := s.hub.Stats()
		return st.Sent+st.Lost == 10
	})
	s.ns.Emit("end")
	got := strings.Join(u.until(`2["end"]`), " ")
	want := ""
	for _, i := range []int{0, 1, 3, 4, 6, 7, 9, 2, 5, 8} {
		want += fmt.Sprintf(` 2["e",%d]`, i)
	}
	if got != want[1:] {
		t.Errorf("%s came, not%s", got, want)
	}
	if st := s.hub.Stats(); st.Lost != 3 || st.Sent < 7 {
		t.Errorf("%+v", st)
	}
}

func TestRedisThatTakesNothingForNow(t *testing.T) {
	t.Parallel()
	for _, reply := range []string{"LOADING Redis is loading the dataset in memory", "READONLY You can't write against a read only replica.",
		"MASTERDOWN Link with MASTER is down", "CLUSTERDOWN The cluster is down", "TRYAGAIN Multiple keys request during rehashing of slot",
		"ERR max number of clients reached", "NOAUTH Authentication required.", "WRONGPASS invalid username-password pair",
		"MOVED 1 127.0.0.1:1"} {
		name, _, _ := strings.Cut(reply, " ")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t, redis.Config{}, "/")
			p.c.redis.SetError(reply)
			for i := range 3 {
				p.servers[0].ns.Emit("e", i)
			}
			eventually(t, "the log says so", func() bool { return strings.Contains(p.c.log.String(), "takes no messages for now") })
			p.c.redis.SetError("")
			for i := range 3 {
				if got, want := p.users[2].next(), fmt.Sprintf(`2["e",%d]`, i); got != want {
					t.Errorf("%s came, not %s", got, want)
				}
			}
			eventually(t, "the log says so", func() bool { return strings.Contains(p.c.log.String(), "reached again") })
			if st := p.servers[0].hub.Stats(); st.Lost != 0 || st.Refused != 0 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// TestPasswordThatRedisDoesNotKnow: the driver then tells of no command that it failed.
func TestPasswordThatRedisDoesNotKnow(t *testing.T) {
	t.Parallel()
	c := newCluster(t, redis.Config{})
	c.redis.RequireAuth("right")
	c.cfg.URL = "redis://:wrong@" + c.redis.Addr()
	s := c.server("/")
	s.ns.Emit("e")
	eventually(t, "the log says so", func() bool { return strings.Contains(c.log.String(), "takes no messages for now") })
	if st := s.hub.Stats(); st.Sent != 0 {
		t.Errorf("%+v", st)
	}
}

func TestRedisRefusesAMessage(t *testing.T) {
	t.Parallel()
	p := newPair(t, redis.Config{}, "/")
	p.c.redis.SetError("NOPERM this user has no permissions to access one of the channels")
	p.servers[0].ns.Emit("lost")
	eventually(t, "the log says so", func() bool {
		return strings.Contains(p.c.log.String(), "Redis has refused a message of this server")
	})
	p.c.redis.SetError("")
	p.servers[0].ns.Emit("next")
	if got := p.users[2].next(); got != `2["next"]` {
		t.Errorf("%s came", got)
	}
	if st := p.servers[0].hub.Stats(); st.Lost != 1 || st.Refused != 0 {
		t.Errorf("%+v", st)
	}
}

// PING succeeds while a stream cannot be read: it is no stream.
func TestStreamThatIsNone(t *testing.T) {
	t.Parallel()
	c := newCluster(t, redis.Config{Kind: redis.Streams})
	c.redis.Set("socket.io", "text")
	var asked atomic.Int32
	c.cfg.Client = c.client(pipeHook{one: func(cmd goredis.Cmder) {
		if cmd.Name() == "xrevrange" {
			asked.Add(1)
		}
	}})
	begin := time.Now()
	hub, err := redis.Open(c.cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer hub.Close()
	eventually(t, "it is tried again", func() bool { return asked.Load() == 5 })
	if d := time.Since(begin); d < 700*time.Millisecond {
		t.Errorf("5 times within %v", d)
	}
}

func TestEmitterOfNoKind(t *testing.T) {
	t.Parallel()
	if _, err := redis.NewEmitter(redis.Config{URL: "redis://127.0.0.1:1", Kind: 7}); err == nil {
		t.Error("there is an emitter of no kind")
	}
}
