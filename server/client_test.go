package server_test

import (
	"compress/gzip"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
)

// banner is how the scripts of npm's socket.io-client begin.
const banner = "/*!\n * Socket.IO v4.8.4\n * (c)\n */\n"

// script is one that compression makes smaller.
var script = banner + strings.Repeat("let x; ", 200)

func clientSite(t *testing.T) *site {
	return newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token, Origins: []string{"https://app.example"}}), Client: fstest.MapFS{
		"socket.io.js": {Data: []byte(script)}, "socket.io.js.map": {Data: []byte(`{"version":3}`)},
		"socket.io.min.js": {Data: []byte("no banner")}, "secret.js": {Data: []byte("secret")},
	}})
}

func TestServedClient(t *testing.T) {
	s := clientSite(t)
	got := s.do("GET", "/socket.io/socket.io.js", "", "Accept-Encoding", "identity")
	if got.status != 200 || got.body != script {
		t.Fatalf("%d %q", got.status, got.body)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/javascript; charset=utf-8", "Cache-Control": "public, max-age=0", "ETag": `"4.8.4"`,
		"Vary": "Origin", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "cross-origin", "Content-Encoding": "",
	} {
		if got.header.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.header.Get(name), want)
		}
	}
	got = s.do("GET", "/socket.io/socket.io.js.map", "", "Accept-Encoding", "identity")
	if got.status != 200 || got.header.Get("Content-Type") != "application/json; charset=utf-8" || got.header.Get("ETag") != `"4.8.4"` {
		t.Errorf("source map: %d %v", got.status, got.header)
	}
	got = s.do("GET", "/socket.io/socket.io.min.js", "", "Accept-Encoding", "identity")
	if tag := got.header.Get("ETag"); got.status != 200 || len(tag) != 18 {
		t.Errorf("without a version: %d, ETag %s", got.status, tag)
	}
	if got := s.do("HEAD", "/socket.io/socket.io.js", ""); got.status != 200 || got.body != "" {
		t.Errorf("HEAD: %d %q", got.status, got.body)
	}
	if got := s.do("POST", "/socket.io/socket.io.js", ""); got.status != 405 {
		t.Errorf("POST: %d", got.status)
	}
	if s.Sessions() != 0 {
		t.Error("a session was opened")
	}
}

func TestServedClientIsNotSentTwice(t *testing.T) {
	s := clientSite(t)
	for tag, status := range map[string]int{`"4.8.4"`: 304, `W/"4.8.4"`: 304, `"x", W/"4.8.4"`: 304, "*": 304, `"4.8.3"`: 200, "4.8.4": 200} {
		for _, encoding := range []string{"identity", "gzip"} {
			got := s.do("GET", "/socket.io/socket.io.js", "", "If-None-Match", tag, "Accept-Encoding", encoding)
			if got.status != status || (status == 304) != (got.body == "") || got.header.Get("ETag") == "" {
				t.Errorf("%s, %s: %d, %d bytes", tag, encoding, got.status, len(got.body))
			}
		}
	}
}

func TestServedClientIsCompressed(t *testing.T) {
	s := clientSite(t)
	got := s.do("GET", "/socket.io/socket.io.js", "", "Accept-Encoding", "br, gzip;q=0.8")
	if got.header.Get("Content-Encoding") != "gzip" || got.header.Get("ETag") != `W/"4.8.4"` {
		t.Fatalf("%v", got.header)
	}
	z, err := gzip.NewReader(strings.NewReader(got.body))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(z); err != nil || string(text) != script {
		t.Errorf("%q, %v", text, err)
	}
	if got := s.do("GET", "/socket.io/socket.io.js.map", "", "Accept-Encoding", "gzip"); got.header.Get("Content-Encoding") != "" {
		t.Error("what would grow is compressed")
	}
}

func TestServedClientIsForEveryoneBehindTheGuard(t *testing.T) {
	s := clientSite(t)
	for _, tt := range []struct {
		header []string
		status int
		cors   string
	}{
		{nil, 200, ""}, // without a credential
		{[]string{"Origin", "https://app.example"}, 200, "https://app.example"},
		{[]string{"Origin", "https://evil.example"}, 200, ""},
	} {
		got := s.do("GET", "/socket.io/socket.io.js", "", tt.header...)
		if got.status != tt.status || got.header.Get("Access-Control-Allow-Origin") != tt.cors {
			t.Errorf("%v: %d %v", tt.header, got.status, got.header)
		}
	}
	s = newSite(t, server.Options{Guard: unlimited(guard.Config{Hosts: []string{"good.example"}})})
	if got := s.do("GET", "/socket.io/socket.io.js", ""); got.status != 421 {
		t.Errorf("under another name: %d", got.status)
	}
}

func TestServedClientThatIsNotThere(t *testing.T) {
	for name, s := range map[string]*site{"file": clientSite(t), "option": newSite(t, server.Options{Guard: unlimited(guard.Config{})})} {
		for _, path := range []string{"/socket.io.msgpack.min.js", "/socket.io.esm.js.map", "/9.9.9/socket.io.js", "/0.9.1/socket.io.min.js",
			"/socket.io+htmlfile.v0.9.1.js"} {
			got := s.do("GET", "/socket.io"+path, "")
			if got.status != 404 || !strings.Contains(got.body, "npm package socket.io-client") || got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("no %s: %s: %d %q", name, path, got.status, got.body)
			}
		}
	}
	s := clientSite(t)
	for _, path := range []string{"/socket.io/secret.js", "/socket.io/%73ocket.io.js", "/socket.io//socket.io.js", "/socket.iosocket.io.js", "/socket.io/../socket.io.js"} {
		if got := s.do("GET", path, ""); got.status != 404 {
			t.Errorf("%s: %d %q", path, got.status, got.body)
		}
	}
}
