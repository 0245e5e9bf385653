//go:build linux

package load

import (
	"fmt"
	"net/netip"
	"syscall"
)

// abreast is how many clients are on their way in at once.
const abreast = 64

// Dial brings all clients and returns when each has entered the root namespace.
func Dial(cfg Config) (*Crowd, error) {
	addr, err := netip.ParseAddrPort(cfg.Addr)
	if err != nil || !addr.Addr().Is4() {
		return nil, fmt.Errorf("%q is no IPv4 address with port", cfg.Addr)
	}
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	c := &Crowd{cfg: cfg, addr: addr, epoll: epoll, take: refuse, sealed: newSealed()}
	if err := c.enterAll(); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Crowd) enterAll() error {
	for len(c.clients) < c.cfg.Clients {
		cl := &client{crowd: c, number: len(c.clients)}
		switch c.cfg.Transport {
		case Polling:
			cl.carrier = &polls{client: cl}
		default:
			cl.carrier = &socket{client: cl}
		}
		c.clients = append(c.clients, cl)
		if err := cl.carrier.begin(); err != nil {
			return fmt.Errorf("client %d of %d: %w", len(c.clients), c.cfg.Clients, err)
		}
		if err := c.until(func() bool { return len(c.clients)-c.ready < abreast }); err != nil {
			return c.lost(err)
		}
	}
	if err := c.until(func() bool { return c.ready == len(c.clients) }); err != nil {
		return c.lost(err)
	}
	return nil
}

// lost says how many clients are not in.
func (c *Crowd) lost(err error) error {
	return fmt.Errorf("%d of %d clients have not entered: %w", len(c.clients)-c.ready, c.cfg.Clients, err)
}
