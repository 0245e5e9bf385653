//go:build linux

package process

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
)

// Server is a server under test that is written in Go.
type Server interface {
	// Serve serves until the listener fails.
	Serve(net.Listener) error
	// Broadcast sends a text to every client, by the way that the library has
	// for that. It may return before all is sent.
	Broadcast(text []byte)
}

// ServeFlags are what a server under test is started with.
type ServeFlags struct{ cpu, heap string }

// Register defines the flags.
func (f *ServeFlags) Register(flags *flag.FlagSet) {
	flags.StringVar(&f.cpu, "cpuprofile", "", "write a CPU profile to this `FILE` at the end")
	flags.StringVar(&f.heap, "memprofile", "", "write a heap profile to this `FILE` at the end, while the connections are open")
}

// Serve is the server's end of a Process: it starts a server on a port of
// loopback and takes commands until there are none. The command "broadcast
// TEXT" sends the text to every client.
func Serve(start func() Server, f ServeFlags, commands io.Reader, out io.Writer) (err error) {
	if f.heap != "" {
		runtime.MemProfileRate = 1024 // before the server allocates anything
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if f.cpu != "" {
		file, err := os.Create(f.cpu)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer func() {
			pprof.StopCPUProfile()
			err = errors.Join(err, file.Close())
		}()
	}
	srv := start()
	go srv.Serve(ln) // until the process ends
	fmt.Fprintf(out, "listening on %s\n", ln.Addr())
	if err := obey(srv, commands, out); err != nil {
		return err
	}
	if f.heap != "" {
		return writeHeap(f.heap)
	}
	return nil
}

func obey(srv Server, commands io.Reader, out io.Writer) error {
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
