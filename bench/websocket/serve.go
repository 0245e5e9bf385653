//go:build linux

package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"

	"github.com/everwire/everwire/bench/websocket/peers"
)

// serve is the program as a server under test: see package process for what it
// prints and the commands it takes. The command "broadcast TEXT" sends the text
// to every connection.
func serve(args []string, commands io.Reader, out io.Writer) (err error) {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	cpu := flags.String("cpuprofile", "", "write a CPU profile to this `FILE` at the end")
	heap := flags.String("memprofile", "", "write a heap profile to this `FILE` at the end, while the connections are open")
	if err := flags.Parse(args); err != nil {
		return err
	}
	c, ok := contestantOf(flags.Arg(0))
	if !ok || c.start == nil {
		return fmt.Errorf("no Go server %q", flags.Arg(0))
	}
	if *heap != "" {
		runtime.MemProfileRate = 1024 // before the server allocates anything
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if *cpu != "" {
		f, err := os.Create(*cpu)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer func() {
			pprof.StopCPUProfile()
			err = errors.Join(err, f.Close())
		}()
	}
	srv := c.start()
	go srv.Serve(ln) // until the process ends
	fmt.Fprintf(out, "listening on %s\n", ln.Addr())
	if err := obey(srv, commands, out); err != nil {
		return err
	}
	if *heap != "" {
		return writeHeap(*heap)
	}
	return nil
}

func obey(srv peers.Server, commands io.Reader, out io.Writer) error {
	in := bufio.NewScanner(commands)
	for in.Scan() {
		switch name, text, _ := strings.Cut(in.Text(), " "); name {
		case "gc":
			// The first collection moves what pools keep aside, the second
			// frees it; FreeOSMemory runs one more.
			runtime.GC()
			runtime.GC()
			debug.FreeOSMemory()
			fmt.Fprintln(out, "done")
		case "broadcast":
			srv.Broadcast([]byte(text))
		}
	}
	return in.Err()
}

// writeHeap writes the heap profile, and what it does not have to the standard
// error.
func writeHeap(file string) error {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Fprintf(os.Stderr, "after a GC: %d goroutines, %d KiB of stacks, %d KiB of heap in use in spans of %d KiB\n",
		runtime.NumGoroutine(), m.StackInuse>>10, m.HeapAlloc>>10, m.HeapInuse>>10)
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("heap").WriteTo(f, 0), f.Close())
}
