package e2e_test

import "testing"

const msgpackPackage = "socket.io-msgpack-parser"

// A client with another parser does what every client does.
func TestMsgpackClients(t *testing.T) {
	need(t, "node", "clients")
	for _, mode := range []string{"polling", "websocket", "upgrade"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			between := newCutter(t)
			between.pass(conformance(t, "-parser", "msgpack").Host) // its own: some send to everybody
			results := script(t, between.cut, "socketio.mjs", "4", mode, "http://"+between.addr, msgpackPackage)
			report(t, socketIOCases, results)
		})
	}
}

func TestMsgpackValues(t *testing.T) {
	need(t, "node", "clients")
	server := conformance(t, "-parser", "msgpack")
	report(t, []string{"numbers", "long strings and lists", "bytes of every kind", "date and undefined", "an object like a placeholder"},
		script(t, nil, "msgpack.mjs", server.String()))
}
