package websocket_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
	"github.com/everwire/everwire/transports/websocket"
)

// patience is how long what must happen may take on a busy machine.
const patience = 30 * time.Second

func cause(t *testing.T, s session.Session) *session.CloseError {
	t.Helper()
	select {
	case <-s.Context().Done():
	case <-time.After(patience):
		t.Fatal("the session does not end")
	}
	ce, _ := errors.AsType[*session.CloseError](context.Cause(s.Context()))
	return ce
}

// noTakeovers waits until the server has given up all connections.
func noTakeovers(t *testing.T, srv *transporttest.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := srv.Engine.Shutdown(ctx); err != nil {
		t.Error("connections are left:", err)
	}
}

// TestCloseIsEchoed: the client's code comes back, whatever else is going on,
// and the server closes the connection (RFC 6455 sections 5.5.1 and 7.1.1).
func TestCloseIsEchoed(t *testing.T) {
	for _, codec := range []eio.Codec{eio.Raw, eio.V4} {
		for _, code := range []uint16{1000, 1001, 3000, 4999} {
			t.Run(fmt.Sprint(codec.Name(), " ", code), func(t *testing.T) {
				srv, sessions := serve(t, codec, transporttest.Options{Handler: idle})
				for range 20 {
					c := dial(t, srv)
					c.WriteFrame(ws.OpClose, []byte{byte(code >> 8), byte(code), 'b', 'y', 'e'})
					closed, err := c.ReadEnd()
					if err != nil || closed.Code != code || closed.Reason != "" {
						t.Fatalf("ended with %v, %v", closed, err)
					}
					if ce := cause(t, <-sessions); ce.Code != session.Code(code) || !ce.Remote || ce.Reason != "bye" {
						t.Fatalf("the session's cause is %v", ce)
					}
				}
				noTakeovers(t, srv)
			})
		}
	}
}

// idle receives until the end.
var idle = session.HandlerFunc(func(s session.Session) { s.Receive(s.Context()) })

func dial(t *testing.T, srv *transporttest.Server) *transporttest.WebSocketClient {
	t.Helper()
	if srv.Family.Raw {
		return transporttest.NewRawClient(t, srv)
	}
	return transporttest.NewWebSocketClient(t, srv)
}

func TestCloseWithoutACodeIsEchoed(t *testing.T) {
	srv, sessions := serve(t, eio.Raw, transporttest.Options{Handler: idle})
	c := transporttest.NewRawClient(t, srv)
	c.WriteFrame(ws.OpClose, nil)
	if closed, err := c.ReadEnd(); err != nil || closed.Code != ws.CodeNoStatus {
		t.Errorf("ended with %v, %v", closed, err)
	}
	if ce := cause(t, <-sessions); !ce.Normal() {
		t.Errorf("the session's cause is %v", ce)
	}
}

func TestServerCloseWaitsForTheClientsClose(t *testing.T) {
	srv, sessions := serve(t, eio.Raw, transporttest.Options{Handler: idle})
	c := transporttest.NewRawClient(t, srv)
	s := <-sessions
	s.Close(4002, "that is all")
	ev, err := c.Event()
	if err != nil || ev.Type != ws.Close || ev.Code != 4002 || ev.Reason != "that is all" {
		t.Fatalf("got %v, %v", ev, err)
	}
	if ce := cause(t, s); ce.Code != 4002 || ce.Remote {
		t.Errorf("the session's cause is %v", ce)
	}
	// The connection still takes what the client has on its way.
	if err := c.WriteFrame(ws.OpText, []byte("crossing")); err != nil {
		t.Error(err)
	}
	c.Close()
	if ev, err := c.Event(); err == nil {
		t.Errorf("got %v after the close frame", ev)
	}
	noTakeovers(t, srv)
}

func TestAClientThatDoesNotAnswerTheCloseIsLeft(t *testing.T) {
	srv, sessions := serve(t, eio.Raw, transporttest.Options{Handler: idle})
	c := transporttest.NewRawClient(t, srv)
	(<-sessions).Close(session.Normal, "")
	if closed, err := c.ReadEnd(); err != nil || closed.Code != ws.CodeNormal {
		t.Errorf("ended with %v, %v", closed, err)
	}
	noTakeovers(t, srv)
}

// TestBothSidesCloseAtOnce: each sees the other's close frame.
func TestBothSidesCloseAtOnce(t *testing.T) {
	srv, sessions := serve(t, eio.Raw, transporttest.Options{Handler: idle})
	for i := range 100 {
		c := transporttest.NewRawClient(t, srv)
		s := <-sessions
		go s.Close(4002, "")
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		closed, err := c.ReadEnd()
		if closed == nil || closed.Code != 4002 && closed.Code != ws.CodeNormal {
			t.Fatalf("round %d ended with %v, %v", i, closed, err)
		}
		cause(t, s)
	}
	noTakeovers(t, srv)
}

