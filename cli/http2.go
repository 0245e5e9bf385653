package cli

import (
	"crypto/tls"

	"github.com/everwire/everwire/config"
	"github.com/everwire/everwire/internal/xconnect"
)

// http2WebSocket reports whether HTTP/2 is served. That is so if WebSockets can
// be had over it, and else not: browsers would need another connection for them,
// and one of HTTP/1.1 does for everything.
func http2WebSocket(cfg *config.Config) bool { return xconnect.Enabled() && cfg.TLS.Cert != "" }

// tlsConfig returns the configuration of the listener.
func tlsConfig(cfg *config.Config, cert tls.Certificate) *tls.Config {
	c := &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"http/1.1"}}
	if http2WebSocket(cfg) {
		c.NextProtos = []string{"h2", "http/1.1"}
	}
	return c
}

// describeHTTP2 says for a person whether WebSockets can be had over HTTP/2.
func describeHTTP2(cfg *config.Config) string {
	switch {
	case http2WebSocket(cfg):
		return "on"
	case xconnect.Enabled():
		return "off, since browsers speak HTTP/2 over TLS only"
	}
	return "off (" + xconnect.Variable + "=1 in the environment, with TLS, turns it on)"
}

// badSwitch returns an error if the variable that turns WebSocket over HTTP/2 on
// has a value that does neither.
func badSwitch(value string) error {
	switch value {
	case "", "0", "1":
		return nil
	}
	return usagef("%s: %q has the wrong form; give 1, or leave it out", xconnect.Variable, value)
}
