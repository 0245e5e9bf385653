//go:build linux

package main

import (
	"io"
	"math"
	"strings"
	"testing"

	"github.com/everwire/everwire/bench/internal/measure"
)

// find makes findings of one figure.
func find(caseName string, fig figure, of map[string]measure.Series) findings {
	found := findings{caseName: {}}
	for server, s := range of {
		found[caseName][server] = map[figure]measure.Series{fig: s}
	}
	return found
}

func TestTablesHaveMediansAndRatios(t *testing.T) {
	c := benchCase{name: "c", title: "Title", figures: []figure{echoCPU, rate}, ratios: []figure{echoCPU}}
	found := findings{}
	for _, round := range []struct{ ours, base float64 }{{5, 10}, {12, 30}, {6, 10}} {
		found.add(c, ours, result{echoCPU: round.ours, rate: 1000})
		found.add(c, base, result{echoCPU: round.base, rate: 2000})
		found.add(c, node, nil)
	}
	var out strings.Builder
	printTables(&out, []benchCase{c}, []string{ours, base, node}, found)
	const want = "### Title\n\n" +
		"| server | CPU µs/message | least to most | to gorilla | messages/s |\n" +
		"|---|---:|---:|---:|---:|\n" +
		"| everwire | 6.00 | 5.00 to 12.0 | 0.50 | 1000 |\n" +
		"| gorilla | 10.0 | 10.0 to 30.0 | 1.00 | 2000 |\n" +
		"| nodews | – | – | – | – |\n\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", &out, want)
	}
	out.Reset()
	printTables(&out, []benchCase{c}, []string{ours}, found)
	if strings.Contains(out.String(), "gorilla") {
		t.Errorf("ratios to a server that was not measured:\n%s", &out)
	}
}

func TestMarksAreMetOrMissed(t *testing.T) {
	servers := serverNames()
	for _, c := range []struct {
		name  string
		found findings
		want  string // of the line
	}{
		{"met", find("echo-100x32", echoCPU, map[string]measure.Series{ours: {7}, base: {10}}), "| 0.80 | 0.700 | met |"},
		{"just met", find("echo-100x4096", echoCPU, map[string]measure.Series{ours: {5}, base: {10}}), "| 0.50 | 0.500 | met |"},
		{"missed", find("echo-1000x32", echoCPU, map[string]measure.Series{ours: {9}, base: {10}}), "| 0.80 | 0.900 | missed |"},
		{"memory", find("crowd-10000", collectedKiB, map[string]measure.Series{ours: {9, 4, 4.4}, base: {10, 10, 10}}), "| 4.50 | 4.400 | met |"},
		// gorilla has failed, gws is the best of the others.
		{"best", find("crowd-10000", broadcastCPU, map[string]measure.Series{ours: {12}, base: {math.NaN()}, "coder": {20}, "gws": {10}, "gobwas": {11}}),
			"| 1.00 | 1.200 | missed |"},
	} {
		var out strings.Builder
		printMarks(&out, servers, c.found)
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 5 || !strings.Contains(lines[4], c.want) {
			t.Errorf("%s: want one line with %q:\n%s", c.name, c.want, &out)
		}
	}
}

// Marks name cases by their names, which nothing else would notice.
func TestMarksSpeakOfCasesThatExist(t *testing.T) {
	found := findings{}
	for _, c := range allCases(false, 0) {
		for _, server := range serverNames() {
			r := result{}
			for _, fig := range c.figures {
				r[fig] = 1
			}
			found.add(c, server, r)
		}
	}
	for _, m := range marks {
		if v := m.value(serverNames(), found); v != 1 {
			t.Errorf("%s: %v", m.what, v)
		}
	}
}

func TestChoosing(t *testing.T) {
	if got, err := chooseServers(""); err != nil || len(got) != 6 {
		t.Errorf("all servers: %v, %v", got, err)
	}
	if got, err := chooseServers("gws, everwire"); err != nil || strings.Join(got, " ") != "gws everwire" {
		t.Errorf("two servers: %v, %v", got, err)
	}
	if _, err := chooseServers("gsw"); err == nil {
		t.Error("there is no gsw")
	}
	names := func(cases []benchCase) (list []string) {
		for _, c := range cases {
			list = append(list, c.name)
		}
		return list
	}
	for list, want := range map[string]string{
		"":                   "echo-100x32 echo-1000x32 echo-100x4096 echo-1000x4096 crowd-10000",
		"echo-100x":          "echo-100x32 echo-100x4096",
		"crowd,echo-1000x32": "echo-1000x32 crowd-10000",
	} {
		got, err := chooseCases(allCases(false, 0), list)
		if err != nil || strings.Join(names(got), " ") != want {
			t.Errorf("%q: %v, %v", list, names(got), err)
		}
	}
	if _, err := chooseCases(allCases(true, 0), "ecco"); err == nil {
		t.Error("there is no ecco")
	}
}

func TestWrongArguments(t *testing.T) {
	for _, args := range [][]string{{"everything"}, {"-servers", "x"}, {"-cases", "x"}, {"-no-such"}, {"serve"}, {"serve", "nodews"}} {
		if err := run(args, io.Discard, io.Discard); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}
