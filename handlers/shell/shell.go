package shell

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/everwire/everwire/session"
)

// Config says which shell is started and how. The zero value starts the login
// shell of the user that the server runs as.
type Config struct {
	// Command is the program and its arguments, used as they stand. Empty: the
	// user's shell from /etc/passwd, else $SHELL, else /bin/sh, as a login
	// shell. An entry that refuses logins (nologin, false) is passed over.
	Command []string
	// Dir is where the shell starts. Empty: the user's home, or / if that does
	// not exist.
	Dir string
	// Env is added to the shell's environment and wins over what is there.
	// EVERWIRE_SESSION cannot be set.
	Env map[string]string
	// Term is the value of TERM. Empty: xterm-256color.
	Term string
	// OpenTimeout is how long to wait for the open message. Zero: 10 s.
	OpenTimeout time.Duration
	// KillGrace is how long the shell's processes have to end by themselves
	// after the session has ended. Zero: 2 s. Negative: none.
	KillGrace time.Duration
	// KeepDetached spares processes that left the shell's process session, for
	// example a tmux server.
	KeepDetached bool
	// MaxSessions is how many shells may run at once. Zero: 100. Negative: any
	// number.
	MaxSessions int
	// MaxPerUser is how many of them may belong to one session.Peer.Principal;
	// clients without one count as one user. Zero: 10. Negative: any number.
	MaxPerUser int
	// Version is the value of TERM_PROGRAM_VERSION. Empty: the variable is not
	// set.
	Version string
	// Logger gets one Info record for each start and end, a Warn record for a
	// client's mistake and an Error record for a failure of this side; never
	// what is typed or shown. Nil: no log.
	Logger *slog.Logger
}

// Handler starts one shell for each session. Safe for concurrent use.
type Handler struct {
	cfg   Config
	slots slots
}

var _ session.Handler = (*Handler)(nil)

// New returns a Handler for cfg. It does not start anything: what is wrong
// with cfg shows when a client opens a shell, in its error message and in the
// log.
func New(cfg Config) *Handler {
	cfg.Term = cmp.Or(cfg.Term, "xterm-256color")
	cfg.OpenTimeout = cmp.Or(cfg.OpenTimeout, 10*time.Second)
	cfg.KillGrace = cmp.Or(cfg.KillGrace, 2*time.Second)
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	return &Handler{
		cfg:   cfg,
		slots: slots{max: cmp.Or(cfg.MaxSessions, 100), maxPerUser: cmp.Or(cfg.MaxPerUser, 10)},
	}
}
