package streaming_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
	"github.com/everwire/everwire/transports/polling"
)

// museum is a site of the generations before Engine.IO, whose sessions send back
// what they get.
type museum struct{ *site }

func inMuseum(t *testing.T, f func(m museum)) {
	t.Helper()
	bubble(t, func(t *testing.T) {
		s := newSite(t, eio.Gen06, session.Config{PingInterval: 10 * time.Second, PingTimeout: 8 * time.Second}, polling.All()...)
		family := func(codec eio.Codec, g transports.Generation, cfg session.Config) *transports.Family {
			return &transports.Family{Codec: codec, Config: &cfg, Generation: g, MaxPayload: 1e6, Hold: 20 * time.Second, Accept: func(c *session.Conn) {
				c.Serve(session.HandlerFunc(func(s session.Session) {
					for m, err := s.Receive(s.Context()); err == nil; m, err = s.Receive(s.Context()) {
						s.Send(s.Context(), m)
					}
				}))
				s.sessions <- c
			}}
		}
		s.table = &transports.Table{
			Gen09: family(eio.Gen09, transports.Gen09, session.Config{PingInterval: 25 * time.Second, PingTimeout: 60 * time.Second,
				PollGrace: time.Minute, DetachGrace: time.Minute, HandshakeTimeout: 30 * time.Second}),
			Gen06: family(eio.Gen06, transports.Gen06, session.Config{PingInterval: 10 * time.Second, PingTimeout: 8 * time.Second}),
		}
		s.table.Gen06.Old = family(eio.Gen04, transports.Gen06, session.Config{})
		s.table.Gen06.Undecided = family(eio.Gen0406, transports.Gen06, session.Config{PingInterval: 10 * time.Second, PingTimeout: 8 * time.Second, LaxPings: true})
		f(museum{s})
	})
}

// ask sends a request of HTTP/1.0 and reads the header of its answer, or
// returns nil if there is none.
func (m museum) ask(method, target, body string, header ...string) *answer {
	m.t.Helper()
	client, server := net.Pipe()
	m.pipes.conns <- server
	m.t.Cleanup(func() { client.Close() })
	fmt.Fprintf(client, "%s %s HTTP/1.0\r\nHost: x\r\nContent-Length: %d\r\n%s\r\n%s", method, target, len(body), strings.Join(append(header, ""), "\r\n"), body)
	in := bufio.NewReaderSize(client, 16)
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		return nil
	}
	return &answer{resp, client, in}
}

// expect reads as much as is wanted and compares.
func (a *answer) expect(t *testing.T, want string) {
	t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(a.Body, got)
	if string(got[:n]) != want {
		t.Fatalf("the answer has %q, %v; want %q", got[:n], err, want)
	}
}

// within is how long the fake clock has run when f returns.
func within(f func()) time.Duration {
	begun := time.Now()
	f()
	return time.Since(begun)
}

func TestHTMLFileOf09(t *testing.T) {
	inMuseum(t, func(m museum) {
		m.ask("GET", "/1/?t=1", "").all()
		sid := (<-m.sessions).ID()
		path := "/1/htmlfile/" + sid
		a := m.ask("GET", path+"?t=2", "")
		a.expect(t, `<html><body><script>var _ = function (msg) { parent.s._(msg, document); };</script>`+strings.Repeat(" ", 173)+`<script>_("1::");</script>`)
		if got := m.ask("POST", path+"?t=3", "3:::a/</script>").all(); got != "1" {
			t.Errorf("the POST was answered with %q", got)
		}
		a.expect(t, `<script>_("3:::a\/\u003c\/script>");</script>`)
		if d := within(func() { a.expect(t, heartbeat+`<script>_("2::");</script>`) }); d != 25*time.Second {
			t.Errorf("the heartbeat came after %v", d)
		}
		// The session waits for another transport.
		a.Conn.Close()
		synctest.Wait()
		m.ask("POST", path, "3:::meanwhile").all()
		if got := m.ask("GET", "/1/xhr-polling/"+sid, "").all(); !strings.Contains(got, "3:::meanwhile") {
			t.Errorf("the poll brings %q", got)
		}
	})
}

func TestUnknownSessionInADocument(t *testing.T) {
	inMuseum(t, func(m museum) {
		if got := m.ask("GET", "/1/htmlfile/none", "").all(); !strings.HasSuffix(got, strings.Repeat(" ", 173)+`<script>_("7:::1+0");</script>`) {
			t.Errorf("0.9: %q", got)
		}
		for _, target := range []string{"/htmlfile/none/1", "/xhr-multipart/none"} {
			if a := m.ask("GET", target, ""); a != nil {
				t.Errorf("%s: %s", target, a.Status)
			}
		}
	})
}

