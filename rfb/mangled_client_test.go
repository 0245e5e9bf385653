package rfb_test

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	proto "github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb"
	"github.com/everwire/everwire/rfb/rfbtest"
)

// stages are what an error of a client says, so that its user knows how far the
// connection has come; later ones are of Client.Err.
var (
	stages = regexp.MustCompile(`its greeting|no version of RFB|security types|security handshake|VeNCrypt|TLS|[Kk]ey|anonymous|` +
		`refused|lets the client in|the size of the screen|a framebuffer of`)
	laterStages = regexp.MustCompile(`in a message of type|in a rectangle of|unknown message type|unknown encoding|what is encrypted|has closed the connection|reading from the server`)
)

// smallStep is a picture of few bytes.
func smallStep(t *testing.T) []rfbtest.Step {
	t.Helper()
	picture, err := proto.NewFramebuffer(3, 2)
	if err != nil {
		t.Fatal(err)
	}
	return []rfbtest.Step{{Picture: picture, Damage: []proto.Rect{picture.Bounds()}}}
}

// An outcome is what became of a connection that was mangled.
type outcome struct {
	err   error // of NewClient
	later error // of the Client, if there was one and it has ended
	took  time.Duration
	sent  int
}

// connectMangled connects through a door whose server's stream is mangled. It
// must be called in a bubble, which has it fail if a goroutine stays.
func connectMangled(t *testing.T, d door, mangle func(*line)) (o outcome) {
	t.Helper()
	server, err := rfbtest.NewServer(d.served)
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := newLine()
	mangle(theirs)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer theirs.Close()
		server.Serve(theirs)
	}()
	began := time.Now()
	client, err := rfb.NewClient(t.Context(), mine, "desk.example", d.client)
	o.err, o.took = err, time.Since(began)
	if err == nil {
		select {
		case <-client.Done():
			o.later = client.Err()
		case <-time.After(time.Minute): // a server may wait for something else then
		}
		client.Close()
	}
	<-done
	o.sent = theirs.sent
	return o
}

// next returns which byte is mangled after this one: each, where that is cheap.
func (d door) next(at int) int {
	switch {
	case d.isRA2() && at >= 12+2+4+2*serverKey().Size():
		// Here the client makes a key, which takes long. Package protocol/rfb
		// has a test of each byte, with one that is there.
		return at + 173
	case d.client.TLS != nil && at > 40 && d.served.Security[0] != proto.VeNCryptX509Plain:
		return at + 89 // TLS is the same for all
	case d.client.TLS != nil && at > 40:
		return at + 23 // records are longer
	case d.served.Security[0] == proto.SecurityAppleDH && at > 20 && at < 262:
		return at + 11 // numbers
	}
	return at + 1
}

// mangledDoors are one of each kind: what differs between versions is met with
// the simplest types.
func mangledDoors(t *testing.T) (some []door) {
	t.Helper()
	for _, d := range doors(t) {
		simple := d.served.Security[0] <= proto.SecurityVNC
		if d.served.Version != proto.Version38 && !simple || d.isRA2() && d.served.Security[0] != proto.SecurityRA2_256 {
			continue
		}
		d.served.Steps = smallStep(t)
		some = append(some, d)
	}
	return some
}

// eachMangledDoor runs a test for each door, in a bubble.
func eachMangledDoor(t *testing.T, test func(t *testing.T, d door)) {
	for i, d := range mangledDoors(t) {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				test(t, mangledDoors(t)[i]) // whose certificates have the bubble's time
			})
		})
	}
}

// TestEverySecurityTypeIsCutAnywhere ends the connection in front of each byte
// that the server sends, of TLS and RA2 behind some. A client must say that it
// has ended, and where.
func TestEverySecurityTypeIsCutAnywhere(t *testing.T) {
	eachMangledDoor(t, func(t *testing.T, d door) {
		size := connectMangled(t, d, func(*line) {}).sent
		if size < 60 {
			t.Fatalf("all is %d bytes", size)
		}
		for at := 0; at < size; at = d.next(at) {
			o := connectMangled(t, d, func(l *line) { l.cutAt(at) })
			switch {
			case o.sent <= at: // signatures differ in length
			case o.err == nil && o.later == nil:
				t.Errorf("cut at %d: nobody minds", at)
			case o.err == nil && (!errors.Is(o.later, io.EOF) && !errors.Is(o.later, io.ErrUnexpectedEOF) || !laterStages.MatchString(o.later.Error())):
				t.Errorf("cut at %d: later %v", at, o.later)
			case o.err != nil && (!errors.Is(o.err, io.ErrUnexpectedEOF) || !strings.Contains(o.err.Error(), "instead of sending")):
				t.Errorf("cut at %d: %v", at, o.err)
			case o.took != 0:
				t.Errorf("cut at %d: it was waited for %v: %v", at, o.took, o.err)
			}
		}
	})
}

// TestEverySecurityTypeIsChangedAnywhere changes bits of each byte that the
// server sends, of TLS and RA2 of some. Either they do not matter, or there is
// an error that says how far the connection has come.
func TestEverySecurityTypeIsChangedAnywhere(t *testing.T) {
	eachMangledDoor(t, func(t *testing.T, d door) {
		size, failed := connectMangled(t, d, func(*line) {}).sent, 0
		for at := 0; at < size; at = d.next(at) {
			bits := []byte{0x01, 0x80, 0xff}[at%3]
			o := connectMangled(t, d, func(l *line) { l.flipAt(at, bits) })
			text := fmt.Sprint(o.err, o.later)
			switch {
			case o.err != nil && !stages.MatchString(text), o.later != nil && !laterStages.MatchString(text):
				t.Errorf("byte %d changed by %#x: %s", at, bits, text)
			case o.took > rfb.DefaultDialTimeout:
				t.Errorf("byte %d changed by %#x: it took %v", at, bits, o.took)
			case strings.Contains(text, "wonder"), strings.Contains(text, "alice"):
				t.Errorf("the error tells what was sent: %s", text)
			}
			if o.err != nil {
				failed++
			}
		}
		if failed < 12 {
			t.Errorf("of all changes %d were seen", failed)
		}
	})
}
