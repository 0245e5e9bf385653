package cli_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/everwire/everwire/cli"
	"github.com/everwire/everwire/config"
	"github.com/everwire/everwire/server/guard"
)

// line returns the line of the printed settings that begins with the key.
func line(t *testing.T, printed, key string) string {
	t.Helper()
	for l := range strings.Lines(printed) {
		if strings.HasPrefix(strings.TrimSpace(l), key+":") {
			return strings.Join(strings.Fields(l), " ")
		}
	}
	t.Fatalf("no %s in\n%s", key, printed)
	return ""
}

func TestLaterLayersWin(t *testing.T) {
	path := writeFile(t, "listen: 127.0.0.1:1\nmax_payload: 2000\nlog:\n  level: warn\nchat:\n  history: 7\n")
	const (
		envName  = "EVERWIRE_LISTEN"
		flagName = "--listen=127.0.0.1:3"
	)
	tests := []struct {
		name      string
		env       string
		args      []string
		wantValue string
	}{
		{"default", "", nil, `"127.0.0.1:8080" # default`},
		{"file", "", []string{"--config", path}, `"127.0.0.1:1" # ` + path},
		{"environment over file", "127.0.0.1:2", []string{"--config", path}, `"127.0.0.1:2" # EVERWIRE_LISTEN`},
		{"flag over environment", "127.0.0.1:2", []string{"--config", path, flagName}, `"127.0.0.1:3" # --listen`},
		{"flag over file", "", []string{flagName, "--config", path}, `"127.0.0.1:3" # --listen`},
		{"flag that says the default", "127.0.0.1:2", []string{"--listen", "127.0.0.1:8080"}, `"127.0.0.1:8080" # --listen`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(envName, tt.env)
			r := run(t, append([]string{"config", "print", "--origin"}, tt.args...)...)
			if r.code != 0 {
				t.Fatalf("code %d: %s", r.code, r.stderr)
			}
			if got := line(t, r.stdout, "listen"); got != "listen: "+tt.wantValue {
				t.Errorf("got  %s\nwant listen: %s", got, tt.wantValue)
			}
		})
	}
}

