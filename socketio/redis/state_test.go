package redis_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	mini "github.com/alicebob/miniredis/v2/server"
	goredis "github.com/redis/go-redis/v9"

	"github.com/everwire/everwire/socketio/redis"
)

// One namespace waits for a Redis that is away, and the log says which and why.
func TestOneWaitForARedisThatIsAway(t *testing.T) {
	t.Parallel()
	c := newCluster(t, redis.Config{URL: "redis://:hunter2@127.0.0.1:1/5"})
	s := c.server("/")
	if s.hub.Reached() {
		t.Error("it is said to be reached")
	}
	began := time.Now()
	for i := range 20 {
		s.Of(fmt.Sprint("/", i))
	}
	if took := time.Since(began); took > 20*time.Second { // 2 s for each would be twice as long
		t.Errorf("the others took %v", took)
	}
	if got := s.hub.Address(); got != "127.0.0.1:1" {
		t.Errorf("address %q", got)
	}
	for _, want := range []string{"this server is alone", "remote=127.0.0.1:1 ", "connection refused"} {
		eventually(t, "the log has "+want, func() bool { return strings.Contains(c.log.String(), want) })
	}
	if log := c.log.String(); strings.Contains(log, "hunter2") || strings.Count(log, "\n") > 5 { // one for each namespace is more
		t.Errorf("logged %s", log)
	}
}

func TestReachedAgainAfterTheStart(t *testing.T) {
	t.Parallel()
	c := newCluster(t, redis.Config{})
	c.redis.Close()
	s := c.server("/")
	if s.hub.Reached() {
		t.Error("it is said to be reached")
	}
	if err := c.redis.Restart(); err != nil {
		t.Fatal(err)
	}
	s.ns.Emit("e") // or it would take some seconds until it is asked again
	eventually(t, "it is reached", s.hub.Reached)
	c.redis.Close()
	s.ns.Emit("e")
	eventually(t, "it is not reached", func() bool { return !s.hub.Reached() })
}

// A Redis before version 7 has no channels of shards.
func TestSubscriptionsThatRedisDoesNotKnow(t *testing.T) {
	t.Parallel()
	c := newCluster(t, redis.Config{Kind: redis.Sharded})
	old := miniredis.RunT(t)
	c.cfg.URL = "redis://" + old.Addr()
	s := c.server("/")
	if s.hub.Reached() {
		t.Error("it is said to be reached")
	}
	eventually(t, "the log says why", func() bool {
		return strings.Contains(c.log.String(), "has refused a subscription") && strings.Contains(c.log.String(), "unknown command")
	})
}

// A Redis that is away at the start may turn out to be such a one.
func TestSubscriptionsThatRedisDoesNotKnowWhenItComes(t *testing.T) {
	t.Parallel()
	c := newCluster(t, redis.Config{Kind: redis.Sharded})
	c.redis.Close()
	s := c.server("/")
	if err := c.redis.Restart(); err != nil { // without those channels
		t.Fatal(err)
	}
	eventually(t, "the log says why", func() bool {
		return strings.Contains(c.log.String(), "has refused a subscription") && strings.Contains(c.log.String(), "unknown command")
	})
	if s.hub.Reached() {
		t.Error("it is said to be reached")
	}
}

// That the time of who waits is up as the last confirmation comes tells nothing.
func TestConfirmedInTheNickOfTime(t *testing.T) {
	t.Parallel()
	for name, cfg := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, cfg)
			s := c.server("/")
			s.enter(t)
			a := redis.Unheard(s.hub, s.Of("/waits"))
			redis.Listen(a)
			eventually(t, "all is confirmed", func() bool { return redis.Waiting(s.hub) == 0 && s.hub.Reached() })
			redis.GiveUp(a)
			if !s.hub.Reached() {
				t.Error("it is not reached")
			}
			if strings.Contains(c.log.String(), "not confirmed") {
				t.Errorf("logged %s", c.log)
			}
		})
	}
}

