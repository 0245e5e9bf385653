//go:build unix

package shell_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/everwire/everwire/handlers/shell"
	"github.com/everwire/everwire/session"
)

func TestShellRunsWhatIsTyped(t *testing.T) {
	c := start(t, interactive())
	c.typeLine("echo $((6*7))")
	c.expect("42\r\n")
	c.typeLine("exit")
	c.finish(session.Normal, `{"type":"exit","code":0}`)
}

func TestDefaultIsTheUsersLoginShell(t *testing.T) {
	// A home of its own: what the user's profile does is not under test.
	c := start(t, shell.Config{Env: map[string]string{"HOME": t.TempDir()}})
	c.typeLine(`echo; echo "zero=$0"; echo "shell=$SHELL"; pwd; echo`)
	if zero := c.field("zero"); !strings.HasPrefix(zero, "-") {
		t.Errorf("$0 is %q, which is no login shell", zero)
	}
	if sh := c.field("shell"); !filepath.IsAbs(sh) {
		t.Errorf("SHELL is %q", sh)
	}
}

func TestControlMessagesComeAsTextOrJSON(t *testing.T) {
	for _, kind := range []session.Kind{session.Text, session.JSON} {
		t.Run(kind.String(), func(t *testing.T) {
			c := serve(t, shell.New(interactive()), session.Peer{Binary: true})
			c.send(kind, openMessage)
			c.send(kind, `{"type":"in","data":"stty size\r"}`)
			c.expect("24 80\r\n")
			c.send(kind, `{"type":"resize","cols":132,"rows":43}`)
			c.send(kind, `{"type":"in","data":"stty size; exit 3\r"}`)
			c.expect("43 132\r\n")
			c.finish(session.Normal, `{"type":"exit","code":3}`)
			if c.kinds[kind] != 1 {
				t.Errorf("messages by kind %v, want exit as %v", c.kinds, kind)
			}
		})
	}
}

func TestResizeSignalsTheProgram(t *testing.T) {
	c := start(t, script(`trap 'stty size' WINCH; echo ready; while :; do read x; done`))
	c.expect("ready\r\n")
	c.send(session.Text, `{"type":"resize","cols":1000,"rows":1}`)
	c.expect("1 1000\r\n")
}

func TestExitCode(t *testing.T) {
	for _, tt := range []struct{ script, want string }{
		{"exit 0", `{"type":"exit","code":0}`},
		{"exit 255", `{"type":"exit","code":255}`},
		{"kill -TERM $$", `{"type":"exit","code":143}`},
		{"kill -KILL $$", `{"type":"exit","code":137}`},
	} {
		t.Run(tt.script, func(t *testing.T) {
			start(t, script(tt.script)).finish(session.Normal, tt.want)
		})
	}
}

func TestInterruptReachesTheProgram(t *testing.T) {
	c := start(t, script(`trap 'echo got it; exit 5' INT; echo ready; while :; do sleep 0.05; done`))
	c.expect("ready\r\n")
	c.send(session.Binary, "\x03")
	c.expect("got it\r\n")
	c.finish(session.Normal, `{"type":"exit","code":5}`)
}

// TestShellHearsSignalsThatTheServerIgnores leaves SIGINT caught, as starting a
// shell has made it: signal.Reset would bring back that it is ignored, and not
// say so.
func TestShellHearsSignalsThatTheServerIgnores(t *testing.T) {
	signal.Ignore(syscall.SIGINT)
	c := start(t, script(`echo ready; while :; do sleep 0.05; done`))
	c.expect("ready\r\n")
	c.send(session.Binary, "\x03")
	c.finish(session.Normal, `{"type":"exit","code":130}`)
}

