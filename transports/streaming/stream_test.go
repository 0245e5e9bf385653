package streaming_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
	"github.com/everwire/everwire/transports/streaming"
	"github.com/everwire/everwire/transports/transporttest"
)

func TestHeader(t *testing.T) {
	for _, tt := range []struct{ transport, contentType, policy string }{
		{"eventsource", "text/event-stream", ""},
		{"xhr-streaming", "text/plain; charset=UTF-8", ""},
		{"htmlfile", "text/html; charset=UTF-8", "default-src 'none'; script-src 'unsafe-inline'; frame-ancestors 'self'"},
		{"xhr-multipart", `multipart/x-mixed-replace;boundary="socketio"`, ""},
	} {
		bubble(t, func(t *testing.T) {
			s := newSite(t, eio.V4, session.Config{})
			a := s.open(tt.transport, "")
			want := map[string]string{"Content-Type": tt.contentType, "Cache-Control": "no-store, no-transform",
				"Pragma": "no-cache", "X-Accel-Buffering": "no", "Content-Encoding": "", "Content-Length": "", "Content-Security-Policy": tt.policy}
			for name, value := range want {
				if got := a.Header.Get(name); got != value {
					t.Errorf("%s: %s is %q, want %q", tt.transport, name, got, value)
				}
			}
		})
	}
}

// TestChunks: all answers of HTTP/1.1 are chunked, so that the connection can be
// used again, but for those of xhr-multipart.
func TestChunks(t *testing.T) {
	for transport, chunked := range map[string]bool{"eventsource": true, "xhr-streaming": true, "htmlfile": true, "xhr-multipart": false} {
		bubble(t, func(t *testing.T) {
			s := newSite(t, eio.V4, session.Config{})
			client, server := net.Pipe()
			s.pipes.conns <- server
			io.WriteString(client, "GET /?transport="+transport+" HTTP/1.1\r\nHost: x\r\n\r\n")
			resp, err := http.ReadResponse(bufio.NewReader(client), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(resp.TransferEncoding) == 1 && resp.TransferEncoding[0] == "chunked"; got != chunked || resp.Close == chunked {
				t.Errorf("%s: transfer encoding %q, closes %v", transport, resp.TransferEncoding, resp.Close)
			}
			client.Close()
		})
	}
}

func TestOpenPacketHasNoUpgrades(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSite(t, eio.V4, session.Config{PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second})
		line, err := s.open("eventsource", "").line()
		if err != nil || !strings.HasPrefix(line, "0{") {
			t.Fatal(line, err)
		}
		open, err := eio.ParseOpen([]byte(line[1:]))
		if err != nil || len(open.Upgrades) != 0 {
			t.Errorf("%+v, %v", open, err)
		}
		if p := (<-s.sessions).Peer(); p.Transport != "eventsource" || !p.Binary {
			t.Errorf("the peer is %+v", p)
		}
	})
}

func TestPacketsFollowEachOther(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSite(t, eio.V4, session.Config{PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second})
		a := s.open("xhr-streaming", "")
		a.line()
		c := <-s.sessions
		send(t, c, "one", "two")
		c.Send(t.Context(), session.Message{Kind: session.Binary, Data: []byte{1, 2, 3}})
		for _, want := range []string{"4one", "4two", "bAQID", "2"} {
			if got, err := a.line(); err != nil || got != want {
				t.Fatalf("got %q, %v; want %q", got, err, want)
			}
		}
	})
}

