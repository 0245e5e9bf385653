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
	"github.com/everwire/everwire/bench/socketio/peers/googollee"
)

// The servers.
const (
	ours   = "everwire"
	goPeer = "googollee"
	node   = "node"
	node2  = "node2"
)

// packages are the packages of npm that servers on Node are made of.
var packages = map[string]string{node: "socket.io", node2: "socket.io-2"}

// start starts a server. With keys it speaks TLS. Those in Go are this program.
func (p *plan) start(name string, j job) (*process.Process, error) {
	keys := ""
	if j.clients.TLS {
		keys = p.keys
	}
	if pkg := packages[name]; pkg != "" {
		args := []string{"--expose-gc", filepath.Join(p.root, "socketio", "peers", "node", "server.mjs"), pkg}
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
	if p.profiles != "" && name == ours {
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
	var start func() process.Server
	switch name := flags.Arg(0); {
	case name == ours:
		start = func() process.Server { return everwire.New(*keys) }
	case name == goPeer && *keys == "":
		start = func() process.Server { return googollee.New() }
	default:
		return fmt.Errorf("no Go server %q", name)
	}
	return process.Serve(start, f, commands, out)
}
