package transporttest_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/everwire/everwire/internal/leaktest"
	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/transports/polling"
	"github.com/everwire/everwire/transports/transporttest"
	"github.com/everwire/everwire/transports/websocket"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func start(t testing.TB, o transporttest.Options) *transporttest.Server {
	return transporttest.NewServer(t, o, eio.V4, polling.Transport{}, websocket.Transport{})
}

func tooBig(err error) bool {
	if r, ok := errors.AsType[*transporttest.Refused](err); ok {
		return r.Status == http.StatusRequestEntityTooLarge
	}
	c, ok := errors.AsType[*transporttest.Closed](err)
	return ok && c.Code == ws.CodeTooBig
}

func TestConformance(t *testing.T) {
	raw := func(t testing.TB, o transporttest.Options) *transporttest.Server {
		return transporttest.NewServer(t, o, eio.Raw, websocket.Transport{})
	}
	deflating := func(t testing.TB, o transporttest.Options) *transporttest.Server {
		o.Compression = true
		return raw(t, o)
	}
	dialDeflate := func(t testing.TB, s *transporttest.Server) transporttest.Client {
		return transporttest.NewDeflateClient(t, s)
	}
	for _, c := range []struct {
		name string
		transporttest.Config
	}{
		{"polling", transporttest.Config{Start: start, Dial: transporttest.DialPolling, TextOverhead: 1, Unbuffered: true}},
		{"websocket", transporttest.Config{Start: start, Dial: transporttest.DialWebSocket, TextOverhead: 1}},
		{"raw websocket", transporttest.Config{Start: raw, Dial: transporttest.DialRaw}},
		{"raw websocket, compressed", transporttest.Config{Start: deflating, Dial: dialDeflate}},
		{"upgraded", transporttest.Config{Start: start, Dial: transporttest.DialUpgrading, TextOverhead: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.TooBig = tooBig
			transporttest.Run(t, c.Config)
		})
	}
}
