package polling_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/internal/leaktest"
	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
	"github.com/everwire/everwire/transports/polling"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

const maxPayload = 1000

// world is one session of a server without a network, in a bubble.
type world struct {
	t      *testing.T
	engine *transports.Engine
	family *transports.Family
	conn   *session.Conn
	sink   *sink
}

// sink takes what is delivered.
type sink struct {
	got     []string
	deliver func(session.Packet) error
}

func (s *sink) Deliver(p session.Packet) error {
	s.got = append(s.got, p.Kind.String()+":"+string(p.Data))
	if s.deliver != nil {
		return s.deliver(p)
	}
	return nil
}

func (*sink) Over(error) {}

// bubble opens a session, checks the handshake, and runs f.
func bubble(t *testing.T, f func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, sink: &sink{}}
		w.engine = transports.NewEngine(session.NewManager(), nil, polling.Transport{})
		w.family = &transports.Family{Codec: eio.V4, MaxPayload: maxPayload, Upgrades: []string{"websocket"},
			Config: &session.Config{PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second},
			Accept: func(c *session.Conn) { w.conn = c; c.SetSink(w.sink) }}
		rec := <-w.do(context.Background(), "GET", "")
		want := `0{"sid":"` + w.conn.ID() + `","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000}`
		if rec.Code != 200 || rec.Body.String() != want {
			t.Fatalf("handshake: %d %s, want %s", rec.Code, rec.Body, want)
		}
		defer w.conn.Kill(&session.CloseError{Code: session.GoingAway})
		f(w)
	})
}

// do starts a request of the session and returns what it is answered with.
func (w *world) do(ctx context.Context, method, body string) <-chan *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, method, "/", strings.NewReader(body))
	return w.serve(r)
}

func (w *world) serve(r *http.Request) <-chan *httptest.ResponseRecorder {
	done := make(chan *httptest.ResponseRecorder, 1)
	go func() {
		rec := httptest.NewRecorder()
		w.serveTo(rec, r)
		done <- rec
	}()
	return done
}

func (w *world) serveTo(to http.ResponseWriter, r *http.Request) {
	rt := transports.Route{Family: w.family, Transport: transports.Polling}
	if w.conn != nil {
		rt.SID = w.conn.ID()
	}
	w.engine.Serve(to, r, rt, session.Peer{})
}

// poll starts a poll, which waits if there is nothing for it.
func (w *world) poll() <-chan *httptest.ResponseRecorder {
	answer := w.do(context.Background(), "GET", "")
	synctest.Wait()
	return answer
}

func (w *world) post(body string) *httptest.ResponseRecorder {
	return <-w.do(context.Background(), "POST", body)
}

// answered checks an answer that has come.
func (w *world) answered(answer <-chan *httptest.ResponseRecorder, status int, body string) {
	w.t.Helper()
	synctest.Wait()
	select {
	case rec := <-answer:
		w.check(rec, status, body)
	default:
		w.t.Errorf("no answer, want %d %q", status, body)
	}
}

func (w *world) check(rec *httptest.ResponseRecorder, status int, body string) {
	w.t.Helper()
	if rec.Code != status || rec.Body.String() != body {
		w.t.Errorf("answer %d %q, want %d %q", rec.Code, rec.Body, status, body)
	}
}

func (w *world) waits(answer <-chan *httptest.ResponseRecorder) {
	w.t.Helper()
	synctest.Wait()
	select {
	case rec := <-answer:
		w.t.Errorf("answered %d %q, want none yet", rec.Code, rec.Body)
	default:
	}
}