const heartbeat = "<!-- heartbeat -->"

func TestHTMLFileOf06(t *testing.T) {
	inMuseum(t, func(m museum) {
		a := m.ask("GET", "/htmlfile//1", "", "Cookie: socketio=htmlfile")
		a.expect(t, "<html><body>"+strings.Repeat(" ", 244))
		sid := (<-m.sessions).ID()
		a.expect(t, fmt.Sprintf(`<script>parent.s._("~m~%d~m~%s", document);</script>`, len(sid), sid))
		if d := within(func() { a.expect(t, `<script>parent.s._("~m~4~m~~h~1", document);</script>`) }); d != 10*time.Second {
			t.Errorf("the heartbeat came after %v", d)
		}
		if got := m.ask("POST", "/htmlfile/"+sid+"/send", "data=~m~4~m~~h~1~m~7~m~h%C3%A9llo%20%E2%82%AC~m~10~m~~j~{\"a\":1}").all(); got != "ok" {
			t.Errorf("the POST was answered with %q", got)
		}
		a.expect(t, `<script>parent.s._("~m~7~m~héllo €", document);</script><script>parent.s._("~m~10~m~~j~{\"a\":1}", document);</script>`)
	})
}

func TestHTMLFileOf04(t *testing.T) {
	inMuseum(t, func(m museum) {
		a := m.ask("GET", "/htmlfile//1", "", "Cookie: socket.io=htmlfile")
		a.expect(t, "<html><body>"+strings.Repeat(" ", 243))
		sid := (<-m.sessions).ID()
		a.expect(t, `<script>parent.s._({"messages":["{\"sessionid\":\"`+sid+`\"}"]}, document);</script>`)
		m.ask("POST", "/htmlfile/"+sid+"/send", `data=["hi",{"a":"</script>"}]`).all()
		a.expect(t, `<script>parent.s._({"messages":["hi"]}, document);</script><script>parent.s._({"messages":[{"a":"\u003c/script>"}]}, document);</script>`)
		if d := within(func() { a.expect(t, heartbeat+heartbeat) }); d != 10*time.Second {
			t.Errorf("two comments took %v", d)
		}
	})
}

// TestPartsInBothForms: until the client has spoken nobody knows of which kind it
// is.
func TestPartsInBothForms(t *testing.T) {
	part := func(s string) string { return "Content-Type: text/plain\n\n" + s + "\n--socketio\n" }
	for _, tt := range []struct{ says, hears string }{
		{"~m~2~m~hi", "~m~2~m~hi"},
		{`["hi"]`, `{"messages":["hi"]}`},
	} {
		inMuseum(t, func(m museum) {
			a := m.ask("GET", "/xhr-multipart/", "")
			c := <-m.sessions
			sid := c.ID()
			both := "--socketio\n" + part(fmt.Sprintf("~m~%d~m~%s", len(sid), sid)) + part(`{"messages":["{\"sessionid\":\"`+sid+`\"}"]}`)
			a.expect(t, both)
			send(t, c, "you?")
			a.expect(t, part("~m~4~m~you?")+part(`{"messages":["you?"]}`))
			m.ask("POST", "/xhr-multipart/"+sid+"/send", "data="+tt.says).all()
			a.expect(t, part(tt.hears))
			send(t, c, "only this")
			a.expect(t, part(strings.NewReplacer("hi", "only this", "2", "9").Replace(tt.hears)))
		})
	}
}

// TestPingsAreForThoseWhoKnowThem: as long as nobody knows which kind the client
// is, and if it is of the older kind, none has to be answered.
func TestPingsAreForThoseWhoKnowThem(t *testing.T) {
	for says, ends := range map[string]bool{"": false, `["hi"]`: false, "~m~2~m~hi": true} {
		inMuseum(t, func(m museum) {
			a := m.ask("GET", "/xhr-multipart/", "")
			c := <-m.sessions
			go io.Copy(io.Discard, a.Body)
			time.Sleep(15 * time.Second) // synctest's time: a ping has gone unanswered
			if says != "" {
				m.ask("POST", "/xhr-multipart/"+c.ID()+"/send", "data="+says).all()
			}
			time.Sleep(time.Minute) // synctest's time: more than all its times
			synctest.Wait()
			if over := c.State() == session.Closed; over != ends {
				t.Errorf("said %q: the session is %v, %v", says, c.State(), c.Cause())
			}
			a.Conn.Close()
		})
	}
}
