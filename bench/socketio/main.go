//go:build linux

// Command socketio measures Socket.IO servers beside each other: what an event
// with its ack, a broadcast, a connect and an idle client cost.
//
//	go run ./socketio                        both servers and all cases, about eleven minutes
//	go run ./socketio -eio 3                 the same for clients of Socket.IO 1.x and 2.x,
//	                                         with the servers that speak to these
//	go run ./socketio -quick                 half a minute, to see that all works
//	go run ./socketio -servers everwire -cases ack-100 -rounds 9
//	go run ./socketio -o ../docs/benchmarks.md
//	go run ./socketio -servers everwire -rounds 1 -profile /tmp/profiles
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
		fmt.Fprintln(os.Stderr, "socketio:", err)
		os.Exit(1)
	}
}

// run is the program with its arguments.
func run(args []string, out, progress io.Writer) error {
	if len(args) > 0 && args[0] == "serve" {
		return serve(args[1:], os.Stdin, out)
	}
	p := plan{progress: progress}
	flags := flag.NewFlagSet("socketio", flag.ContinueOnError)
	flags.SetOutput(progress)
	eio := flags.Int("eio", 4, "`VERSION` of Engine.IO that the clients speak, 3 or 4")
	names := flags.String("servers", "", "`NAMES` of servers, with commas between; empty for all: "+
		strings.Join(editions[4].servers, ",")+", or with -eio 3 "+strings.Join(editions[3].servers, ","))
	cases := flags.String("cases", "", "beginnings of cases' `NAMES`, with commas between; empty for all")
	quick := flags.Bool("quick", false, "few clients and short times: see whether all works")
	rounds := flags.Int("rounds", 0, "how often each case is measured with each server (default 5 for acks, 3 or 2 for the rest)")
	span := flags.Duration("time", 0, "how long acks are measured (default 1.5s)")
	into := flags.String("o", "", "put the tables into this Markdown `FILE` too, between its marks for them")
	flags.StringVar(&p.profiles, "profile", "", "write CPU profiles (acks, broadcasts, connects) and heap profiles (idle) of this project's server into this `FOLDER`; they cost some CPU")
	flags.StringVar(&p.root, "root", ".", "`FOLDER` of this module")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	ed, known := editions[*eio]
	if !known {
		return fmt.Errorf("no clients speak Engine.IO %d here", *eio)
	}
	var err error
	if p.servers, err = contest.ChooseServers(ed.servers, *names); err != nil {
		return err
	}
	if p.jobs, err = contest.ChooseCases(ed.jobs(newScale(*quick, *span)), *cases); err != nil {
		return err
	}
	if *rounds > 0 {
		for i := range p.jobs {
			p.jobs[i].Rounds = *rounds
		}
	}
	found, failed, err := p.run()
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s · %s\n\n", report.Machine(time.Now()), ed.versions(p.root))
	contest.PrintTables(&text, p.cases(), p.servers, ed.base, found)
	if !*quick {
		contest.PrintMarks(&text, ours, ed.marks, p.servers, found)
	}
	fmt.Fprint(out, text.String())
	if *into != "" {
		if err := report.Replace(*into, ed.section, "\n"+text.String()); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d measurements have failed, see above", failed)
	}
	return nil
}
