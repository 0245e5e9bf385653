package rfb_test

import (
	"bytes"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

// A peer is a client and, played by the test, its server.
type peer struct {
	t      *testing.T
	client *rfb.Client
	step   int // feed so many bytes at once; 0 means all
	err    error
}

func newPeer(t *testing.T, config rfb.ClientConfig) *peer {
	t.Helper()
	c, err := rfb.NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	return &peer{t: t, client: c}
}

// feed gives the client bytes and returns the events.
func (p *peer) feed(wire ...[]byte) []rfb.Event {
	p.t.Helper()
	var all []rfb.Event
	data := bytes.Join(wire, nil)
	for first := true; first || len(data) > 0; first = false {
		n := len(data)
		if p.step > 0 {
			n = min(n, p.step)
		}
		// What was fed is overwritten, as by the next read from a connection.
		lent := bytes.Clone(data[:n])
		data = data[n:]
		p.client.Feed(lent)
		for {
			ev, err := p.client.Next()
			if err != nil {
				p.err = err
				return all
			}
			if ev.Kind == rfb.EventNone {
				break
			}
			all = append(all, ev)
		}
		for i := range lent {
			lent[i] = 0xa5
		}
	}
	return all
}

// want feeds bytes and fails unless exactly the given kinds of events follow.
func (p *peer) want(kinds []rfb.EventKind, wire ...[]byte) []rfb.Event {
	p.t.Helper()
	events := p.feed(wire...)
	if p.err != nil {
		p.t.Fatal(p.err)
	}
	if len(events) != len(kinds) {
		p.t.Fatalf("%d events, want %d: %+v", len(events), len(kinds), events)
	}
	for i, ev := range events {
		if ev.Kind != kinds[i] {
			p.t.Fatalf("event %d is %+v, want kind %d", i, ev, kinds[i])
		}
	}
	return events
}

// output returns what the client has sent.
func (p *peer) output() []byte { return p.client.AppendOutput(nil) }

// sent fails unless the client has sent exactly this.
func (p *peer) sent(want ...[]byte) {
	p.t.Helper()
	if got := p.output(); !bytes.Equal(got, bytes.Join(want, nil)) {
		p.t.Fatalf("the client sent %q, want %q", got, bytes.Join(want, nil))
	}
}

// greeting is all that a server of version 3.8 without security sends before
// it is ready.
func greeting(width, height int) []byte {
	wire := rfb.AppendVersion(nil, rfb.Version38)
	wire = rfb.AppendSecurityTypes(wire, []rfb.SecurityType{rfb.SecurityNone})
	wire = rfb.AppendSecurityResult(wire, rfb.Version38, rfb.SecurityOK, "")
	return rfb.AppendServerInit(wire, rfb.ServerInit{Width: width, Height: height, PixelFormat: rfb.PixelFormat32, Name: "desk"})
}

// readyPeer is a peer behind its handshake.
func readyPeer(t *testing.T, width, height int, config rfb.ClientConfig) *peer {
	t.Helper()
	config.Security = rfb.AllTypes()
	p := newPeer(t, config)
	p.want([]rfb.EventKind{rfb.EventReady}, greeting(width, height))
	p.output()
	return p
}

// update is a FramebufferUpdate with one rectangle.
func update(r rfb.Rect, e rfb.Encoding, content []byte) []byte {
	wire := rfb.AppendFramebufferUpdate(nil, 1)
	wire = rfb.AppendRectHeader(wire, r, e)
	return append(wire, content...)
}

var updated = []rfb.EventKind{rfb.EventUpdateStart, rfb.EventRect, rfb.EventUpdate}
