package cli_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/everwire/everwire/cli"
)

// environment returns a lookup as os.Getenv.
func environment(pid, count, names string) func(string) string {
	vars := map[string]string{"LISTEN_PID": pid, "LISTEN_FDS": count, "LISTEN_FDNAMES": names}
	return func(name string) string { return vars[name] }
}

// passed returns a descriptor as systemd passes one, and its address.
func passed(t *testing.T) (fd int, addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	file, err := ln.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	fd, err = syscall.Dup(int(file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return fd, ln.Addr().String()
}

func TestSocketsOfSystemdAreTaken(t *testing.T) {
	own := strconv.Itoa(os.Getpid())
	for _, tt := range []struct{ names, want string }{
		{"policy", "policy"}, {"policy:other", "policy"}, {"", "unknown"}, {":x", "unknown"},
	} {
		fd, addr := passed(t)
		lns, names, err := cli.ActivatedFrom(environment(own, "1", tt.names), fd)
		if err != nil || len(lns) != 1 || names[0] != tt.want {
			t.Fatalf("names %q: %v, %v", tt.names, names, err)
		}
		if got := lns[0].Addr().String(); got != addr {
			t.Errorf("listens on %s, want %s", got, addr)
		}
		client, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		client.Close()
		lns[0].Close()
		if _, err := net.Dial("tcp", addr); err == nil {
			t.Error("a descriptor is left open")
		}
	}
}

func TestSocketsOfOthersAreNotTaken(t *testing.T) {
	own := strconv.Itoa(os.Getpid())
	for name, env := range map[string]func(string) string{
		"none":             environment("", "", ""),
		"another process":  environment("1", "1", ""),
		"none in a number": environment(own, "0", ""),
	} {
		if lns, _, err := cli.ActivatedFrom(env, 3); len(lns) != 0 || err != nil {
			t.Errorf("%s: %v, %v", name, lns, err)
		}
	}
	for _, count := range []string{"x", "-1", ""} {
		if _, _, err := cli.ActivatedFrom(environment(own, count, ""), 3); err == nil || !strings.Contains(err.Error(), "LISTEN_FDS") {
			t.Errorf("count %q: %v", count, err)
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	fd, err := syscall.Dup(int(r.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if lns, _, err := cli.ActivatedFrom(environment(own, "1", "pipe"), fd); len(lns) != 0 || err == nil || !strings.Contains(err.Error(), "pipe") {
		t.Errorf("a pipe: %v, %v", lns, err)
	}
}

// startedBySystemd tells this test's program, started once more, that a socket
// was passed to it: what is to become of it, and its address.
const startedBySystemd = "CLI_TEST_STARTED_BY_SYSTEMD"

// TestNoSocketOfSystemdIsLeftOpen: one that was passed in is served or closed,
// and no child hears of it.
func TestNoSocketOfSystemdIsLeftOpen(t *testing.T) {
	if told := os.Getenv(startedBySystemd); told != "" {
		serveWithSocket(t, told)
		return
	}
	for _, how := range []string{"served", "Flash is off", "not at the server's address"} {
		t.Run(how, func(t *testing.T) {
			at := "127.0.0.1:0"
			if how == "not at the server's address" {
				at = "127.0.0.2:0"
			}
			ln, err := net.Listen("tcp", at)
			if err != nil && at != "127.0.0.1:0" {
				t.Skip("NOT TESTED: this needs a second loopback address, which Linux has by itself:", err)
			} else if err != nil {
				t.Fatal(err)
			}
			file, err := ln.(*net.TCPListener).File()
			ln.Close()
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			// The number of the process is known to itself alone.
			child := exec.CommandContext(t.Context(), "sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`,
				os.Args[0], "-test.run=^TestNoSocketOfSystemdIsLeftOpen$")
			child.Env = append(os.Environ(), "LISTEN_FDS=1", "LISTEN_FDNAMES=policy", startedBySystemd+"="+how+"="+ln.Addr().String())
			child.ExtraFiles = []*os.File{file}
			var out bytes.Buffer
			child.Stdout, child.Stderr = &out, &out
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			file.Close() // the child's is the last
			if err := child.Wait(); err != nil || !strings.Contains(out.String(), "PASS") {
				t.Errorf("%v\n%s", err, &out)
			}
		})
	}
}

func serveWithSocket(t *testing.T, told string) {
	how, addr, _ := strings.Cut(told, "=")
	cfg := fixed()
	cfg.Modern = how == "Flash is off"
	p := start(t, cfg)
	if v, set := os.LookupEnv("LISTEN_FDS"); set {
		t.Errorf("children are told of %s sockets", v)
	}
	if how == "served" {
		if got := ask(t, addr, policyRequest); !strings.Contains(got, "cross-domain-policy") {
			t.Errorf("got %q", got)
		}
		return
	}
	if conn, err := net.Dial("tcp", addr); err == nil {
		conn.Close()
		t.Error("the socket is open")
	}
	for _, want := range []string{how, "socket=policy", "level=WARN", "address=" + addr} {
		if !strings.Contains(p.log.String(), want) {
			t.Errorf("no %q in the log:\n%s", want, p.log)
		}
	}
}
