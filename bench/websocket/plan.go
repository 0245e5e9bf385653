//go:build linux

package main

import (
	"errors"
	"io"

	"github.com/everwire/everwire/bench/internal/contest"
	"github.com/everwire/everwire/bench/websocket/load"
)

// A plan is one run of the program.
type plan struct {
	servers  []string
	jobs     []job
	bare     bool
	profiles string
	root     string
	progress io.Writer
}

// cases returns the jobs as cases.
func (p *plan) cases() []contest.Case {
	cases := make([]contest.Case, len(p.jobs))
	for i, j := range p.jobs {
		cases[i] = j.Case
		cases[i].Measure = func(server string) (contest.Result, error) { return p.once(j, server) }
	}
	return cases
}

// run measures everything.
func (p *plan) run() (found contest.Findings, failed int) {
	return contest.Run(p.cases(), p.servers, p.progress)
}

// once measures a case with a fresh server.
func (p *plan) once(j job, server string) (contest.Result, error) {
	proc, err := p.start(server, j)
	if err != nil {
		return nil, err
	}
	r, crowd, err := j.run(proc, load.Config{Addr: proc.Addr, Path: path, Conns: j.conns, Bare: p.bare})
	// The server ends before its connections do, so that its heap profile has
	// them.
	err = errors.Join(err, proc.Stop())
	if crowd != nil {
		crowd.Close()
	}
	return r, err
}
