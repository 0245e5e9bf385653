// Package peertest is what the tests of the benchmarks have in common: they
// start themselves as servers under test, and need Node for some of these.
package peertest

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Main runs the tests and exits. If the test binary was started with "serve" as
// its first argument, it is a server under test, and run is called with the
// arguments.
func Main(m *testing.M, run func(args []string, out, progress io.Writer) error) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	// The race detector would have each server wait a second before it ends.
	os.Setenv("GORACE", "atexit_sleep_ms=0")
	os.Exit(m.Run())
}

// NeedNode skips the test if there is no Node or not the given package of npm
// below root, and notes it in the file that EVERWIRE_TEST_LEDGER names. With
// E2E=require the test fails.
func NeedNode(t *testing.T, root, module string) {
	t.Helper()
	why := ""
	if _, err := exec.LookPath("node"); err != nil {
		why = "needs node: apt-get install nodejs npm"
	} else if _, err := os.Stat(filepath.Join(root, "node_modules", module)); err != nil {
		why = "needs " + module + " of npm: scripts/npm-install bench"
	}
	if why == "" {
		return
	}
	if ledger := os.Getenv("EVERWIRE_TEST_LEDGER"); ledger != "" {
		f, err := os.OpenFile(ledger, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.WriteString(f, t.Name()+" "+why+"\n")
		if f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getenv("E2E") == "require" {
		t.Fatal(why)
	}
	t.Skip(why)
}
