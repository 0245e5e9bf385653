//go:build linux

package wire

import (
	"net/netip"
	"syscall"
)

// sources is the number of loopback addresses that connections come from,
// beginning with 127.0.0.1: one has too few ports for tens of thousands.
const sources = 8

// Connect returns a socket that is connected and does not block. On loopback to
// wait for the connection is to wait for nobody; there, the n-th connection
// comes from an address of its own among a few.
func Connect(addr netip.AddrPort, n int) (int, error) {
	return connect(addr, n, func(int) error { return nil })
}

// The receive buffer of a narrow connection, and its segments: those of an
// Ethernet.
const (
	narrowBuffer  = 8 << 10 // the kernel doubles it for what it keeps itself
	narrowSegment = 1460
)

// ConnectNarrow is Connect for a client that is soon full when it does not
// read. Loopback's segments of 64 KiB would have the server's kernel keep
// megabytes for it.
func ConnectNarrow(addr netip.AddrPort, n int) (int, error) {
	return connect(addr, n, func(fd int) error {
		if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, narrowBuffer); err != nil {
			return err
		}
		return syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, narrowSegment)
	})
}

// connect calls prepare with the socket before it connects it.
func connect(addr netip.AddrPort, n int, prepare func(fd int) error) (int, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	err = func() error {
		if err := prepare(fd); err != nil {
			return err
		}
		if addr.Addr().IsLoopback() {
			// Else each local port could be used once only, whatever the server's.
			const bindAddressNoPort = 24 // IP_BIND_ADDRESS_NO_PORT
			if err := syscall.SetsockoptInt(fd, syscall.IPPROTO_IP, bindAddressNoPort, 1); err != nil {
				return err
			}
			if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, byte(1 + n%sources)}}); err != nil {
				return err
			}
		}
		if err := syscall.Connect(fd, &syscall.SockaddrInet4{Addr: addr.Addr().As4(), Port: int(addr.Port())}); err != nil {
			return err
		}
		if err := syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1); err != nil {
			return err
		}
		return syscall.SetNonblock(fd, true)
	}()
	if err != nil {
		syscall.Close(fd)
	}
	return fd, err
}
