package server_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
)

func oldClients() fstest.MapFS {
	return fstest.MapFS{
		"socket.io.js":                     {Data: []byte(script)},
		"0.6.3/socket.io.js":               {Data: []byte("var io6;")},
		"0.6.3/WebSocketMain.swf":          {Data: []byte("CWS6")},
		"0.9.17/socket.io.js":              {Data: []byte("var io9 = {};" + strings.Repeat("var x; ", 200))},
		"0.9.17/socket.io.min.js":          {Data: []byte("var io9min;")},
		"0.9.17/WebSocketMain.swf":         {Data: []byte("CWS9")},
		"0.9.17/WebSocketMainInsecure.swf": {Data: []byte("CWSx")},
		"2.5.0/socket.io.js":               {Data: []byte("/*!\n * Socket.IO v2.5.0\n */\n")},
		"2.5.0/socket.io.js.map":           {Data: []byte("{}")},
		"2.5.0/secret.txt":                 {Data: []byte("secret")},
		"notes/socket.io.js":               {Data: []byte("secret")},
	}
}

func TestClientsOfEveryGeneration(t *testing.T) {
	const js, forEver = "application/javascript; charset=utf-8", `private, x-gzip-ok="", max-age=315360000`
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{}), Client: oldClients()})
	for _, tt := range []struct{ path, start, kind, etag, cache string }{
		{"/socket.io.js", banner, js, `"4.8.4"`, "public, max-age=0"},
		{"/2.5.0/socket.io.js", "/*!\n * Socket.IO v2.5.0", js, `"2.5.0"`, "public, max-age=0"},
		{"/2.5.0/socket.io.js.map", "{}", "application/json; charset=utf-8", `"2.5.0"`, "public, max-age=0"},
		{"/0.9.17/socket.io.js", "var io9 ", js, "0.9.17", "public, max-age=0"},
		{"/0.9.17/socket.io.min.js", "var io9min", js, "0.9.17", "public, max-age=0"},
		{"/socket.io.v0.9.17.js", "var io9 ", js, "0.9.17", forEver},
		{"/0.6.3/socket.io.js", "var io6", "text/javascript", "0.6.3", "public, max-age=0"},
		{"/static/flashsocket/WebSocketMain.swf", "CWS9", "application/x-shockwave-flash", "0.9.17", "public, max-age=0"},
		{"/lib/vendor/web-socket-js/WebSocketMain.swf", "CWS6", "application/x-shockwave-flash", "0.6.3", "public, max-age=0"},
		{"/WebSocketMain.swf", "CWS6", "application/x-shockwave-flash", "0.6.3", "public, max-age=0"},
	} {
		got := s.do("GET", "/socket.io"+tt.path, "", "Accept-Encoding", "identity")
		h := got.header
		if got.status != 200 || !strings.HasPrefix(got.body, tt.start) || h.Get("Content-Type") != tt.kind ||
			h.Get("Cache-Control") != tt.cache || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %.40q %v", tt.path, got.status, got.body, h)
		}
		// A script has its client's version; a Flash program has a tag of some kind.
		if !strings.HasSuffix(tt.path, ".swf") && h.Get("ETag") != tt.etag {
			t.Errorf("%s: ETag %s, want %s", tt.path, h.Get("ETag"), tt.etag)
		}
		if _, err := http.ParseTime(h.Get("Expires")); (err == nil) != (tt.cache == forEver) {
			t.Errorf("%s: Expires %q", tt.path, h.Get("Expires"))
		}
		if got := s.do("GET", "/socket.io"+tt.path, "", "If-None-Match", h.Get("ETag")); got.status != 304 || got.body != "" {
			t.Errorf("%s, again: %d %.40q", tt.path, got.status, got.body)
		}
		if got := s.do("GET", "/socket.io"+tt.path, "", "If-None-Match", `"0.0.1"`); got.status != 200 {
			t.Errorf("%s, another one at hand: %d", tt.path, got.status)
		}
	}
	for _, path := range []string{"/notes/socket.io.js", "/2.5.0/secret.txt", "/2.5.1/socket.io.js", "/0.9.17/../socket.io.js",
		"/socket.io.v0.9.16.js", "/socket.io+telepathy.js", "/socket.io+.js", "/socket.io+websocket.v1.js",
		"/static/flashsocket/WebSocketMainInsecure.swf", "/0.9.17/WebSocketMainInsecure.swf"} {
		if got := s.do("GET", "/socket.io"+path, ""); got.status == 200 {
			t.Errorf("%s: %.40q", path, got.body)
		}
	}
}

func TestClientOfSomeTransports(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{}), Client: oldClients()})
	whole := s.do("GET", "/socket.io/0.9.17/socket.io.js", "").body
	some := s.do("GET", "/socket.io/socket.io+websocket+xhr-polling.js", "")
	if some.status != 200 || some.body != whole+";io.transports=[\"websocket\",\"xhr-polling\"];\n" {
		t.Errorf("%d %q", some.status, strings.TrimPrefix(some.body, whole))
	}
	versioned := s.do("GET", "/socket.io/socket.io+htmlfile.v0.9.17.js", "")
	if versioned.status != 200 || !strings.Contains(versioned.header.Get("Cache-Control"), "max-age=315360000") {
		t.Errorf("%d %v", versioned.status, versioned.header)
	}
	tags := map[string]bool{"0.9.17": true, some.header.Get("ETag"): true, versioned.header.Get("ETag"): true}
	if len(tags) != 3 {
		t.Errorf("different files have the same tag: %v", tags)
	}
}

// Flash programs are there for their transport only, and take no parameters: a
// query would be some.
func TestFlashProgramsTakeNoParameters(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{}), Client: oldClients()})
	if got := s.do("GET", "/socket.io/WebSocketMain.swf?allowDomain=*", ""); got.status != 400 {
		t.Errorf("with a query: %d", got.status)
	}
	off := newSite(t, server.Options{Guard: unlimited(guard.Config{}), Client: oldClients(), Transports: []string{"polling", "websocket"}})
	if got := off.do("GET", "/socket.io/WebSocketMain.swf", ""); got.status == 200 {
		t.Error("served though there is no flashsocket")
	}
	if got := off.do("GET", "/socket.io/0.6.3/socket.io.js", ""); got.status != 200 {
		t.Errorf("its script: %d", got.status)
	}
}