func (w *world) send(text string) {
	w.t.Helper()
	if err := w.conn.Send(w.t.Context(), session.Message{Data: []byte(text)}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) delivered(want ...string) {
	w.t.Helper()
	if strings.Join(w.sink.got, "|") != strings.Join(want, "|") {
		w.t.Errorf("delivered %q, want %q", w.sink.got, want)
	}
}

// over checks that the session is over, and that its id is unknown from now on.
func (w *world) over(code session.Code, remote bool) {
	w.t.Helper()
	synctest.Wait()
	ce, ok := errors.AsType[*session.CloseError](context.Cause(w.conn.Context()))
	if !ok || ce.Code != code || ce.Remote != remote {
		w.t.Errorf("cause %v, want %v, remote %v", context.Cause(w.conn.Context()), code, remote)
	}
	for _, method := range []string{"GET", "POST"} {
		w.answered(w.do(context.Background(), method, "4x"), 400, unknown)
	}
}

const (
	unknown = `{"code":1,"message":"Session ID unknown"}`
	bad     = `{"code":3,"message":"Bad request"}`
)

func TestPollHeaders(t *testing.T) {
	bubble(t, func(w *world) {
		w.send("héllo")
		rec := <-w.poll()
		w.check(rec, 200, "4héllo")
		post := w.post("4hi")
		w.check(post, 200, "ok")
		for _, tt := range []struct {
			rec        *httptest.ResponseRecorder
			name, want string
		}{
			{rec, "Content-Type", "text/plain; charset=UTF-8"}, {rec, "Content-Length", "7"}, {rec, "Cache-Control", "no-store"},
			{post, "Content-Type", "text/html"}, {post, "Content-Length", "2"},
		} {
			if got := tt.rec.Header().Get(tt.name); got != tt.want {
				t.Errorf("%s is %q, want %q", tt.name, got, tt.want)
			}
		}
		if !rec.Flushed {
			t.Error("the answer was not flushed before its packets were forgotten")
		}
	})
}

// TestTrace is a session as a browser has it (Engine.IO protocol 4, "HTTP
// long-polling").
func TestTrace(t *testing.T) {
	bubble(t, func(w *world) {
		w.check(w.post("40"), 200, "ok")
		w.check(w.post("4a\x1ebAQID\x1e4€"), 200, "ok")
		w.delivered("text:0", "text:a", "binary:\x01\x02\x03", "text:€")
		poll := w.poll()
		w.waits(poll)
		w.conn.Enqueue(t.Context(), session.Packet{Type: session.PacketMessage, Data: []byte(`51-["x"]`)},
			session.Packet{Type: session.PacketMessage, Kind: session.Binary, Data: []byte{1, 2, 3}})
		w.answered(poll, 200, "451-[\"x\"]\x1ebAQID")
	})
}

func TestPingsTravelByPoll(t *testing.T) {
	bubble(t, func(w *world) {
		for range 3 {
			poll := w.poll()
			time.Sleep(25 * time.Second)
			w.answered(poll, 200, "2")
			w.check(w.post("3"), 200, "ok")
		}
	})
}

func TestPingTimeoutAnswersThePoll(t *testing.T) {
	bubble(t, func(w *world) {
		first := w.poll()
		time.Sleep(25 * time.Second)
		w.answered(first, 200, "2")
		second := w.poll()
		time.Sleep(20 * time.Second)
		w.answered(second, 200, "1")
		w.over(session.PingTimeout, true)
	})
}

func TestTwoPollsAtOnceEndTheSession(t *testing.T) {
	bubble(t, func(w *world) {
		first := w.poll()
		w.answered(w.poll(), 400, bad)
		w.answered(first, 200, "1")
		w.over(session.ProtocolError, true)
	})
}

func TestAPollWhoseClientGoesAwayEndsTheSession(t *testing.T) {
	bubble(t, func(w *world) {
		ctx, cancel := context.WithCancel(context.Background())
		poll := w.do(ctx, "GET", "")
		synctest.Wait()
		cancel()
		rec := <-poll
		w.check(rec, 200, "") // nothing was written
		w.over(session.TransportLost, true)
	})
}

func TestAPollWhoseClientIsGoneTakesNoMessage(t *testing.T) {
	bubble(t, func(w *world) {
		ctx, cancel := context.WithCancel(context.Background())
		w.send("precious")
		cancel()
		w.answered(w.do(ctx, "GET", ""), 200, "")
		w.over(session.TransportLost, true)
	})
}

// failing is a response whose body cannot be written.
type failing struct{ *httptest.ResponseRecorder }

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestALostAnswerEndsTheSession(t *testing.T) {
	bubble(t, func(w *world) {
		w.send("precious")
		w.serveTo(failing{httptest.NewRecorder()}, httptest.NewRequest("GET", "/", nil))
		w.over(session.TransportLost, true)
	})
}

func TestANextPollMayOvertakeTheEndOfTheLast(t *testing.T) {
	bubble(t, func(w *world) {
		slow := &slowWriter{ResponseRecorder: httptest.NewRecorder(), flush: make(chan struct{})}
		go w.serveTo(slow, httptest.NewRequest("GET", "/", nil))
		synctest.Wait()
		w.send("one")
		synctest.Wait() // lent and being flushed
		next := w.poll()
		w.send("two")
		w.waits(next)
		close(slow.flush)
		w.answered(next, 200, "4two")
		if got := slow.Body.String(); got != "4one" {
			t.Errorf("the first poll got %q", got)
		}
	})
}

type slowWriter struct {
	*httptest.ResponseRecorder
	flush chan struct{}
}

func (s *slowWriter) FlushError() error { <-s.flush; return nil }

func TestTwoPostsAtOnceEndTheSession(t *testing.T) {
	bubble(t, func(w *world) {
		poll := w.poll()
		free := make(chan struct{})
		w.sink.deliver = func(session.Packet) error { <-free; return nil }
		first := w.do(context.Background(), "POST", "4a\x1e4b")
		w.waits(first)
		w.answered(w.do(context.Background(), "POST", "4c"), 400, bad)
		w.answered(poll, 200, "1")
		close(free)
		w.answered(first, 200, "ok")
		w.delivered("text:a") // the session was over before b
		w.over(session.ProtocolError, true)
	})
}

func TestBadPostsAreAnsweredOkAndEndTheSession(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		delivered  []string
	}{
		{"garbage", "abc", nil},
		{"empty", "", nil},
		{"garbage behind a message", "4a\x1exyz\x1e4b", []string{"text:a"}},
		{"bad base64", "b!!!", nil},
		{"not UTF-8", "4\xff", nil},
		{"empty packet", "4a\x1e", []string{"text:a"}},
		{"ping", "2", nil},
		{"ping with data", "2probe", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(w *world) {
				w.check(w.post(tt.body), 200, "ok")
				w.delivered(tt.delivered...)
				w.over(session.ProtocolError, true)
			})
		})
	}
}

