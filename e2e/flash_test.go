package e2e_test

import (
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"
)

// rufflePatience is for fourteen megabytes that the browser has to compile.
const rufflePatience = time.Minute

// flashPage is the page of docs/flash.md on a web server of its own, with a
// real Flash program, and the server that it is for.
type flashPage struct {
	*tab
	*program
	site string // the page's origin

	mu     sync.Mutex        // guards below
	tunnel network.RequestID // the last one
	down   []byte            // what it has brought
}

// newFlashPage starts both, with TLS or both without. The browser has not
// signed in.
func newFlashPage(t *testing.T, secure bool) *flashPage {
	t.Helper()
	need(t, "chromium", "clients", "ruffle", "pages")
	f := &flashPage{tab: newTab(t)}
	mux := http.NewServeMux()
	modules := http.Dir("node_modules")
	mux.Handle("/ruffle/", http.StripPrefix("/ruffle/", http.FileServer(modules+"/@ruffle-rs/ruffle")))
	mux.Handle("/", http.FileServer(modules+"/socket.io-client-09/lib/vendor/web-socket-js"))
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(f.source(t)))
	})
	mux.HandleFunc("/favicon.ico", func(http.ResponseWriter, *http.Request) {})
	site := httptest.NewUnstartedServer(mux)
	site.Config.ErrorLog = log.New(io.Discard, "", 0) // browsers try a certificate more than once
	if !secure {
		site.Start()
		f.site = site.URL
		f.program = ownEverwire(t, "--allow-origin", f.site)
	} else {
		site.StartTLS()
		f.site = site.URL
		f.program = secureEverwire(t, "--allow-origin", f.site)
		call(f.tab, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true})
	}
	t.Cleanup(site.Close)
	f.expect("AudioContext was not allowed to start") // and need not
	if err := chromedp.Listen(f.ctx, f.watch); err != nil {
		t.Fatal(err)
	}
	return f
}

// secureEverwire starts a program with TLS for one test alone.
func secureEverwire(t *testing.T, args ...string) *program {
	t.Helper()
	_, files := certificate(t)
	exe, err := everwireBinary()
	if err != nil {
		t.Fatal(err)
	}
	args = slices.Concat(programArgs, []string{"--tls-cert", files.crt, "--tls-key", files.key}, args)
	p, match, err := start(regexp.MustCompile(`^\s*(https://\S+)/#t=(\S+)$`), exe, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { expectStop(t, p) })
	return &program{p, strings.TrimSpace(match[0]), match[1], match[2]}
}

// Tests that run at the same time, and a server that somebody has at work,
// need these ports, and there is one of each.
func TestProgramsLeaveThePortsOfFlashAlone(t *testing.T) {
	need(t, "pages")
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	for _, p := range []*program{ownEverwire(t), secureEverwire(t)} {
		res, err := client.Get(p.origin + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if body, err := io.ReadAll(res.Body); !strings.Contains(string(body), `"policy_ports":[]`) || strings.Contains(p.output(), "is not served") {
			t.Errorf("%s, %v\n%s", body, err, p.output())
		}
	}
}

// source is the page as it stands in the documentation, with the port that the
// server has here.
func (f *flashPage) source(t *testing.T) string {
	text, err := os.ReadFile(filepath.Join(root, "docs", "flash.md"))
	if err != nil {
		t.Error(err)
	}
	_, page, found := strings.Cut(string(text), "```html\n")
	page, _, closed := strings.Cut(page, "```\n")
	const documented = `host = "127.0.0.1", port = 8080;`
	if !found || !closed || strings.Count(page, documented) != 1 {
		t.Errorf("docs/flash.md has no page with %q", documented)
	}
	return strings.Replace(page, "8080", f.port(), 1)
}

func (f *flashPage) port() string { return f.origin[strings.LastIndexByte(f.origin, ':')+1:] }

// watch notes what the tunnels bring. What Ruffle sends, Chromium does not tell.
func (f *flashPage) watch(event any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch e := event.(type) {
	case *network.EventWebSocketCreated:
		if strings.HasSuffix(e.URL, "/flash/tcp") {
			f.tunnel, f.down = e.RequestID, nil
		}
	case *network.EventWebSocketFrameReceived:
		if e.RequestID == f.tunnel && e.Response.Opcode == 2 {
			f.down = append(f.down, e.Response.PayloadData...)
		}
	}
}

// brought returns what the last tunnel has brought so far.
func (f *flashPage) brought() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return string(f.down)
}

// connect opens a Flash socket in the way of the page, or with a given
// address, and notes its events.
func (f *flashPage) connect(address string) {
	f.t.Helper()
	how := `connect("/ws/echo")`
	if address != "" {
		how = "Promise.resolve(new WebSocket(" + js(address) + "))"
	}
	eval[bool](f.tab, `(() => {
		const list = window.noted = [];
		`+how+`.then((s) => {
			window.socket = s;
			s.onopen = () => list.push("open");
			s.onmessage = (e) => list.push(e.data);
			s.onclose = () => list.push("close");
			s.onerror = () => list.push("error");
		}, (e) => list.push(e.message));
		return true;
	})()`)
}

