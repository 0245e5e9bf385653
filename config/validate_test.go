package config_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/everwire/everwire/config"
)

// problems returns the keys that Validate complains about.
func problems(err error) string {
	var keys []string
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			var bad *config.Error
			if errors.As(e, &bad) && bad.Problem != "" && bad.Remedy != "" {
				keys = append(keys, bad.Key)
			}
		}
	}
	return strings.Join(keys, " ")
}

func TestValidateNamesEveryProblemAtOnce(t *testing.T) {
	c := config.Default()
	c.Ping.Timeout = 0
	c.MaxPayload = -1
	c.Limits.OutboxMessages = 1 << 40
	c.Log.Level = "inof"
	c.TLS.Key = "key.pem"
	c.AllowOrigin = []string{"https://ok.example", "https://*.example"}
	want := "ping.timeout max_payload limits.outbox_messages log.level tls.cert allow_origin"
	err := c.Validate()
	if got := problems(err); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !strings.Contains(err.Error(), "did you mean info?") {
		t.Errorf("no suggestion in %q", err)
	}
}

func TestValidateSingleSettings(t *testing.T) {
	tests := []struct {
		name string
		set  func(*config.Config)
		want string // keys of the problems
	}{
		{"listen without port", func(c *config.Config) { c.Listen = "127.0.0.1" }, "listen"},
		{"listen with impossible port", func(c *config.Config) { c.Listen = "127.0.0.1:65536" }, "listen"},
		{"listen with named port", func(c *config.Config) { c.Listen = "127.0.0.1:http" }, "listen"},
		{"any free port", func(c *config.Config) { c.Listen = "localhost:0" }, ""},
		{"short token", func(c *config.Config) { c.Token = "0123456789abcde" }, "token"},
		{"token just long enough", func(c *config.Config) { c.Token = "0123456789abcdef" }, ""},
		{"token with a line feed", func(c *config.Config) { c.Token = "0123456789abcdef\n" }, "token"},
		{"admin page", func(c *config.Config) { c.Admin.Mode, c.Admin.Password = "read-only", "0123456789abcdef" }, ""},
		{"admin page without a password", func(c *config.Config) { c.Admin.Mode = "full" }, "admin.password"},
		{"admin page with a short password", func(c *config.Config) { c.Admin.Mode, c.Admin.Password = "numbers", "0123456789abcde" }, "admin.password"},
		{"admin page without a name", func(c *config.Config) {
			c.Admin = config.Admin{Mode: "full", Password: "0123456789abcdef"}
		}, "admin.username"},
		{"admin password without the page", func(c *config.Config) { c.Admin.Password = "short" }, ""},
		{"certificate without key", func(c *config.Config) { c.TLS.Cert = "a" }, "tls.key"},
		{"certificate and key", func(c *config.Config) { c.TLS.Cert, c.TLS.Key = "a", "b" }, ""},
		{"upper bound of a duration", func(c *config.Config) { c.DrainTimeout = 1 << 62 }, "drain_timeout"},
		{"no chat history", func(c *config.Config) { c.Chat.History = 0 }, ""},
		{"negative chat history", func(c *config.Config) { c.Chat.History = -1 }, "chat.history"},
		{"empty program", func(c *config.Config) { c.Shell.Command = []string{"", "-l"} }, "shell.command"},
		{"no dialect", func(c *config.Config) { c.WebSocket.Dialects = nil }, "websocket.dialects"},
		{"one dialect", func(c *config.Config) { c.WebSocket.Dialects = []string{"Hixie76"} }, ""},
		{"unknown dialect", func(c *config.Config) { c.WebSocket.Dialects = []string{"RFC6455", "Hixie77"} }, "websocket.dialects"},
		{"no transport", func(c *config.Config) { c.Transports = nil }, "transports"},
		{"one transport", func(c *config.Config) { c.Transports = []string{"flashsocket"} }, ""},
		{"unknown transport", func(c *config.Config) { c.Transports = []string{"polling", "pigeon"} }, "transports"},
		{"no generation", func(c *config.Config) { c.Generations = nil }, "generations"},
		{"one generation", func(c *config.Config) { c.Generations = []string{"Gen06"} }, ""},
		{"unknown generation", func(c *config.Config) { c.Generations = []string{"Gen4", "Gen5"} }, "generations"},
		{"modern leaves no generation", func(c *config.Config) { c.Modern, c.Generations = true, []string{"Gen09"} }, "generations"},
		{"modern leaves no transport", func(c *config.Config) { c.Modern, c.Transports = true, []string{"flashsocket"} }, "transports"},
		{"no policy port", func(c *config.Config) { c.Flash.PolicyPorts = nil }, ""},
		{"any policy port", func(c *config.Config) { c.Flash.PolicyPorts = []int{0} }, ""},
		{"impossible policy port", func(c *config.Config) { c.Flash.PolicyPorts = []int{843, 65536} }, "flash.policy_ports"},
		{"public ports", func(c *config.Config) { c.Flash.PublicPorts = []int{1, 65535} }, ""},
		{"no port at all", func(c *config.Config) { c.Flash.PublicPorts = []int{0} }, "flash.public_ports"},
		{"impossible public port", func(c *config.Config) { c.Flash.PublicPorts = []int{80, 65536} }, "flash.public_ports"},
		{"unknown shell mode", func(c *config.Config) { c.Shell.Enabled = "yes" }, "shell.enabled"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := config.Default()
			tt.set(&c)
			if got := problems(c.Validate()); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAMisspeltDialectHasASuggestion(t *testing.T) {
	for given, want := range map[string]string{"hixie76": "Hixie76", "rfc6455": "RFC6455", "Hixi75": "Hixie75", "Hybi7": "Hybi07"} {
		c := config.Default()
		c.WebSocket.Dialects = []string{given}
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "did you mean "+want+"?") {
			t.Errorf("%s: %v", given, err)
		}
	}
}

func TestOriginsAreExactTuples(t *testing.T) {
	tests := map[string]bool{
		"https://example.org":        true,
		"http://example.org:8080":    true,
		"http://[::1]:8080":          true,
		"https://EXAMPLE.org":        true,
		"https://my_box-1.internal":  true,
		"https://xn--bcher-kva.de":   true,
		"http://192.0.2.1":           true,
		"https://bücher.de":          false,
		"https://b%C3%BCcher.de":     false,
		"https://例え.jp":              false,
		"https://example.org.":       false,
		"https://a..b":               false,
		"https://.example.org":       false,
		"https://a~b":                false,
		"https://a,b":                false,
		"http://[fe80::1%25eth0]":    false,
		"http://[::1":                false,
		"https://example.org:080":    false,
		"https://example.org/":       false,
		"https://example.org/path":   false,
		"https://example.org?q":      false,
		"https://example.org?":       false,
		"https://example.org#f":      false,
		"https://example.org#":       false,
		"https://user@example.org":   false,
		"https://*.example.org":      false,
		"*":                          false,
		"null":                       false,
		"":                           false,
		"example.org":                false,
		"//example.org":              false,
		"https://":                   false,
		"https://:443":               false,
		"https://example.org:":       false,
		"https://example.org:0":      false,
		"https://example.org:65536":  false,
		"https://example.org:https":  false,
		"https://exa mple.org":       false,
		"https://example.org\x00.eu": false,
	}
	for origin, want := range tests {
		c := config.Default()
		c.AllowOrigin = []string{origin}
		if got := c.Validate() == nil; got != want {
			t.Errorf("%q: accepted is %v, want %v", origin, got, want)
		}
	}
}

func TestAnOriginInAnotherScriptHasARemedy(t *testing.T) {
	c := config.Default()
	c.AllowOrigin = []string{"https://bücher.de"}
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "punycode") {
		t.Errorf("got %v", err)
	}
}

func TestAReachableAddressNeedsProtection(t *testing.T) {
	const token = "0123456789abcdef"
	proxy := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	tests := []struct {
		name    string
		set     func(*config.Config)
		exposed bool
	}{
		{"loopback", func(c *config.Config) {}, false},
		{"loopback of IPv6", func(c *config.Config) { c.Listen = "[::1]:80" }, false},
		{"loopback network", func(c *config.Config) { c.Listen = "127.1.2.3:80" }, false},
		{"localhost", func(c *config.Config) { c.Listen = "LocalHost:80" }, false},
		{"every address", func(c *config.Config) { c.Listen = ":80" }, true},
		{"every IPv4 address", func(c *config.Config) { c.Listen = "0.0.0.0:80" }, true},
		{"every IPv6 address", func(c *config.Config) { c.Listen = "[::]:80" }, true},
		{"one address", func(c *config.Config) { c.Listen = "192.0.2.1:80" }, true},
		{"mapped address", func(c *config.Config) { c.Listen = "[::ffff:192.0.2.1]:80" }, true},
		{"mapped loopback", func(c *config.Config) { c.Listen = "[::ffff:127.0.0.1]:80" }, false},
		{"host name", func(c *config.Config) { c.Listen = "localhost.example.org:80" }, true},
		{"token only", func(c *config.Config) { c.Listen, c.Token = ":80", token }, true},
		{"TLS only", func(c *config.Config) { c.Listen, c.TLS.Cert, c.TLS.Key = ":80", "a", "b" }, true},
		{"token and TLS", func(c *config.Config) {
			c.Listen, c.Token, c.TLS.Cert, c.TLS.Key = ":80", token, "a", "b"
		}, false},
		{"trusted proxy", func(c *config.Config) { c.Listen, c.TrustedProxy = ":80", proxy }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := config.Default()
			tt.set(&c)
			if got := c.Exposed(); got != tt.exposed {
				t.Errorf("Exposed is %v", got)
			}
			if got := c.Validate() != nil; got != tt.exposed {
				t.Errorf("refused is %v: %v", got, c.Validate())
			}
			c.Unprotected = true
			if err := c.Validate(); err != nil {
				t.Errorf("refused in spite of the long flag: %v", err)
			}
		})
	}
}

