package e2e_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
)

// listening is for how long a client hears what comes back: all that comes is
// there at once, and the proxies keep the connection.
const listening = time.Second

// TestNoRequestIsSmuggledPastAProxy: what a proxy has not taken for a request,
// and so has not marked, the server behind it does not take for one either. Two
// requests that both see are no harm.
func TestNoRequestIsSmuggledPastAProxy(t *testing.T) {
	need(t, "nginx", "haproxy")
	back := newMarked(t)
	_, files := certificate(t)
	rows := readProxyDocs(t).start(t, back.addr, files)
	for _, name := range []string{"no proxy", "HAProxy, `mode tcp`"} { // these mark nothing
		delete(rows, name)
	}
	heard := make(map[string]string)
	var mu sync.Mutex // guards heard
	var wg sync.WaitGroup
	for front, row := range rows {
		plain := "GET /reads?id=plain HTTP/1.1\r\nHost: " + proxiedHost + "\r\nConnection: close\r\n\r\n"
		if got := exchange(t, row.plain, plain, patience); !strings.Contains(got, "answer to plain;") {
			t.Fatalf("%s: %s", front, got)
		}
		for name, request := range smuggling {
			for _, version := range []string{"HTTP/1.1", "HTTP/1.0"} {
				id := regexp.MustCompile(`\W+`).ReplaceAllString(front+"_"+name+"_"+version, "_")
				wg.Go(func() {
					got := exchange(t, row.plain, request(id, version), listening)
					mu.Lock()
					defer mu.Unlock()
					heard[id] = got
				})
			}
		}
	}
	wg.Wait()
	back.mu.Lock()
	defer back.mu.Unlock()
	for _, request := range back.unmarked {
		t.Error("no proxy has seen the request", request)
	}
	for id, got := range heard {
		// The proxy may end with an answer of its own.
		if answers := strings.Count(got, "HTTP/1."); answers > back.marked[id]+1 {
			t.Errorf("%s: %d requests have %d answers:\n%s", id, back.marked[id], answers, got)
		}
		for _, m := range regexp.MustCompile(`answer to (\w*);`).FindAllStringSubmatch(got, -1) {
			if m[1] != id {
				t.Errorf("%s got the answer to %s", id, m[1])
			}
		}
	}
}

