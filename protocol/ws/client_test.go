package ws_test

import (
	"bufio"
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/ws"
)

// sampleClient has the nonce of RFC 6455 section 1.3.
func sampleClient() *ws.ClientHandshake {
	c := &ws.ClientHandshake{Host: "example.com", Target: "/chat?a=1"}
	copy(c.Nonce[:], "the sample nonce")
	return c
}

// shake runs a handshake between both sides of the package.
func shake(t *testing.T, c *ws.ClientHandshake, answer func(*ws.Request) ws.Response) (ws.Response, error) {
	t.Helper()
	b, err := c.AppendRequest(nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(b)))
	if err != nil {
		t.Fatal(err)
	}
	q, err := ws.ParseRequest(r)
	if err != nil {
		t.Fatal(err)
	}
	if b, err = q.AppendResponse(nil, answer(q)); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(b)), r)
	if err != nil {
		t.Fatal(err)
	}
	return c.CheckResponse(res)
}

func TestClientAndServerAgree(t *testing.T) {
	c := sampleClient()
	if c.Key() != sampleKey {
		t.Fatalf("key %q", c.Key())
	}
	c.Origin, c.Protocols = "https://example.com", []string{"a", "b"}
	c.Header = http.Header{"Cookie": {"x=y"}}
	c.Deflate = &ws.DeflateOffer{ClientMaxWindowBits: 15, ServerMaxWindowBits: 12}
	got, err := shake(t, c, func(q *ws.Request) ws.Response {
		if q.Origin != c.Origin {
			t.Errorf("origin %q", q.Origin)
		}
		d, ok := q.NegotiateDeflate(ws.DeflateOptions{ClientContextTakeover: true, ClientMaxWindowBits: 10})
		if !ok {
			t.Error("no deflate")
		}
		return ws.Response{Protocol: "b", Deflate: d}
	})
	want := ws.Deflate{ServerNoContextTakeover: true, ServerMaxWindowBits: 12, ClientMaxWindowBits: 10}
	if err != nil || got.Protocol != "b" || got.Deflate == nil || *got.Deflate != want {
		t.Fatalf("got %+v with %+v, error %v", got, got.Deflate, err)
	}
}

func TestAppendRequestRefuses(t *testing.T) {
	for name, change := range map[string]func(*ws.ClientHandshake){
		"no host":     func(c *ws.ClientHandshake) { c.Host = "" },
		"no target":   func(c *ws.ClientHandshake) { c.Target = "" },
		"target":      func(c *ws.ClientHandshake) { c.Target = "/ HTTP/1.1\r\nX: y" },
		"space":       func(c *ws.ClientHandshake) { c.Target = "/a b" },
		"host":        func(c *ws.ClientHandshake) { c.Host = "a\nb" },
		"origin":      func(c *ws.ClientHandshake) { c.Origin = "a\r\nb" },
		"protocol":    func(c *ws.ClientHandshake) { c.Protocols = []string{"a,b"} },
		"own header":  func(c *ws.ClientHandshake) { c.Header = http.Header{"Upgrade": {"x"}} },
		"host header": func(c *ws.ClientHandshake) { c.Header = http.Header{"Host": {"x"}} },
	} {
		c := sampleClient()
		change(c)
		if got, err := c.AppendRequest([]byte("kept")); !errors.Is(err, ws.ErrBadHeader) || string(got) != "kept" {
			t.Errorf("%s: got %q, error %v", name, got, err)
		}
	}
}

