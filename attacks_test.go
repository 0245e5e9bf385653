package main_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// Each test that docs/attacks.md names exists.
func TestAttacksAreTried(t *testing.T) {
	doc, err := os.ReadFile("docs/attacks.md")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{$d := .Dir}}{{range .TestGoFiles}}{{$d}}/{{.}}\n{{end}}{{range .XTestGoFiles}}{{$d}}/{{.}}\n{{end}}", "./...").Output()
	if err != nil {
		t.Fatal("go list:", err)
	}
	have := make(map[string]bool)
	for _, file := range strings.Fields(string(out)) {
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(code, -1) {
			have[string(m[1])] = true
		}
	}
	names := regexp.MustCompile("`(Test\\w+)`").FindAllSubmatch(doc, -1)
	if len(names) < 50 {
		t.Errorf("the document names %d tests only", len(names))
	}
	for _, m := range names {
		if name := string(m[1]); !have[name] {
			t.Errorf("there is no %s", name)
		}
	}
}
