//go:build unix

package e2e_test

import (
	"fmt"
	"os"
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
}

type vtKeys struct {
	shows string // empty: type at once
	types string
	size  [2]int // columns and rows of a resize instead
}

var vtScripts = []vtScript{
	{"vim", []string{"vim"}, []string{"vim", "-u", "NONE", "-i", "NONE", "-N", "--cmd", "set nomore noswapfile", "-c", "syntax on",
		"-c", "set number hlsearch mouse=a ttimeoutlen=50 ruler list listchars=tab:>-", "sample.c"}, []vtKeys{
		{shows: "#include", types: "/total\r"},
		{shows: "/total", types: "n\x06\x06\x02"},
		{types: ":split\r:vsplit\r"},
		{types: "\x17w10j5dd3P:3,6>\ruGohéllo 漢字 😀 wörld\x1bOabove\x1b0i\t\x1b"},
		{shows: "wörld", types: "gg=Gvjjj~:set nowrap list\r20zl\x0c:echo 'here'\r"},
		{shows: "here", size: [2]int{60, 20}},
		{types: ":only\r:%s/int/integer/g\r:echo 'end of it'\r"},
		{shows: "end of it", types: ":terminal ++close sh -c 'echo in the terminal; seq 30; read x'\r"},
		{shows: "29", types: "x\r"},
		{types: ":echo 'closed'\r"},
		{shows: "closed", types: ":qa!\r"},
	}},
	{"htop", []string{"htop"}, []string{"htop", "-d", "2"}, []vtKeys{
		{shows: "F10", types: "t"},
		{shows: "Sorted", types: "\x1b[B\x1b[B\x1b[6~\x1b[H"},
		{types: "\x1bOR"},
		{shows: "Search", types: "htop\x1b"},
		{types: "\x1bOQ"},
		{shows: "Display", types: "\x1b[B\x1b[B\x1b[C\x1b"},
		{types: "?"},
		{shows: "Press any key", types: "q"},
		{shows: "F10", size: [2]int{100, 30}},
		{types: "H"},
		{shows: "F10", types: "q"},
	}},
	{"tmux", []string{"tmux"}, []string{"tmux", "-L", "recorded", "-f", "/dev/null", "new-session", "-x", "80", "-y", "24",
		"sh -c 'PS1=one: sh'"}, []vtKeys{
		{shows: "one:", types: "seq 40; printf '\\033[1;31mred\\033[0m 漢字\\n'\r"},
		{shows: "red 漢字", types: "\x02%"},
		{types: "PS1=two:\r"},
		{shows: "two:", types: "\x02\""},
		{types: "PS1=three:; clear; yes abc | head -50; echo d''one\r"},
		{shows: "done", types: "\x02:resize-pane -U 3\r\x02[\x1b[5~\x1b[5~"},
		{types: "q\x02zecho zoo''med\r"},
		{shows: "zoomed", types: "\x02z\x02w"},
		{shows: "(0)", types: "q\x02c"},
		{types: "PS1=four:; echo n''ew\r"},
		{shows: "new", size: [2]int{90, 20}},
		{types: "\x02n\x02:display-message fini''shed\r"},
		{types: "\x02:kill-server\r"},
	}},
	{"mc", []string{"mc"}, []string{"mc", "--nosubshell", "--color", ".", "."}, []vtKeys{
		{shows: "Quit", types: "\x1b[B\x1b[B\x1b[B"},
		{types: "\x1b[20~"},
		{shows: "Listing", types: "\x1b[C\x1b[C"},
		{types: "\x1b\x1b"},
		{types: "\x1b[1;5Asample\r"},
		{types: "\t\x1b[F\x1b[H"},
		{types: "\x1b[18~"},
		{types: "\x1b\x1b\x0f"},
		{types: "\x0f"},
		{shows: "Quit", size: [2]int{100, 30}},
		{shows: "Quit", types: "\x1b[21~"},
		{shows: "Quit", types: "\r"},
	}},
	{"less", []string{"less"}, []string{"less", "-R", "-i", "colours.txt"}, []vtKeys{
		{shows: "line 1", types: " "},
		{types: "\x1b[6~\x1b[6~\x1b[5~"},
		{types: "/line 180\r"},
		{shows: "line 180", types: "kkkkjjyyyee"},
		{types: "-S\r"},
		{types: "\x1b[C\x1b[C\x1b[D"},
		{types: "&line 2\r"},
		{shows: "& line 2", types: "G"},
		{size: [2]int{50, 12}},
		{types: "g="},
		{shows: "colours.txt", types: "\rq"},
	}},
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
	}},
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
	for name, text := range map[string]string{"sample.c": c.String(), "colours.txt": colours.String(), "other.txt": "nothing\n"} {
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
			known := map[string]int{}
			var out []vtStep // what brings known differences
			for _, at := range marks {
				s := stream.with(stream.Steps[:at])
				if len(out) > 0 {
					s = s.inSequences().without(out...)
				}
				if len(d.differ(s)) > 0 {
					out = append(out, d.explain(s.inSequences(), known)...)
				}
				if t.Failed() {
					break
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
	for _, step := range s.steps {
		if step.shows != "" {
			p.shows(step.shows)
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
