package transports_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/everwire/everwire/internal/leaktest"
	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
	"github.com/everwire/everwire/transports/transporttest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// request makes a request of a target that is not cleaned. A method ending in
// "+ws" asks for a WebSocket, as does CONNECT in HTTP/2.
func request(method, target string) *http.Request {
	method, upgrade := strings.CutSuffix(method, "+ws")
	r := httptest.NewRequest(http.MethodGet, "http://host"+target, nil)
	r.Method = method // a CONNECT would have another form of target
	if method == http.MethodConnect {
		r.ProtoMajor, r.ProtoMinor = 2, 0
		r.Header[":protocol"] = []string{"websocket"}
	}
	if upgrade {
		r.Header.Set("Upgrade", "websocket")
		r.Header.Set("Connection", "keep-alive, Upgrade")
	}
	return r
}

var v4 = &transports.Family{Codec: eio.V4, Config: &session.Config{}, FlashSocket: true}

func TestResolve(t *testing.T) {
	const (
		notFound   = "404 Not found."
		oldVersion = "500 Protocol version not supported."
		transport  = "400 0"
		method     = "400 2"
		bad        = "400 3"
		version    = "400 5"
	)
	tests := []struct{ method, rest, want string }{
		{"GET", "/?EIO=4&transport=polling", "polling "},
		{"GET", "?EIO=4&transport=polling", "polling "}, // addTrailingSlash: false
		{"GET", "/?transport=polling&EIO=4&t=abc", "polling "},
		{"GET", "/?EIO=4&transport=polling&sid=S", "polling S"},
		{"POST", "/?EIO=4&transport=polling&sid=S", "polling S"},
		{"PUT", "/?EIO=4&transport=polling&sid=S", "polling S"}, // the transport's business
		{"GET+ws", "/?EIO=4&transport=websocket", "websocket "},
		{"GET+ws", "/?EIO=4&transport=websocket&sid=S", "websocket S"},
		{"CONNECT", "/?EIO=4&transport=websocket", "websocket "},
		{"CONNECT", "/?EIO=4&transport=websocket&sid=S", "websocket S"},
		{"CONNECT", "/?EIO=4&transport=polling", bad},
		{"POST+ws", "/?EIO=4&transport=websocket", method},

		{"GET+ws", "/?EIO=4&transport=flashsocket", "flashsocket "},
		{"GET+ws", "/?EIO=4&transport=flashsocket&sid=S", "flashsocket S"},
		{"GET", "/?EIO=4&transport=flashsocket", bad},
		{"GET+ws", "/?EIO=3&transport=flashsocket", version},
		{"GET+ws", "/?EIO=4&transport=flashSocket", transport},

		{"GET", "/?EIO=4", transport},
		{"GET", "/?EIO=4&transport=", transport},
		{"GET", "/?EIO=4&transport=abc", transport},
		{"GET", "/?EIO=4&transport=Polling", transport},
		{"GET", "/?EIO=4&transport=webtransport", transport},
		{"GET", "/?EIO=4&transport=constructor", transport},
		{"GET", "/?EIO=4&transport=__proto__", transport},
		{"GET+ws", "/?EIO=4&transport=abc", transport},
		{"GET", "/?t=1", transport},

		{"GET", "/?EIO=3&transport=polling", version},
		{"GET", "/?EIO=5&transport=polling", version},
		{"GET", "/?EIO=04&transport=polling", version},
		{"GET", "/?EIO=4%20&transport=polling", version},
		{"GET", "/?EIO=abc&transport=polling", version},
		{"GET", "/?EIO=&transport=polling", version},
		{"GET", "/?transport=polling", version},
		{"GET+ws", "/?transport=websocket", version},
		{"GET+ws", "/?EIO=abc&transport=websocket", version},

		{"POST", "/?EIO=4&transport=polling", method},
		{"PUT", "/?EIO=4&transport=polling", method},
		{"HEAD", "/?EIO=4&transport=polling", method},
		{"POST", "/?EIO=4&transport=websocket", method},
		{"GET", "/?EIO=4&transport=websocket", bad},
		{"GET", "/?EIO=4&transport=websocket&sid=S", bad},
		{"GET+ws", "/?EIO=4&transport=polling", bad},
		{"GET+ws", "/?EIO=4&transport=polling&sid=S", bad},
		{"GET", "/?EIO=4&transport=polling;sid=S", transport}, // only ampersands separate
		{"GET", "/?EIO=4&transport=%zz", transport},
		{"GET", "/?EIO=4&transport=polling" + strings.Repeat("&", 10_000), bad},

		{"GET", "/1", oldVersion},
		{"GET", "/1/", oldVersion},
		{"GET", "/1/?t=1", oldVersion},
		{"GET+ws", "/1/websocket/S", oldVersion},
		{"GET", "/2/", oldVersion},
		{"GET", "/0123456789/x", oldVersion},
		{"GET", "/1?EIO=4&transport=polling", oldVersion}, // a path decides before its query

		{"GET", "/websocket", notFound},
		{"GET", "/xhr-polling//1700000000000", notFound},
		{"GET", "/server-events", notFound},
		{"GET", "/1a/", notFound},
		{"GET", "/%31/", notFound},
		{"GET", "//", notFound},
		{"GET", "//?EIO=4&transport=polling", "polling "},
		{"GET", "///?EIO=4&transport=polling&sid=S", "polling S"},
		{"GET+ws", "//?EIO=4&transport=websocket", "websocket "},
		{"GET", "//?EIO=4", notFound},
		{"GET", "//x?EIO=4&transport=polling", notFound},
		{"GET", "//1/", notFound},
		{"GET", "/./?EIO=4&transport=polling", notFound},

		{"GET", "/", "200 Welcome to socket.io."},
		{"GET", "", "200 Welcome to socket.io."},
		{"POST", "/", transport},
		{"OPTIONS", "/", transport},
	}
	table := &transports.Table{V4: v4}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.rest, func(t *testing.T) {
			r := request(tt.method, "/socket.io"+tt.rest)
			rt, _, err := table.Resolve(r, strings.TrimPrefix(r.URL.EscapedPath(), "/socket.io"))
			if got := outcome(rt, err); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// outcome is a short form of what Resolve returns.
func outcome(rt transports.Route, err error) string {
	n, ok := errors.AsType[*transports.NotRouted](err)
	switch {
	case err == nil && rt.Family == v4:
		return rt.Transport + " " + rt.SID
	case !ok:
		return "no *NotRouted"
	case n.Engine != nil:
		return fmt.Sprintf("%d %d", n.Engine.Status, n.Engine.Code)
	}
	return fmt.Sprintf("%d %s", n.Status, n.Text)
}

func TestResolveOfAPageThatAsksAcrossOrigins(t *testing.T) {
	r := request("GET", "/socket.io/")
	r.Header.Set("Origin", "http://other")
	_, _, err := (&transports.Table{V4: v4}).Resolve(r, "/")
	if n := err.(*transports.NotRouted); n.Engine == nil || *n.Engine != eio.TransportUnknown {
		t.Errorf("got %v, want the refusal of Engine.IO", err)
	}
}

func TestResolveWithoutTheGeneration(t *testing.T) {
	_, _, err := (&transports.Table{}).Resolve(request("GET", "/x/?EIO=4&transport=polling"), "/")
	if n := err.(*transports.NotRouted); n.Engine == nil || n.Engine.Code != 5 {
		t.Errorf("got %v, want code 5", err)
	}
}

func TestFlashSocketHasToBeAllowed(t *testing.T) {
	for _, table := range []*transports.Table{{}, {V4: &transports.Family{Codec: eio.V4}}} {
		_, _, err := table.Resolve(request("GET+ws", "/x/?EIO=4&transport=flashsocket"), "/")
		if n, ok := errors.AsType[*transports.NotRouted](err); !ok || n.Engine == nil || *n.Engine != eio.TransportUnknown {
			t.Errorf("got %v, want an unknown transport", err)
		}
	}
}

func TestResolveHandsTheQueryBack(t *testing.T) {
	_, q, err := (&transports.Table{V4: v4}).Resolve(request("GET", "/x/?EIO=4&transport=polling&room=a&room=b"), "/")
	if err != nil || len(q["room"]) != 2 {
		t.Errorf("got %v, %v", q, err)
	}
}

func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		method, target, contentType, body string
		status                            int
	}{
		{"GET", "/?EIO=4&transport=abc", "application/json", `{"code":0,"message":"Transport unknown"}`, 400},
		{"GET", "/?EIO=4&transport=polling&sid=none", "application/json", `{"code":1,"message":"Session ID unknown"}`, 400},
		{"POST", "/?EIO=4&transport=polling&sid=none", "application/json", `{"code":1,"message":"Session ID unknown"}`, 400},
		{"POST", "/?EIO=4&transport=polling", "application/json", `{"code":2,"message":"Bad handshake method"}`, 400},
		{"GET", "/?EIO=4&transport=websocket", "application/json", `{"code":3,"message":"Bad request"}`, 400},
		{"GET", "/?EIO=3&transport=polling", "application/json", `{"code":5,"message":"Unsupported protocol version"}`, 400},
		{"GET+ws", "/?EIO=4&transport=websocket&sid=none", "text/html", "Session ID unknown", 400},
		{"GET+ws", "/?EIO=4&transport=abc", "text/html", "Transport unknown", 400},
		{"GET+ws", "/?EIO=3&transport=websocket", "text/html", "Unsupported protocol version", 400},
		{"GET", "/1/", "text/plain; charset=UTF-8", "Protocol version not supported.", 500},
		{"GET", "/", "text/plain; charset=UTF-8", "Welcome to socket.io.", 200},
	} {
		t.Run(tt.method+" "+tt.target, func(t *testing.T) {
			srv := transporttest.NewServer(t, transporttest.Options{Handler: transporttest.Echo}, eio.V4, fake("polling"), fake("websocket"))
			w := httptest.NewRecorder()
			srv.ServeHTTP(w, request(tt.method, transporttest.Path+tt.target))
			if w.Code != tt.status || w.Body.String() != tt.body || w.Header().Get("Content-Type") != tt.contentType {
				t.Errorf("got %d %q %q", w.Code, w.Header().Get("Content-Type"), w.Body)
			}
			if upgrade := strings.HasSuffix(tt.method, "+ws"); upgrade != (w.Header().Get("Connection") == "close") {
				t.Errorf("Connection is %q", w.Header().Get("Connection"))
			}
			if srv.Manager.Len() != 0 {
				t.Error("a session was opened")
			}
		})
	}
}

// fake is a transport that opens what it is asked to.
type fake string

func (f fake) Name() string { return string(f) }
func (f fake) Serve(x *transports.Exchange) {
	if x.Conn == nil {
		x.Open()
	}
}
