package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
)

// talk is one session on a transport of HTTP, opened by a request and carried on
// by others, which have SID in their targets.
type talk struct {
	name, open, poll, post string
	// body makes a request's body of a text message.
	body func(text string) string
	// sid finds the id in the answer that opens the session.
	sid *regexp.Regexp
	// callback stands in scripts; empty if there are none.
	callback string
}

func form(field string, wrap func(string) string) func(string) string {
	return func(text string) string { return field + "=" + url.QueryEscape(wrap(text)) }
}

// inUnits is a text with its length in front, as in Engine.IO 3 and Socket.IO
// 0.6. The texts of these tests are of one unit for each character.
func inUnits(format string) func(string) string {
	return func(text string) string { return fmt.Sprintf(format, len([]rune(text)), text) }
}

func quoted(text string) string {
	out, _ := json.Marshal(text)
	return string(out)
}

var (
	jsonSID = regexp.MustCompile(`sid\\?":\\?"([A-Za-z0-9_-]+)`)
	sid06   = regexp.MustCompile(`~m~22~m~([A-Za-z0-9_-]{22})`)
	sid09   = regexp.MustCompile(`([A-Za-z0-9_-]{22}):60:60:`)
)

// talks are the polling transports of all generations.
var talks = []talk{
	{"Engine.IO 4", poll, poll + "&sid=SID", poll + "&sid=SID", func(s string) string { return "4" + s }, jsonSID, ""},
	{"Engine.IO 4 by JSONP", poll + "&j=0", poll + "&j=1&sid=SID", poll + "&j=2&sid=SID",
		form("d", func(s string) string { return "4" + s }), jsonSID, "___eio[1]("},
	{"Engine.IO 3", "/socket.io/?EIO=3&transport=polling", "/socket.io/?EIO=3&transport=polling&sid=SID", "/socket.io/?EIO=3&transport=polling&sid=SID",
		func(s string) string { return inUnits("%d:%s")("4" + s) }, jsonSID, ""},
	{"Engine.IO 3 by JSONP", "/socket.io/?EIO=3&transport=polling&j=0", "/socket.io/?EIO=3&transport=polling&sid=SID&j=1", "/socket.io/?EIO=3&transport=polling&sid=SID&j=2",
		form("d", func(s string) string { return inUnits("%d:%s")("4" + s) }), jsonSID, "___eio[1]("},
	{"0.9", "/socket.io/1/?t=1", "/socket.io/1/xhr-polling/SID?t=1", "/socket.io/1/xhr-polling/SID?t=2",
		func(s string) string { return "3:::" + s }, sid09, ""},
	{"0.9 by JSONP", "/socket.io/1/?jsonp=0", "/socket.io/1/jsonp-polling/SID?i=1", "/socket.io/1/jsonp-polling/SID?i=2",
		form("d", func(s string) string { return quoted("3:::" + s) }), sid09, "io.j[1]("},
	{"0.6", "/socket.io/xhr-polling//1", "/socket.io/xhr-polling/SID/1", "/socket.io/xhr-polling/SID/send",
		form("data", inUnits("~m~%d~m~%s")), sid06, ""},
	{"0.6 by JSONP", "/socket.io/jsonp-polling//1/0", "/socket.io/jsonp-polling/SID/1/1", "/socket.io/jsonp-polling/SID/1/2",
		form("data", inUnits("~m~%d~m~%s")), sid06, "io.JSONP[1]._("},
}

// begin opens the session and returns it.
func (tk talk) begin(s *site, header ...string) (sid string, opened answer) {
	s.t.Helper()
	opened = s.do("GET", tk.open, "", header...)
	m := tk.sid.FindStringSubmatch(opened.body)
	if opened.status != http.StatusOK || m == nil {
		s.t.Fatalf("%s: open: %d %s", tk.name, opened.status, opened.body)
	}
	return m[1], opened
}

func at(target, sid string) string { return strings.ReplaceAll(target, "SID", sid) }

// say has the session's client sent a message, past all namespaces.
func (tk talk) say(s *site, sid, text string) {
	s.t.Helper()
	if strings.HasPrefix(tk.name, "0.9") {
		text = "3:::" + text // what is no packet is not sent
	}
	if err := s.Manager().Get(sid).Offer(session.Packet{Type: session.PacketMessage, Data: []byte(text)}); err != nil {
		s.t.Fatal(err)
	}
}