func TestFiller(t *testing.T) {
	for _, tt := range []struct {
		transport, filler string
		every             time.Duration
	}{
		{"eventsource", ":\n", 15 * time.Second},
		{"xhr-streaming", "\n", 15 * time.Second},
		{"htmlfile", "<!-- heartbeat -->", 15 * time.Second},
		{"xhr-multipart", "Content-Type: text/plain; charset=us-ascii\n\n\x06\n--socketio\n", 5 * time.Second},
	} {
		bubble(t, func(t *testing.T) {
			s := newSite(t, eio.V4, session.Config{})
			a := s.open(tt.transport, "")
			c := <-s.sessions
			var got transporttest.Log // may be read meanwhile
			go io.Copy(&got, a.Body)
			wait(tt.every - time.Second)
			send(t, c, "busy")
			wait(2 * time.Second)
			if strings.Contains(got.String(), "busy"+tt.filler) || strings.HasSuffix(got.String(), tt.filler+tt.filler) {
				t.Errorf("%s: a filler came although the stream was busy", tt.transport)
			}
			before := got.String()
			wait(3*tt.every - time.Second)
			if idle, want := strings.TrimPrefix(got.String(), before), strings.Repeat(tt.filler, 3); idle != want {
				t.Errorf("%s: %q, want %q", tt.transport, idle, want)
			}
		})
	}
}

func TestAnAnswerEndsAfterAnHour(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSite(t, eio.V4, session.Config{})
		a := s.open("eventsource", "")
		c := <-s.sessions
		begun := time.Now()
		body := a.all()
		if !strings.HasSuffix(body, "\n\ndata: null\n\n") && !strings.HasSuffix(body, ":\ndata: null\n\n") {
			t.Errorf("the answer ends with %q", body[max(0, len(body)-60):])
		}
		if d := time.Since(begun); d < streaming.MaxAge || d > streaming.MaxAge+time.Second {
			t.Errorf("it took %v", d)
		}
		send(t, c, "meanwhile")
		if line, err := s.open("eventsource", c.ID()).line(); err != nil || line != "4meanwhile" {
			t.Errorf("the next answer has %q, %v", line, err)
		}
	})
}

// TestTheCloseIsTheLastWord: an answer that is full when the session ends asks
// for another only if there is something left to say.
func TestTheCloseIsTheLastWord(t *testing.T) {
	for _, last := range []string{strings.Repeat("x", 3000), strings.Repeat("x", 100_000)} {
		bubble(t, func(t *testing.T) {
			const limit = 20_000
			s := newSite(t, eio.V4, session.Config{}, streaming.XHRStreaming.Limited(limit))
			a := s.open("xhr-streaming", "")
			c := <-s.sessions
			fill := strings.Repeat("x", limit-4000)
			send(t, c, fill)
			a.line()
			if line, err := a.line(); err != nil || line != "4"+fill {
				t.Fatalf("%d bytes, %v", len(line), err)
			}
			// The stream waits with this one until it is read: the other two are
			// taken together, if they fit.
			send(t, c, "y")
			synctest.Wait()
			send(t, c, last)
			c.Close(session.Normal, "")
			body := a.all()
			if len(last) > 3000 {
				if !strings.HasSuffix(body, "\nnull\n") {
					t.Errorf("the full answer ends with %q", body[max(0, len(body)-40):])
				}
				body = s.open("xhr-streaming", c.ID()).all()
			}
			if !strings.HasSuffix(body, "\n\"1\"\n") {
				t.Errorf("the last answer ends with %q", body[max(0, len(body)-40):])
			}
		})
	}
}

func TestOneReceiveChannelAtATime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSite(t, eio.V4, session.Config{})
		first := s.open("eventsource", "")
		go io.Copy(io.Discard, first.Body)
		c := <-s.sessions
		if second := s.open("xhr-streaming", c.ID()); second.StatusCode != http.StatusBadRequest {
			t.Errorf("the second answer is %s", second.Status)
		}
		synctest.Wait()
		if ce := cause(c); ce == nil || ce.Code != session.ProtocolError {
			t.Errorf("the session's cause is %v", ce)
		}
		if third := s.open("eventsource", c.ID()); third.StatusCode != http.StatusBadRequest {
			t.Errorf("after the end: %s", third.Status)
		}
	})
}

