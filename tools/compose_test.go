package tools

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/everwire/everwire/config"
)

const composeFile = "../docker-compose.yml"

// loadCompose parses a Compose file as an engine would, with a token in the
// environment.
func loadCompose(text []byte, environment types.Mapping) (*types.Project, error) {
	dir, err := filepath.Abs("..")
	if err != nil {
		return nil, err
	}
	return loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir:  dir,
		Environment: environment,
		ConfigFiles: []types.ConfigFile{{Filename: composeFile, Content: text}},
	}, func(o *loader.Options) { o.Profiles = []string{"*"} })
}

// checkCompose returns all reasons not to ship the file.
func checkCompose(text []byte) error {
	project, err := loadCompose(text, types.Mapping{"EVERWIRE_TOKEN": strings.Repeat("0123456789abcdef", 4)})
	if err != nil {
		return err
	}
	var errs []error
	for name, s := range project.Services {
		for _, problem := range slices.Concat(checkService(s), checkSettings(s)) {
			errs = append(errs, fmt.Errorf("%s: %s", name, problem))
		}
	}
	return errors.Join(errs...)
}

// checkService lists what makes a service less confined than it can be.
func checkService(s types.ServiceConfig) (problems []string) {
	must := func(ok bool, problem string) {
		if !ok {
			problems = append(problems, problem)
		}
	}
	must(pinned(s.Image), "image is not pinned")
	for _, p := range s.Ports {
		addr, err := netip.ParseAddr(p.HostIP)
		must(err == nil && addr.IsLoopback(), "port is not bound to a loopback address")
	}
	must(s.HealthCheck != nil && !s.HealthCheck.Disable && len(s.HealthCheck.Test) > 1, "no health check")
	must(s.ReadOnly, "root is writable")
	must(slices.Equal(s.CapDrop, []string{"ALL"}) && len(s.CapAdd) == 0, "keeps capabilities")
	must(slices.Contains(s.SecurityOpt, "no-new-privileges:true"), "may gain privileges")
	must(regexp.MustCompile(`^[1-9][0-9]*(:[1-9][0-9]*)?$`).MatchString(s.User), "user is root or not a number")
	must(!s.Privileged && s.NetworkMode != "host" && s.Pid != "host" && s.Ipc != "host", "shares the host's namespaces")
	must(s.PidsLimit > 0 && s.MemLimit > 0, "no limit of processes or memory")
	for _, v := range s.Volumes {
		must(!strings.Contains(v.Source, "docker.sock"), "has the engine's socket")
	}
	return problems
}

// checkSettings validates the environment of a service of ours exactly as the
// program will.
func checkSettings(s types.ServiceConfig) (problems []string) {
	if s.Build == nil {
		return nil
	}
	cfg := config.Default()
	for _, f := range cfg.Fields() {
		if text := s.Environment[f.Env]; text != nil {
			if err := f.Set(*text); err != nil {
				problems = append(problems, err.Error())
			}
			delete(s.Environment, f.Env)
		}
	}
	for name := range s.Environment {
		if strings.HasPrefix(name, config.EnvPrefix) {
			problems = append(problems, "unknown setting "+name)
		}
	}
	if err := cfg.Validate(); err != nil {
		problems = append(problems, err.Error())
	}
	if cfg.Token == "" {
		problems = append(problems, "no token")
	}
	if cfg.Unprotected && len(s.Ports) == 0 {
		problems = append(problems, "the long flag without a published port to explain it")
	}
	for _, p := range s.Ports {
		if !strings.HasSuffix(cfg.Listen, fmt.Sprintf(":%d", p.Target)) {
			problems = append(problems, "publishes a port on which the server does not listen")
		}
	}
	if s.StopGracePeriod == nil || time.Duration(*s.StopGracePeriod) <= cfg.DrainTimeout {
		problems = append(problems, "is killed before it has drained")
	}
	return problems
}

// pinned reports whether an image has a tag that is a version, or a digest.
func pinned(image string) bool {
	if strings.Contains(image, "@sha256:") {
		return true
	}
	_, tag, found := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	return found && tag != "latest" && tag != ""
}

