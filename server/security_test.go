package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
)

// Tests of what has broken servers of HTTP and WebSockets before, over real
// connections and behind the guard.

// answers sends bytes over a connection of its own and returns all that comes
// back. The server may have had enough before it has read everything.
func (s *site) answers(p string) string {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.host)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	var writer sync.WaitGroup
	writer.Go(func() {
		io.WriteString(conn, p)
		conn.(*net.TCPConn).CloseWrite()
	})
	got, _ := io.ReadAll(conn) // a reset may follow the answer
	conn.Close()
	writer.Wait()
	return string(got)
}

// TestManyHeaders: 2,000 header fields, or a megabyte of them, are refused, the
// connection ends, and the work of the refusal does not grow with them
// (CVE-2024-37890).
func TestManyHeaders(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	fields := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "X%d: v\r\n", i)
		}
		return b.String()
	}
	upgrade := "Upgrade: WebSocket\r\nConnection: Upgrade\r\n"
	for name, header := range map[string]string{
		"65 fields": fields(65), "2,000 fields": fields(2000), "2,000 times the same": strings.Repeat("X: v\r\n", 2000),
		"one of a megabyte": "X: " + strings.Repeat("v", 1<<20) + "\r\n", "a megabyte of small ones": fields(1 << 17),
		"a megabyte of protocols": "Sec-WebSocket-Protocol: " + strings.Repeat("a,", 1<<19) + "\r\n",
	} {
		for _, target := range []string{poll, socket, "/ws/echo", "/healthz", "/nowhere"} {
			got := s.answers("GET " + target + " HTTP/1.1\r\nHost: " + s.host + "\r\n" + upgrade + header + "\r\nGET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
			// A reset may take the answer with it where much was left unread.
			if got != "" && (!strings.HasPrefix(got, "HTTP/1.1 431 ") || strings.Count(got, "HTTP/1.1 ") != 1) || got == "" && len(header) < 1<<20 {
				t.Errorf("%s at %s: %.200q", name, target, got)
			}
		}
	}
	if s.Sessions() != 0 {
		t.Error("a session was opened")
	}
	work := func(n int) float64 {
		r := httptest.NewRequest("GET", "/ws/echo", nil)
		for i := range n {
			r.Header[fmt.Sprint("X", i)] = []string{"v"}
		}
		return testing.AllocsPerRun(10, func() { s.ServeHTTP(httptest.NewRecorder(), r) })
	}
	if few, many := work(100), work(20_000); many > few+10 {
		t.Errorf("%v allocations for 100 fields, %v for 20,000", few, many)
	}
}

// recorder is a handler that keeps what its sessions receive.
type recorder struct {
	mu    sync.Mutex // guards below
	got   []string
	ended chan struct{}
}

func (r *recorder) ServeSession(s session.Session) {
	for {
		m, err := s.Receive(s.Context())
		if err != nil {
			r.ended <- struct{}{}
			return
		}
		r.mu.Lock()
		r.got = append(r.got, string(m.Data))
		r.mu.Unlock()
	}
}