func TestOlderGenerationsMayOpenAnother(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSite(t, eio.V4, session.Config{})
		s.family.Generation = transports.Gen09
		first := s.open("htmlfile", "")
		c := <-s.sessions
		ended := make(chan struct{})
		go func() { first.all(); close(ended) }()
		synctest.Wait()
		second := s.open("htmlfile", c.ID())
		<-ended
		send(t, c, "here")
		got := make([]byte, 256+len(`<script>parent.s._("4here", document);</script>`))
		if _, err := io.ReadFull(second.Body, got); err != nil || !strings.HasSuffix(string(got), `<script>parent.s._("4here", document);</script>`) {
			t.Errorf("the second stream has %q, %v", got, err)
		}
	})
}

func TestABrowserThatBeginsAgainIsTurnedAway(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSite(t, eio.V4, session.Config{})
		if a := s.open("eventsource", "", "Last-Event-ID: 1"); a.StatusCode != http.StatusNoContent || s.manager.Len() != 0 {
			t.Errorf("%s, %d sessions", a.Status, s.manager.Len())
		}
	})
}

func TestRefusals(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSite(t, eio.V4, session.Config{})
		if a := s.open("eventsource", "nobody"); a.StatusCode != http.StatusBadRequest {
			t.Errorf("unknown session: %s", a.Status)
		}
		c, _ := s.manager.Open(s.family.Config, session.Peer{})
		s.family.Accept(c)
		c.Attach(&session.Carrier{Transport: "websocket", Stream: true}, func() {})
		if a := s.open("eventsource", c.ID()); a.StatusCode != http.StatusBadRequest {
			t.Errorf("session on a WebSocket: %s", a.Status)
		}
		wait(time.Minute)
		if cause(c) != nil {
			t.Error("the session on a WebSocket has ended")
		}
	})
}

func TestWhatCannotBeWrittenEndsTheSession(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSite(t, eio.V4, session.Config{})
		a := s.open("xhr-multipart", "")
		go a.all()
		c := <-s.sessions
		send(t, c, "fine", "\n--socketio\nfalse")
		synctest.Wait()
		if ce := cause(c); ce == nil || ce.Code != session.InternalError {
			t.Errorf("the session's cause is %v", ce)
		}
	})
}

// TestASlowReaderIsAlone: a client that takes nothing is cut off in time, and no
// other notices.
func TestASlowReaderIsAlone(t *testing.T) {
	for _, transport := range []string{"eventsource", "xhr-streaming", "htmlfile", "xhr-multipart"} {
		bubble(t, func(t *testing.T) {
			s := newSite(t, eio.V4, session.Config{})
			slow := s.open(transport, "")
			slowConn := <-s.sessions
			other := s.open("eventsource", "")
			otherConn := <-s.sessions
			other.line()
			io.ReadFull(slow.Body, make([]byte, 300)) // then no more
			send(t, slowConn, strings.Repeat("x", 100_000))
			begun := time.Now()
			for range 10 {
				send(t, otherConn, "quick")
				if line, err := other.line(); err != nil || line != "4quick" {
					t.Fatal(line, err)
				}
			}
			if time.Since(begun) > 0 {
				t.Errorf("%s: the other client waited %v", transport, time.Since(begun))
			}
			<-slowConn.Context().Done()
			if d, ce := time.Since(begun), cause(slowConn); ce.Code != session.TransportLost || d > transports.WriteTimeout {
				t.Errorf("%s: ended after %v with %v", transport, d, ce)
			}
		})
	}
}

// TestASteadyReaderIsKept: it is each piece that has a deadline and not the
// whole.
func TestASteadyReaderIsKept(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSite(t, eio.V4, session.Config{})
		a := s.open("xhr-streaming", "")
		c := <-s.sessions
		send(t, c, strings.Repeat("x", 10*streaming.Piece))
		for range 10 {
			if _, err := io.CopyN(io.Discard, a.Body, streaming.Piece); err != nil {
				t.Fatal(err)
			}
			wait(transports.WriteTimeout - time.Second)
		}
		if ce := cause(c); ce != nil {
			t.Errorf("the session ended with %v", ce)
		}
	})
}

