package transporttest

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

// Path is where a Server serves Engine.IO; raw WebSockets are at RawPath.
const (
	Path    = "/engine.io"
	RawPath = "/ws/test"
)

// patience is how long a test waits for what must happen. Machines that run
// tests can be very busy.
const patience = 30 * time.Second

// Options says how a server's sessions are to be.
type Options struct {
	// Handler serves the sessions.
	Handler session.Handler
	// Accept takes new sessions instead of Handler, if it is set.
	Accept func(*session.Conn)
	// Session is their configuration. Protocol is filled in, and so are the
	// usual timings if there is no PingInterval.
	Session session.Config
	// MaxPayload is the largest message. Zero means 1,000,000 bytes.
	MaxPayload int64
	// Compression allows permessage-deflate.
	Compression bool
	// TLS has the server speak it, for raw clients, over what this returns for
	// its listener. Nil for no TLS.
	TLS func(net.Listener) net.Listener
}

// Server is a server under test. It listens on a port of the loopback
// interface until its test ends.
type Server struct {
	// URL is http://host:port, or https://host:port with TLS or HTTP/2.
	URL     string
	Engine  *transports.Engine
	Manager *session.Manager
	Family  *transports.Family

	http2 http.RoundTripper // of all clients, nil without HTTP/2
	table transports.Table
}

// NewServer starts a server of one codec over the given transports.
func NewServer(t testing.TB, o Options, codec eio.Codec, ts ...transports.Transport) *Server {
	t.Helper()
	return newServer(t, o, codec, ts, httptest.NewUnstartedServer(nil))
}

// NewHTTP2Server is NewServer for clients that speak HTTP/2: all of them share
// one connection. WebSockets are streams of it; the test binary has to import
// package internal/xconnect/always for them.
func NewHTTP2Server(t testing.TB, o Options, codec eio.Codec, ts ...transports.Transport) *Server {
	t.Helper()
	hs := httptest.NewUnstartedServer(nil)
	hs.EnableHTTP2 = true
	hs.Config.HTTP2 = transports.HTTP2Config()
	return newServer(t, o, codec, ts, hs)
}

func newServer(t testing.TB, o Options, codec eio.Codec, ts []transports.Transport, hs *httptest.Server) *Server {
	t.Helper()
	if o.Session.Logger == nil {
		o.Session.Logger = slog.New(slog.DiscardHandler)
	}
	o.Session.Protocol = codec.Name()
	if o.MaxPayload == 0 {
		o.MaxPayload = 1_000_000
	}
	if o.Session.PingInterval == 0 {
		o.Session.PingInterval, o.Session.PingTimeout = 25*time.Second, 20*time.Second
	}
	if o.Accept == nil {
		o.Accept = func(c *session.Conn) { c.Serve(o.Handler) }
	}
	s := &Server{Manager: session.NewManager(), Family: &transports.Family{
		Codec: codec, Config: &o.Session, MaxPayload: o.MaxPayload, Raw: codec == eio.Raw,
		Upgrades: []string{transports.WebSocket}, FlashSocket: true, Compression: o.Compression, Accept: o.Accept,
	}}
	s.enter(codec)
	s.Engine = transports.NewEngine(s.Manager, o.Session.Logger, ts...)
	hs.Config.Handler = s
	hs.Config.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		bounded(conn)
		return ctx
	}
	switch {
	case hs.EnableHTTP2:
		hs.StartTLS()
		s.http2 = DialHTTP2(t, hs)
	case o.TLS != nil:
		hs.Listener = o.TLS(hs.Listener)
		hs.StartTLS()
	default:
		hs.Start()
	}
	s.URL = hs.URL
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		for c := range s.Manager.All() {
			c.Kill(&session.CloseError{Code: session.GoingAway})
		}
		s.Engine.Shutdown(ctx)
		hs.Close()
	})
	return s
}

// kernelBuffer is the size of each of the kernel's buffers of a connection, or
// half of it. By itself the kernel lets them grow to several MiB, and a test
// that has to fill them spends its time with that.
const kernelBuffer = 64 << 10

// bounded keeps the kernel's buffers of conn small.
func bounded(conn net.Conn) {
	if c, ok := conn.(*tls.Conn); ok {
		conn = c.NetConn()
	}
	if c, ok := conn.(interface {
		SetReadBuffer(int) error
		SetWriteBuffer(int) error
	}); ok {
		c.SetReadBuffer(kernelBuffer)
		c.SetWriteBuffer(kernelBuffer)
	}
}

// ServeHTTP routes a request without asking who sent it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.Family.Raw {
		s.Engine.Serve(w, r, transports.Route{Family: s.Family, Transport: transports.WebSocket}, session.Peer{})
		return
	}
	rt, _, err := s.table.Resolve(r, strings.TrimPrefix(r.URL.EscapedPath(), Path))
	if err != nil {
		err.(*transports.NotRouted).Write(w, r)
		return
	}
	s.Engine.Serve(w, r, rt, session.Peer{})
}

// Echo sends every message back.
var Echo = session.HandlerFunc(func(s session.Session) {
	for {
		m, err := s.Receive(s.Context())
		if err != nil {
			return
		}
		if s.Send(s.Context(), m) != nil {
			return
		}
	}
})
