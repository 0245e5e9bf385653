package transporttest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
)

func echoInOrder(t *testing.T, cfg Config) {
	c := cfg.Dial(t, cfg.Start(t, Options{Handler: Echo}))
	var all []session.Message
	for _, s := range []string{"", "x", "hello", "héllo € 𝄞 \u0000 \u2028", strings.Repeat("ü", 1000), strings.Repeat("a", 64<<10), "bAQID", "4", "2probe", strings.Repeat("z", 200_000)} {
		all = append(all, session.Message{Data: []byte(s)})
	}
	for _, n := range []int{0, 1, 2, 3, 125, 126, 127, 4096, 64<<10 - 1, 64 << 10, 64<<10 + 1, 200_000} {
		if cfg.TextOnly {
			all = append(all, session.Message{Data: bytes.Repeat([]byte("t"), n)})
			continue
		}
		m := session.Message{Kind: session.Binary, Data: make([]byte, n)}
		for i := range m.Data {
			m.Data[i] = byte(i * 7)
		}
		all = append(all, m)
	}
	sent := async(func() error {
		for i, m := range all {
			if err := c.Send(m); err != nil {
				return fmt.Errorf("message %d: %w", i, err)
			}
		}
		return nil
	})
	for i, want := range all {
		got, err := c.Receive()
		if err == nil {
			err = same(got, want)
		}
		if err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
	}
	if err := within(t, "the sender", sent); err != nil {
		t.Error(err)
	}
}

const limit = 100_000

