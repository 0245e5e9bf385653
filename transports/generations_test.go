package transports_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

// TestResolveGenerations is the decision table: all generations share one path.
func TestResolveGenerations(t *testing.T) {
	family := func(codec eio.Codec) *transports.Family {
		return &transports.Family{Codec: codec, Config: &session.Config{}, FlashSocket: true}
	}
	table := transports.Table{V4: v4, V3: family(eio.V3), Gen09: family(eio.Gen09), Gen06: family(eio.Gen06)}
	table.V3.Base64, table.V3.Bytes = family(eio.V3Base64), family(eio.V3Bytes)
	table.Gen06.Old, table.Gen06.Undecided = family(eio.Gen04), family(eio.Gen0406)
	const version, transport, index = "400 5", "400 0", "400 The number of a callback has one to six digits."
	for _, tt := range []struct{ method, rest, cookie, want string }{
		{"GET", "/?EIO=4&transport=polling", "", "Engine.IO 4 polling"},
		{"GET", "/?EIO=3&transport=polling", "", "Engine.IO 3 polling"},
		{"GET", "/?EIO=2&transport=polling", "", "Engine.IO 3 polling"},
		{"GET", "/?EIO=1&transport=polling", "", "Engine.IO 3 polling"},
		{"GET", "/?transport=polling", "", version},
		{"GET", "/?EIO=0&transport=polling", "", version},
		{"GET", "/?EIO=03&transport=polling", "", version},
		{"GET", "/?EIO=33&transport=polling", "", version},
		{"GET+ws", "/?EIO=3&transport=websocket", "", "Engine.IO 3 websocket"},
		{"GET+ws", "/?transport=websocket", "", "Engine.IO 3 websocket"},
		{"GET+ws", "/?EIO=abc&transport=websocket", "", version},
		{"GET+ws", "/?EIO=3&transport=flashsocket", "", "Engine.IO 3 flashsocket"},
		{"GET", "/?EIO=4&transport=eventsource", "", "Engine.IO 4 eventsource"},
		{"GET", "/?EIO=4&transport=xhr-streaming&sid=S", "", "Engine.IO 4 xhr-streaming S"},
		{"GET", "/?EIO=3&transport=eventsource", "", transport},
		{"GET", "/?EIO=4&transport=xhr-polling", "", transport},
		{"GET", "/?EIO=4&transport=htmlfile", "", transport},

		{"GET", "/?EIO=3&transport=polling&b64=1", "", "Engine.IO 3 with base64 polling"},
		{"GET", "/?EIO=3&transport=polling&b64=", "", "Engine.IO 3 polling"},
		{"GET", "/?EIO=3&transport=polling&b64=1&sid=S", "", "Engine.IO 3 polling S"},
		{"GET+ws", "/?EIO=3&transport=websocket&b64=1", "", "Engine.IO 3 with base64 websocket"},
		{"GET", "/?EIO=3&transport=polling&t=1411230000000-0", "", "Engine.IO 3 in bytes polling"},
		{"GET", "/?EIO=3&transport=polling&t=1411230000000-0&b64=1", "", "Engine.IO 3 with base64 polling"},
		{"GET", "/?EIO=3&transport=polling&t=1411230000000-0&j=0", "", "Engine.IO 3 with base64 polling j=0"},
		{"GET", "/?EIO=3&transport=polling&t=1411230000000-1&sid=S", "", "Engine.IO 3 polling S"},
		{"GET+ws", "/?EIO=3&transport=websocket&t=1411230000000-0", "", "Engine.IO 3 websocket"},
		{"GET", "/?EIO=2&transport=polling&t=1411230000000-0", "", "Engine.IO 3 polling"},
		{"GET", "/?EIO=3&transport=polling&t=1411230000000", "", "Engine.IO 3 polling"},
		{"GET", "/?EIO=3&transport=polling&t=LEWeSpv-1", "", "Engine.IO 3 polling"},
		{"GET", "/?EIO=3&transport=polling&t=1-1-1", "", "Engine.IO 3 polling"},
		{"GET", "/?EIO=3&transport=polling&t=-", "", "Engine.IO 3 polling"},
		{"GET", "/?EIO=4&transport=polling&t=1411230000000-0", "", "Engine.IO 4 polling"},

		{"GET", "/?EIO=3&transport=polling&j=12", "", "Engine.IO 3 with base64 polling j=12"},
		{"POST", "/?EIO=3&transport=polling&j=0&sid=S", "", "Engine.IO 3 polling S j=0"},
		{"GET", "/?EIO=4&transport=polling&j=0", "", "Engine.IO 4 polling j=0"},
		{"GET", "/?EIO=4&transport=polling&j=a", "", index},
		{"GET", "/?EIO=4&transport=polling&j=", "", index},
		{"GET+ws", "/?EIO=4&transport=websocket&j=a", "", "Engine.IO 4 websocket"},

		{"GET", "/1", "", "Socket.IO 0.9 handshake"},
		{"GET", "/1/?t=1&jsonp=5", "", "Socket.IO 0.9 handshake j=5"},
		{"POST", "/1/?jsonp=x", "", "Socket.IO 0.9 handshake"},
		{"GET", "/1/xhr-polling/", "", "Socket.IO 0.9 handshake xhr-polling"},
		{"GET", "/1/xhr-polling/S?t=1", "", "Socket.IO 0.9 xhr-polling S"},
		{"POST", "/1/htmlfile/S/", "", "Socket.IO 0.9 htmlfile S"},
		{"GET", "/1/jsonp-polling/S?t=1&i=4", "", "Socket.IO 0.9 jsonp-polling S j=4"},
		{"GET", "/1/jsonp-polling/S?i=alert", "", "Socket.IO 0.9 jsonp-polling S j=0"},
		{"GET+ws", "/1/websocket/S", "", "Socket.IO 0.9 websocket S"},
		{"GET+ws", "/1/flashsocket/S", "", "Socket.IO 0.9 flashsocket S"},
		{"GET", "/1//S/?disconnect=1", "", "Socket.IO 0.9 disconnect S"},
		{"GET", "/1/xhr-polling/S?disconnect", "", "Socket.IO 0.9 disconnect xhr-polling S"},
		{"GET", "/1/pigeon/S", "", "closed"},
		{"GET", "/1/xhr-multipart/S", "", "closed"},
		{"GET", "/1/xhr-polling/S/x", "", "404 Not found."},
		{"GET", "/2/xhr-polling/S", "", "500 Protocol version not supported."},

		{"GET", "/xhr-polling//170", "", "Socket.IO 0.6 xhr-polling"},
		{"GET", "/xhr-polling//170", "socket.io=xhr-polling", "Socket.IO 0.4 xhr-polling"},
		{"GET", "/xhr-polling//170", "socketio=xhr-polling", "Socket.IO 0.6 xhr-polling"},
		{"GET", "/htmlfile//170", "socket.io=htmlfile", "Socket.IO 0.4 htmlfile"},
		{"GET", "/htmlfile//170", "", "Socket.IO 0.6 htmlfile"},
		{"GET", "/xhr-multipart/", "", "Socket.IO 0.4 or 0.6 xhr-multipart"},
		{"GET+ws", "/websocket", "", "Socket.IO 0.4 or 0.6 websocket"},
		{"GET+ws", "/websocket", "socket.io=websocket", "Socket.IO 0.4 or 0.6 websocket"},
		{"GET+ws", "/flashsocket", "", "Socket.IO 0.6 flashsocket"},
		{"GET", "/jsonp-polling//170/3", "socket.io=x", "Socket.IO 0.6 jsonp-polling j=3"},
		{"GET", "/jsonp-polling/S/170/3", "", "Socket.IO 0.6 jsonp-polling S j=3"},
		{"GET", "/jsonp-polling/S/170/alert", "", "Socket.IO 0.6 jsonp-polling S j=0"},
		{"POST", "/xhr-polling/S/send", "socket.io=x", "Socket.IO 0.6 xhr-polling S"},
		{"GET", "/server-events", "", "404 Not found."},
		{"GET", "/", "", "200 Welcome to socket.io."},
	} {
		r := request(tt.method, tt.rest)
		if tt.cookie != "" {
			r.Header.Set("Cookie", tt.cookie)
		}
		rt, _, err := table.Resolve(r, r.URL.EscapedPath())
		if got := describe(rt, err); got != tt.want {
			t.Errorf("%s %s (%s): %s, want %s", tt.method, tt.rest, tt.cookie, got, tt.want)
		}
	}
}

