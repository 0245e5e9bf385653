package e2e_test

import (
	"regexp"
	"strings"
	"testing"
)

// A vtDifference is a way in which protocol/vt and @xterm/headless differ and
// may.
type vtDifference struct {
	name string
	why  string
	// right is who does what DEC's manuals and xterm do: "ours", "theirs", or
	// "either" where they say nothing.
	right string
	// example is a stream that shows it.
	example vtStream
	// match is found in the smallest stream that shows the difference, which
	// is followed by what differs, a line each.
	match *regexp.Regexp
}

func write(s string) vtStep { return vtStep{Write: []byte(s)} }

func vtExample(cols, rows int, steps ...vtStep) vtStream {
	return vtStream{Cols: cols, Rows: rows, Steps: steps}
}

var vtDifferences = []vtDifference{}

// explainVT finds the known difference that a stream shows.
func explainVT(least vtStream, found []string) *vtDifference {
	text := least.String() + "\n" + strings.Join(found, "\n")
	for i := range vtDifferences {
		if vtDifferences[i].match.MatchString(text) {
			return &vtDifferences[i]
		}
	}
	return nil
}

// TestVTDifferencesAreReal fails for an explanation of what no longer differs.
func TestVTDifferencesAreReal(t *testing.T) {
	d := &vtDuel{t: t, xterm: startVTXterm(t)}
	for i, e := range vtDifferences {
		found := d.differ(e.example)
		if len(found) == 0 {
			t.Errorf("%s: no longer differs: take it out of the list", e.name)
		} else if got := explainVT(e.example, found); got != &vtDifferences[i] {
			t.Errorf("%s: its example is explained by %v: %v\n%s", e.name, got, e.example, strings.Join(found, "\n"))
		}
	}
}
