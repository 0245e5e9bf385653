package ws_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/ws"
)

// Tests of what has broken WebSocket servers before, one for each kind.

// Many empty or tiny pieces must not pin more memory than the message that
// they belong to (CVE-2026-48779). A hixie client needs no frame for a piece;
// TestFragmentFloodIsCut has the fragments of the others.
func TestSecurityTinyPieces(t *testing.T) {
	const limit = 64 << 10
	for _, d := range hixies {
		dec := ws.NewDecoder(ws.DecoderOptions{Dialect: d, MaxMessage: limit})
		if _, _, err := dec.Decode([]byte{0}); err != nil {
			t.Fatal(err)
		}
		peak, n := 0, 0
		var err error
		for err == nil && n < 2*limit {
			_, _, err = dec.Decode([]byte("x"))
			n++
			if held := ws.Held(dec); held > 2*n+512 {
				t.Fatalf("%v: holds %d bytes after %d", d, held, n)
			}
			peak = max(peak, ws.Held(dec))
		}
		if codeOf(t, err) != 1009 || n != limit+1 || peak > 2*limit || ws.Held(dec) != 0 {
			t.Errorf("%v: error %v after %d bytes, %d held at most, %d after", d, err, n, peak, ws.Held(dec))
		}
	}
}

// Lengths that overflow or that nobody could hold are refused by the header
// alone, in every dialect (CVE-2026-27889, CVE-2020-27813).
func TestSecurityHostileLengths(t *testing.T) {
	lengths := []uint64{1 << 31, 1<<32 - 1, 1 << 32, 1<<32 + 1, 1<<63 - 1, 1 << 63, 1<<64 - 1}
	for _, d := range allDialects {
		for _, n := range lengths {
			stream := declare(0x82, n)
			if slices.Contains(hixies, d) {
				stream = []byte{0x80}
				for shift := 63; shift >= 0; shift -= 7 {
					stream = append(stream, 0x80|byte(n>>shift))
				}
				stream[len(stream)-1] &= 0x7F
			}
			dec := ws.NewDecoder(ws.DecoderOptions{Dialect: d})
			var err error
			if got := allocated(func() { _, err = feed(dec, stream, byteByByte) }); got > 8<<10 {
				t.Errorf("%v: length %#x allocates %d", d, n, got)
			}
			want := uint16(1009)
			if n>>63 != 0 && !slices.Contains(hixies, d) {
				want = 1002
			}
			if codeOf(t, err) != want {
				t.Errorf("%v: length %#x: error %v, want %d", d, n, err, want)
			}
		}
	}
	for _, d := range hixies {
		for first := byte(0x80); first != 0; first++ {
			stream := append([]byte{first}, bytes.Repeat([]byte{0xFF}, 10)...)
			if _, err := feed(ws.NewDecoder(ws.DecoderOptions{Dialect: d}), stream, allAtOnce); codeOf(t, err) != 1009 {
				t.Errorf("%v: type %#x and ten FF: %v", d, first, err)
			}
		}
	}
}

// A hixie text has no length, so one that never ends is cut at the limit.
func TestSecurityTextWithoutEnd(t *testing.T) {
	const limit = 1 << 20
	for _, first := range []byte{0x00, 0x01, 0x7F} {
		d := ws.NewDecoder(ws.DecoderOptions{Dialect: ws.Hixie76, MaxMessage: limit})
		p := append([]byte{first}, bytes.Repeat([]byte("text"), 4096)...)
		var sent, peak int
		var err error
		for err == nil && sent < 4*limit {
			_, _, err = d.Decode(bytes.Clone(p))
			sent += len(p)
			peak = max(peak, ws.Held(d))
			if p[0] == first {
				p = p[1:]
			}
		}
		if codeOf(t, err) != 1009 || sent > limit+2*len(p) || peak > 2*limit || first != 0 && peak > 0 {
			t.Errorf("type %#x: error %v after %d bytes, %d held", first, err, sent, peak)
		}
	}
}

