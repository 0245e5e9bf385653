//go:build linux

package main

import (
	"bufio"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/bench/internal/contest"
	"github.com/everwire/everwire/bench/internal/peertest"
	"github.com/everwire/everwire/bench/internal/process"
	"github.com/everwire/everwire/bench/websocket/load"
)

// everyServer runs a test with every server.
func everyServer(t *testing.T, test func(t *testing.T, name string)) {
	for _, name := range serverNames() {
		t.Run(name, func(t *testing.T) {
			if name == node {
				peertest.NeedNode(t, root, "ws")
			}
			test(t, name)
		})
	}
}

func startServer(t *testing.T, name string) *process.Process {
	t.Helper()
	p := plan{root: root}
	proc, err := p.start(name, job{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := proc.Stop(); err != nil {
			t.Error("stop:", err)
		}
	})
	return proc
}

// The load itself checks that every message comes back as it was sent, and once.
func TestEveryServerCanBeMeasured(t *testing.T) {
	const conns = 4
	everyServer(t, func(t *testing.T, name string) {
		p := plan{root: root, servers: []string{name}, progress: t.Output()}
		few := load.Limit{Messages: 5 * conns}
		for _, c := range []job{
			echoCase(conns, echo{32, few, few}),
			echoCase(conns, echo{4096, few, few}),
			crowdCase(conns, crowd{rest: time.Millisecond, pause: time.Millisecond, broadcasts: 3}),
		} {
			c.Rounds = 1
			p.jobs = append(p.jobs, c)
		}
		found, failed := p.run()
		if failed > 0 {
			t.Fatalf("%d of %d cases have failed", failed, len(p.jobs))
		}
		for _, c := range p.jobs {
			for _, fig := range c.Figures {
				v := found.Series(c.Name, name, fig).Median()
				// So few connections are less than what the memory varies by.
				weight := fig == idleKiB || fig == collectedKiB
				if math.IsNaN(v) || v <= 0 && !weight {
					t.Errorf("%s: %s is %v", c.Name, fig, v)
				}
			}
		}
	})
}

// A server that did not look at the text would be compared unfairly.
func TestEveryServerChecksUTF8(t *testing.T) {
	everyServer(t, func(t *testing.T, name string) {
		proc := startServer(t, name)
		for _, c := range []struct {
			name, frame string
			echoed      bool
		}{
			{"UTF-8", "\x81\x82\x00\x00\x00\x00\xc3\xa9", true},
			{"no UTF-8", "\x81\x82\x00\x00\x00\x00\xc3\x28", false},
		} {
			first := firstByte(t, proc.Addr, c.frame)
			if echoed := first == 0x81; echoed != c.echoed {
				t.Errorf("%s: the answer begins with %#x", c.name, first)
			}
		}
	})
}

// firstByte sends a frame and returns the first byte of what comes back, zero if
// the connection ends without.
func firstByte(t *testing.T, addr, frame string) byte {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: "+addr+"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	in := bufio.NewReader(conn)
	response, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(response.Status)
	}
	if _, err := io.WriteString(conn, frame); err != nil {
		t.Fatal(err)
	}
	first, err := in.ReadByte()
	if nerr, ok := err.(net.Error); ok && nerr.Timeout() {
		t.Fatal("the server does not answer")
	}
	return first
}

func TestAMissingServerIsAFailureAndADash(t *testing.T) {
	var progress strings.Builder
	few := load.Limit{Messages: 4}
	c := echoCase(1, echo{32, few, few})
	c.Rounds = 1
	p := plan{root: t.TempDir(), servers: []string{node, base}, jobs: []job{c}, progress: &progress}
	found, failed := p.run()
	if failed != 1 || !strings.Contains(progress.String(), "failed:") {
		t.Errorf("%d failures; progress:\n%s", failed, &progress)
	}
	var out strings.Builder
	contest.PrintTables(&out, p.cases(), p.servers, base, found)
	if !strings.Contains(out.String(), "| nodews | – |") {
		t.Errorf("no dash for the server that is missing:\n%s", &out)
	}
}

func TestProfilesAreWritten(t *testing.T) {
	folder := t.TempDir()
	few := load.Limit{Messages: 4}
	p := plan{root: root, servers: []string{ours}, profiles: folder, progress: t.Output(), jobs: []job{
		echoCase(1, echo{32, few, few}),
		crowdCase(1, crowd{rest: time.Millisecond, pause: time.Millisecond, broadcasts: 1}),
	}}
	for i := range p.jobs {
		p.jobs[i].Rounds = 1
	}
	if _, failed := p.run(); failed > 0 {
		t.Fatal("see the log")
	}
	for _, name := range []string{"everwire-echo-1x32.cpu", "everwire-crowd-1.mem"} {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
