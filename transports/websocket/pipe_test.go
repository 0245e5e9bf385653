package websocket_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
	"github.com/everwire/everwire/transports/websocket"
)

// hijacked is a response whose connection is one end of a pipe.
type hijacked struct {
	*httptest.ResponseRecorder
	conn net.Conn
	in   *bufio.Reader
}

func (h hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.conn, bufio.NewReadWriter(h.in, bufio.NewWriter(h.conn)), nil
}

// pipe is a server with one raw session over a pipe, on which every write
// waits for its reader and time is fake.
type pipe struct {
	config  session.Config
	codec   eio.Codec                        // nil: raw
	sink    func(*session.Conn) session.Sink // nil: got
	got     record
	session *session.Conn
	manager *session.Manager
	engine  *transports.Engine
	client  net.Conn
}

// request sends a request and what follows it, and has it served.
func (p *pipe) request(t *testing.T, request string) {
	t.Helper()
	far, rt := p.open()
	go io.WriteString(p.client, request)
	in := bufio.NewReader(far)
	r, err := http.ReadRequest(in)
	if err != nil {
		t.Fatal(err)
	}
	p.engine.Serve(hijacked{httptest.NewRecorder(), far, in}, r, rt, session.Peer{})
}

// open makes the pipe, and returns the server's end and the route of requests.
func (p *pipe) open() (net.Conn, transports.Route) {
	near, far := net.Pipe()
	p.client = near
	p.manager = session.NewManager()
	p.engine = transports.NewEngine(p.manager, nil, websocket.Transport{})
	if p.codec == nil {
		p.codec = eio.Raw
	}
	if p.sink == nil {
		p.sink = func(*session.Conn) session.Sink { return &p.got }
	}
	family := &transports.Family{Codec: p.codec, Raw: true, MaxPayload: 1000, Config: &p.config,
		Accept: func(s *session.Conn) { p.session = s; s.SetSink(p.sink(s)) }}
	return far, transports.Route{Family: family, Transport: transports.WebSocket}
}

// head reads the answer up to the empty line.
func (p *pipe) head(t *testing.T) string {
	t.Helper()
	var head []byte
	for one := make([]byte, 1); !strings.HasSuffix(string(head), "\r\n\r\n"); {
		if _, err := p.client.Read(one); err != nil {
			t.Fatalf("%v after %q", err, head)
		}
		head = append(head, one[0])
	}
	return string(head)
}

// end closes the client's end and waits for the server.
func (p *pipe) end(t *testing.T) {
	t.Helper()
	p.client.Close()
	if err := p.engine.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// piped runs f in a bubble with a session of RFC 6455, once over a connection and
// once over a stream of HTTP/2.
func piped(t *testing.T, f func(t *testing.T, c *session.Conn, client net.Conn)) {
	pipedTo(t, nil, nil, f)
}

// pipedTo is piped with a codec and a sink; nil for those of pipe.
func pipedTo(t *testing.T, codec eio.Codec, sink func(*session.Conn) session.Sink, f func(t *testing.T, c *session.Conn, client net.Conn)) {
	for _, way := range []struct {
		name  string
		shake func(*pipe, *testing.T)
	}{
		{"connection", func(p *pipe, t *testing.T) {
			p.request(t, "GET / HTTP/1.1\r\n"+upgrade+key+v13+"\r\n")
			if head := p.head(t); !strings.HasPrefix(head, "HTTP/1.1 101 ") {
				t.Fatal(head)
			}
		}},
		{"stream", func(p *pipe, t *testing.T) {
			if w := p.connect(t, nil); w.status() != http.StatusOK {
				t.Fatal(w.status())
			}
		}},
	} {
		t.Run(way.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := pipe{codec: codec, sink: sink}
				way.shake(&p, t)
				f(t, p.session, p.client)
				p.end(t)
			})
		})
	}
}

// record is a sink that keeps what it is given.
type record struct {
	mu   sync.Mutex // guards below
	data []string
}

func (r *record) Deliver(p session.Packet) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.data = append(r.data, string(p.Data))
	return nil
}

func (r *record) Over(error) {}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.data, " ")
}

func code(t *testing.T, c *session.Conn) session.Code {
	t.Helper()
	synctest.Wait()
	ce, ok := errors.AsType[*session.CloseError](context.Cause(c.Context()))
	if !ok {
		t.Fatalf("the session is %v", c.State())
	}
	return ce.Code
}

// TestClosesCrossWhileOursIsBeingWritten: the answer must not cut it short.
func TestClosesCrossWhileOursIsBeingWritten(t *testing.T) {
	piped(t, func(t *testing.T, c *session.Conn, client net.Conn) {
		c.Close(4002, "bye")
		synctest.Wait() // the close frame is under way
		io.WriteString(client, frame(ws.OpClose, "\x03\xe8"))
		synctest.Wait()
		got, err := io.ReadAll(client)
		if want := "\x88\x05\x0f\xa2bye"; string(got) != want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	})
}

