package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// module is the prefix of our own import paths.
const module = "github.com/everwire/everwire"

// A rule says what a package may import of this module. Names are relative to
// the module; a * stands for one path element.
type rule struct {
	level int
	pkg   string
	may   []string
}

// house is the table of docs/architecture.md: every package has a level, and
// imports go down only. A package of level 0 uses the standard library alone.
var house = []rule{
	{6, "", []string{"cli"}},
	// The guard's settings are part of the server's options.
	{5, "cli", []string{"internal/xconnect", "server", "server/guard", "transports/flash", "handlers/*", "protocol/ws", "rfb", "public", "config", "socketio", "socketio/admin", "socketio/redis", "session"}},
	// The server says which generation of the protocol answers on which route.
	{4, "server", []string{"server/guard", "internal/query", "transports", "transports/*", "socketio", "socketio/redis", "session", "protocol/eio", "protocol/ws"}},
	{5, "compat/googollee", []string{"server", "socketio", "transports", "transports/websocket", "session", "protocol/eio"}},
	{3, "server/guard", nil},
	{3, "handlers/echo", []string{"session"}},
	{3, "handlers/shell", []string{"session", "protocol/vt"}},
	{3, "handlers/vnc", []string{"session", "rfb"}},
	{3, "handlers/chat", []string{"session", "socketio"}},
	{3, "transports/*", []string{"transports", "internal/leaktest", "session", "protocol/eio", "protocol/ws"}},
	{3, "socketio/admin", []string{"socketio"}},
	{3, "socketio/redis", []string{"socketio", "session", "protocol/sio"}},
	{2, "transports", []string{"internal/query", "session", "protocol/eio", "protocol/ws"}},
	{2, "socketio", []string{"internal/query", "session", "protocol/sio"}},
	{1, "protocol/eio", []string{"session"}},
	{1, "rfb", []string{"protocol/rfb"}},
	{1, "rfb/rfbtest", []string{"protocol/rfb"}},
	{0, "internal/query", nil},
	{0, "internal/xconnect", nil},
	// For tests only.
	{0, "internal/leaktest", nil},
	{1, "internal/xconnect/always", []string{"internal/xconnect"}},
	{0, "session", nil},
	{0, "protocol/ws", nil},
	{0, "protocol/sio", nil},
	{0, "protocol/rfb", nil},
	{0, "protocol/vt", nil},
	{0, "config", nil},
	{0, "public", nil},
}

// pkg is what "go list" tells of a package.
type pkg struct {
	ImportPath string
	Imports    []string
	Standard   bool
	Module     *struct{ Path string }
}

