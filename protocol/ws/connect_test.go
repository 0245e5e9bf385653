package ws_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"testing"

	"github.com/everwire/everwire/protocol/ws"
)

// connect is an extended CONNECT as in RFC 8441 section 5.1, edited by names and
// values in turn; a value of "-" takes the field away.
func connect(edits ...string) *http.Request {
	r := &http.Request{Method: "CONNECT", Proto: "HTTP/2.0", ProtoMajor: 2, Host: "server.example.com", ContentLength: -1,
		Header: http.Header{":protocol": {"websocket"}, "Sec-Websocket-Protocol": {"chat, superchat"},
			"Sec-Websocket-Extensions": {"permessage-deflate"}, "Sec-Websocket-Version": {"13"}, "Origin": {"http://www.example.com"}}}
	for i := 0; i < len(edits); i += 2 {
		if r.Header[edits[i]] = []string{edits[i+1]}; edits[i+1] == "-" {
			delete(r.Header, edits[i])
		}
	}
	return r
}

func TestExtendedConnectRFC8441Section5_1(t *testing.T) {
	r := connect()
	if !ws.IsUpgrade(r) {
		t.Error("it is no upgrade")
	}
	q, err := ws.ParseRequest(r)
	if err != nil {
		t.Fatal(err)
	}
	want := &ws.Request{Dialect: ws.RFC6455, Connect: true, Protocols: []string{"chat", "superchat"},
		Offers: []ws.DeflateOffer{{}}, Origin: "http://www.example.com"}
	if !reflect.DeepEqual(q, want) {
		t.Errorf("parsed %+v, want %+v", q, want)
	}
	deflate, _ := q.NegotiateDeflate(ws.DeflateOptions{})
	h := http.Header{"X-Before": {"1"}}
	if err := q.SetResponse(h, ws.Response{Protocol: "chat", Deflate: deflate, Header: http.Header{"Set-Cookie": {"a", "b"}}}); err != nil {
		t.Fatal(err)
	}
	if want := (http.Header{"X-Before": {"1"}, "Set-Cookie": {"a", "b"}, "Sec-Websocket-Protocol": {"chat"},
		"Sec-Websocket-Extensions": {"permessage-deflate; server_no_context_takeover; client_no_context_takeover"}}); !reflect.DeepEqual(h, want) {
		t.Errorf("the answer has %v, want %v", h, want)
	}
}

