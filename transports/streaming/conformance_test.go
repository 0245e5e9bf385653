package streaming_test

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"

	_ "github.com/everwire/everwire/internal/xconnect/always"
	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
	"github.com/everwire/everwire/transports/polling"
	"github.com/everwire/everwire/transports/streaming"
	"github.com/everwire/everwire/transports/transporttest"
)

func start(t testing.TB, o transporttest.Options) *transporttest.Server {
	return transporttest.NewServer(t, o, eio.V4, append(all(), polling.Transport{})...)
}

func start2(t testing.TB, o transporttest.Options) *transporttest.Server {
	return transporttest.NewHTTP2Server(t, o, eio.V4, append(all(), polling.Transport{})...)
}

func tooBig(err error) bool {
	r, ok := errors.AsType[*transporttest.Refused](err)
	return ok && r.Status == http.StatusRequestEntityTooLarge
}

func TestConformance(t *testing.T) {
	t.Run("eventsource", func(t *testing.T) {
		transporttest.Run(t, transporttest.Config{Start: start, Dial: transporttest.DialStream(transports.EventSource), TextOverhead: 1, TooBig: tooBig})
	})
	t.Run("xhr-streaming over HTTP2", func(t *testing.T) {
		transporttest.Run(t, transporttest.Config{Start: start2, Dial: transporttest.DialStream(transports.XHRStreaming), TextOverhead: 1, TooBig: tooBig})
	})
}

func TestNothingIsLostBetweenAnswers(t *testing.T) {
	const limit, size, n = 100_000, 1000, 1000
	handler := session.HandlerFunc(func(s session.Session) {
		for i := range n {
			text := strconv.Itoa(i) + strings.Repeat(".", size)
			if s.Send(s.Context(), session.Message{Data: []byte(text)}) != nil {
				return
			}
		}
		<-s.Context().Done()
	})
	for _, tt := range []struct {
		transport *streaming.Transport
		start     func(testing.TB, transporttest.Options, eio.Codec, ...transports.Transport) *transporttest.Server
	}{{streaming.EventSource, transporttest.NewServer}, {streaming.XHRStreaming, transporttest.NewHTTP2Server}} {
		name := tt.transport.Name()
		t.Run(name, func(t *testing.T) {
			srv := tt.start(t, transporttest.Options{Handler: handler}, eio.V4, polling.Transport{}, tt.transport.Limited(limit))
			c := transporttest.NewStreamClient(t, srv, name)
			for i := range n {
				m, err := c.Receive()
				if err != nil {
					t.Fatalf("message %d: %v", i, err)
				}
				if number, _, _ := strings.Cut(string(m.Data), "."); number != strconv.Itoa(i) {
					t.Fatalf("message %s came as number %d", number, i)
				}
			}
			if c.Streams < 4 {
				t.Errorf("it took %d answers", c.Streams)
			}
		})
	}
}
