package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/everwire/everwire/config"
	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/transports/flash"
)

// flashPath is where Ruffle's socketProxy leads.
const flashPath = "/flash/tcp"

// flashSide is what a running server does for Flash beside its own port. The
// zero value does nothing.
type flashSide struct {
	policy    flash.Policy
	listeners []net.Listener
	// inline: the policy is served on the server's own port too.
	inline bool
	// pages is the policy for HTTP requests; it is served if on is set.
	on    bool
	pages flash.Policy
	// proxy carries Ruffle's sockets; nil without.
	proxy *flash.Proxy
	// limiter counts the policy requests of all ports.
	limiter *flash.Limiter
}

// newFlashSide opens the policy ports for a server at addr. A port that cannot
// be had is a warning and not an error: the server itself works without.
func newFlashSide(cfg *config.Config, addr net.Addr, logger *slog.Logger) *flashSide {
	// They are taken even if none is wanted: no shell is to inherit one.
	passed, err := activatedListeners()
	if err != nil {
		logger.Warn("a socket that was passed in cannot be used", "err", err)
	}
	own, ok := addr.(*net.TCPAddr)
	if !ok || !cfg.FlashOn() {
		for _, ln := range passed {
			logger.Warn("a socket that was passed in is closed: Flash is off", "socket", ln.name, "address", ln.Addr().String())
			ln.Close()
		}
		return &flashSide{}
	}
	s := &flashSide{on: true, inline: cfg.Flash.Inline && cfg.TLS.Cert == "", limiter: flash.NewLimiter(0, 0),
		policy: flash.Policy{Domains: namesOf(hostsOf(cfg, addr)), Ports: portsOf(cfg, own), Any: cfg.InsecureFlashPolicy}}
	if cfg.TunnelOn() {
		s.proxy = flash.NewProxy(flash.ProxyConfig{})
	}
	for _, o := range cfg.AllowOrigin {
		if u, err := url.Parse(o); err == nil {
			s.pages.Domains = append(s.pages.Domains, u.Hostname())
		}
	}
	s.take(passed, own, logger)
	s.open(cfg.PolicyPorts(), own.IP, logger)
	return s
}

// portsOf returns the ports under which the server at own is reached.
func portsOf(cfg *config.Config, own *net.TCPAddr) []int {
	ports := []int{own.Port}
	for _, port := range cfg.Flash.PublicPorts {
		if !slices.Contains(ports, port) {
			ports = append(ports, port)
		}
	}
	return ports
}

// take serves the policy on sockets that systemd has passed. Like the ports of
// our own they have to be at the server's address.
func (s *flashSide) take(passed []activatedListener, own *net.TCPAddr, logger *slog.Logger) {
	for _, ln := range passed {
		at, ok := ln.Addr().(*net.TCPAddr)
		if !ok || !own.IP.IsUnspecified() && !own.IP.Equal(at.IP) {
			logger.Warn("a socket that was passed in is not at the server's address", "socket", ln.name,
				"address", ln.Addr().String(), "server", own.String())
			ln.Close()
			continue
		}
		s.listeners = append(s.listeners, ln)
	}
}

// open binds the ports that are not there yet.
func (s *flashSide) open(ports []int, ip net.IP, logger *slog.Logger) {
	have := make(map[int]bool)
	for _, port := range s.ports() {
		have[port] = true
	}
	for _, port := range ports {
		if port != 0 && have[port] {
			continue
		}
		have[port] = true
		ln, err := net.Listen("tcp", net.JoinHostPort(ip.String(), strconv.Itoa(port)))
		if err == nil {
			s.listeners = append(s.listeners, ln)
			continue
		}
		logger.Warn(notServed(port, err), "err", err)
	}
}

// notServed says that a policy port cannot be had, and how a program without
// privileges comes by a low one.
func notServed(port int, err error) string {
	text := fmt.Sprintf("Flash's policy port %d is not served", port)
	if !errors.Is(err, fs.ErrPermission) {
		return text + "; --flash-policy-ports without it, or --modern, ends this warning"
	}
	program, err := os.Executable()
	if err != nil {
		program = "everwire"
	}
	return text + fmt.Sprintf("; to have it, run \"setcap cap_net_bind_service=+ep %s\", or redirect port %d to 10843, "+
		"or pass it in from a systemd socket, as docs/flash.md describes; "+
		"--flash-policy-ports without it ends this warning", program, port)
}

// ports returns the policy ports that are served.
func (s *flashSide) ports() []int {
	var list []int
	for _, ln := range s.listeners {
		list = append(list, ln.Addr().(*net.TCPAddr).Port)
	}
	return list
}

// mount adds what is reached by HTTP.
func (s *flashSide) mount(srv *server.Server) {
	if s.on {
		srv.Public("/crossdomain.xml", flash.Crossdomain(s.pages))
	}
	if s.proxy != nil {
		srv.HandleRawAt(flashPath, s.proxy)
	}
}

// serve answers on the policy ports and behind the proxy until the returned
// function is called, which waits for them. The server's sessions have ended
// by then, and with them what the proxy carries.
func (s *flashSide) serve(srv *server.Server, logger *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	inner := srv.HTTPServer()
	inner.Handler = guard.Direct(srv) // a Flash program writes what it likes
	if s.proxy != nil {
		running.Go(func() { _ = inner.Serve(s.proxy) }) // until it is closed
	}
	for _, ln := range s.listeners {
		running.Go(func() {
			if err := flash.Serve(ctx, ln, s.policy, flash.Options{Limiter: s.limiter, Logger: logger}); err != nil {
				logger.Error("Flash's policy port is lost", "address", ln.Addr().String(), "err", err)
			}
		})
	}
	return func() {
		cancel()
		inner.Close()
		running.Wait()
	}
}

// close gives the ports back if they are not served yet.
func (s *flashSide) close() {
	for _, ln := range s.listeners {
		ln.Close()
	}
}

// String says for a person what is on.
func (s *flashSide) String() string {
	var on []string
	for _, port := range s.ports() {
		on = append(on, fmt.Sprintf("policy on port %d", port))
	}
	if s.inline {
		on = append(on, "policy on the server's own port")
	}
	if s.proxy != nil {
		on = append(on, "Ruffle at "+flashPath)
	}
	if len(on) == 0 {
		return "off"
	}
	return strings.Join(on, ", ")
}

// namesOf returns the hosts without their ports.
func namesOf(hosts []string) []string {
	var names []string
	for _, h := range hosts {
		if u, err := url.Parse("//" + h); err == nil {
			names = append(names, u.Hostname())
		}
	}
	return names
}
