package server_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
)

// TestMemoryOfASessionBetweenTwoPolls: a client of Socket.IO that is in the root
// and has no request under way takes little more than a kilobyte, all of it
// counted, from its session to its socket.
func TestMemoryOfASessionBetweenTwoPolls(t *testing.T) {
	const most = 1350
	// How much room a map has to spare depends on its seed, and makes a difference
	// of some percent.
	each := memoryOfASession(t)
	for range 4 {
		if each > most {
			each = min(each, memoryOfASession(t))
		}
	}
	if each > most {
		t.Errorf("a session takes %d bytes, want at most %d", each, most)
	}
	t.Logf("a session takes %d bytes", each)
}

// memoryOfASession has many enter a server and returns how much each takes.
func memoryOfASession(t *testing.T) int64 {
	const clients = 2000
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	s.Of("/")
	enter := func() {
		do := func(method, query, body string) string {
			r := httptest.NewRequest(method, poll+query, strings.NewReader(body))
			r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Everwire/1")
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				t.Fatalf("%s %s: %d %s", method, query, w.Code, w.Body)
			}
			return w.Body.String()
		}
		var open struct{ SID string }
		if err := json.Unmarshal([]byte(strings.TrimPrefix(do("GET", "", ""), "0")), &open); err != nil {
			t.Fatal(err)
		}
		do("POST", "&sid="+open.SID, "40")
		if got := do("GET", "&sid="+open.SID, ""); !strings.HasPrefix(got, `40{"sid":`) {
			t.Fatalf("the answer to CONNECT is %s", got)
		}
	}
	enter() // what is made once is not counted
	before := live()
	for range clients {
		enter()
	}
	return (live() - before) / clients
}

// live is what of the heap is in use. The second collection frees what pools have
// kept from the first.
func live() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
