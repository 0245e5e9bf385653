package ws_test

import (
	"bufio"
	"bytes"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/ws"
)

// record is a line of testdata/protocol_websocket.txt: who wrote the bytes in
// which dialect, and for a frame what it means.
type record struct {
	dialect           ws.Dialect
	what, bytes       string
	meaning, contents string
}

func records(t *testing.T) []record {
	t.Helper()
	b, err := os.ReadFile("testdata/protocol_websocket.txt")
	if err != nil {
		t.Fatal(err)
	}
	var list []record
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		var r record
		name, rest, _ := strings.Cut(line, " ")
		i := slices.IndexFunc(allDialects, func(d ws.Dialect) bool { return d.String() == name })
		if i < 0 {
			t.Fatalf("unknown dialect in %q", line)
		}
		r.dialect = allDialects[i]
		r.what, rest, _ = strings.Cut(rest, " ")
		r.bytes, rest = quoted(t, rest)
		if rest != "" {
			r.meaning, rest, _ = strings.Cut(strings.TrimSpace(rest), " ")
			r.contents, _ = quoted(t, rest)
		}
		list = append(list, r)
	}
	return list
}

func quoted(t *testing.T, s string) (value, rest string) {
	t.Helper()
	prefix, err := strconv.QuotedPrefix(s)
	if err == nil {
		value, err = strconv.Unquote(prefix)
	}
	if err != nil {
		t.Fatalf("%.40q: %v", s, err)
	}
	return value, s[len(prefix):]
}

// The answers of this package have the fields of Protocol::WebSocket's, and
// the digest behind them. They differ in their order, in the case of
// "websocket", and in the status text, which the drafts fix and it does not.
func TestInteropProtocolWebSocketHandshakes(t *testing.T) {
	var q *ws.Request
	var nonce [8]byte
	n := 0
	for _, rec := range records(t) {
		switch rec.what {
		case "request":
			r, rest := read(t, rec.bytes)
			var err error
			if q, err = ws.ParseRequestFor(r, ws.AllDialects); err != nil || q.Dialect != rec.dialect || len(rest) != q.NonceLen() {
				t.Fatalf("%q: %+v, error %v", rec.bytes, q, err)
			}
			copy(nonce[:], rest)
		case "answer":
			a := ws.Response{Secure: strings.HasPrefix(q.Origin, "https:")}
			if len(q.Protocols) > 0 {
				a.Protocol = q.Protocols[0]
			}
			got := answerOf(t, q, a)
			if q.NonceLen() > 0 {
				digest, err := q.AppendDigest(nil, nonce)
				if err != nil {
					t.Fatal(err)
				}
				got += string(digest)
			}
			gotFields, gotRest := fields(t, got)
			wantFields, wantRest := fields(t, rec.bytes)
			if !reflect.DeepEqual(gotFields, wantFields) || gotRest != wantRest {
				t.Errorf("%v: got %q\nwant %q", rec.dialect, got, rec.bytes)
			}
			n++
		}
	}
	if n != 8 {
		t.Errorf("%d handshakes, want 8", n)
	}
}

// fields returns the header of an answer and what follows it.
func fields(t *testing.T, answer string) (http.Header, string) {
	t.Helper()
	r, err := http.ReadResponse(bufio.NewReader(strings.NewReader(answer)), nil)
	if err != nil || r.StatusCode != 101 {
		t.Fatalf("%q: %v", answer, err)
	}
	r.Header.Set("Upgrade", strings.ToLower(r.Header.Get("Upgrade")))
	_, rest, _ := strings.Cut(answer, "\r\n\r\n")
	return r.Header, rest
}

// Frames of both ends are read, and those of the server written byte for byte.
func TestInteropProtocolWebSocketFrames(t *testing.T) {
	types := map[string]ws.Type{"text": ws.Text, "binary": ws.Binary, "ping": ws.Ping, "pong": ws.Pong, "close": ws.Close}
	n := 0
	for _, rec := range records(t) {
		role := ws.Server
		switch rec.what {
		case "client":
		case "server":
			role = ws.Client
		default:
			continue
		}
		want := seen{Type: types[rec.meaning], Data: rec.contents}
		var mine []byte
		var err error
		if want.Type == ws.Close {
			if want.Code = ws.CodeNormal; !rec.dialect.HasBinary() {
				want.Code = ws.CodeNoStatus
			}
			mine, err = ws.AppendClose(nil, rec.dialect, want.Code, "")
		} else if role == ws.Client {
			mine, err = ws.AppendMessage(nil, rec.dialect, want.Type, []byte(rec.contents))
		}
		if err != nil {
			t.Fatal(err)
		}
		got, err := feed(ws.NewDecoder(ws.DecoderOptions{Dialect: rec.dialect, Role: role}), []byte(rec.bytes), byteByByte)
		if err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%v %s %q: got %+v, error %v", rec.dialect, rec.what, rec.bytes, got, err)
		}
		// Its client and server of draft 75 close with the bytes of draft 76.
		if draft75 := rec.dialect == ws.Hixie75 && want.Type == ws.Close; role == ws.Client && !draft75 && !bytes.Equal(mine, []byte(rec.bytes)) {
			t.Errorf("%v %s: wrote %q, want %q", rec.dialect, rec.meaning, mine, rec.bytes)
		}
		n++
	}
	if n != 54 {
		t.Errorf("%d frames, want 54", n)
	}
}
