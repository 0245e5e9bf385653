package rfb_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	proto "github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb"
	"github.com/everwire/everwire/rfb/rfbtest"
)

// A door is a way into a server of rfbtest, and what a client needs for it.
type door struct {
	name              string
	served            rfbtest.Config
	client            rfb.Config
	named, passworded bool // what the server looks at
}

// serverKey is the key of all servers of RA2 here: to make one takes long.
var serverKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		panic(err)
	}
	return key
})

var ra2Types = []proto.SecurityType{proto.SecurityRA2, proto.SecurityRA2ne, proto.SecurityRA2_256, proto.SecurityRA2ne_256}

// doors are all security types in each version that has them.
func doors(t *testing.T) []door {
	t.Helper()
	cert, pool := selfSigned(t)
	var all []door
	add := func(v proto.Version, name string, named, password bool, change func(*rfbtest.Config), types ...proto.SecurityType) {
		d := door{name: fmt.Sprintf("%v %s", v, name), named: named, passworded: password,
			served: rfbtest.Config{Version: v, Security: types[:1], Password: "wonder land", Steps: oneStep(t)},
			client: rfb.Config{Security: types, Password: "wonder land"}}
		if named {
			d.served.User, d.client.Username = "alice", "alice"
		}
		switch {
		case types[0] >= proto.VeNCryptX509None:
			// Keys that are short on the wire, for the test that cuts them.
			d.served.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, CurvePreferences: []tls.CurveID{tls.X25519}}
			d.client.TLS = &tls.Config{RootCAs: pool}
		case slices.Contains(ra2Types, types[0]):
			d.served.ServerKey = serverKey()
			d.client.ServerKey = func(key *rsa.PublicKey) error {
				if !key.Equal(&serverKey().PublicKey) {
					return errors.New("another key")
				}
				return nil
			}
		}
		if change != nil {
			change(&d.served)
		}
		all = append(all, d)
	}
	for _, v := range []proto.Version{proto.Version33, proto.Version37, proto.Version38, proto.Version3889} {
		add(v, "None", false, false, nil, proto.SecurityNone)
		add(v, "VNC", false, true, nil, proto.SecurityVNC)
		if v == proto.Version33 {
			continue // it has no others
		}
		tight := func(tunnels bool, types ...proto.SecurityType) func(*rfbtest.Config) {
			return func(c *rfbtest.Config) { c.TightTunnels, c.TightTypes = tunnels, types }
		}
		add(v, "Tight without types", false, false, tight(false), proto.SecurityTight, proto.SecurityNone)
		add(v, "Tight None", false, false, tight(true, proto.SecurityNone), proto.SecurityTight, proto.SecurityNone)
		add(v, "Tight VNC", false, true, tight(true, 129, proto.SecurityVNC, 130), proto.SecurityTight, proto.SecurityVNC)
		add(v, "Plain", true, true, nil, proto.VeNCryptPlain)
		add(v, "X509None", false, false, nil, proto.VeNCryptX509None)
		add(v, "X509Vnc", false, true, nil, proto.VeNCryptX509Vnc)
		add(v, "X509Plain", true, true, nil, proto.VeNCryptX509Plain)
		add(v, "Apple DH", true, true, nil, proto.SecurityAppleDH)
		add(v, "MSLogonII", true, true, nil, proto.SecurityMSLogonII)
		if v == proto.Version37 {
			// The others make keys, and differ from these in nothing that a
			// version changes.
			add(v, "RA2", true, true, nil, proto.SecurityRA2)
			continue
		}
		if v == proto.Version38 {
			for _, s := range ra2Types {
				add(v, s.String(), true, true, nil, s)
			}
			add(v, "RA2 without a name", false, true, nil, proto.SecurityRA2)
		}
	}
	return all
}

