package e2e_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
)

// soakTimes returns how often to do something: usually in an ordinary run; in a
// long one as many percent of atMost as EVERWIRE_TEST_SOAK says, but at least
// usually.
func soakTimes(usually, atMost int) int {
	percent, err := strconv.Atoi(os.Getenv("EVERWIRE_TEST_SOAK"))
	if err != nil || percent <= 0 {
		return usually
	}
	return max(usually, atMost*min(percent, 100)/100)
}

// soakNote notes what a test has done, if it has not failed, in the file that
// EVERWIRE_TEST_SOAK_NOTES names.
func soakNote(t *testing.T, format string, args ...any) {
	t.Helper()
	if !t.Failed() {
		appendLine(t, "EVERWIRE_TEST_SOAK_NOTES", fmt.Sprintf(format, args...))
	}
}
