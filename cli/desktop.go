package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"

	"github.com/spf13/cobra"

	"github.com/everwire/everwire/config"
	"github.com/everwire/everwire/rfb"
)

// desktopAddress is display 0, where viewers look by themselves.
var desktopAddress = net.JoinHostPort("127.0.0.1", strconv.Itoa(rfb.DefaultPort))

func newDesktop() *cobra.Command {
	return &cobra.Command{
		Use:   "desktop [address]",
		Short: "Show a paint pad to VNC viewers on this machine",
		Long: "Desktop serves a sheet of paper that all viewers draw on together, to try any\n" +
			"VNC viewer with. It prints the address and a new password, and listens on\n" +
			"addresses of this machine only: who can listen can break VNC's own password.",
		Example: "everwire desktop\neverwire desktop 127.0.0.1:0",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("%q takes one address, got %d", cmd.CommandPath(), len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			address := desktopAddress
			if len(args) == 1 {
				address = args[0]
			}
			ctx, stop := untilSignal(cmd.Context())
			defer stop()
			return serveDesktop(ctx, cmd, address)
		},
	}
}

// serveDesktop shows the demo until ctx is done.
func serveDesktop(ctx context.Context, cmd *cobra.Command, address string) error {
	if addr, err := netip.ParseAddrPort(address); err != nil || !addr.Addr().Unmap().IsLoopback() {
		return usagef("%q is no address of this machine alone, such as %s or [::1]:5900", address, desktopAddress)
	}
	demo, err := rfb.NewDemo(0, 0)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; \"everwire desktop 127.0.0.1:0\" takes a free port", address, err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	// Of VNC's own password the first eight bytes count: forty random bits.
	password := rand.Text()[:8]
	fmt.Fprintf(cmd.OutOrStdout(), "The desktop is at\n\n  %s\n\nwith the password %s. TigerVNC's viewer takes it as\n\n  vncviewer %s\n\nIt ends with Ctrl-C.\n",
		l.Addr(), password, viewerTarget(l.Addr().(*net.TCPAddr).IP, port))
	err = showDemo(ctx, l, demo, rfb.ServeConfig{
		Password: password,
		Logger:   newLogger(config.Log{Level: "warn"}, cmd.ErrOrStderr()),
	})
	if errors.Is(err, context.Cause(ctx)) {
		return nil
	}
	return err
}

// showDemo serves a listener while the demo's clock goes, and waits for both.
func showDemo(ctx context.Context, l net.Listener, demo *rfb.Demo, c rfb.ServeConfig) error {
	ticking, cancel := context.WithCancel(ctx)
	var clock sync.WaitGroup
	defer clock.Wait()
	defer cancel()
	clock.Go(func() { demo.Run(ticking) })
	return rfb.ServeListener(ctx, l, demo.Desktop(), c)
}

// viewerTarget is what viewers take: two colons stand before a port.
func viewerTarget(ip net.IP, port int) string {
	host := ip.String()
	if ip.To4() == nil {
		host = "[" + host + "]"
	}
	return fmt.Sprintf("%s::%d", host, port)
}