// oneStep is a small picture.
func oneStep(t *testing.T) []rfbtest.Step {
	t.Helper()
	picture, err := proto.NewFramebuffer(20, 10)
	if err != nil {
		t.Fatal(err)
	}
	for i := range picture.Pix {
		picture.Pix[i] = byte(i) | 0xff*byte(i%4/3)
	}
	return []rfbtest.Step{{Picture: picture, Damage: []proto.Rect{picture.Bounds()}}}
}

// isRA2 says that a connection takes long, since the client makes a key.
func (d door) isRA2() bool { return d.served.ServerKey != nil }

func TestEverySecurityTypeLetsIn(t *testing.T) {
	for _, d := range doors(t) {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			sees(t, mustConnect(t, d.served, d.client), d.served.Steps[0].Picture)
		})
	}
}

func TestEverySecurityTypeKeepsOut(t *testing.T) {
	for _, d := range doors(t) {
		refused := func(t *testing.T, c rfb.Config) {
			t.Parallel()
			_, err := connect(t, d.served, c)
			var refused *proto.RefusedError
			if !errors.As(err, &refused) || d.served.Version.Minor >= 8 && refused.Reason == "" {
				t.Errorf("got %v", err)
			}
			if text := fmt.Sprint(err); strings.Contains(text, "mallory") || strings.Contains(text, "rabbit") || strings.Contains(text, "wonder land") {
				t.Errorf("the error tells what was sent: %v", err)
			}
		}
		if d.passworded {
			t.Run(d.name+", wrong password", func(t *testing.T) {
				c := d.client
				c.Password = "rabbit hole"
				refused(t, c)
			})
		}
		if d.named && !d.isRA2() {
			t.Run(d.name+", wrong name", func(t *testing.T) {
				c := d.client
				c.Username = "mallory"
				refused(t, c)
			})
		}
	}
}

// A far connection is one of TCP that does not look local. TLS needs its
// buffers: both sides write at once if one of them is not content.
type far struct{ net.Conn }

func (far) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 5900} }

// connectFar is connect with such a connection.
func connectFar(t *testing.T, s rfbtest.Config, c rfb.Config) error {
	t.Helper()
	server, err := rfbtest.NewServer(s)
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := tcpPair(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer theirs.Close()
		server.Serve(theirs)
	}()
	client, err := rfb.NewClient(t.Context(), far{mine}, "desk.example", c)
	if err == nil {
		client.Close()
	}
	<-done
	return err
}

// neverAsked ends the test if the client is about to send a password.
func neverAsked(t *testing.T, c *rfb.Config) {
	c.Credentials = func(context.Context, proto.SecurityType, bool) (proto.Credentials, error) {
		t.Error("the client was about to send its password")
		return proto.Credentials{}, errors.New("no")
	}
}