// TestACutLosesNoMoreThanWasCommitted cuts a stream at every byte of what
// follows the prelude. The next one goes on behind what was lost: nothing is
// doubled, and of what was never taken out nothing is missing.
func TestACutLosesNoMoreThanWasCommitted(t *testing.T) {
	const messages = 4
	whole := messages * len("data: \"4m0\"\n\n")
	for at := range whole + 1 {
		bubble(t, func(t *testing.T) {
			s := newSite(t, eio.V4, session.Config{DetachGrace: time.Minute})
			a := s.open("eventsource", "")
			a.line()
			a.in.ReadString('\n')
			c := <-s.sessions
			seen := make(chan string, 1)
			go func() {
				b := make([]byte, at)
				n, _ := io.ReadFull(a.in, b)
				a.Conn.Close()
				seen <- string(b[:n])
			}()
			for i := range messages {
				send(t, c, "m"+strconv.Itoa(i))
				synctest.Wait() // one batch each
			}
			got := strings.Count(<-seen, "\n\n")
			synctest.Wait()
			next := s.open("eventsource", c.ID())
			send(t, c, "end")
			first := messages
			for i := 0; ; i++ {
				line, err := next.line()
				if err != nil {
					t.Fatal(err)
				}
				if line == "4end" {
					break
				}
				if i == 0 {
					first, _ = strconv.Atoi(strings.TrimPrefix(line, "4m"))
				} else if line != "4m"+strconv.Itoa(first+i) {
					t.Fatalf("cut at %d: %q after message %d", at, line, first+i-1)
				}
			}
			// The message under way when the cut came may be lost, no other.
			if first < got || first > got+1 {
				t.Errorf("cut at %d: %d messages came, the next stream begins with %d", at, got, first)
			}
		})
	}
}

func TestALostStreamEndsItsSession(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSite(t, eio.V4, session.Config{})
		a := s.open("eventsource", "")
		a.line()
		c := <-s.sessions
		a.Conn.Close()
		synctest.Wait()
		if ce := cause(c); ce == nil || ce.Code != session.TransportLost || ce.Err == nil {
			t.Errorf("the session's cause is %v", ce)
		}
	})
}

// TestAClientThatIsGoneTakesNothing: what waits when it is known that nobody
// reads stays for the next stream.
func TestAClientThatIsGoneTakesNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSite(t, eio.V4, session.Config{DetachGrace: time.Minute})
		c, err := s.manager.Open(s.family.Config, session.Peer{})
		if err != nil {
			t.Fatal(err)
		}
		c.Expect(&session.Carrier{Transport: "eventsource", Stream: true, OneWay: true})
		s.family.Accept(c)
		send(t, c, "kept")
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		r := httptest.NewRequestWithContext(gone, http.MethodGet, "/", nil)
		s.engine.Serve(httptest.NewRecorder(), r, transports.Route{Family: s.family, Transport: "eventsource", SID: c.ID()}, session.Peer{})
		if line, err := s.open("eventsource", c.ID()).line(); err != nil || line != "4kept" {
			t.Errorf("the next stream has %q, %v", line, err)
		}
	})
}

// TestKill: a server that has no more patience cuts the streams, also one whose
// client does not read.
func TestKill(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSite(t, eio.V4, session.Config{Linger: time.Hour})
		reads, stuck := s.open("eventsource", ""), s.open("eventsource", "")
		go reads.all()
		a, b := <-s.sessions, <-s.sessions
		io.ReadFull(stuck.Body, make([]byte, 100))
		send(t, a, strings.Repeat("x", 100_000))
		send(t, b, strings.Repeat("x", 100_000))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		s.engine.Shutdown(ctx)
		if d := time.Since(begun); d > 2*time.Second {
			t.Errorf("it took %v", d)
		}
		if a.Context().Err() == nil || b.Context().Err() == nil {
			t.Error("a session is left")
		}
		if again := s.open("eventsource", ""); again.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("after the end: %s", again.Status)
		}
	})
}
