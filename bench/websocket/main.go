//go:build linux

// Command websocket measures WebSocket servers beside each other: what an
// echoed message, a handshake, an idle connection and a broadcast cost.
//
//	go run ./websocket                        all servers and cases, about ten minutes
//	go run ./websocket -quick                 half a minute, to see that all works
//	go run ./websocket -servers everwire,gorilla -cases echo-100 -rounds 9
//	go run ./websocket -o ../docs/benchmarks.md
//	go run ./websocket -servers everwire -rounds 1 -profile profiles
//
// It runs in the folder of its module. Progress goes to the standard error, the
// tables go to the standard output.
//
// The servers are processes of their own: this program again, with the arguments
// "serve NAME", or Node.
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
		fmt.Fprintln(os.Stderr, "websocket:", err)
		os.Exit(1)
	}
}

// run is the program with its arguments.
func run(args []string, out, progress io.Writer) error {
	if len(args) > 0 && args[0] == "serve" {
		return serve(args[1:], os.Stdin, out)
	}
	p := plan{progress: progress}
	flags := flag.NewFlagSet("websocket", flag.ContinueOnError)
	flags.SetOutput(progress)
	names := flags.String("servers", "", "`NAMES` of servers, with commas between; empty for all of "+strings.Join(serverNames(), ","))
	cases := flags.String("cases", "", "beginnings of cases' `NAMES`, with commas between; empty for all")
	quick := flags.Bool("quick", false, "few connections and short times: see whether all works")
	rounds := flags.Int("rounds", 0, "how often each case is measured with each server (default 5 for an echo, 3 for a crowd)")
	span := flags.Duration("time", 0, "how long an echo is measured (default 1.5s)")
	into := flags.String("o", "", "put the tables into this Markdown `FILE` too, between its marks for them")
	flags.BoolVar(&p.bare, "bare", false, "handshakes without what browsers send beyond the need")
	flags.StringVar(&p.profiles, "profile", "", "write CPU profiles (echo) and heap profiles (crowd) of the Go servers into this `FOLDER`; they cost some CPU")
	flags.StringVar(&p.root, "root", ".", "`FOLDER` of this module")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	var err error
	if p.servers, err = contest.ChooseServers(serverNames(), *names); err != nil {
		return err
	}
	if p.jobs, err = contest.ChooseCases(allJobs(*quick, *span), *cases); err != nil {
		return err
	}
	if *rounds > 0 {
		for i := range p.jobs {
			p.jobs[i].Rounds = *rounds
		}
	}
	found, failed := p.run()
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n\n", report.Machine(time.Now()))
	printVersions(&text, p.servers, p.root)
	contest.PrintTables(&text, p.cases(), p.servers, base, found)
	if !*quick {
		contest.PrintMarks(&text, ours, marks, p.servers, found)
	}
	fmt.Fprint(out, text.String())
	if *into != "" {
		if err := report.Replace(*into, "websocket", "\n"+text.String()); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d measurements have failed, see above", failed)
	}
	return nil
}
