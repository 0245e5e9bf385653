package e2e_test

import (
	"slices"
	"testing"
)

// What a client of each generation does on each transport that it has in Node;
// see clients/generations.mjs.
func TestEveryGeneration(t *testing.T) {
	need(t, "node", "clients")
	server := conformance(t, "-ping-timeout", "2s")
	before := []string{"transport", "message", "event", "utf-8", "ack by the server", "ack by the client", "room", "namespace",
		"server ends the stay", "client ends the stay", "reconnect after a cut"}
	after := append(slices.Clone(before), "auth", "unknown namespace", "binary")
	later := []string{"polling", "websocket", "upgrade"}
	for _, tt := range []struct {
		version string
		modes   []string
		want    []string
	}{
		// It finds out that it was cut when the close timeout is over.
		{"07", []string{"xhr-polling"}, slices.Delete(slices.Clone(before), len(before)-1, len(before))},
		{"08", []string{"xhr-polling"}, before},
		{"09", []string{"xhr-polling", "websocket"}, before},
		{"10", later, after}, {"1", later, after}, {"2", later, after}, {"3", later, after}, {"4", later, after},
	} {
		for _, mode := range tt.modes {
			t.Run("socket.io-client "+tt.version+"/"+mode, func(t *testing.T) {
				t.Parallel()
				between := newCutter(t)
				between.pass(server.Host)
				report(t, tt.want, script(t, between.cut, "generations.mjs", tt.version, mode, "http://"+between.addr))
			})
		}
	}
}

// What was shipped before 0.7 runs in old browsers alone, see TestOldPages;
// clients/messages.mjs sends what it sent.
func TestMessageClients(t *testing.T) {
	need(t, "node", "clients")
	t.Parallel()
	server := conformance(t, "-ping-timeout", "2s")
	var want []string
	for version, transports := range map[string][]string{
		"03": {"websocket", "xhr-polling", "xhr-multipart", "htmlfile"},
		"05": {"websocket", "xhr-polling", "xhr-multipart", "htmlfile"},
		"06": {"websocket", "xhr-polling", "jsonp-polling", "xhr-multipart", "htmlfile"},
	} {
		for _, transport := range transports {
			want = append(want, version+" "+transport)
		}
	}
	report(t, want, script(t, nil, "messages.mjs", server.String()))
}

// Clients of all generations sit in one room: each hears each message once and
// in order.
func TestAllGenerationsInOneRoom(t *testing.T) {
	need(t, "node", "clients")
	server := conformance(t, "-event-messages")
	report(t, []string{"one room"}, script(t, nil, "mixed.mjs", server.String()))
}