func TestAnAnswerToAConnectIsChecked(t *testing.T) {
	q, err := ws.ParseRequest(connect("Sec-Websocket-Extensions", "-"))
	if err != nil {
		t.Fatal(err)
	}
	upgrade, err := ws.ParseRequest(request(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		q    *ws.Request
		a    ws.Response
		want error
	}{
		{"subprotocol", q, ws.Response{Protocol: "other"}, ws.ErrNotOffered},
		{"compression", q, ws.Response{Deflate: &ws.Deflate{}}, ws.ErrNotOffered},
		{"field of the handshake", q, ws.Response{Header: http.Header{"Sec-WebSocket-Accept": {"x"}}}, ws.ErrBadHeader},
		{"field of the connection", q, ws.Response{Header: http.Header{"Connection": {"close"}}}, ws.ErrBadHeader},
		{"upgrade", upgrade, ws.Response{}, ws.ErrUnsupported},
	} {
		h := http.Header{}
		if err := tt.q.SetResponse(h, tt.a); !errors.Is(err, tt.want) || len(h) > 0 {
			t.Errorf("%s: %v with %v, want %v", tt.name, err, h, tt.want)
		}
	}
	if head, err := q.AppendResponse([]byte("x"), ws.Response{}); !errors.Is(err, ws.ErrUnsupported) || string(head) != "x" {
		t.Errorf("an upgrade's answer to a CONNECT: %q, %v", head, err)
	}
}

func TestExtendedConnectIsRefused(t *testing.T) {
	noHost, ended, get, post := connect(), connect(), connect(":protocol", "-"), connect()
	noHost.Host, ended.ContentLength, get.Method, post.Method = "", 0, "GET", "POST"
	version := http.Header{"Sec-Websocket-Version": {"13"}}
	allow := http.Header{"Allow": {"CONNECT"}}
	for _, tt := range []struct {
		name   string
		r      *http.Request
		set    ws.Dialects
		status int
		header http.Header
	}{
		{"version of a draft", connect("Sec-Websocket-Version", "8"), ws.AllDialects, 400, version},
		{"unknown version", connect("Sec-Websocket-Version", "14"), ws.AllDialects, 400, version},
		{"no version", connect("Sec-Websocket-Version", "-"), ws.AllDialects, 400, version},
		{"dialect that is off", connect(), ws.DialectsOf(ws.Hybi08, ws.Hixie76), 400, nil},
		{"version while the dialect is off", connect("Sec-Websocket-Version", "8"), ws.DialectsOf(ws.Hybi08), 400, nil},
		{"bad subprotocol", connect("Sec-Websocket-Protocol", "a b"), ws.AllDialects, 400, nil},
		{"bad extension", connect("Sec-Websocket-Extensions", "a b"), ws.AllDialects, 400, nil},
		{"no host", noHost, ws.AllDialects, 400, nil},
		{"body of a length", ended, ws.AllDialects, 400, nil},
		{"GET", get, ws.AllDialects, 400, version},
		{"POST", post, ws.AllDialects, 405, allow},
		{"another protocol", connect(":protocol", "connect-udp"), ws.AllDialects, 405, allow},
		{"plain CONNECT", connect(":protocol", "-"), ws.AllDialects, 405, allow},
	} {
		_, err := ws.ParseRequestFor(tt.r, tt.set)
		he, ok := errors.AsType[*ws.HandshakeError](err)
		if !ok || he.Status != tt.status || !maps.EqualFunc(he.Header, tt.header, slices.Equal) {
			t.Errorf("%s: %v with %v, want %d with %v", tt.name, err, he.Header, tt.status, tt.header)
		}
	}
}

// TestOnlyHTTP2Connects: an older client cannot have the pseudo-header field,
// and whatever claims it is refused.
func TestOnlyHTTP2Connects(t *testing.T) {
	r := connect()
	r.ProtoMajor, r.ProtoMinor = 1, 1
	if ws.IsUpgrade(r) {
		t.Error("it is an upgrade")
	}
	if _, err := ws.ParseRequest(r); err == nil {
		t.Error("it is accepted")
	}
	if ws.IsUpgrade(connect(":protocol", "websockets")) || !ws.IsUpgrade(connect(":protocol", "WebSocket")) {
		t.Error("the protocol is not compared without regard to case")
	}
}

// FuzzConnect parses any header; what is accepted can be answered, with nothing
// that HTTP/2 has no place for, and so can what is refused.
func FuzzConnect(f *testing.F) {
	f.Add("13", "chat, b", "permessage-deflate; client_max_window_bits", "https://a.example", "websocket")
	f.Add("8", "a b", `permessage-deflate; server_max_window_bits="10"; x="\"`, "null", "WebSocket")
	f.Fuzz(func(t *testing.T, version, protocols, extensions, origin, protocol string) {
		r := connect("Sec-Websocket-Version", version, "Sec-Websocket-Protocol", protocols,
			"Sec-Websocket-Extensions", extensions, "Origin", origin, ":protocol", protocol)
		q, err := ws.ParseRequestFor(r, ws.AllDialects)
		h := http.Header{}
		if err != nil {
			he, ok := errors.AsType[*ws.HandshakeError](err)
			if !ok || he.Status != 400 && he.Status != 405 {
				t.Fatalf("error %v", err)
			}
			h = he.Header
		} else {
			if !ws.IsUpgrade(r) || !q.Connect || q.Origin != origin {
				t.Fatalf("accepted as %+v", q)
			}
			answer := ws.Response{}
			answer.Deflate, _ = q.NegotiateDeflate(ws.DeflateOptions{})
			if len(q.Protocols) > 0 {
				answer.Protocol = q.Protocols[len(q.Protocols)-1]
			}
			if err := q.SetResponse(h, answer); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"Connection", "Upgrade", "Sec-Websocket-Accept"} {
			if _, ok := h[name]; ok {
				t.Fatalf("the answer has %v", h)
			}
		}
	})
}

func ExampleRequest_SetResponse() {
	// What net/http makes of an extended CONNECT. Its Body has the frames.
	r := &http.Request{Method: "CONNECT", Proto: "HTTP/2.0", ProtoMajor: 2, Host: "example.com", ContentLength: -1,
		Header: http.Header{":protocol": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Protocol": {"chat"}}}
	q, err := ws.ParseRequest(r)
	if err != nil {
		fmt.Println(err)
		return
	}
	header := http.Header{} // of the http.ResponseWriter, which is flushed next
	if err := q.SetResponse(header, ws.Response{Protocol: q.Protocols[0]}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(q.Dialect, header)
	// Output: RFC6455 map[Sec-Websocket-Protocol:[chat]]
}
