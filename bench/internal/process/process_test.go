//go:build linux

package process_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/bench/internal/process"
)

// TestMain is the server under test if the environment says so.
func TestMain(m *testing.M) {
	switch os.Getenv("BENCH_PROCESS") {
	case "":
		os.Exit(m.Run())
	case "mute":
	case "wrong":
		fmt.Println("good morning")
	case "server":
		serve()
	}
}

// serve is a server without a network. "burn" uses CPU time, "fill" memory.
func serve() {
	fmt.Println("listening on 127.0.0.1:1")
	var memory []byte
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		switch in.Text() {
		case "burn":
			for until := time.Now().Add(50 * time.Millisecond); time.Now().Before(until); {
			}
		case "fill":
			memory = make([]byte, 32<<20)
			for i := range memory {
				memory[i] = 1
			}
		case "gc":
			fmt.Println("done")
		}
	}
	_ = memory
}

func command(t *testing.T, role string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "BENCH_PROCESS="+role, "GORACE=atexit_sleep_ms=0")
	return cmd
}

func TestAProcessTellsWhatItHasUsed(t *testing.T) {
	p, err := process.Start(command(t, "server"))
	if err != nil {
		t.Fatal(err)
	}
	if p.Addr != "127.0.0.1:1" {
		t.Errorf("listens on %q", p.Addr)
	}
	cpu, memory := used(t, p)
	for _, line := range []string{"burn", "fill"} {
		if err := p.Command(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Collect(); err != nil { // has the answer when the rest is done
		t.Fatal(err)
	}
	cpuAfter, memoryAfter := used(t, p)
	// A busy machine may give the process less than the 50 ms it asked for.
	if d := cpuAfter - cpu; d < time.Millisecond || d > 10*time.Second {
		t.Errorf("50 ms of work took %v of CPU time", d)
	}
	if d := memoryAfter - memory; d < 30<<20 || d > 100<<20 {
		t.Errorf("32 MiB of memory are %d bytes", d)
	}
	if err := p.Stop(); err != nil {
		t.Error("stop:", err)
	}
	if _, err := p.CPU(); err == nil {
		t.Error("an ended process has a CPU clock")
	}
}

func used(t *testing.T, p *process.Process) (time.Duration, int64) {
	t.Helper()
	cpu, err := p.CPU()
	if err != nil {
		t.Fatal(err)
	}
	memory, err := p.Resident()
	if err != nil {
		t.Fatal(err)
	}
	return cpu, memory
}

func TestStartRefusesWhatDoesNotListen(t *testing.T) {
	for role, want := range map[string]string{"mute": "ended", "wrong": "good morning"} {
		_, err := process.Start(command(t, role))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", role, err)
		}
	}
}

func TestField(t *testing.T) {
	const text = "5581-7ffc ---p 00000000 00:00 0 [rollup]\nRss:                1892 kB\nPss:                 273 kB\n"
	if n, err := process.Field([]byte(text), "Pss:"); n != 273<<10 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	for _, name := range []string{"Swap:", "Rss"} {
		if n, err := process.Field([]byte(text), name); err == nil {
			t.Errorf("%s: %d without an error", name, n)
		}
	}
	if _, err := process.Field([]byte("Rss: x kB\n"), "Rss:"); err == nil {
		t.Error("x is taken for a number")
	}
}
