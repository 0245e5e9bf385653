package ws_test

import (
	"bufio"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/everwire/everwire/protocol/ws"
)

// FuzzDecode feeds any bytes in any pieces to the decoder of any dialect: the
// events do not depend on the pieces, messages keep the limit, text is UTF-8, and what is held stays in
// proportion to what has arrived.
func FuzzDecode(f *testing.F) {
	rng := rand.New(rand.NewPCG(13, 14))
	z := ws.NewDeflater(&ws.Deflate{}, ws.Client)
	for range 10 {
		stream, _ := randomStream(rng, z)
		f.Add(stream, uint64(7), byte(rng.IntN(16)))
	}
	for range 10 {
		stream, _ := randomHixieStream(rng)
		f.Add(stream, uint64(7), byte(8+8*rng.IntN(2)))
	}
	f.Add([]byte("\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), uint64(1), byte(8))
	f.Add(long(0x81, 8, "hello"), uint64(1), byte(24))
	for _, head := range [][]byte{declare(0x82, 1<<63-1), declare(0xC1, 1<<32+1), {0x88, 0x81, 0, 0, 0, 0, 3}, client(0xC2, "\x03\x00\x03\x00\x00")} {
		f.Add(head, uint64(1), byte(1))
	}
	f.Fuzz(func(t *testing.T, stream []byte, seed uint64, mode byte) {
		const limit = 1 << 14
		o := ws.DecoderOptions{MaxMessage: limit, Dialect: allDialects[int(mode>>3)%len(allDialects)]}
		if mode&1 != 0 {
			o.Deflate = &ws.Deflate{ClientNoContextTakeover: mode&2 != 0, ServerNoContextTakeover: mode&2 != 0}
		}
		if mode&4 != 0 {
			o.Role = ws.Client
		}
		once, errOnce := feed(ws.NewDecoder(o), stream, allAtOnce)
		for _, ev := range once {
			if len(ev.Data) > limit || ev.Type == ws.Text && !utf8.ValidString(ev.Data) {
				t.Fatalf("%v of %d bytes", ev.Type, len(ev.Data))
			}
			if ev.Type == ws.Close && ev.Code != ws.CodeNoStatus && ev.Code != ws.CodeFrameTooBig && (!ws.ValidCode(ev.Code) || !utf8.ValidString(ev.Reason)) {
				t.Fatalf("close %d %q", ev.Code, ev.Reason)
			}
		}
		rng := rand.New(rand.NewPCG(seed, 0))
		d := ws.NewDecoder(o)
		pieces, err := feed(d, stream, func(at int) int {
			if held := ws.Held(d); held > 2*at+2*512 {
				t.Fatalf("holds %d after %d bytes", held, at)
			}
			return 1 + rng.IntN(1+rng.IntN(64))
		})
		if !slices.Equal(pieces, once) || fmt.Sprint(err) != fmt.Sprint(errOnce) {
			t.Fatalf("in pieces %d events and %v, at once %d and %v", len(pieces), err, len(once), errOnce)
		}
	})
}

// FuzzHandshake parses any header; what is accepted can be answered, and the
// answer satisfies the client.
func FuzzHandshake(f *testing.F) {
	f.Add("13", sampleKey, "chat, b", "permessage-deflate; client_max_window_bits", "https://a.example", "upgrade")
	f.Add("8", "x", "a b", `permessage-deflate; server_max_window_bits="10"; x="\"`, "null", "keep-alive, Upgrade")
	f.Add("13", sampleKey, ",,", "permessage-deflate;, permessage-deflate; server_max_window_bits=8", "", "Upgrade")
	f.Fuzz(func(t *testing.T, version, key, protocols, extensions, origin, connection string) {
		r := &http.Request{Method: "GET", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Host: "h", Header: http.Header{
			"Upgrade": {"websocket"}, "Connection": {connection}, "Origin": {origin}, "Sec-Websocket-Key": {key},
			"Sec-Websocket-Version": {version}, "Sec-Websocket-Protocol": {protocols}, "Sec-Websocket-Extensions": {extensions},
		}}
		q, err := ws.ParseRequest(r)
		if any, anyErr := ws.ParseRequestOfAnyKey(r, ws.DialectsOf(ws.RFC6455)); err == nil && (anyErr != nil || any.Key != q.Key) || anyErr == nil && any.Key == "" {
			t.Fatalf("of any key %v, %v", any, anyErr)
		}
		if err != nil {
			var h *ws.HandshakeError
			if !errors.As(err, &h) || h.Status < 400 || h.Status > 499 {
				t.Fatalf("error %v", err)
			}
			return
		}
		d, _ := q.NegotiateDeflate(ws.DeflateOptions{ClientMaxWindowBits: 12})
		answer := ws.Response{Deflate: d, Header: http.Header{"X-Echo": {origin}}}
		if len(q.Protocols) > 0 {
			answer.Protocol = q.Protocols[len(q.Protocols)-1]
		}
		b, err := q.AppendResponse(nil, answer)
		if err != nil {
			if strings.ContainsFunc(origin, func(r rune) bool { return r < ' ' || r == 0x7F }) {
				return
			}
			t.Fatal(err)
		}
		if bytes.Count(b, []byte("\r\n\r\n")) != 1 || !bytes.HasSuffix(b, []byte("\r\n\r\n")) {
			t.Fatalf("answer %q", b)
		}
		res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(b)), nil)
		if err != nil || res.Header.Get("Sec-WebSocket-Accept") != ws.AcceptKey(q.Key) {
			t.Fatalf("answer %q: %v", b, err)
		}
	})
}