func TestShutdownClosesTheConnections(t *testing.T) {
	srv, _ := serve(t, eio.Raw, transporttest.Options{Handler: idle})
	c := transporttest.NewRawClient(t, srv)
	done := make(chan struct{})
	go func() { noTakeovers(t, srv); close(done) }()
	if ev, err := c.Event(); err != nil || ev.Type != ws.Close || ev.Code != ws.CodeGoingAway {
		t.Errorf("ended with %v, %v", ev, err)
	}
	c.Close()
	<-done
}

// hurried is a handler's sink that says something as soon as the session is open,
// and returns when the server is being shut down.
type hurried struct {
	parrot
	shutdown func()
}

func (h hurried) Opened() {
	h.c.Offer(session.Packet{Type: session.PacketMessage, Data: []byte("welcome")})
	go h.shutdown()
	for h.c.State() == session.Open { // nothing tells when that has begun
		runtime.Gosched()
	}
}

// TestShutdownWhileASessionOpens loses nothing of what its handler has said.
func TestShutdownWhileASessionOpens(t *testing.T) {
	done := make(chan struct{})
	var srv *transporttest.Server
	var ready sync.WaitGroup
	ready.Add(1)
	srv, _ = serve(t, eio.Raw, transporttest.Options{Accept: func(c *session.Conn) {
		c.SetSink(hurried{parrot{c}, func() { ready.Wait(); noTakeovers(t, srv); close(done) }})
	}})
	ready.Done()
	c := transporttest.NewRawClient(t, srv)
	if ev, err := c.Event(); err != nil || string(ev.Data) != "welcome" {
		t.Errorf("got %v %q, %v", ev.Type, ev.Data, err)
	}
	if ev, err := c.Event(); err != nil || ev.Type != ws.Close || ev.Code != ws.CodeGoingAway {
		t.Errorf("ended with %v, %v", ev, err)
	}
	c.Close()
	<-done
}

func TestShutdownThatMustNotWaitKills(t *testing.T) {
	stuck := make(chan struct{})
	srv, sessions := serve(t, eio.Raw, transporttest.Options{Handler: session.HandlerFunc(func(s session.Session) { <-stuck })})
	c := transporttest.NewRawClient(t, srv)
	<-sessions
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	if err := srv.Engine.Shutdown(ctx); !errors.Is(err, why) {
		t.Errorf("Shutdown returned %v", err)
	}
	close(stuck)
	for {
		if _, err := c.Event(); err != nil {
			break
		}
	}
}

func TestPings(t *testing.T) {
	t.Run("many are answered, each with its payload", func(t *testing.T) {
		srv, _ := serve(t, eio.Raw, transporttest.Options{})
		c := transporttest.NewRawClient(t, srv)
		const n = 200
		go func() {
			for i := range n {
				c.WriteFrame(ws.OpPing, []byte(fmt.Sprint(i)))
			}
		}()
		for i := range n {
			ev, err := c.Event()
			if err != nil || ev.Type != ws.Pong || string(ev.Data) != fmt.Sprint(i) {
				t.Fatalf("ping %d was answered by %v %q, %v", i, ev.Type, ev.Data, err)
			}
		}
	})
	t.Run("between fragments", func(t *testing.T) {
		srv, _ := serve(t, eio.Raw, transporttest.Options{})
		c := transporttest.NewRawClient(t, srv)
		c.WritePart(ws.OpText, false, []byte("one "))
		c.WriteFrame(ws.OpPing, []byte("now"))
		c.WritePart(ws.OpContinuation, true, []byte("two"))
		if ev, err := c.Event(); err != nil || ev.Type != ws.Pong || string(ev.Data) != "now" {
			t.Fatal(ev, err)
		}
		if ev, err := c.Event(); err != nil || string(ev.Data) != "one two" {
			t.Fatal(ev, err)
		}
	})
	t.Run("while a write is slow", func(t *testing.T) {
		// The server writes more than the kernel takes, and the client pings
		// without reading: all messages arrive whole, then the last pong.
		const messages = 300
		var sent atomic.Int64
		srv, _ := serve(t, eio.Raw, transporttest.Options{Handler: session.HandlerFunc(func(s session.Session) {
			m := session.Message{Kind: session.Binary, Data: []byte(strings.Repeat("m", 64<<10))}
			for range messages {
				if s.Send(s.Context(), m) != nil {
					return
				}
				sent.Add(1)
			}
			s.Receive(s.Context())
		})})
		c := transporttest.NewRawClient(t, srv)
		payload := []byte(strings.Repeat("p", ws.MaxControl))
		for range 2000 {
			if err := c.WriteFrame(ws.OpPing, payload); err != nil {
				t.Fatal(err)
			}
		}
		c.WriteFrame(ws.OpPing, []byte("last"))
		got, pongs := 0, 0
		for last := false; got < messages || !last; {
			ev, err := c.Event()
			if err != nil {
				t.Fatalf("after %d messages and %d pongs: %v", got, pongs, err)
			}
			switch {
			case ev.Type == ws.Pong:
				pongs++
				last = last || string(ev.Data) == "last"
			case len(ev.Data) == 64<<10:
				got++
			default:
				t.Fatalf("got %v of %d bytes", ev.Type, len(ev.Data))
			}
		}
	})
}

