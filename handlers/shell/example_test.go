package shell_test

import (
	"log/slog"
	"os"
	"time"

	"github.com/everwire/everwire/handlers/shell"
)

func ExampleNew() {
	h := shell.New(shell.Config{
		Command:   []string{"/usr/bin/git-shell"},
		Dir:       "/srv/git",
		Env:       map[string]string{"EDITOR": "ed"},
		KillGrace: 5 * time.Second,
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	_ = h // mount it where sessions come from
}
