package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// What every Socket.IO client does on every transport; see
// clients/socketio.mjs.
var socketIOCases = []string{
	"connect", "transport", "auth object", "auth function", "auth absent", "event",
	"ack by the server", "ack by the client",
	"binary as argument", "binary inside", "binary of 300 kB", "utf-8",
	"room", "broadcast to all", "broadcast to others", "volatile",
	"namespace", "namespaces on one connection", "unknown namespace",
	"server ends the stay", "server ends the connection", "client ends the stay",
	"reconnect after a cut", "what was emitted while away arrives",
}

func TestSocketIOClients(t *testing.T) {
	need(t, "node", "clients")
	for _, version := range []string{"3", "4"} {
		for _, mode := range []string{"polling", "websocket", "upgrade"} {
			t.Run("socket.io-client "+version+"/"+mode, func(t *testing.T) {
				t.Parallel()
				between := newCutter(t)
				between.pass(conformance(t).Host) // its own: some send to everybody
				results := script(t, between.cut, "socketio.mjs", version, mode, "http://"+between.addr)
				report(t, socketIOCases, results)
			})
		}
	}
}

func TestEngineIOClient(t *testing.T) {
	need(t, "node", "clients")
	server := conformance(t)
	for _, mode := range []string{"polling", "websocket", "upgrade"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			report(t, []string{"text", "binary", "upgrade", "close"}, script(t, nil, "engineio.mjs", mode, server.String()))
		})
	}
}

// Nothing is lost, doubled or reordered while a client moves to a WebSocket.
func TestOrderAcrossUpgrade(t *testing.T) {
	need(t, "node", "clients")
	server := conformance(t)
	for version, times := range map[string]int{"2": 10, "3": 6, "4": 20} {
		t.Run("socket.io-client "+version, func(t *testing.T) {
			t.Parallel()
			var want []string
			for n := range times {
				want = append(want, fmt.Sprint("upgrade ", n+1))
			}
			report(t, want, script(t, nil, "order.mjs", version, fmt.Sprint(times), server.String()))
		})
	}
}

// script runs one of the scripts in clients and returns its results.
func script(t *testing.T, cut func(), name string, args ...string) map[string]string {
	t.Helper()
	return outcomes(t, cut, append([]string{"node", "clients/" + name}, args...)...)
}

// outcomes runs a program that reports cases as clients/harness.mjs does, and
// returns the error of each, empty for success.
func outcomes(t *testing.T, cut func(), args ...string) map[string]string {
	t.Helper()
	results, _ := tallies(t, cut, args...)
	return results
}

// tallies is outcomes of a program that also counts things.
func tallies(t *testing.T, cut func(), args ...string) (results map[string]string, counts map[string]int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	endWithParent(cmd)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	results = make(map[string]string)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var line struct {
			Do, Case, Error string
			MS              int
			Counts          map[string]int
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Errorf("%v: %s", err, lines.Text())
		}
		switch {
		case line.Do == "cut" && cut != nil:
			cut()
		case line.Case != "":
			results[line.Case] = line.Error
			t.Logf("%s: %d ms", line.Case, line.MS)
		case line.Counts != nil:
			counts = line.Counts
		default:
			t.Errorf("unexpected line %s", lines.Text())
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, stderr.String())
	}
	return results, counts
}

// report makes each result a subtest; a case without a result fails, and so
// does one that nobody expects.
func report(t *testing.T, want []string, results map[string]string) {
	for _, name := range want {
		t.Run(name, func(t *testing.T) {
			failure, ran := results[name]
			if !ran {
				t.Fatal("did not run")
			}
			if failure != "" {
				t.Error(failure)
			}
		})
		delete(results, name)
	}
	if len(results) > 0 {
		t.Errorf("cases that nobody expects: %q", slices.Sorted(maps.Keys(results)))
	}
}
