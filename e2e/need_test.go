package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// root is the folder of the whole project.
const root = ".."

// A requirement is something that a test needs besides Go.
type requirement struct {
	present func() bool
	install string // the command that brings it
}

var requirements = map[string]requirement{
	"bash":     {command("bash"), "apt-get install bash"},
	"chromium": {command("chromium"), "apt-get install chromium"},
	"ruffle":   {file("node_modules", "@ruffle-rs", "ruffle", "ruffle.js"), "scripts/npm-install e2e"},
	"node":     {command("node"), "apt-get install nodejs npm"},
	"clients":  {file("node_modules", ".package-lock.json"), "scripts/npm-install e2e"},
	"pages":    {file(root, "public", "dist", "shell.js"), "scripts/web"},
	"nginx":    {command(systemProgram("nginx")), "apt-get install nginx-light"},
	"haproxy":  {command(systemProgram("haproxy")), "apt-get install haproxy"},
	"redis":    {command("redis-server"), "apt-get install redis-server"},

	"vim":      {command("vim"), "apt-get install vim"},
	"htop":     {command("htop"), "apt-get install htop"},
	"tmux":     {command("tmux"), "apt-get install tmux"},
	"mc":       {command("mc"), "apt-get install mc"},
	"less":     {command("less"), "apt-get install less"},
	"emacs":    {command("emacs"), "apt-get install emacs-nox"},
	"vttest":   {command("vttest"), "apt-get install vttest"},
	"tigervnc": {command("Xtigervnc"), "apt-get install tigervnc-standalone-server"},
	"tightvnc": {command("Xtightvnc"), "apt-get install tightvncserver xfonts-base"},
	"x11vnc":   {command("x11vnc"), "apt-get install x11vnc"},
	"xvfb":     {command("Xvfb"), "apt-get install xvfb"},
	"xterm":    {command("xterm"), "apt-get install xterm xfonts-base"},
	"x11-apps": {command("xwd"), "apt-get install x11-apps"},
	"xdotool":  {command("xdotool"), "apt-get install xdotool"},
	"xclip":    {command("xclip"), "apt-get install xclip"},

	"tigervnc-viewer": {command("xtigervncviewer"), "apt-get install tigervnc-viewer"},
	"novnc":           {file("node_modules", "@novnc", "novnc", "core", "rfb.js"), "scripts/npm-install e2e"},

	"perl-websocket":  {success("perl", "-MProtocol::WebSocket", "-e", "1"), "apt-get install libprotocol-websocket-perl"},
	"python-autobahn": {success(systemPython, "-c", "import autobahn"), "apt-get install python3-autobahn"},
}

// systemPython has the distribution's packages, which another Python that
// comes first in the PATH has not.
const systemPython = "/usr/bin/python3"

func command(name string) func() bool {
	return func() bool {
		_, err := exec.LookPath(name)
		return err == nil
	}
}

func success(name string, args ...string) func() bool {
	return func() bool { return exec.Command(name, args...).Run() == nil }
}

func file(path ...string) func() bool {
	return func() bool {
		_, err := os.Stat(filepath.Join(path...))
		return err == nil
	}
}

// need skips the test if a tool is missing, and notes it in the file that
// EVERWIRE_TEST_LEDGER names. With E2E=require the test fails.
func need(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		r, known := requirements[tool]
		if !known {
			t.Fatalf("nobody knows how to find %q", tool)
		}
		if r.present() {
			continue
		}
		why := fmt.Sprintf("needs %s: %s", tool, r.install)
		note(t, t.Name()+" "+why)
		if os.Getenv("E2E") == "require" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
}

func note(t *testing.T, line string) {
	t.Helper()
	appendLine(t, "EVERWIRE_TEST_LEDGER", line)
}

// appendLine appends a line to the file that a variable names, if it does.
func appendLine(t *testing.T, variable, line string) {
	t.Helper()
	name := os.Getenv(variable)
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := fmt.Fprintln(f, line); err != nil {
		t.Fatal(err)
	}
}
