package rfb_test

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	proto "github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb"
	"github.com/everwire/everwire/rfb/rfbtest"
)

// A dialer counts connections to an address, whatever the target says, as one
// to a proxy would. What it returns is changed by wrap, if that is there.
type dialer struct {
	address string
	wrap    func(n int, conn net.Conn) net.Conn
	count   int
}

func (d *dialer) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", d.address)
	d.count++
	if err == nil && d.wrap != nil {
		conn = d.wrap(d.count, conn)
	}
	return conn, err
}

// TestDialConnectsTwiceAtMost is about servers that have nothing that is
// allowed in VeNCrypt, nor beside it.
func TestDialConnectsTwiceAtMost(t *testing.T) {
	served := rfbtest.Config{Security: []proto.SecurityType{proto.VeNCryptTLSVnc, proto.SecurityTight}, TightTypes: []proto.SecurityType{129}, Password: "secret"}
	address := listen(t, served)
	var types *proto.SecurityTypesError
	for name, tt := range map[string]struct {
		security []proto.SecurityType
		want     int
		is       func(error) bool
		texts    []string
	}{
		"by default": {nil, 2, func(err error) bool { return errors.Is(err, proto.ErrAnonymousTLS) && errors.As(err, &types) },
			[]string{"once more, without VeNCrypt", "RA2_256"}},
		"Tight first": {[]proto.SecurityType{proto.SecurityTight, proto.SecurityNone, proto.SecurityVNC, proto.VeNCryptX509Vnc}, 1,
			func(err error) bool { return errors.As(err, &types) && !errors.Is(err, proto.ErrAnonymousTLS) }, []string{"Config.Security allows"}},
	} {
		d := dialer{address: address}
		_, err := rfb.Dial(t.Context(), address, rfb.Config{Security: tt.security, Password: "secret", Dial: d.dial, HandshakeTimeout: 20 * time.Second})
		if err == nil || !tt.is(err) || d.count != tt.want {
			t.Errorf("%s: %d connections, want %d; %v", name, d.count, tt.want, err)
		}
		for _, text := range tt.texts {
			if !strings.Contains(fmt.Sprint(err), text) {
				t.Errorf("%s: no %q in: %v", name, text, err)
			}
		}
		if tt.security == nil && strings.Contains(fmt.Sprint(err), "Config.Security") {
			t.Errorf("%s: the error has a list of Config.Security, which is empty: %v", name, err)
		}
	}
}

// TestTheSecondConnectionIsJudgedByItself has a name with two addresses, of
// which only the first one is this machine's.
func TestTheSecondConnectionIsJudgedByItself(t *testing.T) {
	address := listen(t, rfbtest.Config{Security: []proto.SecurityType{proto.VeNCryptTLSVnc, proto.SecurityVNC}, Password: "secret"})
	d := dialer{address: address, wrap: func(n int, conn net.Conn) net.Conn {
		if n == 2 {
			return far{conn}
		}
		return conn
	}}
	c := rfb.Config{Dial: d.dial}
	neverAsked(t, &c)
	_, err := rfb.Dial(t.Context(), "localhost", c)
	var types *proto.SecurityTypesError
	if d.count != 2 || !errors.Is(err, proto.ErrAnonymousTLS) || !errors.As(err, &types) || !strings.Contains(err.Error(), "see Config.Insecure") {
		t.Errorf("%d connections; %v", d.count, err)
	}
}

// TestAProxyOnThisMachineIsNotTheServer goes through one to servers that take a
// password in a way that can be listened to, or show a key that nobody knows.
func TestAProxyOnThisMachineIsNotTheServer(t *testing.T) {
	steps := oneStep(t)
	vnc := dialer{address: listen(t, rfbtest.Config{Security: []proto.SecurityType{proto.SecurityVNC}, Password: "secret", Steps: steps})}
	ra2 := dialer{address: listen(t, rfbtest.Config{Security: []proto.SecurityType{proto.SecurityRA2}, ServerKey: serverKey(), Password: "secret", Steps: steps})}
	var types *proto.SecurityTypesError
	for _, target := range []string{"desk.example", "10.0.0.1:1", "localhost.example:5901"} {
		c := rfb.Config{Dial: vnc.dial}
		neverAsked(t, &c)
		if _, err := rfb.Dial(t.Context(), target, c); !errors.As(err, &types) {
			t.Errorf("%s: %v", target, err)
		}
		c.Dial = ra2.dial
		if _, err := rfb.Dial(t.Context(), target, c); !errors.Is(err, rfb.ErrUnknownKey) {
			t.Errorf("%s: %v", target, err)
		}
	}
	for _, target := range []string{"localhost:1", "127.0.0.1", "::1", "unix:/run/vnc"} {
		client, err := rfb.Dial(t.Context(), target, rfb.Config{Dial: vnc.dial, Password: "secret"})
		if err != nil {
			t.Errorf("%s: %v", target, err)
			continue
		}
		client.Close()
	}
}

// TestErrorsOfTheCallerStayWhatTheyAre has functions of a Config that fail with
// errors that connections have too.
func TestErrorsOfTheCallerStayWhatTheyAre(t *testing.T) {
	timeout := &net.OpError{Op: "read", Err: context.DeadlineExceeded}
	for _, want := range []error{io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, context.DeadlineExceeded, timeout} {
		for name, tt := range map[string]struct {
			served rfbtest.Config
			client rfb.Config
			text   string
		}{
			"Credentials": {rfbtest.Config{Security: []proto.SecurityType{proto.SecurityVNC}, Password: "secret"},
				rfb.Config{Insecure: true, Credentials: func(context.Context, proto.SecurityType, bool) (proto.Credentials, error) {
					return proto.Credentials{}, want
				}}, "asking for credentials"},
			"ServerKey": {rfbtest.Config{Security: ra2Types[:1], ServerKey: serverKey(), Password: "secret"},
				rfb.Config{ServerKey: func(*rsa.PublicKey) error { return want }}, "Config.ServerKey refuses"},
		} {
			_, err := connect(t, tt.served, tt.client)
			if !errors.Is(err, want) || !strings.HasPrefix(err.Error(), tt.text) || strings.Contains(err.Error(), "server has") {
				t.Errorf("%s: %v is told as: %v", name, want, err)
			}
		}
	}
}

// TestWhoTypesTooSlowlyIsToldSo lets the time of a handshake end in
// Config.Credentials.
func TestWhoTypesTooSlowlyIsToldSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mine, theirs := net.Pipe()
		defer theirs.Close()
		go func() {
			go io.WriteString(theirs, "RFB 003.008\n\x01\x02sixteen bytes ok")
			io.Copy(io.Discard, theirs)
		}()
		began := time.Now()
		_, err := rfb.NewClient(t.Context(), mine, "", rfb.Config{Insecure: true, HandshakeTimeout: 9 * time.Second,
			Credentials: func(ctx context.Context, _ proto.SecurityType, _ bool) (proto.Credentials, error) {
				<-ctx.Done()
				return proto.Credentials{}, ctx.Err()
			}})
		if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "asking for credentials") || strings.Contains(err.Error(), "server") {
			t.Errorf("got %v", err)
		}
		if took := time.Since(began); took != 9*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
