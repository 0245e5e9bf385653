package rfb_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	proto "github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb"
	"github.com/everwire/everwire/rfb/rfbtest"
)

// certify returns a certificate that has signed itself.
func certify(t *testing.T, template *x509.Certificate) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(1)
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	template.IsCA, template.BasicConstraintsValid = true, true
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
}

// TestServersThatWantCertificates has a server that lets nobody in without one.
func TestServersThatWantCertificates(t *testing.T) {
	pair, pool := certify(t, &x509.Certificate{DNSNames: []string{"desk.example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}})
	for _, s := range []proto.SecurityType{proto.VeNCryptX509None, proto.VeNCryptX509Plain} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			address := listen(t, rfbtest.Config{
				Security: []proto.SecurityType{s}, User: "alice", Password: "open sesame",
				TLS: &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: version},
			})
			config := rfb.Config{Username: "alice", Password: "open sesame", TLS: &tls.Config{RootCAs: pool}}
			if _, err := rfb.Dial(t.Context(), address, config); err == nil || !strings.Contains(err.Error(), "asked for a certificate of the client") {
				t.Errorf("%v, TLS %x, without a certificate: %v", s, version, err)
			}
			config.TLS.Certificates = []tls.Certificate{pair}
			client, err := rfb.Dial(t.Context(), address, config)
			if err != nil {
				t.Errorf("%v, TLS %x: %v", s, version, err)
				continue
			}
			client.Close()
		}
	}
}

// TestCertificatesWithoutNames has one as it was made for many years.
func TestCertificatesWithoutNames(t *testing.T) {
	pair, pool := certify(t, &x509.Certificate{Subject: pkix.Name{CommonName: "localhost"}})
	address := listen(t, rfbtest.Config{Security: []proto.SecurityType{proto.VeNCryptX509None}, TLS: &tls.Config{Certificates: []tls.Certificate{pair}}})
	_, err := rfb.Dial(t.Context(), address, rfb.Config{TLS: &tls.Config{RootCAs: pool, ServerName: "localhost"}})
	if err == nil || !strings.Contains(err.Error(), "needs a subject alternative name") {
		t.Error(err)
	}
}
