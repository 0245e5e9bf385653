//go:build linux

package load

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/netip"
	"syscall"
)

const (
	// sources is the number of loopback addresses that connections come from,
	// beginning with 127.0.0.1.
	sources = 8
	// shaking is how many handshakes are under way at once.
	shaking = 64
)

// mask is the masking key of all frames. A server must unmask whatever it is.
var mask = [4]byte{0x37, 0xfa, 0x21, 0x3d}

// Config says which connections Dial opens.
type Config struct {
	Addr string // of the server, an address of IPv4 with port
	Path string
	// Conns is their number.
	Conns int
	// Bare leaves out of the handshake what browsers send beyond the need, as
	// User-Agent.
	Bare bool
}

// Dial opens all connections and returns when every handshake is done.
func Dial(cfg Config) (*Crowd, error) {
	addr, err := netip.ParseAddrPort(cfg.Addr)
	if err != nil || !addr.Addr().Is4() {
		return nil, fmt.Errorf("%q is no IPv4 address with port", cfg.Addr)
	}
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	c := &Crowd{epoll: epoll, take: refuse}
	for len(c.conns) < cfg.Conns && err == nil {
		if err = c.add(cfg, addr); err != nil {
			err = fmt.Errorf("connection %d of %d: %w", len(c.conns)+1, cfg.Conns, err)
			break
		}
		if len(c.conns)%shaking == 0 {
			err = c.until(c.allOpen)
		}
	}
	if err == nil {
		err = c.until(c.allOpen)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Crowd) allOpen() bool {
	for i := len(c.conns) - 1; i >= max(0, len(c.conns)-shaking); i-- {
		if !c.conns[i].open {
			return false
		}
	}
	return true
}

// add connects once more and sends the handshake.
func (c *Crowd) add(cfg Config, addr netip.AddrPort) error {
	fd, err := connect(addr, byte(1+len(c.conns)%sources))
	if err != nil {
		return err
	}
	var nonce [16]byte
	rand.Read(nonce[:])
	cn := &conn{fd: fd, key: base64.StdEncoding.EncodeToString(nonce[:])}
	// The event carries the index of the connection instead of its number in
	// the kernel.
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(len(c.conns))}
	c.conns = append(c.conns, cn)
	if err := syscall.EpollCtl(c.epoll, syscall.EPOLL_CTL_ADD, fd, &event); err != nil {
		return err
	}
	return cn.write(appendRequest(nil, cfg.Addr, cfg.Path, cn.key, cfg.Bare))
}

// connect returns a socket that does not block. On loopback to wait for the
// connection is to wait for nobody.
func connect(addr netip.AddrPort, source byte) (int, error) {
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
			if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, source}}); err != nil {
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
