package cli_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/config"
)

// TestTheStartTellsWhatIsOn, a line for each, and says the same as /healthz.
func TestTheStartTellsWhatIsOn(t *testing.T) {
	const all = "polling, websocket, flashsocket, htmlfile, xhr-multipart, xhr-streaming, eventsource"
	const clients = "3.x and 4.x, 1.x and 2.x, 0.7 to 0.9, 0.5 and 0.6, 0.1 to 0.4"
	const dialects = "RFC6455, Hixie75, Hixie76, Hybi07, Hybi08"
	const port = "policy on port PORT"
	const inline, tunnel = "policy on the server's own port", "Ruffle at /flash/tcp"
	for _, tt := range []struct {
		name                        string
		set                         func(*config.Config)
		transports, dialects, flash string
	}{
		{"default", func(*config.Config) {}, all, dialects, inline + ", " + tunnel},
		{"modern", func(c *config.Config) { c.Modern, c.Flash.PolicyPorts = true, []int{0} }, "polling, websocket, xhr-streaming, eventsource", "RFC6455", "off"},
		{"some dialects", func(c *config.Config) { c.WebSocket.Dialects = []string{"Hixie76", "RFC6455"} }, all, "Hixie76, RFC6455", inline + ", " + tunnel},
		{"one transport", func(c *config.Config) { c.Transports = []string{"websocket"} }, "websocket", dialects, inline + ", " + tunnel},
		{"no raw WebSocket for a tunnel", func(c *config.Config) { c.Transports = []string{"polling"} }, "polling", "none", inline},
		{"a policy port", func(c *config.Config) { c.Flash.PolicyPorts = []int{0} }, all, dialects, port + ", " + inline + ", " + tunnel},
		{"only a policy port", func(c *config.Config) {
			c.Flash.PolicyPorts, c.Flash.Inline, c.Flash.Proxy = []int{0}, false, false
		}, all, dialects, port},
		{"nothing for Flash", func(c *config.Config) { c.Flash.Inline, c.Flash.Proxy = false, false }, all, dialects, "off"},
		{"TLS", func(c *config.Config) { c.TLS.Cert, c.TLS.Key = certificate(t) }, all, dialects, tunnel},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := free()
			tt.set(&cfg)
			p := start(t, cfg)
			rep := p.health()
			if len(rep.Flash.Ports) > 0 {
				tt.flash = strings.Replace(tt.flash, "PORT", fmt.Sprint(rep.Flash.Ports[0]), 1)
			}
			who, generations := clients, "Gen4, Gen3, Gen09, Gen06, Gen04"
			if cfg.Modern {
				who, generations = "3.x and 4.x, 1.x and 2.x", "Gen4, Gen3"
			}
			if !sameNames(rep.Generations, generations) {
				t.Errorf("/healthz says %q, want %s", rep.Generations, generations)
			}
			for line, want := range map[string]string{"Socket.IO clients": who, "Transports": tt.transports, "WebSocket dialects": tt.dialects, "Flash": tt.flash} {
				if line := "\n  " + line + ": " + want + ".\n"; strings.Count(p.said, line) != 1 {
					t.Errorf("no line %q in\n%s", line, p.said)
				}
			}
			if !sameNames(rep.Transports, tt.transports) || !sameNames(rep.Dialects, tt.dialects) {
				t.Errorf("/healthz says %q and %q, want %s and %s", rep.Transports, rep.Dialects, tt.transports, tt.dialects)
			}
			if rep.Flash.Inline != strings.Contains(tt.flash, inline) || rep.Flash.Tunnel != strings.Contains(tt.flash, tunnel) ||
				len(rep.Flash.Ports) != strings.Count(tt.flash, "on port") {
				t.Errorf("/healthz says %+v of Flash, want %s", rep.Flash, tt.flash)
			}
		})
	}
}

// sameNames compares a list with one as it is printed, in any order.
func sameNames(list []string, printed string) bool {
	if len(list) == 0 {
		return printed == "none"
	}
	return slices.Equal(slices.Sorted(slices.Values(list)), slices.Sorted(strings.SplitSeq(printed, ", ")))
}
