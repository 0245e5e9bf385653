package tools

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

const dockerfile = "../Dockerfile"

// instruction is one line of a Dockerfile, continuations joined.
type instruction struct {
	name  string
	flags []string // --from=build
	args  []string
	json  bool // the arguments are a JSON array: no shell is between
}

// stage is a FROM and what follows it.
type stage struct {
	base, name string
	steps      []instruction
}

// parseStages reads a Dockerfile with the parser of the engine's own builder.
func parseStages(text []byte) ([]stage, error) {
	tree, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	var stages []stage
	for _, node := range tree.AST.Children {
		if _, known := command.Commands[strings.ToLower(node.Value)]; !known {
			return nil, fmt.Errorf("unknown instruction %s", node.Value)
		}
		in := instruction{name: strings.ToUpper(node.Value), flags: node.Flags, json: node.Attributes["json"]}
		for n := node.Next; n != nil; n = n.Next {
			in.args = append(in.args, n.Value)
		}
		switch {
		case in.name == "FROM":
			s := stage{base: in.args[0]}
			if len(in.args) == 3 && strings.EqualFold(in.args[1], "AS") {
				s.name = in.args[2]
			}
			stages = append(stages, s)
		case len(stages) == 0:
			return nil, fmt.Errorf("%s before the first FROM", in.name)
		default:
			last := &stages[len(stages)-1]
			last.steps = append(last.steps, in)
		}
	}
	return stages, nil
}

// last returns the last instruction of that name, the one that counts.
func (s stage) last(name string) (in instruction) {
	for _, step := range s.steps {
		if step.name == name {
			in = step
		}
	}
	return in
}

// checkDockerfile returns all reasons not to ship the file.
func checkDockerfile(text []byte) error {
	stages, err := parseStages(text)
	if err != nil {
		return err
	}
	var errs []error
	must := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	must(len(stages) > 1, "one stage only: the compiler would be shipped")
	var names []string
	for _, s := range stages {
		must(slices.Contains(names, s.base) || versioned(s.base), "base %s is not pinned to a version", s.base)
		for _, step := range s.steps {
			must(step.name != "ADD", "ADD fetches and unpacks: use COPY")
			must(step.name != "ENV" && step.name != "ARG" || !secretive(step.args), "a secret in %s stays in the image", step.name)
			must(step.name != "RUN" || !strings.Contains(strings.Join(step.args, " "), "npm ") || noScripts(step.args),
				"npm runs install scripts")
			for _, flag := range step.flags {
				from, found := strings.CutPrefix(flag, "--from=")
				must(!found || slices.Contains(names, from), "copies from %s, which is no earlier stage", from)
			}
		}
		names = append(names, s.name)
	}
	final := stages[len(stages)-1]
	user := final.last("USER").args
	must(len(user) == 1 && regexp.MustCompile(`^[1-9][0-9]*:[1-9][0-9]*$`).MatchString(user[0]), "runs as root, or not as a number: %v", user)
	health := final.last("HEALTHCHECK").args
	must(slices.Equal(health, []string{"CMD", "everwire", "health"}), "health check is %v", health)
	entry := final.last("ENTRYPOINT")
	must(entry.json && slices.Equal(entry.args, []string{"everwire"}), "entry point %v is not the program: signals would not reach it", entry.args)
	return errors.Join(errs...)
}

// versioned reports whether an image's tag begins with a full version.
func versioned(image string) bool {
	_, tag, _ := strings.Cut(image, ":")
	return regexp.MustCompile(`^[0-9]+\.[0-9]+(\.[0-9]+)?(-|$|@)`).MatchString(tag)
}

func secretive(args []string) bool {
	return regexp.MustCompile(`(?i)(token|secret|password)`).MatchString(strings.Join(args, " "))
}

func noScripts(args []string) bool {
	line := strings.Join(args, " ")
	return strings.Contains(line, "npm ci --ignore-scripts") || strings.Contains(line, "npm run ")
}

func TestDockerfileIsSafe(t *testing.T) {
	text, err := os.ReadFile(dockerfile)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkDockerfile(text); err != nil {
		t.Error(err)
	}
}

func TestDockerfileMutantsAreRejected(t *testing.T) {
	text, err := os.ReadFile(dockerfile)
	if err != nil {
		t.Fatal(err)
	}
	mutants := []struct{ name, old, new, want string }{
		{"unknown instruction", "WORKDIR /home/everwire", "WRKDIR /home/everwire", "WRKDIR"},
		{"floating base", "debian:12.12-slim", "debian:bookworm-slim", "not pinned"},
		{"latest base", "golang:1.26.8-bookworm", "golang:latest", "not pinned"},
		{"base without a tag", "node:20.20.2-bookworm-slim", "node", "not pinned"},
		{"no user", "USER 10001:10001\n", "", "runs as root"},
		{"root", "USER 10001:10001", "USER 0:0", "runs as root"},
		{"root again", "ENTRYPOINT", "USER root\nENTRYPOINT", "runs as root"},
		{"no health check", `HEALTHCHECK --interval=10s --timeout=5s --start-period=5s --retries=3 CMD ["everwire", "health"]`, "", "health check"},
		{"another health check", `CMD ["everwire", "health"]`, `CMD ["true"]`, "health check"},
		{"shell form", `ENTRYPOINT ["everwire"]`, "ENTRYPOINT everwire", "signals"},
		{"remote file", "COPY --from=build /out/everwire", "ADD https://example.org/everwire", "use COPY"},
		{"foreign stage", "--from=build", "--from=example.org/image", "no earlier stage"},
		{"baked secret", "ENV LANG=C.UTF-8", "ENV EVERWIRE_TOKEN=x", "stays in the image"},
		{"install scripts", "npm ci --ignore-scripts", "npm ci", "install scripts"},
	}
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			if strings.Count(string(text), m.old) != 1 {
				t.Fatalf("%q stands %d times in the file", m.old, strings.Count(string(text), m.old))
			}
			err := checkDockerfile([]byte(strings.Replace(string(text), m.old, m.new, 1)))
			if err == nil || !strings.Contains(err.Error(), m.want) {
				t.Errorf("got %v, want an error with %q", err, m.want)
			}
		})
	}
}

func TestOneStageIsRejected(t *testing.T) {
	err := checkDockerfile([]byte("FROM debian:12.12-slim\nUSER 1:1\n"))
	if err == nil || !strings.Contains(err.Error(), "one stage only") {
		t.Errorf("got %v", err)
	}
}
