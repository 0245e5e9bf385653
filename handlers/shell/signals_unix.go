//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package shell

import (
	"os"
	"os/signal"
	"syscall"
)

// terminalSignals are the signals that a terminal or its loss sends, and those
// that job control needs.
var terminalSignals = []os.Signal{
	syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM,
	syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU, syscall.SIGWINCH,
}

// discarded takes the signals of catchIgnored. Nobody reads it.
var discarded = make(chan os.Signal, 1)

// catchIgnored makes a signal that this process ignores one that it catches
// and drops. That is the same for this process and not for the shell: ignored
// signals stay so in new programs, caught ones get their default. A server
// that was started by nohup, or in the background by a script, ignores SIGHUP
// or SIGINT, and ^C would do nothing in its shells.
func catchIgnored() {
	for _, sig := range terminalSignals {
		if signal.Ignored(sig) {
			signal.Notify(discarded, sig)
		}
	}
}
