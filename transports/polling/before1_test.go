package polling_test

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
)

const (
	poll09  = "/1/xhr-polling/SID"
	jsonp09 = "/1/jsonp-polling/SID?i=3"
)

func TestHandshakeOf09(t *testing.T) {
	for _, target := range []string{"/1", "/1/", "/1/?t=1&token=x", "/1/?jsonp=x", "/1/?jsonp=1234567"} {
		for _, method := range []string{"GET", "POST"} {
			inHouse(t, func(h *house) {
				h.expect(<-h.start(method, target, ""), 200, plain, "SID:60:50:websocket,xhr-polling")
			})
		}
	}
	inHouse(t, func(h *house) {
		h.expect(h.get("/1/?jsonp=0"), 200, "application/javascript; charset=UTF-8", `/**/io.j[0]("SID:60:50:websocket,xhr-polling");`)
	})
	inHouse(t, func(h *house) {
		h.table.Gen09.Config.PingTimeout = 0 // no heartbeats
		h.expect(h.get("/1/"), 200, plain, "SID::50:websocket,xhr-polling")
	})
	inHouse(t, func(h *house) {
		h.get("/1/")
		later(30*time.Second + 1)
		h.expect(h.get(poll09), 200, plain, "7:::1+0")
	})
}

func TestPollsOf09(t *testing.T) {
	inHouse(t, func(h *house) {
		h.get("/1/")
		h.expect(h.get(poll09), 200, plain, "1::")
		poll := h.start("GET", poll09, "")
		// The specification's example of a payload.
		h.expect(h.post(poll09, "\ufffd9\ufffd3:::hello\ufffd11\ufffd3:2::world€", "Content-Type", "text/plain;charset=UTF-8"), 200, plain, "1")
		h.delivered("text:3:::hello", "text:3:2::world€")
		h.send("6:::2")
		h.expect(<-poll, 200, plain, "6:::2")
		h.send("6:::3", "3:::😀")
		h.expect(h.get(poll09), 200, plain, "\ufffd5\ufffd6:::3\ufffd6\ufffd3:::😀")
	})
}

// TestPacketsBeforeTheFirstPollAreKept, which the reference drops.
func TestPacketsBeforeTheFirstPollAreKept(t *testing.T) {
	inHouse(t, func(h *house) {
		h.get("/1/")
		h.expect(h.post(poll09, "3:::early"), 200, plain, "1")
		h.delivered("text:3:::early")
		h.send("3:::answer")
		h.expect(h.get(poll09), 200, plain, "\ufffd3\ufffd1::\ufffd10\ufffd3:::answer")
	})
}

func TestIdlePollsEnd(t *testing.T) {
	for _, tt := range []struct{ open, poll, contentType, noop string }{
		{"/1/", poll09, plain, "8::"},
		{"/1/", jsonp09, script, `/**/io.j[3]("8::");`},
		{"/xhr-polling//1", "/xhr-polling/SID/1", plain, ""},
		{"/jsonp-polling//1/0", "/jsonp-polling/SID/1/2", script, `/**/io.JSONP[2]._("");`},
	} {
		inHouse(t, func(h *house) {
			h.get(tt.open)
			h.get(tt.poll) // perhaps 1::
			began := time.Now()
			h.expect(h.get(tt.poll), 200, tt.contentType, tt.noop)
			if d := time.Since(began); d != 20*time.Second {
				t.Errorf("%s is held for %v", tt.poll, d)
			}
		})
	}
}

// TestNewPollTakesTheOldOnesPlace, whatever kind it is.
func TestNewPollTakesTheOldOnesPlace(t *testing.T) {
	inHouse(t, func(h *house) {
		h.get("/1/")
		h.get(poll09)
		first := h.start("GET", poll09, "")
		second := h.start("GET", jsonp09, "")
		h.expect(<-first, 200, plain, "8::")
		h.send("3:::x")
		h.expect(<-second, 200, script, `/**/io.j[3]("3:::x");`)
	})
	inHouse(t, func(h *house) {
		h.get("/xhr-polling//1")
		first := h.start("GET", "/xhr-polling/SID/1", "")
		second := h.start("GET", "/xhr-polling/SID/2", "")
		h.expect(<-first, 200, plain, "")
		h.send("x")
		h.expect(<-second, 200, plain, "~m~1~m~x")
	})
}

