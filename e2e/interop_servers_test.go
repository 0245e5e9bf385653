package e2e_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/ws"
)

// A foreignServer is a server of another WebSocket implementation. It sends
// every message back, but for the texts "close", on which it closes with 4002
// "told to", and "fragments"; see clients/websocket-server.mjs.
type foreignServer struct {
	name     string
	needs    []string
	command  []string
	dialects []ws.Dialect
	without  []string // cases that its interface has no way to do
	// answers is the code with which it answers a close with any code, if it
	// does not repeat that.
	answers uint16
}

// Those that take version 7 take it for version 8.
var foreignServers = []foreignServer{
	{"Protocol::WebSocket", []string{"perl-websocket"}, []string{"perl", "peers/server.pl"},
		[]ws.Dialect{ws.Hixie75, ws.Hixie76, ws.Hybi07, ws.Hybi08, ws.RFC6455}, []string{"compression"}, 0},
	npmServer("websocket-driver 0.6.5", "websocket-driver-06",
		[]ws.Dialect{ws.Hixie75, ws.Hixie76, ws.Hybi07, ws.Hybi08, ws.RFC6455}, "fragments of the server", "compression"),
	npmServer("websocket-driver 0.8.0", "websocket-driver-08",
		[]ws.Dialect{ws.Hixie75, ws.Hixie76, ws.RFC6455}, "fragments of the server", "compression"),
	npmServer("ws 0.4.32", "ws-04", []ws.Dialect{ws.Hixie76, ws.Hybi08, ws.RFC6455}, "compression"),
	npmServer("ws 8", "ws-8", []ws.Dialect{ws.Hybi08, ws.RFC6455}),
	npmServer("websocket 1.0.35", "websocket", []ws.Dialect{ws.Hybi08, ws.RFC6455}, "compression"),
	{"Autobahn", []string{"python-autobahn"}, []string{systemPython, "-B", "peers/server.py"},
		[]ws.Dialect{ws.Hybi08, ws.RFC6455}, nil, 0},
}

func npmServer(name, stack string, dialects []ws.Dialect, without ...string) foreignServer {
	s := foreignServer{name, []string{"node", "clients"}, []string{"node", "clients/websocket-server.mjs", stack}, dialects, without, 0}
	if stack == "websocket" {
		s.answers = ws.CodeNormal
	}
	return s
}

// Our client finds its way in servers of other implementations.
func TestForeignWebSocketServers(t *testing.T) {
	for _, s := range foreignServers {
		t.Run(s.name, func(t *testing.T) {
			need(t, s.needs...)
			p, match, err := start(regexp.MustCompile(`^listening on (\d+)$`), s.command[0], s.command[1:]...)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				expectStop(t, p)
				if t.Failed() {
					t.Logf("the server's log:\n%s", p.output())
				}
			})
			for _, d := range s.dialects {
				t.Run(d.String(), func(t *testing.T) { s.run(t, match[1], d) })
			}
		})
	}
}

func (s *foreignServer) run(t *testing.T, port string, d ws.Dialect) {
	// One for all cases, which take a second together: a fault of many does
	// not keep the tests for minutes.
	deadline := time.Now().Add(patience)
	for _, c := range serverCases {
		suits := c.suits == nil || c.suits(d)
		if !suits || slices.Contains(s.without, c.name) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			var offer *ws.DeflateOffer
			if c.name == "compression" {
				offer = new(ws.DeflateOffer)
			}
			c.run(dialWire(t, port, d, offer, deadline), s)
		})
	}
}

func isHixie(d ws.Dialect) bool   { return !d.HasBinary() }
func isRFC6455(d ws.Dialect) bool { return d == ws.RFC6455 }

const snowman = "wörld ☃ 🎉!"