// smuggling makes requests with another one hidden in what follows the head.
var smuggling = func() map[string]func(id, version string) string {
	all := make(map[string]func(id, version string) string)
	add := func(name, method, target, header string, body func(hidden string) string) {
		all[name] = func(id, version string) string {
			hidden := body(fmt.Sprintf("GET /hidden?id=%s HTTP/1.1\r\nHost: %s\r\n\r\n", id, proxiedHost))
			return fmt.Sprintf("%s %s?id=%s %s\r\nHost: %s\r\nConnection: keep-alive\r\n%s\r\n%s", method, target, id, version, proxiedHost,
				strings.ReplaceAll(header, "LENGTH", fmt.Sprint(len(hidden))), hidden)
		}
	}
	const length, chunked = "Content-Length: LENGTH\r\n", "Transfer-Encoding: chunked\r\n"
	bare := func(hidden string) string { return hidden }
	behind := func(hidden string) string { return "0\r\n\r\n" + hidden }
	inside := func(hidden string) string { return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(hidden), hidden) }
	for name, row := range map[string]struct {
		header string
		body   func(hidden string) string
	}{
		"body":                             {length, bare},
		"chunk":                            {chunked, inside},
		"CL.TE":                            {length + chunked, behind},
		"TE.CL":                            {chunked + "Content-Length: 4\r\n", inside},
		"TE twice":                         {chunked + chunked, behind},
		"TE.TE, the second obscure":        {length + chunked + "Transfer-Encoding: x\r\n", behind},
		"TE in a list":                     {length + "Transfer-Encoding: identity, chunked\r\n", behind},
		"TE of another name":               {length + "Transfer-Encoding: xchunked\r\n", behind},
		"TE with a vertical tab":           {length + "Transfer-Encoding: \x0bchunked\r\n", behind},
		"TE with a space before its colon": {length + "Transfer-Encoding : chunked\r\n", behind},
		"TE folded":                        {length + "Transfer-Encoding:\r\n chunked\r\n", behind},
		"TE behind a bare LF":              {length + "X: y\nTransfer-Encoding: chunked\r\n", behind},
		"TE with an underscore":            {length + "Transfer_Encoding: chunked\r\n", behind},
		"chunk size ends with a bare LF":   {chunked, func(hidden string) string { return "0\n\r\n" + hidden }},
		"chunk extension with a bare LF":   {chunked, func(hidden string) string { return "2;x\nab\r\n0\r\n\r\n" + hidden }},
		"chunk size with a sign":           {chunked, func(hidden string) string { return "+0\r\n\r\n" + hidden }},
		"two lengths":                      {"Content-Length: 0\r\n" + length, bare},
		"length with a sign":               {"Content-Length: +0\r\n", bare},
		"length of 20 digits":              {"Content-Length: 18446744073709551616\r\n", bare},
		"no length":                        {"", bare},
	} {
		add(name, "POST", "/reads", row.header, row.body)
		add(name+", unread", "GET", "/healthz", row.header, row.body)
	}
	// The bytes behind a handshake are a nonce if it is accepted, and else
	// nothing.
	const keys = "Upgrade: WebSocket\r\nConnection: Upgrade\r\nOrigin: http://" + proxiedHost + "\r\n" +
		"Sec-WebSocket-Key1: 18x 6]8vM;54 *(5:  {   U1]8  z [  8\r\nSec-WebSocket-Key2: 1_ tx7X d  <  nw  334J702) 7]o}` 0\r\n"
	add("refused handshake", "GET", "/ws/echo", keys, bare)
	add("refused handshake, announced", "GET", "/ws/echo", keys+length, bare)
	add("refused handshake, in part", "GET", "/ws/echo", keys+"Content-Length: 8\r\n", bare)
	add("handshake for a page", "GET", "/healthz", keys+length, bare)
	return all
}()

// marked is a server that notes which requests a proxy has marked.
type marked struct {
	addr string

	mu       sync.Mutex     // guards below
	marked   map[string]int // by the id in the query
	unmarked []string
}

func newMarked(t *testing.T) *marked {
	t.Helper()
	srv := server.New(server.Options{Guard: guard.Config{Hosts: []string{proxiedHost}, Token: strings.Repeat("secret", 8),
		TrustedProxies:    []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		SessionsPerSecond: -1, UnauthenticatedConns: -1, LoginsPerMinute: -1}})
	srv.HandleRaw("echo", session.HandlerFunc(func(session.Session) {})) // nobody has the token
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		fmt.Fprintf(w, "answer to %s;", r.URL.Query().Get("id"))
	})
	srv.Public("/reads", answer)
	srv.Public("/hidden", answer)
	m := &marked{marked: make(map[string]int)}
	hs := httptest.NewUnstartedServer(nil)
	hs.Config = srv.HTTPServer()
	hs.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.note(r)
		srv.ServeHTTP(w, r)
	})
	hs.Start()
	t.Cleanup(func() {
		srv.Shutdown(t.Context())
		hs.Close()
	})
	m.addr = hs.Listener.Addr().String()
	return m
}

func (m *marked) note(r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.Header.Get("X-Forwarded-For") == "" {
		m.unmarked = append(m.unmarked, r.Method+" "+r.URL.String())
		return
	}
	m.marked[r.URL.Query().Get("id")]++
}

// exchange sends bytes and returns what comes back, to the end or for a while.
func exchange(t *testing.T, addr, bytes string, while time.Duration) string {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(while))
	io.WriteString(conn, bytes)
	got, _ := io.ReadAll(conn)
	return string(got)
}
