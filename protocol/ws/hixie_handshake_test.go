package ws_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/ws"
)

func TestHixie75HandshakeBytes(t *testing.T) {
	q := mustParse(t, hixie75Request)
	if q.Dialect != ws.Hixie75 || q.Origin != "http://Example.com" || q.Host != "example.com" || q.Target != "/demo" ||
		!slices.Equal(q.Protocols, []string{"sample"}) || q.NonceLen() != 0 || q.Key != "" {
		t.Errorf("got %+v", q)
	}
	const head = "HTTP/1.1 101 Web Socket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n" +
		"WebSocket-Origin: http://Example.com\r\n"
	for want, a := range map[string]ws.Response{
		head + "WebSocket-Location: ws://example.com/demo\r\n\r\n":                                  {},
		head + "WebSocket-Location: wss://example.com/demo\r\nWebSocket-Protocol: sample\r\n\r\n":   {Secure: true, Protocol: "sample"},
		head + "WebSocket-Location: ws://outer.example:81/demo\r\nSet-Cookie: a=b\r\n\r\n":          {Host: "outer.example:81", Header: http.Header{"Set-Cookie": {"a=b"}}},
		head + "WebSocket-Location: wss://[::1]/demo\r\nWebSocket-Protocol: sample\r\nX: y\r\n\r\n": {Host: "[::1]", Secure: true, Protocol: "sample", Header: http.Header{"X": {"y"}}},
	} {
		if got := answerOf(t, q, a); got != want {
			t.Errorf("got %q\nwant %q", got, want)
		}
	}
}

func TestHixie76HandshakeBytes(t *testing.T) {
	q := mustParse(t, hixie76Request)
	if q.Dialect != ws.Hixie76 || q.Origin != "http://Example.com" || q.Host != "example.com:8080" ||
		q.Target != "/demo?a=%20b" || !slices.Equal(q.Protocols, []string{"chat", "sample"}) || q.NonceLen() != 8 {
		t.Errorf("got %+v", q)
	}
	const head = "HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Origin: http://Example.com\r\n"
	for want, a := range map[string]ws.Response{
		head + "Sec-WebSocket-Location: ws://example.com:8080/demo?a=%20b\r\n\r\n":                                    {},
		head + "Sec-WebSocket-Location: wss://example.com:8080/demo?a=%20b\r\nSec-WebSocket-Protocol: chat\r\n\r\n":   {Secure: true, Protocol: "chat"},
		head + "Sec-WebSocket-Location: ws://a.example/demo?a=%20b\r\nSec-WebSocket-Protocol: sample\r\nX: y\r\n\r\n": {Host: "a.example", Protocol: "sample", Header: http.Header{"X": {"y"}}},
	} {
		if got := answerOf(t, q, a); got != want {
			t.Errorf("got %q\nwant %q", got, want)
		}
	}
	digest, err := q.AppendDigest(nil, [8]byte([]byte(sampleNonce)))
	if err != nil || string(digest) != sampleDigest {
		t.Errorf("digest %q, error %v", digest, err)
	}
}

// The examples of draft 76, sections 1.3 and 1.2.
func TestHixie76Vectors(t *testing.T) {
	for _, c := range []struct {
		key1, key2, nonce string
		number1, number2  uint32
		digest            string
	}{
		{sampleKey1, sampleKey2, sampleNonce, 155712099, 173347027, sampleDigest},
		{"4 @1  46546xW%0l 1 5", "12998 5 Y3 1  .P00", "^n:ds[4U", 829309203, 259970620, "8jKS'y:G*Co,Wxa-"},
	} {
		for key, want := range map[string]uint32{c.key1: c.number1, c.key2: c.number2} {
			if got, err := ws.KeyNumber(key); err != nil || got != want {
				t.Errorf("%q is %d, error %v, want %d", key, got, err, want)
			}
		}
		raw := strings.ReplaceAll(strings.ReplaceAll(hixie76Request, sampleKey1, c.key1), sampleKey2, c.key2)
		got, err := mustParse(t, raw).AppendDigest(nil, [8]byte([]byte(c.nonce)))
		if err != nil || string(got) != c.digest {
			t.Errorf("digest %q, error %v, want %q", got, err, c.digest)
		}
	}
}

