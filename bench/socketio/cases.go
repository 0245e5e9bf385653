//go:build linux

package main

import (
	"fmt"
	"time"

	"github.com/everwire/everwire/bench/internal/contest"
	"github.com/everwire/everwire/bench/socketio/load"
)

// size is the length of the text in every event.
const size = 32

// The figures of acks, per event, and those of crowds, per client.
const (
	ackCPU contest.Figure = "CPU µs/event"
	ackP50 contest.Figure = "p50 ms"
	ackP99 contest.Figure = "p99 ms"
	rate   contest.Figure = "events/s"
	// loadCPU is what the load itself takes.
	loadCPU contest.Figure = "load's CPU µs/event"

	broadcastCPU  contest.Figure = "broadcast CPU µs"
	broadcastTime contest.Figure = "ms until the last has it"

	// The p99 of a broadcast's way to those who read, when all do and when one
	// does not, and the second divided by the first.
	allReadP99   contest.Figure = "p99 ms, all read"
	oneStallsP99 contest.Figure = "p99 ms, one stalled"
	stallRatio   contest.Figure = "one stalled to all read"

	connectCPU   contest.Figure = "connect CPU µs"
	idleKiB      contest.Figure = "idle KiB"
	collectedKiB contest.Figure = "idle KiB after GC"
	// anew is how many sessions a server did not know when it had just answered
	// their handshake.
	anew contest.Figure = "sessions begun anew"

	stormAcks contest.Figure = "acks"
	stormSent contest.Figure = "acks due"
	stormNews contest.Figure = "events from others"
	stormDue  contest.Figure = "events due"
)

// A storm: 20 clients make 420 events that want an ack.
const (
	stormTimes = 21
	stormPace  = 150 * time.Millisecond
)

// scale is how much a run measures.
type scale struct {
	rounds     int // of acks
	warm, span time.Duration
	divide     int // the numbers of clients of crowds
	broadcasts int
	turns      int           // without a stalled client and with one
	paced      int           // broadcasts in each half of a turn
	pace       time.Duration // between two of these
	rest       time.Duration // until memory is read
	pause      time.Duration // for what a server has still to do
	storms     int           // events of each client
	stormPace  time.Duration
}

// newScale returns the scale of a run, of a quick one if need be. A span of zero
// is the usual one.
func newScale(quick bool, span time.Duration) scale {
	s := scale{rounds: 5, warm: time.Second, span: 1500 * time.Millisecond, divide: 1, broadcasts: 20,
		turns: 9, paced: 200, pace: 50 * time.Millisecond, rest: 3 * time.Second, pause: 100 * time.Millisecond,
		storms: stormTimes, stormPace: stormPace}
	if quick {
		s = scale{rounds: 1, warm: 100 * time.Millisecond, span: 300 * time.Millisecond, divide: 20, broadcasts: 3,
			turns: 1, paced: 20, pace: 20 * time.Millisecond, rest: 500 * time.Millisecond, pause: 100 * time.Millisecond,
			storms: stormTimes, stormPace: stormPace}
	}
	if span > 0 {
		s.span = span
	}
	return s
}

// jobs4 are the cases for clients of Engine.IO 4.
func (s scale) jobs4() []job {
	half, third := (s.rounds+1)/2, (s.rounds+2)/3
	return []job{
		s.acks("ack", load.Config{Clients: 100}),
		s.acks("ack", load.Config{Clients: 1000}),
		s.acks("polling", load.Config{Clients: 100, Transport: load.Polling, Uplink: true}),
		s.crowd("broadcast", half, "of a broadcast", s.broadcast(), load.Config{Clients: 1000}),
		s.crowd("broadcast", half, "of a broadcast", s.broadcast(), load.Config{Clients: 5000}),
		s.stalled(max(1000/s.divide, 2)),
		s.crowd("idle", half, "idle on a WebSocket", s.idle(), load.Config{Clients: 10_000}),
		s.crowd("tls", 1, "idle on a WebSocket with TLS", s.idle(), load.Config{Clients: 10_000, TLS: true}),
		s.crowd("hanging", third, "with a poll that waits", s.idle(), load.Config{Clients: 10_000, Transport: load.Polling}),
		s.crowd("parked", third, "between two polls, without a connection", s.idle(), load.Config{Clients: 10_000, Transport: load.Polling, Park: true}),
	}
}

