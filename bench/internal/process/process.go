//go:build linux

package process

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	startTime = 20 * time.Second // until a server listens
	replyTime = 30 * time.Second // for the answer to a command
	stopTime  = 10 * time.Second // to end by itself
)

// Process is a running server. Its methods must not be called concurrently.
type Process struct {
	// Addr is where it listens, as host:port.
	Addr string

	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines chan string // of its standard output; closed at the end
}

// Start starts cmd and waits until it listens. What it writes to its standard
// error goes to this process's.
func Start(cmd *exec.Cmd) (*Process, error) {
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, stdin: stdin, lines: make(chan string, 16)}
	go func() {
		defer close(p.lines)
		for sc := bufio.NewScanner(stdout); sc.Scan(); {
			p.lines <- sc.Text()
		}
	}()
	line, err := p.line(startTime)
	if err == nil {
		var ok bool
		if p.Addr, ok = strings.CutPrefix(line, "listening on "); !ok {
			err = fmt.Errorf("says %q instead of where it listens", line)
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", cmd.Path, err), p.Stop())
	}
	return p, nil
}

func (p *Process) line(wait time.Duration) (string, error) {
	select {
	case line, ok := <-p.lines:
		if !ok {
			return "", errors.New("has ended its output")
		}
		return line, nil
	case <-time.After(wait):
		return "", fmt.Errorf("no answer in %v", wait)
	}
}

// Command sends a command that has no answer.
func (p *Process) Command(line string) error {
	_, err := io.WriteString(p.stdin, line+"\n")
	return err
}

// Collect has the server collect its garbage and give free memory back.
func (p *Process) Collect() error {
	if err := p.Command("gc"); err != nil {
		return err
	}
	line, err := p.line(replyTime)
	if err == nil && line != "done" {
		err = fmt.Errorf("answers gc with %q", line)
	}
	return err
}

// Stop ends the server's input and waits for its end. A server that does not
// end by itself is killed.
func (p *Process) Stop() error {
	p.stdin.Close()
	timer := time.AfterFunc(stopTime, func() { p.cmd.Process.Kill() })
	defer timer.Stop()
	for range p.lines {
		// Wait closes the pipe, which must have been read by then.
	}
	return p.cmd.Wait()
}

// CPU returns the CPU time, of user and system, that all threads of the
// process have used, ended ones too.
func (p *Process) CPU() (time.Duration, error) {
	// The clock of a process: clock_getcpuclockid of the C library computes
	// the same number, of which the kernel's CPUCLOCK_SCHED is the low part.
	const sched = 2
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^p.cmd.Process.Pid<<3|sched), &ts); err != nil {
		return 0, fmt.Errorf("CPU clock of %d: %w", p.cmd.Process.Pid, err)
	}
	return time.Duration(ts.Nano()), nil
}

// Resident returns how many bytes of the process's memory are in RAM.
func (p *Process) Resident() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	return field(text, "Rss:")
}

// field finds a line such as "Rss:  1234 kB" and returns its number in bytes.
func field(text []byte, name string) (int64, error) {
	for line := range bytes.Lines(text) {
		words := strings.Fields(string(line))
		if len(words) == 3 && words[0] == name && words[2] == "kB" {
			n, err := strconv.ParseInt(words[1], 10, 64)
			return n << 10, err
		}
	}
	return 0, fmt.Errorf("no line %q", name)
}

// OwnCPU returns the CPU time that the calling process has used so far.
func OwnCPU() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts); err != nil {
		panic(err) // the clock is always there
	}
	return time.Duration(ts.Nano())
}
