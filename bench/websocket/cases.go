//go:build linux

package main

import (
	"fmt"
	"time"

	"github.com/everwire/everwire/bench/internal/contest"
	"github.com/everwire/everwire/bench/internal/measure"
	"github.com/everwire/everwire/bench/internal/process"
	"github.com/everwire/everwire/bench/websocket/load"
)

// path is where the servers echo.
const path = "/ws/echo"

// The figures of an echo, per message, and those of a crowd, per connection.
const (
	echoCPU contest.Figure = "CPU µs/message"
	echoP50 contest.Figure = "p50 ms"
	echoP99 contest.Figure = "p99 ms"
	rate    contest.Figure = "messages/s"
	// loadCPU is what the load itself takes: it should be less than a server.
	loadCPU contest.Figure = "load's CPU µs/message"

	handshakeCPU  contest.Figure = "handshake CPU µs"
	idleKiB       contest.Figure = "idle KiB"
	collectedKiB  contest.Figure = "idle KiB after GC"
	broadcastCPU  contest.Figure = "broadcast CPU µs"
	broadcastTime contest.Figure = "ms until the last has it"
)

// A job is one thing to measure with every server.
type job struct {
	contest.Case
	conns int
	// run measures a server once. It returns the connections still open, or
	// nil if there are none.
	run     func(*process.Process, load.Config) (contest.Result, *load.Crowd, error)
	profile string // the kind that tells most: cpu or mem
}

// An echo sends messages to and fro.
type echo struct {
	size       int
	warm, span load.Limit
}

// A crowd is many connections that are idle, but for some broadcasts.
type crowd struct {
	rest       time.Duration // until the memory is read
	pause      time.Duration // after each broadcast
	broadcasts int
}

// allJobs returns the cases, those of a quick run if need be. A span of zero
// is the usual one.
func allJobs(quick bool, span time.Duration) []job {
	warm, usual, many, rounds := time.Second, 1500*time.Millisecond, 10_000, 5
	rest := crowd{rest: 3 * time.Second, pause: 100 * time.Millisecond, broadcasts: 10}
	if quick {
		warm, usual, many, rounds = 100*time.Millisecond, 300*time.Millisecond, 500, 1
		rest.rest, rest.broadcasts = time.Second, 3
	}
	if span <= 0 {
		span = usual
	}
	var jobs []job
	for _, size := range []int{32, 4096} {
		for _, conns := range []int{100, 1000} {
			c := echoCase(conns, echo{size, load.Limit{Time: warm}, load.Limit{Time: span}})
			c.Rounds = rounds
			jobs = append(jobs, c)
		}
	}
	c := crowdCase(many, rest)
	c.Rounds = (rounds + 1) / 2
	return append(jobs, c)
}

func echoCase(conns int, e echo) job {
	return job{
		Case: contest.Case{
			Name:    fmt.Sprintf("echo-%dx%d", conns, e.size),
			Title:   fmt.Sprintf("Echo, %d connections, text of %d bytes", conns, e.size),
			Figures: []contest.Figure{echoCPU, rate, echoP50, echoP99, loadCPU},
			Ratios:  []contest.Figure{echoCPU},
		},
		conns:   conns,
		run:     e.run,
		profile: "cpu",
	}
}

func crowdCase(conns int, c crowd) job {
	return job{
		Case: contest.Case{
			Name:    fmt.Sprintf("crowd-%d", conns),
			Title:   fmt.Sprintf("%d connections: each one's handshake, memory, and a broadcast of %d bytes", conns, broadcastSize),
			Figures: []contest.Figure{handshakeCPU, idleKiB, collectedKiB, broadcastCPU, broadcastTime},
			Ratios:  []contest.Figure{handshakeCPU, collectedKiB, broadcastCPU},
		},
		conns:   conns,
		run:     c.run,
		profile: "mem",
	}
}

