//go:build linux

package main

import (
	"io"
	"testing"

	"github.com/everwire/everwire/bench/internal/contest"
)

// Marks name cases by their names, which nothing else would notice.
func TestMarksSpeakOfCasesThatExist(t *testing.T) {
	found := contest.Findings{}
	for _, c := range new(plan).cases(1) {
		r := contest.Result{}
		for _, fig := range c.Figures {
			r[fig] = 1
		}
		found.Add(c, ours, r)
	}
	for _, m := range marks {
		if v := m.Value(emulatorNames(), found); v != 1 {
			t.Errorf("%s: %v", m.What, v)
		}
	}
}

func TestWrongArguments(t *testing.T) {
	for _, args := range [][]string{{"everything"}, {"-emulators", "x"}, {"-cases", "x"}, {"-no-such"}, {"serve"}, {"serve", "xterm", "x"}, {"serve", ours}} {
		if err := run(args, io.Discard, io.Discard); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}