func TestLayersMixFieldByField(t *testing.T) {
	path := writeFile(t, "log:\n  level: warn\n  format: json\nchat:\n  history: 7\n  enabled: off\n")
	t.Setenv("EVERWIRE_CONFIG", path)
	t.Setenv("EVERWIRE_LOG_LEVEL", "error")
	t.Setenv("EVERWIRE_MAX_PAYLOAD", "2000")
	r := run(t, "config", "print", "--origin", "--websocket-compression", "--echo-enabled=false")
	for key, want := range map[string]string{
		"level":       `level: "error" # EVERWIRE_LOG_LEVEL`,
		"format":      `format: "json" # ` + path,
		"history":     "history: 7 # " + path,
		"max_payload": "max_payload: 2000 # EVERWIRE_MAX_PAYLOAD",
		"compression": "compression: true # --websocket-compression",
		"interval":    `interval: "25s" # default`,
	} {
		if got := line(t, r.stdout, key); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if strings.Count(r.stdout, "enabled: false") != 2 {
		t.Errorf("chat and echo are not both off:\n%s", r.stdout)
	}
}

func TestListsFromFlags(t *testing.T) {
	tests := []struct{ name, args, key, want string }{
		{"commas", "--allow-origin=https://a,https://b", "allow_origin", `["https://a", "https://b"]`},
		{"several flags", "--allow-origin=https://a --allow-origin=https://b", "allow_origin", `["https://a", "https://b"]`},
		{"words", "--shell-command=bash\u00a0-l", "command", `["bash", "-l"]`},
		{"one word each time", "--shell-command sh --shell-command -c --shell-command a,b", "command", `["sh", "-c", "a,b"]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			args := strings.Split(tt.args, " ")
			for i := range args {
				args[i] = strings.ReplaceAll(args[i], "\u00a0", " ")
			}
			r := run(t, append([]string{"config", "print"}, args...)...)
			if r.code != 0 {
				t.Fatal(r.stderr)
			}
			if got := line(t, r.stdout, tt.key); got != tt.key+": "+tt.want {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestWrongSettingsNameTheirPlace(t *testing.T) {
	tests := []struct {
		name string
		file string
		env  [2]string
		args []string
		want []string // one for each line
	}{
		{name: "unknown key in the file", file: "log:\n  levle: debug\n",
			want: []string{"everwire.yaml: log.levle: unknown key; did you mean log.level?"}},
		{name: "unknown section in the file", file: "pingg:\n  interval: 1s\n",
			want: []string{"pingg.interval: unknown key; did you mean ping.interval?"}},
		{name: "a value where a section belongs", file: "ping: 25s\n",
			want: []string{"everwire.yaml: ping: is a section, and no setting itself; its settings are ping.interval, ping.timeout"}},
		{name: "a section with the value of a setting", file: "admin: full\n",
			want: []string{"everwire.yaml: admin: is a section, and no setting itself; did you mean admin.mode?"}},
		{name: "a section where a value belongs", file: "listen:\n  port: 1\n",
			want: []string{"everwire.yaml: listen.port: unknown key"}},
		{name: "a number without a unit", file: "ping:\n  interval: 25\n",
			want: []string{`everwire.yaml: ping.interval: 25 has the wrong form; give a duration`}},
		{name: "broken YAML", file: "listen: [\n", want: []string{"everwire.yaml: "}},
		{name: "a key given twice", file: "listen: :1\nlisten: :2\n", want: []string{"everwire.yaml: "}},
		{name: "unknown variable", env: [2]string{"EVERWIRE_LOGLEVEL", "debug"},
			want: []string{"unknown environment variable EVERWIRE_LOGLEVEL; did you mean EVERWIRE_LOG_LEVEL?"}},
		{name: "switch that is only in the environment", env: [2]string{"EVERWIRE_H2_WEBSOCKET", "on"},
			want: []string{`EVERWIRE_H2_WEBSOCKET: "on" has the wrong form; give 1, or leave it out`}},
		{name: "that switch misspelt", env: [2]string{"EVERWIRE_H2_WEBSOCKETS", "1"},
			want: []string{"unknown environment variable EVERWIRE_H2_WEBSOCKETS; did you mean EVERWIRE_H2_WEBSOCKET?"}},
		{name: "variable with a wrong value", env: [2]string{"EVERWIRE_MAX_PAYLOAD", "big"},
			want: []string{`EVERWIRE_MAX_PAYLOAD: "big" has the wrong form; give a whole number`}},
		{name: "flag with a wrong value", args: []string{"--ping-timeout=soon"},
			want: []string{`--ping-timeout: "soon" has the wrong form`}},
		{name: "flag out of bounds", args: []string{"--ping-timeout=0s"},
			want: []string{`--ping-timeout: "0s" is out of bounds; give a value from 1ms to 1h`}},
		{name: "reachable without protection", args: []string{"--listen=0.0.0.0:80"},
			want: []string{"--listen: \"0.0.0.0:80\" can be reached from other machines without protection; set token"}},
		{name: "several at once", file: "lisen: x\n", env: [2]string{"EVERWIRE_TOKN", "x"}, args: []string{"--shell-max=x"},
			want: []string{"did you mean listen?", "did you mean EVERWIRE_TOKEN?", "--shell-max:"}},
		{name: "a wrong word beside a wrong form and an unknown key", file: "lisen: x\nshell:\n  enabled: maybe\n  max: x\n",
			args: []string{"--ping-timeout=0s"},
			want: []string{"did you mean listen?", "shell.max:", "shell.enabled: unknown value", "--ping-timeout:"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"config", "check"}, tt.args...)
			if tt.file != "" {
				args = append(args, writeFile(t, tt.file))
			}
			if tt.env[0] != "" {
				t.Setenv(tt.env[0], tt.env[1])
			}
			r := run(t, args...)
			lines := strings.Split(strings.TrimSuffix(r.stderr, "\n"), "\n")
			if r.code != 2 || r.stdout != "" || len(lines) != len(tt.want) {
				t.Fatalf("code %d, stdout %q, stderr\n%s", r.code, r.stdout, r.stderr)
			}
			for i, l := range lines {
				if !strings.HasPrefix(l, "everwire: ") || !strings.Contains(l, tt.want[i]) {
					t.Errorf("got %q, want %q", l, tt.want[i])
				}
			}
		})
	}
}

func TestWhatModernOutweighsIsTold(t *testing.T) {
	path := writeFile(t, "generations: [Gen4, Gen09]\nflash:\n  proxy: true\n")
	t.Setenv("EVERWIRE_WEBSOCKET_DIALECTS", "RFC6455,Hixie76")
	for _, tt := range []struct {
		args []string
		want []string
	}{
		{[]string{"config", "check", "--config", path, "--modern"},
			[]string{"--modern has the last word: of " + path + ": generations,", "of " + path + ": flash.proxy,", "of EVERWIRE_WEBSOCKET_DIALECTS,"}},
		{[]string{"config", "check", "--modern", "--transports", "polling,htmlfile"}, []string{"of EVERWIRE_WEBSOCKET_DIALECTS,", "of --transports,"}},
		{[]string{"config", "check", "--modern", "--transports", "polling,websocket"}, []string{"of EVERWIRE_WEBSOCKET_DIALECTS,"}},
		{[]string{"config", "check", "--config", path}, nil},
	} {
		r := run(t, tt.args...)
		if r.code != 0 || strings.Count(r.stdout, "warning: ") != len(tt.want) {
			t.Errorf("%q: code %d, said %s%s", tt.args, r.code, r.stdout, r.stderr)
		}
		for _, want := range tt.want {
			if !strings.Contains(r.stdout, want) {
				t.Errorf("%q: no %q in %s", tt.args, want, r.stdout)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, log bytes.Buffer
	args := []string{"--modern", "--listen", "127.0.0.1:0"}
	if code := cli.Main(ctx, args, &out, &log); code != 0 || !strings.Contains(log.String(), "--modern has the last word: of EVERWIRE_WEBSOCKET_DIALECTS") {
		t.Errorf("code %d, logged %s", code, log.String())
	}
}

func TestServeRefusesWhatCheckRefuses(t *testing.T) {
	for _, args := range [][]string{{"--listen=0.0.0.0:0"}, {"serve", "--listen=0.0.0.0:0"}} {
		if r := run(t, args...); r.code != 2 || !strings.Contains(r.stderr, "without protection") {
			t.Errorf("%q: code %d: %s", args, r.code, r.stderr)
		}
	}
}

// What the check lets pass must not stop the start.
func TestTheGuardTakesEveryOriginThatCheckTakes(t *testing.T) {
	accepted := 0
	for _, host := range []string{"example.org", "EXAMPLE.org:8443", "bücher.de", "xn--bcher-kva.de", "a_b", "a~b", "a,b",
		"a..b", "a.", "[::1]", "[::1]:80", "[fe80::1%25eth0]", "[1.2.3.4]", "1.2.3.4:0080", "%61.org", strings.Repeat("a", 254)} {
		c := config.Default()
		c.AllowOrigin = []string{"https://" + host}
		if c.Validate() != nil {
			continue
		}
		accepted++
		if _, err := guard.New(guard.Config{Origins: c.AllowOrigin}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if accepted < 5 {
		t.Errorf("only %d accepted", accepted)
	}
}

func TestHarmlessSurroundingsAreAccepted(t *testing.T) {
	for name, value := range map[string]string{
		"EVERWIRE_PING_INTERVAL":         "", // empty counts as not set
		"EVERWIRE_TEST_LEDGER":           "x",
		"EVERWIRE_H2_WEBSOCKET":          "0",
		"EVERWIRE_SESSION":               "x",        // inside a shell of ours
		"EVERWIRE_SERVICE_HOST":          "10.0.0.1", // as Kubernetes sets them
		"EVERWIRE_SERVICE_PORT":          "8080",
		"EVERWIRE_PORT":                  "tcp://10.0.0.1:8080",
		"EVERWIRE_PORT_8080_TCP_ADDRESS": "10.0.0.1",
	} {
		t.Setenv(name, value)
	}
	path := writeFile(t, "# every line of a section is commented out\ntls:\n# cert: x\nlog: {}\n")
	if r := run(t, "config", "check", path); r.code != 0 || r.stdout != "the settings are valid\n" {
		t.Errorf("code %d: %s", r.code, r.stderr)
	}
}

func TestAPortInTheEnvironmentIsAMistake(t *testing.T) {
	t.Setenv("EVERWIRE_PORT", "8080")
	if r := run(t, "config", "check"); r.code != 2 || !strings.Contains(r.stderr, "EVERWIRE_PORT") {
		t.Errorf("code %d: %s", r.code, r.stderr)
	}
}

func TestAMissingFileIsAnError(t *testing.T) {
	for _, args := range [][]string{{"config", "check", "no-such-file.yaml"}, {"--config=no-such-file.yaml"}} {
		if r := run(t, args...); r.code != 2 || !strings.Contains(r.stderr, "no-such-file.yaml") {
			t.Errorf("%q: code %d: %s", args, r.code, r.stderr)
		}
	}
}

func TestPrintMasksTheToken(t *testing.T) {
	const token = "correct-horse-battery"
	t.Setenv("EVERWIRE_TOKEN", token)
	for _, args := range [][]string{{"config", "print"}, {"config", "print", "--origin"}} {
		r := run(t, args...)
		if r.code != 0 || strings.Contains(r.stdout+r.stderr, token) {
			t.Errorf("%q: code %d\n%s%s", args, r.code, r.stdout, r.stderr)
		}
		if got := line(t, r.stdout, "token"); !strings.Contains(got, "not shown") {
			t.Errorf("got %s", got)
		}
	}
}

func TestErrorsDoNotShowTheToken(t *testing.T) {
	t.Setenv("EVERWIRE_TOKEN", "correct horse battery")
	r := run(t, "config", "check")
	if r.code != 2 || strings.Contains(r.stderr, "horse") || !strings.Contains(r.stderr, "EVERWIRE_TOKEN") {
		t.Errorf("code %d: %s", r.code, r.stderr)
	}
}

func TestWhatIsPrintedCanBeReadBack(t *testing.T) {
	args := []string{"config", "print", "--allow-origin=https://a,https://b", "--ping-interval=90s",
		"--shell-enabled=off", "--shell-command", `["sh", "-c", "echo \"é\" # x"]`, "--trusted-proxy=10.0.0.1"}
	first := run(t, args...)
	if first.code != 0 {
		t.Fatal(first.stderr)
	}
	second := run(t, "config", "print", "--config", writeFile(t, first.stdout))
	if second.stdout != first.stdout {
		t.Errorf("printed\n%s\nread back\n%s\n%s", first.stdout, second.stdout, second.stderr)
	}
}
