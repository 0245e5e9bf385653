package shell_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/everwire/everwire/handlers/shell"
	"github.com/everwire/everwire/session"
)

// stat returns the fields of /proc/PID/stat after the name, state first; none
// if there is no such process.
func stat(pid string) []string {
	b, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return nil
	}
	return strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
}

// alive reports whether a process runs. One that waits to be reaped does not.
func alive(pid string) bool {
	f := stat(pid)
	return f != nil && f[0] != "Z" && f[0] != "X"
}

// children counts this process's children, zombies too.
func children() (n int) {
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range all {
		if f := stat(filepath.Base(dir)); f != nil && f[1] == strconv.Itoa(os.Getpid()) {
			n++
		}
	}
	return n
}

// background are ways to leave a process behind. Each writes its process id
// to the file $1 in a line of its own.
var background = map[string]string{
	"in the background": `sleep 1000 & echo $! >$1`,
	"nohup":             `nohup sleep 1000 >/dev/null 2>&1 & echo $! >$1`,
	"stopped":           `sleep 1000 & echo $! >$1; kill -STOP $!`,
	"deaf":              `sh -c 'trap "" HUP TERM; echo $$ >'$1'; while :; do sleep 1000; done' &`,
	"setsid":            `setsid sh -c 'echo $$ >'$1'; exec sleep 1000' &`,
	"daemon":            `(setsid sh -c 'echo $$ >'$1'; exec sleep 1000' </dev/null >/dev/null 2>&1 &)`,
	"setsid, clean":     `env -i setsid sh -c 'echo $$ >'$1'; exec sleep 1000' &`,
}

// leaveBehind runs a line of background, then the rest, and returns the client
// and the process's id.
func leaveBehind(t *testing.T, cfg shell.Config, line, rest string) (*client, string) {
	t.Helper()
	need(t, "nohup")
	need(t, "setsid")
	file := filepath.Join(t.TempDir(), "pid")
	wait := `; while ! [ -s $1 ]; do :; done; echo ready; `
	cfg.Command = []string{"/bin/sh", "-c", strings.TrimSuffix(line, ";") + "\n" + wait[2:] + rest, "sh", file}
	c := start(t, cfg)
	c.expect("ready\r\n")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid := strings.TrimSpace(string(b))
	if !alive(pid) {
		t.Fatalf("process %q is not there to begin with", pid)
	}
	return c, pid
}

func TestNothingOutlivesTheSession(t *testing.T) {
	for how, line := range background {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			c, pid := leaveBehind(t, shell.Config{KillGrace: 200 * time.Millisecond}, line, "while :; do sleep 1000; done")
			c.over(session.ErrClosed)
			c.await(c.served, "the handler's return")
			if alive(pid) {
				t.Errorf("process %s is alive: %v", pid, stat(pid))
			}
		})
	}
}

func TestNothingOutlivesTheShell(t *testing.T) {
	for how, line := range background {
		if how == "setsid, clean" {
			continue // its parent is gone and nothing tells whose it is: see the package comment
		}
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			c, pid := leaveBehind(t, shell.Config{KillGrace: 200 * time.Millisecond}, line, "read x; exit 6")
			c.send(session.Binary, "\r")
			c.finish(session.Normal, `{"type":"exit","code":6}`)
			if alive(pid) {
				t.Errorf("process %s is alive: %v", pid, stat(pid))
			}
		})
	}
}

func TestKeepDetachedSparesOnlyWhatLeft(t *testing.T) {
	for how, kept := range map[string]bool{"daemon": true, "setsid": true, "nohup": false} {
		t.Run(how, func(t *testing.T) {
			cfg := shell.Config{KillGrace: 200 * time.Millisecond, KeepDetached: true}
			c, pid := leaveBehind(t, cfg, background[how], "sleep 1000")
			c.over(session.ErrClosed)
			c.await(c.served, "the handler's return")
			if alive(pid) != kept {
				t.Errorf("alive: %v, want %v", alive(pid), kept)
			}
			if n, err := strconv.Atoi(pid); err == nil && kept {
				syscall.Kill(n, syscall.SIGKILL)
			}
		})
	}
}

func TestShellHasTimeToSaveItsWork(t *testing.T) {
	file := filepath.Join(t.TempDir(), "saved")
	cfg := script(fmt.Sprintf(`trap 'echo work >%s; exit' HUP; echo ready; while :; do sleep 0.05; done`, file))
	cfg.KillGrace = patience
	c := start(t, cfg)
	c.expect("ready")
	c.leave()
	c.await(c.served, "the handler's return")
	if b, _ := os.ReadFile(file); string(b) != "work\n" {
		t.Errorf("saved %q", b)
	}
}

func TestLastOutputComesThoughTheTerminalStaysOpen(t *testing.T) {
	for how, line := range map[string]string{
		"a silent process holds it":   `trap "" HUP; sleep 1000 & echo last words; exit 2`,
		"a talkative process does so": `trap "" HUP; (while :; do echo noise; done) & echo last words; exit 2`,
	} {
		t.Run(how, func(t *testing.T) {
			cfg := script(line)
			cfg.KillGrace = time.Millisecond
			c := start(t, cfg)
			c.expect("last words\r\n")
			c.finish(session.Normal, `{"type":"exit","code":2}`)
		})
	}
}

func TestOpeningAndClosingLeavesNothing(t *testing.T) {
	h := shell.New(interactive())
	cycle := func(i int) {
		c := serve(t, h, session.Peer{Binary: i%2 == 0})
		c.send(session.Text, openMessage)
		switch i % 3 {
		case 0: // the client leaves while the shell starts
			c.leave()
		case 1:
			c.send(session.JSON, `{"type":"in","data":"exit\r"}`)
		case 2:
			c.send(session.JSON, `{"type":"in","data":"echo $((6*7))\r"}`)
			c.expect("42")
			c.over(session.ErrClosed)
		}
		for c.next() {
		}
	}
	cycle(0) // what is set up once is set up now
	files := func() int {
		all, _ := os.ReadDir("/proc/self/fd")
		return len(all)
	}
	goroutines, descriptors, processes := runtime.NumGoroutine(), files(), children()
	for i := range 50 {
		cycle(i)
	}
	// A goroutine that has done its last act may still be counted.
	for deadline := time.Now().Add(patience); runtime.NumGoroutine() > goroutines && time.Now().Before(deadline); {
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > goroutines {
		t.Errorf("%d goroutines, %d before", n, goroutines)
	}
	if n := files(); n > descriptors {
		t.Errorf("%d descriptors, %d before", n, descriptors)
	}
	if n := children(); n > processes {
		t.Errorf("%d children, %d before", n, processes)
	}
}

func TestFailedStartsLeaveNothing(t *testing.T) {
	h := shell.New(shell.Config{Command: []string{"/no/such/shell"}, MaxSessions: 1})
	var before int
	for i := range 20 {
		c := serve(t, h, session.Peer{Binary: true})
		c.send(session.Text, openMessage)
		c.fails(session.InternalError, "/no/such/shell")
		all, _ := os.ReadDir("/proc/self/fd")
		if i == 0 {
			before = len(all)
		} else if len(all) > before {
			t.Fatalf("%d descriptors after %d failures, %d after one", len(all), i+1, before)
		}
	}
}
