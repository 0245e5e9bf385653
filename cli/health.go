package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/everwire/everwire/config"
)

// healthTimeout is well below the interval of any health check.
const healthTimeout = 3 * time.Second

func newHealth() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "health [address]",
		Short: "Ask a running server whether it is well",
		Long: "Health asks /healthz of the server that the settings describe, or of the one at\n" +
			"the address given, and fails unless it answers 200. It needs no other program,\n" +
			"so it serves as the health check of a container that has nothing but everwire.",
		Example: "everwire health\neverwire health 127.0.0.1:8080\neverwire health https://example.org",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("%q takes one address, got %d", cmd.CommandPath(), len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			client, base := &http.Client{}, ""
			if len(args) == 1 {
				var err error
				if base, err = baseOf(args[0]); err != nil {
					return err
				}
			} else {
				s, err := loadSettings(cmd.Flags())
				if err != nil {
					return err
				}
				if client, base, err = ownServer(&s.Config); err != nil {
					return err
				}
			}
			if err := askHealth(cmd.Context(), client, base); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "ok")
			return nil
		},
	}
	addSettings(cmd)
	return cmd
}

// baseOf returns the URL that somebody means who gives a URL, or host:port alone.
func baseOf(address string) (string, error) {
	base := address
	if !strings.Contains(base, "://") {
		base = "http://" + base
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", usagef("%q is not the address of a server; give host:port, http://host:port or https://host:port", address)
	}
	return base, nil
}

// askHealth returns nil if the server at base answers /healthz with 200.
func askHealth(ctx context.Context, client *http.Client, base string) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	at := strings.TrimRight(base, "/") + "/healthz"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return usagef("%v", err)
	}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("%w; is the server running, and is this its address?", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16))
	if res.StatusCode != http.StatusOK {
		if res.StatusCode == http.StatusBadRequest && req.URL.Scheme == "http" {
			return fmt.Errorf("%s answers %s; if the server has TLS, give https://%s", at, res.Status, req.URL.Host)
		}
		return fmt.Errorf("%s answers %s", at, res.Status)
	}
	return nil
}

// ownServer returns the address at which the server with this configuration
// is reached from its own machine, and a client for it.
func ownServer(cfg *config.Config) (*http.Client, string, error) {
	host, port, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return nil, "", err
	}
	if port == "0" {
		return nil, "", usagef("the settings leave the port open; give the address that the server printed")
	}
	if addr, err := netip.ParseAddr(host); host == "" || err == nil && addr.IsUnspecified() {
		host = "127.0.0.1"
		if addr.Is6() {
			host = "::1"
		}
	}
	address := net.JoinHostPort(host, port)
	if cfg.TLS.Cert == "" {
		return &http.Client{}, "http://" + address, nil
	}
	client, err := pinnedClient(cfg.TLS)
	return client, "https://" + address, err
}

// pinnedClient trusts exactly the configured certificate: its names are those
// of the public address, not of the one that is asked here.
func pinnedClient(files config.TLS) (*http.Client, error) {
	pair, err := tls.LoadX509KeyPair(files.Cert, files.Key)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{
		InsecureSkipVerify: true, // replaced by the comparison below
		VerifyConnection: func(state tls.ConnectionState) error {
			if string(state.PeerCertificates[0].Raw) != string(pair.Certificate[0]) {
				return errors.New("the server has another certificate than the settings")
			}
			return nil
		},
	}}}, nil
}