func TestNearest(t *testing.T) {
	names := []string{"listen", "token", "log-level", "log-format", "tls-cert", "tls-key"}
	tests := map[string]string{
		"listen":    "listen",
		"lisen":     "listen",
		"lsiten":    "listen",
		"tokn":      "token",
		"loglevel":  "log-level",
		"log-lvel":  "log-level",
		"tls-certs": "tls-cert",
		"colour":    "",
		"":          "",
	}
	for in, want := range tests {
		if got := config.Nearest(in, names); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestASectionIsNoSetting(t *testing.T) {
	for _, tt := range []struct {
		key   string
		value any
		want  string
	}{
		{"admin", "full", "did you mean admin.mode?"},
		{"shell", true, "did you mean shell.enabled?"},
		{"shell", "auto", "did you mean shell.enabled?"},
		{"chat", false, "did you mean chat.enabled?"},
		{"log", "debug", "did you mean log.level?"},
		{"redis", "redis://:hunter2@cache", "redis.url, redis.adapter, redis.prefix"},
		{"tls", "cert.pem", "tls.cert, tls.key"},
		{"ping", "10s", "ping.interval, ping.timeout"},
		{"admin", []any{"full"}, "admin.mode, admin.username, admin.password"},
	} {
		got := config.UnknownKey(tt.key, tt.value).Error()
		if !strings.HasPrefix(got, tt.key+": is a section") || !strings.Contains(got, tt.want) || strings.Contains(got, "hunter2") {
			t.Errorf("%s: %v: %s", tt.key, tt.value, got)
		}
	}
}

func TestUnknownKeySuggestsTheNearest(t *testing.T) {
	if got := config.UnknownKey("ping.intervall", "1s").Error(); !strings.Contains(got, "did you mean ping.interval?") {
		t.Error(got)
	}
	if got := config.UnknownKey("zzzzzzzz", 1).Error(); strings.Contains(got, "did you mean") {
		t.Error(got)
	}
}