// FuzzInflate gives any bytes as a compressed message and compares with the
// standard library's reader where that reads a single stream.
func FuzzInflate(f *testing.F) {
	z := ws.NewDeflater(&ws.Deflate{}, ws.Client)
	for _, s := range []string{"", "Hello", strings.Repeat("abc", 1000), strings.Repeat("\x00", 40_000)} {
		b, err := z.AppendCompressed(nil, []byte(s))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("\xf3\x48\xcd\xc9\xc9\x07\x00\xf3\x48\xcd\xc9\xc9\x07\x00\x00"))
	f.Fuzz(func(t *testing.T, packed []byte) {
		const limit = 1 << 15
		d := ws.NewDecoder(ws.DecoderOptions{Deflate: &ws.Deflate{}, MaxMessage: limit})
		got, err := feed(d, client(0xC2, string(packed)), allAtOnce)
		code := codeOf(t, err)
		if code != 0 && code != 1007 && code != 1009 {
			t.Fatal(err)
		}
		if err == nil && (len(got) != 1 || len(got[0].Data) > limit) {
			t.Fatalf("%d events", len(got))
		}
		rest := strings.NewReader(string(packed) + "\x00\x00\xff\xff\x01\x00\x00\xff\xff")
		want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(rest), limit+1))
		if rest.Len() > 0 || len(packed) == 0 || len(packed) > limit {
			return // more than one stream, or over the limit while packed
		}
		switch {
		case len(want) > limit:
			if code != 1009 {
				t.Fatalf("error %v, want 1009", err)
			}
		case wantErr != nil:
			if code != 1007 {
				t.Fatalf("error %v, want 1007 for %v", err, wantErr)
			}
		case err != nil || got[0].Data != string(want):
			t.Fatalf("error %v, want %d bytes", err, len(want))
		}
		// And back.
		again, err := ws.NewDeflater(&ws.Deflate{ClientNoContextTakeover: true}, ws.Client).AppendCompressed(nil, packed)
		if err != nil {
			t.Fatal(err)
		}
		got, err = feed(ws.NewDecoder(ws.DecoderOptions{Deflate: &ws.Deflate{}}), client(0xC2, string(again)), allAtOnce)
		if err != nil || len(got) != 1 || got[0].Data != string(packed) {
			t.Fatalf("round trip: error %v", err)
		}
	})
}

