package server_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
)

// TestSlowBodies: a stranger cannot hold a connection by not sending what it
// has announced.
func TestSlowBodies(t *testing.T) {
	server.SetBodyTimeout(t, 50*time.Millisecond)
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token})})
	s.Action("/act", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
	for _, request := range []string{
		"POST /login HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n",
		"POST /logout HTTP/1.1\r\n", "POST /healthz HTTP/1.1\r\n", "GET /healthz HTTP/1.1\r\n", "POST /nowhere HTTP/1.1\r\n",
		"GET " + poll + " HTTP/1.1\r\n", "POST " + poll + "&sid=none HTTP/1.1\r\n", "GET /ws/echo HTTP/1.1\r\n",
		"POST /act HTTP/1.1\r\nAuthorization: Bearer " + token + "\r\n",
	} {
		conn, err := net.Dial("tcp", s.host)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(patience / 2))
		io.WriteString(conn, request+"Host: "+s.host+"\r\nContent-Length: 1000\r\n\r\nx")
		if _, err := io.ReadAll(conn); err != nil {
			t.Errorf("%q is held: %v", request, err)
		}
		conn.Close()
	}
}

// TestTheBodysTimeIsTheBodysOnly: neither a poll that waits, nor a WebSocket,
// nor a handler that works long is cut by it.
func TestTheBodysTimeIsTheBodysOnly(t *testing.T) {
	const limit = 20 * time.Millisecond
	server.SetBodyTimeout(t, limit)
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{}), PingInterval: 5 * limit, PingTimeout: patience})
	works := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		select {
		case <-r.Context().Done():
			t.Errorf("%s was cut", r.Method)
		case <-time.After(5 * limit):
		}
		io.WriteString(w, "done")
	})
	s.Action("/act", works)
	for _, method := range []string{"GET", "POST"} {
		if got := s.do(method, "/act", strings.Repeat("x", 100)); got.body != "done" {
			t.Errorf("%s: %d %q", method, got.status, got.body)
		}
	}
	if got := s.do("GET", "/act", ""); got.body != "done" {
		t.Errorf("without a body: %d %q", got.status, got.body)
	}
	sid := s.open()
	if got := s.do("GET", poll+"&sid="+sid, ""); got.body != "2" {
		t.Errorf("the poll got %d %q", got.status, got.body)
	}
	c := transporttest.DialRawAt(t, s.url, "/ws/echo")
	<-time.After(3 * limit)
	c.Send(session.Message{Data: []byte("on")})
	if m, err := c.Receive(); err != nil || string(m.Data) != "on" {
		t.Errorf("the WebSocket got %q, %v", m.Data, err)
	}
}