func TestOpenIsChecked(t *testing.T) {
	for _, tt := range []struct {
		name string
		kind session.Kind
		data string
		code session.Code
		says string
	}{
		{"binary", session.Binary, openMessage, session.PolicyViolated, "binary"},
		{"not JSON", session.Text, "ls\r", session.PolicyViolated, "JSON object"},
		{"empty", session.Text, "", session.PolicyViolated, "JSON object"},
		{"array", session.JSON, "[1]", session.PolicyViolated, "not a JSON array"},
		{"null", session.JSON, "null", session.PolicyViolated, "type"},
		{"no type", session.Text, `{"mode":"stream"}`, session.PolicyViolated, "needs a type"},
		{"unknown type", session.Text, `{"type":"exec"}`, session.PolicyViolated, `"exec"`},
		{"wrong order", session.Text, `{"type":"resize","cols":80,"rows":24}`, session.PolicyViolated, "must be open"},
		{"no mode", session.Text, `{"type":"open","cols":80,"rows":24}`, session.PolicyViolated, "mode"},
		{"unknown mode", session.Text, `{"type":"open","mode":"state","cols":80,"rows":24}`, session.PolicyViolated, `"state"`},
		{"no size", session.Text, `{"type":"open","mode":"stream"}`, session.PolicyViolated, "cols"},
		{"no rows", session.Text, `{"type":"open","mode":"stream","cols":80}`, session.PolicyViolated, "rows"},
		{"wide", session.Text, `{"type":"open","mode":"stream","cols":1001,"rows":24}`, session.PolicyViolated, "1001"},
		{"negative", session.Text, `{"type":"open","mode":"stream","cols":80,"rows":-1}`, session.PolicyViolated, "-1"},
		{"fraction", session.Text, `{"type":"open","mode":"stream","cols":80.5,"rows":24}`, session.PolicyViolated, "cols"},
		{"string", session.Text, `{"type":"open","mode":"stream","cols":"80","rows":24}`, session.PolicyViolated, "cols"},
		{"large", session.Text, openMessage + strings.Repeat(" ", 4<<10), session.MessageTooBig, "4096"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, shell.New(interactive()), session.Peer{Binary: true})
			c.send(tt.kind, tt.data)
			c.fails(tt.code, tt.says)
		})
	}
}

func TestMistakesAfterOpenEndTheShell(t *testing.T) {
	for _, tt := range []struct {
		name string
		kind session.Kind
		data string
		code session.Code
		says string
	}{
		{"second open", session.Text, openMessage, session.PolicyViolated, "open already"},
		{"bare text", session.Text, "ls\r", session.PolicyViolated, "JSON object"},
		{"bad size", session.Text, `{"type":"resize","cols":0,"rows":24}`, session.PolicyViolated, "cols"},
		{"large binary", session.Binary, strings.Repeat("x", shell.MaxInput+1), session.MessageTooBig, "1048576"},
		{"large text", session.Text, `{"type":"in","data":"` + strings.Repeat("x", shell.MaxInput) + `"}`, session.MessageTooBig, "1048576"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := start(t, script("echo ready; sleep 1000"))
			c.expect("ready")
			c.send(tt.kind, tt.data)
			c.fails(tt.code, tt.says)
		})
	}
}

func TestOpenMustComeInTime(t *testing.T) {
	c := serve(t, shell.New(shell.Config{OpenTimeout: time.Millisecond}), session.Peer{Binary: true})
	c.fails(session.HandshakeTimeout, "in time")
}

func TestClientThatLeavesBeforeOpenGetsNothing(t *testing.T) {
	c := serve(t, shell.New(interactive()), session.Peer{Binary: true})
	c.leave()
	for c.next() {
	}
	if len(c.control) > 0 || c.code != 0 {
		t.Errorf("got %q and code %v", c.control, c.code)
	}
}

func TestStartFailureNamesWhatToDo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "not-executable")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		cfg  shell.Config
		says []string
	}{
		{"no such file", shell.Config{Command: []string{"/no/such/shell"}}, []string{"/no/such/shell", "configure another command"}},
		{"not in PATH", shell.Config{Command: []string{"no-such-shell"}}, []string{"no-such-shell", "configure another command"}},
		{"not executable", shell.Config{Command: []string{file}}, []string{file, "executable"}},
		{"no such directory", shell.Config{Command: []string{"/bin/sh"}, Dir: "/no/such/dir"}, []string{"/bin/sh", "/no/such/dir", "configure another"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start(t, tt.cfg).fails(session.InternalError, tt.says...)
		})
	}
}

