package server

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/transports"
)

// allGenerations are those that Options.Generations may have.
var allGenerations = []socketio.Generation{socketio.Gen4, socketio.Gen3, socketio.Gen09, socketio.Gen06, socketio.Gen04}

func (o *Options) speaks(g socketio.Generation) bool { return slices.Contains(o.Generations, g) }

// Timings of the generations before Engine.IO, which are those of their
// references: clients have them built in.
const (
	// pollHold is how long a poll waits for a message.
	pollHold = 20 * time.Second

	interval09  = 25 * time.Second // between two heartbeats on a stream
	heartbeat09 = 60 * time.Second // that its answer may take
	close09     = 60 * time.Second // that a session waits for its client to come back
	open09      = 30 * time.Second // that a handshake is good for

	interval06 = 10 * time.Second
	answer06   = 8 * time.Second
	close06    = 8 * time.Second // that the next poll may take
	close04    = 5 * time.Second
)

// table returns the families of a Socket.IO path.
func (s *Server) table() *transports.Table {
	return &transports.Table{
		V4:    s.engineFamily(socketio.Gen4, s.accept(socketio.Gen4)),
		V3:    s.engineFamily(socketio.Gen3, s.accept(socketio.Gen3)),
		Gen09: s.family09(),
		Gen06: s.family06(),
	}
}

func (s *Server) accept(g socketio.Generation) func(*session.Conn) {
	return func(c *session.Conn) { s.sio.AcceptAs(g, c) }
}

// engineFamily returns the family of a generation with Engine.IO, nil if it is
// switched off.
func (s *Server) engineFamily(g socketio.Generation, accept func(*session.Conn)) *transports.Family {
	if !s.opts.speaks(g) {
		return nil
	}
	if g == socketio.Gen4 {
		return s.family(eio.V4, s.opts.sessions(eio.V4), accept)
	}
	variant := func(codec eio.Codec) *transports.Family {
		f := s.family(codec, s.opts.sessions(codec), accept)
		f.Config.ClientPings, f.Undouble = true, !s.opts.SingleUTF8
		return f
	}
	f := variant(eio.V3)
	f.Base64, f.Bytes = variant(eio.V3Base64), variant(eio.V3Bytes)
	return f
}

// before1 returns the family of a generation before Engine.IO.
func (s *Server) before1(g socketio.Generation, codec eio.Codec, kind transports.Generation) *transports.Family {
	f := s.family(codec, s.opts.sessions(codec), s.accept(g))
	f.Generation, f.Hold, f.Upgrades = kind, pollHold, nil
	f.Config.PingInterval, f.Config.PingTimeout = 0, 0
	return f
}

func (s *Server) family09() *transports.Family {
	if !s.opts.speaks(socketio.Gen09) {
		return nil
	}
	f := s.before1(socketio.Gen09, eio.Gen09, transports.Gen09)
	f.Config.PingInterval, f.Config.PingTimeout = interval09, heartbeat09
	f.Config.PollGrace, f.Config.DetachGrace, f.Config.HandshakeTimeout = close09, close09, open09
	f.Config.EchoClose = true
	polling := s.opts.serves(transports.Polling)
	for _, t := range []struct {
		name string
		on   bool
	}{
		{transports.WebSocket, s.opts.serves(transports.WebSocket)}, {transports.FlashSocket, s.opts.serves(transports.FlashSocket)},
		{transports.HTMLFile, s.opts.serves(transports.HTMLFile)}, {transports.XHRPolling, polling}, {transports.JSONPPolling, polling},
	} {
		if t.on {
			f.Offer = append(f.Offer, t.name)
		}
	}
	return f
}

// family06 returns the family of Socket.IO 0.1 to 0.6, which open their sessions
// in the same way.
func (s *Server) family06() *transports.Family {
	new, old := s.opts.speaks(socketio.Gen06), s.opts.speaks(socketio.Gen04)
	var f, f04 *transports.Family
	if new {
		f = s.before1(socketio.Gen06, eio.Gen06, transports.Gen06)
		f.Config.PingInterval, f.Config.PingTimeout, f.Config.PollGrace = interval06, answer06, close06
	}
	if old {
		f04 = s.before1(socketio.Gen04, eio.Gen04, transports.Gen06)
		f04.Config.PollGrace = close04
	}
	if !new || !old {
		if old {
			return f04
		}
		return f
	}
	f.Old = f04
	f.Undecided = s.before1(socketio.Gen06, eio.Gen0406, transports.Gen06)
	f.Undecided.Config.PingInterval, f.Undecided.Config.PingTimeout = interval06, answer06
	f.Undecided.Config.PollGrace, f.Undecided.Config.LaxPings = close06, true
	return f
}

// refuseOld answers a request of a generation before Engine.IO that the guard has
// refused, in its own words and as a script if it asked for one, whose status a
// page could not see.
func refuseOld(w http.ResponseWriter, r *http.Request, rt *transports.Route, status int, message string) {
	text := message
	if rt.Handshake {
		text = "handshake unauthorized"
		if status == http.StatusForbidden {
			text = "handshake bad origin"
		}
	}
	switch {
	case rt.Handshake && rt.JSONP != "" && (status == http.StatusForbidden || status == http.StatusUnauthorized):
		script := append([]byte("/**/io.j["+rt.JSONP+"](new Error("), transports.AppendScriptString(nil, []byte(text))...)
		transports.ScriptHeader(w.Header())
		w.Header().Set("Content-Type", "application/javascript; charset=UTF-8")
		w.Header().Set("Cache-Control", "no-store")
		w.Write(append(script, "));"...))
	default:
		(&transports.NotRouted{Status: status, Text: text}).Write(w, r)
	}
}

// validGenerations reports an unknown generation.
func validGenerations(list []socketio.Generation) error {
	for _, g := range list {
		if !slices.Contains(allGenerations, g) {
			return errors.New("server: Generations: " + g.String() + " is none of Gen04, Gen06, Gen09, Gen3 and Gen4")
		}
	}
	return nil
}