// expectNoted waits for as many events as are wanted, and compares.
func (f *flashPage) expectNoted(want ...string) {
	f.t.Helper()
	if !f.becomes("noted.length >= "+strconv.Itoa(len(want)), rufflePatience) {
		f.t.Fatalf("the socket noted %.200q, want %.200q\n%s", eval[[]string](f.tab, "noted"), want, f.state())
	}
	if got := eval[[]string](f.tab, "noted.splice(0)"); !slices.Equal(got, want) {
		f.t.Errorf("the socket noted %.200q, want %.200q", got, want)
	}
}

func (f *flashPage) expectLog(want string) {
	f.t.Helper()
	if !f.becomes("document.getElementById('log').textContent === "+js(want), rufflePatience) {
		f.t.Fatalf("the page does not show %q\n%s", want, f.state())
	}
}

// The Flash program of Socket.IO 0.9 speaks hixie-76 and nothing else. It goes
// through the page as documented, step by step, as a user would.
func TestFlash(t *testing.T) {
	f := newFlashPage(t, false)
	address := "ws" + strings.TrimPrefix(f.origin, "http") + "/ws/echo"

	// Neither door opens without a login.
	f.expect("status of 401")
	f.expect("HTTP Authentication failed")
	f.expect("already in CLOSING or CLOSED")
	f.open(f.site)
	f.expectLog("no ticket: sign in at " + f.origin + "/\n")
	f.connect(address)
	f.expectNoted("close")
	if got := f.brought(); got != "" {
		t.Errorf("a stranger's tunnel brought %q", got)
	}

	f.logIn(f.program)
	f.open(f.site)
	f.expectLog("open\ncame back: Hello from Flash\nclosed\n")
	f.expectHixie76("\x00Hello from Flash\xff")

	// The cookie opens the tunnel, and no more.
	f.expect("bad response: HTTP/1.1 401 Unauthorized")
	f.connect(address)
	f.expectNoted("close")
	if got := f.brought(); !strings.HasPrefix(got, "HTTP/1.1 401 ") {
		t.Errorf("without a ticket, the tunnel brought %q", got)
	}

	f.connect("")
	f.expectNoted("open")
	messages := []string{"ASCII", "grün ☃ 👩‍🚀 \u0080\uffee", strings.Repeat("0123456789", 200), strings.Repeat("€", 2000), "last"}
	eval[bool](f.tab, js(messages)+".forEach((m) => socket.send(m)), true")
	f.expectNoted(messages...)
	eval[bool](f.tab, "socket.close(), true")
	f.expectNoted("close")
	f.expectHixie76("\x00ASCII\xff")

	// Two at a time. Both end with the server.
	f.connect("")
	f.expectNoted("open")
	eval[bool](f.tab, "window.first = noted, window.firstSocket = socket, true")
	f.connect("")
	f.expectNoted("open")
	eval[bool](f.tab, "firstSocket.send('one'), socket.send('two'), true")
	f.expectNoted("two")
	f.wait("first[0] === 'one'")
	if err := f.stop(); err != nil {
		t.Error(err)
	}
	f.expectNoted("close")
	f.wait("first[1] === 'close'")
}

// Flash itself has no TLS; its tunnel has.
func TestFlashBehindTLS(t *testing.T) {
	f := newFlashPage(t, true)
	f.logIn(f.program)
	f.open(f.site)
	f.expectLog("open\ncame back: Hello from Flash\nclosed\n")
	f.expectHixie76("\x00Hello from Flash\xff")
	if _, sockets := f.requests(); !slices.Contains(sockets, "wss"+strings.TrimPrefix(f.origin, "https")+"/flash/tcp") {
		t.Errorf("no tunnel with TLS among %q", sockets)
	}
}

// expectHixie76 checks that one connection was answered in that dialect, whose
// head nothing else has, with a digest of 16 bytes, and the first frame then.
func (f *flashPage) expectHixie76(frame string) {
	f.t.Helper()
	got := f.brought()
	head, rest, _ := strings.Cut(got, "\r\n\r\n")
	if !strings.HasPrefix(head, "HTTP/1.1 101 WebSocket Protocol Handshake\r\n") ||
		!strings.Contains(head, "\r\nSec-WebSocket-Origin: "+f.site+"\r\n") ||
		!strings.Contains(head, "\r\nSec-WebSocket-Location: ws://127.0.0.1:"+f.port()+"/ws/echo?ticket=") ||
		len(rest) < 16 || !strings.HasPrefix(rest[16:], frame) {
		f.t.Errorf("the server said %.600q", got)
	}
}
