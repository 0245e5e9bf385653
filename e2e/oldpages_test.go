package e2e_test

import (
	"fmt"
	"html"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// bundles are the clients' scripts for browsers, as their packages have them,
// and which conversation of pages/old.js they understand.
var bundles = map[string]struct {
	file, talk string
	objects    bool // messages that are not text
}{
	"0.2": {"socket.io-03/test/client/socket.io.js", "talk06", true}, // came with 0.3.8
	"0.5": {"socket.io-05/example/client/socket.io.js", "talk06", false},
	"0.6": {"socket.io-06/support/socket.io-client/socket.io.js", "talk06", true},
	"0.9": {"socket.io-client-09/dist/socket.io.js", "talk09", true},
	"1.0": {"socket.io-client-10/socket.io.js", "talk3", false},
	"1.7": {"socket.io-client-1/dist/socket.io.js", "talk3", false},
	"2.5": {"socket.io-client-2/dist/socket.io.js", "talk3", false},
	"3.1": {"socket.io-client-3/dist/socket.io.js", "talk3", true},
	"4.2": {"socket.io-client-42/dist/socket.io.js", "talk3", true}, // the last that has JSONP
}

// oldSite is a web server with pages of all ages and the server that they talk
// to behind it, so that both are of one origin.
type oldSite struct {
	origin string // of the pages
	// The servers that pages of another origin may talk to: one that names this
	// origin, and one that asks nobody, since no origin stands in the requests
	// of JSONP.
	named, open *url.URL
}

func newOldSite(t *testing.T) *oldSite {
	t.Helper()
	need(t, "chromium", "clients")
	s := &oldSite{}
	// Clients that leave abort their polls: nothing to report.
	quiet := log.New(io.Discard, "", 0)
	proxy := &httputil.ReverseProxy{FlushInterval: -1, ErrorLog: quiet, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(s.open)
		r.Out.Host = r.In.Host
	}}
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", proxy)
	mux.Handle("/engine.io/", proxy)
	mux.Handle("/bundles/", http.StripPrefix("/bundles/", http.FileServer(http.Dir("node_modules"))))
	mux.Handle("/", http.FileServer(http.Dir("pages")))
	mux.HandleFunc("/favicon.ico", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/old", s.page)
	hs := httptest.NewServer(exactPaths{mux, proxy})
	t.Cleanup(hs.Close)
	s.origin = hs.URL
	s.open = conformance(t, "-defaults")
	s.named = conformance(t, "-defaults", "-origin", s.origin)
	return s
}

// exactPaths keeps the mux from cleaning the double slashes of old addresses.
type exactPaths struct{ mux, proxy http.Handler }

func (e exactPaths) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/socket.io/") {
		e.proxy.ServeHTTP(w, r)
		return
	}
	e.mux.ServeHTTP(w, r)
}

// page is a page whose script is an old client's.
func (s *oldSite) page(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	b := bundles[q.Get("client")]
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	cookie := http.Cookie{Name: "socket.io", Value: q.Get("transport"), Path: "/"}
	if q.Get("client") != "0.2" || q.Get("transport") == "websocket" {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, &cookie)
	fmt.Fprintf(w, `<!DOCTYPE html><html><head><title>%s</title>
<script src="shims.js"></script>
<script>pretend(%s, %t)</script>
<script src="/bundles/%s"></script>
<script src="old.js"></script>
</head><body><script>window.onload = function () { %s(%s, %s, %s); }</script></body></html>`,
		html.EscapeString(q.Get("client")), js(q.Get("transport")), q.Get("server") != "", b.file,
		b.talk, js(q.Get("server")+q.Get("same")), js(q.Get("transport")), q.Get("messages"))
}

// Old pages in a browser of today, which is made to look like theirs.
func TestOldPages(t *testing.T) {
	s := newOldSite(t)
	for _, c := range []struct {
		client, transport string
		crossOrigin       bool
	}{
		{"0.2", "websocket", false},
		{"0.2", "xhr-polling", false},
		{"0.2", "htmlfile", false},
		{"0.5", "websocket", false},
		{"0.5", "xhr-polling", false},
		{"0.5", "htmlfile", false},
		{"0.6", "websocket", false},
		{"0.6", "xhr-polling", false},
		{"0.6", "jsonp-polling", false},
		{"0.6", "jsonp-polling", true},
		{"0.6", "htmlfile", false},
		{"0.9", "websocket", false},
		{"0.9", "xhr-polling", false},
		{"0.9", "xhr-polling", true},
		{"0.9", "jsonp-polling", false},
		{"0.9", "jsonp-polling", true},
		{"0.9", "htmlfile", false},
		{"0.9", "flashsocket", false},
		{"1.0", "jsonp-polling", false},
		{"1.0", "jsonp-polling", true},
		{"1.7", "jsonp-polling", false},
		{"2.5", "jsonp-polling", true},
		{"3.1", "jsonp-polling", false},
		{"3.1", "jsonp-polling", true},
		{"4.2", "jsonp-polling", false},
		{"4.2", "jsonp-polling", true},
	} {
		name := c.client + "/" + c.transport
		if c.crossOrigin {
			name += " to another origin"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.talk(t, c.client, c.transport, c.crossOrigin)
		})
	}
}

