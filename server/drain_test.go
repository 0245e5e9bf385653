package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/socketio"
)

// poller is a polling client of Socket.IO without a network, in a bubble.
type poller struct {
	t    *testing.T
	srv  *server.Server
	name string
	sid  string

	acked map[int]bool // by its poll loop
	over  time.Time    // when it was told of the end
}

func (p *poller) do(method, body string) (int, string) {
	target := poll
	if p.sid != "" {
		target += "&sid=" + p.sid
	}
	w := httptest.NewRecorder()
	p.srv.ServeHTTP(w, httptest.NewRequest(method, "http://localhost"+target, strings.NewReader(body)))
	return w.Code, w.Body.String()
}

// open opens the session and enters the root namespace.
func (p *poller) open() {
	p.t.Helper()
	_, body := p.do("GET", "")
	var h struct{ SID string }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(body, "0")), &h); err != nil {
		p.t.Fatalf("%s: %v", body, err)
	}
	p.sid = h.SID
	p.do("POST", "40")
}

// listen polls until the session is over.
func (p *poller) listen() {
	for {
		status, body := p.do("GET", "")
		if status != 200 {
			p.t.Errorf("%s: poll: %d %s", p.name, status, body)
			return
		}
		for packet := range strings.SplitSeq(body, "\x1e") {
			var id int
			switch {
			case packet == "1":
				p.over = time.Now()
				return
			case packet == "2":
				p.do("POST", "3")
			case strings.HasPrefix(packet, "43"):
				fmt.Sscanf(packet, "43%d", &id)
				p.acked[id] = true
			}
		}
		// Longer than from one event to the next, so that answers wait in
		// the outbox when the end comes.
		time.Sleep(12 * time.Millisecond)
	}
}

// TestShutdownLosesNoAcknowledgedEvent while all clients send, and its end is
// spread: no event is acknowledged that was not handled, and none handled whose
// client does not learn of it.
func TestShutdownLosesNoAcknowledgedEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const clients = 40
		srv := server.New(server.Options{Guard: unlimited(guard.Config{}), DrainSpread: 400 * time.Millisecond})
		var mu sync.Mutex
		handled := make(map[string]int)
		socketio.OnAck(srv.Of("/"), "add", func(_ context.Context, _ *socketio.Socket, name string) (bool, error) {
			mu.Lock()
			defer mu.Unlock()
			handled[name]++
			return true, nil
		})
		var all []*poller
		var work sync.WaitGroup
		for i := range clients {
			p := &poller{t: t, srv: srv, name: fmt.Sprint("client", i), acked: make(map[int]bool)}
			p.open()
			all = append(all, p)
			work.Go(p.listen)
			work.Go(func() {
				// Between two steps of the drain, so that each event is handled
				// before or after the end of its client.
				time.Sleep(3 * time.Millisecond)
				for id := 0; ; id++ {
					if status, _ := p.do("POST", fmt.Sprintf(`42%d["add",%q]`, id, p.name)); status != 200 {
						return // it is over
					}
					time.Sleep(10 * time.Millisecond)
				}
			})
		}
		time.Sleep(300 * time.Millisecond)
		began := time.Now()
		if err := srv.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if status, body := (&poller{t: t, srv: srv}).do("GET", ""); status != 503 {
			t.Errorf("a new session: %d %s", status, body)
		}
		work.Wait()
		quarters := make(map[int]int)
		late := 0
		for _, p := range all {
			if n := handled[p.name]; n != len(p.acked) || n < 20 {
				t.Errorf("%s: %d events handled, %d acknowledged", p.name, n, len(p.acked))
			}
			if n := handled[p.name]; n > 50 {
				late++
			}
			quarters[int(p.over.Sub(began)/(100*time.Millisecond))]++
		}
		if late < clients/3 {
			t.Errorf("only %d clients were served while others had to go", late)
		}
		for quarter := range 4 { // a poll may come a little late
			if n := quarters[quarter]; n < clients/4-2 || n > clients/4+2 {
				t.Errorf("%d clients had to go in quarter %d, want about %d", n, quarter, clients/4)
			}
		}
	})
}

func TestShutdownAtOnce(t *testing.T) {
	for spread, want := range map[time.Duration]time.Duration{-1: 0, 0: 90 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			srv := server.New(server.Options{Guard: unlimited(guard.Config{}), DrainSpread: spread})
			srv.Of("/")
			var work sync.WaitGroup
			for range 10 {
				p := &poller{t: t, srv: srv, acked: make(map[int]bool)}
				p.open()
				work.Go(p.listen)
			}
			time.Sleep(20 * time.Millisecond) // all poll now
			synctest.Wait()
			began := time.Now()
			if err := srv.Shutdown(t.Context()); err != nil || time.Since(began) != want {
				t.Errorf("DrainSpread %v: %v after %v, want %v", spread, err, time.Since(began), want)
			}
			work.Wait()
		})
	}
}