func TestTheLogHasNoIDThatAuthorises(t *testing.T) {
	var log bytes.Buffer
	cfg := interactive()
	cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	c := start(t, cfg)
	c.typeLine("exit")
	c.finish(session.Normal, `{"type":"exit","code":0}`)
	c.await(c.served, "the handler's return")
	if got := log.String(); !strings.Contains(got, "sid="+clientID[:8]+" ") || strings.Contains(got, clientID[:9]) {
		t.Errorf("logged:\n%s", got)
	}
}

func TestShellsAreLimited(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  shell.Config
		user string // of the third client
		says string
	}{
		{"in all", shell.Config{MaxSessions: 2}, "eve", "This server runs as many shells as it may (2): try again later."},
		{"per user", shell.Config{MaxPerUser: 1}, "ada", "You have as many shells open as you may (1): close one of them first."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.cfg.Command = interactive().Command
			h := shell.New(tt.cfg)
			open := func(user string) *client {
				c := serve(t, h, session.Peer{Binary: true, Principal: user})
				c.send(session.Text, openMessage)
				return c
			}
			ada, bob := open("ada"), open("bob")
			ada.typeLine("echo $((6*7))")
			ada.expect("42")
			bob.typeLine("echo $((6*7))")
			bob.expect("42")
			open(tt.user).fails(session.TryAgainLater, tt.says)

			ada.leave()
			ada.await(ada.served, "the end of the first shell")
			again := open(tt.user)
			again.typeLine("echo $((6*7))")
			again.expect("42")
		})
	}
}

func TestEnvironmentIsCleanAndComplete(t *testing.T) {
	t.Setenv("EVERWIRE_TOKEN", "s3cret")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
	t.Setenv("LD_PRELOAD", "")
	t.Setenv("LANG", "POSIX")
	need(t, "env")
	cfg := shell.Config{Command: []string{"env"}} // a shell would add variables of its own
	cfg.Version = "1.2.3"
	cfg.Env = map[string]string{"EDITOR": "ed", "EVERWIRE_SESSION": "mine"}
	c := start(t, cfg)
	c.finish(session.Normal, `{"type":"exit","code":0}`)

	got := make(map[string]string)
	for line := range strings.Lines(string(c.output)) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), "=")
		got[name] = value
	}
	for name, want := range map[string]string{
		"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8",
		"TERM_PROGRAM": "everwire", "TERM_PROGRAM_VERSION": "1.2.3", "EDITOR": "ed",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	for _, name := range []string{"PATH", "HOME", "USER", "LOGNAME", "SHELL", "EVERWIRE_SESSION"} {
		if got[name] == "" {
			t.Errorf("%s is not set", name)
		}
	}
	if got["EVERWIRE_SESSION"] == "mine" {
		t.Error("Config.Env replaced EVERWIRE_SESSION")
	}
	allowed := strings.Fields("COLORTERM EDITOR EVERWIRE_SESSION HOME LANG LOGNAME PATH SHELL TERM TERM_PROGRAM TERM_PROGRAM_VERSION USER")
	for name := range got {
		if !slices.Contains(allowed, name) {
			t.Errorf("%s=%s has no business in the shell's environment", name, got[name])
		}
	}
}

// fails expects an error message that holds the given words, and the close.
func (c *client) fails(code session.Code, words ...string) {
	c.t.Helper()
	for c.next() {
	}
	if c.code != code {
		c.t.Errorf("closed with %v, want %v", c.code, code)
	}
	if len(c.control) != 1 {
		c.t.Fatalf("control messages %q, want one", c.control)
	}
	var m struct{ Type, Message string }
	if err := json.Unmarshal([]byte(c.control[0]), &m); err != nil {
		c.t.Fatal(err)
	}
	for _, w := range words {
		if m.Type != "error" || !strings.Contains(m.Message, w) {
			c.t.Errorf("got %s %q, want an error with %q", m.Type, m.Message, w)
		}
	}
}
