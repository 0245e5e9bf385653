package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/cli"
)

// result is what one run of the program produced.
type result struct {
	code           int
	stdout, stderr string
}

// run runs the program to its end. One that serves by mistake is stopped.
func run(t *testing.T, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	code := cli.Main(ctx, args, &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

// writeFile writes a configuration file and returns its path.
func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "everwire.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestHelpTellsTheFirstRun(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"-h"}, {"help"}, {"serve", "--help"}} {
		r := run(t, args...)
		if r.code != 0 || r.stderr != "" {
			t.Errorf("%q: code %d, stderr %q", args, r.code, r.stderr)
		}
		for _, want := range []string{"Usage:", "--listen text", "127.0.0.1:8080", "Limits:", "Logging:",
			"EVERWIRE_PING_INTERVAL", "--i-know-this-is-a-remote-shell-without-protection", "Exit code"} {
			if !strings.Contains(r.stdout, want) {
				t.Errorf("%q: no %q in\n%s", args, want, r.stdout)
			}
		}
	}
	if r := run(t, "--help"); !strings.Contains(r.stdout, "open the address that it prints") {
		t.Errorf("the first run is not told:\n%s", r.stdout)
	}
}

func TestHelpOfSmallCommandsIsSmall(t *testing.T) {
	for _, args := range [][]string{{"version", "--help"}, {"health", "--help"}, {"config", "print", "--help"}, {"config"}} {
		r := run(t, args...)
		if r.code != 0 || strings.Contains(r.stdout, "Logging:") || strings.Count(r.stdout, "\n") > 30 {
			t.Errorf("%q: code %d\n%s", args, r.code, r.stdout)
		}
	}
}

func TestMistypedNamesAreOneLineWithASuggestion(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"flag", []string{"--lisen", ":1"}, "unknown flag --lisen; did you mean --listen?"},
		{"flag of serve", []string{"serve", "--tls-crt=x"}, "unknown flag --tls-crt; did you mean --tls-cert?"},
		{"flag with underscore", []string{"--allow_origin=x"}, "did you mean --allow-origin?"},
		{"flag with one dash", []string{"-listen", ":1"}, "unknown flag -listen; did you mean --listen?"},
		{"flag unlike any", []string{"--qqqqqqqq"}, "--help\" lists the flags"},
		{"flag without its value", []string{"--listen"}, "needs an argument: --listen"},
		{"command", []string{"sevre"}, `unknown command "sevre"; did you mean serve?`},
		{"command below config", []string{"config", "chek"}, `unknown command "chek"; did you mean check?`},
		{"argument", []string{"version", "now"}, `takes no argument, got "now"`},
		{"flag of version", []string{"version", "--jsn"}, "did you mean --json?"},
		{"second file", []string{"config", "check", "a", "b"}, "takes one file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := run(t, tt.args...)
			if r.code != 2 || r.stdout != "" {
				t.Errorf("code %d, stdout %q", r.code, r.stdout)
			}
			if !strings.HasPrefix(r.stderr, "everwire: ") || strings.Count(r.stderr, "\n") != 1 || !strings.Contains(r.stderr, tt.want) {
				t.Errorf("got %q, want %q in one line", r.stderr, tt.want)
			}
		})
	}
}

func TestVersionIsNeverUnknown(t *testing.T) {
	r := run(t, "version")
	if r.code != 0 || !strings.HasPrefix(r.stdout, "everwire ") || strings.Contains(r.stdout, "unknown") {
		t.Errorf("code %d: %q", r.code, r.stdout)
	}
	var v struct{ Version, Go, Platform string }
	r = run(t, "version", "--json")
	if err := json.Unmarshal([]byte(r.stdout), &v); err != nil || v.Version == "" || v.Go == "" || v.Platform == "" {
		t.Errorf("%v: %q", err, r.stdout)
	}
	if r = run(t, "--version"); r.stdout != "everwire "+v.Version+"\n" {
		t.Errorf("--version prints %q", r.stdout)
	}
}

func TestCompletionKnowsTheFlags(t *testing.T) {
	if r := run(t, "completion", "bash"); r.code != 0 || !strings.Contains(r.stdout, "everwire") {
		t.Errorf("code %d, stderr %q", r.code, r.stderr)
	}
	if r := run(t, "__complete", "--tls-"); !strings.Contains(r.stdout, "--tls-cert") {
		t.Errorf("got %q", r.stdout)
	}
}

func ExampleMain() {
	// A test or a wrapper runs the program without a process of its own.
	var stderr bytes.Buffer
	code := cli.Main(context.Background(), []string{"--log-levle", "debug"}, os.Stdout, &stderr)
	os.Stdout.WriteString(stderr.String())
	if code != 2 {
		panic(code)
	}
	// Output: everwire: unknown flag --log-levle; did you mean --log-level?
}
