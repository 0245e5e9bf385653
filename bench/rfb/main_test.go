package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const output = `goos: linux
cpu: some processor
BenchmarkEncode/Raw-2         	      43	   5160141 ns/op	 198.44 MB/s	         0.9999 ratio	       0 B/op	       0 allocs/op
BenchmarkEncode/Raw-2         	      43	   4160141 ns/op	 246.16 MB/s	         0.9999 ratio	       0 B/op	       0 allocs/op
BenchmarkEncode/Raw-2         	      43	   9160141 ns/op	 111.78 MB/s	         0.9999 ratio	       0 B/op	       0 allocs/op
BenchmarkDecode/Tight_PNG     	       7	  20321023 ns/op	  50.39 MB/s	 1121219 B/op	     276 allocs/op
BenchmarkServerUpdate-2       	    7797	     14873 ns/op	       3 B/op	       0 allocs/op
PASS
`

func TestTheFastestRoundCounts(t *testing.T) {
	var text strings.Builder
	printTables(&text, fastest(strings.NewReader(output)))
	for _, want := range []string{"| Raw | 246 | 0 | 1.0 |\n", "| Tight PNG | 50 | 276 |\n", "14.9 µs, 0 allocations"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	if strings.Contains(text.String(), "198") {
		t.Errorf("a slower round in\n%s", text.String())
	}
}

func TestOnlyTheNumberOfProcessorsIsCut(t *testing.T) {
	for name, want := range map[string]string{
		"Decode/Raw-2": "Decode/Raw", "Decode/Raw-16": "Decode/Raw", "Decode/Raw": "Decode/Raw",
		"Inflate/level-best": "Inflate/level-best", "Inflate/level-best-2": "Inflate/level-best", "Inflate/odd-": "Inflate/odd-",
	} {
		if f, ok := parseLine("Benchmark" + name + " 100 3198436 ns/op"); !ok || f.name != want {
			t.Errorf("%s is %q, want %q", name, f.name, want)
		}
	}
}

func TestLinesThatAreNoFigures(t *testing.T) {
	for _, line := range []string{"", "PASS", "BenchmarkX-2", "Benchmark a b c", "ok  	package	2s", "BenchmarkX 1 fast ns/op"} {
		if f, ok := parseLine(line); ok {
			t.Errorf("%q is %+v", line, f)
		}
	}
}

// TestItMeasures runs the benchmarks for a moment.
func TestItMeasures(t *testing.T) {
	file := filepath.Join(t.TempDir(), "doc.md")
	if err := os.WriteFile(file, []byte("# Title\n<!-- rfb: begin -->\n<!-- rfb: end -->\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{"-root", "..", "-rounds", "1", "-time", "1x", "-o", file}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| Raw |", "| CopyRect |", "| Tight, JPEG of quality 80 |", "| ZRLE |", "µs"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if err := run([]string{"stray"}, io.Discard, io.Discard); err == nil {
		t.Error("a stray argument is taken")
	}
}
