package server_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/transports/transporttest"
)

// TestEachTransportCanBeSwitchedOff: what is off is unknown, on every path, and
// nothing else is touched.
func TestEachTransportCanBeSwitchedOff(t *testing.T) {
	const unknown = `{"code":0,"message":"Transport unknown"}`
	all := []string{"polling", "websocket", "flashsocket", "htmlfile", "xhr-multipart", "xhr-streaming", "eventsource"}
	for _, on := range [][]string{nil, {"polling"}, {"websocket"}, {"flashsocket"}, {"websocket", "polling"}, all} {
		t.Run(strings.Join(on, " "), func(t *testing.T) {
			s := newSite(t, server.Options{Guard: unlimited(guard.Config{}), Transports: on})
			s.HandleEngine("/engine.io", transporttest.Echo)
			if on == nil {
				on = all
			}
			var rep struct{ Transports []string }
			if err := json.Unmarshal([]byte(s.do("GET", "/healthz", "").body), &rep); err != nil || !slices.Equal(rep.Transports, on) {
				t.Errorf("/healthz lists %q, %v", rep.Transports, err)
			}
			for _, path := range []string{"/socket.io", "/engine.io"} {
				for _, name := range []string{"websocket", "flashsocket"} {
					got := s.do("GET", path+"/?EIO=4&transport="+name, "", handshake...)
					if served := got.status == http.StatusSwitchingProtocols; served != slices.Contains(on, name) || !served && got.body != "Transport unknown" {
						t.Errorf("%s at %s: %d %s", name, path, got.status, got.body)
					}
				}
				got := s.do("GET", path+"/?EIO=4&transport=polling", "")
				offer := strings.Contains(got.body, `"upgrades":["websocket"]`)
				switch {
				case !slices.Contains(on, "polling"):
					if got.status != http.StatusBadRequest || got.body != unknown {
						t.Errorf("polling at %s: %d %s", path, got.status, got.body)
					}
				case got.status != http.StatusOK, offer != slices.Contains(on, "websocket"):
					t.Errorf("polling at %s: %d %s", path, got.status, got.body)
				}
			}
			if got := s.do("GET", "/ws/echo", "", handshake...); (got.status == http.StatusSwitchingProtocols) != slices.Contains(on, "websocket") {
				t.Errorf("raw: %d %s", got.status, got.body)
			}
		})
	}
}
