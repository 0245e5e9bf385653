package e2e_test

import (
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"
)

// switchOn turns WebSocket over HTTP/2 on.
const switchOn = "EVERWIRE_H2_WEBSOCKET=1"

// everwireIn starts a program with TLS, in an environment with more variables,
// for one test alone.
func everwireIn(t *testing.T, env ...string) *program {
	t.Helper()
	_, files := certificate(t)
	p, err := startProgramIn(env, "--tls-cert", files.crt, "--tls-key", files.key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { expectStop(t, p.process) })
	return p
}

// insecure trusts the certificate of a test.
var insecure = &tls.Config{InsecureSkipVerify: true}

// offers returns the protocol that a server chooses, and of HTTP/2 whether its
// SETTINGS frame allows extended CONNECT (RFC 8441 section 3).
func offers(t *testing.T, p *program) (protocol string, connect bool) {
	t.Helper()
	config := insecure.Clone()
	config.NextProtos = []string{"h2", "http/1.1"}
	conn, err := tls.Dial("tcp", strings.TrimPrefix(p.origin, "https://"), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if protocol = conn.ConnectionState().NegotiatedProtocol; protocol != "h2" {
		return protocol, false
	}
	conn.SetDeadline(time.Now().Add(patience))
	// The preface and an empty SETTINGS frame (RFC 9113 section 3.4).
	io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
	var head [9]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		t.Fatal(err)
	}
	settings := make([]byte, binary.BigEndian.Uint32(head[:4])>>8)
	if _, err := io.ReadFull(conn, settings); err != nil || head[3] != 4 {
		t.Fatalf("a frame of type %d, %v", head[3], err)
	}
	for s := range slices.Chunk(settings, 6) {
		if binary.BigEndian.Uint16(s) == 8 {
			connect = binary.BigEndian.Uint32(s[2:]) == 1
		}
	}
	return protocol, connect
}

func TestTheSwitchOfHTTP2(t *testing.T) {
	for _, tt := range []struct {
		name     string
		env      []string
		protocol string
		connect  bool
		printed  string
	}{
		{"on", []string{switchOn}, "h2", true, "WebSocket over HTTP/2: on.\n"},
		{"on beside another setting of Go", []string{switchOn, "GODEBUG=http2debug=0"}, "h2", true, "WebSocket over HTTP/2: on.\n"},
		{"off", nil, "http/1.1", false, "WebSocket over HTTP/2: off ("},
		{"only Go's own", []string{"GODEBUG=http2xconnect=1"}, "http/1.1", false, "WebSocket over HTTP/2: off ("},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := everwireIn(t, tt.env...)
			if protocol, connect := offers(t, p); protocol != tt.protocol || connect != tt.connect {
				t.Errorf("the server offers %q, CONNECT %v", protocol, connect)
			}
			res, err := (&http.Client{Transport: &http.Transport{TLSClientConfig: insecure, ForceAttemptHTTP2: true}}).Get(p.origin + "/healthz")
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			var health struct {
				HTTP2WebSocket *bool `json:"http2_websocket"`
			}
			if err := json.NewDecoder(res.Body).Decode(&health); err != nil || health.HTTP2WebSocket == nil || *health.HTTP2WebSocket != tt.connect {
				t.Errorf("/healthz has %v, %v", health.HTTP2WebSocket, err)
			}
			if got := p.output(); !strings.Contains(got, tt.printed) {
				t.Errorf("it printed\n%s", got)
			}
		})
	}
	t.Run("without TLS", func(t *testing.T) {
		p, err := startProgramIn([]string{switchOn})
		if err != nil {
			t.Fatal(err)
		}
		expectStop(t, p.process)
		if got := p.output(); !strings.Contains(got, "WebSocket over HTTP/2: off, since") {
			t.Errorf("it printed\n%s", got)
		}
	})
	t.Run("a value that is none", func(t *testing.T) {
		p, err := startProgramIn([]string{"EVERWIRE_H2_WEBSOCKET=yes"})
		if err == nil {
			expectStop(t, p.process)
		}
		if err == nil || !strings.Contains(err.Error(), `EVERWIRE_H2_WEBSOCKET: "yes" has the wrong form`) {
			t.Errorf("it said %v", err)
		}
	})
}

