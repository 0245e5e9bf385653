package wire_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/everwire/everwire/bench/internal/wire"
)

func TestRequestsOfPolling(t *testing.T) {
	post := append(wire.AppendPost(nil, "127.0.0.1:80", "/x/?a=b"), "2\r\n\r\n40"...)
	in := bufio.NewReader(bytes.NewReader(append(wire.AppendGet(nil, "127.0.0.1:80", "/x/?a=b"), post...)))
	for _, want := range []struct{ method, body string }{{"GET", ""}, {"POST", "40"}} {
		r, err := http.ReadRequest(in)
		if err != nil {
			t.Fatal(want.method, err)
		}
		body, err := io.ReadAll(r.Body)
		if r.Method != want.method || r.Host != "127.0.0.1:80" || r.URL.Path != "/x/" || r.URL.RawQuery != "a=b" ||
			string(body) != want.body || err != nil || r.Close {
			t.Errorf("%s %v, body %q, %v", r.Method, r.URL, body, err)
		}
	}
}

func TestAnswersToPolls(t *testing.T) {
	const whole = "HTTP/1.1 200 OK\r\nDate: now\r\ncontent-LENGTH: 5\r\nX: y\r\n\r\nhello"
	body, n, err := wire.ParseAnswer([]byte(whole + "HTTP/1.1 200"))
	if string(body) != "hello" || n != len(whole) || err != nil {
		t.Errorf("body %q, %d of %d bytes, %v", body, n, len(whole), err)
	}
	for i := range len(whole) {
		if _, n, err := wire.ParseAnswer([]byte(whole[:i])); n != 0 || err != nil {
			t.Errorf("%d bytes: length %d, %v", i, n, err)
		}
	}
	for name, answer := range map[string]string{
		"refused":     "HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nwhy",
		"no length":   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		"no number":   "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
		"large":       "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\nhello",
		"endless":     "HTTP/1.1 200 OK\r\n" + strings.Repeat("a: b\r\n", 1000),
		"no HTTP/1.1": "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
	} {
		if _, n, err := wire.ParseAnswer([]byte(answer)); err == nil {
			t.Errorf("%s: length %d, no error", name, n)
		}
	}
}
