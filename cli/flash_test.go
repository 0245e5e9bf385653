package cli_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/everwire/everwire/cli"
	"github.com/everwire/everwire/config"
	"github.com/everwire/everwire/protocol/ws"
)

const policyRequest = "<policy-file-request/>\x00"

// fixed is a configuration with a token that the test knows.
func fixed() config.Config {
	cfg := free()
	cfg.Token = "a-token-of-the-operators-own"
	return cfg
}

// host is host:port of the program.
func (p *program) host() string {
	_, host, _ := strings.Cut(p.base, "://")
	return host
}

// health is what /healthz says.
func (p *program) health() (rep struct {
	Transports, Dialects, Generations []string
	Flash                             struct {
		Ports  []int `json:"policy_ports"`
		Inline bool  `json:"inline_policy"`
		Tunnel bool
	}
	Redis *struct {
		Adapter string
		Reached bool
	}
	Warnings []string
}) {
	p.t.Helper()
	status, body := p.get("/healthz")
	if err := json.Unmarshal([]byte(body), &rep); err != nil || status != http.StatusOK {
		p.t.Fatalf("%d %s: %v", status, body, err)
	}
	return rep
}

// ask connects and returns what the bytes are answered with until the end.
func ask(t *testing.T, addr, bytes string) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	io.WriteString(conn, bytes)
	got, err := io.ReadAll(conn)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Fatal(err)
	}
	return string(got)
}

func TestThePolicyNamesThisServerAndItsOrigins(t *testing.T) {
	cfg := fixed()
	cfg.AllowOrigin = []string{"https://page.example:99"}
	cfg.Flash.PolicyPorts = []int{0}
	p := start(t, cfg)
	_, port, _ := net.SplitHostPort(p.host())
	rep := p.health()
	if len(rep.Flash.Ports) != 1 || !rep.Flash.Inline || len(rep.Warnings) != 0 {
		t.Fatalf("health: %+v", rep)
	}
	policy := ask(t, fmt.Sprintf("127.0.0.1:%d", rep.Flash.Ports[0]), policyRequest)
	if inline := ask(t, p.host(), policyRequest); inline != policy {
		t.Errorf("inline %q, on its own port %q", inline, policy)
	}
	if !strings.HasPrefix(policy, `<?xml version="1.0"?>`) || !strings.HasSuffix(policy, "</cross-domain-policy>\x00") {
		t.Errorf("got %q", policy)
	}
	for _, domain := range []string{"127.0.0.1", "localhost", "page.example"} {
		if want := fmt.Sprintf(`<allow-access-from domain="%s" to-ports="%s"/>`, domain, port); strings.Count(policy, want) != 1 {
			t.Errorf("%s is not in %q", want, policy)
		}
	}
	if strings.Contains(policy, "*") || strings.Count(policy, "to-ports=") != strings.Count(policy, `to-ports="`+port+`"`) {
		t.Errorf("too much is allowed: %q", policy)
	}
	if got := ask(t, fmt.Sprintf("127.0.0.1:%d", rep.Flash.Ports[0]), "GET / HTTP/1.0\r\n\r\n"); got != "" {
		t.Errorf("the policy port answers HTTP: %q", got)
	}
	status, pages := p.get("/crossdomain.xml")
	if status != http.StatusOK || strings.Count(pages, "allow-access-from") != 1 || !strings.Contains(pages, `domain="page.example"/>`) {
		t.Errorf("crossdomain.xml: %d %s", status, pages)
	}
}

func TestAPolicyForEverybodyTakesItsFlag(t *testing.T) {
	cfg := fixed()
	cfg.InsecureFlashPolicy = true
	p := start(t, cfg)
	if got := ask(t, p.host(), policyRequest); strings.Count(got, "allow-access-from") != 1 || !strings.Contains(got, `domain="*"`) || strings.Contains(got, `to-ports="*"`) {
		t.Errorf("got %q", got)
	}
	if rep := p.health(); len(rep.Warnings) != 1 || !strings.Contains(rep.Warnings[0], "Flash") {
		t.Errorf("warnings %q", rep.Warnings)
	}
	if !strings.Contains(p.log.String(), "level=WARN") {
		t.Error("the log has no warning")
	}
	if _, pages := p.get("/crossdomain.xml"); strings.Contains(pages, "allow-access-from") {
		t.Errorf("crossdomain.xml: %s", pages)
	}
}

