package contest

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/everwire/everwire/bench/internal/measure"
	"github.com/everwire/everwire/bench/internal/report"
)

// PrintTables writes one table for each case: medians over the rounds, and
// ratios to the base if that is among the servers.
func PrintTables(w io.Writer, cases []Case, servers []string, base string, found Findings) {
	for _, c := range cases {
		fmt.Fprintf(w, "### %s\n\n", c.Title)
		based := slices.Contains(servers, base)
		head := []string{"server"}
		for i, fig := range c.Figures {
			head = append(head, string(fig))
			if i == 0 {
				head = append(head, "least to most")
			}
			if based && slices.Contains(c.Ratios, fig) {
				head = append(head, "to "+base)
			}
		}
		table := report.NewTable(head...)
		for _, server := range servers {
			cells := []string{server}
			for i, fig := range c.Figures {
				s := found.Series(c.Name, server, fig)
				cells = append(cells, report.Figure(s.Median()))
				if i == 0 {
					cells = append(cells, report.Span(s.Range()))
				}
				if based && slices.Contains(c.Ratios, fig) {
					cells = append(cells, report.Ratio(s.Ratio(found.Series(c.Name, base, fig))))
				}
			}
			table.Row(cells...)
		}
		table.Print(w)
	}
}

// A Mark is something that a server should reach.
type Mark struct {
	What  string
	Limit float64 // not to be exceeded
	// Value finds what is compared with the limit; NaN if it was not measured.
	Value func(servers []string, found Findings) float64
}

// To is the value of a mark: the ratio of one server's figure to another's.
func To(server, base, caseName string, fig Figure) func([]string, Findings) float64 {
	return func(_ []string, found Findings) float64 {
		return found.Series(caseName, server, fig).Ratio(found.Series(caseName, base, fig))
	}
}

// Median is the value of a mark: a figure as it is.
func Median(server, caseName string, fig Figure) func([]string, Findings) float64 {
	return func(_ []string, found Findings) float64 { return found.Series(caseName, server, fig).Median() }
}

// ToBest is the value of a mark: the ratio to whichever other server has the
// least.
func ToBest(server, caseName string, fig Figure) func([]string, Findings) float64 {
	return func(servers []string, found Findings) float64 {
		var best measure.Series
		for _, other := range servers {
			s := found.Series(caseName, other, fig)
			if m := s.Median(); other != server && !math.IsNaN(m) && (best == nil || m < best.Median()) {
				best = s
			}
		}
		return found.Series(caseName, server, fig).Ratio(best)
	}
}

// PrintMarks says which marks a server meets. Those that were not measured are
// left out.
func PrintMarks(w io.Writer, server string, marks []Mark, servers []string, found Findings) {
	if !slices.Contains(servers, server) {
		return
	}
	fmt.Fprint(w, "### Marks\n\n")
	table := report.NewTable("mark for "+server, "at most", "measured", "")
	for _, m := range marks {
		v := m.Value(servers, found)
		switch {
		case v <= m.Limit:
			table.Row(m.What, report.Ratio(m.Limit), fmt.Sprintf("%.3f", v), "met")
		case v > m.Limit:
			table.Row(m.What, report.Ratio(m.Limit), fmt.Sprintf("%.3f", v), "missed")
		}
	}
	table.Print(w)
}
