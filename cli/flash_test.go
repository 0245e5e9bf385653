package cli_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
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
	Dialects []string
	Flash    struct {
		Ports  []int `json:"policy_ports"`
		Inline bool  `json:"inline_policy"`
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
	conn.SetDeadline(time.Now().Add(20 * time.Second))
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
	if !slices.Equal(rep.Dialects, []string{"RFC6455"}) || len(rep.Flash.Ports) != 0 || rep.Flash.Inline || len(rep.Warnings) != 0 {
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
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		io.WriteString(conn, policyRequest+"\r\n\r\n")
		got, _ := io.ReadAll(conn)
		conn.Close()
		if bytes.Contains(got, []byte("cross-domain-policy")) {
			t.Errorf("TLS %v: %q", secure, got)
		}
	}
	if status, _ := p.get("/flash/tcp"); status != http.StatusNotFound {
		t.Errorf("/flash/tcp: %d", status)
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

// tunnel is a client of /flash/tcp: what Ruffle makes of a Flash socket.
type tunnel struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	dec  *ws.Decoder
	rest []byte // read and not decoded
	got  []byte // carried and not taken
}

// open does the handshake and returns the status.
func (p *program) open(path string, header ...string) (*tunnel, int) {
	p.t.Helper()
	conn, err := net.Dial("tcp", p.host())
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	head, err := (&ws.ClientHandshake{Host: p.host(), Target: path}).AppendRequest(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	text := strings.TrimSuffix(string(head), "\r\n") + strings.Join(header, "") + "\r\n"
	io.WriteString(conn, text)
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return &tunnel{t: p.t, conn: conn, in: in, dec: ws.NewDecoder(ws.DecoderOptions{Role: ws.Client, MaxMessage: 1 << 20})}, resp.StatusCode
}

func (u *tunnel) send(op ws.Opcode, data string) {
	u.t.Helper()
	frame, err := ws.AppendMaskedFrame(nil, op, true, false, [4]byte{1, 2, 3, 4}, []byte(data))
	if err == nil {
		_, err = u.conn.Write(frame)
	}
	if err != nil {
		u.t.Fatal(err)
	}
}

// more waits for bytes from the other end of the tunnel; io.EOF is its end.
func (u *tunnel) more() error {
	for {
		n, ev, err := u.dec.Decode(u.rest)
		if err != nil {
			return err
		}
		u.rest = u.rest[n:]
		switch ev.Type {
		case ws.Binary:
			u.got = append(u.got, ev.Data...)
			return nil
		case ws.Close:
			if ev.Code != ws.CodeNormal {
				return fmt.Errorf("closed with %d %s", ev.Code, ev.Reason)
			}
			return io.EOF
		case ws.None:
			buf := make([]byte, 4096)
			n, err := u.in.Read(buf)
			if err != nil {
				return fmt.Errorf("no close frame: %w", err)
			}
			u.rest = append(u.rest, buf[:n]...)
		}
	}
}

// Read makes it the inner connection's reader.
func (u *tunnel) Read(p []byte) (int, error) {
	if len(u.got) == 0 {
		if err := u.more(); err != nil {
			return 0, err
		}
	}
	n := copy(p, u.got)
	u.got = u.got[n:]
	return n, nil
}

func bearer(token string) string { return "Authorization: Bearer " + token + "\r\n" }

func TestTheTunnelLeadsToThisServer(t *testing.T) {
	cfg := fixed()
	p := start(t, cfg)
	enter := func(t *testing.T) *tunnel {
		t.Helper()
		u, status := p.open("/flash/tcp", bearer(cfg.Token))
		if status != http.StatusSwitchingProtocols {
			t.Fatal(status)
		}
		u.t = t
		return u
	}
	t.Run("HTTP", func(t *testing.T) {
		u := enter(t)
		u.send(ws.OpText, "GET /nowhere HTTP/1.1\r\n\r\n") // text is ignored
		request := "GET /healthz HTTP/1.1\r\nHost: " + p.host() + "\r\n\r\n"
		for _, part := range []string{request, request[:5], request[5:]} {
			u.send(ws.OpBinary, part)
		}
		r := bufio.NewReader(u)
		for range 2 {
			resp, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			if body, err := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(`"status":"ok"`)) || err != nil {
				t.Errorf("%d %s, %v", resp.StatusCode, body, err)
			}
		}
		u.send(ws.OpBinary, "GET /healthz HTTP/1.1\r\nHost: "+p.host()+"\r\nConnection: close\r\n\r\n")
		if _, err := io.ReadAll(r); err != nil {
			t.Errorf("at the inner end's end: %v", err)
		}
	})
	t.Run("policy", func(t *testing.T) {
		u := enter(t)
		u.send(ws.OpBinary, policyRequest)
		if got, err := io.ReadAll(u); string(got) != ask(t, p.host(), policyRequest) || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	})
	t.Run("hixie-76", func(t *testing.T) {
		u := enter(t)
		u.send(ws.OpBinary, hixie76(p.host(), cfg.Token))
		r := bufio.NewReader(u)
		resp, err := http.ReadResponse(r, nil)
		if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
			t.Fatal(resp, err)
		}
		digest := make([]byte, 16)
		if _, err := io.ReadFull(r, digest); string(digest) != "fQJ,fN/4F4!~K~MH" || err != nil {
			t.Fatalf("digest %q, %v", digest, err)
		}
		u.send(ws.OpBinary, "\x00héllo")
		u.send(ws.OpBinary, " €\xff")
		if got, err := r.ReadString(0xff); got != "\x00héllo €\xff" || err != nil {
			t.Errorf("echo %q, %v", got, err)
		}
	})
	t.Run("the inner guard", func(t *testing.T) {
		u := enter(t)
		u.send(ws.OpBinary, hixie76(p.host(), "wrong"+cfg.Token))
		if resp, err := http.ReadResponse(bufio.NewReader(u), nil); err != nil || resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%v, %v", resp, err)
		}
	})
}

func TestTheTunnelIsBehindTheGuard(t *testing.T) {
	cfg := fixed()
	p := start(t, cfg)
	for name, tt := range map[string]struct {
		header string
		want   int
	}{
		"no login":     {"", http.StatusUnauthorized},
		"wrong token":  {bearer("x" + cfg.Token), http.StatusUnauthorized},
		"foreign page": {bearer(cfg.Token) + "Origin: http://evil.example\r\n", http.StatusForbidden},
	} {
		if _, status := p.open("/flash/tcp", tt.header); status != tt.want {
			t.Errorf("%s: %d", name, status)
		}
	}
}

func TestNoTunnelWhereItWouldLookLikeATrustedProxy(t *testing.T) {
	cfg := fixed()
	cfg.TrustedProxy = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	p := start(t, cfg)
	if _, status := p.open("/flash/tcp", bearer(cfg.Token)); status != http.StatusNotFound {
		t.Errorf("status %d", status)
	}
	if !strings.Contains(p.log.String(), "/flash/tcp is off") {
		t.Error("the log does not say so")
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