// jobs3 are the cases for clients of Engine.IO 3.
func (s scale) jobs3() []job {
	half := (s.rounds + 1) / 2
	list := []job{
		s.acks("ack", load.Config{Clients: 100}),
		s.acks("ack", load.Config{Clients: 1000}),
		s.crowd("broadcast", half, "of a broadcast", s.broadcast(), load.Config{Clients: 1000}),
		s.crowd("idle", half, "idle on a WebSocket", s.idle(), load.Config{Clients: 5000}),
		s.crowd("hanging", half, "with a poll that waits", s.idlePolls(), load.Config{Clients: 5000, Transport: load.Polling}),
		s.storm(),
	}
	for i := range list {
		list[i].clients.Protocol = load.V3
	}
	return list
}

// storm is the case of clients that all emit events and have others broadcast, at
// a pace.
func (s scale) storm() job {
	const clients = 20
	return job{
		Case: contest.Case{
			Name: fmt.Sprintf("storm-%d", clients),
			Title: fmt.Sprintf("%d clients, each with an event that wants an ack and one that goes to all every %d ms, %d times",
				clients, s.stormPace.Milliseconds(), s.storms),
			Rounds:  s.rounds,
			Figures: []contest.Figure{stormAcks, stormSent, stormNews, stormDue},
		},
		clients: load.Config{Clients: clients},
		profile: "cpu",
		run:     func(m *measurement) error { return m.storm(s.storms, s.stormPace) },
	}
}

func (s scale) acks(name string, clients load.Config) job {
	title := "Acks, %d clients on WebSockets, text of %d bytes"
	if clients.Transport == load.Polling {
		title = "Acks by polling (a GET and a POST for each), %d clients, text of %d bytes"
	}
	return job{
		Case: contest.Case{
			Name:    fmt.Sprintf("%s-%d", name, clients.Clients),
			Title:   fmt.Sprintf(title, clients.Clients, size),
			Rounds:  s.rounds,
			Figures: []contest.Figure{ackCPU, rate, ackP50, ackP99, loadCPU},
			Ratios:  []contest.Figure{ackCPU},
		},
		clients: clients,
		profile: "cpu",
		run: func(m *measurement) error {
			return m.acks(load.Limit{Time: s.warm}, load.Limit{Time: s.span})
		},
	}
}

// part is what is measured of a crowd.
type part struct {
	figures, ratios []contest.Figure
	profile         string
	run             func(*measurement) error
}

func (s scale) broadcast() part {
	return part{
		figures: []contest.Figure{broadcastCPU, broadcastTime},
		ratios:  []contest.Figure{broadcastCPU, broadcastTime},
		profile: "cpu",
		run:     func(m *measurement) error { return m.broadcast(s.broadcasts, s.pause) },
	}
}

func (s scale) idle() part {
	return part{
		figures: []contest.Figure{connectCPU, idleKiB, collectedKiB},
		ratios:  []contest.Figure{connectCPU, idleKiB, collectedKiB},
		profile: "mem",
		run:     func(m *measurement) error { return m.idle(s.rest, s.pause) },
	}
}

// idlePolls is idle with what some servers lose of it.
func (s scale) idlePolls() part {
	p := s.idle()
	p.figures = append(p.figures, anew)
	return p
}

// crowd is a case with many clients.
func (s scale) crowd(name string, rounds int, what string, p part, clients load.Config) job {
	clients.Clients /= s.divide
	return job{
		Case: contest.Case{
			Name:    fmt.Sprintf("%s-%d", name, clients.Clients),
			Title:   fmt.Sprintf("%d clients, each %s", clients.Clients, what),
			Rounds:  rounds,
			Figures: p.figures,
			Ratios:  p.ratios,
		},
		clients: clients,
		profile: p.profile,
		run:     p.run,
	}
}

// stalledSize is the length of the text in broadcasts of which one client reads
// nothing: with the default limits its outbox overflows after about two thirds of them.
const stalledSize = 8 << 10

// stalled is the case of clients that read, and what they notice of one more
// that does not.
func (s scale) stalled(clients int) job {
	return job{
		Case: contest.Case{
			Name: fmt.Sprintf("stalled-%d", clients),
			Title: fmt.Sprintf("%d clients, one of them stalled, broadcasts of %d KiB every %d ms",
				clients, stalledSize>>10, s.pace.Milliseconds()),
			Rounds:  (s.rounds + 2) / 3,
			Figures: []contest.Figure{stallRatio, allReadP99, oneStallsP99},
		},
		clients: load.Config{Clients: clients - 1},
		profile: "cpu",
		run:     func(m *measurement) error { return m.stalled(s.turns, s.paced, s.pace) },
	}
}