func TestJSONPOf09(t *testing.T) {
	inHouse(t, func(h *house) {
		if rec := h.get("/1/?jsonp=0"); rec.Header().Get("Cross-Origin-Resource-Policy") != "cross-origin" {
			t.Errorf("handshake: header %v", rec.Header())
		}
		rec := h.get(jsonp09)
		h.expect(rec, 200, script, `/**/io.j[3]("1::");`)
		if h := rec.Header(); h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Xss-Protection") != "0" {
			t.Errorf("header %v", h)
		}
		h.expect(h.post(jsonp09, "d=%223%3A%3A%3Aa%5Cnb%22", "Content-Type", "application/x-www-form-urlencoded"), 200, plain, "1")
		h.delivered("text:3:::a\nb")
		h.expect(h.post(jsonp09, "d=no+string"), 200, plain, "1")
		h.delivered()
		h.expect(h.get("/1/jsonp-polling/SID?i=alert(1)"), 200, script, `/**/io.j[0]("7:::+0");`)
	})
}

func TestUnknownSessionOf09(t *testing.T) {
	inHouse(t, func(h *house) {
		h.expect(h.get("/1/xhr-polling/none"), 200, plain, "7:::1+0")
		h.expect(h.get("/1/jsonp-polling/none?i=2"), 200, script, `/**/io.j[2]("7:::1+0");`)
		h.expect(h.post("/1/xhr-polling/none", "3:::x"), 200, plain, "1")
		h.expect(h.get("/1/pigeon/none"), dropped, "", "")
		h.expect(h.get("/1/htmlfile/none"), dropped, "", "") // is not served here
		h.delivered()
	})
}

func TestEndsOf09(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(*house)
	}{
		{"disconnect in the query", func(h *house) { h.get("/1//SID/?disconnect=1") }},
		{"disconnect on a transport", func(h *house) { h.get("/1/xhr-polling/SID?disconnect") }},
		{"packet", func(h *house) { h.expect(h.post(poll09, "0::"), 200, plain, "1") }},
		{"bare packet", func(h *house) { h.expect(h.post(poll09, "0"), 200, plain, "1") }},
		{"server", func(h *house) { h.conn.Close(session.Normal, "") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inHouse(t, func(h *house) {
				h.get("/1/")
				h.get(poll09)
				poll := h.start("GET", poll09, "")
				tt.end(h)
				h.expect(<-poll, 200, plain, "0::")
				h.expect(h.get(poll09), 200, plain, "7:::1+0")
			})
		})
	}
}

// TestClientsOf09ComeBack: behind "0::" a client does not, so a server that goes
// away, or ends a session for a fault that may pass, says so in other words.
func TestClientsOf09ComeBack(t *testing.T) {
	for name, end := range map[string]func(*house){
		"drain": func(h *house) { h.conn.Close(session.GoingAway, "") },
		"kill":  func(h *house) { h.conn.Kill(&session.CloseError{Code: session.GoingAway}) },
		"slow":  func(h *house) { h.conn.Abort(&session.CloseError{Code: session.SlowClient}) },
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(h *house) {
				h.get("/1/")
				h.get(poll09)
				poll := h.start("GET", poll09, "")
				end(h)
				h.expect(<-poll, 200, plain, "7:::1+0")
			})
		})
	}
}

// TestSessionOf09WaitsForItsClient for the close timeout, and keeps what is sent.
func TestSessionOf09WaitsForItsClient(t *testing.T) {
	inHouse(t, func(h *house) {
		h.get("/1/")
		h.get(poll09)
		h.send("3:::kept")
		later(50*time.Second - 1)
		h.expect(h.get(jsonp09), 200, script, `/**/io.j[3]("3:::kept");`)
		later(50*time.Second + 1)
		h.expect(h.get(poll09), 200, plain, "7:::1+0")
	})
}

const form = "application/x-www-form-urlencoded; charset=utf-8"

