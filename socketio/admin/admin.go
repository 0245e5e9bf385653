package admin

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/everwire/everwire/socketio"
)

// ErrNoLogin says that Config.Authenticate is missing.
var ErrNoLogin = errors.New("admin: no login configured")

// Config configures a UI. Only Authenticate is required.
type Config struct {
	// Authenticate reports whether a name and password are right. Password
	// makes one; another may ask, for example, bcrypt.CompareHashAndPassword.
	// It may be called concurrently, LoginsAtOnce times; each address may fail
	// LoginsPerMinute times.
	Authenticate func(ctx context.Context, username, password string) bool
	// Writable lets the page emit events, move sockets between rooms and
	// disconnect them. By default it only shows.
	Writable bool
	// Production shows numbers only: no sockets, rooms and events.
	Production bool
	// Namespace is where the page connects. Empty means "/admin".
	Namespace string
	// ServerID tells servers apart on the page. Empty means the host's name.
	ServerID string
	// Interval is the time between two server_stats. Zero means 2 s.
	Interval time.Duration
	// SessionTTL is how long a login is remembered, so that the page can come
	// back without the password. Zero means 12 h.
	SessionTTL time.Duration
	// LoginsPerMinute is how many logins may fail per minute, for each client
	// address; an IPv6 address counts as its /64, which is one customer's. Zero
	// means 10. The address is that of session.Peer: behind a reverse proxy it
	// is the proxy's, and all share what one may fail, so that a stranger can
	// keep everybody out, unless the server knows the proxy (TrustedProxies of
	// package guard).
	LoginsPerMinute int
	// LoginsAtOnce is how many calls of Authenticate run at a time, for all
	// addresses together: to check a password well takes much work. Other
	// logins wait. Zero means 4.
	LoginsAtOnce int
	// MaxSockets is how many sockets the page is told of at first. Zero means
	// 1,000.
	MaxSockets int
	// Logger gets logins and what the page does. Nil: nothing is logged.
	Logger *slog.Logger
}

func (c *Config) setDefaults() {
	c.Namespace = cmp.Or(c.Namespace, "/admin")
	c.Interval = cmp.Or(c.Interval, 2*time.Second)
	c.SessionTTL = cmp.Or(c.SessionTTL, 12*time.Hour)
	c.LoginsPerMinute = cmp.Or(c.LoginsPerMinute, 10)
	c.LoginsAtOnce = cmp.Or(max(c.LoginsAtOnce, 0), 4)
	c.MaxSockets = cmp.Or(c.MaxSockets, 1000)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.ServerID == "" {
		c.ServerID, _ = os.Hostname()
	}
}

// UI is the server's side of the page. Use Instrument. Its methods may be
// called concurrently.
type UI struct {
	cfg     Config
	srv     *socketio.Server
	ns      *socketio.Namespace
	logins  logins
	queue   queue
	key     [32]byte // of the ids that stand for connections
	started time.Time

	stop context.CancelFunc
	done chan struct{}

	mu         sync.Mutex // guards below
	closed     bool
	namespaces map[string]*watched
	crowded    int // how many of them are a reason to look for those given up
	sockets    map[*socketio.Socket]entry
	clients    map[string]int // how many sockets each connection has
	counts     map[countKey]int
}

// Instrument makes the namespace of the page and begins to watch the server,
// those of its namespaces that exist and those to come. It returns ErrNoLogin if
// cfg.Authenticate is nil. Call it before the server's first client comes, and
// Close when the server has been shut down.
func Instrument(srv *socketio.Server, cfg Config) (*UI, error) {
	if cfg.Authenticate == nil {
		return nil, ErrNoLogin
	}
	cfg.setDefaults()
	ctx, stop := context.WithCancel(context.Background())
	ui := &UI{
		cfg: cfg, srv: srv, ns: srv.Of(cfg.Namespace), key: newKey(), started: time.Now(),
		stop: stop, done: make(chan struct{}),
		namespaces: make(map[string]*watched), sockets: make(map[*socketio.Socket]entry),
		clients: make(map[string]int), counts: make(map[countKey]int),
	}
	ui.logins = newLogins(cfg)
	ui.queue.more = make(chan struct{}, 1)
	ui.ns.Use(ui.admit)
	ui.ns.OnConnect(ui.greet)
	if cfg.Writable {
		ui.obey()
	}
	srv.OnNamespace(ui.watch)
	for _, ns := range srv.Namespaces() {
		ui.watch(ns)
	}
	go ui.run(ctx)
	return ui, nil
}

// Close ends the watching and disconnects the page. The namespace stays and
// lets nobody in any more. It waits for the UI's goroutine.
func (ui *UI) Close() error {
	ui.mu.Lock()
	all := slices.Collect(maps.Values(ui.namespaces))
	clear(ui.namespaces)
	ui.closed = true
	ui.mu.Unlock()
	for _, w := range all {
		for _, stop := range w.stops {
			stop()
		}
	}
	ui.stop()
	<-ui.done
	return ui.ns.Local().DisconnectSockets(false)
}

// run emits what is queued, in order, and the numbers.
func (ui *UI) run(ctx context.Context) {
	defer close(ui.done)
	ticker := time.NewTicker(ui.cfg.Interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ui.queue.more:
			for _, n := range ui.queue.take() {
				ui.emit(n.event, n.args...)
			}
		case <-ticker.C:
			ui.tick()
		}
	}
}

func (ui *UI) emit(event string, args ...any) {
	if err := ui.ns.Emit(event, args...); err != nil {
		ui.cfg.Logger.Warn("admin: event cannot be shown", slog.String("event", event), slog.Any("err", err))
	}
}

// Features that the page knows.
var (
	showing  = []string{"AGGREGATED_EVENTS"}
	watching = []string{"ALL_EVENTS"}
	changing = []string{"EMIT", "JOIN", "LEAVE", "DISCONNECT", "MJOIN", "MLEAVE", "MDISCONNECT"}
)

func (ui *UI) features() []string {
	var all []string
	if ui.cfg.Writable {
		all = append(all, changing...)
	}
	all = append(all, showing...)
	if !ui.cfg.Production {
		all = append(all, watching...)
	}
	return all
}

// greet tells a page what there is.
func (ui *UI) greet(ctx context.Context, s *socketio.Socket) error {
	if id, ok := s.Value(sessionKey{}).(string); ok {
		if err := s.Emit("session", id); err != nil {
			return err
		}
	}
	err := s.Emit("config", map[string]any{"supportedFeatures": ui.features()})
	if err != nil {
		return err
	}
	if !ui.cfg.Production {
		if err := s.Emit("all_sockets", ui.allSockets(ctx)); err != nil {
			return err
		}
	}
	return s.Emit("server_stats", ui.stats(false))
}
