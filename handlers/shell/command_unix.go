//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package shell

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/everwire/everwire/session"
)

// command builds the shell's command and the label that marks its processes.
// Nothing in it comes from a client.
func command(cfg *Config, a account) (cmd *exec.Cmd, label string) {
	if len(cfg.Command) > 0 {
		cmd = exec.Command(cfg.Command[0], cfg.Command[1:]...)
	} else {
		cmd = exec.Command(a.shell)
		cmd.Args[0] = "-" + filepath.Base(a.shell) // a login shell, by old custom
	}
	label = rand.Text()[:12]
	cmd.Env = environment(cfg, a, label)
	cmd.Dir = cfg.Dir
	if cmd.Dir == "" {
		cmd.Dir = a.home
		if fi, err := os.Stat(a.home); err != nil || !fi.IsDir() {
			cmd.Dir = "/"
		}
	}
	return cmd, label
}

// startFailure says what could not be started, why, and what helps.
func startFailure(cmd *exec.Cmd, err error) error {
	remedy := "check that it is installed and executable, or configure another command"
	var path *fs.PathError
	if fi, dirErr := os.Stat(cmd.Dir); dirErr != nil {
		// A new process cannot tell which of its two paths is missing.
		err, remedy = dirErr, "create that directory or configure another"
	} else if !fi.IsDir() {
		err, remedy = fmt.Errorf("%s is not a directory", cmd.Dir), "configure another directory"
	} else if errors.As(err, &path) && path.Op == "open" {
		remedy = "check that pseudo-terminals are there (/dev/ptmx) and not used up"
	}
	return &failure{session.InternalError, fmt.Sprintf("cannot start %s: %v; %s", cmd.Path, err, remedy)}
}