// TestScriptsCannotBeMadeOfCallbacks: the number of a callback is a number, and
// nothing of the request stands in an answer that is run (Socket.IO before
// 0.9.6 took any name).
func TestScriptsCannotBeMadeOfCallbacks(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	for _, bad := range []string{"alert(1)", "0];alert(1)//", "a", "1234567", "-1", "%0a1", "1%00", "<script>", "CWS"} {
		for _, target := range []string{poll + "&j=", "/socket.io/?EIO=3&transport=polling&j=", "/socket.io/1/?jsonp=",
			"/socket.io/1/jsonp-polling/none?i=", "/socket.io/jsonp-polling//1/"} {
			got := s.do("GET", target+bad, "")
			plain, _ := url.PathUnescape(bad)
			if strings.Contains(got.body, plain) && plain != "a" {
				t.Errorf("%s%s: %q", target, bad, got.body)
			}
			script := strings.Contains(got.header.Get("Content-Type"), "javascript")
			if script && !regexp.MustCompile(`^/\*\*/(___eio|io\.j|io\.JSONP)\[0\]`).MatchString(got.body) {
				t.Errorf("%s%s: %q", target, bad, got.body)
			}
		}
	}
}

// TestCVE2014_4671AnswersBeginWithNothingOfTheClients: a JSONP answer that begins
// with a callback of the client's choice can be a Flash program.
func TestCVE2014_4671AnswersBeginWithNothingOfTheClients(t *testing.T) {
	for _, tk := range talks {
		for _, text := range []string{"CWSxxxx", "FWSxxxx", "ZWSxxxx"} {
			s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
			sid, opened := tk.begin(s)
			tk.say(s, sid, text)
			for _, got := range []answer{opened, s.do("GET", at(tk.poll, sid), ""), s.do("POST", at(tk.post, sid), text)} {
				if head := got.body[:min(3, len(got.body))]; head == text[:3] {
					t.Errorf("%s: %q", tk.name, got.body)
				}
				if got.header.Get("X-Content-Type-Options") != "nosniff" {
					t.Errorf("%s: no nosniff for %q", tk.name, got.body)
				}
				if !strings.Contains(got.header.Get("Content-Type"), "javascript") {
					continue
				}
				if !strings.HasPrefix(got.body, "/**/") || got.header.Get("Content-Disposition") != "attachment; filename=f.txt" {
					t.Errorf("%s: %q %q", tk.name, got.body, got.header)
				}
			}
		}
	}
}

// TestMessagesCannotLeaveTheirScript (socket.io #925): whatever a message holds,
// no JSONP answer ends a script or a string by it.
func TestMessagesCannotLeaveTheirScript(t *testing.T) {
	const text = "</script><script>alert(1)</script><!--\u2028\u2029\"\\');"
	for _, tk := range talks {
		if tk.callback == "" {
			continue
		}
		s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
		sid, _ := tk.begin(s)
		if strings.HasPrefix(tk.name, "0.9") {
			s.do("GET", at(tk.poll, sid), "")
		}
		tk.say(s, sid, text)
		got := s.do("GET", at(tk.poll, sid), "")
		for _, bad := range []string{"</", "<!", "\u2028", "\u2029"} {
			if strings.Contains(got.body, bad) {
				t.Errorf("%s: %q in %q", tk.name, bad, got.body)
			}
		}
		inner, ok := strings.CutPrefix(got.body, "/**/"+tk.callback)
		var payload string
		if err := json.Unmarshal([]byte(strings.TrimSuffix(inner, ");")), &payload); !ok || err != nil || !strings.Contains(payload, text) {
			t.Errorf("%s: %q, %v", tk.name, got.body, err)
		}
	}
}

// TestTextHasACharset: without one Internet Explorer took text for UTF-7, and
// with it for a program of its own guessing.
func TestTextHasACharset(t *testing.T) {
	for _, tk := range talks {
		s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
		sid, opened := tk.begin(s)
		tk.say(s, sid, "+ADw-script+AD4-")
		for _, got := range []answer{opened, s.do("GET", at(tk.poll, sid), ""), s.do("POST", at(tk.post, sid), tk.body("x")), s.do("GET", "/socket.io/", "")} {
			contentType := got.header.Get("Content-Type")
			fixed := got.body == "ok" && contentType == "text/html" // the reference's, and nobody's text
			if !fixed && !strings.HasSuffix(strings.ToLower(contentType), "; charset=utf-8") {
				t.Errorf("%s: %q is %q", tk.name, got.body, contentType)
			}
			if got.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: no nosniff for %q", tk.name, got.body)
			}
		}
	}
}