func TestABadPostAnswersThePoll(t *testing.T) {
	bubble(t, func(w *world) {
		poll := w.poll()
		w.check(w.post("abc"), 200, "ok")
		w.answered(poll, 200, "1")
		w.over(session.ProtocolError, true)
	})
}

func TestAPostOfBytesIsRefused(t *testing.T) {
	bubble(t, func(w *world) {
		r := httptest.NewRequest("POST", "/", strings.NewReader("4a"))
		r.Header.Set("Content-Type", "application/octet-stream")
		w.answered(w.serve(r), 400, bad)
		w.delivered()
		w.over(session.ProtocolError, true)
	})
}

// endless is a body without an end that counts what was read of it.
type endless struct{ n int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '4'
	}
	e.n += len(p)
	return len(p), nil
}

func TestAPostOverTheLimitIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		length int64
		read   int
	}{
		{"with its length", maxPayload + 1, 0},
		{"without its length", -1, 4 * maxPayload},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(w *world) {
				body := &endless{}
				r := httptest.NewRequest("POST", "/", body)
				r.ContentLength = tt.length
				rec := <-w.serve(r)
				w.check(rec, 413, "")
				if rec.Header().Get("Connection") != "close" {
					t.Error("the connection is kept, with the rest of the body in it")
				}
				if body.n > tt.read {
					t.Errorf("%d bytes were read", body.n)
				}
				w.delivered()
				w.over(session.MessageTooBig, true)
			})
		})
	}
	t.Run("and not below it", func(t *testing.T) {
		bubble(t, func(w *world) {
			body := "4" + strings.Repeat("x", maxPayload-1)
			w.check(w.post(body), 200, "ok")
			w.delivered("text:" + body[1:])
		})
	})
}

// timed records the deadlines of a response.
type timed struct {
	*httptest.ResponseRecorder
	read, write []time.Time
}

func (d *timed) SetReadDeadline(t time.Time) error  { d.read = append(d.read, t); return nil }
func (d *timed) SetWriteDeadline(t time.Time) error { d.write = append(d.write, t); return nil }

func TestDeadlines(t *testing.T) {
	bubble(t, func(w *world) {
		d := &timed{ResponseRecorder: httptest.NewRecorder()}
		w.serveTo(d, httptest.NewRequest("POST", "/", strings.NewReader("4a")))
		if len(d.read) != 2 || !d.read[0].Equal(time.Now().Add(30*time.Second)) || !d.read[1].IsZero() {
			t.Errorf("read deadlines of a POST: %v", d.read)
		}
		w.send("x")
		w.serveTo(d, httptest.NewRequest("GET", "/", nil))
		if len(d.write) != 2 || !d.write[0].Equal(time.Now().Add(20*time.Second)) || !d.write[1].IsZero() {
			t.Errorf("write deadlines of a poll: %v", d.write)
		}
	})
}

func TestABodyThatBreaksOffEndsTheSession(t *testing.T) {
	bubble(t, func(w *world) {
		r := httptest.NewRequest("POST", "/", io.MultiReader(bytes.NewReader([]byte("4a\x1e4")), broken{}))
		w.answered(w.serve(r), 400, bad)
		w.delivered()
		w.over(session.TransportLost, true)
	})
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestOtherMethodsAreRefused(t *testing.T) {
	bubble(t, func(w *world) {
		w.answered(w.do(context.Background(), "PUT", "4a"), 400, `{"code":2,"message":"Bad handshake method"}`)
		w.delivered()
		w.check(w.post("4a"), 200, "ok")
	})
}
