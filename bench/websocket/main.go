//go:build linux

// Command websocket measures WebSocket servers beside each other: what an
// echoed message, a handshake, an idle connection and a broadcast cost.
//
//	go run ./websocket                        all servers and cases, about ten minutes
//	go run ./websocket -quick                 half a minute, to see that all works
//	go run ./websocket -servers everwire,gorilla -cases echo-100 -rounds 9
//	go run ./websocket -o ../docs/benchmarks.md
//	go run ./websocket -servers everwire -rounds 1 -profile /tmp/profiles
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
	"slices"
	"strings"
	"time"

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
	if p.servers, err = chooseServers(*names); err != nil {
		return err
	}
	if p.cases, err = chooseCases(allCases(*quick, *span), *cases); err != nil {
		return err
	}
	if *rounds > 0 {
		for i := range p.cases {
			p.cases[i].rounds = *rounds
		}
	}
	found, failed := p.run()
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n\n", report.Machine(time.Now()))
	printVersions(&text, p.servers, p.root)
	printTables(&text, p.cases, p.servers, found)
	if !*quick {
		printMarks(&text, p.servers, found)
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

// split returns the words between commas.
func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

func chooseServers(list string) ([]string, error) {
	all := serverNames()
	wanted := split(list)
	if len(wanted) == 0 {
		return all, nil
	}
	for _, name := range wanted {
		if !slices.Contains(all, name) {
			return nil, fmt.Errorf("no server %q: there are %s", name, strings.Join(all, ", "))
		}
	}
	return wanted, nil
}

func chooseCases(all []benchCase, list string) ([]benchCase, error) {
	wanted := split(list)
	if len(wanted) == 0 {
		return all, nil
	}
	var chosen []benchCase
	for _, c := range all {
		if slices.ContainsFunc(wanted, func(w string) bool { return strings.HasPrefix(c.name, w) }) {
			chosen = append(chosen, c)
		}
	}
	if len(chosen) == 0 {
		names := make([]string, len(all))
		for i, c := range all {
			names[i] = c.name
		}
		return nil, fmt.Errorf("no case begins with %q: there are %s", list, strings.Join(names, ", "))
	}
	return chosen, nil
}
