//go:build linux

package main

import (
	"errors"
	"io"
	"os"
	"slices"

	"github.com/everwire/everwire/bench/internal/contest"
	"github.com/everwire/everwire/bench/socketio/load"
)

// A plan is one run of the program.
type plan struct {
	servers  []string
	jobs     []job
	profiles string
	root     string
	keys     string // folder of the servers' certificate
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
func (p *plan) run() (found contest.Findings, failed int, err error) {
	if slices.ContainsFunc(p.jobs, func(j job) bool { return j.clients.TLS }) {
		if p.keys, err = os.MkdirTemp("", "everwire-bench-"); err != nil {
			return nil, 0, err
		}
		defer os.RemoveAll(p.keys)
		if err := writeKeys(p.keys); err != nil {
			return nil, 0, err
		}
	}
	found, failed = contest.Run(p.cases(), p.servers, p.progress)
	return found, failed, nil
}

// once measures a case with a fresh server.
func (p *plan) once(j job, server string) (contest.Result, error) {
	proc, err := p.start(server, j)
	if err != nil {
		return nil, err
	}
	cfg := j.clients
	cfg.Addr = proc.Addr
	m := &measurement{proc: proc, cfg: cfg, found: contest.Result{}}
	err = j.run(m)
	// The server ends before its clients do, so that its heap profile has them.
	err = errors.Join(err, proc.Stop())
	if m.crowd != nil {
		m.crowd.Close()
	}
	return m.found, err
}

// job is one thing to measure with every server.
type job struct {
	contest.Case
	clients load.Config
	run     func(*measurement) error
	profile string // the kind that tells most: cpu or mem
}
