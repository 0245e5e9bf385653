//go:build linux

package main

import (
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/everwire/everwire/bench/internal/report"
	"github.com/everwire/everwire/bench/vt/peers"
)

const (
	ours = "everwire"
	base = "xterm" // what the others are compared with; it runs on Node
)

// A contestant is an emulator that can be measured.
type contestant struct {
	name   string
	module string // of Go, or the package of npm
	open   peers.Open
}

var contestants = []contestant{
	{ours, "github.com/everwire/everwire", peers.Everwire},
	{base, "@xterm/headless", nil},
	{"vt10x", "github.com/hinshun/vt10x", peers.VT10x},
	{"charm", "github.com/charmbracelet/x/vt", peers.Charm},
	{"tcell", "github.com/gdamore/tcell/v3", peers.Tcell},
	{"vt100", "github.com/tonistiigi/vt100", peers.VT100},
}

func emulatorNames() []string {
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

// printVersions writes what is compared.
func printVersions(w io.Writer, names []string, root string) {
	versions := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			versions[dep.Path] = dep.Version
		}
	}
	var list []string
	for _, name := range names {
		c, ok := contestantOf(name)
		if !ok || name == ours {
			continue
		}
		version := versions[c.module]
		if c.open == nil {
			version = report.NpmVersion(root, c.module)
		}
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s is `%s` %s", name, c.module, strings.TrimPrefix(version, "v"))))
	}
	if len(list) > 0 {
		fmt.Fprintf(w, "%s.\n\n", strings.Join(list, ", "))
	}
}
