package session_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

// generation is how clients of one kind talk to their sessions: the rules, the
// carriers, and the codec that everything goes through on both ways.
type generation struct {
	name  string
	codec eio.Codec // what the server begins with
	says  eio.Codec // what the client speaks
	cfg   session.Config
	polls []*session.Carrier
	// sockets go both ways, answers one way.
	sockets, answers []*session.Carrier
	// upgrades: polls may be given up for a socket, after a probe.
	upgrades bool
	// roams: any carrier may carry on what another has begun.
	roams bool
	kinds []session.Kind
	// form is what a message looks like to the session, by its kind.
	form map[session.Kind]string
}

func socket(transport, dialect string, binary bool) *session.Carrier {
	return &session.Carrier{Transport: transport, Dialect: dialect, Stream: true, Binary: binary}
}

// The carriers, as the transports have them.
var (
	enginePolls   = []*session.Carrier{{Transport: "polling", Binary: true, Exclusive: true}, {Transport: "polling", Dialect: "scripts", Binary: true, Exclusive: true}}
	oldPolls      = []*session.Carrier{{Transport: "xhr-polling"}, {Transport: "jsonp-polling"}}
	engineSockets = []*session.Carrier{socket("websocket", "RFC6455", true), socket("flashsocket", "Hixie76", true), socket("websocket", "Hybi07", true)}
	oldSockets    = []*session.Carrier{socket("websocket", "RFC6455", false), socket("flashsocket", "Hixie76", false), socket("websocket", "Hixie75", false)}
	events        = []*session.Carrier{{Transport: "eventsource", Stream: true, OneWay: true, Binary: true, Exclusive: true}}
	htmlfile      = &session.Carrier{Transport: "htmlfile", Stream: true, OneWay: true}
	multipart     = &session.Carrier{Transport: "xhr-multipart", Stream: true, OneWay: true}
)

// The kinds of messages, and their text around the name of a part.
var (
	engineKinds = []session.Kind{session.Text, session.Text, session.Binary}
	textKinds   = []session.Kind{session.Text, session.JSON}
	engineForm  = map[session.Kind]string{session.Text: "%s é€😀 \"\\", session.Binary: "%s \x00\xff\x1e"}
	gen09Form   = map[session.Kind]string{session.Text: "3:::%s é€😀 �", session.JSON: `4:::{"part":"%s","é":"€😀"}`}
	gen06Form   = map[session.Kind]string{session.Text: "%s ~m~é€😀", session.JSON: `{"part":"%s","é":"€😀"}`}
)

// generations has the rules of package server.
var generations = []generation{
	{name: "4", codec: eio.V4, says: eio.V4, cfg: session.Config{PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second},
		polls: enginePolls, sockets: engineSockets, answers: events, upgrades: true, kinds: engineKinds, form: engineForm},
	{name: "3", codec: eio.V3, says: eio.V3, cfg: session.Config{PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second, ClientPings: true},
		polls: enginePolls, sockets: engineSockets, upgrades: true, kinds: engineKinds, form: engineForm},
	{name: "3 with base64", codec: eio.V3Base64, says: eio.V3Base64, cfg: session.Config{PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second, ClientPings: true},
		polls: enginePolls, sockets: engineSockets, upgrades: true, kinds: engineKinds, form: engineForm},
	{name: "0.9", codec: eio.Gen09, says: eio.Gen09, cfg: session.Config{PingInterval: 25 * time.Second, PingTimeout: 60 * time.Second, PollGrace: 60 * time.Second, DetachGrace: 60 * time.Second, EchoClose: true},
		polls: oldPolls, sockets: oldSockets, answers: []*session.Carrier{htmlfile}, roams: true, kinds: textKinds, form: gen09Form},
	{name: "0.6", codec: eio.Gen06, says: eio.Gen06, cfg: session.Config{PingInterval: 10 * time.Second, PingTimeout: 8 * time.Second, PollGrace: 8 * time.Second},
		polls: oldPolls, sockets: oldSockets, answers: []*session.Carrier{htmlfile, multipart}, kinds: textKinds, form: gen06Form},
	{name: "0.4", codec: eio.Gen04, says: eio.Gen04, cfg: session.Config{PollGrace: 5 * time.Second},
		polls: oldPolls, sockets: oldSockets, answers: []*session.Carrier{htmlfile, multipart}, kinds: textKinds, form: gen06Form},
	{name: "0.6, undecided", codec: eio.Gen0406, says: eio.Gen06, cfg: session.Config{PingInterval: 10 * time.Second, PingTimeout: 8 * time.Second, PollGrace: 8 * time.Second, LaxPings: true},
		sockets: oldSockets, answers: []*session.Carrier{multipart}, kinds: textKinds, form: gen06Form},
	{name: "0.4, undecided", codec: eio.Gen0406, says: eio.Gen04, cfg: session.Config{PingInterval: 10 * time.Second, PingTimeout: 8 * time.Second, PollGrace: 8 * time.Second, LaxPings: true},
		sockets: oldSockets, answers: []*session.Carrier{multipart}, kinds: textKinds, form: gen06Form},
}

