package polling_test

import (
	"fmt"
	"io"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

// oldPosts are the requests by which sessions before Engine.IO are opened and
// sent a text message of one digit.
var oldPosts = []struct{ open, target, body string }{
	{"/1/", poll09, "3:::%d"},
	{"/1/?jsonp=0", jsonp09, `d="3:::%d"`},
	{"/xhr-polling//1", "/xhr-polling/SID/send", "data=~m~1~m~%d"},
	{"/jsonp-polling//1/0", "/jsonp-polling/SID/1/0", "data=~m~1~m~%d"},
}

// TestBodiesOfOneSessionAreBounded: a client that sends many at once, while the
// handler takes nothing, has no more of them in memory than a few. The others
// wait, and nothing is lost.
func TestBodiesOfOneSessionAreBounded(t *testing.T) {
	const posts = 9
	for _, tt := range oldPosts {
		inHouse(t, func(h *house) {
			h.get(tt.open)
			open := make(chan struct{})
			h.sink.deliver = func(session.Packet) error { <-open; return nil }
			var answers []<-chan *httptest.ResponseRecorder
			var sent []*body
			for i := range posts {
				b := &body{text: fmt.Sprintf(tt.body, i)}
				sent = append(sent, b)
				answers = append(answers, h.startWith("POST", tt.target, b))
			}
			read := 0
			for _, b := range sent {
				if b.reads.Load() > 0 {
					read++
				}
			}
			if read == 0 || read > transports.MaxBodies {
				t.Errorf("%s: %d bodies are read, want up to %d", tt.target, read, transports.MaxBodies)
			}
			close(open)
			for i, answer := range answers {
				if rec := <-answer; rec.Code != 200 {
					t.Errorf("%s: POST %d: %d", tt.target, i, rec.Code)
				}
			}
			if n := len(h.sink.got); n != posts {
				t.Errorf("%s: delivered %q", tt.target, h.sink.got)
			}
		})
	}
}

// TestABodyThatFindsNoPlace is refused in the end; one of a session that is over
// is answered as if it had come a moment earlier.
func TestABodyThatFindsNoPlace(t *testing.T) {
	for name, tt := range map[string]struct {
		then   func(*house)
		status int
	}{
		"in time":               {func(*house) { later(30 * time.Second) }, 503},
		"before the session is": {func(h *house) { h.conn.Kill(&session.CloseError{Code: session.Normal}) }, 200},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(h *house) {
				h.get("/1/")
				h.get(poll09)
				poll := h.start("GET", poll09, "") // or the session ends for want of one
				slow, end := io.Pipe()
				for range transports.MaxBodies {
					h.startWith("POST", poll09, slow)
				}
				last := h.start("POST", poll09, "3:::x")
				tt.then(h)
				synctest.Wait()
				select {
				case rec := <-last:
					if rec.Code != tt.status {
						t.Errorf("status %d, want %d", rec.Code, tt.status)
					}
				default:
					t.Error("the request still waits")
				}
				h.conn.Kill(&session.CloseError{Code: session.Normal})
				end.Close()
				<-poll
			})
		})
	}
}
