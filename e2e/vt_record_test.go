//go:build unix

package e2e_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/everwire/everwire/protocol/vt"
)

// vtPatience is how long a program may take to show what is awaited.
const vtPatience = 20 * time.Second

// A vtProgram is a program in a pty whose terminal is protocol/vt. What it
// writes is kept.
type vtProgram struct {
	t      *testing.T
	tty    *os.File
	chunks chan []byte // what it writes; closed at its end
	term   *vt.Terminal
	stream vtStream
	since  []byte // output since the last key
	typed  []byte // is typed at each tick of again
	again  *time.Ticker
}

// runVT starts a program with a home of its own.
func runVT(t *testing.T, dir string, cols, rows int, argv ...string) *vtProgram {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = dir
	endWithParent(cmd)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "TERM=xterm-256color", "LANG=C.UTF-8",
		"LC_ALL=C.UTF-8", "COLORTERM=truecolor", "USER=tester", "LOGNAME=tester", "SHELL=/bin/sh", "PS1=$ ", "LESSHISTFILE=-"}
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)})
	if err != nil {
		t.Fatal(err)
	}
	p := &vtProgram{t: t, tty: tty, chunks: make(chan []byte), term: newVT(cols, rows, false),
		stream: vtStream{Cols: cols, Rows: rows}, again: time.NewTicker(time.Hour)}
	go p.read()
	t.Cleanup(func() {
		// The program is the leader of its session: the hangup ends what is left.
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		tty.Close()
		for range p.chunks {
		}
		cmd.Wait()
	})
	return p
}

func (p *vtProgram) read() {
	defer close(p.chunks)
	for {
		b := make([]byte, 16<<10)
		n, err := p.tty.Read(b)
		if n > 0 {
			p.chunks <- b[:n]
		}
		if err != nil {
			return // EIO at the end of the program
		}
	}
}

// until takes what the program writes until done says so. It reports whether
// the program still runs.
func (p *vtProgram) until(what string, done func() bool) bool {
	p.t.Helper()
	late := time.After(vtPatience)
	for !done() {
		select {
		case <-p.again.C:
			p.write(p.typed)
		case chunk, running := <-p.chunks:
			if !running {
				return false
			}
			p.take(chunk)
		case <-late:
			p.t.Fatalf("no %s within %v:\n%s", what, vtPatience, p.term.AppendText(nil))
		}
	}
	return true
}

func (p *vtProgram) take(chunk []byte) {
	p.stream.Steps = append(p.stream.Steps, vtStep{Write: chunk})
	p.since = append(p.since, chunk...)
	p.term.Write(chunk)
	if replies := p.term.AppendReplies(nil); len(replies) > 0 {
		p.write(replies)
	}
}

func (p *vtProgram) write(b []byte) {
	p.t.Helper()
	if _, err := p.tty.Write(b); err != nil && !errors.Is(err, syscall.EIO) {
		p.t.Error(err)
	}
}

// keys sends what a user types.
func (p *vtProgram) keys(s string) {
	p.t.Helper()
	p.since = p.since[:0]
	p.write([]byte(s))
}

// shows waits until the screen has a text. If keys are given it types them
// every second meanwhile.
func (p *vtProgram) shows(text, again string) {
	p.t.Helper()
	if again != "" {
		p.typed = []byte(again)
		p.again.Reset(time.Second)
		defer p.again.Reset(time.Hour)
	}
	if !p.until(text, func() bool { return strings.Contains(string(p.term.AppendText(nil)), text) }) {
		p.t.Fatalf("ended before it showed %q:\n%s", text, p.term.AppendText(nil))
	}
}

// resize gives the window another size.
func (p *vtProgram) resize(cols, rows int) {
	p.t.Helper()
	p.stream.Steps = append(p.stream.Steps, vtStep{Cols: cols, Rows: rows})
	p.term.Resize(cols, rows)
	if err := pty.Setsize(p.tty, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)}); err != nil {
		p.t.Fatal(err)
	}
}

// ends waits for the end of the program.
func (p *vtProgram) ends() {
	p.t.Helper()
	p.until("end", func() bool { return false })
}
