package report

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// Table is a table in Markdown. The first column is for names, the others for
// figures, which are aligned to the right.
type Table struct {
	head []string
	rows [][]string
}

// NewTable returns a table without rows.
func NewTable(head ...string) *Table { return &Table{head: head} }

// Row adds a row. Cells that are missing are empty; it panics if there are more
// than the table has columns.
func (t *Table) Row(cells ...string) {
	if len(cells) > len(t.head) {
		panic(fmt.Sprintf("report: %d cells in a table of %d columns", len(cells), len(t.head)))
	}
	t.rows = append(t.rows, append(cells, make([]string, len(t.head)-len(cells))...))
}

// Print writes the table, and an empty line after it.
func (t *Table) Print(w io.Writer) {
	line := func(cells []string) {
		escaped := make([]string, len(cells))
		for i, cell := range cells {
			escaped[i] = strings.ReplaceAll(cell, "|", `\|`)
		}
		fmt.Fprintf(w, "| %s |\n", strings.Join(escaped, " | "))
	}
	line(t.head)
	fmt.Fprintf(w, "|---|%s\n", strings.Repeat("---:|", len(t.head)-1))
	for _, row := range t.rows {
		line(row)
	}
	fmt.Fprintln(w)
}

// Figure returns a number with three significant digits, or all digits of its
// whole part. What was not measured is a dash.
func Figure(v float64) string {
	switch size := math.Abs(v); {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "–"
	case size < 9.995:
		return fmt.Sprintf("%.2f", v)
	case size < 99.95:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// Ratio returns a ratio with two decimals.
func Ratio(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	return fmt.Sprintf("%.2f", v)
}

// Span returns the least and the greatest of something.
func Span(least, greatest float64) string {
	if math.IsNaN(least) {
		return "–"
	}
	return Figure(least) + " to " + Figure(greatest)
}
