package main

import (
	"bufio"
	"strings"
	"testing"
)

const (
	pass = `{"Action":"pass","Package":"p","Test":"TestA"}` + "\n" +
		`{"Action":"pass","Package":"p","Test":"TestA/sub"}` + "\n" +
		`{"Action":"pass","Package":"p","Elapsed":1.5}` + "\n"
	fail = `{"Action":"output","Package":"p","Test":"TestB","Output":"the reason\n"}` + "\n" +
		`{"Action":"fail","Package":"p","Test":"TestB"}` + "\n" +
		`{"Action":"fail","Package":"p"}` + "\n"
	skipB = `{"Action":"output","Package":"p","Test":"TestB","Output":"=== RUN   TestB\n"}` + "\n" +
		`{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:7: needs chromium\n"}` + "\n" +
		`{"Action":"skip","Package":"p","Test":"TestB"}` + "\n"
	broken = `{"ImportPath":"q","Action":"build-output","Output":"q.go:1:1: syntax error\n"}` + "\n" +
		`{"ImportPath":"q","Action":"build-fail"}` + "\n" +
		`{"Action":"fail","Package":"q"}` + "\n"
	leak = `{"Action":"pass","Package":"r","Test":"TestC"}` + "\n" +
		`{"Action":"output","Package":"r","Output":"leaked goroutines\n"}` + "\n" +
		`{"Action":"fail","Package":"r"}` + "\n"
	stepFail = `{"Action":"step-fail","Package":"lint"}` + "\n"
	stepPass = `{"Action":"step-pass","Package":"lint"}` + "\n"
	noTests  = `{"Action":"skip","Package":"s"}` + "\n"
)

func TestSum(t *testing.T) {
	tests := []struct {
		name            string
		stream          string
		ledger, allowed []string
		good            bool
		last            string
		contains        string
	}{
		{name: "tests and subtests count", stream: pass, good: true, last: "2 passed, 0 failed, 0 skipped", contains: "ok    p (1.5 s)"},
		{name: "several runs add up", stream: pass + pass, good: true, last: "4 passed, 0 failed, 0 skipped"},
		{name: "a failure shows its output", stream: pass + fail, last: "2 passed, 1 failed, 0 skipped", contains: "the reason"},
		{name: "a package that fails twice", stream: fail + fail, last: "0 passed, 2 failed, 0 skipped"},
		{name: "a skip is not allowed", stream: pass + skipB, last: "2 passed, 0 failed, 1 skipped", contains: "TestB: needs chromium"},
		{name: "a skip is allowed by name", stream: pass + skipB, allowed: []string{"TestB"}, good: true, last: "2 passed, 0 failed, 1 skipped"},
		{name: "another skip is allowed", stream: pass + skipB, allowed: []string{"Test"}, last: "2 passed, 0 failed, 1 skipped"},
		{name: "a package that does not build", stream: pass + broken, last: "2 passed, 1 failed, 0 skipped", contains: "syntax error"},
		{name: "a package that fails after its tests", stream: leak, last: "1 passed, 1 failed, 0 skipped", contains: "leaked goroutines"},
		{name: "a package without tests", stream: pass + noTests, good: true, last: "2 passed, 0 failed, 0 skipped"},
		{name: "a line in the ledger", stream: pass, ledger: []string{"TestB needs xvfb"}, last: "2 passed, 0 failed, 0 skipped", contains: "missing: TestB needs xvfb"},
		{name: "an allowed line in the ledger", stream: pass, ledger: []string{"TestB needs xvfb"}, allowed: []string{"TestB"}, good: true, last: "2 passed, 0 failed, 0 skipped"},
		{name: "other lines are shown", stream: "go: no such module\n" + pass, good: true, last: "2 passed, 0 failed, 0 skipped", contains: "go: no such module"},
		{name: "no last line feed", stream: strings.TrimSuffix(pass, "\n"), good: true, last: "2 passed, 0 failed, 0 skipped"},
		{name: "a step fails without a test", stream: stepFail + pass + stepPass, last: "2 passed, 1 failed, 0 skipped", contains: "FAIL  lint"},
		{name: "a step fails because of a test", stream: pass + fail + stepFail, last: "2 passed, 1 failed, 0 skipped"},
		{name: "the step after a failed one", stream: fail + stepFail + stepFail, last: "0 passed, 2 failed, 0 skipped"},
		{name: "nothing ran", stream: "", last: "0 passed, 0 failed, 0 skipped", contains: "no test passed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			sum := newTally(&out)
			if err := sum.read(bufio.NewReader(strings.NewReader(tt.stream))); err != nil {
				t.Fatal(err)
			}
			if got := sum.close(tt.ledger, tt.allowed); got != tt.good {
				t.Errorf("good is %v\n%s", got, out.String())
			}
			lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
			if got := lines[len(lines)-1]; got != tt.last {
				t.Errorf("last line %q, want %q", got, tt.last)
			}
			if !strings.Contains(out.String(), tt.contains) {
				t.Errorf("no %q in\n%s", tt.contains, out.String())
			}
		})
	}
}
