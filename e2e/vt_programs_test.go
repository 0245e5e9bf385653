//go:build unix

package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A vtScript is what a user does with a program. Each step waits for a text on
// the screen and then types.
type vtScript struct {
	name  string
	tools []string
	argv  []string
	steps []vtKeys
	end   []string // a command that ends what may be left of it
}

type vtKeys struct {
	shows string // empty: type at once
	types string
	size  [2]int // columns and rows of a resize instead
	again bool   // type every second until the next step's text is shown
}

var vtScripts = []vtScript{
	{"vim", []string{"vim"}, []string{"vim", "-u", "NONE", "-i", "NONE", "-N", "--cmd", "set nomore noswapfile", "-c", "syntax on",
		"-c", "set number hlsearch mouse=a ttimeoutlen=50 ruler list listchars=tab:>-", "sample.c"}, []vtKeys{
		{shows: "#include", types: "/total\r"},
		{shows: "/total", types: "n\x06\x06\x02"},
		{types: ":split\r:vsplit\r"},
		{types: "\x17w10j5dd3P:3,6>\ruGohéllo 漢字 😀 wörld\x1bkOabove\x1b0i\t\x1b"},
		{shows: "above", types: "gg=Gvjjj~:set nowrap list\r20zl\x0c:put ='he'.'re'\r"},
		{shows: "here", size: [2]int{60, 20}},
		{types: ":only\r:%s/int/integer/g\r:put ='end'.'ofit'\r"},
		{shows: "endofit", types: ":qa!\r"},
	}, nil},
	{"htop", []string{"htop"}, []string{"htop", "-d", "2"}, []vtKeys{
		{shows: "F10", types: "t"},
		{types: "\x1b[B\x1b[B\x1b[6~\x1b[H"},
		{types: "\x1bOR"},
		{shows: "Search", types: "htop\x1b"},
		{types: "\x1bOQ"},
		{shows: "Display", types: "\x1b[B\x1b[B\x1b[C\x1b"},
		{types: "?"},
		{shows: "hide/show", types: "q"},
		{shows: "F10", size: [2]int{100, 30}},
		{types: "H"},
		{shows: "F10", types: "q"},
	}, nil},
	{"tmux", []string{"tmux"}, []string{"tmux", "-S", "tmux.sock", "-f", "tmux.conf", "new-session", "-x", "80", "-y", "24",
		"sh -c 'PS1=one: sh'"}, []vtKeys{
		{shows: "one:", types: "seq 40; printf '\\033[1;31mred\\033[0m 漢字\\n'\r"},
		{shows: "red 漢字", types: "\x02%"},
		{types: "PS1=tw''o:\r"},
		{shows: "two:", types: "\x02\""},
		{types: "PS1=thr''ee:; clear; yes abc | head -50; echo d''one\r"},
		{shows: "done", types: "tmux resize-pane -U 3; echo shor''ter\r"},
		{shows: "shorter", types: "tmux resize-pane -Z; echo zoo''med\r"},
		{shows: "zoomed", types: "tmux resize-pane -Z; tmux choose-tree; echo cho''sen\r"},
		{shows: "(0)", types: "q"},
		{shows: "chosen", types: "tmux new-window\r"},
		{types: "PS1=fo''ur:; echo n''ew\r"},
		{shows: "new", size: [2]int{90, 20}},
		{types: "tmux display-message fini''shed\r"},
		{shows: "finished", types: "tmux next-window\r"},
		{types: "tmux kill-server\r"},
	}, []string{"tmux", "-S", "tmux.sock", "kill-server"}},
	{"mc", []string{"mc"}, []string{"mc", "--nosubshell", "--color", ".", "."}, []vtKeys{
		{shows: "Quit", types: "m", again: true}, // it forgets what is typed before it is ready
		{shows: "# m", types: "\x1bOB\x1bOB\x1bOB"},
		{types: "\x1b[20~"},
		{types: "\x1bOB"},
		{shows: "Listing", types: "\x1bOC\x1bOC"},
		{types: "\x1b\x1b"},
		{types: "\x1b[1;5Asample\r"},
		{types: "\t\x1bOF\x1bOH"},
		{types: "\x1b[18~"},
		{types: "\x1b\x1b\x0f"},
		{types: "\x0f"},
		{shows: "Quit", size: [2]int{100, 30}},
		{shows: "Quit", types: "\x1b[21~"},
		{shows: "Quit", types: "\r"},
	}, nil},
	{"less", []string{"less"}, []string{"less", "-R", "-i", "colours.txt"}, []vtKeys{
		{shows: "line 1", types: " "},
		{types: "\x1b[6~\x1b[6~\x1b[5~"},
		{types: "/line 180\r"},
		{shows: "line 180", types: "kkkkjjyyyee"},
		{types: "-S\r"},
		{types: "\x1b[C\x1b[C\x1b[D"},
		{types: "&line 2\r"},
		{shows: "& :", types: "G"},
		{size: [2]int{50, 12}},
		{types: "g="},
		{shows: "colours.txt", types: "\rq"},
	}, nil},
	{"emacs", []string{"emacs"}, []string{"emacs", "-nw", "-Q", "sample.c"}, []vtKeys{
		{shows: "#include", types: "\x16\x16\x1bv\x13total"},
		{shows: "I-search: total", types: "\x13\x13\r"},
		{types: "\x182\x18o\x1b>\rhéllo 漢字 😀 wörld\r\x10\x10\x0b\x0b\x19"},
		{shows: "wörld", types: "\x183\x1bxlinum-mode\r"},
		{types: "\x18h\x1bxindent-region\r\x18\x15"},
		{size: [2]int{70, 20}},
		{types: "\x181\x1bxdisplay-line-numbers-mode\r\x08k\x18\x03"},
		{shows: "save-buffers-kill", types: "\x181\x1b<\x18\x03"},
		{types: "n"},
		{types: "yes\r"},
	}, nil},
}