// A frame that says it is compressed is one only where that was agreed on, and
// no dialect but RFC 6455 can agree on it.
func TestSecurityNoBombWithoutAgreement(t *testing.T) {
	z := ws.NewDeflater(&ws.Deflate{}, ws.Client)
	packed, err := z.AppendCompressed(nil, make([]byte, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []ws.Dialect{ws.RFC6455, ws.Hybi07, ws.Hybi08} {
		_, err := feed(ws.NewDecoder(ws.DecoderOptions{Dialect: d}), client(0xC2, string(packed)), allAtOnce)
		if codeOf(t, err) != 1002 {
			t.Errorf("%v: error %v", d, err)
		}
	}
}

// No byte of another message shows: freed buffers are overwritten in these
// tests, and every payload is compared.
func TestSecurityNoReusedBufferInAnyDialect(t *testing.T) {
	for n := range 100 {
		for _, d := range allDialects {
			s := strings.Repeat(d.String(), n)
			stream := join(client(0x01, s), client(0x89, s[:min(len(s), 125)]), client(0x80, s))
			want := []seen{{Type: ws.Ping, Data: s[:min(len(s), 125)]}, text(s + s)}
			if slices.Contains(hixies, d) {
				stream, want = []byte("\x00"+s+"\xff\x01"+s+"\xff\x00"+s+s+"\xff"), []seen{text(s), text(s + s)}
			}
			got, err := feed(ws.NewDecoder(ws.DecoderOptions{Dialect: d}), stream, func(at int) int { return at%29 + 1 })
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("%v, %d: wrong events, error %v", d, n, err)
			}
		}
	}
}

// Header values are read in one pass, whatever they hold (CVE-2021-32640,
// CVE-2024-37890).
func TestSecurityLongHeaders(t *testing.T) {
	long := func(d ws.Dialect, n int) *http.Request {
		r, _ := read(t, requests[d]+"\r\n")
		for _, name := range []string{"Sec-Websocket-Protocol", "Sec-Websocket-Extensions"} {
			r.Header[name] = []string{strings.Repeat(" ", n) + "," + strings.Repeat(", ", n)}
		}
		if d == ws.Hixie76 {
			r.Header["Sec-Websocket-Key1"] = []string{strings.Repeat(" x", n) + "0"}
		}
		for i := range 200 {
			r.Header[fmt.Sprint("X-", i)] = []string{"x"}
		}
		return r
	}
	elapsed := func(r *http.Request) time.Duration {
		start := time.Now()
		if _, err := ws.ParseRequestFor(r, ws.AllDialects); err != nil {
			t.Fatal(err)
		}
		return time.Since(start)
	}
	for _, d := range allDialects {
		// 16 times the bytes: linear is 16, quadratic 256. Other work on the
		// machine can only make a run longer, so the shortest of many counts,
		// and the long ones are short enough to be seldom interrupted.
		small, large := long(d, 1<<11), long(d, 1<<15)
		a, b := time.Hour, time.Hour
		for range 200 {
			a, b = min(a, elapsed(small)), min(b, elapsed(large))
			if b <= 60*a {
				break
			}
		}
		if b > 60*a {
			t.Errorf("%v: %v for 2 Ki, %v for 32 Ki", d, a, b)
		}
	}
}

// Text that is not UTF-8 reaches nobody, in any dialect and either direction.
func TestSecurityInvalidText(t *testing.T) {
	for _, bad := range []string{"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "ok\x80", "\xe2\x82", "\xf0\x9f\x98"} {
		for _, d := range allDialects {
			stream := client(0x81, bad)
			if slices.Contains(hixies, d) {
				stream = []byte("\x00" + bad + "\xff")
				if bad == "\xff" {
					stream = []byte("\x00a\xfe\xff")
				}
			}
			for _, size := range []func(int) int{allAtOnce, byteByByte} {
				got, err := feed(ws.NewDecoder(ws.DecoderOptions{Dialect: d}), stream, size)
				if codeOf(t, err) != 1007 || len(got) != 0 {
					t.Errorf("%v: %q: got %+v, error %v", d, bad, got, err)
				}
			}
		}
	}
}

// What follows the request of Hixie76 is 8 bytes and then frames, never a
// request: not when they look like one, not when it is refused.
func TestSecurityNonceIsNoRequest(t *testing.T) {
	const smuggled = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"
	q := mustParse(t, hixie76Request)
	digest, events, err := converse(q, []byte(smuggled), allAtOnce)
	want, _ := q.AppendDigest(nil, [8]byte([]byte(smuggled)))
	if err != nil || digest != string(want) || len(events) != 0 {
		// "TTP/1.1..." begins with a reserved type and has no FF.
		t.Errorf("digest %q, events %+v, error %v", digest, events, err)
	}
	_, events, err = converse(q, []byte(sampleNonce+"\x00a\xff"+smuggled+"\xff\x00b\xff"), byteByByte)
	if err != nil || !slices.Equal(events, []seen{text("a"), text("b")}) {
		t.Errorf("events %+v, error %v", events, err)
	}
	for _, body := range []string{"Content-Length: 7\r\n", "Content-Length: 9\r\n", "Content-Length: 34\r\n", "Transfer-Encoding: chunked\r\n"} {
		_, err := parse(t, hixie76Request+body)
		wantStatus(t, err, 400)
	}
}

// After a refusal the server's connection ends, so that net/http does not take
// the nonce and what follows for the next request.
func TestSecurityRefusalEndsTheConnection(t *testing.T) {
	requestsSeen := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requestsSeen <- r.URL.Path
		_, err := ws.ParseRequestFor(r, ws.DialectsOf(ws.RFC6455, ws.Hybi08))
		refused, ok := err.(*ws.HandshakeError)
		if !ok {
			t.Errorf("%s: error %v", r.URL.Path, err)
			return
		}
		for name, values := range refused.Header {
			w.Header()[name] = values
		}
		http.Error(w, refused.Error(), refused.Status)
	}))
	defer server.Close()
	for name, raw := range map[string]string{
		"switched off":    hixie76Request,
		"announced":       hixie76Request + "Content-Length: 8\r\n",
		"one key":         strings.Replace(hixie76Request, "Key1", "KeyX", 1),
		"hixie-75":        hixie75Request,
		"unknown version": strings.Replace(rfc6455Request, "13", "14", 1),
		"no key":          strings.Replace(rfc6455Request, sampleKey, "x", 1),
	} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(conn, raw+"\r\n"+sampleNonce+"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n")
		b := bufio.NewReader(conn)
		res, err := http.ReadResponse(b, nil)
		if err != nil || res.StatusCode < 400 || !res.Close {
			t.Fatalf("%s: %+v, error %v", name, res, err)
		}
		if res.StatusCode == 426 && (res.Header.Get("Upgrade") != "websocket" || res.Header.Get("Sec-WebSocket-Version") != "13, 8") {
			t.Errorf("%s: 426 with %v", name, res.Header)
		}
		res.Body.Close()
		conn.Close()
		<-requestsSeen
	}
	server.Close() // waits for the handlers
	if len(requestsSeen) > 0 {
		t.Errorf("%s was taken for a request", <-requestsSeen)
	}
}

// A 64-bit length in a draft's frame is no more trusted than elsewhere for
// being tolerated when it is not in its shortest form.
func TestSecurityDraftLongFormKeepsTheLimit(t *testing.T) {
	frame := binary.BigEndian.AppendUint64([]byte{0x82, 0xFF}, 11)
	for _, d := range drafts {
		_, err := feed(ws.NewDecoder(ws.DecoderOptions{Dialect: d, MaxMessage: 10}), frame, byteByByte)
		if codeOf(t, err) != 1009 {
			t.Errorf("%v: error %v", d, err)
		}
	}
}