// dealTo changes a plan so that it follows the rules of a generation.
func (g *generation) dealTo(p *plan, r *rand.Rand, real bool) {
	p.gen = g
	c := &p.cfg
	if real {
		c.DetachGrace = g.cfg.DetachGrace / 10_000 // the heartbeats stay as fast as they were dealt
	} else {
		c.PingInterval, c.PingTimeout, c.DetachGrace = g.cfg.PingInterval, g.cfg.PingTimeout, g.cfg.DetachGrace
	}
	if g.cfg.PingInterval == 0 {
		c.PingInterval = 0
	}
	c.ClientPings, c.LaxPings, c.PollGrace, c.EchoClose = g.cfg.ClientPings, g.cfg.LaxPings, g.cfg.PollGrace, g.cfg.EchoClose
	// The open packet, which is not dropped for others, is there besides.
	c.OutboxMessages += 4
	c.OutboxBytes += 300
	p.polling = len(g.polls) > 0 && r.IntN(2) == 0
	p.exclusive = c.PollGrace == 0
	p.upgrades = p.upgrades && g.upgrades
	// Who has no heartbeats is missed only by the next poll.
	if g.says == eio.Gen04 && !p.polling {
		p.dies = false
	}
	p.hole = g.says != eio.Gen04 && r.IntN(5) == 0
	p.dies = p.dies || p.hole
}

// pollKind and streamKind choose a carrier.
func (w *world) pollKind(r *rand.Rand) *session.Carrier {
	switch {
	case w.gen != nil:
		return w.gen.polls[r.IntN(len(w.gen.polls))]
	case w.exclusive:
		return poll
	}
	return oldPoll
}

func (w *world) streamKind(r *rand.Rand) *session.Carrier {
	if w.gen == nil {
		return stream
	}
	kinds := w.gen.sockets
	if !w.exclusive && r.IntN(2) == 0 {
		kinds = w.gen.answers
	}
	return kinds[r.IntN(len(kinds))]
}

// candidateKind chooses what polls are given up for.
func (w *world) candidateKind(r *rand.Rand) *session.Carrier {
	if w.gen == nil {
		return stream
	}
	return w.gen.sockets[r.IntN(len(w.gen.sockets))]
}

// message is a part as a message of a kind that the generation has.
func (w *world) message(r *rand.Rand, x part) session.Packet {
	if w.gen == nil {
		return message(x.String())
	}
	k := w.gen.kinds[r.IntN(len(w.gen.kinds))]
	return session.Packet{Type: session.PacketMessage, Kind: k, Data: fmt.Appendf(nil, w.gen.form[k], x)}
}

// partOf is the reverse of message. It checks that nothing of the message is
// lost.
func (w *world) partOf(p session.Packet) (x part) {
	form := "%s"
	if w.gen != nil {
		k := p.Kind
		if strings.HasPrefix(string(p.Data), "4:::") {
			k = session.JSON // of a generation in which that is no kind of packet
		}
		form = w.gen.form[k]
	}
	before, _, _ := strings.Cut(form, "%s")
	_, err := fmt.Sscanf(strings.TrimPrefix(string(p.Data), before), "%d.%d.%d/%d", &x.sender, &x.seq, &x.n, &x.of)
	if want := fmt.Sprintf(form, x); err != nil || string(p.Data) != want {
		w.errorf("%v %q, want %q, %v", p.Kind, p.Data, want, err)
	}
	return x
}

// TestModelOfEveryGeneration: by the rules of each, on all of its carriers and
// through its codec, nothing is lost, doubled or out of order.
func TestModelOfEveryGeneration(t *testing.T) {
	var all census
	for i := range generations {
		g := &generations[i]
		t.Run(g.name, func(t *testing.T) {
			seeds := schedules(t, 120)
			var n census
			for _, seed := range seeds {
				synctest.Test(t, func(t *testing.T) { runSchedule(t, seed, false, g, &n) })
				if t.Failed() {
					t.Fatalf("schedule %d failed; run it again with EVERWIRE_SEED=%d", seed, seed)
				}
			}
			for _, seed := range seeds[:min(len(seeds), 15)] {
				runSchedule(t, seed, true, g, new(census))
				if t.Failed() {
					t.Fatalf("schedule %d failed in real time; run it again with EVERWIRE_SEED=%d", seed, seed)
				}
			}
			t.Logf("%d schedules: %v", len(seeds), n.n)
			if len(seeds) >= 120 {
				n.expect(t, g.expects()...)
			}
			all.add(&n)
		})
	}
	if !t.Failed() && len(schedules(t, 120)) >= 120 {
		all.expect(t, "swallowed", "packets lost with their carrier", "rolled back", "upgraded", "yielded", "decided",
			"superseded while lent", "end: ping timeout", "end: transport lost")
	}
}

// expects is what happens in enough schedules of the generation.
func (g *generation) expects() []string {
	all := []string{"drained", "packets sent", "messages received"}
	for _, ks := range [][]*session.Carrier{g.polls, g.sockets, g.answers} {
		for _, k := range ks {
			all = append(all, "on "+k.Transport)
		}
	}
	if g.cfg.PingInterval > 0 && g.says != eio.Gen04 {
		all = append(all, "heartbeat")
	}
	return all
}
