package websocket

import (
	"crypto/tls"
	"net"
	"syscall"

	"github.com/everwire/everwire/transports"
)

const tcpUserTimeout = 18 // TCP_USER_TIMEOUT of tcp(7), which syscall lacks

// tune lets the kernel give up a peer that acknowledges nothing any more: a
// write into the socket's buffer succeeds long after the peer is gone. It
// fails in silence for what is no TCP.
func tune(conn net.Conn) {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return
	}
	raw.Control(func(fd uintptr) {
		syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(transports.WriteTimeout.Milliseconds()))
	})
}