// ours returns the package's name relative to the module.
func ours(importPath string) (string, bool) {
	if importPath == module {
		return "", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// ruleOf returns the first rule that fits the package.
func ruleOf(name string) (rule, bool) {
	i := slices.IndexFunc(house, func(r rule) bool { return matches(r.pkg, name) })
	if i < 0 {
		return rule{}, false
	}
	return house[i], true
}

func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return err == nil && ok
}

// checkArrow returns an error if the house has no arrow between two packages
// of this module.
func checkArrow(from, to string) error {
	r, known := ruleOf(from)
	if !known {
		return fmt.Errorf("package %q has no place in the table", from)
	}
	for _, may := range r.may {
		if matches(may, to) {
			return nil
		}
	}
	return fmt.Errorf("%q must not import %q", from, to)
}

// checkHouse returns all forbidden arrows among the packages, which include
// all dependencies.
func checkHouse(packages []pkg) error {
	byPath := map[string]pkg{}
	for _, p := range packages {
		byPath[p.ImportPath] = p
	}
	var errs []error
	importers := map[string][]string{} // third-party module → our packages
	for _, p := range packages {
		from, own := ours(p.ImportPath)
		if !own {
			continue
		}
		r, known := ruleOf(from)
		if !known {
			errs = append(errs, fmt.Errorf("package %q has no place in the table", from))
			continue
		}
		for _, imported := range p.Imports {
			if to, own := ours(imported); own {
				errs = append(errs, checkArrow(from, to))
				continue
			}
			dep := byPath[imported]
			if dep.Standard || dep.Module == nil {
				continue
			}
			if r.level == 0 {
				errs = append(errs, fmt.Errorf("%q must not import %q: level 0 uses the standard library alone", from, imported))
			}
			if m := dep.Module.Path; !slices.Contains(importers[m], from) {
				importers[m] = append(importers[m], from)
			}
		}
	}
	for m, names := range importers {
		if len(names) > 1 {
			errs = append(errs, fmt.Errorf("%s is imported by %q, and one package is to own it", m, names))
		}
	}
	return errors.Join(errs...)
}

// listPackages asks the go command for all packages and what they need. Tests
// are not included: what they alone import is theirs.
func listPackages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Imports,Standard,Module", "./...").Output()
	if err != nil {
		t.Fatal("go list:", err)
	}
	var packages []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

func TestImportsGoDownOnly(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < 50 {
		t.Fatalf("go list found %d packages only", len(packages))
	}
	if err := checkHouse(packages); err != nil {
		t.Error(err)
	}
}

func TestTheTableItselfGoesDown(t *testing.T) {
	for _, r := range house {
		for _, may := range r.may {
			below, known := ruleOf(strings.ReplaceAll(may, "*", "echo"))
			if !known || below.level >= r.level {
				t.Errorf("%q (level %d) may import %q (level %d)", r.pkg, r.level, may, below.level)
			}
		}
	}
}

func TestForbiddenArrowsAreSeen(t *testing.T) {
	const third, std = "example.org/third", "net/http"
	world := []pkg{
		{ImportPath: third + "/x", Module: &struct{ Path string }{third}},
		{ImportPath: std, Standard: true},
	}
	tests := []struct {
		name, from, to string // a path without a dot is ours
		allowed        bool
	}{
		{"handler to the waist", "handlers/echo", "session", true},
		{"standard library", "session", std, true},
		{"third-party module", "handlers/shell", third + "/x", true},
		{"concrete transport to its frame", "transports/polling", "transports", true},
		{"server to its guard", "server", "server/guard", true},
		{"handler to a transport", "handlers/echo", "transports", false},
		{"handler to the server", "handlers/shell", "server", false},
		{"handler to another", "handlers/echo", "handlers/chat", false},
		{"raw handler to Socket.IO", "handlers/shell", "socketio", false},
		{"server to a handler", "server", "handlers/echo", false},
		{"commands to the sockets of Flash", "cli", "transports/flash", true},
		{"commands to another transport", "cli", "transports/polling", false},
		{"server to the settings", "server", "config", false},
		{"guard to the server", "server/guard", "server", false},
		{"guard to the waist", "server/guard", "session", false},
		{"transport to Socket.IO", "transports/websocket", "socketio", false},
		{"transport to another", "transports/websocket", "transports/polling", false},
		{"Socket.IO to a transport", "socketio", "transports/polling", false},
		{"waist to a codec", "session", "protocol/eio", false},
		{"codec to another", "protocol/sio", "protocol/ws", false},
		{"level 0 to a third-party module", "protocol/ws", third + "/x", false},
		{"settings to the waist", "config", "session", false},
		{"main past the commands", "", "server", false},
		{"package without a place", "util", "session", false},
		{"below a package without a place of its own", "session/inner", "session", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			to := tt.to
			if to != std && !strings.HasPrefix(to, third) {
				to = module + "/" + to
			}
			from := strings.TrimSuffix(module+"/"+tt.from, "/")
			err := checkHouse(append(slices.Clone(world), pkg{ImportPath: from, Imports: []string{to}}))
			if (err == nil) != tt.allowed {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAModuleWithTwoOwnersIsSeen(t *testing.T) {
	third := &struct{ Path string }{"example.org/third"}
	world := []pkg{
		{ImportPath: "example.org/third/x", Module: third},
		{ImportPath: "example.org/third/y", Module: third},
		{ImportPath: module + "/cli", Imports: []string{"example.org/third/x", "example.org/third/y"}},
	}
	if err := checkHouse(world); err != nil {
		t.Error("one owner of two packages:", err)
	}
	world = append(world, pkg{ImportPath: module + "/server", Imports: []string{"example.org/third/y"}})
	if err := checkHouse(world); err == nil || !strings.Contains(err.Error(), "example.org/third") {
		t.Errorf("two owners: %v", err)
	}
}
