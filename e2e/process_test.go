package e2e_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// drainLimit is how long a program may take to end after SIGTERM.
const drainLimit = 10 * time.Second

// scratch is the folder for all that the tests write. TestMain removes it.
var scratch string

// The programs are built once.
var (
	everwireBinary    = sync.OnceValues(func() (string, error) { return build("everwire", root, ".") })
	conformanceBinary = sync.OnceValues(func() (string, error) { return build("conformance", ".", "./conformance") })
)

func build(name, dir, pkg string) (string, error) {
	exe := filepath.Join(scratch, name)
	cmd := exec.Command("go", "build", "-o", exe, pkg)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build of %s: %w\n%s", name, err, out)
	}
	return exe, nil
}

// process is a running program.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error // of Wait, when done

	mu  sync.Mutex // guards below
	log strings.Builder
}

// start runs a program and waits until it has printed what ready matches;
// match is that line's submatches.
func start(ready *regexp.Regexp, exe string, args ...string) (p *process, match []string, err error) {
	return startIn(nil, ready, exe, args...)
}

// startIn is start with more variables in the environment.
func startIn(env []string, ready *regexp.Regexp, exe string, args ...string) (p *process, match []string, err error) {
	home, err := os.MkdirTemp(scratch, "home")
	if err != nil {
		return nil, nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	p = &process{cmd: exec.Command(exe, args...), done: make(chan struct{})}
	p.cmd.Env = append(append(environment(), "HOME="+home), env...)
	p.cmd.Stdout, p.cmd.Stderr = w, w
	endWithParent(p.cmd)
	err = p.cmd.Start()
	w.Close() // so that the output ends with the program
	if err != nil {
		r.Close()
		return nil, nil, err
	}
	found := make(chan []string, 1)
	read := make(chan struct{})
	go func() {
		defer close(read)
		p.read(r, ready, found)
	}()
	go func() {
		p.err = p.cmd.Wait()
		<-read
		close(p.done)
	}()
	select {
	case match := <-found:
		return p, match, nil
	case <-p.done:
		return nil, nil, fmt.Errorf("%s ended at once: %v\n%s", exe, p.err, p.output())
	case <-time.After(30 * time.Second):
		p.stop()
		return nil, nil, fmt.Errorf("%s did not print %v\n%s", exe, ready, p.output())
	}
}

// environment is that of the tests without what the program would take for
// its settings.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "EVERWIRE_") })
}

func (p *process) read(r io.ReadCloser, ready *regexp.Regexp, found chan<- []string) {
	defer r.Close()
	for lines := bufio.NewScanner(r); lines.Scan(); {
		p.mu.Lock()
		p.log.WriteString(lines.Text() + "\n")
		p.mu.Unlock()
		if match := ready.FindStringSubmatch(lines.Text()); match != nil {
			select {
			case found <- match:
			default:
			}
		}
	}
}

// output is what the program has printed and logged so far.
func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// stop ends the program with SIGTERM and reports if it does not end well.
func (p *process) stop() error {
	p.cmd.Process.Signal(syscall.SIGTERM)
	begin := time.Now()
	select {
	case <-p.done:
	case <-time.After(drainLimit + time.Second):
		p.cmd.Process.Kill()
		<-p.done
		return fmt.Errorf("did not end within %v of SIGTERM\n%s", drainLimit, p.output())
	}
	if took := time.Since(begin); took > drainLimit {
		return fmt.Errorf("took %v to end after SIGTERM", took)
	}
	if p.err != nil {
		return fmt.Errorf("ended with %w\n%s", p.err, p.output())
	}
	return nil
}

// program is the running everwire.
type program struct {
	*process
	address string // as printed, with the token
	origin  string // http://127.0.0.1:port, or https
	token   string
}

// shellCommand is a shell that reads none of the user's files, which may do
// anything and take long, and writes none.
const shellCommand = "env HISTFILE= bash --noprofile --norc"

// programArgs are for a program that leaves the ports of this machine to their
// owners: its own is a free one, and it has none for Flash's policy.
var programArgs = []string{"--listen", "127.0.0.1:0", "--flash-policy-ports", ""}

// startProgram starts everwire on a free port.
func startProgram(args ...string) (*program, error) { return startProgramIn(nil, args...) }

// startProgramIn is startProgram with more variables in the environment.
func startProgramIn(env []string, args ...string) (*program, error) {
	exe, err := everwireBinary()
	if err != nil {
		return nil, err
	}
	args = slices.Concat(programArgs, []string{"--log-level", "debug", "--shell-command", shellCommand}, args)
	p, match, err := startIn(env, regexp.MustCompile(`^\s*(https?://\S+)/#t=(\S+)$`), exe, args...)
	if err != nil {
		return nil, err
	}
	return &program{p, strings.TrimSpace(match[0]), match[1], match[2]}, nil
}

// shared is the program that most tests use.
var shared struct {
	once sync.Once
	*program
	err error
}

// everwire returns the program that tests share: they open sessions in it but
// leave nothing behind. Its pages must have been bundled.
func everwire(t *testing.T) *program {
	t.Helper()
	need(t, "pages")
	shared.once.Do(func() {
		shared.program, shared.err = startProgram("--limits-sessions-per-second", "1000", "--limits-logins-per-minute", "1000")
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.program
}

// ownEverwire starts a program for one test alone.
func ownEverwire(t *testing.T, args ...string) *program {
	t.Helper()
	need(t, "pages")
	p, err := startProgram(args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { expectStop(t, p.process) })
	return p
}

// conformance starts the conformance program and returns its address. Its
// pings are frequent, so that they fall between everything else, but patient.
// At the end it does not wait for clients that left without a word. More
// arguments may be added.
func conformance(t *testing.T, more ...string) *url.URL {
	t.Helper()
	exe, err := conformanceBinary()
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-listen", "127.0.0.1:0",
		"-ping-interval", "100ms", "-ping-timeout", "10s", "-connect-timeout", "10s",
		"-drain", "200ms"}, more...)
	p, match, err := start(regexp.MustCompile(`^listening on (http://\S+)$`), exe, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		expectStop(t, p)
		if t.Failed() {
			t.Logf("the server's log:\n%s", p.output())
		}
	})
	u, err := url.Parse(match[1])
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func expectStop(t *testing.T, p *process) {
	t.Helper()
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) (code int) {
	dir, err := os.MkdirTemp("", "everwire-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	scratch = dir
	code = m.Run()
	for _, err := range []error{stopBrowser(), stopShared(), removeAll(dir)} {
		if err != nil {
			fmt.Fprintln(os.Stderr, "after the tests:", err)
			code = max(code, 1)
		}
	}
	return code
}

func stopShared() error {
	if shared.program == nil {
		return nil
	}
	return shared.stop()
}

// removeAll is os.RemoveAll for a folder into which processes that have just
// been ended may still write.
func removeAll(dir string) error {
	return until(context.Background(), 5*time.Second, 50*time.Millisecond, func() error { return os.RemoveAll(dir) })
}
