//go:build linux

package main

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/everwire/everwire/bench/internal/contest"
	"github.com/everwire/everwire/bench/internal/report"
)

// An edition is the measurement with clients that speak one version of Engine.IO.
type edition struct {
	servers  []string
	base     string // what the others are compared with
	jobs     func(scale) []job
	marks    []contest.Mark
	section  string                   // of the document
	versions func(root string) string // of the servers
}

// editions by the version.
var editions = map[int]edition{
	4: {
		servers: []string{ours, node},
		base:    node,
		jobs:    scale.jobs4,
		marks:   marks4,
		section: "socketio",
		versions: func(root string) string {
			return "socket.io " + report.NpmVersion(root, packages[node])
		},
	},
	3: {
		servers: []string{ours, goPeer, node2},
		base:    goPeer,
		jobs:    scale.jobs3,
		marks:   marks3,
		section: "socketio3",
		versions: func(root string) string {
			return fmt.Sprintf("googollee is go-socket.io %s · node2 is socket.io %s",
				moduleVersion("github.com/googollee/go-socket.io"), report.NpmVersion(root, packages[node2]))
		},
	},
}

// moduleVersion returns the version of a module that this program was built with.
func moduleVersion(path string) string {
	info, _ := debug.ReadBuildInfo()
	for _, m := range info.Deps {
		if m.Path == path {
			return strings.TrimPrefix(m.Version, "v")
		}
	}
	return ""
}
