package ws_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/ws"
)

const sampleKey = "dGhlIHNhbXBsZSBub25jZQ=="

// request returns the example request of RFC 6455 section 1.2, after edits:
// "Name: value" sets a header, "+Name: value" adds one, "-Name" removes it.
func request(t testing.TB, edits ...string) *http.Request {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET /chat HTTP/1.1\r\n" +
		"Host: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: " + sampleKey + "\r\nOrigin: http://example.com\r\n" +
		"Sec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Version: 13\r\n\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		name, value, _ := strings.Cut(e, ": ")
		switch e[0] {
		case '-':
			r.Header.Del(name[1:])
		case '+':
			r.Header.Add(name[1:], value)
		default:
			r.Header.Set(name, value)
		}
	}
	return r
}

// The key of RFC 6455 section 1.3.
func TestAcceptKeySection1_3(t *testing.T) {
	if got := ws.AcceptKey(sampleKey); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Errorf("got %q", got)
	}
}

func TestHandshakeSection1_2(t *testing.T) {
	q, err := ws.ParseRequest(request(t))
	if err != nil {
		t.Fatal(err)
	}
	if q.Dialect != ws.RFC6455 || q.Key != sampleKey || q.Origin != "http://example.com" ||
		!slices.Equal(q.Protocols, []string{"chat", "superchat"}) || len(q.Offers) != 0 {
		t.Errorf("got %+v", q)
	}
	got, err := q.AppendResponse(nil, ws.Response{Protocol: "chat"})
	want := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n"
	if err != nil || string(got) != want {
		t.Errorf("got %q, error %v", got, err)
	}
}

