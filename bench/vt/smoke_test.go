//go:build linux

package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/everwire/everwire/bench/internal/contest"
	"github.com/everwire/everwire/bench/internal/peertest"
)

// everyEmulator runs a test with every emulator.
func everyEmulator(t *testing.T, test func(t *testing.T, name string)) {
	for _, name := range emulatorNames() {
		t.Run(name, func(t *testing.T) {
			if name == base {
				peertest.NeedNode(t, root, "@xterm/headless")
			}
			test(t, name)
		})
	}
}

// excerpts is a plan whose streams are short.
func excerpts(t *testing.T) *plan {
	t.Helper()
	p := &plan{root: root, span: time.Millisecond, screens: 3, folder: t.TempDir()}
	for _, s := range streams {
		b := s.bytes()
		cut := bytes.LastIndex(b[:8_000], []byte("\r\n")) + len("\r\n")
		if err := os.WriteFile(s.file(p.folder), b[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func TestEveryEmulatorCanBeMeasured(t *testing.T) {
	p := excerpts(t)
	cases, err := contest.ChooseCases(p.cases(1), "wide,memory-plain")
	if err != nil {
		t.Fatal(err)
	}
	everyEmulator(t, func(t *testing.T, name string) {
		var progress strings.Builder
		found, failed := contest.Run(cases, []string{name}, &progress)
		if failed > 0 {
			t.Fatal(progress.String())
		}
		if v := found.Series("wide", name, mbPerCPU).Median(); !(v > 0) {
			t.Errorf("%v MB per CPU second", v)
		}
		if v := found.Series("memory-plain", name, screenKiB).Median(); !(v > cols*rows/1024) {
			t.Errorf("a screen takes %v KiB", v)
		}
	})
}

// An emulator that is fast because it does not do what it is told would be no
// measure. The screen after plain text is the same in all of them but vt100,
// which wraps as soon as the last column is written.
func TestEmulatorsShowTheSameText(t *testing.T) {
	p := excerpts(t)
	want := ""
	everyEmulator(t, func(t *testing.T, name string) {
		got, err := p.run(name, streams[0], "-text")
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = string(got)
		}
		if lines := bytes.Count(got, []byte("\n")); lines < rows-1 || len(got) < cols*rows/4 {
			t.Errorf("%d lines, %d bytes:\n%s", lines, len(got), got)
		}
		if string(got) != want && name != "vt100" {
			t.Errorf("shows\n%swant\n%s", got, want)
		}
	})
}

func TestStreamsAreTheSameInEveryRun(t *testing.T) {
	for _, s := range streams {
		b := s.bytes()
		if !bytes.Equal(b, s.bytes()) {
			t.Errorf("%s differs from time to time", s.name)
		}
		if len(b) < streamSize || !utf8.Valid(b) {
			t.Errorf("%s: %d bytes, UTF-8: %v", s.name, len(b), utf8.Valid(b))
		}
	}
}
