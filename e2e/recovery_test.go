package e2e_test

import "testing"

// Clients of Socket.IO 4.6 and later come back after their connection was cut;
// older ones see nothing of it. See clients/recovery.mjs.
func TestRecovery(t *testing.T) {
	need(t, "node", "clients")
	// A client whose WebSocket is cut while it moves to it may notice only by
	// the missing pings.
	server := conformance(t, "-recovery", "1m", "-ping-timeout", "2s")
	cases := map[string][]string{
		"3": {"no offsets for clients that know none"},
		"4": {"id, rooms and values", "nothing lost, doubled or reordered", "not after it has left", "no offsets for clients that know none"},
	}
	for version, want := range cases {
		for _, mode := range []string{"polling", "websocket", "upgrade"} {
			t.Run("socket.io-client "+version+"/"+mode, func(t *testing.T) {
				t.Parallel()
				between := newCutter(t)
				between.pass(server.Host)
				report(t, want, script(t, between.cut, "recovery.mjs", version, mode, "http://"+between.addr))
			})
		}
	}
}