func (e echo) run(p *process.Process, cfg load.Config) (contest.Result, *load.Crowd, error) {
	c, err := load.Dial(cfg)
	if err != nil {
		return nil, nil, err
	}
	if _, err := c.Echo(e.size, e.warm); err != nil {
		return nil, c, fmt.Errorf("warming up: %w", err)
	}
	var got load.Echoed
	own := process.OwnCPU()
	cpu, err := spent(p, func() (err error) {
		got, err = c.Echo(e.size, e.span)
		return err
	})
	if err != nil {
		return nil, c, err
	}
	own = process.OwnCPU() - own
	n := float64(got.Messages)
	return contest.Result{
		echoCPU: micros(cpu) / n,
		loadCPU: micros(own) / n,
		rate:    n / got.Elapsed.Seconds(),
		echoP50: millis(measure.Percentile(got.Latencies, 50)),
		echoP99: millis(measure.Percentile(got.Latencies, 99)),
	}, c, nil
}

// broadcastSize is the length of a broadcast text.
const broadcastSize = 128

func (k crowd) run(p *process.Process, cfg load.Config) (contest.Result, *load.Crowd, error) {
	before, err := baseline(p, cfg)
	if err != nil {
		return nil, nil, err
	}
	var c *load.Crowd
	cpu, err := spent(p, func() (err error) {
		if c, err = load.Dial(cfg); err != nil {
			return err
		}
		return c.Idle(k.pause)
	})
	if err != nil {
		return nil, c, err
	}
	r := contest.Result{handshakeCPU: micros(cpu) / float64(cfg.Conns)}
	if err := k.weigh(p, c, before, r); err != nil {
		return nil, c, err
	}
	return r, c, k.broadcast(p, c, r)
}

// baseline returns the memory of a server that has had a connection, so that
// its code is in memory, and has none.
func baseline(p *process.Process, cfg load.Config) (int64, error) {
	cfg.Conns = 1
	c, err := load.Dial(cfg)
	if err != nil {
		return 0, err
	}
	_, err = c.Echo(broadcastSize, load.Limit{Messages: 10})
	c.Close()
	if err != nil {
		return 0, err
	}
	if err := p.Collect(); err != nil {
		return 0, err
	}
	return p.Resident()
}

// weigh finds the memory of idle connections, as it stands and after a GC.
func (k crowd) weigh(p *process.Process, c *load.Crowd, before int64, r contest.Result) error {
	if err := c.Idle(k.rest); err != nil {
		return fmt.Errorf("while idle: %w", err)
	}
	idle, err := p.Resident()
	if err != nil {
		return err
	}
	if err := p.Collect(); err != nil {
		return err
	}
	collected, err := p.Resident()
	if err != nil {
		return err
	}
	kib := 1024 * float64(c.Len())
	r[idleKiB] = float64(idle-before) / kib
	r[collectedKiB] = float64(collected-before) / kib
	return nil
}

// broadcast has the server send to all, several times.
func (k crowd) broadcast(p *process.Process, c *load.Crowd, r contest.Result) error {
	times := make([]float64, 0, k.broadcasts)
	var total time.Duration
	for i, texts := 0, load.Texts(broadcastSize); i < k.broadcasts; i++ {
		text := texts[i%len(texts)]
		cpu, err := spent(p, func() error {
			took, err := c.Await(text, func() error { return p.Command("broadcast " + string(text)) })
			if err != nil {
				return err
			}
			times = append(times, millis(took))
			return c.Idle(k.pause)
		})
		if err != nil {
			return fmt.Errorf("broadcast: %w", err)
		}
		total += cpu
	}
	r[broadcastCPU] = micros(total) / float64(k.broadcasts) / float64(c.Len())
	r[broadcastTime] = measure.Median(times)
	return nil
}

// spent returns the CPU time that a server has spent while do ran.
func spent(p *process.Process, do func() error) (time.Duration, error) {
	before, err := p.CPU()
	if err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, err
	}
	after, err := p.CPU()
	return after - before, err
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
