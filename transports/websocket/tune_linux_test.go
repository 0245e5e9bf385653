package websocket

import (
	"net"
	"syscall"
	"testing"
)

func TestTheKernelGivesUpADeadPeer(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// A listener may have put something around its connections.
	tune(struct{ *net.TCPConn }{conn.(*net.TCPConn)})
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var got int
	raw.Control(func(fd uintptr) {
		got, err = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout)
	})
	if err != nil || got != 20_000 {
		t.Errorf("TCP_USER_TIMEOUT is %d ms, %v, want 20000", got, err)
	}
}
