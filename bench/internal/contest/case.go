package contest

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// A Figure is something that a case measures, by its name in the table.
type Figure string

// Result has what a case found; what it does not have was not measured.
type Result map[Figure]float64

// Of returns a figure, NaN if it was not measured.
func (r Result) Of(f Figure) float64 {
	if v, ok := r[f]; ok {
		return v
	}
	return math.NaN()
}

// A Case is one thing to measure with every server.
type Case struct {
	Name   string
	Title  string // of its table
	Rounds int
	// Measure measures a fresh server of that name, once.
	Measure func(server string) (Result, error)
	// Figures are the columns of the table, Ratios those that are compared.
	Figures, Ratios []Figure
}

// CaseName returns the case's name. What embeds a Case has it too.
func (c Case) CaseName() string { return c.Name }

// Split returns the words between commas.
func Split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// ChooseServers returns the servers in a list with commas, all for an empty one.
func ChooseServers(all []string, list string) ([]string, error) {
	wanted := Split(list)
	if len(wanted) == 0 {
		return all, nil
	}
	for _, name := range wanted {
		if !slices.Contains(all, name) {
			return nil, fmt.Errorf("no server %q: there are %s", name, strings.Join(all, ", "))
		}
	}
	return wanted, nil
}

// ChooseCases returns the cases whose names begin with one of those in a list
// with commas, all for an empty one.
func ChooseCases[C interface{ CaseName() string }](all []C, list string) ([]C, error) {
	wanted := Split(list)
	if len(wanted) == 0 {
		return all, nil
	}
	var chosen []C
	for _, c := range all {
		if slices.ContainsFunc(wanted, func(w string) bool { return strings.HasPrefix(c.CaseName(), w) }) {
			chosen = append(chosen, c)
		}
	}
	if len(chosen) == 0 {
		names := make([]string, len(all))
		for i, c := range all {
			names[i] = c.CaseName()
		}
		return nil, fmt.Errorf("no case begins with %q: there are %s", list, strings.Join(names, ", "))
	}
	return chosen, nil
}