// take returns what was received by a session that has ended since.
func (r *recorder) take(t *testing.T) []string {
	t.Helper()
	select {
	case <-r.ended:
	case <-time.After(patience):
		t.Fatal("the session does not end")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.got
	r.got = nil
	return got
}

// notUTF8 are texts that no codec may let pass: bytes that never occur, overlong
// forms, surrogates, beyond the last code point, and cut off.
var notUTF8 = []string{"a\xfe", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "ok\x80", "\xe2\x82", "\xf0\x9f\x98"}

// TestInvalidTextIsNeverForwarded: by whatever entrance it comes, text that is
// not UTF-8 ends its session, with 1007 where there are codes, and no handler
// sees a byte of it. (The POST itself is answered as the reference does.)
func TestInvalidTextIsNeverForwarded(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	rec := &recorder{ended: make(chan struct{}, 10)}
	s.Handle("rec", rec)
	s.HandleEngine("/engine.io", rec)
	const engine, sio = "/engine.io/?EIO=4&transport=", "/socket.io/?EIO=4&transport="
	check := func(t *testing.T) {
		t.Helper()
		if got := rec.take(t); !slices.Equal(got, []string{"good €"}) {
			t.Errorf("the handler received %q", got)
		}
	}
	for _, d := range []ws.Dialect{ws.RFC6455, ws.Hybi08, ws.Hybi07, ws.Hixie76, ws.Hixie75} {
		for _, at := range []struct{ path, enter, before, after string }{
			{"/ws/rec", "", "", ""}, {engine + "websocket", "", "4", ""}, {engine + "flashsocket", "", "4", ""},
			{sio + "websocket", "40/rec,", `42/rec,["message","`, `"]`},
		} {
			for _, bad := range notUTF8 {
				t.Run(fmt.Sprintf("%s at %s %q", d, at.path, bad), func(t *testing.T) {
					c := transporttest.DialRawAs(t, s.url, at.path, ws.ClientHandshake{Dialect: d})
					c.Conn.SetReadDeadline(time.Now().Add(patience))
					text := func(text string) []byte {
						if d.HasBinary() {
							f, err := ws.AppendMaskedFrame(nil, ws.OpText, true, false, [4]byte{1, 2, 3, 4}, []byte(text))
							if err != nil {
								t.Fatal(err)
							}
							return f
						}
						return []byte("\x00" + text + "\xff")
					}
					if at.enter != "" {
						c.WriteRaw(text(at.enter))
					}
					c.WriteRaw(text(at.before + "good €" + at.after))
					c.WriteRaw(text(at.before + bad + at.after))
					c.WriteRaw(text(at.before + "behind it" + at.after))
					for {
						ev, err := c.Event()
						if err != nil && d.HasBinary() {
							t.Fatal("no close frame:", err)
						}
						if ev.Type == ws.Close && d.HasBinary() && ev.Code != ws.CodeInvalidPayload {
							t.Errorf("closed with %d %q", ev.Code, ev.Reason)
						}
						if err != nil || ev.Type == ws.Close {
							break
						}
					}
					check(t)
				})
			}
		}
	}
	for _, at := range []struct{ path, enter, before, after string }{
		{engine + "polling", "", "4", ""}, {sio + "polling", "40/rec,", `42/rec,["message","`, `"]`},
	} {
		for _, bad := range notUTF8 {
			t.Run(fmt.Sprintf("at %s %q", at.path, bad), func(t *testing.T) {
				opened := s.do("GET", at.path, "").body
				_, rest, _ := strings.Cut(opened, `"sid":"`)
				sid, _, _ := strings.Cut(rest, `"`)
				post := func(text string) int { return s.do("POST", at.path+"&sid="+sid, text).status }
				if at.enter != "" {
					post(at.enter)
				}
				if got := post(at.before + "good €" + at.after); got != http.StatusOK {
					t.Fatal(got)
				}
				post(at.before + bad + at.after + "\x1e" + at.before + "behind it" + at.after)
				check(t)
				if got := post(at.before + "later" + at.after); got != http.StatusBadRequest {
					t.Errorf("the session goes on: %d", got)
				}
			})
		}
	}
}

// TestNoRequestIsSmuggled: whoever stands in front of this server may take the
// end of a body for elsewhere, so what is behind an ambiguous one is never read
// as a request (CVE-2015-5739, CVE-2022-1705, CVE-2025-22871).
func TestNoRequestIsSmuggled(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	var smuggled atomic.Int64
	s.Public("/smuggled", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { smuggled.Add(1) }))
	s.Public("/reads", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
	hidden := "GET /smuggled HTTP/1.1\r\nHost: " + s.host + "\r\n\r\n"
	chunk := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(hidden), hidden)
	length := fmt.Sprintf("Content-Length: %d\r\n", 5+len(hidden))
	const chunked = "Transfer-Encoding: chunked\r\n"
	for _, tt := range []struct{ name, header, body string }{
		{"CL.TE", length + chunked, "0\r\n\r\n" + hidden},
		{"TE.CL", chunked + "Content-Length: 4\r\n", chunk},
		{"TE alone", chunked, "0\r\n\r\n" + hidden},
		{"TE twice", chunked + chunked, "0\r\n\r\n" + hidden},
		{"TE.TE, the second obscure", length + chunked + "Transfer-Encoding: x\r\n", "0\r\n\r\n" + hidden},
		{"TE.TE, the first obscure", length + "Transfer-Encoding: x\r\n" + chunked, "0\r\n\r\n" + hidden},
		{"TE in a list", length + "Transfer-Encoding: identity, chunked\r\n", "0\r\n\r\n" + hidden},
		{"TE of another name", length + "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n" + hidden},
		{"TE with a vertical tab", length + "Transfer-Encoding: \x0bchunked\r\n", "0\r\n\r\n" + hidden},
		{"TE with a tab", length + "Transfer-Encoding:\tchunked\r\n", "0\r\n\r\n" + hidden},
		{"TE in capitals", length + "TRANSFER-ENCODING: CHUNKED\r\n", "0\r\n\r\n" + hidden},
		{"TE in quotes", length + "Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n" + hidden},
		{"TE with a space before its colon", length + "Transfer-Encoding : chunked\r\n", "0\r\n\r\n" + hidden},
		{"TE behind a space", length + " Transfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden},
		{"TE folded", length + "Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n" + hidden},
		{"TE behind a bare LF", length + "X: y\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden},
		{"TE behind a bare CR", length + "X: y\rTransfer-Encoding: chunked\r\n", "x\r\n\r\n" + hidden},
		{"TE behind a NUL", length + "X: y\x00Transfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden},
		{"TE with an underscore", length + "Transfer_Encoding: chunked\r\n", "0\r\n\r\n" + hidden},
		{"chunk size ends with a bare LF", chunked, "0\n\r\n" + hidden},
		{"chunk extension with a bare LF", chunked, "2;x\nab\r\n0\r\n\r\n" + hidden},
		{"chunk data ends with a bare LF", chunked, "2\r\nab\n0\r\n\r\n" + hidden},
		{"chunk of a negative size", chunked, "-1\r\n\r\n" + hidden},
		{"chunk size with a sign", chunked, "+0\r\n\r\n" + hidden},
		{"chunk size in C's way", chunked, "0x0\r\n\r\n" + hidden},
		{"chunk size of 17 digits", chunked, "10000000000000000\r\n\r\n" + hidden},
		{"trailer that is a header", chunked, "0\r\nContent-Length: 100\r\n\r\n" + hidden},
		{"two lengths", "Content-Length: 0\r\n" + length, hidden},
		{"two lengths in a list", "Content-Length: 0, 100\r\n", hidden},
		{"length with a sign", "Content-Length: +0\r\n", hidden},
		{"length with a space inside", "Content-Length: 0 0\r\n", hidden},
		{"negative length", "Content-Length: -1\r\n", hidden},
		{"length in C's way", "Content-Length: 0x0\r\n", hidden},
		{"length of 20 digits", "Content-Length: 18446744073709551616\r\n", hidden},
		{"length with a space before its colon", "Content-Length : 0\r\n", hidden},
		{"empty length", "Content-Length: \r\n", hidden},
	} {
		for _, target := range []string{"/reads", "/healthz", "/nowhere", "/ws/echo", poll, poll + "&sid=none", "/login"} {
			for _, method := range []string{"POST", "GET"} {
				for _, version := range []string{"HTTP/1.1", "HTTP/1.0"} {
					got := s.answers(method + " " + target + " " + version + "\r\nHost: " + s.host + "\r\nConnection: keep-alive\r\n" + tt.header + "\r\n" + tt.body)
					if smuggled.Swap(0) > 0 || strings.Count(got, "HTTP/1.") > 1 {
						t.Errorf("%s, %s %s %s: %d answers, %q", tt.name, method, target, version, strings.Count(got, "HTTP/1."), got)
					}
				}
			}
		}
	}
}

// TestAHandshakeIsNoWayToSmuggle: the eight bytes behind a hixie-76 handshake,
// which no length announces, and the frames behind them are no request: not
// where it is refused, not where it is accepted, not on a connection that has
// carried requests before.
func TestAHandshakeIsNoWayToSmuggle(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token})})
	var smuggled atomic.Int64
	s.Public("/smuggled", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { smuggled.Add(1) }))
	const before = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"
	handshake := func(target, header string) string {
		return "GET " + target + " HTTP/1.1\r\nHost: " + s.host + "\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nOrigin: " + s.url + "\r\n" +
			"Sec-WebSocket-Key1: 18x 6]8vM;54 *(5:  {   U1]8  z [  8\r\nSec-WebSocket-Key2: 1_ tx7X d  <  nw  334J702) 7]o}` 0\r\n" + header + "\r\n"
	}
	bearer := "Authorization: Bearer " + token + "\r\n"
	for _, nonce := range []string{"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n", "POST / HTTP/1.1\r\nHost: h\r\n\r\n",
		"\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"} {
		for _, tt := range []struct {
			name, handshake string
			status          int
		}{
			{"accepted", handshake("/ws/echo", bearer), 101},
			{"accepted, announced", handshake("/ws/echo", bearer+"Content-Length: 8\r\n"), 101},
			{"accepted, Engine.IO", handshake(socket, bearer), 101},
			{"accepted, flashsocket", handshake(strings.Replace(socket, "websocket", "flashsocket", 1), bearer), 101},
			{"no credential", handshake("/ws/echo", ""), 401},
			{"no credential, announced", handshake("/ws/echo", "Content-Length: 8\r\n"), 401},
			{"foreign page", strings.Replace(handshake("/ws/echo", bearer), s.url, "http://evil.example", 1), 403},
			{"a length that swallows it", handshake("/ws/echo", bearer+"Content-Length: 27\r\n"), 400},
			{"chunks", handshake("/ws/echo", bearer+"Transfer-Encoding: chunked\r\n"), 400},
			{"a page", handshake("/healthz", ""), 200},
			{"nothing there", handshake("/nowhere", ""), 404},
		} {
			for requests := range 3 {
				got := s.answers(strings.Repeat(before, requests) + tt.handshake + nonce)
				in := bufio.NewReader(strings.NewReader(got))
				for range requests {
					if resp, err := http.ReadResponse(in, nil); err != nil || resp.StatusCode != http.StatusOK {
						t.Fatalf("%s: %v, %v", tt.name, resp, err)
					} else {
						io.Copy(io.Discard, resp.Body)
					}
				}
				last, err := io.ReadAll(in)
				if err != nil || !bytes.HasPrefix(last, fmt.Appendf(nil, "HTTP/1.1 %d ", tt.status)) || bytes.Count(last, []byte("HTTP/1.")) != 1 {
					t.Errorf("%s behind %d requests, %.9q: %.300q", tt.name, requests, nonce, last)
				}
			}
		}
	}
	if n := smuggled.Load(); n > 0 {
		t.Errorf("%d were served", n)
	}
}
