package flash_test

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/transports/flash"
)

func TestPipesAreConnections(t *testing.T) {
	near, far := flash.Pipe("server:1", "192.0.2.1:2")
	if far.RemoteAddr() != near.LocalAddr() || far.LocalAddr() != near.RemoteAddr() || far.RemoteAddr().String() != "192.0.2.1:2" {
		t.Errorf("near %s to %s, far %s to %s", near.LocalAddr(), near.RemoteAddr(), far.LocalAddr(), far.RemoteAddr())
	}
	for name, run := range map[string]func(t *testing.T, a, b net.Conn){
		"each direction ends by itself": func(t *testing.T, a, b net.Conn) {
			go func() {
				io.WriteString(a, "there")
				closeWrite(t, a)
			}()
			if got, err := io.ReadAll(b); string(got) != "there" || err != nil {
				t.Errorf("read %q, %v", got, err)
			}
			if _, err := a.Write([]byte("x")); err == nil {
				t.Error("written after CloseWrite")
			}
			go func() {
				io.WriteString(b, "back")
				b.Close()
			}()
			if got, err := io.ReadAll(a); string(got) != "back" || err != nil {
				t.Errorf("read %q, %v", got, err)
			}
		},
		"deadlines": func(t *testing.T, a, b net.Conn) {
			for what, set := range map[string]func(time.Time) error{"both": a.SetDeadline, "read": a.SetReadDeadline, "write": a.SetWriteDeadline} {
				if err := set(time.Now().Add(time.Second)); err != nil {
					t.Errorf("%s: %v", what, err)
				}
				for side, try := range map[string]func([]byte) (int, error){"read": a.Read, "write": a.Write} {
					if what != "both" && what != side {
						continue
					}
					if _, err := try(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
						t.Errorf("%s, %s: %v", what, side, err)
					}
				}
				a.SetDeadline(time.Time{})
			}
			go b.Write([]byte("x"))
			if n, err := a.Read(make([]byte, 1)); n != 1 || err != nil {
				t.Errorf("after the deadlines: %v", err)
			}
		},
		"closing ends what waits": func(t *testing.T, a, b net.Conn) {
			ended := make(chan error, 4)
			for _, c := range []net.Conn{a, b} {
				go func() {
					_, err := c.Read(make([]byte, 1))
					ended <- err
				}()
				go func() {
					_, err := c.Write(make([]byte, 2)) // one byte is read
					ended <- err
				}()
			}
			synctest.Wait()
			a.Close()
			a.Close()
			for range 4 {
				<-ended
			}
			if _, err := b.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("read at the end: %v", err)
			}
			if _, err := b.Write([]byte("x")); err == nil {
				t.Error("written to nobody")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := flash.Pipe("a", "b")
				run(t, a, b)
				a.Close()
				b.Close()
			})
		})
	}
}
