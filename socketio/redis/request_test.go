package redis_test

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/socketio/redis"
)

// The channels of counts and answers may differ, so that they overtake each other.
func TestAnswerBeforeTheCount(t *testing.T) {
	t.Parallel()
	c := newCluster(t, redis.Config{})
	s := c.server("/")
	peer := c.redis.NewSubscriber()
	defer peer.Close()
	peer.Subscribe("socket.io-request#/#")
	go func() {
		m := <-peer.Messages()
		id := regexp.MustCompile(`requestId.{0,4}?([0-9a-f]{16})`).FindStringSubmatch(m.Message)
		if id == nil {
			t.Errorf("no request in %q", m.Message)
			return
		}
		c.redis.Publish("socket.io-response#/#", fmt.Sprintf(`{"type":9,"requestId":%q,"packet":7}`, id[1]))
		c.redis.Publish("socket.io-response#/#", fmt.Sprintf(`{"type":8,"requestId":%q,"clientCount":1}`, id[1]))
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if got, err := socketio.CallAll[int](ctx, s.ns.Except(), "ask"); err != nil || !slices.Equal(got, []int{7}) {
		t.Errorf("%v, %v", got, err)
	}
}

// Who asks too much is told apart from who sends too many events, and fills no log.
func TestTooManyQuestions(t *testing.T) {
	t.Parallel()
	c := newCluster(t, redis.Config{})
	hub, err := redis.Open(c.cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer hub.Close()
	var adapter socketio.Adapter
	srv := socketio.NewServer(socketio.Config{Adapter: func(ns *socketio.Namespace) socketio.Adapter {
		adapter = redis.Unheard(hub, ns)
		return adapter
	}})
	s := &server{srv, hub, srv.Of("/")}
	s.enter(t)
	defer adapter.(io.Closer).Close()
	for i := range 1100 {
		redis.Hear(adapter, "socket.io-request#/#", fmt.Appendf(nil,
			`{"type":7,"uid":"peer","requestId":"r%d","packet":{"type":2,"data":["e"],"nsp":"/"},"opts":{"rooms":[],"except":[]}}`, i))
	}
	if n := strings.Count(c.log.String(), "too many questions"); n != 1 {
		t.Errorf("%d lines: %s", n, c.log)
	}
}

// Nobody waits any more for subscriptions that were ended before Redis has confirmed
// them.
func TestSubscriptionsThatWereNeverConfirmed(t *testing.T) {
	t.Parallel()
	c := newCluster(t, redis.Config{URL: "redis://127.0.0.1:1"})
	hub, err := redis.Open(c.cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer hub.Close()
	var adapter socketio.Adapter
	srv := socketio.NewServer(socketio.Config{Adapter: func(ns *socketio.Namespace) socketio.Adapter {
		adapter = hub.Adapter(ns)
		return adapter
	}})
	srv.Of("/")
	if n := redis.Waiting(hub); n == 0 {
		t.Error("nobody has waited")
	}
	adapter.(io.Closer).Close()
	if n := redis.Waiting(hub); n != 0 {
		t.Errorf("%d are still waited for", n)
	}
}