func TestCheckResponse(t *testing.T) {
	const good = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
	const deflate = "Sec-WebSocket-Extensions: permessage-deflate"
	for _, c := range []struct {
		name, answer string
		offer        *ws.DeflateOffer
		ok           bool
	}{
		{"plain", good, nil, true},
		{"status 200", strings.Replace(good, "101", "200", 1), nil, false},
		{"wrong accept", strings.Replace(good, "s3p", "S3p", 1), nil, false},
		{"no accept", good[:strings.Index(good, "Sec-")], nil, false},
		{"no upgrade", strings.Replace(good, "Upgrade: websocket\r\n", "", 1), nil, false},
		{"protocol not offered", good + "Sec-WebSocket-Protocol: x\r\n", nil, false},
		{"two protocols", good + "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: a\r\n", nil, false},
		{"protocol", good + "Sec-WebSocket-Protocol: a\r\n", nil, true},
		{"extension not offered", good + deflate + "\r\n", nil, false},
		{"other extension", good + "Sec-WebSocket-Extensions: foo\r\n", &ws.DeflateOffer{}, false},
		{"extension twice", good + deflate + ", permessage-deflate\r\n", &ws.DeflateOffer{}, false},
		{"extension syntax", good + deflate + ";\r\n", &ws.DeflateOffer{}, false},
		{"deflate", good + deflate + "\r\n", &ws.DeflateOffer{}, true},
		{"deflate declined", good, &ws.DeflateOffer{}, true},
		{"unknown parameter", good + deflate + "; x\r\n", &ws.DeflateOffer{}, false},
		{"takeover demanded away", good + deflate + "\r\n", &ws.DeflateOffer{ServerNoContextTakeover: true}, false},
		{"window demanded away", good + deflate + "\r\n", &ws.DeflateOffer{ServerMaxWindowBits: 10}, false},
		{"window too large", good + deflate + "; server_max_window_bits=11\r\n", &ws.DeflateOffer{ServerMaxWindowBits: 10}, false},
		{"window smaller", good + deflate + "; server_max_window_bits=9\r\n", &ws.DeflateOffer{ServerMaxWindowBits: 10}, true},
		{"client window not offered", good + deflate + "; client_max_window_bits=10\r\n", &ws.DeflateOffer{}, false},
		{"client window without value", good + deflate + "; client_max_window_bits\r\n", &ws.DeflateOffer{ClientMaxWindowBits: 15}, false},
		{"client window", good + deflate + "; client_max_window_bits=10\r\n", &ws.DeflateOffer{ClientMaxWindowBits: 15}, true},
	} {
		h := sampleClient()
		h.Protocols, h.Deflate = []string{"a"}, c.offer
		res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(c.answer+"\r\n")), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = h.CheckResponse(res); (err == nil) != c.ok || err != nil && !errors.Is(err, ws.ErrBadHandshake) {
			t.Errorf("%s: error %v", c.name, err)
		}
	}
}

// A message of a client arrives at a server of the same dialect, both ways.
func TestClientMessagesInEveryDialect(t *testing.T) {
	key := [4]byte{1, 2, 3, 4}
	for _, d := range allDialects {
		for kind, want := range map[ws.Type]seen{ws.Text: text("héllo €"), ws.Binary: binmsg("\x00\xff"), ws.Ping: {}} {
			b, err := ws.AppendMaskedMessage([]byte("k"), d, key, kind, []byte(want.Data))
			if kind == ws.Ping || kind == ws.Binary && !d.HasBinary() {
				if !errors.Is(err, ws.ErrUnsupported) || string(b) != "k" {
					t.Errorf("%v: %v gives %q, error %v", d, kind, b, err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := feed(ws.NewDecoder(ws.DecoderOptions{Dialect: d}), b[1:], byteByByte)
			if err != nil || len(got) != 1 || got[0] != want {
				t.Errorf("%v: %q arrives as %+v, error %v", d, b, got, err)
			}
			if b, err = ws.AppendMessage(nil, d, kind, []byte(want.Data)); err != nil {
				t.Fatal(err)
			}
			got, err = feed(ws.NewDecoder(ws.DecoderOptions{Dialect: d, Role: ws.Client}), b, byteByByte)
			if err != nil || len(got) != 1 || got[0] != want {
				t.Errorf("%v: %q comes back as %+v, error %v", d, b, got, err)
			}
		}
	}
}
