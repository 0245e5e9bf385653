package transporttest_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/everwire/everwire/internal/leaktest"
	_ "github.com/everwire/everwire/internal/xconnect/always"
	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/transports/polling"
	"github.com/everwire/everwire/transports/transporttest"
	"github.com/everwire/everwire/transports/websocket"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func start(t testing.TB, o transporttest.Options) *transporttest.Server {
	return transporttest.NewServer(t, o, eio.V4, polling.Transport{}, websocket.Transport{}, websocket.Transport{Flash: true})
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
	secure := func(t testing.TB, o transporttest.Options) *transporttest.Server {
		o.TLS = websocket.Listener
		return raw(t, o)
	}
	deflating := func(t testing.TB, o transporttest.Options) *transporttest.Server {
		o.Compression = true
		return raw(t, o)
	}
	start2 := func(t testing.TB, o transporttest.Options) *transporttest.Server {
		return transporttest.NewHTTP2Server(t, o, eio.V4, polling.Transport{}, websocket.Transport{})
	}
	raw2 := func(t testing.TB, o transporttest.Options) *transporttest.Server {
		return transporttest.NewHTTP2Server(t, o, eio.Raw, websocket.Transport{})
	}
	deflating2 := func(t testing.TB, o transporttest.Options) *transporttest.Server {
		o.Compression = true
		return raw2(t, o)
	}
	dialDeflate := func(t testing.TB, s *transporttest.Server) transporttest.Client {
		return transporttest.NewDeflateClient(t, s)
	}
	of := func(codec eio.Codec) func(testing.TB, transporttest.Options) *transporttest.Server {
		return func(t testing.TB, o transporttest.Options) *transporttest.Server {
			return transporttest.NewServer(t, o, codec, append(polling.All(), websocket.Transport{})...)
		}
	}
	closed := func(err error) bool { // without a code
		_, ok := errors.AsType[*transporttest.Closed](err)
		return ok
	}
	for _, c := range []struct {
		name string
		transporttest.Config
	}{
		{"polling", transporttest.Config{Start: start, Dial: transporttest.DialPolling, TextOverhead: 1}},
		{"websocket", transporttest.Config{Start: start, Dial: transporttest.DialWebSocket, TextOverhead: 1}},
		{"websocket of Hixie76", transporttest.Config{Start: start, Dial: transporttest.DialOf(ws.Hixie76), TextOverhead: 1, TooBig: closed}},
		{"flashsocket", transporttest.Config{Start: start, Dial: transporttest.DialFlashSocket, TextOverhead: 1, TooBig: closed}},
		{"raw websocket", transporttest.Config{Start: raw, Dial: transporttest.DialRaw, Codes: true}},
		{"raw websocket over TLS", transporttest.Config{Start: secure, Dial: transporttest.DialRaw, Codes: true}},
		{"raw websocket, compressed", transporttest.Config{Start: deflating, Dial: dialDeflate, Codes: true}},
		{"raw websocket of Hybi08", transporttest.Config{Start: raw, Dial: transporttest.DialOf(ws.Hybi08), Codes: true}},
		{"raw websocket of Hybi07", transporttest.Config{Start: raw, Dial: transporttest.DialOf(ws.Hybi07), Codes: true}},
		{"raw websocket of Hixie76", transporttest.Config{Start: raw, Dial: transporttest.DialOf(ws.Hixie76), TooBig: closed, TextOnly: true, NoPings: true}},
		{"raw websocket of Hixie75", transporttest.Config{Start: raw, Dial: transporttest.DialOf(ws.Hixie75), TooBig: closed, TextOnly: true, NoPings: true, EndIsClose: true}},
		{"polling over HTTP2", transporttest.Config{Start: start2, Dial: transporttest.DialPolling, TextOverhead: 1}},
		{"websocket over HTTP2", transporttest.Config{Start: start2, Dial: transporttest.DialWebSocket, TextOverhead: 1}},
		{"raw websocket over HTTP2", transporttest.Config{Start: raw2, Dial: transporttest.DialRaw, Codes: true}},
		{"raw websocket over HTTP2, compressed", transporttest.Config{Start: deflating2, Dial: dialDeflate, Codes: true}},
		{"upgraded over HTTP2", transporttest.Config{Start: start2, Dial: transporttest.DialUpgrading, TextOverhead: 1}},
		{"upgraded", transporttest.Config{Start: start, Dial: transporttest.DialUpgrading, TextOverhead: 1}},
		{"polling of Engine.IO 3", transporttest.Config{Start: of(eio.V3), Dial: transporttest.DialPolls(false), TextOverhead: len("99999:4"), ClientPings: true}},
		{"JSONP of Engine.IO 3", transporttest.Config{Start: of(eio.V3), Dial: transporttest.DialPolls(true), TextOverhead: len("99999:4"), ClientPings: true}},
		{"websocket of Engine.IO 3", transporttest.Config{Start: of(eio.V3), Dial: transporttest.DialOldWebSocket, TextOverhead: 1, ClientPings: true}},
		{"websocket of 0.6", transporttest.Config{Start: of(eio.Gen06), Dial: transporttest.DialOldWebSocket, TextOverhead: len("~m~99999~m~"), TextOnly: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.TooBig == nil {
				c.TooBig = tooBig
			}
			transporttest.Run(t, c.Config)
		})
	}
}
