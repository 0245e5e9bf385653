package rfb_test

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	proto "github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb"
)

// A deaf connection takes no message from the given type on, as one that the
// other side has closed, and tells that it has refused one.
type deaf struct {
	net.Conn
	from    proto.ClientMessageType
	once    sync.Once
	refused chan struct{}
}

func (d *deaf) Write(p []byte) (int, error) {
	// Messages of the handshake are shorter, or begin with "RFB".
	if len(p) >= 10 && p[0] == byte(d.from) {
		d.once.Do(func() { close(d.refused) })
		return 0, io.ErrClosedPipe
	}
	return d.Conn.Write(p)
}

// deafPair returns a connection to a server without security, which says all
// of a handshake and then what tells it to.
func deafPair(from proto.ClientMessageType, then func(theirs net.Conn, refused <-chan struct{})) *deaf {
	mine, theirs := net.Pipe()
	d := &deaf{Conn: mine, from: from, refused: make(chan struct{})}
	go func() {
		go io.Copy(io.Discard, theirs)
		// One by one, so that the client answers them so.
		theirs.Write([]byte("RFB 003.008\n\x01\x01"))
		theirs.Write([]byte{0, 0, 0, 0})
		theirs.Write(proto.AppendServerInit(nil, proto.ServerInit{Width: 8, Height: 6, PixelFormat: proto.PixelFormat32, Name: "desk"}))
		then(theirs, d.refused)
	}()
	return d
}

// TestTheLastWordIsHeard has a server that closes the connection while this
// side sends, having said something before.
func TestTheLastWordIsHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := deafPair(proto.FramebufferUpdateRequest, func(theirs net.Conn, refused <-chan struct{}) {
			<-refused
			synctest.Wait() // until the client has noticed
			theirs.Write(proto.AppendBell(nil))
			theirs.Close()
		})
		bells := 0
		c, err := rfb.NewClient(t.Context(), conn, "", rfb.Config{Insecure: true, OnBell: func() { bells++ }})
		if err != nil {
			t.Fatal(err)
		}
		<-c.Done()
		c.Close()
		if bells != 1 || !errors.Is(c.Err(), io.EOF) {
			t.Errorf("%d bells, and the end is %v", bells, c.Err())
		}
	})
}

// TestWhoSaysNoLastWordIsLeft has one that neither takes nor says anything.
func TestWhoSaysNoLastWordIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		conn := deafPair(proto.FramebufferUpdateRequest, func(theirs net.Conn, _ <-chan struct{}) {
			<-stop
			theirs.Close()
		})
		defer close(stop)
		c, err := rfb.NewClient(t.Context(), conn, "", rfb.Config{Insecure: true})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		<-c.Done()
		c.Close()
		if took := time.Since(began); took > 2*time.Second || !errors.Is(c.Err(), os.ErrDeadlineExceeded) {
			t.Errorf("after %v: %v", took, c.Err())
		}
	})
}

// TestTheEndOfTheHandshakeIsNamed breaks the connection where the size is known
// and the encodings cannot be told.
func TestTheEndOfTheHandshakeIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := deafPair(proto.SetPixelFormat, func(theirs net.Conn, refused <-chan struct{}) {
			<-refused
			theirs.Close()
		})
		_, err := rfb.NewClient(t.Context(), conn, "", rfb.Config{Insecure: true})
		if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "instead of sending a picture (it has let the client in") {
			t.Errorf("got %v", err)
		}
	})
}
