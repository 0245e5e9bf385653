package ws_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/ws"
)

var allDialects = []ws.Dialect{ws.RFC6455, ws.Hixie75, ws.Hixie76, ws.Hybi07, ws.Hybi08}

// The example of draft 76, section 1.3: two keys, the nonce, and the digest
// that answers them.
const (
	sampleKey1   = "18x 6]8vM;54 *(5:  {   U1]8  z [  8"
	sampleKey2   = "1_ tx7X d  <  nw  334J702) 7]o}` 0"
	sampleNonce  = "Tm[K T2u"
	sampleDigest = "fQJ,fN/4F4!~K~MH"
)

// The requests of the dialects, without the empty line.
const (
	hixie75Request = "GET /demo HTTP/1.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n" +
		"Host: example.com\r\nOrigin: http://Example.com\r\nWebSocket-Protocol: sample\r\n"
	hixie76Request = "GET /demo?a=%20b HTTP/1.1\r\nHost: example.com:8080\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key2: " + sampleKey2 + "\r\nSec-WebSocket-Protocol: chat sample\r\nUpgrade: WebSocket\r\n" +
		"Sec-WebSocket-Key1: " + sampleKey1 + "\r\nOrigin: http://Example.com\r\n"
	hybi07Request = "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n" +
		"Sec-WebSocket-Key: " + sampleKey + "\r\nSec-WebSocket-Origin: http://example.com\r\n" +
		"Sec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Extensions: deflate-stream\r\nSec-WebSocket-Version: 7\r\n"
	rfc6455Request = "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: " + sampleKey + "\r\nOrigin: http://example.com\r\nSec-WebSocket-Version: 13\r\n"
)

var hybi08Request = strings.Replace(hybi07Request, "Version: 7", "Version: 8", 1)

var requests = map[ws.Dialect]string{
	ws.RFC6455: rfc6455Request, ws.Hixie75: hixie75Request, ws.Hixie76: hixie76Request,
	ws.Hybi07: hybi07Request, ws.Hybi08: hybi08Request,
}

// read returns the request at the beginning of raw, and what follows it.
func read(t testing.TB, raw string) (*http.Request, []byte) {
	t.Helper()
	b := bufio.NewReaderSize(strings.NewReader(raw), len(raw)+16)
	r, err := http.ReadRequest(b)
	if err != nil {
		t.Fatalf("%.60q: %v", raw, err)
	}
	rest, err := io.ReadAll(b)
	if err != nil {
		t.Fatal(err)
	}
	return r, rest
}

// parse reads a request, without its empty line, in any dialect.
func parse(t testing.TB, raw string) (*ws.Request, error) {
	t.Helper()
	r, _ := read(t, raw+"\r\n")
	return ws.ParseRequestFor(r, ws.AllDialects)
}

