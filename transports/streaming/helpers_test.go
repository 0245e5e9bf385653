package streaming_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/internal/leaktest"
	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
	"github.com/everwire/everwire/transports/streaming"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// bubble runs f with a fake clock. It panics if f leaves a goroutine behind.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// wait lets the fake clock run.
func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// pipes is a listener without a network: its connections are net.Pipes, which
// have no buffer and which a bubble understands.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// site is an HTTP server in a bubble. The query of a request says what it wants.
type site struct {
	t        *testing.T
	engine   *transports.Engine
	manager  *session.Manager
	family   *transports.Family
	pipes    *pipes
	sessions chan *session.Conn
	table    *transports.Table // if set, it routes instead
}

// all returns the transports.
func all() []transports.Transport {
	return []transports.Transport{streaming.EventSource, streaming.XHRStreaming, streaming.HTMLFile, streaming.XHRMultipart}
}

// newSite serves sessions of a codec with nobody at this end: the test sends.
// The given transports replace those of the same name.
func newSite(t *testing.T, codec eio.Codec, cfg session.Config, ts ...transports.Transport) *site {
	t.Helper()
	s := &site{t: t, manager: session.NewManager(), sessions: make(chan *session.Conn, 100),
		pipes: &pipes{conns: make(chan net.Conn), done: make(chan struct{})}}
	cfg.Protocol = codec.Name()
	s.family = &transports.Family{Codec: codec, Config: &cfg, MaxPayload: 1e6, Upgrades: []string{transports.WebSocket},
		Accept: func(c *session.Conn) {
			c.Serve(session.HandlerFunc(func(s session.Session) { <-s.Context().Done() }))
			s.sessions <- c
		}}
	s.engine = transports.NewEngine(s.manager, nil, append(all(), ts...)...)
	hs := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.table != nil {
			rt, _, err := s.table.Resolve(r, r.URL.EscapedPath())
			if err != nil {
				err.(*transports.NotRouted).Write(w, r)
				return
			}
			s.engine.Serve(w, r, rt, session.Peer{})
			return
		}
		q := r.URL.Query()
		s.engine.Serve(w, r, transports.Route{Family: s.family, Transport: q.Get("transport"), SID: q.Get("sid")}, session.Peer{})
	})}
	go hs.Serve(s.pipes)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		for c := range s.manager.All() {
			c.Kill(&session.CloseError{Code: session.GoingAway})
		}
		s.engine.Shutdown(ctx)
		hs.Close()
		synctest.Wait()
	})
	return s
}

// get sends a GET of HTTP/1.0, whose answer is not chunked, and returns the
// connection, from which the answer is to be read.
func (s *site) get(transport, sid string, header ...string) net.Conn {
	s.t.Helper()
	client, server := net.Pipe()
	s.pipes.conns <- server
	s.t.Cleanup(func() { client.Close() })
	target := "/?transport=" + transport
	if sid != "" {
		target += "&sid=" + sid
	}
	if _, err := fmt.Fprintf(client, "GET %s HTTP/1.0\r\n%s\r\n", target, strings.Join(append(header, ""), "\r\n")); err != nil {
		s.t.Fatal(err)
	}
	return client
}

// answer is what a client has of an answer.
type answer struct {
	*http.Response
	net.Conn
	in *bufio.Reader
}

// open reads the header of a GET's answer.
func (s *site) open(transport, sid string, header ...string) *answer {
	s.t.Helper()
	conn := s.get(transport, sid, header...)
	in := bufio.NewReaderSize(conn, 16)
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &answer{resp, conn, in}
}

// all reads to the answer's end.
func (a *answer) all() string {
	b, _ := io.ReadAll(a.Body)
	return string(b)
}

// line reads up to the next line that is a message, and returns that.
func (a *answer) line() (string, error) {
	in := a.in
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return line, err
		}
		line = strings.TrimPrefix(strings.TrimSpace(line), "data: ")
		if line == "null" {
			return line, nil
		}
		if text, err := strconv.Unquote(line); err == nil {
			return text, nil
		}
	}
}

func send(t testing.TB, c *session.Conn, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if err := c.Send(t.Context(), session.Message{Data: []byte(s)}); err != nil {
			t.Fatal("send:", err)
		}
	}
}

// cause returns why a session has ended, or nil.
func cause(c *session.Conn) *session.CloseError {
	ce, _ := context.Cause(c.Context()).(*session.CloseError)
	return ce
}