// TestIdsAreNotGuessable: servers before 1.0 made them of Math.random.
func TestIdsAreNotGuessable(t *testing.T) {
	seen := map[string]bool{}
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	for range 50 {
		for _, tk := range talks {
			sid, _ := tk.begin(s)
			if len(sid) != 22 || seen[sid] || seen[sid[:8]] {
				t.Fatalf("%s: %q", tk.name, sid)
			}
			seen[sid], seen[sid[:8]] = true, true
			s.Manager().Get(sid).Kill(&session.CloseError{Code: session.Normal})
		}
	}
}

// TestClientsDoNotChooseIds: an id that is not there opens no session, on any
// transport of any generation.
func TestClientsDoNotChooseIds(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	const id = "AAAAAAAAAAAAAAAAAAAAAA"
	for _, tk := range talks {
		s.may("GET", at(tk.poll, id), "")
		s.may("POST", at(tk.post, id), tk.body("x"))
	}
	for _, target := range []string{"/socket.io/1/htmlfile/" + id, "/socket.io/htmlfile/" + id + "/1", "/socket.io/xhr-multipart/" + id,
		poll + "&sid=" + id, "/socket.io/?EIO=4&transport=eventsource&sid=" + id} {
		s.may("GET", target, "")
	}
	for _, target := range []string{socket + "&sid=" + id, "/socket.io/?EIO=3&transport=websocket&sid=" + id, "/socket.io/websocket/" + id} {
		s.may("GET", target, "", handshake...)
	}
	if s.Sessions() != 0 {
		t.Errorf("%d sessions were opened", s.Sessions())
	}
}

// may is a request that may have no answer.
func (s *site) may(method, target, body string, header ...string) {
	req, _ := http.NewRequest(method, s.url+target, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	if resp, err := s.http.Do(req); err == nil {
		resp.Body.Close()
	}
}

// TestForeignPagesSayNothing: a form of another site's page, which is sent without
// asking, reaches no session, even one whose id it knows.
func TestForeignPagesSayNothing(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token})})
	cookie, _ := s.login()
	for _, tk := range talks {
		sid, _ := tk.begin(s, "Authorization", "Bearer "+token)
		c := s.Manager().Get(sid)
		for _, header := range [][]string{
			{"Origin", "http://evil.example"}, {"Origin", "http://evil.example", "Cookie", cookie},
			{"Origin", "null", "Cookie", cookie}, {"Sec-Fetch-Site", "cross-site", "Cookie", cookie},
		} {
			for _, method := range []string{"GET", "POST"} {
				target, body := tk.poll, ""
				if method == "POST" {
					target, body = tk.post, tk.body("x")
				}
				got := s.do(method, at(target, sid), body, append(header, "Content-Type", "application/x-www-form-urlencoded")...)
				if got.status != http.StatusForbidden {
					t.Errorf("%s: %s with %v: %d %s", tk.name, method, header, got.status, got.body)
				}
			}
		}
		if c.State() == session.Closed {
			t.Errorf("%s: the session is over", tk.name)
		}
		c.Kill(&session.CloseError{Code: session.Normal})
	}
}

// The WebSockets of Node in 2012, which clients of 0.9 are built on, send the
// server's own name without a scheme as Origin. It lets them in where no Origin
// does, and proves no more than that.
func TestAnOriginWithoutAScheme(t *testing.T) {
	open := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	for origin, want := range map[string]int{open.host: 200, "evil.example": 403, "127.0.0.1": 403} {
		if got := open.do("GET", "/socket.io/1/", "", "Origin", origin); got.status != want {
			t.Errorf("Origin %s: %d, want %d", origin, got.status, want)
		}
	}
	if got := open.do("GET", "/socket.io/1/", "", "Origin", open.host, "Sec-Fetch-Site", "cross-site"); got.status != 403 {
		t.Errorf("from a browser: %d", got.status)
	}
	closed := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token})})
	cookie, _ := closed.login()
	if got := closed.do("GET", "/socket.io/1/", "", "Origin", closed.host, "Cookie", cookie); got.status == 200 {
		t.Errorf("with a cookie alone: %d", got.status)
	}
}
