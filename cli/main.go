package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/everwire/everwire/config"
	"github.com/everwire/everwire/internal/xconnect"
)

// Exit codes of Main.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// Main runs the program with the arguments that follow its name and returns
// its exit code. Results go to stdout, errors and logs to stderr. The
// environment is the process's own. A server that is started runs until ctx
// is done or the process receives SIGINT or SIGTERM; Main blocks until then.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	xconnect.Restore() // net/http has read what was for it
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintln(stderr, "everwire:", strings.TrimRight(line, "\n"))
	}
	var setting *config.Error
	var usage *usageError
	if errors.As(err, &setting) || errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailure
}

// usageError is an error that the user mends by writing something else.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error {
	return &usageError{text: fmt.Sprintf(format, args...)}
}
