package contest_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/everwire/everwire/bench/internal/contest"
	"github.com/everwire/everwire/bench/internal/measure"
)

const (
	ours = "everwire"
	base = "gorilla"
	cpu  = contest.Figure("CPU µs/message")
	rate = contest.Figure("messages/s")
)

// find makes findings of one figure.
func find(caseName string, fig contest.Figure, of map[string]measure.Series) contest.Findings {
	found := contest.Findings{caseName: {}}
	for server, s := range of {
		found[caseName][server] = map[contest.Figure]measure.Series{fig: s}
	}
	return found
}

func TestTablesHaveMediansAndRatios(t *testing.T) {
	c := contest.Case{Name: "c", Title: "Title", Figures: []contest.Figure{cpu, rate}, Ratios: []contest.Figure{cpu}}
	found := contest.Findings{}
	for _, round := range []struct{ ours, base float64 }{{5, 10}, {12, 30}, {6, 10}} {
		found.Add(c, ours, contest.Result{cpu: round.ours, rate: 1000})
		found.Add(c, base, contest.Result{cpu: round.base, rate: 2000})
		found.Add(c, "node", nil)
	}
	var out strings.Builder
	contest.PrintTables(&out, []contest.Case{c}, []string{ours, base, "node"}, base, found)
	const want = "### Title\n\n" +
		"| server | CPU µs/message | least to most | to gorilla | messages/s |\n" +
		"|---|---:|---:|---:|---:|\n" +
		"| everwire | 6.00 | 5.00 to 12.0 | 0.50 | 1000 |\n" +
		"| gorilla | 10.0 | 10.0 to 30.0 | 1.00 | 2000 |\n" +
		"| node | – | – | – | – |\n\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", &out, want)
	}
	out.Reset()
	contest.PrintTables(&out, []contest.Case{c}, []string{ours}, base, found)
	if strings.Contains(out.String(), "gorilla") {
		t.Errorf("ratios to a server that was not measured:\n%s", &out)
	}
}

func TestMarksAreMetOrMissed(t *testing.T) {
	servers := []string{ours, base, "coder", "gws", "gobwas"}
	toBase, toBest, median := contest.To(ours, base, "c", cpu), contest.ToBest(ours, "c", cpu), contest.Median(ours, "c", cpu)
	for _, c := range []struct {
		name  string
		found contest.Findings
		mark  contest.Mark
		want  string // of the line
	}{
		{"met", find("c", cpu, map[string]measure.Series{ours: {7}, base: {10}}), contest.Mark{Limit: 0.8, Value: toBase}, "| 0.80 | 0.700 | met |"},
		{"just met", find("c", cpu, map[string]measure.Series{ours: {5}, base: {10}}), contest.Mark{Limit: 0.5, Value: toBase}, "| 0.50 | 0.500 | met |"},
		{"missed", find("c", cpu, map[string]measure.Series{ours: {9}, base: {10}}), contest.Mark{Limit: 0.8, Value: toBase}, "| 0.80 | 0.900 | missed |"},
		{"median", find("c", cpu, map[string]measure.Series{ours: {9, 4, 4.4}, base: {10, 10, 10}}), contest.Mark{Limit: 4.5, Value: median}, "| 4.50 | 4.400 | met |"},
		// gorilla has failed, gws is the best of the others.
		{"best", find("c", cpu, map[string]measure.Series{ours: {12}, base: {math.NaN()}, "coder": {20}, "gws": {10}, "gobwas": {11}}),
			contest.Mark{Limit: 1, Value: toBest}, "| 1.00 | 1.200 | missed |"},
	} {
		var out strings.Builder
		unknown := contest.Mark{What: "not measured", Limit: 1, Value: contest.Median(ours, "another", cpu)}
		contest.PrintMarks(&out, ours, []contest.Mark{c.mark, unknown}, servers, c.found)
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 5 || !strings.Contains(lines[4], c.want) {
			t.Errorf("%s: want one line with %q:\n%s", c.name, c.want, &out)
		}
	}
}

func TestServersTakeTurns(t *testing.T) {
	var order []string
	measured := func(name string) func(string) (contest.Result, error) {
		return func(server string) (contest.Result, error) {
			order = append(order, name+server)
			if server == "y" {
				return nil, errors.New("no luck")
			}
			return contest.Result{cpu: float64(len(order))}, nil
		}
	}
	var progress strings.Builder
	found, failed := contest.Run([]contest.Case{
		{Name: "a", Rounds: 2, Figures: []contest.Figure{cpu}, Measure: measured("a")},
		{Name: "b", Rounds: 1, Figures: []contest.Figure{cpu}, Measure: measured("b")},
	}, []string{"x", "y"}, &progress)
	if got := strings.Join(order, " "); got != "ax ay bx by ay ax" {
		t.Errorf("order is %s", got)
	}
	if failed != 3 || strings.Count(progress.String(), "failed: no luck") != 3 {
		t.Errorf("%d failures; progress:\n%s", failed, &progress)
	}
	if s := found.Series("a", "x", cpu); len(s) != 2 || s[0] != 1 || s[1] != 6 {
		t.Errorf("figures %v", s)
	}
	if s := found.Series("a", "y", cpu); len(s) != 2 || !math.IsNaN(s[0]) {
		t.Errorf("figures of the one that failed: %v", s)
	}
}

func TestChoosing(t *testing.T) {
	all := []string{"everwire", "gorilla", "gws"}
	if got, err := contest.ChooseServers(all, ""); err != nil || len(got) != 3 {
		t.Errorf("all servers: %v, %v", got, err)
	}
	if got, err := contest.ChooseServers(all, "gws, everwire"); err != nil || strings.Join(got, " ") != "gws everwire" {
		t.Errorf("two servers: %v, %v", got, err)
	}
	if _, err := contest.ChooseServers(all, "gsw"); err == nil {
		t.Error("there is no gsw")
	}
	cases := []contest.Case{{Name: "echo-100x32"}, {Name: "echo-1000x32"}, {Name: "echo-100x4096"}, {Name: "crowd-10000"}}
	for list, want := range map[string]string{
		"":                   "echo-100x32 echo-1000x32 echo-100x4096 crowd-10000",
		"echo-100x":          "echo-100x32 echo-100x4096",
		"crowd,echo-1000x32": "echo-1000x32 crowd-10000",
	} {
		got, err := contest.ChooseCases(cases, list)
		var names []string
		for _, c := range got {
			names = append(names, c.Name)
		}
		if err != nil || strings.Join(names, " ") != want {
			t.Errorf("%q: %v, %v", list, names, err)
		}
	}
	if _, err := contest.ChooseCases(cases, "ecco"); err == nil {
		t.Error("there is no ecco")
	}
}