func mustParse(t testing.TB, raw string) *ws.Request {
	t.Helper()
	q, err := parse(t, raw)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// Every mix of the headers that tell the dialects apart.
func TestDetectionOfEveryMix(t *testing.T) {
	versions := []string{"", "13", "8", "7", "6", "5", "4", "0", "14", "x"}
	for mix := range 16 * len(versions) {
		version, key, key1 := versions[mix/16], mix&1 != 0, mix&2 != 0
		key2, draft := mix&4 != 0, mix&8 != 0
		raw := "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
		for _, f := range []struct {
			on   bool
			line string
		}{
			{version != "", "Sec-WebSocket-Version: " + version}, {key, "Sec-WebSocket-Key: " + sampleKey},
			{key1, "Sec-WebSocket-Key1: " + sampleKey1}, {key2, "Sec-WebSocket-Key2: " + sampleKey2},
			{draft, "Sec-WebSocket-Draft: 2"},
		} {
			if f.on {
				raw += f.line + "\r\n"
			}
		}
		hybi, known := map[string]ws.Dialect{"13": ws.RFC6455, "8": ws.Hybi08, "7": ws.Hybi07}[version]
		var want ws.Dialect
		status := 0
		switch {
		case known && key:
			want = hybi
		case known:
			status = 400
		case key || version != "" || draft:
			status = 426
		case key1 != key2:
			status = 400
		case key1:
			want = ws.Hixie76
		default:
			want = ws.Hixie75
		}
		q, err := parse(t, raw)
		if status != 0 {
			wantStatus(t, err, status)
		} else if err != nil || q.Dialect != want {
			t.Errorf("%q: got %+v and %v, want %v", raw, q, err, want)
		}
	}
}

// wantStatus checks a refusal to a server that has every dialect on.
func wantStatus(t testing.TB, err error, status int) {
	t.Helper()
	var h *ws.HandshakeError
	if !errors.As(err, &h) || h.Status != status {
		t.Fatalf("error %v, want status %d", err, status)
	}
	if status == 426 && h.Header.Get("Sec-WebSocket-Version") != "13, 8, 7" {
		t.Errorf("426 with header %v", h.Header)
	}
	if h.Header.Get("Connection") != "close" {
		t.Errorf("%d leaves the connection open: %v", status, h.Header)
	}
}

func TestEveryDialectCanBeSwitchedOff(t *testing.T) {
	versions := []struct {
		d    ws.Dialect
		name string
	}{{ws.RFC6455, "13"}, {ws.Hybi08, "8"}, {ws.Hybi07, "7"}}
	for set := range ws.AllDialects + 1 {
		var on []string
		for _, v := range versions {
			if set.Has(v.d) {
				on = append(on, v.name)
			}
		}
		for _, d := range allDialects {
			r, _ := read(t, requests[d]+"\r\n")
			q, err := ws.ParseRequestFor(r, set)
			if set.Has(d) {
				if err != nil || q.Dialect != d {
					t.Errorf("%v with %v on: %+v, %v", d, set, q, err)
				}
				continue
			}
			var h *ws.HandshakeError
			if !errors.As(err, &h) || h.Status != 426 || strings.Join(h.Header["Sec-Websocket-Version"], "|") != strings.Join(on, ", ") {
				t.Errorf("%v with %v on: %v", d, set, err)
			}
		}
	}
	for _, d := range allDialects {
		r, _ := read(t, requests[d]+"\r\n")
		if _, err := ws.ParseRequest(r); (err == nil) != (d == ws.RFC6455) {
			t.Errorf("ParseRequest of %v: %v", d, err)
		}
	}
}

func TestDialectSets(t *testing.T) {
	s := ws.DialectsOf(ws.Hybi07, ws.Hixie75, ws.Dialect(200), ws.Dialect(7))
	for _, d := range allDialects {
		if s.Has(d) != (d == ws.Hybi07 || d == ws.Hixie75) || !ws.AllDialects.Has(d) || ws.Dialects(0).Has(d) {
			t.Errorf("%v in the wrong set", d)
		}
	}
	if ws.AllDialects.Has(5) || ws.Dialects(255).Has(7) || ws.AllDialects.Has(200) {
		t.Error("a set has what is no dialect")
	}
	if s.String() != "Hixie75 Hybi07" || ws.AllDialects != ws.DialectsOf(allDialects...) {
		t.Errorf("sets %v and %v", s, ws.AllDialects)
	}
}

// Dialects with the same slot have the same frames, and the others have not.
func TestSlotsAreWireForms(t *testing.T) {
	forms := map[int]string{}
	for _, d := range allDialects {
		slot := d.Slot(false)
		b, err := ws.AppendMessage(nil, d, ws.Text, []byte("news"))
		if err != nil || slot < 0 || slot >= ws.Slots {
			t.Fatalf("%v: slot %d, error %v", d, slot, err)
		}
		if form, ok := forms[slot]; ok && form != string(b) {
			t.Errorf("%v: slot %d has %q and %q", d, slot, form, b)
		}
		forms[slot] = string(b)
		hybi := d.HasBinary()
		if shared := d.Slot(true) == slot; shared == hybi {
			t.Errorf("%v: slot %d plain and %d deflated", d, slot, d.Slot(true))
		}
		if hybi == (d == ws.Hixie75 || d == ws.Hixie76) || d.HasPing() != hybi {
			t.Errorf("%v: binary %v, ping %v", d, hybi, d.HasPing())
		}
	}
	if len(forms) != 2 || len(ws.DialectsOf(allDialects...).String()) == 0 {
		t.Errorf("%d forms without compression, want 2", len(forms))
	}
}

// answerOf completes a handshake and returns the server's bytes.
func answerOf(t testing.TB, q *ws.Request, a ws.Response) string {
	t.Helper()
	b, err := q.AppendResponse(nil, a)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The handshakes of both ends fit together in every dialect.
func TestClientAndServerAgreeInEveryDialect(t *testing.T) {
	for _, d := range allDialects {
		for seed := range 50 {
			c := &ws.ClientHandshake{
				Dialect: d, Host: "Example.com:8080", Target: "/chat?a=%20b&c", Secure: seed%2 == 0,
				Origin: "https://Example.com", Protocols: []string{"b"}, Header: http.Header{"Cookie": {"x=y"}},
			}
			for i := range c.Nonce {
				c.Nonce[i] = byte(seed*31 + i*7)
			}
			if d != ws.Hixie75 {
				c.Protocols = []string{"a", "b"}
			}
			raw, err := c.AppendRequest(nil)
			if err != nil {
				t.Fatal(d, err)
			}
			r, rest := read(t, string(raw)+"\x00first frame")
			q, err := ws.ParseRequestFor(r, ws.AllDialects)
			if err != nil || q.Dialect != d || q.Origin != c.Origin || fmt.Sprint(q.Protocols) != fmt.Sprint(c.Protocols) {
				t.Fatalf("%v: %+v, error %v, from %q", d, q, err, raw)
			}
			got, err := c.CheckHead([]byte(answerOf(t, q, ws.Response{Protocol: "b", Secure: c.Secure})))
			if err != nil || got.Protocol != "b" {
				t.Fatalf("%v: %+v, error %v", d, got, err)
			}
			var nonce [8]byte
			rest = rest[copy(nonce[:q.NonceLen()], rest):]
			if string(rest) != "\x00first frame" {
				t.Fatalf("%v: %q follows the handshake", d, rest)
			}
			checkDigest(t, c, q, nonce)
		}
	}
}

func checkDigest(t *testing.T, c *ws.ClientHandshake, q *ws.Request, nonce [8]byte) {
	t.Helper()
	digest, err := q.AppendDigest([]byte("kept"), nonce)
	if c.Dialect != ws.Hixie76 {
		if !errors.Is(err, ws.ErrUnsupported) || string(digest) != "kept" || !errors.Is(c.CheckDigest([16]byte{}), ws.ErrUnsupported) {
			t.Fatalf("%v: digest %q, error %v", c.Dialect, digest, err)
		}
		return
	}
	digest, kept := bytes.CutPrefix(digest, []byte("kept"))
	if err != nil || !kept || len(digest) != 16 || c.CheckDigest([16]byte(digest)) != nil {
		t.Fatalf("digest %q, error %v", digest, err)
	}
	digest[3]++
	if err := c.CheckDigest([16]byte(digest)); !errors.Is(err, ws.ErrBadHandshake) {
		t.Fatalf("a wrong digest gives %v", err)
	}
}
