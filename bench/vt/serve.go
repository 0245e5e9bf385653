//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"syscall"
	"time"

	"github.com/everwire/everwire/bench/vt/peers"
)

// scrollback is how many rows the emulators keep while streams are measured.
const scrollback = 1000

// A measured is what a process prints that has measured an emulator. Peers on
// Node print the same.
type measured struct {
	Bytes   int64   `json:"bytes"`
	Seconds float64 `json:"seconds"` // of CPU time, all threads
	// Allocations are those of each write; absent where they are not counted.
	Allocations *float64 `json:"allocations"`
	// KiB is the memory of a screen, if that was asked for.
	KiB float64 `json:"kib"`
}

// serve is the program as an emulator under test.
func serve(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	span := flags.Duration("span", 0, "play the stream for so much CPU time")
	screens := flags.Int("screens", 0, "measure the memory of so many screens instead")
	profile := flags.String("cpuprofile", "", "`FILE` for a CPU profile")
	text := flags.Bool("text", false, "play the stream once and print the screen")
	if err := flags.Parse(args); err != nil {
		return err
	}
	c, ok := contestantOf(flags.Arg(0))
	if !ok || c.open == nil || flags.NArg() != 2 {
		return fmt.Errorf("no Go emulator and stream %q", flags.Args())
	}
	stream, err := os.ReadFile(flags.Arg(1))
	if err != nil {
		return err
	}
	if *text {
		e := c.open(cols, rows, 0)
		if err := play(e, stream); err != nil {
			return err
		}
		_, err := io.WriteString(out, e.Text())
		return err
	}
	var m measured
	if *screens > 0 {
		m, err = weigh(c.open, stream, *screens)
	} else {
		m, err = profiled(*profile, func() (measured, error) { return clock(c.open, stream, *span) })
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(m)
}

func play(e peers.Emulator, stream []byte) error {
	for len(stream) > 0 {
		n := min(pieceSize, len(stream))
		if _, err := e.Write(stream[:n]); err != nil {
			return err
		}
		stream = stream[n:]
	}
	return nil
}

// clock plays the stream until the CPU time is over, after a fifth of it to
// warm up.
func clock(open peers.Open, stream []byte, span time.Duration) (measured, error) {
	e := open(cols, rows, scrollback)
	at := 0
	run := func(span time.Duration) (bytes, writes int64, spent time.Duration, err error) {
		begin := cpuTime()
		for spent < span {
			if at >= len(stream) {
				at = 0
			}
			n := min(pieceSize, len(stream)-at)
			if _, err := e.Write(stream[at : at+n]); err != nil {
				return 0, 0, 0, err
			}
			at += n
			bytes += int64(n)
			writes++
			spent = cpuTime() - begin
		}
		return bytes, writes, spent, nil
	}
	if _, _, _, err := run(span / 5); err != nil {
		return measured{}, err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	bytes, writes, spent, err := run(span)
	runtime.ReadMemStats(&after)
	allocations := float64(after.Mallocs-before.Mallocs) / float64(writes)
	return measured{Bytes: bytes, Seconds: spent.Seconds(), Allocations: &allocations}, err
}

// weigh fills screens that keep no scrollback.
func weigh(open peers.Open, stream []byte, screens int) (measured, error) {
	kept := make([]peers.Emulator, screens)
	before := heap()
	for i := range kept {
		kept[i] = open(cols, rows, 0)
		if err := play(kept[i], stream[:min(len(stream), 4*pieceSize)]); err != nil {
			return measured{}, err
		}
	}
	m := measured{KiB: float64(heap()-before) / 1024 / float64(screens)}
	runtime.KeepAlive(kept)
	runtime.KeepAlive(stream) // else the screens would seem smaller by it
	return m, nil
}

// heap is the memory in use after a collection, without that of the stream.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what finalizers have freed
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// cpuTime is what this process has used, in the kernel too.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // cannot happen for RUSAGE_SELF
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// profiled runs f with a CPU profile, if a file is named.
func profiled(file string, f func() (measured, error)) (m measured, err error) {
	if file == "" {
		return f()
	}
	w, err := os.Create(file)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := pprof.StartCPUProfile(w); err != nil {
		return m, err
	}
	defer pprof.StopCPUProfile()
	return f()
}