func TestACloseWaitsTwoSeconds(t *testing.T) {
	piped(t, func(t *testing.T, c *session.Conn, client net.Conn) {
		c.Close(4002, "")
		io.ReadFull(client, make([]byte, 4))
		began := time.Now()
		if n, err := client.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("read %d, %v", n, err)
		}
		if d := time.Since(began); d != 2*time.Second {
			t.Errorf("it waited %v", d)
		}
		if got := code(t, c); got != 4002 {
			t.Errorf("cause %v", got)
		}
	})
}

func TestAClientThatTakesNothingIsGiven20Seconds(t *testing.T) {
	piped(t, func(t *testing.T, c *session.Conn, client net.Conn) {
		c.Send(t.Context(), session.Message{Data: []byte("never read")})
		time.Sleep(20*time.Second - 1)
		synctest.Wait()
		if c.State() != session.Open {
			t.Error("the session ended too early")
		}
		time.Sleep(time.Nanosecond)
		if got := code(t, c); got != session.TransportLost {
			t.Errorf("cause %v", got)
		}
	})
}

func TestAMessageIsGiven30Seconds(t *testing.T) {
	piped(t, func(t *testing.T, c *session.Conn, client net.Conn) {
		for range 3 { // whole messages begin anew
			io.WriteString(client, frame(ws.OpText, "whole")+"\x81")
			time.Sleep(29 * time.Second)
			io.WriteString(client, frame(ws.OpText, "x")[1:])
			time.Sleep(time.Hour)
		}
		if synctest.Wait(); c.State() != session.Open {
			t.Fatal("the session ended too early")
		}
		io.WriteString(client, "\x81")
		go io.Copy(io.Discard, client)
		time.Sleep(30*time.Second - 1)
		synctest.Wait()
		if c.State() != session.Open {
			t.Error("the session ended too early")
		}
		time.Sleep(time.Nanosecond)
		if got := code(t, c); got != session.PolicyViolated {
			t.Errorf("cause %v", got)
		}
	})
}

// TestPongsDoNotGrow: a client that pings and does not read gets the latest
// pongs, and what comes before them is whole.
func TestPongsDoNotGrow(t *testing.T) {
	piped(t, func(t *testing.T, c *session.Conn, client net.Conn) {
		c.Send(t.Context(), session.Message{Data: []byte("first")})
		synctest.Wait() // the writer is stuck
		payload := make([]byte, ws.MaxControl)
		for i := range 1000 {
			payload[0] = byte(i)
			io.WriteString(client, frame(ws.OpPing, string(payload)))
		}
		io.WriteString(client, frame(ws.OpPing, "last"))
		synctest.Wait()
		client.SetReadDeadline(time.Now().Add(time.Second))
		got, _ := io.ReadAll(client)
		d := ws.NewDecoder(ws.DecoderOptions{Role: ws.Client})
		var last string
		for i := 0; ; i++ {
			n, ev, err := d.Decode(got)
			if err != nil {
				t.Fatal(err)
			}
			if ev.Type == ws.None {
				break
			}
			if i == 0 && string(ev.Data) != "first" {
				t.Errorf("first %v %q", ev.Type, ev.Data)
			}
			last, got = string(ev.Data), got[n:]
			if i > 300 {
				t.Fatal("too many pongs were kept")
			}
		}
		if last != "last" {
			t.Errorf("the last pong is %q", last)
		}
	})
}

// busy takes a message only when its session is over.
type busy struct{ c *session.Conn }

func (b busy) Deliver(session.Packet) error {
	b.c.Stall(func() { <-b.c.Context().Done() })
	return nil
}
func (busy) Over(error) {}

// faulty is a codec whose encoder panics.
type faulty struct{ eio.Codec }

func (faulty) AppendMessage([]byte, session.Packet) ([]byte, bool, error) { panic("on purpose") }

// TestAPanicOfTheWriterEndsTheSession even while its reader waits for it.
func TestAPanicOfTheWriterEndsTheSession(t *testing.T) {
	sink := func(c *session.Conn) session.Sink { return busy{c} }
	pipedTo(t, faulty{eio.Raw}, sink, func(t *testing.T, c *session.Conn, client net.Conn) {
		defer c.Kill(&session.CloseError{Code: session.Normal}) // for the reader's sake
		io.WriteString(client, frame(ws.OpText, "x"))
		synctest.Wait() // the reader delivers
		c.Send(t.Context(), session.Message{Data: []byte("boom")})
		if got := code(t, c); got != session.TransportLost {
			t.Errorf("cause %v", got)
		}
	})
}