func TestComposeFileIsSafe(t *testing.T) {
	text, err := os.ReadFile(composeFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkCompose(text); err != nil {
		t.Error(err)
	}
}

func TestComposeNeedsAToken(t *testing.T) {
	text, err := os.ReadFile(composeFile)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := loadCompose(text, nil); err == nil || !strings.Contains(err.Error(), "EVERWIRE_TOKEN") {
		t.Errorf("without a token: %v", err)
	}
}

func TestComposeMutantsAreRejected(t *testing.T) {
	text, err := os.ReadFile(composeFile)
	if err != nil {
		t.Fatal(err)
	}
	mutants := []struct{ name, old, new, want string }{
		{"mistyped key", "healthcheck:", "helthcheck:", "helthcheck"},
		{"unknown dependency", "    networks: [front]", "    networks: [front]\n    depends_on: [nobody]", "nobody"},
		{"bad condition", "    networks: [front]", "    networks: [front]\n    depends_on: {server: {condition: service_fine}}", "condition"},
		{"undefined network", "networks: [front]", "networks: [back]", "back"},
		{"latest image", "everwire:local", "everwire:latest", "not pinned"},
		{"image without tag", "everwire:local", "everwire", "not pinned"},
		{"port on every address", `"127.0.0.1:8080:8080"`, `"8080:8080"`, "loopback"},
		{"port on another address", `"127.0.0.1:8080:8080"`, `"192.0.2.1:8080:8080"`, "loopback"},
		{"another port", `"127.0.0.1:8080:8080"`, `"127.0.0.1:8080:8081"`, "does not listen"},
		{"no health check", `test: ["CMD", "everwire", "health"]`, "disable: true", "health check"},
		{"writable root", "read_only: true", "read_only: false", "writable"},
		{"fewer capabilities dropped", "cap_drop: [ALL]", "cap_drop: [NET_RAW]", "capabilities"},
		{"capability added", "cap_drop: [ALL]", "cap_drop: [ALL]\n    cap_add: [SYS_ADMIN]", "capabilities"},
		{"new privileges", `security_opt: ["no-new-privileges:true"]`, "security_opt: []", "gain privileges"},
		{"root", `user: "10001:10001"`, `user: "0:0"`, "user is root"},
		{"root by name", `user: "10001:10001"`, "user: root", "user is root"},
		{"root group", `user: "10001:10001"`, `user: "10001:0"`, "user is root"},
		{"no user", "    user: \"10001:10001\"\n", "", "user is root"},
		{"privileged", "read_only: true", "read_only: true\n    privileged: true", "namespaces"},
		{"host network", "networks: [front]", "network_mode: host", "namespaces"},
		{"engine's socket", "    networks: [front]", "    networks: [front]\n    volumes: [/var/run/docker.sock:/s]", "engine's socket"},
		{"no process limit", "    pids_limit: 512\n", "", "limit of processes"},
		{"no long flag", `EVERWIRE_I_KNOW_THIS_IS_A_REMOTE_SHELL_WITHOUT_PROTECTION: "true"`, "OTHER: x", "without protection"},
		{"no token", "EVERWIRE_TOKEN: ${", "OTHER: ${", "no token"},
		{"mistyped setting", "EVERWIRE_SHELL_ENABLED", "EVERWIRE_SHELL_ENABLE", "unknown setting"},
		{"wrong address", "EVERWIRE_LISTEN: 0.0.0.0:8080", "EVERWIRE_LISTEN: 0.0.0.0", "not host:port"},
		{"killed while draining", "stop_grace_period: 15s", "stop_grace_period: 10s", "drained"},
	}
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			if strings.Count(string(text), m.old) != 1 {
				t.Fatalf("%q stands %d times in the file", m.old, strings.Count(string(text), m.old))
			}
			err := checkCompose([]byte(strings.Replace(string(text), m.old, m.new, 1)))
			if err == nil || !strings.Contains(err.Error(), m.want) {
				t.Errorf("got %v, want an error with %q", err, m.want)
			}
		})
	}
}
