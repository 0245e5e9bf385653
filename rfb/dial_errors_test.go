package rfb_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	proto "github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb"
	"github.com/everwire/everwire/rfb/rfbtest"
)

func TestTargets(t *testing.T) {
	stop := errors.New("stop")
	tests := map[string]string{ // "" for an error before dialling
		"host": "tcp host:5900", "host:0": "tcp host:5900", "host:1": "tcp host:5901", "host:99": "tcp host:5999",
		"host:100": "tcp host:100", "host:5901": "tcp host:5901", "host::1": "tcp host:1", "10.0.0.1:2": "tcp 10.0.0.1:5902",
		"::1": "tcp [::1]:5900", "[::1]": "tcp [::1]:5900", "[::1]:3": "tcp [::1]:5903", "[::1]::80": "tcp [::1]:80",
		"fe80::1%eth0": "tcp [fe80::1%eth0]:5900", "unix:/run/vnc": "unix /run/vnc",
		"host:port": "", "host:70000": "", "a:b:c": "", "": "", "unix:": "", "::1:1:5901x": "",
	}
	for target, want := range tests {
		got := ""
		_, err := rfb.Dial(t.Context(), target, rfb.Config{Dial: func(_ context.Context, network, address string) (net.Conn, error) {
			got = network + " " + address
			return nil, stop
		}})
		if want == "" && !strings.Contains(err.Error(), "host:5901") {
			t.Errorf("%q: no form is named: %v", target, err)
		}
		if got != want || errors.Is(err, stop) != (want != "") || err == nil {
			t.Errorf("%q is %q, %v; want %q", target, got, err, want)
		}
	}
}

// dialTalker dials a peer that says something, reads what it is answered, and
// closes the connection if it is to.
func dialTalker(t *testing.T, says string, closes bool, c rfb.Config) error {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		if io.WriteString(conn, says); closes {
			conn.(*net.TCPConn).CloseWrite()
		}
		io.Copy(io.Discard, conn)
	}()
	defer func() { l.Close(); <-done }()
	client, err := rfb.Dial(t.Context(), l.Addr().String(), c)
	if err == nil {
		client.Close()
	}
	return err
}

