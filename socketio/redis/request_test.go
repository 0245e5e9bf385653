package redis_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

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
	ctx, cancel := context.WithTimeout(context.Background(), patience)
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
	ns := srv.Of("/")
	defer adapter.(io.Closer).Close()
	goOn := make(chan struct{})
	defer close(goOn)
	socketio.OnServerSideAck(ns, "ask", func(context.Context, int) (int, error) {
		<-goOn
		return 0, errors.New("over")
	})
	for i := range 1024 {
		redis.Hear(adapter, "socket.io-request#/#", fmt.Appendf(nil, `{"type":6,"uid":"peer","requestId":"s%d","data":["ask",1]}`, i))
	}
	if strings.Contains(c.log.String(), "too many") {
		t.Errorf("logged %s", c.log)
	}
	for i := range 10 {
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
	socketio.NewServer(socketio.Config{Adapter: func(ns *socketio.Namespace) socketio.Adapter {
		adapter = redis.Unheard(hub, ns)
		return adapter
	}}).Of("/")
	listens := make(chan struct{})
	go func() {
		defer close(listens)
		redis.Listen(adapter)
	}()
	eventually(t, "it is waited for", func() bool { return redis.Waiting(hub) > 0 })
	adapter.(io.Closer).Close()
	<-listens
	if n := redis.Waiting(hub); n != 0 {
		t.Errorf("%d are still waited for", n)
	}
}
