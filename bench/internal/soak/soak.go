// Package soak is for tests that can do more than they do in an ordinary run: as
// much as is meant for a long one, or a part of it.
//
// EVERWIRE_TEST_SOAK is how many percent of that they do; scripts/soak sets it.
// Each notes what it has done in the file that EVERWIRE_TEST_SOAK_NOTES names,
// one line for each.
package soak

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"testing"
)

// Times returns how often to do something: usually in an ordinary run, in a long
// one a part of atMost, but at least usually.
func Times(usually, atMost int) int {
	percent, err := strconv.Atoi(os.Getenv("EVERWIRE_TEST_SOAK"))
	if err != nil || percent <= 0 {
		return usually
	}
	return max(usually, atMost*min(percent, 100)/100)
}

// Note notes what a test has done that has not failed.
func Note(t *testing.T, format string, args ...any) {
	t.Helper()
	name := os.Getenv("EVERWIRE_TEST_SOAK_NOTES")
	if name == "" || t.Failed() {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(f, fmt.Sprintf(format, args...)+"\n")
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		t.Fatal(err)
	}
}
