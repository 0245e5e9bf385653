package socketio_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

func TestHandshake(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		got := make(chan socketio.Handshake, 2)
		srv.Of("/").Use(func(_ context.Context, s *socketio.Socket) error { got <- s.Handshake(); return nil })
		opened := time.Now()
		conn := session.NewConn(context.Background(), session.NewID(), &session.Config{}, session.Peer{
			RemoteAddr: "192.0.2.1:5", Host: "chat.example", Secure: true, Path: "/socket.io/",
			Query:  url.Values{"room": {"a b"}},
			Header: http.Header{"Origin": {"https://example.org"}, "X-Team": {"red"}},
		})
		srv.Accept(conn)
		if _, err := conn.Attach(carrier, nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		conn.Deliver(session.Packet{Type: session.PacketMessage, Data: []byte(`0{"token":"x"}`)})
		h := <-got
		settle()
		if h.Address != "192.0.2.1:5" || !h.Secure || !h.CrossDomain || h.URL != "/socket.io/?room=a+b" ||
			h.Query.Get("room") != "a b" || string(h.Auth) != `{"token":"x"}` {
			t.Errorf("%+v", h)
		}
		if d := h.Issued.Sub(opened); d != 3*time.Second {
			t.Errorf("issued %v after the connection was opened, want 3 s", d)
		}
		want := http.Header{"Origin": {"https://example.org"}, "X-Team": {"red"}, "Host": {"chat.example"}}
		if jsonOf(h.Header) != jsonOf(want) {
			t.Errorf("header %v, want %v", h.Header, want)
		}
		if s := only(t, srv.Of("/")); jsonOf(s.Handshake()) != jsonOf(h) {
			t.Error("it is not the same later")
		}
		conn.Kill(&session.CloseError{Code: session.Normal})
		settle()
	})
}

func TestHandshakeOfABareClient(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		p := enter(t, srv)
		h := only(t, srv.Of("/")).Handshake()
		if h.CrossDomain || h.Secure || h.URL != "" || len(h.Header) != 0 || string(h.Auth) != "{}" {
			t.Errorf("%+v", h)
		}
		p.leave()
	})
}