// texts are what old transports got wrong: characters of two, three and four
// bytes, the ends of scripts and strings, the lengths and marks of frames.
var texts = []any{"hello", "héllo ☃ 👩‍🚀 \u2028\u2029", `</script><script>fail("out")()</script><!--`, `"\ \\ ' ` + "\n\t", "~m~3~m~abc", strings.Repeat("€", 5000)}

func (s *oldSite) talk(t *testing.T, client, transport string, crossOrigin bool) {
	b := newTab(t)
	b.expect("Flash Player") // the bundles look for it whether they need it or not
	messages := texts
	if bundles[client].objects {
		messages = append(messages[:len(messages):len(messages)], map[string]any{"list": []any{1.0, "</script>", nil}})
	}
	talk := bundles[client].talk
	if talk != "talk06" {
		messages = texts
	}
	q := url.Values{"client": {client}, "transport": {transport}, "messages": {js(messages)}, "same": {s.origin}}
	if crossOrigin {
		q.Del("same")
		q.Set("server", s.named.String())
		if transport == "jsonp-polling" {
			q.Set("server", s.open.String())
		}
	}
	b.open(s.origin + "/old?" + q.Encode())
	if !b.becomes("window.result", patience) {
		t.Fatalf("no result, but %s", eval[string](b, "JSON.stringify(report)"))
	}
	r := eval[struct {
		Transport, Failed string
		Got               []any
		Acks, Events      [][]any
	}](b, "result")
	if r.Failed != "" || r.Transport != transport {
		t.Fatalf("over %q: %s", r.Transport, r.Failed)
	}
	want := messages
	if talk == "talk09" {
		want = append(messages[:len(messages):len(messages)], map[string]any{"list": []any{1.0, "</script>", nil}, "text": "☃"})
	}
	if talk != "talk3" {
		same(t, "messages", r.Got, want)
	}
	if talk != "talk06" {
		var pairs []any
		for i, text := range texts {
			pairs = append(pairs, []any{text, map[string]any{"n": float64(len(texts) - 1 - i)}})
		}
		same(t, "acks", anys(r.Acks), pairs)
		same(t, "events", anys(r.Events), pairs)
	}
}

func anys[T any](list []T) (out []any) {
	for _, v := range list {
		out = append(out, any(v))
	}
	return out
}

// same compares what came back, in order.
func same(t *testing.T, what string, got, want []any) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d %s, want %d: %.300q", len(got), what, len(want), js(got[min(len(got), len(want)):]))
	}
	for i := range min(len(got), len(want)) {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("%s: number %d is %.200q, want %.200q", what, i, js(got[i]), js(want[i]))
		}
	}
}

// Our own transports, with the client of pages/streams.js.
func TestStreamPages(t *testing.T) {
	s := newOldSite(t)
	for _, transport := range []string{"eventsource", "xhr-streaming"} {
		t.Run(transport, func(t *testing.T) {
			b := newTab(t)
			b.open(s.origin + "/streams.html?transport=" + transport)
			b.wait("log.textContent === 'open\\n'")
			const big, n = 60_000, 80 // together more than one answer may hold
			eval[bool](b, js(texts)+".forEach(client.send), client.sendBinary('AQID'), true")
			eval[bool](b, fmt.Sprintf("for (let i = 0; i < %d; i++) client.send(i + '.'.repeat(%d)), true", n, big))
			b.wait(fmt.Sprintf("got.length >= %d", len(texts)+1+n))
			got := eval[[]any](b, fmt.Sprintf("got.map((s) => s.length > %d ? s.length + ' ' + parseInt(s) : s)", big))
			want := append(texts[:len(texts):len(texts)], "base64 AQID")
			for i := range n {
				want = append(want, strconv.Itoa(len(strconv.Itoa(i))+big)+" "+strconv.Itoa(i))
			}
			same(t, "messages", got, want)
			if n := eval[int](b, "client.streams"); n != 2 {
				t.Errorf("it took %d streams", n)
			}
			eval[bool](b, "client.close(), true")
			b.wait("log.textContent.endsWith('closed\\n')")
		})
	}
}

// The bundles are where the table says.
func TestBundles(t *testing.T) {
	need(t, "clients")
	for client, b := range bundles {
		if !file("node_modules", filepath.FromSlash(b.file))() {
			t.Errorf("there is no script of %s", client)
		}
	}
}
