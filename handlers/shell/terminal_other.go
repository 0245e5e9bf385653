//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package shell

import (
	"io"
	"runtime"
	"time"

	"github.com/everwire/everwire/session"
)

// terminal is never made here: there are no pseudo-terminals that this package
// knows.
type terminal struct{ exited chan struct{} }

func startTerminal(*Config, size) (*terminal, error) {
	return nil, &failure{session.InternalError,
		"no shell: this server runs on " + runtime.GOOS + ", where it has no pseudo-terminals; run it on Linux or another Unix"}
}

func (*terminal) pid() int                    { return 0 }
func (*terminal) hasExited() bool             { return true }
func (*terminal) exitCode() int               { return 0 }
func (*terminal) readOutput() ([]byte, error) { return nil, io.EOF }
func (*terminal) Write([]byte) (int, error)   { return 0, io.ErrClosedPipe }
func (*terminal) resize(size) error           { return nil }
func (*terminal) end(time.Duration) int       { return 0 }