func TestParseRequestAccepts(t *testing.T) {
	for name, edits := range map[string][]string{
		"token lists":             {"Connection: keep-alive, Upgrade", "Upgrade: h2c , WebSocket"},
		"repeated Connection":     {"Connection: keep-alive", "+Connection: UPGRADE"},
		"no origin, no protocol":  {"-Origin", "-Sec-WebSocket-Protocol"},
		"key of section 4.1":      {"Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEC=="},
		"unknown extensions":      {"Sec-WebSocket-Extensions: x-webkit-deflate-frame, foo; bar=\"b\\az\""},
		"empty list elements":     {"Sec-WebSocket-Protocol: ,chat,, superchat,", "Sec-WebSocket-Extensions: , foo,,"},
		"protocols in two fields": {"Sec-WebSocket-Protocol: chat", "+Sec-WebSocket-Protocol: superchat"},
	} {
		r := request(t, edits...)
		if !ws.IsUpgrade(r) {
			t.Errorf("%s: not an upgrade", name)
		}
		if _, err := ws.ParseRequest(r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseRequestRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		edits  []string
	}{
		{"no Upgrade", 426, []string{"-Upgrade"}},
		{"other Upgrade", 426, []string{"Upgrade: h2c"}},
		{"websocket only inside a word", 426, []string{"Upgrade: websockets"}},
		{"no Connection", 400, []string{"-Connection"}},
		{"Connection without upgrade", 400, []string{"Connection: keep-alive"}},
		{"no key", 400, []string{"-Sec-WebSocket-Key"}},
		{"short key", 400, []string{"Sec-WebSocket-Key: c2hvcnQ="}},
		{"key of 17 bytes", 400, []string{"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAA="}},
		{"key of 18 bytes", 400, []string{"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAAA"}},
		{"key not base64", 400, []string{"Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!=="}},
		{"two keys", 400, []string{"+Sec-WebSocket-Key: " + sampleKey}},
		{"two origins", 400, []string{"+Origin: http://evil.example"}},
		{"two versions", 400, []string{"+Sec-WebSocket-Version: 8"}},
		{"version 8", 426, []string{"Sec-WebSocket-Version: 8"}},
		{"version 7", 426, []string{"Sec-WebSocket-Version: 7"}},
		{"version 4", 426, []string{"Sec-WebSocket-Version: 4"}},
		{"version 14", 426, []string{"Sec-WebSocket-Version: 14"}},
		{"version 013", 426, []string{"Sec-WebSocket-Version: 013"}},
		{"version list", 426, []string{"Sec-WebSocket-Version: 13, 8"}},
		{"no version", 426, []string{"-Sec-WebSocket-Version"}},
		{"hixie-75", 426, []string{"-Sec-WebSocket-Version", "-Sec-WebSocket-Key"}},
		{"hixie-76", 426, []string{"-Sec-WebSocket-Version", "-Sec-WebSocket-Key", "Sec-WebSocket-Key1: 1 2", "Sec-WebSocket-Key2: 3 4"}},
		{"hixie-76 with one key", 400, []string{"-Sec-WebSocket-Version", "-Sec-WebSocket-Key", "Sec-WebSocket-Key2: 3 4"}},
		{"protocol not a token", 400, []string{"Sec-WebSocket-Protocol: a b"}},
		{"protocol twice", 400, []string{"Sec-WebSocket-Protocol: a, b, a"}},
		{"extension syntax", 400, []string{"Sec-WebSocket-Extensions: a b"}},
		{"extension without name", 400, []string{"Sec-WebSocket-Extensions: ; a"}},
		{"extension value missing", 400, []string{"Sec-WebSocket-Extensions: a; b="}},
		{"extension quote open", 400, []string{`Sec-WebSocket-Extensions: a; b="c`}},
		{"extension quoted value no token", 400, []string{`Sec-WebSocket-Extensions: a; b="c d"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ws.ParseRequest(request(t, c.edits...))
			wantRefusal(t, err, c.status)
		})
	}
	for status, change := range map[int]func(*http.Request){
		405: func(r *http.Request) { r.Method = "POST" },
		400: func(r *http.Request) { r.ContentLength = 8 },
	} {
		r := request(t)
		change(r)
		_, err := ws.ParseRequest(r)
		wantRefusal(t, err, status)
	}
	for name, change := range map[string]func(*http.Request){
		"HTTP/1.0": func(r *http.Request) { r.Proto, r.ProtoMinor = "HTTP/1.0", 0 },
		"HTTP/2":   func(r *http.Request) { r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/2.0", 2, 0 },
		"no host":  func(r *http.Request) { r.Host = "" },
		"chunked":  func(r *http.Request) { r.ContentLength, r.TransferEncoding = -1, []string{"chunked"} },
	} {
		r := request(t)
		change(r)
		if _, err := ws.ParseRequest(r); err == nil {
			t.Errorf("%s accepted", name)
		} else {
			wantRefusal(t, err, 400)
		}
	}
}

// TestKeysOfAnyKind: only whether there is one key is looked at.
func TestKeysOfAnyKind(t *testing.T) {
	set := ws.DialectsOf(ws.RFC6455)
	for _, key := range []string{sampleKey, "c2hvcnQ=", "Qocz1L3f5MRs4E1QH/5an4ccVNU=", "no base64"} {
		q, err := ws.ParseRequestOfAnyKey(request(t, "Sec-WebSocket-Key: "+key), set)
		if err != nil || q.Key != key {
			t.Errorf("%q: %v, %v", key, q, err)
		}
	}
	for _, edit := range []string{"-Sec-WebSocket-Key", "+Sec-WebSocket-Key: " + sampleKey, "-Connection", "+Origin: null"} {
		_, err := ws.ParseRequestOfAnyKey(request(t, edit), set)
		wantRefusal(t, err, 400)
	}
}

// wantRefusal checks the status and the fields that go with it.
func wantRefusal(t *testing.T, err error, status int) {
	t.Helper()
	var h *ws.HandshakeError
	if !errors.As(err, &h) || h.Status != status {
		t.Fatalf("error %v, want status %d", err, status)
	}
	if status == 426 && (h.Header.Get("Sec-WebSocket-Version") != "13" || h.Header.Get("Upgrade") != "websocket") {
		t.Errorf("426 with header %v", h.Header)
	}
	if status == 405 && h.Header.Get("Allow") != "GET" {
		t.Errorf("405 with header %v", h.Header)
	}
}

func TestIsUpgrade(t *testing.T) {
	for _, c := range []struct {
		upgrade, connection string
		want                bool
	}{
		{"websocket", "Upgrade", true}, {"WebSocket", "upgrade", true},
		{"h2c, websocket", "keep-alive,Upgrade", true}, {"websocket", "close", false},
		{"", "Upgrade", false}, {"xwebsocket", "Upgrade", false}, {"websocket", "upgrade-insecure", false},
	} {
		r := &http.Request{Header: http.Header{"Upgrade": {c.upgrade}, "Connection": {c.connection}}}
		if ws.IsUpgrade(r) != c.want {
			t.Errorf("Upgrade %q, Connection %q: want %v", c.upgrade, c.connection, c.want)
		}
	}
}

func TestAppendResponseHeader(t *testing.T) {
	q, err := ws.ParseRequest(request(t))
	if err != nil {
		t.Fatal(err)
	}
	got, err := q.AppendResponse(nil, ws.Response{Header: http.Header{"Set-Cookie": {"a=1", "b=2"}, "Server": {"x"}}})
	if err != nil || !bytes.HasSuffix(got, []byte("\r\nServer: x\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n")) {
		t.Errorf("got %q, error %v", got, err)
	}
	for name, value := range map[string]string{
		"X": "a\r\nY: b", "Y": "a\nb", "Z": "a\x00b", "A\r\nB": "c", "": "c", "A B": "c",
		"Connection": "close", "upgrade": "x", "Sec-WebSocket-Accept": "x", "sec-websocket-protocol": "x",
		"Content-Length": "5", "Transfer-Encoding": "chunked",
	} {
		got, err := q.AppendResponse([]byte("kept"), ws.Response{Header: http.Header{name: {value}}})
		if !errors.Is(err, ws.ErrBadHeader) || string(got) != "kept" {
			t.Errorf("%q: %q: got %q, error %v", name, value, got, err)
		}
	}
	for _, a := range []ws.Response{{Protocol: "other"}, {Protocol: "chat\r\nX: y"}, {Deflate: &ws.Deflate{}}} {
		if _, err := q.AppendResponse(nil, a); !errors.Is(err, ws.ErrNotOffered) {
			t.Errorf("%+v: error %v", a, err)
		}
	}
}

// The tokenisers read each byte a bounded number of times and keep no more
// than a bounded list, however long the header is.
func TestHandshakeLongHeaders(t *testing.T) {
	var many strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&many, "p%d,", i)
	}
	for _, name := range []string{"Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"} {
		_, err := ws.ParseRequest(request(t, name+": "+many.String()))
		wantRefusal(t, err, 400)
	}
	for _, value := range []string{strings.Repeat(",", 1<<20), strings.Repeat(" ", 1<<20), strings.Repeat(", \t", 1<<19)} {
		if _, err := ws.ParseRequest(request(t, "Sec-WebSocket-Protocol: "+value, "Sec-WebSocket-Extensions: "+value)); err != nil {
			t.Errorf("%.4q...: %v", value, err)
		}
	}
	_, err := ws.ParseRequest(request(t, "Sec-WebSocket-Extensions: a"+strings.Repeat(";b", 1<<19)))
	wantRefusal(t, err, 400)
}

func ExampleParseRequest() {
	raw := "GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Origin: https://example.com\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
	if err != nil {
		fmt.Println(err)
		return
	}
	q, err := ws.ParseRequest(r)
	var refused *ws.HandshakeError
	if errors.As(err, &refused) {
		fmt.Println("answer with", refused.Status, refused.Header)
		return
	}
	if q.Origin != "https://example.com" {
		fmt.Println("answer with", http.StatusForbidden)
		return
	}
	deflate, _ := q.NegotiateDeflate(ws.DeflateOptions{})
	answer, err := q.AppendResponse(nil, ws.Response{Deflate: deflate})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(strings.ReplaceAll(string(answer), "\r\n", "\n"))
	// Output:
	// HTTP/1.1 101 Switching Protocols
	// Upgrade: websocket
	// Connection: Upgrade
	// Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
	// Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover
}
