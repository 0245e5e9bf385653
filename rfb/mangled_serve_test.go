package rfb_test

import (
	"crypto/tls"
	"crypto/x509"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	proto "github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb"
)

// viewerStages are what an error of Serve says.
var viewerStages = regexp.MustCompile(`sent? its greeting|sending its greeting|no version of RFB|was not offered|VeNCrypt|security handshake|` +
	`wrong name or password|share the desktop|unknown message type|the viewer's message of type|reading what the viewer does`)

// ended are those of them that tell of an end.
var ended = regexp.MustCompile(`instead of sending|unexpected EOF, in the viewer's message of type|reading what the viewer does: unexpected EOF`)

// serveMangled serves a viewer whose stream is mangled, and returns whether the
// viewer was let in, how many bytes it has sent, and the error of Serve. It must
// be called in a bubble, which has it fail if a goroutine stays.
func serveMangled(t *testing.T, s rfb.ServeConfig, c rfb.Config, mangle func(*line)) (letIn bool, sent int, err error) {
	t.Helper()
	desktop, err := rfb.NewDesktop(4, 3, "desk", func(_ *rfb.Viewer, in rfb.Input) { letIn = letIn || in.Kind == rfb.InputLeave })
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := newLine()
	mangle(mine)
	served := make(chan error, 1)
	began := time.Now()
	go func() { served <- rfb.Serve(t.Context(), theirs, desktop, s) }()
	viewer, failed := rfb.NewClient(t.Context(), mine, "desk.example", c)
	if failed == nil {
		viewer.SendKey(true, 'x', 0)
		viewer.SendPointer(1, 1, 1)
		viewer.SetClipboard("text")
		select {
		case <-viewer.Done():
		case <-time.After(time.Second):
		}
		viewer.Close()
	}
	err = <-served
	if took := time.Since(began); took > 2*rfb.DefaultDialTimeout {
		t.Errorf("it took %v", took)
	}
	if n := desktop.Viewers(); n != 0 {
		t.Errorf("%d viewers are left", n)
	}
	return letIn, mine.sent, err
}

// TestViewersThatAreMangled cuts what a viewer sends in front of each byte, and
// changes bits of each byte, of TLS of some.
func TestViewersThatAreMangled(t *testing.T) {
	for _, security := range []proto.SecurityType{
		proto.SecurityNone, proto.SecurityVNC, proto.VeNCryptPlain,
		proto.VeNCryptX509None, proto.VeNCryptX509Vnc, proto.VeNCryptX509Plain,
	} {
		t.Run(security.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cert, pool := selfSigned(t)
				mangleViewers(t, security, cert, pool)
			})
		})
	}
}

func mangleViewers(t *testing.T, security proto.SecurityType, cert tls.Certificate, pool *x509.CertPool) {
	s := rfb.ServeConfig{Security: []proto.SecurityType{security}, Password: "secret"}
	c := rfb.Config{Security: s.Security, Username: "ann", Password: "secret"}
	if security > proto.VeNCryptPlain {
		s.TLS, c.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}, &tls.Config{RootCAs: pool}
	}
	letIn, size, err := serveMangled(t, s, c, func(*line) {})
	if err != nil || !letIn || size < 100 {
		t.Fatalf("all is well, and there is %v after %d bytes", err, size)
	}
	failed := 0
	for at := 0; at < size; at++ {
		switch {
		case s.TLS != nil && at > 20:
			at += 42
		case at > 60:
			at += 2 // encodings have four bytes
		}
		letIn, _, err := serveMangled(t, s, c, func(l *line) { l.cutAt(at) })
		switch {
		case !letIn && err == nil:
			t.Errorf("cut at %d: nobody minds", at)
		case err != nil && !ended.MatchString(err.Error()):
			t.Errorf("cut at %d: %v", at, err)
		}
		bits := []byte{0x01, 0x80, 0xff}[at%3]
		if _, _, err = serveMangled(t, s, c, func(l *line) { l.flipAt(at, bits) }); err != nil {
			failed++
			if !viewerStages.MatchString(err.Error()) {
				t.Errorf("byte %d changed by %#x: %v", at, bits, err)
			}
		}
	}
	if failed < 12 {
		t.Errorf("of all changes %d were seen", failed)
	}
}
