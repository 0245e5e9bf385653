package polling_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
)

func TestClientCloseAnswersThePollWithANoop(t *testing.T) {
	bubble(t, func(w *world) {
		poll := w.poll()
		w.check(w.post("4bye\x1e1"), 200, "ok")
		w.answered(poll, 200, "6")
		w.delivered("text:bye")
		w.over(session.Normal, true)
	})
}

func TestClientCloseWaitsForThePollItOvertook(t *testing.T) {
	bubble(t, func(w *world) {
		post := w.do(context.Background(), "POST", "1")
		w.waits(post)
		w.answered(w.poll(), 200, "6")
		w.answered(post, 200, "ok")
		w.over(session.Normal, true)
	})
}

func TestClientCloseWithoutAPoll(t *testing.T) {
	bubble(t, func(w *world) {
		began := time.Now()
		w.check(w.post("1"), 200, "ok")
		if d := time.Since(began); d > 100*time.Millisecond {
			t.Errorf("the close took %v", d)
		}
		w.over(session.Normal, true)
	})
}

func TestServerCloseDrainsByPolls(t *testing.T) {
	bubble(t, func(w *world) {
		w.send("last words")
		w.conn.Close(session.Normal, "")
		// What a client says while the server drains is not taken, and cuts
		// nothing short.
		w.check(w.post("4too late"), 200, "ok")
		w.delivered()
		w.answered(w.poll(), 200, "4last words")
		w.answered(w.poll(), 200, "1")
		w.over(session.Normal, false)
	})
}

func TestServerCloseAnswersThePoll(t *testing.T) {
	bubble(t, func(w *world) {
		poll := w.poll()
		w.conn.Close(session.GoingAway, "")
		w.answered(poll, 200, "1")
		w.over(session.GoingAway, false)
	})
}

// ws is the kind of the streams that sessions are upgraded to here.
var ws = &session.Carrier{Transport: "websocket", Stream: true, Binary: true}

// soon is when the first two polls of a probe have been answered.
const soon = 50 * time.Millisecond

func TestPollsWhileProbing(t *testing.T) {
	bubble(t, func(w *world) {
		poll := w.poll()
		lease, err := w.conn.Probe(ws, func() {})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(soon)
		w.answered(poll, 200, "6")
		second := w.poll()
		time.Sleep(soon)
		w.answered(second, 200, "6")
		third := w.poll()
		time.Sleep(soon)
		w.waits(third) // a client that never upgrades must not spin
		time.Sleep(100 * time.Millisecond)
		w.answered(third, 200, "6")
		fourth := w.poll()
		w.send("still by polling")
		w.answered(fourth, 200, "4still by polling")
		w.check(w.post("4and back"), 200, "ok")
		w.delivered("text:and back")
		lease.Lost(nil)
		fifth := w.poll()
		time.Sleep(time.Second)
		w.waits(fifth) // no more noops
		w.send("on")
		w.answered(fifth, 200, "4on")
	})
}

func TestAfterTheUpgradePollingIsOver(t *testing.T) {
	bubble(t, func(w *world) {
		lease, err := w.conn.Probe(ws, func() {})
		if err != nil {
			t.Fatal(err)
		}
		late := w.poll()
		w.waits(late)
		if err := lease.Upgrade(); err != nil {
			t.Fatal(err)
		}
		w.answered(late, 400, bad) // the upgrade supersedes it
		w.answered(w.poll(), 400, bad)
		w.answered(w.do(context.Background(), "POST", "4a"), 400, bad)
		w.delivered()
		if w.conn.State() != session.Open {
			t.Error("the session did not survive")
		}
		lease.Lost(nil)
		w.over(session.TransportLost, true)
	})
}

func TestASinkThatFails(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fail   func(session.Packet) error
		status int
		body   string
		code   session.Code
		remote bool
	}{
		{"with an error", func(session.Packet) error { return errors.New("bad packet") }, 200, "ok", session.ProtocolError, false},
		{"with a code", func(session.Packet) error { return &session.CloseError{Code: 4321, Remote: true} }, 200, "ok", 4321, true},
		{"by a panic", func(session.Packet) error { panic("on purpose") }, 500, "", session.InternalError, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(w *world) {
				w.sink.deliver = tt.fail
				w.check(w.post("4a\x1e4b"), tt.status, tt.body)
				w.delivered("text:a")
				w.over(tt.code, tt.remote)
			})
		})
	}
}

func TestAMessageWithoutAFormEndsTheSession(t *testing.T) {
	bubble(t, func(w *world) {
		poll := w.poll()
		w.send("two\x1e4packets")
		synctest.Wait()
		rec := <-poll
		if rec.Code != 500 {
			t.Errorf("answered %d %q", rec.Code, rec.Body)
		}
		w.over(session.InternalError, false)
	})
}
