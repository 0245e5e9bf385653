package polling_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
	"github.com/everwire/everwire/transports/polling"
)

// house is a server of all generations without a network, in a bubble.
type house struct {
	t      *testing.T
	engine *transports.Engine
	table  transports.Table
	conn   *session.Conn // the last that was opened
	sink   *sink
}

// dropped is the status of a request whose connection is closed unanswered.
const dropped = 0

// inHouse runs f in a bubble.
func inHouse(t *testing.T, f func(*house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &house{t: t, sink: &sink{}}
		m := session.NewManager()
		h.engine = transports.NewEngine(m, nil, polling.All()...)
		family := func(codec eio.Codec, cfg session.Config) *transports.Family {
			return &transports.Family{Codec: codec, Config: &cfg, MaxPayload: maxPayload, Undouble: true,
				Accept: func(c *session.Conn) { h.conn = c; c.SetSink(h.sink) }}
		}
		beat := session.Config{PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second, ClientPings: true}
		h.table.V3, h.table.V4 = family(eio.V3, beat), family(eio.V4, session.Config{PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second})
		h.table.V3.Base64, h.table.V3.Bytes = family(eio.V3Base64, beat), family(eio.V3Bytes, beat)
		h.table.Gen09 = family(eio.Gen09, session.Config{PingInterval: 25 * time.Second, PingTimeout: 60 * time.Second,
			PollGrace: 50 * time.Second, DetachGrace: 50 * time.Second, HandshakeTimeout: 30 * time.Second, EchoClose: true})
		h.table.Gen06 = family(eio.Gen06, session.Config{PollGrace: 8 * time.Second})
		h.table.Gen06.Old = family(eio.Gen04, session.Config{PollGrace: 5 * time.Second})
		h.table.Gen06.Undecided = family(eio.Gen0406, session.Config{PollGrace: 8 * time.Second})
		h.table.Gen09.Offer = []string{"websocket", "xhr-polling"}
		h.table.Gen09.Generation, h.table.Gen09.Hold = transports.Gen09, 20*time.Second
		for _, f := range []*transports.Family{h.table.Gen06, h.table.Gen06.Old, h.table.Gen06.Undecided} {
			f.Generation, f.Hold = transports.Gen06, 20*time.Second
		}
		defer func() {
			for c := range m.All() {
				c.Kill(&session.CloseError{Code: session.GoingAway})
			}
		}()
		f(h)
	})
}

// start begins a request and lets it come as far as it does by itself. SID in
// the target is that of the last session.
func (h *house) start(method, target, body string, header ...string) <-chan *httptest.ResponseRecorder {
	h.t.Helper()
	return h.startWith(method, target, strings.NewReader(body), header...)
}

// startWith is start with a body that the caller can watch.
func (h *house) startWith(method, target string, body io.Reader, header ...string) <-chan *httptest.ResponseRecorder {
	h.t.Helper()
	if h.conn != nil {
		target = strings.ReplaceAll(target, "SID", h.conn.ID())
	}
	r := httptest.NewRequest(method, "http://host"+target, body)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	done := make(chan *httptest.ResponseRecorder, 1)
	go func() {
		rec := httptest.NewRecorder()
		defer func() {
			if v := recover(); v == http.ErrAbortHandler {
				rec.Code = dropped
			} else if v != nil {
				panic(v)
			}
			done <- rec
		}()
		rt, _, err := h.table.Resolve(r, r.URL.EscapedPath())
		if err != nil {
			err.(*transports.NotRouted).Write(rec, r)
			return
		}
		h.engine.Serve(rec, r, rt, session.Peer{})
	}()
	synctest.Wait()
	return done
}

// body is a request's body that counts who reads it.
type body struct {
	text  string
	reads atomic.Int32
}

func (b *body) Read(p []byte) (int, error) {
	b.reads.Add(1)
	n := copy(p, b.text)
	if b.text = b.text[n:]; b.text == "" {
		return n, io.EOF
	}
	return n, nil
}

// get polls and post sends; both wait for the answer.
func (h *house) get(target string, header ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	return <-h.start("GET", target, "", header...)
}

func (h *house) post(target, body string, header ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	return <-h.start("POST", target, body, header...)
}

// expect checks an answer. SID in the body is that of the last session.
func (h *house) expect(rec *httptest.ResponseRecorder, status int, contentType, body string) {
	h.t.Helper()
	if h.conn != nil {
		body = strings.ReplaceAll(body, "SID", h.conn.ID())
	}
	if rec.Code != status || rec.Header().Get("Content-Type") != contentType || rec.Body.String() != body {
		h.t.Errorf("%d %s %q, want %d %s %q", rec.Code, rec.Header().Get("Content-Type"), rec.Body, status, contentType, body)
	}
}

// send queues messages.
func (h *house) send(texts ...string) {
	h.t.Helper()
	for _, text := range texts {
		if err := h.conn.Offer(session.Packet{Type: session.PacketMessage, Data: []byte(text)}); err != nil {
			h.t.Error(err)
		}
	}
}

// delivered checks what has arrived, and forgets it.
func (h *house) delivered(want ...string) {
	h.t.Helper()
	if got := strings.Join(h.sink.got, "|"); got != strings.Join(want, "|") {
		h.t.Errorf("delivered %q, want %q", got, want)
	}
	h.sink.got = nil
}

// later lets time pass.
func later(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// binary is a message of bytes.
func binary(data ...byte) session.Packet {
	return session.Packet{Type: session.PacketMessage, Kind: session.Binary, Data: bytes.Clone(data)}
}

const (
	plain  = "text/plain; charset=UTF-8"
	script = "text/javascript; charset=UTF-8"
)
