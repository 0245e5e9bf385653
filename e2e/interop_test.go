package e2e_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/everwire/everwire/protocol/ws"
)

// The largest message that the server under test takes. It is 1 MiB, which is
// what the clients send as their largest that comes back.
const interopLimit = 1 << 20

// What each foreign client does in each dialect that it speaks; see
// clients/websocket.mjs, peers/client.pl and peers/client.py.
var (
	interopCases = []string{
		"ascii", "utf-8", "nul inside text", "empty message", "64 KiB", "1 MiB", "many messages in one write",
		"client closes", "server closes: not UTF-8", "server closes: too big",
	}
	interopHybiCases = []string{"lengths of each header", "binary", "binary of 1 MiB", "ping", "fragments"}
	interopHixies    = []string{"message in pieces"}
)

// A foreignClient is a client of another WebSocket implementation.
type foreignClient struct {
	name     string
	needs    []string
	command  []string // its arguments follow: address, limit, dialects
	dialects []ws.Dialect
	without  []string // cases that its interface has no way to do
	deflates bool     // the dialect RFC6455 with compression too
}

var foreignClients = []foreignClient{
	{"Protocol::WebSocket", []string{"perl-websocket"}, []string{"perl", "peers/client.pl"},
		[]ws.Dialect{ws.Hixie75, ws.Hixie76, ws.Hybi08, ws.RFC6455}, nil, false},
	npmClient("websocket-driver 0.6.5", "websocket-driver-06", []ws.Dialect{ws.RFC6455}, "fragments"),
	npmClient("websocket-driver 0.8.0", "websocket-driver-08", []ws.Dialect{ws.RFC6455}, "fragments"),
	npmClient("ws 0.4.32", "ws-04", []ws.Dialect{ws.Hybi08, ws.RFC6455}),
	npmClient("ws 8", "ws-8", []ws.Dialect{ws.Hybi08, ws.RFC6455}),
	npmClient("websocket 1.0.35", "websocket", []ws.Dialect{ws.Hybi08, ws.RFC6455}),
	{"Autobahn", []string{"python-autobahn"}, []string{systemPython, "-B", "peers/client.py"},
		[]ws.Dialect{ws.Hybi08, ws.RFC6455}, nil, true},
}

func npmClient(name, stack string, dialects []ws.Dialect, without ...string) foreignClient {
	return foreignClient{name, []string{"node", "clients"}, []string{"node", "clients/websocket.mjs", stack},
		dialects, without, stack == "ws-8"}
}

func (c *foreignClient) cases(d ws.Dialect) []string {
	list := slices.Concat(interopCases, interopHixies)
	if d.HasBinary() {
		list = slices.Concat(interopCases, interopHybiCases)
	}
	if c.deflates && d == ws.RFC6455 {
		list = append(list, "compression")
	}
	return slices.DeleteFunc(list, func(name string) bool { return slices.Contains(c.without, name) })
}

// Clients of other implementations find in ours the server that they expect.
func TestForeignWebSocketClients(t *testing.T) {
	address := interopServer(t)
	for _, c := range foreignClients {
		t.Run(c.name, func(t *testing.T) {
			need(t, c.needs...)
			args := append(slices.Clone(c.command), address, fmt.Sprint(interopLimit))
			var want []string
			for _, d := range c.dialects {
				args = append(args, d.String())
				for _, name := range c.cases(d) {
					want = append(want, d.String()+"/"+name)
				}
			}
			report(t, want, outcomes(t, nil, args...))
		})
	}
}

// interopServer starts the conformance program with a small limit and returns
// its host and port. Its pings fall between everything else.
func interopServer(t *testing.T) string {
	t.Helper()
	exe, err := conformanceBinary()
	if err != nil {
		t.Fatal(err)
	}
	p, match, err := start(regexp.MustCompile(`^listening on http://(\S+)$`), exe, "-listen", "127.0.0.1:0",
		"-ping-interval", "100ms", "-ping-timeout", "10s", "-max-message", fmt.Sprint(interopLimit))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		expectStop(t, p)
		if t.Failed() {
			t.Logf("the server's log:\n%s", p.output())
		}
	})
	return match[1]
}
