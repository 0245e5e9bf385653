//go:build linux

package wire_test

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/everwire/everwire/bench/internal/wire"
)

func TestANarrowClientIsSoonFull(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	fd, err := wire.ConnectNarrow(netip.MustParseAddrPort(ln.Addr().String()), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
	n, err := conn.Write(make([]byte, 1<<20))
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%d bytes found room, %v", n, err)
	}
}
