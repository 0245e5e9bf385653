package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// goBlock is a block of Go code in Markdown.
var goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")

// fragment is what stands around a block that is no whole program.
const fragment = `package main

import "github.com/everwire/everwire/session"

type Handler struct{}

var _ session.Handler = Handler{}

func main() {}

`

// Everything is built in a module of its own, as a reader of README.md would.
func TestTheCodeInREADMECompiles(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := goBlock.FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 2 {
		t.Fatalf("README.md has %d blocks of Go", len(blocks))
	}
	dir := newModule(t)
	for i, block := range blocks {
		code := block[1]
		if !strings.HasPrefix(code, "package ") {
			code = fragment + code
		}
		if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
		vet := exec.CommandContext(t.Context(), "go", "vet", ".")
		vet.Dir = dir
		// All that is needed was fetched for this module.
		vet.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
		if out, err := vet.CombinedOutput(); err != nil {
			t.Errorf("block %d: %v\n%s", i+1, err, out)
		}
	}
}

// newModule makes a module that requires this one as it is on disk.
func newModule(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	// The versions are this module's, so that nothing has to be looked up.
	mod := strings.Replace(string(own), "module "+module, "module reader", 1) +
		"\nrequire " + module + " v0.0.0\nreplace " + module + " => " + root + "\n"
	dir := t.TempDir()
	for name, content := range map[string][]byte{"go.mod": []byte(mod), "go.sum": sums} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
