package polling_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
)

// blocked is a house with a session of Engine.IO 3, whose first POST is being
// delivered until open is closed.
func blocked(t *testing.T, f func(h *house, first <-chan *httptest.ResponseRecorder, open chan<- struct{})) {
	inHouse(t, func(h *house) {
		h.get(open3)
		open := make(chan struct{})
		h.sink.deliver = func(session.Packet) error { <-open; return nil }
		f(h, h.start("POST", poll3, "2:4a2:4b"), open)
	})
}

func status(t *testing.T, what string, answer <-chan *httptest.ResponseRecorder, want int) {
	t.Helper()
	select {
	case rec := <-answer:
		if rec.Code != want {
			t.Errorf("%s: status %d %q, want %d", what, rec.Code, rec.Body, want)
		}
	default:
		t.Errorf("%s: no answer", what)
	}
}

// TestAFarewellBesideAPost: the clients of Socket.IO 1.0 send their close without
// waiting for the answer to what they sent before.
func TestAFarewellBesideAPost(t *testing.T) {
	blocked(t, func(h *house, first <-chan *httptest.ResponseRecorder, open chan<- struct{}) {
		poll := h.start("GET", poll3, "")
		farewell := h.start("POST", poll3, "1:1")
		close(open)
		later(0)
		status(t, "the first", first, 200)
		status(t, "the farewell", farewell, 200)
		status(t, "the poll", poll, 200)
		h.delivered("text:a", "text:b")
		if ce := h.conn.Cause(); ce == nil || ce.Error() != (&session.CloseError{Code: session.Normal, Remote: true}).Error() {
			t.Errorf("cause %v", ce)
		}
	})
}

// TestAPostOvertakenByTheFarewell comes too late, which is no fault.
func TestAPostOvertakenByTheFarewell(t *testing.T) {
	inHouse(t, func(h *house) {
		h.get(open3)
		farewell := h.start("POST", poll3, "1:1") // waits for a poll
		late := h.start("POST", poll3, "2:4a")
		later(time.Second)
		status(t, "the farewell", farewell, 200)
		status(t, "what came late", late, 200)
		h.delivered()
		if ce := h.conn.Cause(); ce == nil || ce.Error() != (&session.CloseError{Code: session.Normal, Remote: true}).Error() {
			t.Errorf("cause %v", ce)
		}
	})
}

// TestPostsBesideEachOther: whose order nobody knows end the session, and nothing
// of the later one is taken.
func TestPostsBesideEachOther(t *testing.T) {
	for name, second := range map[string]string{"a message": "2:4c", "a message and a close": "2:4c1:1", "nothing": "", "garbage": "x"} {
		t.Run(name, func(t *testing.T) {
			blocked(t, func(h *house, first <-chan *httptest.ResponseRecorder, open chan<- struct{}) {
				answer := h.start("POST", poll3, second)
				third := h.start("POST", poll3, "1:1")
				status(t, "the third", third, 400)
				close(open)
				later(0)
				status(t, "the first", first, 200)
				status(t, "the second", answer, 200) // the session was over when it had its turn
				h.delivered("text:a")
			})
			blocked(t, func(h *house, first <-chan *httptest.ResponseRecorder, open chan<- struct{}) {
				answer := h.start("POST", poll3, second)
				close(open)
				later(0)
				status(t, "the first", first, 200)
				status(t, "the second", answer, 400)
				h.delivered("text:a", "text:b")
				if h.conn.State() != session.Closed {
					t.Error("the session goes on")
				}
			})
			blocked(t, func(h *house, first <-chan *httptest.ResponseRecorder, open chan<- struct{}) {
				answer := h.start("POST", poll3, second)
				later(time.Second)
				status(t, "the second, of a first without an end", answer, 400)
				close(open)
				later(0)
				status(t, "the first", first, 200)
			})
		})
	}
}
