//go:build linux

package main

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/everwire/everwire/bench/internal/measure"
	"github.com/everwire/everwire/bench/internal/report"
)

// printTables writes one table for each case: medians over the rounds, and
// ratios to the base if that is among the servers.
func printTables(w io.Writer, cases []benchCase, servers []string, found findings) {
	for _, c := range cases {
		fmt.Fprintf(w, "### %s\n\n", c.title)
		based := slices.Contains(servers, base)
		head := []string{"server"}
		for i, fig := range c.figures {
			head = append(head, string(fig))
			if i == 0 {
				head = append(head, "least to most")
			}
			if based && slices.Contains(c.ratios, fig) {
				head = append(head, "to "+base)
			}
		}
		table := report.NewTable(head...)
		for _, server := range servers {
			cells := []string{server}
			for i, fig := range c.figures {
				s := found.series(c.name, server, fig)
				cells = append(cells, report.Figure(s.Median()))
				if i == 0 {
					cells = append(cells, report.Span(s.Range()))
				}
				if based && slices.Contains(c.ratios, fig) {
					cells = append(cells, report.Ratio(s.Ratio(found.series(c.name, base, fig))))
				}
			}
			table.Row(cells...)
		}
		table.Print(w)
	}
}

// A mark is something that this project's server should reach.
type mark struct {
	what  string
	limit float64 // not to be exceeded
	value func(servers []string, found findings) float64
}

var marks = []mark{
	{"CPU per message of 32 bytes at 100 connections, to gorilla", 0.8, toBase("echo-100x32", echoCPU)},
	{"CPU per message of 32 bytes at 1000 connections, to gorilla", 0.8, toBase("echo-1000x32", echoCPU)},
	{"CPU per message of 4 KiB at 100 connections, to gorilla", 0.5, toBase("echo-100x4096", echoCPU)},
	{"CPU per message of 4 KiB at 1000 connections, to gorilla", 0.5, toBase("echo-1000x4096", echoCPU)},
	{"KiB per idle connection of 10,000 after a GC", 4.5, median(marked, collectedKiB)},
	{"KiB per idle connection of 10,000 as it stands", 6, median(marked, idleKiB)},
	{"CPU of a broadcast to 10,000, to the cheapest other", 1, toBest(marked, broadcastCPU)},
	{"time until the last of 10,000 has a broadcast, to the fastest other", 1, toBest(marked, broadcastTime)},
}

// marked is the case that the marks for many connections speak of.
const marked = "crowd-10000"

func toBase(caseName string, fig figure) func([]string, findings) float64 {
	return func(_ []string, found findings) float64 {
		return found.series(caseName, ours, fig).Ratio(found.series(caseName, base, fig))
	}
}

func median(caseName string, fig figure) func([]string, findings) float64 {
	return func(_ []string, found findings) float64 { return found.series(caseName, ours, fig).Median() }
}

// toBest compares with whichever other server has the least.
func toBest(caseName string, fig figure) func([]string, findings) float64 {
	return func(servers []string, found findings) float64 {
		var best measure.Series
		for _, server := range servers {
			s := found.series(caseName, server, fig)
			if m := s.Median(); server != ours && !math.IsNaN(m) && (best == nil || m < best.Median()) {
				best = s
			}
		}
		return found.series(caseName, ours, fig).Ratio(best)
	}
}

// printMarks says which marks are met. Those that were not measured are left
// out.
func printMarks(w io.Writer, servers []string, found findings) {
	if !slices.Contains(servers, ours) {
		return
	}
	fmt.Fprint(w, "### Marks\n\n")
	table := report.NewTable("mark for "+ours, "at most", "measured", "")
	for _, m := range marks {
		v := m.value(servers, found)
		switch {
		case v <= m.limit:
			table.Row(m.what, report.Ratio(m.limit), fmt.Sprintf("%.3f", v), "met")
		case v > m.limit:
			table.Row(m.what, report.Ratio(m.limit), fmt.Sprintf("%.3f", v), "missed")
		}
	}
	table.Print(w)
}