func TestOnlyItsOwnPongProvesAnEngineIOClientAlive(t *testing.T) {
	srv, sessions := serve(t, eio.V4, transporttest.Options{Handler: idle,
		Session: session.Config{PingInterval: 100 * time.Millisecond, PingTimeout: 400 * time.Millisecond}})
	c := transporttest.NewWebSocketClient(t, srv)
	for _, want := range []string{"text 2", "close "} { // and no second ping
		ev, err := c.Event()
		if got := ev.Type.String() + " " + string(ev.Data); err != nil || got != want {
			t.Fatalf("got %q, %v, want %q", got, err, want)
		}
		c.WriteFrame(ws.OpPong, nil)
	}
	if ce := cause(t, <-sessions); ce.Code != session.PingTimeout {
		t.Errorf("the session's cause is %v", ce)
	}
}

func TestAMessageThatDoesNotEnd(t *testing.T) {
	for _, tt := range []struct {
		name string
		send func(*transporttest.WebSocketClient)
	}{
		{"fragments", func(c *transporttest.WebSocketClient) { c.WritePart(ws.OpText, false, []byte("never")) }},
		{"half a frame", func(c *transporttest.WebSocketClient) { c.WriteRaw([]byte(frame(ws.OpText, "never"))[:8]) }},
		{"half a header", func(c *transporttest.WebSocketClient) { c.WriteRaw([]byte{0x81}) }},
		{"fragments with pings between", func(c *transporttest.WebSocketClient) {
			c.WritePart(ws.OpText, false, []byte("never"))
			go func() {
				for c.WriteFrame(ws.OpPing, nil) == nil {
				}
			}()
		}},
		{"behind a whole message", func(c *transporttest.WebSocketClient) {
			c.WriteRaw([]byte(frame(ws.OpText, "whole") + "\x81"))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			websocket.SetMessageTimeout(t, 100*time.Millisecond)
			srv, sessions := serve(t, eio.Raw, transporttest.Options{})
			c := transporttest.NewRawClient(t, srv)
			tt.send(c)
			if ce := cause(t, <-sessions); ce.Code != session.PolicyViolated || !ce.Remote {
				t.Errorf("the session's cause is %v", ce)
			}
			for {
				ev, err := c.Event()
				if err != nil {
					t.Fatal("no close frame:", err)
				}
				if ev.Type == ws.Close {
					if ev.Code != ws.CodePolicyViolation {
						t.Errorf("closed with %d", ev.Code)
					}
					break
				}
			}
			c.Cut()
			noTakeovers(t, srv)
		})
	}
	t.Run("an idle connection has no such deadline", func(t *testing.T) {
		websocket.SetMessageTimeout(t, time.Second)
		websocket.SetPatience(t, -1, time.Hour) // it waits for the rest of a message only
		srv, _ := serve(t, eio.Raw, transporttest.Options{Session: session.Config{PingInterval: 400 * time.Millisecond, PingTimeout: patience}})
		c := transporttest.NewRawClient(t, srv)
		pieces := func(one, other string) {
			c.WriteRaw([]byte(one))
			await(t, 1, reading, "IO wait")
			c.WriteRaw([]byte(other))
		}
		message, ping := frame(ws.OpText, "in pieces"), frame(ws.OpPing, "too")
		pieces(message[:7], message[7:])
		if m, err := c.Receive(); err != nil || string(m.Data) != "in pieces" {
			t.Fatalf("received %q, %v", m.Data, err)
		}
		pieces(ping[:2], ping[2:])
		received := make(chan error, 1)
		go func() { _, err := c.Receive(); received <- err }()
		for range 4 { // pings of the server's, the last of them long after the timeout
			select {
			case <-c.Pings():
			case err := <-received:
				t.Fatal(err)
			}
		}
		c.Send(session.Message{Data: []byte("still here")})
		if err := <-received; err != nil {
			t.Fatal(err)
		}
	})
}
