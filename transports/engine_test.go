package transports_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

func family(accept func(*session.Conn)) *transports.Family {
	return &transports.Family{Codec: eio.V4, Config: &session.Config{PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second},
		MaxPayload: 1000, Upgrades: []string{"websocket"}, Accept: accept}
}

func TestASessionIsOpenedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var steps []string
		m := session.NewManager()
		e := transports.NewEngine(m, nil, fake("polling"))
		f := family(func(c *session.Conn) {
			steps = append(steps, "accepted")
			if n, _ := c.Buffered(); n != 1 {
				t.Errorf("%d packets are queued, want the open packet", n)
			}
		})
		rt := transports.Route{Family: f, Transport: "polling", Opened: func(*session.Conn) { steps = append(steps, "opened") }}
		e.Serve(httptest.NewRecorder(), request("GET", "/"), rt, session.Peer{Host: "h"})
		if got := strings.Join(steps, " "); got != "opened accepted" {
			t.Errorf("steps: %s", got)
		}
		for c := range m.All() {
			if c.Peer().Host != "h" {
				t.Errorf("peer: %v", c.Peer())
			}
			c.Kill(&session.CloseError{Code: session.Normal})
		}
	})
}

func TestASessionKeepsTheMountItWasOpenedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := session.NewManager()
		e := transports.NewEngine(m, nil, fake("polling"))
		f := family(func(*session.Conn) {})
		e.Serve(httptest.NewRecorder(), request("GET", "/"), transports.Route{Family: f, Transport: "polling"}, session.Peer{})
		for c := range m.All() {
			w := httptest.NewRecorder()
			e.Serve(w, request("GET", "/"), transports.Route{Family: family(nil), Transport: "polling", SID: c.ID()}, session.Peer{})
			if w.Code != 400 || w.Body.String() != `{"code":3,"message":"Bad request"}` {
				t.Errorf("another mount answers %d %s", w.Code, w.Body)
			}
			c.Kill(&session.CloseError{Code: session.Normal})
		}
	})
}

func TestATransportThatIsNotThereIsUnknown(t *testing.T) {
	e := transports.NewEngine(session.NewManager(), nil)
	w := httptest.NewRecorder()
	e.Serve(w, request("GET", "/"), transports.Route{Family: family(nil), Transport: "polling"}, session.Peer{})
	if w.Code != 400 || !strings.Contains(w.Body.String(), "Transport unknown") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestADrainingServerOpensNothing(t *testing.T) {
	e := transports.NewEngine(session.NewManager(), nil, fake("polling"))
	if err := e.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	e.Serve(w, request("GET", "/"), transports.Route{Family: family(nil), Transport: "polling"}, session.Peer{})
	if w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
	if err := e.Shutdown(t.Context()); err != nil {
		t.Error("second shutdown:", err)
	}
}

// taken is a takeover that ends when it is told to.
type taken struct {
	e              *transports.Engine
	polite         bool
	shutdown, kill int
}

func (k *taken) Shutdown() {
	if k.shutdown++; k.polite {
		go k.e.Forget(k)
	}
}

func (k *taken) Kill() { k.kill++; go k.e.Forget(k) }

func TestShutdownOfConnectionsThatWereTakenOver(t *testing.T) {
	for _, polite := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			e := transports.NewEngine(session.NewManager(), nil)
			k := &taken{e: e, polite: polite}
			if !e.Adopt(k) || e.Takeovers() != 1 {
				t.Fatal("not adopted")
			}
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			err := e.Shutdown(ctx)
			if k.shutdown != 1 || e.Takeovers() != 0 {
				t.Errorf("asked %d times, %d left", k.shutdown, e.Takeovers())
			}
			if polite && (err != nil || k.kill != 0) || !polite && (!errors.Is(err, context.DeadlineExceeded) || k.kill != 1) {
				t.Errorf("polite %v: error %v, killed %d times", polite, err, k.kill)
			}
			if e.Adopt(&taken{}) {
				t.Error("adopted after the shutdown")
			}
		})
	}
}

// stuck is a connection whose handler does not return.
type stuck struct{ shut, killed int }

func (s *stuck) Shutdown() { s.shut++ }
func (s *stuck) Kill()     { s.killed++ }

func TestShutdownDoesNotWaitForAHandlerThatDoesNotReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := transports.NewEngine(session.NewManager(), nil)
		s := &stuck{}
		if !e.Adopt(s) {
			t.Fatal("not adopted")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		if err := e.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if took := time.Since(began); took > time.Minute+5*time.Second || s.shut != 1 || s.killed != 1 {
			t.Errorf("took %v; asked to end %d times, killed %d times", took, s.shut, s.killed)
		}
	})
}
