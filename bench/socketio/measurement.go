//go:build linux

package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/everwire/everwire/bench/internal/contest"
	"github.com/everwire/everwire/bench/internal/measure"
	"github.com/everwire/everwire/bench/internal/process"
	"github.com/everwire/everwire/bench/socketio/load"
)

// A measurement is one case with one server.
type measurement struct {
	proc  *process.Process
	cfg   load.Config
	crowd *load.Crowd // still there at the end, if there is one
	found contest.Result
}

// dial brings the clients and returns what their coming has cost the server. At
// the end they are let be for a pause.
func (m *measurement) dial(pause time.Duration) (time.Duration, error) {
	return m.spent(func() (err error) {
		if m.crowd, err = load.Dial(m.cfg); err != nil {
			return err
		}
		return m.crowd.Idle(pause)
	})
}

// spent returns the CPU time that the server has spent while do ran.
func (m *measurement) spent(do func() error) (time.Duration, error) {
	before, err := m.proc.CPU()
	if err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, err
	}
	after, err := m.proc.CPU()
	return after - before, err
}

// acks measures events with their acks.
func (m *measurement) acks(warm, span load.Limit) error {
	if _, err := m.dial(0); err != nil {
		return err
	}
	if _, err := m.crowd.Echo(size, warm); err != nil {
		return fmt.Errorf("warming up: %w", err)
	}
	var got load.Echoed
	own := process.OwnCPU()
	cpu, err := m.spent(func() (err error) {
		got, err = m.crowd.Echo(size, span)
		return err
	})
	if err != nil {
		return err
	}
	own = process.OwnCPU() - own
	n := float64(got.Events)
	m.found[ackCPU] = micros(cpu) / n
	m.found[loadCPU] = micros(own) / n
	m.found[rate] = n / got.Elapsed.Seconds()
	m.found[ackP50] = millis(measure.Percentile(got.Latencies, 50))
	m.found[ackP99] = millis(measure.Percentile(got.Latencies, 99))
	return nil
}

// broadcast has the server send to all, several times. The first two are not
// counted.
func (m *measurement) broadcast(times int, pause time.Duration) error {
	if _, err := m.dial(pause); err != nil {
		return err
	}
	var took []float64
	var total time.Duration
	texts := load.Texts(size)
	for i := range times + 2 {
		text := texts[i%len(texts)]
		var last time.Duration
		cpu, err := m.spent(func() (err error) {
			last, err = m.crowd.Await(text, func() error { return m.proc.Command("broadcast " + string(text)) })
			if err != nil {
				return err
			}
			return m.crowd.Idle(pause)
		})
		if err != nil {
			return fmt.Errorf("broadcast: %w", err)
		}
		if i >= 2 {
			total += cpu
			took = append(took, millis(last))
		}
	}
	m.found[broadcastCPU] = micros(total) / float64(times) / float64(m.crowd.Len())
	m.found[broadcastTime] = measure.Median(took)
	return nil
}

// stalled measures how fast broadcasts reach the clients that read, by turns
// while there are no others and with one more, which does not: what else the
// machine does then falls on both alike. Each half of a turn has its own p99,
// and the medians of the turns count, for a pause of the whole machine makes the
// p99 of the half that it falls into.
func (m *measurement) stalled(turns, times int, pace time.Duration) error {
	if _, err := m.dial(pace); err != nil {
		return err
	}
	if _, err := m.paced(times/10, pace); err != nil {
		return fmt.Errorf("warming up: %w", err)
	}
	var all, beside, ratios []float64
	for range turns {
		got, err := m.paced(times, pace)
		if err != nil {
			return err
		}
		all = append(all, p99(got))
		if got, err = m.besideDeaf(times, pace); err != nil {
			return fmt.Errorf("with one client stalled: %w", err)
		}
		beside = append(beside, p99(got))
		ratios = append(ratios, beside[len(beside)-1]/all[len(all)-1])
	}
	m.found[allReadP99] = measure.Median(all)
	m.found[oneStallsP99] = measure.Median(beside)
	m.found[stallRatio] = measure.Median(ratios)
	return nil
}

// p99 sorts times and returns what all but a hundredth stay below, in milliseconds.
func p99(times []time.Duration) float64 {
	slices.Sort(times)
	return millis(measure.Percentile(times, 99))
}

// besideDeaf is paced while there is one more client, which reads nothing.
func (m *measurement) besideDeaf(times int, pace time.Duration) ([]time.Duration, error) {
	cfg := m.cfg
	cfg.Clients, cfg.Narrow = 1, true
	deaf, err := load.Dial(cfg)
	if err != nil {
		return nil, err
	}
	defer deaf.Close()
	return m.paced(times, pace)
}

// paced has the server send to all at a pace, or when the broadcast before has
// come if that is later, and returns the latencies of all.
func (m *measurement) paced(times int, pace time.Duration) ([]time.Duration, error) {
	var all []time.Duration
	texts := load.Texts(stalledSize)
	due := time.Now()
	for i := range times {
		if err := m.crowd.Idle(time.Until(due)); err != nil {
			return nil, err
		}
		text := texts[i%len(texts)]
		due = time.Now().Add(pace)
		got, err := m.crowd.Hear(text, func() error { return m.proc.Command("broadcast " + string(text)) })
		if err != nil {
			return nil, fmt.Errorf("broadcast %d: %w", i+1, err)
		}
		all = append(all, got...)
	}
	return all, nil
}

// stormGrace is how long a storm's last answers may take.
const stormGrace = 5 * time.Second

// storm measures nothing but whether all arrives.
func (m *measurement) storm(times int, pace time.Duration) error {
	if _, err := m.dial(0); err != nil {
		return err
	}
	got, err := m.crowd.Storm(size, times, pace, stormGrace)
	if err != nil {
		return err
	}
	m.found[stormAcks], m.found[stormSent] = float64(got.Acks), float64(got.Sent)
	m.found[stormNews], m.found[stormDue] = float64(got.News), float64(got.Sent*m.crowd.Len())
	return nil
}

// idle measures the coming of clients, and the memory that they cost as it
// stands and after a GC.
func (m *measurement) idle(rest, pause time.Duration) error {
	before, err := m.baseline()
	if err != nil {
		return err
	}
	cpu, err := m.dial(pause)
	if err != nil {
		return err
	}
	if err := m.crowd.Idle(rest); err != nil {
		return fmt.Errorf("while idle: %w", err)
	}
	idle, err := m.proc.Resident()
	if err != nil {
		return err
	}
	if err := m.proc.Collect(); err != nil {
		return err
	}
	collected, err := m.proc.Resident()
	if err != nil {
		return err
	}
	n := float64(m.crowd.Len())
	m.found[connectCPU] = micros(cpu) / n
	m.found[anew] = float64(m.crowd.Anew())
	m.found[idleKiB] = float64(idle-before) / 1024 / n
	m.found[collectedKiB] = float64(collected-before) / 1024 / n
	return nil
}

// baseline returns the memory of a server that has served a client, so that its
// code is in memory, and has none.
func (m *measurement) baseline() (int64, error) {
	cfg := m.cfg
	cfg.Clients, cfg.Park, cfg.Uplink = 1, false, true
	c, err := load.Dial(cfg)
	if err != nil {
		return 0, err
	}
	_, err = c.Echo(size, load.Limit{Events: 10})
	c.Close()
	if err != nil {
		return 0, err
	}
	if err := m.proc.Collect(); err != nil {
		return 0, err
	}
	return m.proc.Resident()
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
