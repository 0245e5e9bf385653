package redis_test

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

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
	for _, want := range []string{"this server is alone", "redis=127.0.0.1:1 ", "connection refused"} {
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
