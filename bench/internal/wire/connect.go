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
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	err = func() error {
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
