package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/everwire/everwire/config"
)

// serve runs the server until ctx is done and sessions have ended.
func serve(ctx context.Context, cfg config.Config, out io.Writer, logger *slog.Logger) error {
	ln, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn)}
	context.AfterFunc(ctx, func() { _ = srv.Close() })
	fmt.Fprintf(out, "http://%s/\n", ln.Addr())
	if cfg.TLS.Cert != "" {
		err = srv.ServeTLS(ln, cfg.TLS.Cert, cfg.TLS.Key)
	} else {
		err = srv.Serve(ln)
	}
	if err == http.ErrServerClosed {
		return nil
	}
	return err
}
