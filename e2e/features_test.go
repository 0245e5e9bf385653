package e2e_test

import "testing"

// What every Socket.IO client sees of the server's features on every
// transport; see clients/features.mjs.
var featureCases = []string{
	"refused event", "catch-all", "volatile flag", "compress flag",
	"broadcast with acks", "broadcast with acks, one silent", "broadcast with acks, one leaves",
	"fetch sockets", "sockets join and leave", "disconnect sockets", "room events",
	"namespace by pattern", "namespace by function", "handshake", "refused by a middleware",
	"reason: client namespace disconnect", "reason: server namespace disconnect",
	"reason: transport close", "reason: lost connection",
	"timeout of the client",
}

func TestSocketIOFeatures(t *testing.T) {
	need(t, "node", "clients")
	server := conformance(t)
	for _, version := range []string{"3", "4"} {
		for _, mode := range []string{"polling", "websocket", "upgrade"} {
			t.Run("socket.io-client "+version+"/"+mode, func(t *testing.T) {
				t.Parallel()
				between := newCutter(t)
				between.pass(server.Host)
				results := script(t, between.cut, "features.mjs", version, mode, "http://"+between.addr)
				report(t, featureCases, results)
			})
		}
	}
}