func nearTheLimit(t *testing.T, cfg Config) {
	c := cfg.Dial(t, cfg.Start(t, Options{Handler: Echo, MaxPayload: limit}))
	for _, n := range []int{limit - cfg.TextOverhead - 1, limit - cfg.TextOverhead} {
		want := session.Message{Data: []byte(strings.Repeat("n", n))}
		if err := c.Send(want); err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		got, err := c.Receive()
		if err == nil {
			err = same(got, want)
		}
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
}

func overTheLimit(t *testing.T, cfg Config) {
	got := make(chan session.Session, 1)
	handler := session.HandlerFunc(func(s session.Session) { got <- s; Echo(s) })
	c := cfg.Dial(t, cfg.Start(t, Options{Handler: handler, MaxPayload: limit}))
	err := c.Send(session.Message{Data: []byte(strings.Repeat("o", limit-cfg.TextOverhead+1))})
	if err == nil {
		_, err = c.Receive()
	}
	if err == nil || !cfg.TooBig(err) {
		t.Errorf("the client was told %v", err)
	}
	if ce := cause(t, within(t, "the handler", got)); ce.Code != session.MessageTooBig || !ce.Remote {
		t.Errorf("the session's cause is %v", ce)
	}
}

func serverCloseDrains(t *testing.T, cfg Config) {
	const n, size = 500, 1000
	srv := cfg.Start(t, Options{
		Handler: session.HandlerFunc(func(s session.Session) {
			s.Receive(s.Context())
			for i := range n {
				if err := s.Send(s.Context(), cfg.numbered(i, size)); err != nil {
					t.Error("send:", err)
					return
				}
			}
			s.Close(4001, "enough")
		}),
	})
	c := cfg.Dial(t, srv)
	// What the client says while the server drains changes nothing.
	c.Send(session.Message{Data: []byte("go")})
	c.Send(session.Message{Data: []byte("late")})
	if err := cfg.expectStream(c.Receive, 0, n, size); err != nil {
		t.Fatal(err)
	}
	_, err := c.Receive()
	if err := cfg.expectClosed(err, 4001, "enough"); err != nil {
		t.Error("after the last message:", err)
	}
}

func clientClose(t *testing.T, cfg Config) {
	end := make(chan error, 1)
	sessions := make(chan session.Session, 1)
	c := cfg.Dial(t, cfg.Start(t, Options{Handler: session.HandlerFunc(func(s session.Session) {
		sessions <- s
		err := cfg.expectStream(receiverOf(s), 0, 3, 0)
		if err == nil {
			_, err = s.Receive(s.Context())
		}
		end <- err
	})}))
	for i := range 3 {
		if err := c.Send(cfg.numbered(i, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal("close:", err)
	}
	if err := within(t, "the handler", end); err != io.EOF {
		t.Errorf("the handler received %v, want EOF", err)
	}
	if ce := cause(t, <-sessions); !ce.Normal() {
		t.Errorf("the session's cause is %v", ce)
	}
}

// short are timings by which a lost client is noticed although it had no
// request pending.
var short = session.Config{PingInterval: 200 * time.Millisecond, PingTimeout: time.Second}

func abruptLoss(t *testing.T, cfg Config) {
	sessions := make(chan session.Session, 1)
	srv := cfg.Start(t, Options{Session: short, Handler: session.HandlerFunc(func(s session.Session) { sessions <- s; Echo(s) })})
	c := cfg.Dial(t, srv)
	if err := cfg.echoes(c, 1, 10); err != nil {
		t.Fatal(err)
	}
	received := async(func() error { _, err := c.Receive(); return err })
	c.Cut()
	if err := within(t, "the client", received); err == nil {
		t.Error("the client received a message after the cut")
	}
	ce := cause(t, within(t, "the handler", sessions))
	noticed := ce.Code == session.TransportLost || ce.Code == session.PingTimeout
	if !noticed && !(cfg.EndIsClose && ce.Normal()) {
		t.Errorf("the session's cause is %v", ce)
	}
}

func handlerPanic(t *testing.T, cfg Config) {
	var log Log
	panicking := make(chan session.Session, 1)
	srv := cfg.Start(t, Options{Session: session.Config{Logger: log.Logger()}, Handler: session.HandlerFunc(func(s session.Session) {
		m, err := s.Receive(s.Context())
		if err == nil && string(m.Data) == "panic" {
			panicking <- s
			panic("on purpose")
		}
		s.Send(s.Context(), m)
		Echo(s)
	})})
	other := cfg.Dial(t, srv)
	if err := cfg.echoes(other, 1, 10); err != nil {
		t.Fatal(err)
	}
	c := cfg.Dial(t, srv)
	c.Send(session.Message{Data: []byte("panic")})
	if _, err := c.Receive(); err == nil {
		t.Error("a message came of a panic")
	}
	s := within(t, "the handler", panicking)
	if ce := cause(t, s); ce.Code != session.InternalError || ce.Remote {
		t.Errorf("the session's cause is %v", ce)
	}
	if got := log.String(); !strings.Contains(got, s.ID()[:8]) || !strings.Contains(got, "on purpose") {
		t.Errorf("the log is %q", got)
	} else if strings.Contains(got, s.ID()) {
		t.Error("the log has the whole session id, which authorises")
	}
	if err := cfg.echoes(other, 3, 10); err != nil {
		t.Error("another session:", err)
	}
}

func sendAfterEnd(t *testing.T, cfg Config) {
	sessions := make(chan session.Session, 1)
	c := cfg.Dial(t, cfg.Start(t, Options{Handler: session.HandlerFunc(func(s session.Session) {
		s.Receive(s.Context())
		s.Close(session.Normal, "")
		sessions <- s
	})}))
	if err := c.Send(session.Message{Data: []byte("go")}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Receive(); err == nil {
		t.Error("a message came of nothing")
	}
	s := within(t, "the handler", sessions)
	cause(t, s)
	if err := s.Send(t.Context(), session.Message{}); !errors.Is(err, session.ErrClosed) {
		t.Errorf("Send after the end: %v", err)
	}
	// The client, too: over HTTP it is told so, over a WebSocket nobody is
	// there.
	for {
		if err := c.Send(session.Message{}); err != nil {
			break
		}
		if _, err := c.Receive(); err == nil {
			t.Fatal("the session lives on")
		}
	}
}
