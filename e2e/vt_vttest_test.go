//go:build unix

package e2e_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/vt"
)

var updateVT = flag.Bool("update", false, "write the golden screens of vttest anew")

// vttests are runs of vttest: what is chosen in its menus, one after the other.
// An asterisk is all entries of a menu.
var vttests = []struct{ name, choices string }{
	{"cursor", "1"},
	{"screen", "2"},
	{"charsets", "3 8 9 10 11"},
	{"vt102", "8"},
	{"bugs", "9 2 7 9"},
	{"reset", "10 1 3"},
	{"reports", "6 2 3 4 5 6 7"},
	{"vt220", "11 1 2 2 3 4 0 6"},
	{"pan", "11 2 2 1 2"},
	{"margins", "11 3 2 7 8 9 10 3 7 8 9 10 2 9 10 4 5 9 10"},
	{"editing", "11 3 3 9 10 11 12 13 3 9 10 11 12 13 4 5 9 10 11 12 13"},
	{"rectangles", "11 3 6 7 8 9 10 11 12 2 3 4 5 7 8 9 10 11 12"},
	{"vt520", "11 4 2 7 8 9 10 11 12 13 14 15"},
	{"iso6429", "11 5 * 0 7 2 3 4 5 6"},
	{"colours", "11 6 2 3 4 5"},
	{"alternate", "11 8 7 3 4 5"},
}

var (
	vttestPrompt = regexp.MustCompile(`Enter choice number \(\d+ - \d+\): $`)
	vttestPush   = regexp.MustCompile(`Push (<RETURN>|the RETURN key:) *$`)
)

// TestVTTest runs vttest, which says on each of its screens what must be seen.
// The golden screens have been compared with that by eye.
func TestVTTest(t *testing.T) {
	need(t, "vttest")
	for _, run := range vttests {
		t.Run(run.name, func(t *testing.T) {
			t.Parallel()
			got := vttestScreens(t, run.choices)
			golden := filepath.Join("testdata", "vttest", run.name+".txt")
			if *updateVT {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s has changed:\n%s", golden, firstDifference(got, want))
			}
		})
	}
}

// vttestScreens makes choices in the menus and returns the screens that the
// tests show.
func vttestScreens(t *testing.T, choices string) []byte {
	t.Helper()
	// The window's size is not the program's: DECCOLM only clears the screen.
	p := runVT(t, t.TempDir(), 80, 24, "vttest", "24x80.80")
	var b bytes.Buffer
	atMenu := func() bool { return vttestPrompt.Match(p.since) }
	atScreen := func() bool { return vttestPush.Match(p.since) }
	next := func() { p.until("prompt", func() bool { return atMenu() || atScreen() }) }
	next()
	for i, choice := range strings.Fields(choices) {
		p.keys(choice + "\r")
		next()
		for n := 1; atScreen(); n++ {
			fmt.Fprintf(&b, "choice %d: %s, screen %d\n", i+1, choice, n)
			screenOf(p.term).print(&b)
			p.keys(string(p.term.AppendKey(nil, vt.Key{Code: vt.KeyEnter})))
			next()
		}
	}
	return b.Bytes()
}

// print writes the screen for people: its text, and below it where what
// attributes are.
func (s *vtScreen) print(b *bytes.Buffer) {
	for _, r := range s.Rows {
		b.WriteString(strings.TrimRight("|"+r.text(), " ") + "\n")
	}
	fmt.Fprintf(b, "%d columns, cursor %d,%d pending %v\n", len(s.Rows[0].Chars), s.X, s.Y, s.Pending)
	for y, r := range s.Rows {
		for x := 0; x < len(r.Styles); {
			from := x
			for x < len(r.Styles) && r.Styles[x] == r.Styles[from] {
				x++
			}
			if style := s.Styles[r.Styles[from]]; style != "" {
				fmt.Fprintf(b, "row %d columns %d to %d: %s\n", y, from, x-1, style)
			}
		}
	}
	b.WriteByte('\n')
}

// firstDifference returns the lines where two texts begin to differ.
func firstDifference(got, want []byte) string {
	a, b := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	screen := ""
	for i := range min(len(a), len(b)) {
		if strings.HasPrefix(a[i], "choice ") {
			screen = a[i]
		}
		if a[i] != b[i] {
			return fmt.Sprintf("%s, line %d:\n got %s\nwant %s", screen, i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(a), len(b))
}
