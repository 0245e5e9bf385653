// Command rfb measures how fast package protocol/rfb writes and reads the
// encodings of the Remote Framebuffer protocol, and prints it as tables.
//
//	go run ./rfb                        about three minutes
//	go run ./rfb -quick                 a few seconds, to see that all works
//	go run ./rfb -o ../docs/benchmarks.md
//
// It runs in the folder of its module. The benchmarks are those of the package,
// which "go test -bench" runs; of several rounds the fastest counts, since what
// else the machine does can only make them slower. Nothing is compared with
// others: no other library for Go has more than a few of these encodings.
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/everwire/everwire/bench/internal/report"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "rfb:", err)
		os.Exit(1)
	}
}

// run is the program with its arguments.
func run(args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("rfb", flag.ContinueOnError)
	flags.SetOutput(progress)
	quick := flags.Bool("quick", false, "short times: see whether all works")
	rounds := flags.Int("rounds", 5, "how often each benchmark runs")
	span := flags.String("time", "1s", "how long each round takes, or how often it goes round: `BENCHTIME` of go test")
	into := flags.String("o", "", "put the tables into this Markdown `FILE` too, between its marks for them")
	root := flags.String("root", ".", "`FOLDER` of this module")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	if *quick {
		*rounds, *span = 1, "5ms"
	}
	cmd := exec.Command("go", "-C", *root+"/..", "test", "-vet=off", "-run=^$", "-bench=Encode|Decode|Inflate|ServerUpdate", "-benchmem",
		"-count="+strconv.Itoa(*rounds), "-benchtime="+*span, "./protocol/rfb")
	var lines bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&lines, progress), progress
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go test: %w", err)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n\n", report.Machine(time.Now()))
	printTables(&text, fastest(&lines))
	fmt.Fprint(out, text.String())
	if *into == "" {
		return nil
	}
	return report.Replace(*into, "rfb", "\n"+text.String())
}

// A figure is what a benchmark has found, by units: "ns/op", "MB/s" and so on.
type figure struct {
	name string
	unit map[string]float64
}

// fastest reads the output of "go test -bench" and returns the fastest round of
// each benchmark, in the order in which they ran.
func fastest(r io.Reader) (all []figure) {
	at := map[string]int{}
	for lines := bufio.NewScanner(r); lines.Scan(); {
		f, ok := parseLine(lines.Text())
		if !ok {
			continue
		}
		i, known := at[f.name]
		if !known {
			at[f.name] = len(all)
			all = append(all, f)
		} else if f.unit["ns/op"] < all[i].unit["ns/op"] {
			all[i] = f
		}
	}
	return all
}

// parseLine reads a line such as
//
//	BenchmarkDecode/Raw-2   100   3198436 ns/op   320.16 MB/s   0 B/op   0 allocs/op
func parseLine(line string) (f figure, ok bool) {
	words := strings.Fields(line)
	if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
		return f, false
	}
	f.name = strings.TrimPrefix(words[0], "Benchmark")
	// The number of processors, which is not told if it is one.
	if at := strings.LastIndex(f.name, "-"); at > 0 && at < len(f.name)-1 && strings.Trim(f.name[at+1:], "0123456789") == "" {
		f.name = f.name[:at]
	}
	f.unit = map[string]float64{}
	for i := 2; i+1 < len(words); i += 2 {
		v, err := strconv.ParseFloat(words[i], 64)
		if err != nil {
			return f, false
		}
		f.unit[words[i+1]] = v
	}
	return f, true
}

// printTables prints a table for each group of benchmarks.
func printTables(w io.Writer, all []figure) {
	for _, group := range []struct {
		prefix, title string
		ratio         bool
	}{
		{"Encode/", "Written for a viewer", true},
		{"Decode/", "Read from a server", false},
		{"Inflate/", "zlib streams", false},
	} {
		head := []string{group.title, "MB/s", "allocations"}
		if group.ratio {
			head = append(head, "shorter by a factor of")
		}
		t := report.NewTable(head...)
		for _, f := range all {
			name, ok := strings.CutPrefix(f.name, group.prefix)
			if !ok {
				continue
			}
			cells := []string{strings.ReplaceAll(name, "_", " "), fmt.Sprintf("%.0f", f.unit["MB/s"]), fmt.Sprintf("%.0f", f.unit["allocs/op"])}
			if group.ratio {
				cells = append(cells, fmt.Sprintf("%.1f", f.unit["ratio"]))
			}
			t.Row(cells...)
		}
		t.Print(w)
	}
	for _, f := range all {
		if f.name == "ServerUpdate" {
			fmt.Fprintf(w, "From a change of 32 by 32 pixels to the bytes of its update in Hextile: %.1f µs, %.0f allocations.\n\n", f.unit["ns/op"]/1000, f.unit["allocs/op"])
		}
	}
}
