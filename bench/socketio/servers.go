//go:build linux

package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/everwire/everwire/bench/internal/process"
	"github.com/everwire/everwire/bench/socketio/peers/everwire"
)

const (
	ours = "everwire"
	base = "node" // what the other is compared with
)

var serverNames = []string{ours, base}

// start starts a server. With keys it speaks TLS. The one in Go is this program.
func (p *plan) start(name string, j job) (*process.Process, error) {
	keys := ""
	if j.clients.TLS {
		keys = p.keys
	}
	if name == base {
		args := []string{"--expose-gc", filepath.Join(p.root, "socketio", "peers", "node", "server.mjs")}
		if keys != "" {
			args = append(args, keys)
		}
		return process.Start(exec.Command("node", args...))
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := []string{"serve"}
	if p.profiles != "" {
		// One kind only: to sample memory finely costs CPU.
		args = append(args, "-"+j.profile+"profile", filepath.Join(p.profiles, name+"-"+j.Name+"."+j.profile))
	}
	return process.Start(exec.Command(self, append(args, "-tls", keys, name)...))
}

// serve is the program as a server under test: see package process for what it
// prints and the commands it takes.
func serve(args []string, commands io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	keys := flags.String("tls", "", "speak TLS with cert.pem and key.pem of this `FOLDER`")
	var f process.ServeFlags
	f.Register(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if name := flags.Arg(0); name != ours {
		return fmt.Errorf("no Go server %q", name)
	}
	return process.Serve(func() process.Server { return everwire.New(*keys) }, f, commands, out)
}