// FuzzRequest parses any request in any dialect. What is accepted can be
// answered, on a line each, and the answer satisfies a client that asked for
// the same.
func FuzzRequest(f *testing.F) {
	for _, d := range allDialects {
		f.Add([]byte(requests[d]+"\r\n"), true)
	}
	f.Add([]byte(hixie76Request+"Content-Length: 8\r\n\r\n"+sampleNonce), false)
	f.Fuzz(func(t *testing.T, raw []byte, secure bool) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil {
			return
		}
		q, err := ws.ParseRequestFor(r, ws.AllDialects)
		if err != nil {
			var h *ws.HandshakeError
			if !errors.As(err, &h) || h.Status < 400 || h.Status > 499 || h.Header.Get("Connection") != "close" {
				t.Fatalf("error %v", err)
			}
			return
		}
		a := ws.Response{Secure: secure}
		if len(q.Protocols) > 0 {
			a.Protocol = q.Protocols[0]
		}
		b, err := q.AppendResponse(nil, a)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(b), "\r\n")
		if strings.ContainsAny(strings.Join(lines, ""), "\r\n") || len(lines) > 8 {
			t.Fatalf("answer %q", b)
		}
		if q.Dialect != ws.Hixie75 && q.Dialect != ws.Hixie76 {
			return
		}
		c := ws.ClientHandshake{Dialect: q.Dialect, Secure: secure, Host: q.Host, Target: q.Target, Origin: q.Origin, Protocols: q.Protocols}
		if got, err := c.CheckHead(b); err != nil || got.Protocol != a.Protocol {
			t.Fatalf("answer %q: %v", b, err)
		}
	})
}

// FuzzKeyNumber compares the number in a key with one that is reckoned without
// a bound on its size.
func FuzzKeyNumber(f *testing.F) {
	for _, key := range []string{sampleKey1, sampleKey2, "", "1 0", "4294967296 ", "18446744073709551617 x"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		var digits []byte
		for i := range len(key) {
			if key[i] >= '0' && key[i] <= '9' {
				digits = append(digits, key[i])
			}
		}
		spaces := big.NewInt(int64(strings.Count(key, " ")))
		product, ok := new(big.Int).SetString(string(digits), 10)
		want, rest := new(big.Int), new(big.Int)
		if ok = ok && spaces.Sign() > 0; ok {
			want.QuoRem(product, spaces, rest)
		}
		ok = ok && rest.Sign() == 0 && want.Cmp(big.NewInt(math.MaxUint32)) <= 0
		got, err := ws.KeyNumber(key)
		if ok && product.Cmp(big.NewInt(12*math.MaxUint32)) > 0 {
			return // more spaces than a client may use
		}
		if ok != (err == nil) || ok && uint64(got) != want.Uint64() {
			t.Fatalf("%q is %d, error %v, want %v", key, got, err, want)
		}
	})
}

// FuzzCheckHead gives any bytes as a server's answer.
func FuzzCheckHead(f *testing.F) {
	for _, d := range allDialects {
		c := sampleClient()
		c.Dialect = d
		raw, err := c.AppendRequest(nil)
		if err != nil {
			f.Fatal(err)
		}
		r, _ := read(f, string(raw))
		q, err := ws.ParseRequestFor(r, ws.AllDialects)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(answerOf(f, q, ws.Response{})), byte(d))
	}
	f.Fuzz(func(t *testing.T, head []byte, d byte) {
		c := sampleClient()
		c.Dialect, c.Protocols = allDialects[int(d)%len(allDialects)], []string{"a"}
		a, err := c.CheckHead(head)
		if err != nil && !errors.Is(err, ws.ErrBadHandshake) || err == nil && a.Protocol != "" && a.Protocol != "a" {
			t.Fatalf("%+v, error %v", a, err)
		}
	})
}
