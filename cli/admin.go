package cli

import (
	"log/slog"

	"github.com/everwire/everwire/config"
	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/socketio/admin"
)

// adminNamespace is where the admin page connects.
const adminNamespace = "/admin"

// openAdmin serves what the admin page talks to, if that is switched on. What it
// returns is called when the server has been shut down.
func openAdmin(srv *server.Server, cfg *config.Config, logger *slog.Logger) (closeAdmin func(), err error) {
	if !cfg.AdminOn() {
		return func() {}, nil
	}
	ui, err := admin.Instrument(srv.SocketIO(), admin.Config{
		Authenticate: admin.Password(cfg.Admin.Username, cfg.Admin.Password),
		Writable:     cfg.Admin.Mode == "full",
		Production:   cfg.Admin.Mode == "numbers",
		Namespace:    adminNamespace,
		// With a random token there is no limit for the server's own login. This
		// password may be one that can be guessed.
		LoginsPerMinute: max(cfg.Limits.LoginsPerMinute, 0),
		Logger:          logger,
	})
	if err != nil {
		return nil, err
	}
	return func() { ui.Close() }, nil
}
