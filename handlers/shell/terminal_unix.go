//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package shell

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/creack/pty"
)

const (
	// drainTime is how long output may still come after the shell's exit while
	// another process holds the terminal open; otherwise its end is plain.
	drainTime = 200 * time.Millisecond
	// killTime is how long processes may take to go after SIGKILL.
	killTime = 2 * time.Second
)

// terminal is a running shell and the master side of its pseudo-terminal.
// Reading, writing and the rest may go on at the same time.
type terminal struct {
	master *os.File
	raw    syscall.RawConn
	cmd    *exec.Cmd
	family *family
	exited chan struct{} // closed when the shell was reaped
}

// startTerminal starts the configured shell. Its errors are for the client.
func startTerminal(cfg *Config, sz size) (*terminal, error) {
	cmd, label := command(cfg, currentAccount())
	catchIgnored()
	f, err := pty.StartWithSize(cmd, winsize(sz))
	if err != nil {
		return nil, startFailure(cmd, err)
	}
	t := &terminal{cmd: cmd, exited: make(chan struct{})}
	t.family = newFamily(cmd.Process.Pid, label, cfg.KeepDetached)
	t.master, err = pollable(f)
	if err == nil {
		t.raw, err = t.master.SyscallConn()
	}
	go t.wait()
	if err != nil {
		t.end(0)
		return nil, startFailure(cmd, err)
	}
	return t, nil
}

// pollable closes f and returns the same terminal for the runtime's poller:
// to open a terminal, ioctl needs the descriptor's number, and os.File.Fd
// makes it blocking. Then deadlines and a Close during a Read would not work.
func pollable(f *os.File) (*os.File, error) {
	defer f.Close()
	syscall.ForkLock.RLock()
	fd, err := syscall.Dup(int(f.Fd()))
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, os.NewSyscallError("dup", err)
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		syscall.Close(fd)
		return nil, os.NewSyscallError("setnonblock", err)
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// wait reaps the shell and sets the time by which reading ends.
func (t *terminal) wait() {
	_ = t.cmd.Wait() // what it has to say is in ProcessState
	if t.master != nil {
		_ = t.master.SetReadDeadline(time.Now().Add(drainTime))
	}
	close(t.exited)
}

func (t *terminal) pid() int { return t.cmd.Process.Pid }

// hasExited reports whether the shell was reaped. Then exitCode may be called.
func (t *terminal) hasExited() bool {
	select {
	case <-t.exited:
		return true
	default:
		return false
	}
}

// exitCode is the shell's exit code, or 128 plus the number of the signal that
// ended it, as shells say it.
func (t *terminal) exitCode() int {
	if ws, ok := t.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return t.cmd.ProcessState.ExitCode()
}

// readOutput waits for output and returns all that is there at that moment, up
// to maxOutput bytes. The error is io.EOF when there is no more: no process
// has the terminal open, or drainTime has passed since the shell's exit.
func (t *terminal) readOutput() (b []byte, err error) {
	read := func(fd uintptr) bool {
		b, err = readAvailable(int(fd))
		return err != syscall.EAGAIN
	}
	waitErr := t.raw.Read(read)
	if errors.Is(waitErr, os.ErrDeadlineExceeded) {
		// The deadline forbids waiting, and so even a look at what is there.
		waitErr = t.raw.Control(func(fd uintptr) { read(fd) })
	}
	if waitErr != nil || err != nil {
		// Whatever the error, there is nothing more to be had. Linux says EIO
		// when the last process has closed the terminal.
		return nil, io.EOF
	}
	return b, nil
}

// readAvailable reads what is there without waiting. The kernel hands out a
// terminal's output in pieces of less than a page. The error is nil if there
// was anything, and EAGAIN if there is nothing yet.
func readAvailable(fd int) ([]byte, error) {
	buf := buffers.Get().(*[maxOutput]byte)
	defer buffers.Put(buf)
	n := 0
	for n < len(buf) {
		m, err := syscall.Read(fd, buf[n:])
		if err == syscall.EINTR {
			continue
		}
		if m == 0 && err == nil {
			err = io.EOF
		}
		if err != nil && n == 0 {
			return nil, err
		}
		if err != nil {
			break // the next call meets it again
		}
		n += m
	}
	return append([]byte(nil), buf[:n]...), nil
}

// Write types b. It blocks while the programs do not read, until end.
func (t *terminal) Write(b []byte) (int, error) { return t.master.Write(b) }

// resize must not be called after end.
func (t *terminal) resize(sz size) error { return pty.Setsize(t.master, winsize(sz)) }

func winsize(sz size) *pty.Winsize { return &pty.Winsize{Cols: sz.cols, Rows: sz.rows} }

// end hangs up, waits for grace, kills what is left and returns when the shell
// is reaped. Reads and writes that wait return. The result is how many
// processes could not be ended.
func (t *terminal) end(grace time.Duration) (left int) {
	t.family.hangUp()
	if t.master != nil {
		// Without its master a terminal takes and gives nothing more: what
		// waits for it wakes with an error or the end of its input.
		t.master.Close()
	}
	if left = await(grace, t.family.count); left > 0 {
		left = await(killTime, t.family.kill)
	}
	<-t.exited
	return left
}

// await calls remaining until it returns 0 or limit has passed, and returns
// its last result.
func await(limit time.Duration, remaining func() int) int {
	deadline := time.Now().Add(limit)
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		left := remaining()
		if left == 0 || time.Now().After(deadline) {
			return left
		}
		time.Sleep(pause)
	}
}