// writeVTSamples writes the files that the programs show.
func writeVTSamples(t *testing.T, dir string) {
	t.Helper()
	var c, colours strings.Builder
	c.WriteString("#include <stdio.h>\n\n/* Adds numbers, slowly. */\nstatic int add(int a, int b)\n{\n\treturn a + b;\n}\n\n")
	for i := range 30 {
		fmt.Fprintf(&c, "int total%d(void)\n{\n\tint total = 0;\n\tfor (int i = 0; i < %d; i++)\n\t\ttotal = add(total, i); // \"no\" hurry\n\treturn total;\n}\n\n", i, i*7)
	}
	for i := 1; i <= 300; i++ {
		fmt.Fprintf(&colours, "line %d \x1b[%dmcolour\x1b[0m \x1b[1mbold\x1b[22m \x1b[4munder\x1b[24m 漢字 %s\n", i, 30+i%8, strings.Repeat("wide ", i%25))
	}
	for name, text := range map[string]string{"sample.c": c.String(), "colours.txt": colours.String(), "other.txt": "nothing\n",
		// Keys that come at once are keys all the same. xterm.js has no margins
		// on the sides, which tmux uses where it finds them.
		"tmux.conf": "set -g assume-paste-time 0\nset -as terminal-overrides ',*:Enmg@:Dsmg@:Clmg@:Cmg@'\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestVTPrograms records what programs of a terminal write, and compares both
// emulators at each of their steps.
func TestVTPrograms(t *testing.T) {
	for _, script := range vtScripts {
		t.Run(script.name, func(t *testing.T) {
			need(t, script.tools...)
			t.Parallel()
			stream, marks := script.record(t)
			d := &vtDuel{t: t, xterm: startVTXterm(t)}
			stream.NoHistory = true // tmux uses SU, see "scroll up into history"
			known := map[string]int{}
			for _, at := range marks {
				s := stream.with(stream.Steps[:at]).inSequences().withoutQueries()
				if len(d.differ(s)) > 0 {
					d.explain(s, known)
				}
				if t.Failed() || len(known) > 0 {
					break // what follows has it too
				}
			}
			t.Logf("%d pieces in %d steps; %d runs; explained differences: %v", len(stream.Steps), len(marks), d.runs, known)
		})
	}
}

// record plays the script. The marks are how many pieces of the stream there
// were at each step.
func (s vtScript) record(t *testing.T) (stream vtStream, marks []int) {
	dir := t.TempDir()
	writeVTSamples(t, dir)
	p := runVT(t, dir, 80, 24, s.argv...)
	if s.end != nil {
		t.Cleanup(func() {
			end := exec.Command(s.end[0], s.end[1:]...)
			end.Dir = dir
			end.Run() // fails if the script came to its end
		})
	}
	again := ""
	for _, step := range s.steps {
		if step.shows != "" {
			p.shows(step.shows, again)
		}
		again = ""
		if step.again {
			again = step.types
		}
		marks = append(marks, len(p.stream.Steps))
		if step.size[0] > 0 {
			p.resize(step.size[0], step.size[1])
		} else {
			p.keys(step.types)
		}
	}
	p.ends()
	return p.stream, append(marks, len(p.stream.Steps))
}
