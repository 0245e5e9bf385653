package socketio_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// The table of generations and features names a test in each cell, and each of them
// exists.
func TestTableOfGenerations(t *testing.T) {
	text, err := os.ReadFile("../docs/protocols/socketio.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := declaredTests(t)
	_, section, found := strings.Cut(string(text), "## What clients of each generation can do\n")
	section, _, _ = strings.Cut(section, "\n## ")
	rows := regexp.MustCompile(`(?m)^\|.*\|$`).FindAllString(section, -1)
	if !found || len(rows) < 20 {
		t.Fatalf("the table has %d rows", len(rows))
	}
	name := regexp.MustCompile("`(Test\\w+)`")
	for i, row := range rows {
		cells := strings.Split(strings.Trim(row, "|"), " | ")
		if i < 2 {
			continue // the heads
		}
		if len(cells) != 1+len(generations) {
			t.Errorf("%s: %d cells", cells[0], len(cells))
		}
		for _, cell := range cells[1:] {
			named := name.FindAllStringSubmatch(cell, -1)
			if len(named) == 0 {
				t.Errorf("%s: no test in %q", cells[0], cell)
			}
			for _, m := range named {
				if !tests[m[1]] {
					t.Errorf("%s: there is no %s", cells[0], m[1])
				}
			}
		}
	}
}

// declaredTests returns the names of this package's tests.
func declaredTests(t *testing.T) map[string]bool {
	t.Helper()
	declared := make(map[string]bool)
	here := os.DirFS(".")
	files, err := fs.Glob(here, "*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := fs.ReadFile(here, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(source, -1) {
			declared[string(m[1])] = true
		}
	}
	return declared
}
