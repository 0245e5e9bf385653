package server_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

// way is a request that names a session.
type way struct {
	method, target, body string
	upgrade              bool
}

// ear is a sink that counts what it is given.
type ear struct{ messages atomic.Int32 }

func (e *ear) Deliver(session.Packet) error { e.messages.Add(1); return nil }
func (*ear) Over(error)                     {}

// ways are those to a session of one family.
type ways struct {
	family *transports.Family
	all    []way
}

// waysOf returns the ways of each family, by its name.
func waysOf(t *transports.Table) map[string]ways {
	get := func(target string) way { return way{method: "GET", target: target} }
	post := func(target, body string) way { return way{method: "POST", target: target, body: body} }
	socket := func(target string) way { return way{method: "GET", target: target, upgrade: true} }
	all := map[string]ways{
		"Engine.IO 4": {t.V4, []way{get("/?EIO=4&transport=xhr-streaming&sid=SID"), get("/?EIO=4&transport=eventsource&sid=SID"),
			post("/?EIO=4&transport=eventsource&sid=SID", "4x"),
			socket("/?EIO=4&transport=websocket&sid=SID"), socket("/?EIO=4&transport=flashsocket&sid=SID")}},
		"Engine.IO 3": {t.V3, []way{socket("/?EIO=3&transport=websocket&sid=SID"), socket("/?transport=flashsocket&sid=SID")}},
		"0.9": {t.Gen09, []way{get("/1/htmlfile/SID"), post("/1/htmlfile/SID", "3:::x"), get("/1//SID/?disconnect=1"),
			get("/1/xhr-polling/SID?disconnect"), socket("/1/websocket/SID"), socket("/1/flashsocket/SID")}},
		"0.6": {t.Gen06, []way{get("/htmlfile/SID/1"), get("/xhr-multipart/SID"), post("/htmlfile/SID/send", "data=~m~1~m~x"),
			socket("/websocket/SID"), socket("/flashsocket/SID")}},
		"0.4":        {t.Gen06.Old, []way{get("/xhr-polling/SID/1"), post("/xhr-polling/SID/send", `data=["x"]`), get("/htmlfile/SID/1"), socket("/websocket/SID")}},
		"0.4 or 0.6": {t.Gen06.Undecided, []way{get("/xhr-multipart/SID"), post("/xhr-multipart/SID/send", `data=["x"]`), socket("/websocket/SID")}},
	}
	for _, tk := range talks {
		name, scripted := strings.CutSuffix(tk.name, " by JSONP")
		if scripted && name == "Engine.IO 3" {
			name += " with base64"
			all[name] = ways{family: t.V3.Base64}
		}
		of := all[name]
		of.all = append(of.all, get(strings.TrimPrefix(tk.poll, "/socket.io")), post(strings.TrimPrefix(tk.post, "/socket.io"), tk.body("x")))
		all[name] = of
	}
	return all
}

// TestSessionsStayWithTheirPrincipal: who is logged in as somebody else gets at
// a session by no transport of its generation, even with its id.
func TestSessionsStayWithTheirPrincipal(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token})})
	cookie, _ := s.login()
	try := func(w way, c *session.Conn, header ...string) int {
		req, _ := http.NewRequestWithContext(t.Context(), w.method, s.url+at("/socket.io"+w.target, c.ID()), strings.NewReader(w.body))
		if w.upgrade {
			header = append(header, handshake...)
		}
		for i := 0; i < len(header); i += 2 {
			req.Header.Add(header[i], header[i+1])
		}
		resp, err := s.http.Do(req)
		if err != nil {
			t.Fatalf("%s %s: %v", w.method, w.target, err)
		}
		resp.Body.Close() // an answer may be without end
		return resp.StatusCode
	}
	n := 0
	for name, of := range waysOf(s.Table()) {
		for _, w := range of.all {
			n++
			c, err := s.OpenAs("somebody else", of.family.Config)
			if err != nil {
				t.Fatal(err)
			}
			heard := &ear{}
			c.SetSink(heard)
			c.Offer(session.Packet{Type: session.PacketMessage, Data: []byte("3:::secret")})
			if status := try(w, c, "Origin", s.url, "Cookie", cookie); status != http.StatusForbidden {
				t.Errorf("%s: %s %s: %d", name, w.method, w.target, status)
			}
			if c.State() != session.Opening || heard.messages.Load() != 0 {
				t.Errorf("%s: %s %s: the session is %v and has got %d messages", name, w.method, w.target, c.State(), heard.messages.Load())
			}
			// It is the login that was refused: without one the id is enough.
			c.Expect(&session.Carrier{Transport: "polling"})
			if status := try(w, c); status == http.StatusForbidden || status == http.StatusNotFound {
				t.Errorf("%s: %s %s leads nowhere: %d", name, w.method, w.target, status)
			}
			c.Kill(&session.CloseError{Code: session.Normal})
		}
	}
	if n < 30 {
		t.Errorf("only %d ways were tried", n)
	}
}