func TestHixie76KeyNumbers(t *testing.T) {
	const bad = -1
	for key, want := range map[string]int64{
		"":                               bad,
		"12":                             bad, // no space
		" ":                              bad, // no digit
		"a b":                            bad,
		"1 0":                            10,
		"0 a":                            0,
		"1 1 1":                          bad, // 111 by 2
		"a1 1 2":                         56,
		"4294967295 x":                   4294967295,
		"4294967296 x":                   bad,
		"8589934590  x":                  4294967295,
		"8589934592  x":                  bad,
		"5153960754 0           x":       4294967295, // 12 spaces, the most that clients use
		"18446744073709551617 x":         bad,        // 2^64+1 would wrap to 1
		"36893488147419103234  x":        bad,        // 2^65+2 would wrap to 2
		strings.Repeat("9", 1<<16):       bad,
		strings.Repeat("0", 99) + " 7":   7,
		strings.Repeat(" ", 1<<16) + "0": 0,
		"1\t2 ":                          12, // only U+0020 is counted
	} {
		got, err := ws.KeyNumber(key)
		if want == bad && err == nil || want != bad && (err != nil || int64(got) != want) {
			t.Errorf("%.40q is %d, error %v, want %d", key, got, err, want)
		}
	}
}

// What a client makes of its random numbers has the form that the draft asks
// for, and the server finds the number in it.
func TestHixie76ClientKeys(t *testing.T) {
	seen := map[string]bool{}
	for i := range 2000 {
		c := &ws.ClientHandshake{Dialect: ws.Hixie76, Nonce: [16]byte{byte(i), byte(i >> 8), 3}}
		texts, numbers := ws.ChallengeKeys(c)
		for j, key := range texts {
			var spaces, others int
			for k := range len(key) {
				switch b := key[k]; {
				case b == ' ':
					spaces++
				case b >= '0' && b <= '9':
				case b >= 0x21 && b <= 0x7E:
					others++
				default:
					t.Fatalf("%q has byte %#x", key, b)
				}
			}
			if spaces < 1 || spaces > 12 || others < 1 || others > 12 || strings.TrimSpace(key) != key || seen[key] {
				t.Fatalf("key %q", key)
			}
			seen[key] = true
			if got, err := ws.KeyNumber(key); err != nil || got != numbers[j] {
				t.Fatalf("%q is %d, error %v, want %d", key, got, err, numbers[j])
			}
		}
	}
}

