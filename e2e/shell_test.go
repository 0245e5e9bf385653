package e2e_test

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// openShell goes to the shell's page and waits for its first prompt.
func (b *tab) openShell(p *program) {
	b.t.Helper()
	need(b.t, "bash")
	b.logIn(p)
	b.open(p.origin + "/shell")
	b.wait("document.querySelector('#terminal').dataset.session === 'open'")
	b.wait(screenText + " !== ''")
}

// waitLine waits until a line of the terminal is exactly that.
func (b *tab) waitLine(line string) {
	b.t.Helper()
	b.wait(fmt.Sprintf("%s.split('\\n').includes(%s)", screenText, js(line)))
}

// answer types a command that prints mark=value, where the command itself does
// not contain the mark, and returns the value.
func (b *tab) answer(command string) string {
	b.t.Helper()
	mark := fmt.Sprintf("answer-%d", time.Now().UnixNano())
	b.keys(fmt.Sprintf("echo %s''%s=$(%s)\r", mark[:6], mark[6:], command))
	line := regexp.MustCompile(`(?m)^` + mark + `=(.*)$`)
	b.wait(fmt.Sprintf("%s.includes(%s)", screenText, js("\n"+mark+"=")))
	match := line.FindStringSubmatch(eval[string](b, screenText))
	if match == nil {
		b.t.Fatalf("no answer to %s\n%s", command, b.state())
	}
	return strings.TrimSpace(match[1])
}

func TestShell(t *testing.T) {
	p := everwire(t)
	for _, transport := range []string{"websocket", "polling"} {
		t.Run(transport, func(t *testing.T) {
			b := newTab(t)
			if transport == "polling" {
				b.withoutWebSocket()
			}
			b.openShell(p)
			b.wait(fmt.Sprintf("everwire.transport() === %q", transport))
			b.keys("echo $((6*7))\r")
			b.waitLine("42")
			_, sockets := b.requests()
			if got := len(sockets) > 0; got != (transport == "websocket") {
				t.Errorf("WebSockets %q", sockets)
			}
			if got := b.text("#status-transport"); got != transport {
				t.Errorf("the strip says %q", got)
			}
			if got := b.answer("printf 'gr\\303\\274n \\342\\230\\203'"); got != "grün ☃" {
				t.Errorf("UTF-8 came as %q", got)
			}
		})
	}
}

func TestShellFollowsTheWindow(t *testing.T) {
	b := newTab(t)
	b.openShell(everwire(t))
	var last int
	for _, width := range []int64{1100, 700} {
		b.resize(width, 600, false)
		if last > 0 {
			b.wait(fmt.Sprintf("everwire.term.cols < %d", last))
		}
		// The new size may reach the shell after the command.
		if err := until(t.Context(), patience, 0, func() error {
			got := b.answer("tput cols; tput lines")
			if want := eval[string](b, "everwire.term.cols + ' ' + everwire.term.rows"); got != want {
				return fmt.Errorf("the shell has %s, the terminal %s", got, want)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		last = eval[int](b, "everwire.term.cols")
	}
	if last > 700/7 {
		t.Errorf("%d columns in 700 pixels", last)
	}
}

func TestShellExit(t *testing.T) {
	b := newTab(t)
	b.openShell(everwire(t))
	shell := pid(t, b.answer("echo $$"))
	b.keys("exit 7\r")
	b.wait("!document.querySelector('#ended').hidden")
	if got := b.text("#ended-text"); !strings.Contains(got, "code was 7.") {
		t.Errorf("the card says %q", got)
	}
	expectGone(t, shell)
	if got := eval[string](b, "document.activeElement.id"); got != "new-shell" {
		t.Errorf("the focus is on %q", got)
	}
	b.keys("\r")
	b.wait("document.querySelector('#terminal').dataset.session === 'open'")
	b.wait("document.querySelector('#ended').hidden")
	if again := pid(t, b.answer("echo $$")); again == shell {
		t.Error("the new shell is the old one")
	}
	b.keys("echo $((7*6))\r")
	b.waitLine("42")
}

func TestShellEndsWithItsPage(t *testing.T) {
	b := newTab(t)
	b.openShell(everwire(t))
	shell := pid(t, b.answer("echo $$"))
	child := pid(t, b.answer("sleep 1000 >/dev/null 2>&1 & echo $!"))
	b.open("about:blank")
	expectGone(t, shell)
	expectGone(t, child)
}

func TestShellOfALostConnection(t *testing.T) {
	between := newCutter(t)
	p := ownEverwire(t, "--allow-origin", "http://"+between.addr)
	between.pass(strings.TrimPrefix(p.origin, "http://"))
	through := *p
	through.origin = "http://" + between.addr
	through.address = through.origin + "/#t=" + p.token
	b := newTab(t)
	b.expect("net::ERR_")
	b.openShell(&through)
	b.wait("everwire.transport() === 'websocket'")
	shell := pid(t, b.answer("echo $$"))
	between.cut()
	b.wait("document.querySelector('#ended').dataset.kind === 'lost'")
	if got := b.text("#ended-title"); got != "The connection was lost" {
		t.Errorf("the card says %q", got)
	}
	expectGone(t, shell)
	b.wait("document.querySelector('#status').dataset.state === 'connected'")
	b.click("#new-shell")
	b.wait("document.querySelector('#terminal').dataset.session === 'open'")
	b.wait(screenText + " !== ''")
	b.keys("echo $((6*7))\r")
	b.waitLine("42")
}

// A server that is told to end does so although shells are open, and the pages
// say what happened.
func TestShellOfAServerThatEnds(t *testing.T) {
	need(t, "pages")
	p, err := startProgram()
	if err != nil {
		t.Fatal(err)
	}
	b := newTab(t)
	b.expect("net::ERR_")
	b.expect("status of 503")
	b.openShell(p)
	shell := pid(t, b.answer("echo $$"))
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	b.wait("!document.querySelector('#ended').hidden")
	b.wait("document.querySelector('#notice').textContent.includes('does not answer')")
	expectGone(t, shell)
}

func pid(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil || n <= 1 {
		t.Fatalf("%q is no process id", text)
	}
	return n
}

// expectGone waits until a process has ended.
func expectGone(t *testing.T, pid int) {
	t.Helper()
	if err := until(t.Context(), patience, 20*time.Millisecond, func() error {
		if !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return fmt.Errorf("process %d has not ended", pid)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}
