package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// event is one line of "go test -json"; see "go doc test2json".
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64
}

// id names a test, or a package if Test is empty.
type id struct{ pkg, test string }

// tally adds up the results of all packages.
type tally struct {
	out     io.Writer
	output  map[id][]string // what a test printed, until it ends
	skipped []skip
	passed  int
	failed  int
	failing map[string]bool // packages in which a test failed
	before  int             // failed at the end of the step before
}

type skip struct{ test, reason string }

func newTally(out io.Writer) *tally {
	return &tally{out: out, output: map[id][]string{}, failing: map[string]bool{}}
}

// read consumes the whole stream. Lines that are not JSON are shown as they
// are: they come from the go command itself.
func (t *tally) read(r *bufio.Reader) error {
	for {
		line, err := r.ReadString('\n')
		if line != "" {
			var e event
			if json.Unmarshal([]byte(line), &e) != nil || e.Action == "" {
				fmt.Fprintln(t.out, strings.TrimRight(line, "\n"))
			} else {
				t.add(e)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (t *tally) add(e event) {
	who := id{e.Package, e.Test}
	switch e.Action {
	case "output":
		t.output[who] = append(t.output[who], e.Output)
		return
	case "build-output":
		fmt.Fprint(t.out, e.Output)
		return
	case "step-pass", "step-fail":
		t.endStep(e)
		return
	case "pass", "fail", "skip":
	default:
		return
	}
	if e.Test == "" {
		t.endPackage(e)
	} else {
		t.endTest(e)
	}
	delete(t.output, who)
}

func (t *tally) endTest(e event) {
	printed := strings.Join(t.output[id{e.Package, e.Test}], "")
	switch e.Action {
	case "pass":
		t.passed++
	case "skip":
		t.skipped = append(t.skipped, skip{e.Test, reason(printed)})
	case "fail":
		t.failed++
		t.failing[e.Package] = true
		fmt.Fprintf(t.out, "--- %s\n%s", e.Package, printed)
	}
}

func (t *tally) endPackage(e event) {
	switch {
	case e.Action == "pass":
		fmt.Fprintf(t.out, "ok    %s (%.1f s)\n", e.Package, e.Elapsed)
	case e.Action == "fail":
		if !t.failing[e.Package] {
			t.failed++
		}
		delete(t.failing, e.Package) // the same package may run again
		fmt.Fprintf(t.out, "%sFAIL  %s (%.1f s)\n", strings.Join(t.output[id{e.Package, ""}], ""), e.Package, e.Elapsed)
	}
}

// endStep closes a step of the calling script. A step that failed is at least
// one failure, even if no test of it says so.
func (t *tally) endStep(e event) {
	if e.Action == "step-fail" {
		if t.failed == t.before {
			t.failed++
		}
		fmt.Fprintf(t.out, "FAIL  %s\n", e.Package)
	}
	t.before = t.failed
}

// reason is the line in which a skipped test says why, without its position.
func reason(printed string) string {
	for line := range strings.Lines(printed) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "===") && !strings.HasPrefix(line, "---") {
			if _, text, found := strings.Cut(line, ".go:"); found {
				_, line, _ = strings.Cut(text, ": ")
			}
			return line
		}
	}
	return "no reason given"
}

// close prints the sum and reports whether the run as a whole is good.
func (t *tally) close(ledger, allowed []string) bool {
	good := t.failed == 0 && t.passed > 0
	for _, s := range t.skipped {
		verdict := "allowed"
		if !slices.Contains(allowed, s.test) {
			verdict, good = "not allowed", false
		}
		fmt.Fprintf(t.out, "skipped (%s): %s: %s\n", verdict, s.test, s.reason)
	}
	for _, line := range ledger {
		if !slices.ContainsFunc(allowed, func(name string) bool { return strings.Contains(line, name) }) {
			good = false
			fmt.Fprintf(t.out, "missing: %s\n", line)
		}
	}
	if t.passed == 0 {
		fmt.Fprintln(t.out, "no test passed")
	}
	fmt.Fprintf(t.out, "ran %d, skipped %d, tools missing %d\n", t.passed+t.failed, len(t.skipped), len(ledger))
	fmt.Fprintf(t.out, "%d passed, %d failed, %d skipped\n", t.passed, t.failed, len(t.skipped))
	return good
}
