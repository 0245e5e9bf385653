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
)

var updateVT = flag.Bool("update", false, "write the golden screens of vttest anew")

// vttests are ways through vttest's menus, an asterisk being all entries of
// one. Each is a run of its own.
var vttests = []string{
	"1",      // cursor movements
	"2",      // screen features
	"3.8",    // character sets
	"8",      // VT102 features
	"11.5.*", // ISO 6429 cursor movements
	"11.6.2",
}

var (
	vttestPrompt = regexp.MustCompile(`Enter choice number \(\d+ - \d+\): $`)
	vttestPush   = []byte("Push <RETURN>")
)

// TestVTTest runs vttest, which says on each of its screens what must be seen.
// The golden screens have been compared with that by eye.
func TestVTTest(t *testing.T) {
	need(t, "vttest")
	for _, path := range vttests {
		name := strings.NewReplacer(".", "-", "*", "all").Replace(path)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := vttestScreens(t, path)
			golden := filepath.Join("testdata", "vttest", name+".txt")
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

// vttestScreens goes to an entry of the menus and returns its screens.
func vttestScreens(t *testing.T, path string) []byte {
	t.Helper()
	p := runVT(t, t.TempDir(), 80, 24, "vttest", "24x80.132")
	for _, choice := range strings.Split(path, ".") {
		p.until("menu", func() bool { return vttestPrompt.Match(p.since) })
		p.keys(choice + "\r")
	}
	var b bytes.Buffer
	for n := 1; ; n++ {
		pushed := false
		p.until("prompt", func() bool {
			pushed = bytes.HasSuffix(p.since, vttestPush)
			return pushed || vttestPrompt.Match(p.since)
		})
		if !pushed {
			return b.Bytes()
		}
		fmt.Fprintf(&b, "screen %d\n", n)
		screenOf(p.term).print(&b)
		p.keys("\r")
	}
}

// print writes the screen for people: its text in a frame, and below it where
// what attributes are.
func (s *vtScreen) print(b *bytes.Buffer) {
	edge := "+" + strings.Repeat("-", len(s.Rows[0].Chars)) + "+\n"
	b.WriteString(edge)
	for _, r := range s.Rows {
		b.WriteString("|" + r.text() + "|\n")
	}
	b.WriteString(edge)
	fmt.Fprintf(b, "cursor %d,%d pending %v\n", s.X, s.Y, s.Pending)
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
		if strings.HasPrefix(a[i], "screen ") {
			screen = a[i]
		}
		if a[i] != b[i] {
			return fmt.Sprintf("%s, line %d:\n got %s\nwant %s", screen, i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(a), len(b))
}