var serverCases = []struct {
	name  string
	suits func(ws.Dialect) bool // nil: every dialect
	run   func(*wireClient, *foreignServer)
}{
	{"ascii", nil, echoes("hello", "the second")},
	{"utf-8", nil, echoes(snowman, "\u2028\u2029", "𝒳\u0301", "\U0010FFFF\uFEFF")},
	{"nul inside text", nil, echoes("a\x00b", "\x00", "\x00\x00")},
	{"empty message", nil, echoes("", "after", "")},
	{"lengths of each header", nil, func(c *wireClient, _ *foreignServer) {
		for _, n := range []int{1, 125, 126, 127, 65_535, 65_536} {
			c.echo(ws.Text, bytes.Repeat([]byte("n"), n))
		}
	}},
	{"64 KiB", nil, echoes(strings.Repeat("☃x", 64<<10/4))},
	{"1 MiB", nil, echoes(strings.Repeat("everwire", 1<<20/8))},
	{"many messages in one write", nil, manyMessages},
	{"binary", ws.Dialect.HasBinary, func(c *wireClient, _ *foreignServer) {
		c.echo(ws.Binary, scrambled(256), []byte("\xff\x00\x80"), nil)
	}},
	{"binary of 1 MiB", ws.Dialect.HasBinary, func(c *wireClient, _ *foreignServer) { c.echo(ws.Binary, scrambled(1<<20)) }},
	{"ping", ws.Dialect.HasPing, func(c *wireClient, _ *foreignServer) {
		for _, data := range []string{"", "are you there?"} {
			c.control(ws.OpPing, []byte(data))
			c.expect(ws.Pong, []byte(data))
		}
	}},
	{"fragments", ws.Dialect.HasBinary, func(c *wireClient, _ *foreignServer) {
		for _, kind := range []ws.Type{ws.Text, ws.Binary} {
			// The cuts fall into characters.
			c.fragments(kind, []byte(snowman[:2]), []byte(snowman[2:9]), []byte(snowman[9:]))
			c.expect(ws.Pong, []byte("between"))
			c.expect(kind, []byte(snowman))
		}
	}},
	{"fragments of the server", ws.Dialect.HasBinary, func(c *wireClient, _ *foreignServer) {
		c.send(ws.Text, []byte("fragments"))
		c.expect(ws.Text, []byte("in several pieces"))
		if c.pings != 1 {
			c.Errorf("%d pings between the fragments, want 1", c.pings)
		}
	}},
	{"message in pieces", isHixie, messageInPieces},
	{"client closes", nil, clientCloses},
	{"server closes", nil, serverCloses},
	{"compression", isRFC6455, func(c *wireClient, _ *foreignServer) {
		c.echo(ws.Text, []byte(strings.Repeat("again and ", 10_000)), []byte(snowman))
		c.echo(ws.Binary, scrambled(1000))
		if c.inflated != 3 {
			c.Errorf("%d of 3 messages came compressed", c.inflated)
		}
	}},
}

func echoes(texts ...string) func(*wireClient, *foreignServer) {
	return func(c *wireClient, _ *foreignServer) {
		for _, text := range texts {
			c.echo(ws.Text, []byte(text))
		}
	}
}

// scrambled has all values of a byte, in no simple order.
func scrambled(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i*167 + i>>8)
	}
	return p
}

func manyMessages(c *wireClient, _ *foreignServer) {
	var all []byte
	for i := range 100 {
		p, err := c.message(ws.Text, fmt.Append(nil, "message ", i))
		if err != nil {
			c.Fatal(err)
		}
		all = append(all, p...)
	}
	c.write(all, nil)
	for i := range 100 {
		c.expect(ws.Text, fmt.Append(nil, "message ", i))
	}
}

// messageInPieces: a text of the hixie dialects has no length, so its end may
// come in any segment.
func messageInPieces(c *wireClient, _ *foreignServer) {
	p, err := c.message(ws.Text, []byte(snowman))
	if err != nil {
		c.Fatal(err)
	}
	for piece := range slices.Chunk(append(p, p...), 5) {
		c.write(piece, nil)
	}
	c.expect(ws.Text, []byte(snowman))
	c.expect(ws.Text, []byte(snowman))
}

func clientCloses(c *wireClient, s *foreignServer) {
	c.echo(ws.Text, []byte("hello"))
	c.part(4001, "enough ☃")
	var want uint16 // draft 75 has no close frame
	switch {
	case c.dialect == ws.Hixie76:
		want = ws.CodeNoStatus
	case c.dialect.HasBinary() && s.answers != 0:
		want = s.answers
	case c.dialect.HasBinary():
		want = 4001
	}
	if ev := c.closed(); ev.Code != want {
		c.Errorf("the answer has code %d, want %d", ev.Code, want)
	}
	c.ended()
}

func serverCloses(c *wireClient, _ *foreignServer) {
	c.send(ws.Text, []byte("close"))
	ev := c.closed()
	if c.dialect.HasBinary() && (ev.Code != 4002 || ev.Reason != "told to") {
		c.Errorf("closed with %d %q", ev.Code, ev.Reason)
	}
	if c.dialect != ws.Hixie75 {
		c.part(4002, "")
	}
	c.ended()
}
