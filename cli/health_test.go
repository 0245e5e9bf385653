package cli_test

import (
	"crypto/ed25519"
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
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// healthServer answers /healthz with the status.
func healthServer(t *testing.T, status int, useTLS bool) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	srv := httptest.NewUnstartedServer(mux)
	if useTLS {
		srv.StartTLS()
	} else {
		srv.Start()
	}
	t.Cleanup(srv.Close)
	return srv
}

func TestHealthAsksTheConfiguredServer(t *testing.T) {
	srv := healthServer(t, http.StatusOK, false)
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	const open = "--i-know-this-is-a-remote-shell-without-protection"
	for _, args := range [][]string{
		{"health", "--listen", srv.Listener.Addr().String()},
		{"health", open, "--listen", "0.0.0.0:" + port},
		{"health", open, "--listen", ":" + port},
		{"health", srv.URL},
		{"health", srv.URL + "/"},
		{"health", srv.Listener.Addr().String()},
		{"health", "localhost:" + port},
	} {
		if r := run(t, args...); r.code != 0 || r.stdout != "ok\n" {
			t.Errorf("%q: code %d: %s", args, r.code, r.stderr)
		}
	}
}

func TestHealthFailsUnlessTheAnswerIs200(t *testing.T) {
	srv := healthServer(t, http.StatusServiceUnavailable, false)
	if r := run(t, "health", srv.URL); r.code != 1 || !strings.Contains(r.stderr, "503") {
		t.Errorf("code %d: %s", r.code, r.stderr)
	}
	srv.Close()
	if r := run(t, "health", srv.URL); r.code != 1 || strings.Count(r.stderr, "\n") != 1 || !strings.Contains(r.stderr, "running") {
		t.Errorf("code %d: %s", r.code, r.stderr)
	}
	if r := run(t, "health", "--listen=127.0.0.1:0"); r.code != 2 {
		t.Errorf("an open port: code %d: %s", r.code, r.stderr)
	}
}

func TestHealthSaysWhatAnAddressIs(t *testing.T) {
	for _, address := range []string{"ftp://127.0.0.1:80", "127.0.0.1:80:80", "http://", "", "a b"} {
		if r := run(t, "health", address); r.code != 2 || !strings.Contains(r.stderr, "host:port") {
			t.Errorf("%q: code %d: %s", address, r.code, r.stderr)
		}
	}
	srv := healthServer(t, http.StatusOK, true)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains, too
	address := srv.Listener.Addr().String()
	if r := run(t, "health", address); r.code != 1 || !strings.Contains(r.stderr, "https://"+address) {
		t.Errorf("TLS: code %d: %s", r.code, r.stderr)
	}
}

func TestHealthTrustsTheConfiguredCertificateOnly(t *testing.T) {
	srv := healthServer(t, http.StatusOK, true)
	cert, key := writePair(t, srv.TLS.Certificates[0])
	address := srv.Listener.Addr().String()
	args := []string{"health", "--listen", address, "--tls-cert", cert, "--tls-key", key}
	if r := run(t, args...); r.code != 0 {
		t.Errorf("code %d: %s", r.code, r.stderr)
	}
	cert, key = writePair(t, freshPair(t))
	args = []string{"health", "--listen", address, "--tls-cert", cert, "--tls-key", key}
	if r := run(t, args...); r.code != 1 || !strings.Contains(r.stderr, "another certificate") {
		t.Errorf("another certificate: code %d: %s", r.code, r.stderr)
	}
	if r := run(t, "health", srv.URL); r.code != 1 {
		t.Errorf("a certificate that nobody vouches for: code %d: %s", r.code, r.stderr)
	}
}

// freshPair makes a self-signed certificate.
func freshPair(t *testing.T) tls.Certificate {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}
}

// writePair writes a certificate and its key as PEM files.
func writePair(t *testing.T, pair tls.Certificate) (certFile, keyFile string) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for path, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]},
		keyFile:  {Type: "PRIVATE KEY", Bytes: der},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}