// TestErrorsTellWhatToDo has peers that make a handshake fail in each way, and
// looks for what a user has to read then.
func TestErrorsTellWhatToDo(t *testing.T) {
	const hello, vnc = "RFB 003.008\n", "RFB 003.008\n\x01\x02sixteen bytes ok"
	secret := rfb.Config{Password: "open sesame"}
	refusal := "\x00\x00\x00\x03no\n"
	as := func(target any) func(error) bool { return func(err error) bool { return errors.As(err, target) } }
	is := func(target error) func(error) bool { return func(err error) bool { return errors.Is(err, target) } }
	var refused *proto.RefusedError
	var types *proto.SecurityTypesError
	tests := []struct {
		name   string
		says   string
		closes bool
		config rfb.Config
		kind   func(error) bool
		texts  []string
	}{
		{"an SSH server", "SSH-2.0-OpenSSH_9.2\r\n", false, secret, is(proto.ErrVersion), []string{"SSH-2.0-OpenSSH_9.2", "as an SSH server does"}},
		{"a web server", "HTTP/1.1 408 Request Timeout\r\n\r\n", false, secret, is(proto.ErrVersion), []string{"408 Request Timeout", "as a web server does"}},
		{"a mail server that stops in the line", "220", false, secret, is(proto.ErrVersion), []string{"as a mail or FTP server does"}},
		{"a server of something else", "\x00\x01\x02", false, secret, is(proto.ErrVersion), []string{`"\x00\x01\x02"`}},
		{"what begins alike", "RFB is what I like to speak", false, secret, is(proto.ErrVersion), []string{`"RFB is what`}},
		{"an UltraVNC repeater", "RFB 000.000\n", false, secret, is(proto.ErrVersion), []string{"repeater"}},
		{"an ancient version", "RFB 002.002\n", false, secret, is(proto.ErrVersion), []string{"2.2", "3.3 is the oldest"}},
		{"closes at once", "", true, secret, is(io.ErrUnexpectedEOF), []string{"its greeting", "may not be a server of RFB"}},
		{"closes after the greeting", hello, true, secret, is(io.ErrUnexpectedEOF), []string{"the rest of the security handshake"}},
		{"closes after the password", vnc, true, secret, is(io.ErrUnexpectedEOF), []string{"whether it lets the client in", "may have refused name and password"}},
		{"closes instead of a verdict", hello + "\x01\x01", true, secret, is(io.ErrUnexpectedEOF), []string{"whether it lets the client in", "has not asked for a password", "!refused"}},
		{"closes to who wants to be alone", vnc + "\x00\x00\x00\x00", true, rfb.Config{Password: "open sesame", Exclusive: true}, is(io.ErrUnexpectedEOF),
			[]string{"the size of the screen", "may not disconnect others, as Config.Exclusive"}},
		{"closes when it has let in", vnc + "\x00\x00\x00\x00", true, secret, is(io.ErrUnexpectedEOF), []string{"the size of the screen", "another one that does not share"}},
		{"refuses at once", hello + "\x00" + refusal, true, secret, as(&refused), []string{`"no\n"`, "has not asked for a password"}},
		{"refuses the password", vnc + "\x00\x00\x00\x01" + refusal, true, secret, as(&refused), []string{`"no\n"`, "check name and password"}},
		{"counts the end of the string", vnc + "\x00\x00\x00\x01\x00\x00\x00\x04no\x00\x00", true, secret, as(&refused), []string{`refused: "no" (check`}},
		{"has no type to offer in VeNCrypt", hello + "\x01\x13\x00\x02\x00\x00", false, secret, as(&types), []string{"no security type to offer"}},
		{"has types that are not spoken", hello + "\x02\x0d\xc0", false, secret, as(&types), []string{"RA2r (not spoken here), security type 192 (not spoken here)"}},
		{"has types that are not allowed", hello + "\x01\x02", false, rfb.Config{Security: []proto.SecurityType{proto.SecurityNone}}, as(&types),
			[]string{"is allowed: VNC", "Config.Security allows [None]"}},
		{"wants a password", vnc, false, rfb.Config{}, is(rfb.ErrNoCredentials), []string{"asks for a password (VNC)", "set Config.Password or Config.Credentials"}},
		{"wants a name and a password", hello + "\x01\x13\x00\x02\x00\x01\x00\x00\x01\x00", false, rfb.Config{}, is(rfb.ErrNoCredentials),
			[]string{"a name and a password (Plain)", "set Config.Username and Config.Password"}},
		{"wants a name too", hello + "\x01\x13\x00\x02\x00\x01\x00\x00\x01\x00", false, secret, is(rfb.ErrNoCredentials),
			[]string{"a name besides the password (Plain)", "set Config.Username"}},
		{"has no room for the password", hello + "\x01\x13\x00\x02\x00\x01\x00\x00\x01\x00", false,
			rfb.Config{Username: "a", Password: strings.Repeat("open sesame", 100)}, is(proto.ErrCredentials), []string{"the password may have 1024 bytes"}},
		{"has a large screen", vnc + "\x00\x00\x00\x00\x20\x00\x20\x00", false, rfb.Config{Password: "open sesame", MaxPixels: 1 << 20}, is(proto.ErrTooLarge),
			[]string{"8192 × 8192", "1048576 are allowed", "Config.MaxPixels"}},
		{"has a screen of an impossible width", vnc + "\x00\x00\x00\x00\xff\xff\x00\x01", false, secret, is(proto.ErrTooLarge), []string{"65535 × 1", "!MaxPixels"}},
		{"has a name that is too long", vnc + "\x00\x00\x00\x00\x00\x08\x00\x06" + strings.Repeat("\x20", 16) + "\x7f\xff\xff\xff", false, secret, is(proto.ErrTooLarge), []string{"!MaxPixels"}},
		{"refuses the version of VeNCrypt", hello + "\x01\x13\x00\x02\xff", false, secret, as(&refused), []string{"refused version 0.2 of VeNCrypt", "!password"}},
		{"agrees to TLS and speaks something else", hello + "\x01\x13\x00\x02\x00\x01\x00\x00\x01\x04\x01", true, secret, is(io.ErrUnexpectedEOF),
			[]string{"the rest of the security handshake"}},
		{"has a key that is too short", hello + "\x01\x05\x00\x00\x02\x00", false, secret, is(proto.ErrServerKey), []string{"512 bits, where 1024"}},
		{"cannot be sent such pixels", hello, false, rfb.Config{PixelFormat: proto.PixelFormat{BitsPerPixel: 7}}, is(proto.ErrPixelFormat), []string{"Config.PixelFormat"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			began := time.Now()
			err := dialTalker(t, tt.says, tt.closes, tt.config)
			if err == nil || !tt.kind(err) {
				t.Fatalf("got %v", err)
			}
			for _, text := range append(tt.texts, "connecting to 127.0.0.1:") {
				want := !strings.HasPrefix(text, "!") // with it, it must not be there
				if text = strings.TrimPrefix(text, "!"); strings.Contains(err.Error(), text) != want {
					t.Errorf("%q in it, which should be %v: %v", text, want, err)
				}
			}
			if strings.Contains(err.Error(), "sesame") || strings.Contains(err.Error(), "\n") {
				t.Errorf("a secret, or two lines: %q", err)
			}
			if took := time.Since(began); took > 25*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestTLSThatIsNoneIsNamed(t *testing.T) {
	mine, theirs := tcpPair(t)
	defer theirs.Close()
	go func() {
		io.WriteString(theirs, "RFB 003.008\n\x01\x13\x00\x02\x00\x01\x00\x00\x01\x04\x01")
		// Version, type, VeNCrypt's version and subtype; then TLS.
		io.CopyN(io.Discard, theirs, 12+1+2+4+1)
		io.WriteString(theirs, "not that I know of")
	}()
	_, err := rfb.NewClient(t.Context(), mine, "desk.example", rfb.Config{})
	var record tls.RecordHeaderError
	if !errors.As(err, &record) || !strings.Contains(err.Error(), "speaks something else") {
		t.Errorf("got %v", err)
	}
	mine, theirs = tcpPair(t)
	defer theirs.Close()
	go io.WriteString(theirs, "RFB 003.008\n\x01\x13\x00\x02\x00\x01\x00\x00\x01\x04\x01")
	if _, err = rfb.NewClient(t.Context(), mine, "", rfb.Config{}); err == nil || !strings.Contains(err.Error(), "Config.TLS.ServerName must say") {
		t.Errorf("without a name: %v", err)
	}
}

// TestSilentServersAreGivenUp looks at when, and what is said.
func TestSilentServersAreGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopped := errors.New("stopped")
		always := func() context.Context { return t.Context() }
		limited := func() context.Context {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			t.Cleanup(cancel)
			return ctx
		}
		canceled := func() context.Context {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(2*time.Second, func() { cancel(stopped) })
			return ctx
		}
		for _, tt := range []struct {
			name   string
			says   string
			ctx    func() context.Context
			config rfb.Config
			after  time.Duration
			want   error
			text   string
		}{
			{"no word", "", always, rfb.Config{}, 10 * time.Second, context.DeadlineExceeded, "has said nothing for 10s: it may not be a server of RFB"},
			{"no word, by the limit", "", always, rfb.Config{HandshakeTimeout: time.Minute}, 20 * time.Second, context.DeadlineExceeded, "has said nothing for 20s"},
			{"half a greeting", "RFB 003", always, rfb.Config{}, 30 * time.Second, context.DeadlineExceeded, "no handshake within 30s (Config.HandshakeTimeout): the server has not sent its greeting"},
			{"a greeting", "RFB 003.008\n", always, rfb.Config{HandshakeTimeout: 3 * time.Second}, 3 * time.Second, context.DeadlineExceeded, "has not sent the rest of the security handshake"},
			{"no verdict", "RFB 003.008\n\x01\x01", always, rfb.Config{Insecure: true}, 30 * time.Second, context.DeadlineExceeded, "has not sent whether it lets the client in"},
			{"no screen", "RFB 003.008\n\x01\x01\x00\x00\x00\x00", always, rfb.Config{Insecure: true}, 30 * time.Second, context.DeadlineExceeded, "has not sent the size of the screen"},
			{"a context with a limit", "RFB 003.008\n", limited, rfb.Config{HandshakeTimeout: time.Hour}, 5 * time.Second, context.DeadlineExceeded, "given up while"},
			{"a context that ends", "", canceled, rfb.Config{}, 2 * time.Second, stopped, "given up while the server had not sent its greeting"},
		} {
			mine, theirs := net.Pipe()
			go func() {
				go io.WriteString(theirs, tt.says)
				io.Copy(io.Discard, theirs)
			}()
			began := time.Now()
			_, err := rfb.NewClient(tt.ctx(), mine, "", tt.config)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) || time.Since(began) != tt.after {
				t.Errorf("%s: %v after %v, want %v", tt.name, err, time.Since(began), tt.after)
			}
			theirs.Close()
		}
	})
}

