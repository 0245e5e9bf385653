//go:build linux

package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// root is the folder of the module.
const root = ".."

// TestMain is a server under test if it was started as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	// The race detector would have each server wait a second before it ends.
	os.Setenv("GORACE", "atexit_sleep_ms=0")
	os.Exit(m.Run())
}

// needNode skips the test if the server on Node cannot run, and notes it in the
// file that EVERWIRE_TEST_LEDGER names. With E2E=require the test fails.
func needNode(t *testing.T) {
	t.Helper()
	why := ""
	if _, err := exec.LookPath("node"); err != nil {
		why = "needs node: apt-get install nodejs npm"
	} else if _, err := os.Stat(filepath.Join(root, "node_modules", "socket.io")); err != nil {
		why = "needs socket.io of npm: scripts/npm-install bench"
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
