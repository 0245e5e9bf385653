//go:build linux

package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/everwire/everwire/bench/internal/process"
	"github.com/everwire/everwire/bench/internal/report"
	"github.com/everwire/everwire/bench/websocket/peers/coder"
	"github.com/everwire/everwire/bench/websocket/peers/everwire"
	"github.com/everwire/everwire/bench/websocket/peers/gobwas"
	"github.com/everwire/everwire/bench/websocket/peers/gorilla"
	"github.com/everwire/everwire/bench/websocket/peers/gws"
)

const (
	ours = "everwire"
	base = "gorilla" // what the others are compared with
	node = "nodews"
)

// A contestant is a server that can be measured.
type contestant struct {
	name   string
	module string                // of Go, or the package of npm
	start  func() process.Server // nil: runs on Node
}

var contestants = []contestant{
	{ours, "github.com/everwire/everwire", func() process.Server { return everwire.New() }},
	{base, "github.com/gorilla/websocket", func() process.Server { return gorilla.New() }},
	{"coder", "github.com/coder/websocket", func() process.Server { return coder.New() }},
	{"gobwas", "github.com/gobwas/ws", func() process.Server { return gobwas.New() }},
	{"gws", "github.com/lxzan/gws", func() process.Server { return gws.New() }},
	{node, "ws", nil},
}

func serverNames() []string {
	names := make([]string, len(contestants))
	for i, c := range contestants {
		names[i] = c.name
	}
	return names
}

func contestantOf(name string) (contestant, bool) {
	i := slices.IndexFunc(contestants, func(c contestant) bool { return c.name == name })
	if i < 0 {
		return contestant{}, false
	}
	return contestants[i], true
}

// start starts a server. The Go servers are this program.
func (p *plan) start(name string, j job) (*process.Process, error) {
	if name == node {
		script := filepath.Join(p.root, "websocket", "peers", "nodews", "server.mjs")
		return process.Start(exec.Command("node", "--expose-gc", script))
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
	return process.Start(exec.Command(self, append(args, name)...))
}

// printVersions writes what is compared.
func printVersions(w io.Writer, names []string, root string) {
	versions := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			versions[dep.Path] = dep.Version
		}
	}
	versions["ws"] = report.NpmVersion(root, "ws")
	var list []string
	for _, name := range names {
		c, ok := contestantOf(name)
		if !ok || name == ours {
			continue
		}
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s is `%s` %s", name, c.module, strings.TrimPrefix(versions[c.module], "v"))))
	}
	if len(list) > 0 {
		fmt.Fprintf(w, "%s.\n\n", strings.Join(list, ", "))
	}
}