// newTrustingTab is newTab for servers with a certificate that nobody has signed.
func newTrustingTab(t *testing.T) *tab {
	t.Helper()
	b := newTab(t)
	call(b, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true})
	return b
}

// traffic is how a tab's requests were carried.
type traffic struct {
	mu        sync.Mutex // guards below
	answers   []int64    // the status of each WebSocket's answer
	protocols []string   // of each other answer
}

// watch takes note of a tab's traffic from here on.
func (b *tab) watch() *traffic {
	b.t.Helper()
	var w traffic
	err := chromedp.Listen(b.ctx, func(event any) {
		w.mu.Lock()
		defer w.mu.Unlock()
		switch e := event.(type) {
		case *network.EventWebSocketHandshakeResponseReceived:
			w.answers = append(w.answers, e.Response.Status)
		case *network.EventResponseReceived:
			if strings.HasPrefix(e.Response.URL, "https:") {
				w.protocols = append(w.protocols, e.Response.Protocol)
			}
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return &w
}

// TestShellOverTLS works with and without HTTP/2, by WebSocket and by polling,
// and the browser says how. A WebSocket is answered by 101 in HTTP/1.1 and by
// 200 in HTTP/2.
func TestShellOverTLS(t *testing.T) {
	need(t, "pages")
	for _, tt := range []struct {
		name     string
		env      []string
		protocol string
		answer   int64
	}{
		{"HTTP2", []string{switchOn}, "h2", 200},
		{"HTTP1.1", nil, "http/1.1", 101},
	} {
		p := everwireIn(t, tt.env...)
		for _, transport := range []string{"websocket", "polling"} {
			t.Run(tt.name+" "+transport, func(t *testing.T) {
				b := newTrustingTab(t)
				if transport == "polling" {
					b.withoutWebSocket()
				}
				w := b.watch()
				b.openShell(p)
				b.wait(fmt.Sprintf("everwire.transport() === %q", transport))
				b.keys("echo $((6*7))\r")
				b.waitLine("42")
				if got := b.answer("seq 1 20000 | tail -n 1"); got != "20000" {
					t.Errorf("a long output ends with %q", got)
				}
				if got := b.answer("env | grep -c -e GODEBUG -e EVERWIRE_H2"); got != "0" {
					t.Errorf("the shell has %s variables of the server", got)
				}
				w.mu.Lock()
				defer w.mu.Unlock()
				// The landing page and the shell's have a WebSocket each.
				if want := slices.Repeat([]int64{tt.answer}, len(w.answers)); !slices.Equal(w.answers, want) || len(w.answers) > 0 != (transport == "websocket") {
					t.Errorf("WebSockets were answered with %v", w.answers)
				}
				if len(w.protocols) == 0 || slices.ContainsFunc(w.protocols, func(s string) bool { return s != tt.protocol }) {
					t.Errorf("the protocols of the other answers are %q", w.protocols)
				}
			})
		}
	}
}

// TestAStopEndsShellsOverHTTP2 while their pages are open, in time.
func TestAStopEndsShellsOverHTTP2(t *testing.T) {
	need(t, "pages")
	p := everwireIn(t, switchOn)
	b := newTrustingTab(t)
	b.expect("ERR_CONNECTION") // the page tries to come back
	b.openShell(p)
	expectStop(t, p.process)
	b.wait("document.querySelector('#terminal').dataset.session !== 'open'")
	if got := p.output(); strings.Contains(got, "cut off") {
		t.Errorf("it logged\n%s", got)
	}
}
