package cli_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/ws"
)

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
	if strings.HasPrefix(p.base, "https:") {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	}
	p.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
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

// speak does a hixie-76 handshake through the tunnel, checks the answer's
// location, and exchanges a message.
func (u *tunnel) speak(handshake, location string) {
	u.t.Helper()
	u.send(ws.OpBinary, handshake)
	r := bufio.NewReader(u)
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		u.t.Fatal(err)
	}
	if got := resp.Header.Get("Sec-WebSocket-Location"); resp.StatusCode != http.StatusSwitchingProtocols || got != location {
		u.t.Fatalf("%s, location %q, want %q", resp.Status, got, location)
	}
	digest := make([]byte, 16)
	if _, err := io.ReadFull(r, digest); string(digest) != "fQJ,fN/4F4!~K~MH" || err != nil {
		u.t.Fatalf("digest %q, %v", digest, err)
	}
	u.send(ws.OpBinary, "\x00héllo")
	u.send(ws.OpBinary, " €\xff")
	if got, err := r.ReadString(0xff); got != "\x00héllo €\xff" || err != nil {
		u.t.Errorf("echo %q, %v", got, err)
	}
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
	t.Run("hixie-76", func(t *testing.T) {
		enter(t).speak(hixie76(p.host(), cfg.Token), "ws://"+p.host()+"/ws/echo")
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

// TestNothingThatAProxySaysIsBelievedInTheTunnel: the client is at the address
// of a trusted proxy, and a Flash program writes what it likes.
func TestNothingThatAProxySaysIsBelievedInTheTunnel(t *testing.T) {
	cfg := fixed()
	cfg.TrustedProxy = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	p := start(t, cfg)
	u, status := p.open("/flash/tcp", bearer(cfg.Token))
	if status != http.StatusSwitchingProtocols {
		t.Fatal(status)
	}
	forged := "\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: localhost:1\r\nForwarded: proto=https\r\n"
	u.speak(strings.Replace(hixie76(p.host(), cfg.Token), "\r\n", forged, 1), "ws://"+p.host()+"/ws/echo")
}

// TestTheTunnelCountsForItsClient: what a client does through the tunnel uses
// up its own allowance, and not that of this machine.
func TestTheTunnelCountsForItsClient(t *testing.T) {
	cfg := fixed()
	cfg.TrustedProxy = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	cfg.Limits.LoginsPerMinute = 2
	p := start(t, cfg)
	wrong := "POST /login HTTP/1.1\r\nHost: " + p.host() + "\r\nOrigin: " + p.base + "\r\nAccept: application/json\r\n" +
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 11\r\n"
	from := func(address string) string { return "X-Forwarded-For: " + address + "\r\n" }
	login := func(header string) int {
		t.Helper()
		resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(ask(t, p.host(), wrong+header+"Connection: close\r\n\r\ntoken=wrong"))), nil)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode
	}
	u, status := p.open("/flash/tcp", bearer(cfg.Token), from("203.0.113.9"))
	if status != http.StatusSwitchingProtocols {
		t.Fatal(status)
	}
	r := bufio.NewReader(u)
	for i, want := range []int{401, 401, 429} {
		u.send(ws.OpBinary, wrong+from("203.0.113.10")+"\r\ntoken=wrong")
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		if resp.StatusCode != want {
			t.Errorf("login %d through the tunnel: %d", i, resp.StatusCode)
		}
	}
	for address, want := range map[string]int{"203.0.113.9": 429, "203.0.113.10": 401, "127.0.0.1": 401} {
		if got := login(from(address)); got != want {
			t.Errorf("login from %s: %d, want %d", address, got, want)
		}
	}
}

// TestTheTunnelOfATLSServer: the way from the browser has TLS, and inside a
// Flash program speaks as it always did, for a page whose origin has https.
func TestTheTunnelOfATLSServer(t *testing.T) {
	cfg := fixed()
	cfg.TLS.Cert, cfg.TLS.Key = certificate(t)
	p := start(t, cfg)
	if !p.health().Flash.Tunnel {
		t.Error("/healthz does not know the tunnel")
	}
	page := "Origin: " + p.base + "\r\n"
	u, status := p.open("/flash/tcp", bearer(cfg.Token), page)
	if status != http.StatusSwitchingProtocols {
		t.Fatal(status)
	}
	own := strings.Replace(hixie76(p.host(), cfg.Token), "Origin: http:", "Origin: https:", 1)
	u.speak(own, "ws://"+p.host()+"/ws/echo")
	u, _ = p.open("/flash/tcp", bearer(cfg.Token), page)
	u.send(ws.OpBinary, strings.Replace(own, p.base, "https://evil.example", 1))
	if resp, err := http.ReadResponse(bufio.NewReader(u), nil); err != nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("a foreign page: %v, %v", resp, err)
	}
}

// TestTheTunnelEndsWithTheServer, whatever is in it.
func TestTheTunnelEndsWithTheServer(t *testing.T) {
	cfg := fixed()
	cfg.DrainTimeout = 10 * time.Second // more than a client may take for its close
	p := start(t, cfg)
	for name, inside := range map[string]string{
		"nothing": "", "half a request": "GET / HTTP/1.1\r\n", "a WebSocket": hixie76(p.host(), cfg.Token),
		"an idle connection": "GET /healthz HTTP/1.1\r\nHost: " + p.host() + "\r\n\r\n",
	} {
		u, status := p.open("/flash/tcp", bearer(cfg.Token))
		if status != http.StatusSwitchingProtocols {
			t.Fatal(name, status)
		}
		if inside == "" {
			continue
		}
		u.send(ws.OpBinary, inside)
		if name != "half a request" {
			u.Read(make([]byte, 1))
		}
	}
	begin := time.Now()
	if err := p.shut(); err != nil {
		t.Error(err)
	}
	if strings.Contains(p.log.String(), "cut off") {
		t.Errorf("sessions were cut off after %v: %s", time.Since(begin), p.log.String())
	}
}
