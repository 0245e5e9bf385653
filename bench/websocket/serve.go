//go:build linux

package main

import (
	"flag"
	"fmt"
	"io"

	"github.com/everwire/everwire/bench/internal/process"
)

// serve is the program as a server under test: see package process for what it
// prints and the commands it takes.
func serve(args []string, commands io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	var f process.ServeFlags
	f.Register(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	c, ok := contestantOf(flags.Arg(0))
	if !ok || c.start == nil {
		return fmt.Errorf("no Go server %q", flags.Arg(0))
	}
	return process.Serve(c.start, f, commands, out)
}
