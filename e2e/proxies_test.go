package e2e_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// proxyRow is a way to the server.
type proxyRow struct {
	plain, secure string // addresses; secure may be empty
}

// TestProxies compares what passes the proxies, with the configurations that
// docs/proxies.md recommends, with the table there. It says what differs.
func TestProxies(t *testing.T) {
	need(t, "pages", "nginx", "haproxy")
	docs := readProxyDocs(t)
	roots, files := certificate(t)
	server := ownEverwire(t, "--trusted-proxy", "127.0.0.1/32", "--limits-sessions-per-second", "10000",
		"--allow-origin", "http://"+proxiedHost, "--allow-origin", "https://"+proxiedHost)
	rows := docs.start(t, strings.TrimPrefix(server.origin, "http://"), files)
	seen := make(map[string]string)
	var mu sync.Mutex // guards seen
	var wg sync.WaitGroup
	for _, cell := range docs.cells {
		row, known := rows[cell.row]
		try := proxyColumns[cell.column]
		if !known || try == nil {
			t.Fatalf("nobody knows how to try %q with %q", cell.row, cell.column)
		}
		client := proxyClient{addr: row.plain, token: server.token, first: patience, rest: patience}
		switch cell.want {
		case noAnswer:
			client.first = silence
		case noDigest:
			client.rest = silence
		}
		look := func(name string, c proxyClient) {
			wg.Go(func() {
				got := try(&c)
				mu.Lock()
				defer mu.Unlock()
				seen[name] = got
			})
		}
		look(cell.name(), client)
		if row.secure != "" && cell.column != policyColumn {
			client.addr, client.roots = row.secure, roots
			look(cell.name()+" over TLS", client)
		}
	}
	wg.Wait()
	if want := len(rows) * len(proxyColumns); len(docs.cells) != want {
		t.Errorf("the table has %d cells, want %d", len(docs.cells), want)
	}
	for _, cell := range docs.cells {
		for _, name := range []string{cell.name(), cell.name() + " over TLS"} {
			if got, tried := seen[name]; tried && !cell.allows(got) {
				t.Errorf("%s: %s, but docs/proxies.md says %s", name, got, cell.want)
			}
		}
	}
	for name, row := range rows {
		if row.secure != "" {
			t.Run("login/"+name, func(t *testing.T) { expectSecureLogin(t, server, row.secure, roots) })
		}
	}
}

// A server that learns from the proxy that there is TLS sets a cookie that
// travels over TLS only.
func expectSecureLogin(t *testing.T, server *program, addr string, roots *tls.Config) {
	dial := func(context.Context, string, string) (net.Conn, error) { return tls.Dial("tcp", addr, roots) }
	transport := &http.Transport{DialTLSContext: dial}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequest(http.MethodPost, "https://"+proxiedHost+"/login",
		strings.NewReader(url.Values{"token": {server.token}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header("Origin", "https://"+proxiedHost, "Content-Type", "application/x-www-form-urlencoded")
	res, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if cookie := res.Header.Get("Set-Cookie"); !strings.HasPrefix(cookie, "__Host-everwire=") {
		t.Errorf("status %d, cookie %.20q", res.StatusCode, cookie)
	}
}

// proxyDocs is what docs/proxies.md says.
type proxyDocs struct {
	cells               []proxyCell
	nginx               string
	haproxy, haproxyTCP string
}

type proxyCell struct{ row, column, want string }

// allows reports whether what was seen is as the table says.
func (c proxyCell) allows(got string) bool {
	return got == c.want || c.want == mostly && (got == passes || strings.HasPrefix(got, broken))
}

func (c proxyCell) name() string { return c.column + " through " + c.row }

func readProxyDocs(t *testing.T) *proxyDocs {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", "proxies.md"))
	if err != nil {
		t.Fatal(err)
	}
	docs := &proxyDocs{cells: proxyTable(string(text))}
	for _, block := range regexp.MustCompile("(?s)```(nginx|haproxy)\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		switch {
		case block[1] == "nginx":
			docs.nginx += block[2]
		case strings.Contains(block[2], "mode tcp"):
			docs.haproxyTCP += block[2]
		default:
			docs.haproxy += block[2]
		}
	}
	return docs
}

// proxyTable reads the first table of a text.
func proxyTable(text string) (cells []proxyCell) {
	var columns []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			if columns != nil {
				break
			}
			continue
		}
		fields := strings.Split(strings.Trim(line, "|"), "|")
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		switch {
		case columns == nil:
			columns = fields
		case strings.HasPrefix(fields[0], "---"):
		default:
			for i, column := range columns[1:] {
				want := ""
				if i+1 < len(fields) {
					want = fields[i+1]
				}
				cells = append(cells, proxyCell{fields[0], column, want})
			}
		}
	}
	return cells
}

