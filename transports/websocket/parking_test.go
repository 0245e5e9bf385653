package websocket_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/internal/leaktest"
	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
	"github.com/everwire/everwire/transports/websocket"
)

// responder answers on the reader's goroutine and says what sessions it serves.
type responder struct {
	answer   func(session.Session, session.Message) error
	sessions chan session.Session
}

func (r *responder) Opened(s session.Session)                           { r.sessions <- s }
func (r *responder) Over(session.Session, error)                        {}
func (r *responder) Respond(s session.Session, m session.Message) error { return r.answer(s, m) }
func (r *responder) ServeSession(session.Session)                       {}

func echo(s session.Session, m session.Message) error { return s.Send(s.Context(), m) }

// respond starts a server whose sessions have no goroutine of a handler.
func respond(t testing.TB, codec eio.Codec, o transporttest.Options, answer func(session.Session, session.Message) error) (*transporttest.Server, <-chan session.Session) {
	t.Helper()
	r := &responder{answer, make(chan session.Session, 100_000)}
	o.Handler = r
	return transporttest.NewServer(t, o, codec, websocket.Transport{}), r.sessions
}

// running counts the goroutines that are in a function of the package, or in
// any method, in a state that begins with the given one.
func running(function, state string) (n int) {
	for _, stack := range leaktest.Goroutines() {
		head, calls, _ := strings.Cut(stack, "\n")
		_, is, _ := strings.Cut(head, "[")
		if strings.HasPrefix(is, state) && strings.Contains(calls, "websocket."+function+"(") {
			n++
		}
	}
	return n
}

const reading, watching = "(*carrier).read", "(*lot).watch"

// await waits until n goroutines are in the function and the state.
func await(t *testing.T, n int, function, state string) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); ; <-tick.C {
		got := running(function, state)
		if got == n {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d goroutines are in %s [%s], want %d", got, function, state, n)
		}
	}
}

// parks skips what is about parking where that is not known.
func parks(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("connections park on Linux only")
	}
}

// echoes sends a message and waits for its echo.
func echoes(c *transporttest.WebSocketClient, data string) error {
	if err := c.Send(session.Message{Data: []byte(data)}); err != nil {
		return err
	}
	m, err := c.Receive()
	if err == nil && string(m.Data) != data {
		err = fmt.Errorf("%d bytes came back for %d: %.20q", len(m.Data), len(data), m.Data)
	}
	return err
}

// echoing returns n clients of a server, all of which are parked.
func echoing(t *testing.T, o transporttest.Options, n int) (*transporttest.Server, []*transporttest.WebSocketClient, <-chan session.Session) {
	t.Helper()
	srv, sessions := respond(t, eio.Raw, o, echo)
	clients := make([]*transporttest.WebSocketClient, n)
	for i := range clients {
		clients[i] = transporttest.NewRawClient(t, srv)
		if err := echoes(clients[i], "hello"); err != nil {
			t.Fatal(err)
		}
	}
	await(t, 0, reading, "")
	return srv, clients, sessions
}

func TestIdleConnectionsHaveNoGoroutine(t *testing.T) {
	parks(t)
	const n = 50
	srv, clients, _ := echoing(t, transporttest.Options{}, n)
	await(t, 1, watching, "IO wait")
	await(t, 1, "", "") // the last writers and readers have come to their end
	for round := range 3 {
		for i, c := range clients {
			if err := echoes(c, fmt.Sprint(round, i)); err != nil {
				t.Fatalf("round %d, client %d: %v", round, i, err)
			}
		}
		if round == 0 {
			await(t, 0, reading, "") // they have talked twice, not more
		}
	}
	for _, c := range clients {
		c.Cut()
	}
	noTakeovers(t, srv)
	await(t, 0, watching, "")
	// The lot opens again.
	echoing(t, transporttest.Options{}, 1)
}