func TestModernServesNoFlashAndOneDialect(t *testing.T) {
	cfg := fixed()
	cfg.Modern, cfg.InsecureFlashPolicy, cfg.Flash.PolicyPorts = true, true, []int{0}
	p := start(t, cfg)
	rep := p.health()
	if !slices.Equal(rep.Dialects, []string{"RFC6455"}) || !slices.Equal(rep.Transports, []string{"polling", "websocket", "xhr-streaming", "eventsource"}) ||
		len(rep.Flash.Ports) != 0 || rep.Flash.Inline || rep.Flash.Tunnel || len(rep.Warnings) != 0 {
		t.Errorf("health: %+v", rep)
	}
	if got := ask(t, p.host(), policyRequest+"\r\n\r\n"); strings.Contains(got, "cross-domain-policy") {
		t.Errorf("inline: %q", got)
	}
	for _, path := range []string{"/crossdomain.xml", "/flash/tcp"} {
		if status, _ := p.get(path); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	if got := ask(t, p.host(), hixie76(p.host(), cfg.Token)); !strings.HasPrefix(got, "HTTP/1.1 426 ") {
		t.Errorf("hixie-76: %q", got)
	}
}

func TestATLSServerServesNoPolicyOnItsOwnPort(t *testing.T) {
	cfg := fixed()
	cfg.TLS.Cert, cfg.TLS.Key = certificate(t)
	p := start(t, cfg)
	if rep := p.health(); rep.Flash.Inline {
		t.Error("inline policy is said to be on")
	}
	for _, secure := range []bool{false, true} {
		conn, err := net.Dial("tcp", p.host())
		if err != nil {
			t.Fatal(err)
		}
		if secure {
			conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
		}
		conn.SetDeadline(time.Now().Add(time.Minute))
		io.WriteString(conn, policyRequest+"\r\n\r\n")
		got, _ := io.ReadAll(conn)
		conn.Close()
		if bytes.Contains(got, []byte("cross-domain-policy")) {
			t.Errorf("TLS %v: %q", secure, got)
		}
	}
}

func TestATakenPolicyPortIsOneWarning(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	cfg := fixed()
	cfg.Flash.PolicyPorts = []int{port, 0, port}
	p := start(t, cfg)
	if rep := p.health(); len(rep.Flash.Ports) != 1 || rep.Flash.Ports[0] == port {
		t.Errorf("health: %+v", rep)
	}
	if log := p.log.String(); strings.Count(log, "is not served") != 1 || !strings.Contains(log, "level=WARN") || !strings.Contains(log, fmt.Sprintf("policy port %d is not served", port)) {
		t.Errorf("log: %s", log)
	}
}

func TestAForbiddenPolicyPortTellsTheWaysToGetIt(t *testing.T) {
	forbidden := &net.OpError{Op: "listen", Net: "tcp", Err: os.NewSyscallError("bind", syscall.EACCES)}
	text := cli.NotServed(843, forbidden)
	for _, want := range []string{"843", "setcap cap_net_bind_service=+ep", "redirect", "10843", "systemd", "docs/flash.md"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q does not say %q", text, want)
		}
	}
	if strings.Contains(text, "\n") {
		t.Errorf("more than one line: %q", text)
	}
}

// hixie76 is a handshake with the nonce behind it (draft 76 section 1.2).
func hixie76(host, token string) string {
	return "GET /ws/echo HTTP/1.1\r\nHost: " + host + "\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n" +
		"Origin: http://" + host + "\r\nAuthorization: Bearer " + token + "\r\n" +
		"Sec-WebSocket-Key1: 18x 6]8vM;54 *(5:  {   U1]8  z [  8\r\n" +
		"Sec-WebSocket-Key2: 1_ tx7X d  <  nw  334J702) 7]o}` 0\r\n\r\nTm[K T2u"
}

func TestPublicPortsAreInThePolicy(t *testing.T) {
	cfg := fixed()
	cfg.Flash.PublicPorts = []int{8443, 80, 80}
	p := start(t, cfg)
	_, port, _ := net.SplitHostPort(p.host())
	policy := ask(t, p.host(), policyRequest)
	if n := strings.Count(policy, `to-ports="`+port+`,8443,80"`); n == 0 || n != strings.Count(policy, "to-ports=") {
		t.Errorf("got %q", policy)
	}
}

// TestRawWebSocketsBehindTheSniffer: the WebSocket transport reads the file
// descriptor itself.
func TestRawWebSocketsBehindTheSniffer(t *testing.T) {
	cfg := fixed()
	p := start(t, cfg)
	u, status := p.open("/ws/echo", bearer(cfg.Token))
	if status != http.StatusSwitchingProtocols {
		t.Fatal(status)
	}
	want := strings.Repeat(policyRequest, 1000)
	u.send(ws.OpBinary, want)
	got := make([]byte, len(want))
	if _, err := io.ReadFull(u, got); string(got) != want || err != nil {
		t.Errorf("echo of %d bytes: %v", len(got), err)
	}
}
