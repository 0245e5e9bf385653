package cli_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/everwire/everwire/cli"
	"github.com/everwire/everwire/config"
)

// program is a server that serve runs.
type program struct {
	t      *testing.T
	base   string // scheme://host:port
	token  string // what was printed
	said   string // all that was printed
	stop   context.CancelFunc
	ended  chan error
	log    *lockedBuffer
	client *http.Client
}

type lockedBuffer struct {
	mu  sync.Mutex // guards below
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// start runs serve with cfg on a free port and waits for the printed address.
func start(t *testing.T, cfg config.Config) *program {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &program{t: t, stop: stop, ended: make(chan error, 1), log: &lockedBuffer{}}
	r, w := io.Pipe()
	go func() {
		logger := slog.New(slog.NewTextHandler(p.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		p.ended <- cli.Serve(ctx, cfg, w, logger)
		w.Close()
	}()
	t.Cleanup(func() { p.shut() })
	printed := make([]byte, 0, 1024)
	address := regexp.MustCompile(`(https?://[0-9.:]+)/(?:#t=(\S+))?`)
	for {
		chunk := make([]byte, 512)
		n, err := r.Read(chunk)
		printed = append(printed, chunk[:n]...)
		if strings.Contains(string(printed), "Ctrl-C") {
			break
		}
		if err != nil {
			t.Fatalf("serve ended after printing %q: %v", printed, <-p.ended)
		}
	}
	go io.Copy(io.Discard, r)
	m := address.FindSubmatch(printed)
	if m == nil {
		t.Fatalf("no address in %q", printed)
	}
	p.base, p.token, p.said = string(m[1]), string(m[2]), string(printed)
	jar, _ := cookiejar.New(nil)
	p.client = &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	return p
}

// shut ends the program and returns its error.
func (p *program) shut() error {
	p.stop()
	select {
	case err := <-p.ended:
		p.ended <- err
		return err
	case <-time.After(30 * time.Second):
		p.t.Fatal("serve does not end")
		return nil
	}
}

func (p *program) get(path string) (int, string) {
	p.t.Helper()
	resp, err := p.client.Get(p.base + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func (p *program) login(token string) int {
	p.t.Helper()
	req, _ := http.NewRequest("POST", p.base+"/login", strings.NewReader(url.Values{"token": {token}}.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Origin", p.base)
	resp, err := p.client.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func free() config.Config {
	cfg := config.Default()
	cfg.Listen = "127.0.0.1:0"
	cfg.DrainTimeout = 2 * time.Second
	cfg.Flash.PolicyPorts = nil // those of the machine are not ours
	return cfg
}

// certificate writes a self-signed certificate and its key.
func certificate(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	cert, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "PRIVATE KEY", Bytes: der}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}