// TestTheEndIsNamed is about what Err says later.
func TestTheEndIsNamed(t *testing.T) {
	steps := oneStep(t)
	c := mustConnect(t, rfbtest.Config{Steps: steps, CutAfter: 300}, rfb.Config{Insecure: true})
	<-c.Done()
	if err := c.Err(); !errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "the server has closed the connection") {
		t.Errorf("got %v", err)
	}
}

// TestRefusedViewersAreLoggedOnce looks at a server's log after a wrong
// password: one line that says so once.
func TestRefusedViewersAreLoggedOnce(t *testing.T) {
	no := errors.New("she is on holiday")
	for name, tt := range map[string]struct {
		config rfb.ServeConfig
		want   string
	}{
		"by the password":  {rfb.ServeConfig{Password: "secret"}, "wrong name or password"},
		"by Authenticate":  {rfb.ServeConfig{Authenticate: func(context.Context, rfb.Login) (rfb.Permission, error) { return rfb.Permission{}, no }}, "she is on holiday"},
		"by who is no one": {rfb.ServeConfig{ViewPassword: "look"}, "wrong name or password"},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			tt.config.Logger = slog.New(slog.NewTextHandler(&log, nil))
			mine, theirs := net.Pipe()
			done := make(chan error, 1)
			go func() { done <- rfb.Serve(t.Context(), theirs, newDesktop(t, nil), tt.config) }()
			_, err := rfb.NewClient(t.Context(), mine, "", rfb.Config{Insecure: true, Password: "guess"})
			if err == nil || strings.Contains(err.Error(), "holiday") {
				t.Errorf("the viewer: %v", err)
			}
			served := <-done
			if !errors.Is(served, proto.ErrRefused) {
				t.Errorf("the server: %v", served)
			}
			line := log.String()
			if strings.Count(line, "\n") != 1 || strings.Contains(line, `\n`) || strings.Count(line, tt.want) != 1 || strings.Contains(line, "guess") {
				t.Errorf("the log is %q", line)
			}
		})
	}
}
