//go:build linux

package process_test

import (
	"bufio"
	"fmt"
	"io"
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
	case "rude":
		fmt.Println("listening on 127.0.0.1:1")
		fmt.Println("later")
		io.Copy(io.Discard, os.Stdin)
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
			burn()
		case "fill":
			memory = make([]byte, 32<<20)
			for i := 0; i < len(memory); i += 4096 { // every page
				memory[i] = 1
			}
		case "gc":
			fmt.Println("done")
		}
	}
	_ = memory
}

// work is how much CPU time burn uses, most of it in the kernel.
const work = 50 * time.Millisecond

func burn() {
	zero, err := os.Open("/dev/zero")
	if err != nil {
		panic(err)
	}
	defer zero.Close()
	buf := make([]byte, 1<<20)
	for start := process.OwnCPU(); process.OwnCPU()-start < work; {
		zero.Read(buf)
	}
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
	if d := cpuAfter - cpu; d < work || d > 10*time.Second {
		t.Errorf("%v of work took %v of CPU time", work, d)
	}
	// The race detector keeps several bytes for each.
	if d := memoryAfter - memory; d < 30<<20 || d > 10*32<<20 {
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

func TestCollectWantsItsAnswer(t *testing.T) {
	p, err := process.Start(command(t, "rude"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Collect(); err == nil || !strings.Contains(err.Error(), "later") {
		t.Error(err)
	}
	if err := p.Stop(); err != nil {
		t.Error("stop:", err)
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