func TestKeysOfRA2AreCheckedBeforeACredentialIsSent(t *testing.T) {
	no := errors.New("not this one")
	fingerprint := proto.Fingerprint(&serverKey().PublicKey)
	served := rfbtest.Config{Security: ra2Types[:1], ServerKey: serverKey(), Password: "secret", Steps: oneStep(t)}
	impostor := served
	impostor.Impostor = true
	accept := func(*rsa.PublicKey) error { return nil }
	for name, tt := range map[string]struct {
		served rfbtest.Config
		client rfb.Config
		want   error
		text   string
	}{
		"nobody vouches for it": {served, rfb.Config{}, rfb.ErrUnknownKey, "see Config.ServerKey"},
		"another one":           {served, rfb.Config{ServerKey: func(*rsa.PublicKey) error { return no }}, no, fingerprint},
		"shown by an impostor":  {impostor, rfb.Config{ServerKey: accept}, proto.ErrMalformed, "another key than the one that was shown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			neverAsked(t, &tt.client)
			_, err := connect(t, tt.served, tt.client)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("taken as it comes", func(t *testing.T) {
		t.Parallel()
		mustConnect(t, served, rfb.Config{Insecure: true, Password: "secret"})
	})
}

func TestCertificatesAreCheckedByEachTypeThatHasOne(t *testing.T) {
	cert, pool := selfSigned(t)
	for _, s := range []proto.SecurityType{proto.VeNCryptX509None, proto.VeNCryptX509Vnc, proto.VeNCryptX509Plain} {
		for name, tt := range map[string]struct {
			tls  *tls.Config
			text string
		}{
			"signed by nobody": {&tls.Config{}, "Config.TLS.RootCAs"},
			"of another host":  {&tls.Config{RootCAs: pool, ServerName: "other.example"}, "Config.TLS.ServerName"},
		} {
			t.Run(s.String()+" "+name, func(t *testing.T) {
				t.Parallel()
				c := rfb.Config{TLS: tt.tls}
				neverAsked(t, &c)
				err := connectFar(t, rfbtest.Config{Security: []proto.SecurityType{s}, User: "alice", Password: "secret",
					TLS: &tls.Config{Certificates: []tls.Certificate{cert}}}, c)
				var check *tls.CertificateVerificationError
				if !errors.As(err, &check) || !strings.Contains(err.Error(), tt.text) {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

func TestAnonymousTLSIsRefused(t *testing.T) {
	anonymous := []proto.SecurityType{proto.VeNCryptTLSNone, proto.VeNCryptTLSVnc, proto.VeNCryptTLSPlain}
	cert, pool := selfSigned(t)
	for _, s := range [][]proto.SecurityType{anonymous[:1], anonymous[1:2], anonymous[2:], anonymous, {18}} {
		c := rfb.Config{Insecure: true}
		neverAsked(t, &c)
		if _, err := connect(t, rfbtest.Config{Security: s, Password: "secret"}, c); !errors.Is(err, proto.ErrAnonymousTLS) || !strings.Contains(err.Error(), "X509Vnc") {
			t.Errorf("%v: %v", s, err)
		}
	}
	// With a certificate beside it, that is taken.
	steps := oneStep(t)
	sees(t, mustConnect(t, rfbtest.Config{Security: append(anonymous, proto.VeNCryptX509Vnc), Password: "secret", Steps: steps,
		TLS: &tls.Config{Certificates: []tls.Certificate{cert}}}, rfb.Config{Password: "secret", TLS: &tls.Config{RootCAs: pool}}), steps[0].Picture)
}

// listen serves rfbtest on a port of this machine.
func listen(t *testing.T, c rfbtest.Config) (address string) {
	t.Helper()
	s, err := rfbtest.NewServer(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); s.ServeListener(l) }()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String()
}

// TestOtherTypesAreTriedAfterVeNCrypt connects to what TigerVNC offers by
// default: anonymous TLS in VeNCrypt, and VNC. Only who has chosen VeNCrypt
// learns that there is nothing inside.
func TestOtherTypesAreTriedAfterVeNCrypt(t *testing.T) {
	served := rfbtest.Config{Security: []proto.SecurityType{proto.VeNCryptTLSVnc, proto.SecurityVNC}, Password: "secret", Steps: oneStep(t)}
	address := listen(t, served)
	sees(t, viewer(t, address, rfb.Config{Password: "secret"}), served.Steps[0].Picture)
	if _, err := connect(t, served, rfb.Config{Insecure: true, Password: "secret"}); !errors.Is(err, proto.ErrAnonymousTLS) || !strings.Contains(err.Error(), "Config.Security") {
		t.Errorf("on a connection that is given: %v", err)
	}
	// What is not allowed is not tried.
	for _, c := range []rfb.Config{
		{Security: []proto.SecurityType{proto.VeNCryptX509Vnc}},
		{Security: []proto.SecurityType{proto.VeNCryptX509Vnc, proto.SecurityNone}},
	} {
		neverAsked(t, &c)
		if _, err := rfb.Dial(t.Context(), address, c); !errors.Is(err, proto.ErrAnonymousTLS) {
			t.Errorf("%v: %v", c.Security, err)
		}
	}
}
