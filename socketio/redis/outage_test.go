package redis_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/socketio/redis"
)

func TestRedisGoesAndComesBack(t *testing.T) {
	every(t, func(t *testing.T, p *pair) {
		ns := p.servers[0].ns
		p.c.redis.Close()
		for i := range 20 {
			if err := ns.Emit("away", i); err != nil {
				t.Error(err)
			}
			if got := p.users[0].next(); got != fmt.Sprintf(`2["away",%d]`, i) {
				t.Errorf("here %s came", got)
			}
		}
		eventually(t, "the log says so", func() bool { return strings.Contains(p.c.log.String(), "Redis is not reached") })
		// Or XREAD would not block. Before the servers come back, who read it.
		p.c.redis.Ctx, p.c.redis.CtxCancel = context.WithCancel(context.Background())
		if err := p.c.redis.Restart(); err != nil {
			t.Fatal(err)
		}
		shards(p.c.redis) // a moment later: what was refused until then is told again
		eventually(t, "the other server hears again", func() bool {
			ns.Emit("back")
			select {
			case got := <-p.users[2].got:
				return got == `2["back"]`
			default:
				return false
			}
		})
		eventually(t, "the log says so", func() bool { return strings.Contains(p.c.log.String(), "reached again") })
		eventually(t, "this server hears again", func() bool {
			p.servers[1].ns.Emit("too")
			select {
			case got := <-p.users[1].got:
				return got == `2["too"]`
			default:
				return false
			}
		})
		eventually(t, "rooms are heard of again", func() bool {
			p.servers[1].ns.To("x").Emit("room")
			return slices.Contains(p.mark(1, 0), `2["room"]`)
		})
	})
}

func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	c := newCluster(t, redis.Config{QueueMessages: 10, QueueBytes: 10_000, URL: "redis://127.0.0.1:1"})
	s := c.server("/")
	u := s.enter(t)
	full := 0
	for i := range 1000 {
		if err := s.ns.Emit("e", i); errors.Is(err, redis.ErrQueueFull) {
			full++
		} else if err != nil {
			t.Error(err)
		}
		if got := u.next(); got != fmt.Sprintf(`2["e",%d]`, i) {
			t.Fatalf("%s came", got)
		}
	}
	if st := s.hub.Stats(); full == 0 || st.Queued > 10 || st.Lost < uint64(full) {
		t.Errorf("%d times full, %+v", full, st)
	}
}

// Nothing tells who else there is, so the answers are not said to be all.
func TestRequestsWithoutRedis(t *testing.T) {
	t.Parallel()
	c := newCluster(t, redis.Config{URL: "redis://127.0.0.1:1"})
	s := c.server("/")
	u := s.enter(t)
	ctx, cancel := context.WithTimeout(context.Background(), silence)
	defer cancel()
	sockets, err := s.ns.FetchSockets(ctx)
	missing, ok := errors.AsType[*socketio.MissingError](err)
	if len(sockets) != 1 || !ok || missing.Servers != 1 {
		t.Errorf("%v, %v", sockets, err)
	}
	go u.answer(`[1]`)
	ctx, cancel = context.WithTimeout(context.Background(), silence)
	defer cancel()
	got, err := socketio.CallAll[int](ctx, s.ns.Except(), "ask")
	if missing, ok := errors.AsType[*socketio.MissingError](err); !slices.Equal(got, []int{1}) || !ok || missing.Servers != 1 {
		t.Errorf("%v, %v", got, err)
	}
	if err := s.ns.SocketsJoin("x"); err != nil || len(slices.Collect(s.ns.To("x").Sockets())) != 1 {
		t.Errorf("did not join: %v", err)
	}
}

func TestTheURLIsSecret(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"redis://user:hunter2@127.0.0.1:1/0", "redis://:hunter2@127.0.0.1:1/x", "redis://:hun ter2@h", "http://hunter2",
		"redis://a:hunter2/@h", "hunter2", ""} {
		c := newCluster(t, redis.Config{URL: cmp.Or(url, "://hunter2")})
		hub, err := redis.Open(c.cfg)
		if err != nil {
			if !errors.Is(err, redis.ErrURL) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v", url, err)
			}
			continue
		}
		srv := socketio.NewServer(socketio.Config{Adapter: hub.Adapter})
		srv.Of("/").Emit("e")
		eventually(t, "the log complains", func() bool { return strings.Contains(c.log.String(), "not reached") })
		hub.Close()
		if strings.Contains(c.log.String(), "hunter2") {
			t.Errorf("%s: logged %s", url, c.log)
		}
	}
}
