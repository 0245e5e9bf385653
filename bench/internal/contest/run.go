package contest

import (
	"fmt"
	"io"
	"time"

	"github.com/everwire/everwire/bench/internal/measure"
	"github.com/everwire/everwire/bench/internal/report"
)

// Findings are the figures of each case and server, round by round.
type Findings map[string]map[string]map[Figure]measure.Series

// Series returns a figure of a server in a case, empty if there is none.
func (f Findings) Series(caseName, server string, fig Figure) measure.Series {
	return f[caseName][server][fig]
}

// Add appends a round. Without a result it is a round of NaN.
func (f Findings) Add(c Case, server string, r Result) {
	if f[c.Name] == nil {
		f[c.Name] = map[string]map[Figure]measure.Series{}
	}
	if f[c.Name][server] == nil {
		f[c.Name][server] = map[Figure]measure.Series{}
	}
	for _, fig := range c.Figures {
		f[c.Name][server][fig] = append(f[c.Name][server][fig], r.Of(fig))
	}
}

// Run measures everything: in each round every case, in each case one server
// after the other. It returns how many measurements failed.
func Run(cases []Case, servers []string, progress io.Writer) (found Findings, failed int) {
	found = Findings{}
	rounds, total := 0, 0
	for _, c := range cases {
		rounds = max(rounds, c.Rounds)
		total += c.Rounds * len(servers)
	}
	start, done := time.Now(), 0
	for round := range rounds {
		for _, c := range cases {
			if round >= c.Rounds {
				continue
			}
			for _, server := range measure.Turn(servers, round) {
				r, err := c.Measure(server)
				done++
				fmt.Fprintf(progress, "%3d/%d %5.0fs  round %d  %-15s %-9s", done, total, time.Since(start).Seconds(), round+1, c.Name, server)
				if err != nil {
					failed++
					r = nil
					fmt.Fprintf(progress, " failed: %v\n", err)
				} else {
					fmt.Fprintf(progress, " %6s %s\n", report.Figure(r.Of(c.Figures[0])), c.Figures[0])
				}
				found.Add(c, server, r)
			}
		}
	}
	return found, failed
}
