//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/everwire/everwire/bench/internal/measure"
	"github.com/everwire/everwire/bench/internal/report"
	"github.com/everwire/everwire/bench/websocket/load"
)

// A plan is one run of the program.
type plan struct {
	servers  []string
	cases    []benchCase
	bare     bool
	profiles string
	root     string
	progress io.Writer
}

// findings are the figures of each case and server, round by round.
type findings map[string]map[string]map[figure]measure.Series

// series returns a figure of a server in a case, empty if there is none.
func (f findings) series(caseName, server string, fig figure) measure.Series {
	return f[caseName][server][fig]
}

// add appends a round. Without a result it is a round of NaN.
func (f findings) add(c benchCase, server string, r result) {
	if f[c.name] == nil {
		f[c.name] = map[string]map[figure]measure.Series{}
	}
	if f[c.name][server] == nil {
		f[c.name][server] = map[figure]measure.Series{}
	}
	for _, fig := range c.figures {
		f[c.name][server][fig] = append(f[c.name][server][fig], r.of(fig))
	}
}

// run measures everything: in each round every case, in each case one server
// after the other. It returns how many measurements failed.
func (p *plan) run() (found findings, failed int) {
	found = findings{}
	rounds, total := 0, 0
	for _, c := range p.cases {
		rounds = max(rounds, c.rounds)
		total += c.rounds * len(p.servers)
	}
	start, done := time.Now(), 0
	for round := range rounds {
		for _, c := range p.cases {
			if round >= c.rounds {
				continue
			}
			for _, server := range measure.Turn(p.servers, round) {
				r, err := p.once(c, server)
				done++
				fmt.Fprintf(p.progress, "%3d/%d %5.0fs  round %d  %-15s %-9s", done, total, time.Since(start).Seconds(), round+1, c.name, server)
				if err != nil {
					failed++
					r = nil
					fmt.Fprintf(p.progress, " failed: %v\n", err)
				} else {
					fmt.Fprintf(p.progress, " %6s %s\n", report.Figure(r.of(c.figures[0])), c.figures[0])
				}
				found.add(c, server, r)
			}
		}
	}
	return found, failed
}

// once measures a case with a fresh server.
func (p *plan) once(c benchCase, server string) (result, error) {
	proc, err := p.start(server, c)
	if err != nil {
		return nil, err
	}
	r, crowd, err := c.run(proc, load.Config{Addr: proc.Addr, Path: path, Conns: c.conns, Bare: p.bare})
	// The server ends before its connections do, so that its heap profile has
	// them.
	err = errors.Join(err, proc.Stop())
	if crowd != nil {
		crowd.Close()
	}
	return r, err
}