func TestHixieAccepts(t *testing.T) {
	for _, raw := range []string{hixie75Request, hixie76Request} {
		for name, c := range map[string][2]string{
			"Upgrade in lower case": {"Upgrade: WebSocket", "Upgrade: websocket"},
			"Connection list":       {"Connection: Upgrade", "Connection: keep-alive, upgrade"},
			"origin null":           {"Origin: http://Example.com", "Origin: null"},
			"empty cookie":          {"Host: ", "Cookie:\r\nHost: "},
			"an announced no body":  {"Host: ", "Content-Length: 0\r\nHost: "},
			"protocol not a token":  {"sample", "http://a/b"},
		} {
			if _, err := parse(t, strings.Replace(raw, c[0], c[1], 1)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for raw, want := range map[string][]string{
		hixie75Request: {"a b,c"}, hixie76Request: {"a", "b", "c"},
	} {
		raw = strings.NewReplacer("Protocol: sample", "Protocol:  a b,c ", "Protocol: chat sample", "Protocol: , a  b ,c").Replace(raw)
		if q := mustParse(t, raw); !slices.Equal(q.Protocols, want) {
			t.Errorf("protocols %q, want %q", q.Protocols, want)
		}
	}
	// Without an origin there is none to echo; clients that are no browsers.
	q := mustParse(t, strings.Replace(hixie75Request, "Origin: http://Example.com\r\n", "", 1))
	if got := answerOf(t, q, ws.Response{}); strings.Contains(got, "Origin") {
		t.Errorf("got %q", got)
	}
	// The nonce may be announced as a body.
	q = mustParse(t, hixie76Request+"Content-Length: 8\r\n")
	if q.NonceLen() != 8 {
		t.Errorf("got %+v", q)
	}
}

func TestHixieRefuses(t *testing.T) {
	for name, c := range map[string][2]string{
		"two origins":         {"Host: ", "Origin: b\r\nHost: "},
		"a body":              {"Host: ", "Content-Length: 9\r\nHost: "},
		"a chunked body":      {"Host: ", "Transfer-Encoding: chunked\r\nHost: "},
		"a whole address":     {"GET /", "GET http://example.com/"},
		"an asterisk":         {"GET /demo", "GET *"},
		"a host with a space": {"Host: ", "Host: a "},
		"protocols twice":     {"Host: ", "Sec-WebSocket-Protocol: x\r\nWebSocket-Protocol: x\r\nHost: "},
		"HTTP/1.0":            {"HTTP/1.1", "HTTP/1.0"},
	} {
		for _, raw := range []string{hixie75Request, hixie76Request} {
			changed := strings.Replace(raw, c[0], c[1], 1)
			if name == "protocols twice" && raw == hixie76Request {
				changed = strings.Replace(raw, "chat sample", "chat chat", 1)
			}
			if name == "an asterisk" && raw == hixie76Request {
				changed = strings.Replace(raw, "GET /demo?a=%20b", "GET *", 1)
			}
			_, err := parse(t, changed)
			if err == nil {
				t.Fatalf("%s: accepted", name)
			}
			wantStatus(t, err, 400)
		}
	}
	for name, c := range map[string][2]string{
		"an empty key":         {sampleKey1, ""},
		"a key without spaces": {sampleKey2, "12345"},
		"a key not divisible":  {sampleKey2, "1 1 1"},
		"a key too large":      {sampleKey1, "99999999999 9"},
		"a key twice":          {"Host: ", "Sec-WebSocket-Key1: 1 2\r\nHost: "},
		"65 protocols":         {"chat sample", manyProtocols(65)},
	} {
		_, err := parse(t, strings.Replace(hixie76Request, c[0], c[1], 1))
		if err == nil {
			t.Fatalf("%s: accepted", name)
		}
		wantStatus(t, err, 400)
	}
	// Only the nonce may be announced, and only by the dialect that has one.
	_, err := parse(t, hixie75Request+"Content-Length: 8\r\n")
	wantStatus(t, err, 400)
	_, err = parse(t, hixie76Request+"Content-Length: 8\r\nTransfer-Encoding: chunked\r\n")
	wantStatus(t, err, 400)
	// Made by hand, where no HTTP server has looked at the parts.
	for name, change := range map[string]func(*http.Request){
		"origin": func(r *http.Request) { r.Header["Origin"] = []string{"a\r\nX: y"} },
		"host":   func(r *http.Request) { r.Host = "a\r\nX: y" },
		"target": func(r *http.Request) { r.RequestURI = "/a\r\nX: y" },
		"body":   func(r *http.Request) { r.ContentLength, r.TransferEncoding = 8, []string{"chunked"} },
	} {
		r, _ := read(t, hixie76Request+"\r\n")
		change(r)
		_, err := ws.ParseRequestFor(r, ws.AllDialects)
		if err == nil {
			t.Fatalf("%s accepted", name)
		}
		wantStatus(t, err, 400)
	}
}

func manyProtocols(n int) string {
	var s strings.Builder
	for i := range n {
		fmt.Fprintf(&s, "p%d ", i)
	}
	return s.String()
}

// Nothing that is echoed can begin a line of its own.
func TestHixieAnswerRefusesLineBreaks(t *testing.T) {
	for _, raw := range []string{hixie75Request, hixie76Request} {
		for name, change := range map[string]func(*ws.Request, *ws.Response){
			"origin":    func(q *ws.Request, _ *ws.Response) { q.Origin = "a\r\nX: y" },
			"host":      func(q *ws.Request, _ *ws.Response) { q.Host = "a\nX: y" },
			"no host":   func(q *ws.Request, _ *ws.Response) { q.Host = "" },
			"target":    func(q *ws.Request, _ *ws.Response) { q.Target = "/\rX: y" },
			"override":  func(_ *ws.Request, a *ws.Response) { a.Host = "a\r\nX: y" },
			"spaces":    func(_ *ws.Request, a *ws.Response) { a.Host = "a b" },
			"protocol":  func(q *ws.Request, a *ws.Response) { a.Protocol = "a\r\nX: y"; q.Protocols = []string{a.Protocol} },
			"own field": func(_ *ws.Request, a *ws.Response) { a.Header = http.Header{"websocket-origin": {"x"}} },
		} {
			q, a := mustParse(t, raw), ws.Response{}
			change(q, &a)
			if got, err := q.AppendResponse([]byte("kept"), a); !errors.Is(err, ws.ErrBadHeader) || string(got) != "kept" {
				t.Errorf("%s: got %q, error %v", name, got, err)
			}
		}
	}
}

func TestHixieOffersNoCompression(t *testing.T) {
	for _, d := range allDialects[1:] {
		q := mustParse(t, requests[d]+"X: y\r\n")
		if agreed, ok := q.NegotiateDeflate(ws.DeflateOptions{}); ok || agreed != nil {
			t.Errorf("%v negotiates", d)
		}
		if _, err := q.AppendResponse(nil, ws.Response{Deflate: &ws.Deflate{}}); !errors.Is(err, ws.ErrNotOffered) {
			t.Errorf("%v: error %v", d, err)
		}
		c := sampleClient()
		c.Dialect, c.Deflate = d, &ws.DeflateOffer{}
		if got, err := c.AppendRequest([]byte("kept")); !errors.Is(err, ws.ErrUnsupported) || string(got) != "kept" {
			t.Errorf("%v: got %q, error %v", d, got, err)
		}
	}
}

func TestHixieClientRequestBytes(t *testing.T) {
	c := &ws.ClientHandshake{Dialect: ws.Hixie75, Host: "example.com", Target: "/demo", Origin: "http://example.com", Protocols: []string{"sample"}}
	const want75 = "GET /demo HTTP/1.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nHost: example.com\r\n" +
		"Origin: http://example.com\r\nWebSocket-Protocol: sample\r\n\r\n"
	if got, err := c.AppendRequest(nil); err != nil || string(got) != want75 {
		t.Errorf("got %q, error %v", got, err)
	}
	c.Protocols = []string{"a", "b"}
	if got, err := c.AppendRequest([]byte("kept")); !errors.Is(err, ws.ErrUnsupported) || string(got) != "kept" {
		t.Errorf("got %q, error %v", got, err)
	}
	c.Dialect = ws.Hixie76
	copy(c.Nonce[:], "abcdefgh\x00\xff\r\n\r\nGE")
	keys, _ := ws.ChallengeKeys(c)
	want76 := "GET /demo HTTP/1.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nHost: example.com\r\n" +
		"Origin: http://example.com\r\nSec-WebSocket-Key1: " + keys[0] + "\r\nSec-WebSocket-Key2: " + keys[1] +
		"\r\nSec-WebSocket-Protocol: a b\r\n\r\n\x00\xff\r\n\r\nGE"
	if got, err := c.AppendRequest(nil); err != nil || string(got) != want76 {
		t.Errorf("got %q, error %v", got, err)
	}
}

// The client is as strict as the browsers were.
func TestHixieClientChecksAnswer(t *testing.T) {
	for d, prefix := range map[ws.Dialect]string{ws.Hixie75: "WebSocket-", ws.Hixie76: "Sec-WebSocket-"} {
		c := &ws.ClientHandshake{Dialect: d, Host: "example.com", Target: "/demo", Origin: "http://example.com", Protocols: []string{"sample"}}
		status := "HTTP/1.1 101 Web Socket Protocol Handshake\r\n"
		if d == ws.Hixie76 {
			status = "HTTP/1.1 101 WebSocket Protocol Handshake\r\n"
		}
		good := status + "Upgrade: WebSocket\r\nConnection: Upgrade\r\n" + prefix + "Origin: http://example.com\r\n" +
			prefix + "Location: ws://example.com/demo\r\n" + prefix + "Protocol: sample\r\n\r\n"
		if a, err := c.CheckHead([]byte(good)); err != nil || a.Protocol != "sample" {
			t.Errorf("%v: %+v, error %v", d, a, err)
		}
		for name, change := range map[string][2]string{
			"status":             {"101", "200"},
			"version":            {"HTTP/1.1", "HTTP/1.0"},
			"upgrade":            {"WebSocket\r\nConn", "websocket\r\nConn"},
			"connection list":    {"Connection: Upgrade", "Connection: keep-alive, Upgrade"},
			"connection twice":   {"Connection: Upgrade\r\n", "Connection: Upgrade\r\nConnection: Upgrade\r\n"},
			"no connection":      {"Connection: Upgrade\r\n", ""},
			"no space":           {"Origin: ", "Origin:"},
			"two spaces":         {"Origin: ", "Origin:  "},
			"bare LF":            {"/demo\r\n", "/demo\n"},
			"origin":             {"Origin: http://example.com", "Origin: http://example.org"},
			"origin missing":     {prefix + "Origin: http://example.com\r\n", ""},
			"origin twice":       {prefix + "Origin", prefix + "Origin: http://example.com\r\n" + prefix + "Origin"},
			"scheme":             {"ws://", "wss://"},
			"path":               {"/demo\r\n", "/demo/\r\n"},
			"host":               {"ws://example.com", "ws://example.com:80"},
			"protocol":           {"sample", "other"},
			"unfinished":         {"\r\n\r\n", "\r\n"},
			"field without name": {prefix + "Protocol", ""},
		} {
			if _, err := c.CheckHead([]byte(strings.Replace(good, change[0], change[1], 1))); !errors.Is(err, ws.ErrBadHandshake) {
				t.Errorf("%v: %s: error %v", d, name, err)
			}
		}
	}
	c := &ws.ClientHandshake{Dialect: ws.Hixie75, Host: "h", Target: "/"}
	for _, head := range []string{
		"HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nWebSocket-Location: ws://h/\r\n\r\n",
		"HTTP/1.1 101 Web Socket Protocol Handshake\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\nWebSocket-Location: ws://h/\r\n\r\n",
	} {
		if _, err := c.CheckHead([]byte(head)); !errors.Is(err, ws.ErrBadHandshake) {
			t.Errorf("%q: error %v", head, err)
		}
	}
}
