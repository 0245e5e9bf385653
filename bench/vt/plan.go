//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/everwire/everwire/bench/internal/contest"
)

// The figures of a stream, and that of the memory of a screen.
const (
	cpuPerMB    contest.Figure = "CPU ms/MB"
	mbPerCPU    contest.Figure = "MB/CPU s"
	allocations contest.Figure = "allocations/write"
	screenKiB   contest.Figure = "KiB/screen"
)

// A plan is one run of the program.
type plan struct {
	span     time.Duration
	folder   string // where the streams are
	profiles string
	root     string
	screens  int // how many are weighed together
}

// cases returns all there is to measure.
func (p *plan) cases(rounds int) []contest.Case {
	var cases []contest.Case
	for _, s := range streams {
		cases = append(cases, contest.Case{
			Name: s.name, Title: s.title, Rounds: rounds,
			Figures: []contest.Figure{cpuPerMB, mbPerCPU, allocations},
			Ratios:  []contest.Figure{cpuPerMB},
			Measure: func(emulator string) (contest.Result, error) { return p.clock(emulator, s) },
		})
	}
	for _, s := range streams {
		if s.name != marked && s.name != "colours" {
			continue
		}
		cases = append(cases, contest.Case{
			Name: "memory-" + s.name, Title: fmt.Sprintf("Memory of a screen of %d×%d without scrollback, after: %s", cols, rows, s.title), Rounds: 1,
			Figures: []contest.Figure{screenKiB},
			Ratios:  []contest.Figure{screenKiB},
			Measure: func(emulator string) (contest.Result, error) { return p.weigh(emulator, s) },
		})
	}
	return cases
}

func (p *plan) clock(emulator string, s stream) (contest.Result, error) {
	args := []string{"-span", p.span.String()}
	if p.profiles != "" {
		args = append(args, "-cpuprofile", filepath.Join(p.profiles, emulator+"-"+s.name+".cpu"))
	}
	m, err := p.measure(emulator, s, args...)
	if err != nil {
		return nil, err
	}
	r := contest.Result{
		cpuPerMB: m.Seconds * 1000 / (float64(m.Bytes) / 1e6),
		mbPerCPU: float64(m.Bytes) / 1e6 / m.Seconds,
	}
	if m.Allocations != nil {
		r[allocations] = *m.Allocations
	}
	return r, nil
}

func (p *plan) weigh(emulator string, s stream) (contest.Result, error) {
	m, err := p.measure(emulator, s, "-screens", strconv.Itoa(p.screens))
	if err != nil {
		return nil, err
	}
	return contest.Result{screenKiB: m.KiB}, nil
}

// measure runs an emulator in a process of its own.
func (p *plan) measure(emulator string, s stream, args ...string) (m measured, err error) {
	text, err := p.run(emulator, s, args...)
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(text, &m)
}

// run returns what the process of an emulator prints.
func (p *plan) run(emulator string, s stream, args ...string) ([]byte, error) {
	c, ok := contestantOf(emulator)
	if !ok {
		return nil, fmt.Errorf("no emulator %q", emulator)
	}
	args = append(args, emulator, s.file(p.folder))
	var cmd *exec.Cmd
	if c.open == nil {
		script := filepath.Join(p.root, "vt", "peers", "xterm.mjs")
		cmd = exec.Command("node", append([]string{"--expose-gc", script}, args...)...)
	} else {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		cmd = exec.Command(self, append([]string{"serve"}, args...)...)
	}
	cmd.Stderr = os.Stderr
	return cmd.Output()
}