// TestIdleConnectionsOverTLSHaveNoGoroutine: what TLS has taken from the socket
// and not given yet is read before a connection parks.
func TestIdleConnectionsOverTLSHaveNoGoroutine(t *testing.T) {
	parks(t)
	websocket.SetPatience(t, time.Hour, 50*time.Millisecond)
	_, clients, _ := echoing(t, transporttest.Options{TLS: websocket.Listener}, 20)
	for round, size := range []int{1, 20_000, 100_000} { // up to several records
		for i, c := range clients {
			if err := echoes(c, strings.Repeat(fmt.Sprint(i%10), size)); err != nil {
				t.Fatalf("round %d, client %d: %v", round, i, err)
			}
		}
	}
	await(t, 0, reading, "")
	for _, c := range clients {
		if err := echoes(c, "bye"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAClientThatTalksKeepsItsGoroutine(t *testing.T) {
	parks(t)
	websocket.SetPatience(t, time.Hour, time.Hour)
	_, clients, _ := echoing(t, transporttest.Options{}, 1)
	for range 5 {
		if err := echoes(clients[0], "again"); err != nil {
			t.Fatal(err)
		}
	}
	await(t, 1, reading, "IO wait")
}

func TestAClientThatFallsSilentParks(t *testing.T) {
	parks(t)
	websocket.SetPatience(t, time.Hour, 50*time.Millisecond)
	_, clients, _ := echoing(t, transporttest.Options{}, 1)
	for range 3 {
		for range 5 {
			if err := echoes(clients[0], "again"); err != nil {
				t.Fatal(err)
			}
		}
		await(t, 0, reading, "")
		await(t, 1, watching, "IO wait")
	}
}

// TestAClientThatPausesParks at once, however often it is heard.
func TestAClientThatPausesParks(t *testing.T) {
	parks(t)
	websocket.SetPatience(t, -1, time.Hour)
	_, clients, _ := echoing(t, transporttest.Options{}, 1)
	for range 5 {
		if err := echoes(clients[0], "again"); err != nil {
			t.Fatal(err)
		}
		await(t, 0, reading, "")
	}
}

func TestTheClientEndsWhileParked(t *testing.T) {
	parks(t)
	for name, tt := range map[string]struct {
		end    func(*transporttest.WebSocketClient)
		code   session.Code
		answer bool
	}{
		"close frame": {func(c *transporttest.WebSocketClient) { c.WriteFrame(ws.OpClose, []byte{0x0f, 0xa0}) }, 4000, true},
		"close frame and half-close": {func(c *transporttest.WebSocketClient) {
			c.WriteFrame(ws.OpClose, []byte{0x0f, 0xa0})
			c.Conn.(*net.TCPConn).CloseWrite()
		}, 4000, true},
		"half-close": {func(c *transporttest.WebSocketClient) { c.Conn.(*net.TCPConn).CloseWrite() }, session.TransportLost, false},
		"close":      {func(c *transporttest.WebSocketClient) { c.Cut() }, session.TransportLost, false},
		"reset": {func(c *transporttest.WebSocketClient) {
			c.Conn.(*net.TCPConn).SetLinger(0)
			c.Cut()
		}, session.TransportLost, false},
		"message and half-close": {func(c *transporttest.WebSocketClient) {
			c.Send(session.Message{Data: []byte("last")})
			c.Conn.(*net.TCPConn).CloseWrite()
			if m, err := c.Receive(); err != nil || string(m.Data) != "last" {
				t.Errorf("received %q, %v", m.Data, err)
			}
		}, session.TransportLost, false},
		"fault": {func(c *transporttest.WebSocketClient) { c.WriteRaw([]byte("\x81\x01a")) }, session.ProtocolError, false},
	} {
		t.Run(name, func(t *testing.T) {
			srv, clients, sessions := echoing(t, transporttest.Options{}, 1)
			tt.end(clients[0])
			if ce := cause(t, <-sessions); ce.Code != tt.code || !ce.Remote {
				t.Errorf("the session's cause is %v", ce)
			}
			if tt.answer {
				if closed, err := clients[0].ReadEnd(); err != nil || closed.Code != uint16(tt.code) {
					t.Errorf("ended with %v, %v", closed, err)
				}
			}
			clients[0].Cut()
			noTakeovers(t, srv)
		})
	}
}

func TestTheServerEndsWhileParked(t *testing.T) {
	parks(t)
	shutdown := func(wait bool) func(*transporttest.Server, session.Session) {
		return func(srv *transporttest.Server, s session.Session) {
			ctx, cancel := context.WithCancel(context.Background())
			if cancel(); wait {
				ctx = context.Background()
			}
			go srv.Engine.Shutdown(ctx)
		}
	}
	type parked struct {
		name    string
		answers bool
		end     func(*transporttest.Server, session.Session)
		code    uint16 // 0: the connection is cut

		srv     *transporttest.Server
		client  *transporttest.WebSocketClient
		session session.Session
	}
	all := []*parked{
		{name: "Close", end: func(_ *transporttest.Server, s session.Session) { s.Close(4000, "") }, code: 4000},
		{name: "Kill", end: func(_ *transporttest.Server, s session.Session) { kill(s, 4000) }, code: 4000},
		{name: "Shutdown", end: shutdown(true), code: ws.CodeGoingAway},
		{name: "Shutdown that does not wait", end: shutdown(false)},
	}
	for _, p := range all[:3] {
		q := *p
		q.name, q.answers = p.name+", answered", true
		all = append(all, &q)
	}
	for _, p := range all {
		srv, sessions := respond(t, eio.Raw, transporttest.Options{}, echo)
		p.srv, p.client = srv, transporttest.NewRawClient(t, srv)
		if err := echoes(p.client, "hello"); err != nil {
			t.Fatal(err)
		}
		p.session = <-sessions
	}
	await(t, 0, reading, "")
	t.Run("", func(t *testing.T) { // all at once, because some of them wait
		for _, p := range all {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				began := time.Now()
				p.end(p.srv, p.session)
				ce := cause(t, p.session)
				if p.code == 0 {
					for err := error(nil); err == nil; {
						_, err = p.client.Event()
					}
					return
				}
				if ce.Code != session.Code(p.code) || ce.Remote {
					t.Errorf("the session's cause is %v", ce)
				}
				ev, err := p.client.Event()
				if err != nil || ev.Type != ws.Close || ev.Code != p.code {
					t.Fatalf("got %v %d, %v", ev.Type, ev.Code, err)
				}
				if p.answers {
					p.client.WriteFrame(ws.OpClose, []byte{byte(p.code >> 8), byte(p.code)})
				}
				if ev, err := p.client.Event(); err != io.EOF {
					t.Errorf("got %v, %v behind the close frame", ev.Type, err)
				}
				if d := time.Since(began); !p.answers && d < 2*time.Second {
					t.Errorf("the connection was closed after %v", d)
				}
				noTakeovers(t, p.srv)
			})
		}
	})
}

// kill ends a session from its handler's view of it.
func kill(s session.Session, code session.Code) {
	s.(interface{ Kill(*session.CloseError) }).Kill(&session.CloseError{Code: code})
}

func TestHalfAMessageIsNotParked(t *testing.T) {
	parks(t)
	message := frame(ws.OpText, "never")
	for name, part := range map[string]string{"half a header": message[:1], "half a frame": message[:8], "a fragment": "\x01" + message[1:]} {
		t.Run(name, func(t *testing.T) {
			websocket.SetMessageTimeout(t, 100*time.Millisecond)
			websocket.SetPatience(t, -1, time.Hour)
			srv, clients, sessions := echoing(t, transporttest.Options{}, 1)
			c := clients[0]
			c.WriteRaw([]byte(message + part))
			if m, err := c.Receive(); err != nil || string(m.Data) != "never" {
				t.Fatalf("received %q, %v", m.Data, err)
			}
			if ce := cause(t, <-sessions); ce.Code != session.PolicyViolated {
				t.Errorf("the session's cause is %v", ce)
			}
			if closed, err := c.ReadEnd(); err != nil || closed.Code != ws.CodePolicyViolation {
				t.Errorf("ended with %v, %v", closed, err)
			}
			noTakeovers(t, srv)
		})
	}
}

// TestPingsWhileParked: the client says nothing but pongs, and lives.
func TestPingsWhileParked(t *testing.T) {
	parks(t)
	websocket.SetPatience(t, -1, time.Hour)
	_, clients, sessions := echoing(t, transporttest.Options{Session: session.Config{PingInterval: 20 * time.Millisecond, PingTimeout: patience}}, 1)
	c, s := clients[0], <-sessions
	received := make(chan error, 1)
	go func() { _, err := c.Receive(); received <- err }()
	for range 10 {
		select {
		case <-c.Pings():
		case err := <-received:
			t.Fatal(err)
		}
	}
	await(t, 0, reading, "")
	s.Close(session.Normal, "")
	if _, err := c.Receive(); err == nil {
		<-received
	}
	if ce := cause(t, s); ce.Code != session.Normal || ce.Remote {
		t.Errorf("the session's cause is %v", ce)
	}
}

// TestASilentClientEndsWhileParked: no pong comes.
func TestASilentClientEndsWhileParked(t *testing.T) {
	parks(t)
	srv, clients, sessions := echoing(t, transporttest.Options{Session: session.Config{PingInterval: 1500 * time.Millisecond, PingTimeout: time.Millisecond}}, 1)
	if ce := cause(t, <-sessions); ce.Code != session.PingTimeout {
		t.Errorf("the session's cause is %v", ce)
	}
	clients[0].Cut()
	noTakeovers(t, srv)
}
