//go:build linux

// Command vt measures terminal emulators beside each other: how many bytes of
// a program's output they take per second of CPU time, and how much memory a
// screen takes.
//
//	go run ./vt                        all emulators and streams, about five minutes
//	go run ./vt -quick                 half a minute, to see that all works
//	go run ./vt -emulators everwire,xterm -cases plain -rounds 9
//	go run ./vt -o ../docs/benchmarks.md
//	go run ./vt -emulators everwire -rounds 1 -profile profiles
//
// It runs in the folder of its module. Progress goes to the standard error, the
// tables go to the standard output.
//
// Each measurement is a process of its own: this program again, with the
// arguments "serve NAME", or Node. The streams are files that all of them read.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/everwire/everwire/bench/internal/contest"
	"github.com/everwire/everwire/bench/internal/report"
)

func main() {
	err := run(os.Args[1:], os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "vt:", err)
		os.Exit(1)
	}
}

// run is the program with its arguments.
func run(args []string, out, progress io.Writer) error {
	if len(args) > 0 && args[0] == "serve" {
		return serve(args[1:], out)
	}
	p := plan{span: 1500 * time.Millisecond, screens: 40}
	flags := flag.NewFlagSet("vt", flag.ContinueOnError)
	flags.SetOutput(progress)
	names := flags.String("emulators", "", "`NAMES` of emulators, with commas between; empty for all of "+strings.Join(emulatorNames(), ","))
	cases := flags.String("cases", "", "beginnings of cases' `NAMES`, with commas between; empty for all")
	quick := flags.Bool("quick", false, "short times: see whether all works")
	rounds := flags.Int("rounds", 5, "how often each case is measured with each emulator")
	flags.DurationVar(&p.span, "time", p.span, "how much CPU time a stream is measured")
	into := flags.String("o", "", "put the tables into this Markdown `FILE` too, between its marks for them")
	flags.StringVar(&p.profiles, "profile", "", "write CPU profiles of the Go emulators into this `FOLDER`; they cost some CPU")
	flags.StringVar(&p.root, "root", ".", "`FOLDER` of this module")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	if *quick {
		p.span, p.screens, *rounds = 100*time.Millisecond, 5, 1
	}
	chosen, err := contest.ChooseServers(emulatorNames(), *names)
	if err != nil {
		return err
	}
	jobs, err := contest.ChooseCases(p.cases(*rounds), *cases)
	if err != nil {
		return err
	}
	if p.folder, err = writeStreams(); err != nil {
		return err
	}
	defer os.RemoveAll(p.folder)
	found, failed := contest.Run(jobs, chosen, progress)
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n\n", report.Machine(time.Now()))
	printVersions(&text, chosen, p.root)
	contest.PrintTables(&text, jobs, chosen, base, found)
	if !*quick {
		contest.PrintMarks(&text, ours, marks, chosen, found)
	}
	fmt.Fprint(out, text.String())
	if *into != "" {
		if err := report.Replace(*into, "vt", "\n"+text.String()); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d measurements have failed, see above", failed)
	}
	return nil
}