// describe puts a route or a refusal into words.
func describe(rt transports.Route, err error) string {
	if nr, ok := errors.AsType[*transports.NotRouted](err); ok {
		switch {
		case nr.Engine != nil:
			return fmt.Sprintf("%d %d", nr.Engine.Status, nr.Engine.Code)
		case nr.Status == 0:
			return "closed"
		}
		return fmt.Sprintf("%d %s", nr.Status, nr.Text)
	}
	out := rt.Family.Codec.Name()
	switch rt.Family.Codec {
	case eio.V3Base64:
		out += " with base64"
	case eio.V3Bytes:
		out += " in bytes"
	}
	if rt.Handshake {
		out += " handshake"
	}
	if rt.Disconnect {
		out += " disconnect"
	}
	for _, s := range []string{rt.Transport, rt.SID} {
		if s != "" {
			out += " " + s
		}
	}
	if rt.JSONP != "" {
		out += " j=" + rt.JSONP
	}
	return out
}

// TestGenerationsAreServedOneByOne: what is off is refused as by a server that
// never heard of it.
func TestGenerationsAreServedOneByOne(t *testing.T) {
	old := &transports.Family{Codec: eio.Gen04, Config: &session.Config{}}
	table := transports.Table{Gen06: old}
	for rest, want := range map[string]string{
		"/?EIO=4&transport=polling": "400 5", "/?EIO=3&transport=polling": "400 5", "/1/": "500 Protocol version not supported.",
		"/xhr-polling//1": "Socket.IO 0.4 xhr-polling", "/flashsocket": "404 Not found.",
	} {
		r := request("GET", rest)
		rt, _, err := table.Resolve(r, r.URL.EscapedPath())
		if got := describe(rt, err); got != want {
			t.Errorf("%s: %s, want %s", rest, got, want)
		}
	}
}
