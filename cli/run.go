package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/everwire/everwire/config"
)

// runServe reads the settings and serves until ctx is done or a signal came.
func runServe(cmd *cobra.Command, _ []string) error {
	s, err := loadSettings(cmd.Flags())
	if err != nil {
		return err
	}
	logger := newLogger(s.Log, cmd.ErrOrStderr())
	for _, c := range s.contradictions() {
		logger.Warn(c)
	}
	ctx, stop := untilSignal(cmd.Context())
	defer stop()
	return serve(ctx, s.Config, cmd.OutOrStdout(), logger)
}

// untilSignal returns a context that is done at the first SIGINT or SIGTERM.
// By then signals have their usual effect again, so a second one ends the
// process at once, however long the drain takes. The caller calls stop.
func untilSignal(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals) // before cancel: no moment in which a second one is lost
			cancel(fmt.Errorf("received %v", s))
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}

// newLogger returns the logger that the settings ask for.
func newLogger(cfg config.Log, out io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.Threshold()}
	if cfg.Format == "json" {
		return slog.New(slog.NewJSONHandler(out, options))
	}
	return slog.New(slog.NewTextHandler(out, options))
}
