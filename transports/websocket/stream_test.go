package websocket_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	_ "github.com/everwire/everwire/internal/xconnect/always"
	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
	"github.com/everwire/everwire/transports/websocket"
)

// streamed is the response to an extended CONNECT, and its body the request's:
// both directions of one end of a pipe. As with net/http a deadline that passes
// breaks it, and nothing may be called once the handler has returned.
type streamed struct {
	t    *testing.T
	conn net.Conn

	mu      sync.Mutex // guards below
	header  http.Header
	code    int
	flushed int // bytes are written at once, so only the first has an effect
	over    bool
}

func (s *streamed) use(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		s.t.Errorf("%s after the handler has returned", what)
	}
}

func (s *streamed) Header() http.Header { s.use("Header"); return s.header }

func (s *streamed) WriteHeader(code int) {
	s.use("WriteHeader")
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.code == 0 {
		s.code = code
	}
}

func (s *streamed) Write(p []byte) (int, error) {
	s.WriteHeader(http.StatusOK)
	if len(p) == 0 {
		return 0, nil
	}
	defer s.use("the end of a Write")
	return s.conn.Write(p)
}

func (s *streamed) FlushError() error {
	s.use("Flush")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flushed++
	return nil
}

func (s *streamed) SetReadDeadline(t time.Time) error {
	s.use("SetReadDeadline")
	return s.conn.SetReadDeadline(t)
}

func (s *streamed) SetWriteDeadline(t time.Time) error {
	s.use("SetWriteDeadline")
	return s.conn.SetWriteDeadline(t)
}

func (s *streamed) Read(p []byte) (int, error) {
	s.use("Read")
	defer s.use("the end of a Read")
	return s.conn.Read(p)
}

func (s *streamed) Close() error {
	s.use("Close of the body")
	return s.conn.SetReadDeadline(time.Unix(1, 0))
}

// status is that of the answer, once it is on its way.
func (s *streamed) status() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flushed == 0 && !s.over {
		return 0
	}
	return s.code
}

// connect sends an extended CONNECT, which edit may change, and has it served
// until its handler returns.
func (p *pipe) connect(t *testing.T, edit func(*http.Request)) *streamed {
	t.Helper()
	far, rt := p.open()
	w := &streamed{t: t, conn: far, header: make(http.Header)}
	r := httptest.NewRequest(http.MethodConnect, "https://h/chat", nil)
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/2.0", 2, 0
	r.Header = http.Header{":protocol": {"websocket"}, "Sec-Websocket-Version": {"13"}}
	r.Body, r.ContentLength = w, -1
	if edit != nil {
		edit(r)
	}
	go func() {
		p.engine.Serve(w, r, rt, session.Peer{})
		w.mu.Lock()
		w.over = true
		w.mu.Unlock()
		far.Close()
	}()
	synctest.Wait()
	return w
}

// TestAStreamOutlivesTheDeadlinesOfItsRequest, which a server may have set
// before it was known what the request is.
func TestAStreamOutlivesTheDeadlinesOfItsRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pipe
		p.connect(t, func(r *http.Request) {
			r.Body.(*streamed).SetReadDeadline(time.Now().Add(10 * time.Second))
			r.Body.(*streamed).SetWriteDeadline(time.Now().Add(10 * time.Second))
		})
		time.Sleep(time.Hour)
		go io.WriteString(p.client, frame(ws.OpText, "late"))
		synctest.Wait()
		p.session.Send(t.Context(), session.Message{Data: []byte("later")})
		got := make([]byte, 7)
		if _, err := io.ReadFull(p.client, got); string(got) != "\x81\x05later" || p.got.String() != "late" {
			t.Errorf("the client got %q, %v, the server %q", got, err, p.got.String())
		}
		p.end(t)
	})
}

// slow is a sink that takes an hour for the first message.
type slow struct {
	record
	once sync.Once
}

func (s *slow) Deliver(p session.Packet) error {
	s.once.Do(func() { time.Sleep(time.Hour) })
	return s.record.Deliver(p)
}

// TestTimeInWhichNobodyReadsDoesNotCount: the deadline of a message that has
// come long ago does not break the stream while the session takes its time.
func TestTimeInWhichNobodyReadsDoesNotCount(t *testing.T) {
	var got slow
	pipedTo(t, nil, func(*session.Conn) session.Sink { got = slow{}; return &got }, func(t *testing.T, c *session.Conn, client net.Conn) {
		one, two := frame(ws.OpText, "one"), frame(ws.OpText, "two")
		io.WriteString(client, one[:1])
		time.Sleep(time.Second) // a deadline is set by now
		io.WriteString(client, one[1:]+two[:1])
		time.Sleep(time.Hour + time.Second)
		io.WriteString(client, two[1:])
		if synctest.Wait(); got.String() != "one two" || c.State() != session.Open {
			t.Errorf("got %q, the session is %v", got.String(), c.State())
		}
	})
}

// TestAMessageThatIsLateIsAnswered: its deadline has broken the request's body,
// but the close frame is still written, and the client's waited for.
func TestAMessageThatIsLateIsAnswered(t *testing.T) {
	piped(t, func(t *testing.T, c *session.Conn, client net.Conn) {
		io.WriteString(client, "\x81")
		time.Sleep(40 * time.Second) // the client is slow to read, too
		const want = "\x88\x17\x03\xf0message took too long"
		got := make([]byte, len(want))
		if _, err := io.ReadFull(client, got); string(got) != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
		began := time.Now()
		if n, err := client.Read(got); err != io.EOF {
			t.Errorf("read %d, %v", n, err)
		}
		if d := time.Since(began); d != 2*time.Second {
			t.Errorf("it waited %v for the client's close", d)
		}
	})
}