func TestPollsOf06(t *testing.T) {
	inHouse(t, func(h *house) {
		h.expect(h.get("/xhr-polling//1700000000000"), 200, plain, "~m~22~m~SID")
		poll := h.start("GET", "/xhr-polling/SID/1700000000001", "")
		// XDomainRequest has no content type.
		for _, header := range [][]string{nil, {"Content-Type", form}, {"Content-Type", "text/plain"}} {
			h.expect(h.post("/xhr-polling/SID/send", "data=~m~7~m~h%C3%A9llo%20%E2%82%AC~m~10~m~~j~{%22a%22:1}", header...), 200, plain, "ok")
			h.delivered("text:héllo €", `json:{"a":1}`)
		}
		h.conn.Offer(session.Packet{Type: session.PacketMessage, Data: []byte("héllo €")},
			session.Packet{Type: session.PacketMessage, Kind: session.JSON, Data: []byte(`{"a":1}`)})
		h.expect(<-poll, 200, plain, `~m~7~m~héllo €~m~10~m~~j~{"a":1}`)
		later(8*time.Second + 1)
		h.expect(h.get("/xhr-polling/SID/2"), dropped, "", "")
	})
	inHouse(t, func(h *house) {
		h.expect(h.get("/jsonp-polling//1/0"), 200, script, `/**/io.JSONP[0]._("~m~22~m~SID");`)
		h.expect(h.post("/jsonp-polling/SID/1/1", "data=~m~3~m~a%0D%0Ab", "Content-Type", form), 200, plain, "ok")
		h.delivered("text:a\nb")
		h.expect(h.get("/xhr-polling/none/1"), dropped, "", "")
		h.expect(h.post("/xhr-polling/none/send", "data=x"), dropped, "", "")
		h.expect(h.post("/xhr-polling//send", "data=x"), dropped, "", "")
	})
}

func TestPollsOf04(t *testing.T) {
	inHouse(t, func(h *house) {
		h.expect(h.get("/xhr-polling//1", "Cookie", "socket.io=xhr-polling"), 200, plain, `{"messages":["{\"sessionid\":\"SID\"}"]}`)
		h.expect(h.post("/xhr-polling/SID/send", "data="+strings.ReplaceAll(`["hi",{"a":1},"ü"]`, `"`, "%22"), "Content-Type", form), 200, plain, "ok")
		h.delivered("text:hi", `json:{"a":1}`, "text:ü")
		h.send("x", "y")
		h.expect(h.get("/xhr-polling/SID/1"), 200, plain, `{"messages":["x","y"]}`)
		// Not JSON: ignored, as by the reference.
		h.expect(h.post("/xhr-polling/SID/send", "data=nonsense", "Content-Type", form), 200, plain, "ok")
		h.delivered()
		later(5*time.Second + 1)
		h.expect(h.get("/xhr-polling/SID/2"), dropped, "", "")
	})
	inHouse(t, func(h *house) { // a page that has used both
		h.expect(h.get("/xhr-polling//1", "Cookie", "socket.io=xhr-polling; socketio=xhr-polling"), 200, plain, "~m~22~m~SID")
	})
}

func TestFormsMayBeThreeTimesAsLong(t *testing.T) {
	inHouse(t, func(h *house) {
		h.get("/xhr-polling//1")
		text := strings.Repeat("€", 300)
		h.expect(h.post("/xhr-polling/SID/send", "data=~m~300~m~"+strings.Repeat("%E2%82%AC", 300)), 200, plain, "ok")
		h.delivered("text:" + text)
		if rec := h.post("/xhr-polling/SID/send", "data=~m~1001~m~"+strings.Repeat("x", 1001)); rec.Code != 413 {
			t.Errorf("over the limit: %d %s", rec.Code, rec.Body)
		}
	})
}

// unread fails the test when it is read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

// TestWhatStrangersSendIsNotRead: a session that is not there takes nothing, and
// so nobody without one has the server keep a body.
func TestWhatStrangersSendIsNotRead(t *testing.T) {
	inHouse(t, func(h *house) {
		for _, target := range []string{"/1/xhr-polling/nobody", "/1/jsonp-polling/nobody?i=0"} {
			r := httptest.NewRequest("POST", "http://host"+target, unread{t})
			rec := httptest.NewRecorder()
			rt, _, err := h.table.Resolve(r, r.URL.EscapedPath())
			if err != nil {
				t.Fatal(err)
			}
			h.engine.Serve(rec, r, rt, session.Peer{})
			h.expect(rec, 200, plain, "1")
		}
	})
}
