//go:build linux

package load

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/netip"
	"syscall"

	"github.com/everwire/everwire/bench/internal/wire"
)

// shaking is how many handshakes are under way at once.
const shaking = 64

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
	fd, err := wire.Connect(addr, len(c.conns))
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
	return cn.write(wire.AppendRequest(nil, cfg.Addr, cfg.Path, cn.key, cfg.Bare))
}