// TestKillEndsAWriteUnderWay: the client reads nothing, and the handler must not
// be left behind.
func TestKillEndsAWriteUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pipe
		w := p.connect(t, nil)
		p.session.Send(t.Context(), session.Message{Data: []byte("never read")})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		p.engine.Shutdown(ctx) // kills after its second
		synctest.Wait()
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.over {
			t.Error("the handler has not returned")
		}
	})
}

func TestRefusedStreams(t *testing.T) {
	set := func(name string, values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header[name] = values }
	}
	for _, tt := range []struct {
		name    string
		edit    func(*http.Request)
		status  int
		version string
	}{
		{"version 8", set("Sec-Websocket-Version", "8"), 400, "13"},
		{"no version", func(r *http.Request) { delete(r.Header, "Sec-Websocket-Version") }, 400, "13"},
		{"two versions", set("Sec-Websocket-Version", "13", "13"), 400, ""},
		{"a body with an end", func(r *http.Request) { r.ContentLength = 0 }, 400, ""},
		{"bad extension", set("Sec-Websocket-Extensions", "a b"), 400, ""},
		{"another protocol", set(":protocol", "connect-udp"), 405, ""},
		{"no authority", func(r *http.Request) { r.Host = "" }, 400, ""},
		{"GET", func(r *http.Request) { r.Method = "GET"; delete(r.Header, ":protocol") }, 400, "13"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var p pipe
				w := p.connect(t, tt.edit)
				io.Copy(io.Discard, p.client)
				if got := w.header.Get("Sec-Websocket-Version"); w.code != tt.status || got != tt.version {
					t.Errorf("answered %d with the versions %q", w.code, got)
				}
				if h := w.header; len(h["Connection"])+len(h["Upgrade"]) > 0 {
					t.Errorf("fields of the connection in %q", h)
				}
				if p.manager.Len() != 0 {
					t.Error("a session was opened")
				}
				p.client.Close()
			})
		})
	}
}

// serveHTTP2 is serve with one HTTP/2 connection for all clients.
func serveHTTP2(t *testing.T, codec eio.Codec, o transporttest.Options) (*transporttest.Server, <-chan session.Session) {
	t.Helper()
	sessions := make(chan session.Session, 100)
	o.Handler = session.HandlerFunc(func(s session.Session) { sessions <- s; transporttest.Echo(s) })
	return transporttest.NewHTTP2Server(t, o, codec, websocket.Transport{}), sessions
}

// TestStreamsEndAlone: whatever ends one stream, the others of the connection go
// on.
func TestStreamsEndAlone(t *testing.T) {
	srv, sessions := serveHTTP2(t, eio.Raw, transporttest.Options{})
	stays := transporttest.NewRawClient(t, srv)
	<-sessions
	for _, tt := range []struct {
		name string
		end  func(*transporttest.WebSocketClient, session.Session)
		code session.Code
	}{
		{"reset", func(c *transporttest.WebSocketClient, _ session.Session) { c.Cut() }, session.TransportLost},
		{"end of the request", func(c *transporttest.WebSocketClient, _ session.Session) { transporttest.EndStream(c.Conn) }, session.TransportLost},
		{"the client's close", func(c *transporttest.WebSocketClient, _ session.Session) { c.Close() }, session.Normal},
		{"the server's close", func(c *transporttest.WebSocketClient, s session.Session) { s.Close(4000, "bye"); c.Receive() }, 4000},
		{"fault", func(c *transporttest.WebSocketClient, _ session.Session) { c.WriteRaw([]byte{0xFF}); c.Receive() }, session.ProtocolError},
		{"kill", func(c *transporttest.WebSocketClient, s session.Session) {
			s.(*session.Conn).Kill(&session.CloseError{Code: session.GoingAway})
			c.Receive()
		}, session.GoingAway},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := transporttest.NewRawClient(t, srv)
			s := <-sessions
			tt.end(c, s)
			if ce := cause(t, s); ce.Code != tt.code {
				t.Errorf("the session's cause is %v", ce)
			}
			if _, err := io.Copy(io.Discard, c.Conn); tt.name != "reset" && err != nil {
				t.Error("the stream's end:", err)
			}
			if err := stays.Send(session.Message{Data: []byte("still here")}); err != nil {
				t.Fatal(err)
			}
			if m, err := stays.Receive(); err != nil || string(m.Data) != "still here" {
				t.Errorf("got %q, %v", m.Data, err)
			}
		})
	}
	received := make(chan error, 1)
	go func() { _, err := stays.Receive(); received <- err }()
	noTakeovers(t, srv)
	if closed, ok := errors.AsType[*transporttest.Closed](<-received); !ok || closed.Code != ws.CodeGoingAway {
		t.Errorf("the shutdown ended it with %v", closed)
	}
}

// TestWritesThatCrossAReset: while the server writes, clients reset their
// streams; nothing touches a response that is over, and no stream gets what was
// meant for another.
func TestWritesThatCrossAReset(t *testing.T) {
	const size = 70_000
	sessions := make(chan session.Session, 100)
	srv := transporttest.NewHTTP2Server(t, transporttest.Options{Handler: session.HandlerFunc(func(s session.Session) {
		sessions <- s
		for s.Send(s.Context(), session.Message{Kind: session.Binary, Data: make([]byte, size)}) == nil {
		}
	})}, eio.Raw, websocket.Transport{})
	for range 30 {
		c := transporttest.NewRawClient(t, srv)
		if _, err := c.Receive(); err != nil {
			t.Fatal(err)
		}
		c.Cut()
		cause(t, <-sessions)
	}
	noTakeovers(t, srv)
}
