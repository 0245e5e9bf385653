//go:build linux

package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/bench/internal/contest"
	"github.com/everwire/everwire/bench/internal/peertest"
)

// tiny is a run that only shows that all works.
var tiny = scale{rounds: 1, warm: time.Millisecond, span: 20 * time.Millisecond, divide: 1000, broadcasts: 2,
	turns: 2, paced: 3, pace: time.Millisecond, rest: time.Millisecond, pause: 20 * time.Millisecond,
	storms: 2, stormPace: 10 * time.Millisecond}

// The load itself checks that every event is acknowledged with its argument,
// and that a broadcast reaches every client once.
func TestEveryServerCanBeMeasured(t *testing.T) {
	for version, ed := range editions {
		for _, name := range ed.servers {
			t.Run(fmt.Sprint("Engine.IO ", version, "/", name), func(t *testing.T) {
				if pkg := packages[name]; pkg != "" {
					peertest.NeedNode(t, root, pkg)
				}
				measureAll(t, ed, name)
			})
		}
	}
}

func measureAll(t *testing.T, ed edition, name string) {
	p := plan{root: root, servers: []string{name}, progress: t.Output(), jobs: ed.jobs(tiny)}
	found, failed, err := p.run()
	if err != nil || failed > 0 {
		t.Fatalf("%d of %d cases have failed, %v", failed, len(p.jobs), err)
	}
	for _, j := range p.jobs {
		for _, fig := range j.Figures {
			v := found.Series(j.Name, name, fig).Median()
			// So few clients are less than what memory varies by; and what is lost
			// is nothing at best.
			mayBeNone := fig == idleKiB || fig == collectedKiB || fig == anew || fig == stormAcks && name == goPeer || fig == stormNews && name == goPeer
			if math.IsNaN(v) || v <= 0 && !mayBeNone {
				t.Errorf("%s: %s is %v", j.Name, fig, v)
			}
		}
	}
	if _, err := os.Stat(p.keys); err == nil {
		t.Error("the key is still there")
	}
}

func TestAMissingServerIsAFailure(t *testing.T) {
	var progress strings.Builder
	jobs, err := contest.ChooseCases(tiny.jobs4(), "ack-100,")
	if err != nil {
		t.Fatal(err)
	}
	p := plan{root: t.TempDir(), servers: []string{node}, jobs: jobs, progress: &progress}
	if _, failed, err := p.run(); err != nil || failed != len(jobs) || !strings.Contains(progress.String(), "failed:") {
		t.Errorf("%d failures, %v; progress:\n%s", failed, err, &progress)
	}
}

func TestProfilesAreWritten(t *testing.T) {
	folder := t.TempDir()
	jobs, err := contest.ChooseCases(tiny.jobs4(), "ack-100,idle")
	if err != nil {
		t.Fatal(err)
	}
	p := plan{root: root, servers: []string{ours}, profiles: folder, progress: t.Output(), jobs: jobs}
	if _, failed, err := p.run(); failed > 0 || err != nil {
		t.Fatal("see the log", err)
	}
	for _, name := range []string{"everwire-ack-100.cpu", "everwire-idle-10.mem"} {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Marks name cases by their names, which nothing else would notice.
func TestMarksSpeakOfCasesThatExist(t *testing.T) {
	for _, ed := range editions {
		found := contest.Findings{}
		for _, j := range ed.jobs(newScale(false, 0)) {
			for _, server := range ed.servers {
				r := contest.Result{}
				for _, fig := range j.Figures {
					r[fig] = 1
				}
				found.Add(j.Case, server, r)
			}
		}
		for _, m := range ed.marks {
			if v := m.Value(ed.servers, found); v != 1 {
				t.Errorf("%s: %v", m.What, v)
			}
		}
	}
}

func TestWrongArguments(t *testing.T) {
	for _, args := range [][]string{{"everything"}, {"-servers", "x"}, {"-cases", "x"}, {"-no-such"}, {"-eio", "2"}, {"-eio", "3", "-servers", node},
		{"serve"}, {"serve", node}, {"serve", "-tls", "x", goPeer}} {
		if err := run(args, io.Discard, io.Discard); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}
