package rfbtest

import (
	"io"
	"net"
	"time"

	"github.com/everwire/everwire/protocol/rfb"
)

// An Attack is a server that breaks the rules.
type Attack struct {
	// Name is one word after another, joined by hyphens.
	Name string
	// About says which rule is broken, and what a client may do.
	About string
	// Harmless attacks are odd, but within the rules, or so small a breach
	// that a client may go on. After all others it must not.
	Harmless bool

	whole  []byte // instead of the handshake
	init   []byte // instead of the ServerInit
	bytes  []byte // after it
	repeat []byte // after that, again and again
	linger bool   // keep the connection open, and say nothing more
}

// attackWidth and attackHeight are the size of the screen in most attacks.
const (
	attackWidth  = 64
	attackHeight = 48
)

// EndlessBytes is how much an attack without an end sends to a client that
// does not give up, and EndlessTime how long it does.
const (
	EndlessBytes = 64 << 20
	EndlessTime  = 2 * time.Second
)

// Serve attacks the client at the other end, and returns when the attack is
// over or the client has gone. It closes the connection, unless the attack is
// to say nothing more: then it waits for the client to go.
func (a Attack) Serve(conn net.Conn) {
	defer conn.Close()
	if a.whole != nil {
		if write(conn, a.whole) == nil {
			a.after(conn)
		}
		return
	}
	if handshake(conn) != nil {
		return
	}
	init := a.init
	if init == nil {
		init = rfb.AppendServerInit(nil, rfb.ServerInit{Width: attackWidth, Height: attackHeight, PixelFormat: rfb.PixelFormat32, Name: "attack"})
	}
	if write(conn, init) != nil || write(conn, a.bytes) != nil {
		return
	}
	a.after(conn)
}

// after reads what the client sends, so that it is never stuck, and goes on
// with what the attack has.
func (a Attack) after(conn net.Conn) {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = io.Copy(io.Discard, conn)
	}()
	if len(a.repeat) > 0 {
		deadline := time.Now().Add(EndlessTime)
		_ = conn.SetWriteDeadline(deadline)
		for sent := 0; sent < EndlessBytes && write(conn, a.repeat) == nil; sent += len(a.repeat) {
		}
	}
	if a.linger {
		<-gone
		return
	}
	// Closing at once might reset the connection, and take with it what the
	// client has not read yet.
	if c, ok := conn.(*net.TCPConn); ok {
		_ = c.CloseWrite()
		select {
		case <-gone:
		case <-time.After(time.Second):
		}
	}
}

func write(w io.Writer, p []byte) error {
	if len(p) == 0 {
		return nil
	}
	_, err := w.Write(p)
	return err
}

// handshake is an honest one, with version 3.8 and no password.
func handshake(conn net.Conn) error {
	var in [rfb.VersionLength]byte
	for _, part := range []struct {
		send string
		read int
	}{{"RFB 003.008\n", rfb.VersionLength}, {"\x01\x01", 1}, {"\x00\x00\x00\x00", 1}} {
		if err := write(conn, []byte(part.send)); err != nil {
			return err
		}
		if _, err := io.ReadFull(conn, in[:part.read]); err != nil {
			return err
		}
	}
	return nil
}
