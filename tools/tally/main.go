// Tally reads the output of any number of "go test -json" runs from standard
// input, shows what failed as it comes, and closes with the sum:
//
//	{ go test -json ./...; go -C e2e test -json ./...; } | tally -ledger FILE -allow FILE
//
// Its last line is always "N passed, N failed, N skipped". Tests and subtests
// count one each; a package that fails without a failed test (it does not
// build, or its TestMain complains) counts as one failure.
//
// Between the runs a script may say how a step as a whole ended, with lines of
// the form {"Action":"step-pass","Package":"NAME"} or "step-fail".
//
// The ledger is the file in which tests note the tools they miss, one line
// each. A skip, or a line in the ledger, that the list of allowed skips does
// not name is a failure of the whole run. Tally exits with 1 if anything
// failed, if a skip was not allowed, or if nothing passed at all.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"strings"
)

func main() {
	ledger := flag.String("ledger", "", "file in which tests noted the tools they miss")
	allow := flag.String("allow", "", "file with the names of tests that may be skipped, one each line")
	flag.Parse()

	t := newTally(os.Stdout)
	if err := t.read(bufio.NewReader(os.Stdin)); err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(1)
	}
	missing, err := readLines(*ledger)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(1)
	}
	allowed, err := readLines(*allow)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(1)
	}
	if !t.close(missing, allowed) {
		os.Exit(1)
	}
}

// readLines returns the file's lines without comments and blank ones; none if
// there is no file.
func readLines(path string) ([]string, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines, err
}