// What is confirmed for one namespace tells nothing of another's.
func TestOneSubscriptionThatIsNotAnswered(t *testing.T) {
	t.Parallel()
	c := newCluster(t, redis.Config{})
	c.shards.watch(func(_ *mini.Peer, cmd string, args []string) bool {
		return strings.HasSuffix(cmd, "SUBSCRIBE") && strings.Contains(strings.Join(args, " "), "#/secret#")
	})
	s := c.server("/")
	s.Of("/secret") // waits in vain
	left := redis.Waiting(s.hub)
	if left == 0 || s.hub.Reached() {
		t.Errorf("%d are waited for, reached: %v", left, s.hub.Reached())
	}
	s.Of("/other")
	eventually(t, "the other is confirmed", func() bool { return redis.Waiting(s.hub) == left })
	if s.hub.Reached() {
		t.Error("it is said to be reached")
	}
}

// Who may subscribe and not read the streams does not hear all.
func TestStreamsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, refused := range []string{"XREVRANGE", "XREAD"} {
		t.Run(refused, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, redis.Config{Kind: redis.Streams})
			var open atomic.Bool
			c.shards.watch(func(p *mini.Peer, cmd string, _ []string) bool {
				if cmd != refused || open.Load() {
					return false
				}
				p.WriteError("NOPERM this user has no permissions to run the command")
				return true
			})
			s := c.server("/")
			s.Of("/other")
			eventually(t, "the others are confirmed", func() bool { return redis.Waiting(s.hub) == 0 })
			eventually(t, "the log says why", func() bool { return strings.Contains(c.log.String(), "NOPERM") })
			eventually(t, "it is not reached", func() bool { return !s.hub.Reached() })
			open.Store(true)
			eventually(t, "it is reached", s.hub.Reached)
		})
	}
}

// An answer to PING tells that Redis answers PING.
func TestStateIsToldOfTwoThings(t *testing.T) {
	for _, tt := range []struct {
		name, does string // m and p: a message and PING fail, M and P: they do not
		want       bool
	}{
		{"at first", "", true},
		{"both fail, PING is answered again", "mpP", false},
		{"PING fails first", "pmP", false},
		{"messages fail, PING does not", "mP", false},
		{"messages are taken again", "mpPM", true},
		{"messages are taken, so it is there", "pM", true},
		{"PING is answered again", "pP", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log journal
			sent, asked, reached := redis.NewState(slog.New(slog.NewTextHandler(&log, nil)))
			for _, c := range tt.does {
				switch c {
				case 'm':
					sent(goredis.ErrPoolTimeout)
				case 'M':
					sent(nil)
				case 'p':
					asked(context.DeadlineExceeded)
				case 'P':
					asked(nil)
				}
			}
			if got := reached(); got != tt.want {
				t.Errorf("reached: %v", got)
			}
			if again := strings.Contains(log.String(), "reached again"); again != (tt.want && tt.does != "") {
				t.Errorf("logged %s", log.String())
			}
		})
	}
}

func TestTheLogTellsInOrder(t *testing.T) {
	t.Parallel()
	log := &journal{}
	sent, _, _ := redis.NewState(slog.New(tardy{slog.NewTextHandler(log, nil)}))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 200 {
				if i%2 == 0 {
					sent(context.DeadlineExceeded)
				} else {
					sent(nil)
				}
			}
		})
	}
	all.Wait()
	down := false
	for line := range strings.Lines(log.String()) {
		if was := down; strings.Contains(line, "reached again") == was {
			down = !was
			continue
		}
		t.Fatalf("the log says twice: %s", line)
	}
}

// tardy is a handler that lets others overtake before it writes.
type tardy struct{ slog.Handler }

func (o tardy) Handle(ctx context.Context, r slog.Record) error {
	runtime.Gosched()
	return o.Handler.Handle(ctx, r)
}

// What is no Redis may repeat what it was sent.
func TestNoAnswerShowsThePassword(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for lines := bufio.NewScanner(conn); lines.Scan(); {
					if line := lines.Text(); strings.HasPrefix(line, "hunter2") {
						fmt.Fprintf(conn, "-ERR unknown command 'AUTH', with args beginning with: 'hunt\r\n-ERR %s\r\n", line)
					}
				}
			}()
		}
	}()
	c := newCluster(t, redis.Config{URL: "redis://:hunter2@" + l.Addr().String()})
	s := c.server("/")
	s.ns.Emit("e")
	eventually(t, "the log complains", func() bool { return strings.Contains(c.log.String(), "ERR") })
	s.hub.Close()
	if strings.Contains(c.log.String(), "hunt") {
		t.Errorf("logged %s", c.log)
	}
}