// start starts the proxies in front of a server.
func (d *proxyDocs) start(t *testing.T, server string, cert certFiles) map[string]proxyRow {
	t.Helper()
	rows := map[string]proxyRow{"no proxy": {plain: server}, "Go, `httputil.ReverseProxy`": {plain: goProxy(t, server)}}

	place := func(config string) (string, proxyRow) {
		row := proxyRow{plain: freeAddress(t)}
		config = replace(t, config, "127.0.0.1:8080", server)
		return config, row
	}
	secured := func(config string) (string, proxyRow) {
		config, row := place(config)
		row.secure = freeAddress(t)
		return config, row
	}

	nginx, row := secured(d.nginx)
	nginx = replace(t, nginx, "listen 80;", "listen "+row.plain+";", "listen 443 ssl;", "listen "+row.secure+" ssl;",
		"/etc/ssl/everwire.crt", cert.crt, "/etc/ssl/everwire.key", cert.key)
	startNginx(t, nginx, row)
	rows["nginx"] = row

	bare, row := place(d.nginx)
	bare = replace(t, bare, "listen 80;", "listen "+row.plain+";", "listen 443 ssl;", "",
		"ssl_certificate     /etc/ssl/everwire.crt;", "", "ssl_certificate_key /etc/ssl/everwire.key;", "",
		"proxy_http_version 1.1;", "", "proxy_set_header Upgrade $http_upgrade;", "",
		"proxy_set_header Connection $connection_upgrade;", "")
	startNginx(t, bare, row)
	rows["nginx without the Upgrade lines"] = row

	for name, more := range map[string]string{
		"HAProxy, `mode http`": "",
		"HAProxy, `mode http`, `option accept-invalid-http-request`": "\n    option accept-invalid-http-request",
	} {
		config, row := secured(d.haproxy)
		startHAProxy(t, replace(t, config, "bind :80\n", "bind "+row.plain+"\n", "bind :443 ", "bind "+row.secure+" ",
			"/etc/haproxy/everwire.pem", cert.both, "option forwardfor", "option forwardfor"+more), row)
		rows[name] = row
	}
	config, row := place(d.haproxyTCP)
	startHAProxy(t, replace(t, config, "bind :80\n", "bind "+row.plain+"\n"), row)
	rows["HAProxy, `mode tcp`"] = row
	return rows
}

// replace replaces what stands in the documentation by what is right here. Each
// must occur once.
func replace(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if n := strings.Count(text, pairs[i]); n != 1 {
			t.Fatalf("docs/proxies.md has %q %d times in\n%s", pairs[i], n, text)
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

func goProxy(t *testing.T, server string) string {
	t.Helper()
	target := &url.URL{Scheme: "http", Host: server}
	quiet := log.New(io.Discard, "", 0) // clients do what it may complain of
	proxy := httptest.NewServer(&httputil.ReverseProxy{ErrorLog: quiet, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
		r.SetXForwarded()
	}})
	t.Cleanup(proxy.Close)
	return proxy.Listener.Addr().String()
}

func startNginx(t *testing.T, config string, row proxyRow) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "nginx.conf")
	// What a distribution puts around the sites, for a user without rights.
	text := "daemon off; master_process off; pid " + dir + "/pid; error_log stderr notice;\nevents {}\nhttp { access_log off;\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		text += kind + "_temp_path " + dir + "/" + kind + ";\n"
	}
	startProxy(t, file, text+config+"}\n", row, regexp.MustCompile(`nginx/\d`), "nginx", "-e", "stderr", "-p", dir, "-c", file)
}

func startHAProxy(t *testing.T, config string, row proxyRow) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "haproxy.cfg")
	startProxy(t, file, config, row, regexp.MustCompile(`^Using .* polling mechanism`), "haproxy", "-V", "-db", "-f", file)
}

// startProxy runs a proxy until the test ends, and waits until it listens.
func startProxy(t *testing.T, file, config string, row proxyRow, ready *regexp.Regexp, name string, args ...string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	p, _, err := start(ready, systemProgram(name), args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// HAProxy ends by the signal and not by a status.
		if err := p.stop(); err != nil && name != "haproxy" {
			t.Error(err)
		}
	})
	for _, addr := range []string{row.plain, row.secure} {
		if addr == "" {
			continue
		}
		if err := answers(t, addr); err != nil {
			t.Fatalf("%s does not listen: %v\n%s", name, err, p.output())
		}
	}
}

// systemProgram returns where a program is that Debian keeps from the PATH of
// ordinary users.
func systemProgram(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	return "/usr/sbin/" + name
}

// freeAddress returns an address that was free a moment ago: a proxy cannot
// choose its own.
func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// certFiles are the files of a certificate and its key, and one with both.
type certFiles struct{ crt, key, both string }

// certificate makes a certificate for proxiedHost, and what its clients need.
func certificate(t *testing.T) (*tls.Config, certFiles) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{proxiedHost},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	crtPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	dir := t.TempDir()
	files := certFiles{dir + "/crt", dir + "/key", dir + "/both"}
	for name, data := range map[string][]byte{files.crt: crtPEM, files.key: keyPEM, files.both: append(crtPEM, keyPEM...)} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(crtPEM)
	return &tls.Config{RootCAs: pool, ServerName: proxiedHost}, files
}
