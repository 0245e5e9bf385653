package cli

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/everwire/everwire/config"
	"github.com/everwire/everwire/handlers/chat"
	"github.com/everwire/everwire/handlers/echo"
	"github.com/everwire/everwire/handlers/shell"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/public"
	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/transports/flash"
)

// serve runs the server until ctx is done and sessions have ended.
func serve(ctx context.Context, cfg config.Config, out io.Writer, logger *slog.Logger) error {
	ln, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; choose another address with --listen", cfg.Listen, err)
	}
	return serveOn(ctx, ln, cfg, out, logger)
}

// serveOn does the same on a listener, which it closes.
func serveOn(ctx context.Context, ln net.Listener, cfg config.Config, out io.Writer, logger *slog.Logger) error {
	defer ln.Close()
	random := cfg.Token == ""
	if random {
		cfg.Token = newToken()
		// Nobody guesses 256 random bits, and a limit would let any program
		// on this machine lock the owner out with wrong tokens.
		cfg.Limits.LoginsPerMinute = -1
	}
	fl := newFlashSide(&cfg, ln.Addr(), logger)
	defer fl.close()
	opts := options(cfg, ln.Addr(), logger)
	opts.Health.PolicyPorts, opts.Health.InlinePolicy, opts.Health.FlashTunnel = fl.ports(), fl.inline, fl.proxy != nil
	if err := opts.Validate(); err != nil {
		return err
	}
	joined, err := join(&opts, &cfg.Redis, logger)
	if err != nil {
		return err
	}
	defer joined.close()
	srv := server.New(opts)
	mount(srv, cfg, logger)
	fl.mount(srv)
	closeAdmin, err := openAdmin(srv, &cfg, logger)
	if err != nil {
		return err
	}
	defer closeAdmin()

	hs := srv.HTTPServer()
	scheme := "http"
	if cfg.TLS.Cert != "" {
		cert, err := tls.LoadX509KeyPair(cfg.TLS.Cert, cfg.TLS.Key)
		if err != nil {
			return fmt.Errorf("tls.cert and tls.key: %w", err)
		}
		hs.TLSConfig = tlsConfig(&cfg, cert)
		ln = tls.NewListener(server.Listener(ln), hs.TLSConfig)
		scheme = "https"
	}
	if fl.inline {
		ln = flash.Listener(ln, fl.policy, fl.limiter)
	}
	greet(out, scheme+"://"+visitAddr(ln.Addr()), cfg, random, sides{fl, joined})
	for _, w := range opts.Health.Warnings {
		logger.Warn(w)
	}
	defer fl.serve(srv, logger)()
	done := make(chan error, 1)
	go func() { done <- hs.Serve(ln) }()
	select {
	case err := <-done: // no new connection can come, and there may be sessions
		drain(srv, hs, cfg, logger, err)
		return err
	case <-ctx.Done():
		drain(srv, hs, cfg, logger, context.Cause(ctx))
		return nil
	}
}

// drain ends the sessions, then the listener: while they end their clients
// still have to be able to fetch the last answer.
func drain(srv *server.Server, hs *http.Server, cfg config.Config, logger *slog.Logger, why error) {
	logger.Info("draining", "sessions", srv.Sessions(), "reason", why)
	ctx, cancel := context.WithTimeout(context.Background(), cfg.DrainTimeout-cfg.DrainTimeout/10)
	defer cancel()
	err := srv.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		logger.Warn("some sessions were cut off", "err", "drain_timeout is over")
	}
	last, cancelLast := context.WithTimeout(context.Background(), cfg.DrainTimeout/20)
	defer cancelLast()
	if hs.Shutdown(last) != nil {
		hs.Close()
	}
}

// newToken returns 256 random bits.
func newToken() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// warnings says what protection the settings give up.
func warnings(cfg *config.Config) (list []string) {
	if cfg.Unprotected && cfg.Exposed() {
		list = append(list, "other machines can reach this server without a login over TLS; what they type and see can be read on the way")
	}
	if cfg.InsecureFlashPolicy && cfg.FlashOn() {
		list = append(list, "Flash programs from every host may open sockets to this server, with any Origin and Cookie")
	}
	if cfg.Admin.Mode == "read-only" || cfg.Admin.Mode == "full" {
		list = append(list, "the admin page shows all that Socket.IO clients send and get, what is typed into shells too")
	}
	if !slices.Contains(cfg.TransportsOn(), "polling") {
		list = append(list, "without the transport polling the pages and Socket.IO's clients with their defaults do not connect")
	}
	return list
}

// dialects returns the dialects with the names, which are valid.
func dialects(names []string) (set ws.Dialects) {
	for d := ws.Dialect(0); ws.AllDialects.Has(d); d++ {
		if slices.Contains(names, d.String()) {
			set |= ws.DialectsOf(d)
		}
	}
	return set
}

// generations returns the generations with the names, which are valid.
func generations(names []string) (list []socketio.Generation) {
	for _, g := range []socketio.Generation{socketio.Gen4, socketio.Gen3, socketio.Gen09, socketio.Gen06, socketio.Gen04} {
		if slices.Contains(names, g.String()) {
			list = append(list, g)
		}
	}
	return list
}

// versions are those of the clients of a generation, for people.
var versions = map[string]string{"Gen4": "3.x and 4.x", "Gen3": "1.x and 2.x", "Gen09": "0.7 to 0.9",
	"Gen06": "0.5 and 0.6", "Gen04": "0.1 to 0.4"}

// clientsOf says which clients of Socket.IO the generations are.
func clientsOf(names []string) string {
	var list []string
	for _, name := range names {
		list = append(list, versions[name])
	}
	return strings.Join(list, ", ")
}

// hostsOf returns the Host values by which the server at addr may be called.
func hostsOf(cfg *config.Config, addr net.Addr) []string {
	hosts := ownHosts(cfg, addr)
	for _, o := range cfg.AllowOrigin {
		// A page of an allowed origin may be served by a proxy that keeps the
		// name it was asked for.
		if u, err := url.Parse(o); err == nil {
			hosts = append(hosts, u.Host)
		}
	}
	return hosts
}

// originsOf returns the origins whose pages may connect to the server at addr,
// beside the one that a request itself is sent to. What comes through the
// tunnel has no TLS of its own, so there the pages of a TLS server would seem
// to be another's.
func originsOf(cfg *config.Config, addr net.Addr) []string {
	origins := slices.Clone(cfg.AllowOrigin)
	if cfg.TLS.Cert != "" && cfg.TunnelOn() {
		for _, h := range ownHosts(cfg, addr) {
			origins = append(origins, "https://"+h)
		}
	}
	return origins
}

// ownHosts returns the Host values of the listener itself.
func ownHosts(cfg *config.Config, addr net.Addr) []string {
	hosts := guard.HostsFor(addr)
	// A name in the settings is a name that browsers may use. The port is the
	// listener's, since 0 in the settings means any.
	if _, port, err := net.SplitHostPort(addr.String()); err == nil {
		host, _, _ := net.SplitHostPort(cfg.Listen) // validated
		if host != "" && net.ParseIP(host) == nil {
			hosts = append(hosts, net.JoinHostPort(host, port))
		}
	}
	return hosts
}

// options translates the settings for the library.
func options(cfg config.Config, addr net.Addr, logger *slog.Logger) server.Options {
	return server.Options{
		Logger: logger, Version: readVersion().Version,
		Guard: guard.Config{
			Hosts: hostsOf(&cfg, addr), Origins: originsOf(&cfg, addr), Token: cfg.Token, TrustedProxies: cfg.TrustedProxy,
			Pages:             []string{"/", "/shell", "/chat", "/lite"},
			SessionsPerSecond: cfg.Limits.SessionsPerSecond, UnauthenticatedConns: cfg.Limits.UnauthenticatedConnections,
			LoginsPerMinute: cfg.Limits.LoginsPerMinute,
		},
		Refused:      refused,
		PingInterval: cfg.Ping.Interval, PingTimeout: cfg.Ping.Timeout, UpgradeTimeout: cfg.UpgradeTimeout,
		ConnectTimeout: cfg.ConnectTimeout, MaxPayload: int64(cfg.MaxPayload),
		OutboxBytes: cfg.Limits.OutboxBytes, OutboxMessages: cfg.Limits.OutboxMessages,
		Generations: generations(cfg.GenerationsOn()), Transports: cfg.TransportsOn(), Dialects: dialects(cfg.Dialects()), Compression: cfg.WebSocket.Compression,
		HTTPCompression: cfg.Polling.Compression, DrainSpread: drainSpread(cfg.DrainSpread),
		Client: public.Client(),
		Health: server.Health{HTTP2WebSocket: http2WebSocket(&cfg), Warnings: warnings(&cfg)},
	}
}

// drainSpread translates the setting, in which zero is no spread.
func drainSpread(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}

// mount adds the handlers and pages that are switched on.
func mount(srv *server.Server, cfg config.Config, logger *slog.Logger) {
	var names []string
	if cfg.ShellOn() {
		srv.Handle("shell", shell.New(shell.Config{Command: cfg.Shell.Command, MaxPerUser: cfg.Shell.Max,
			Version: readVersion().Version, Logger: logger}))
		names = append(names, "shell")
	}
	var talk *chat.Chat
	if cfg.Chat.Enabled {
		history := cfg.Chat.History
		if history == 0 {
			history = -1 // the handler's zero is its default
		}
		talk = chat.New(chat.Config{History: history})
		talk.Mount(srv.Of("/chat"))
		srv.Announce("chat")
		names = append(names, "chat")
	}
	if cfg.Echo.Enabled {
		srv.Handle("echo", echo.Handler{})
		names = append(names, "echo")
	}
	data := func(r *http.Request) public.Data {
		gr := server.Grant(r)
		return public.Data{CSRF: gr.CSRF, Principal: gr.Principal, Version: readVersion().Version, Handlers: names}
	}
	page := func(path, name string) {
		srv.Page(path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { public.Page(w, r, name, data(r)) }))
	}
	page("/", "landing")
	page("/shell", "shell")
	page("/chat", "chat")
	mountLite(srv, talk, data)
	srv.Public("/assets", public.Assets())
	if missing := public.Missing(); len(missing) > 0 {
		logger.Warn("built without bundled scripts: only /lite works in full, and no Socket.IO client is served; run \"make run\" or \"npm ci --ignore-scripts && npm run build\", then build again")
	}
}

// refused answers a browser that the guard does not let in: with the login form
// if only the login is missing, and with the reason above it if that was tried.
func refused(w http.ResponseWriter, r *http.Request, why *guard.Refusal) {
	d := public.Data{Status: why.Status, Message: why.Message, Version: readVersion().Version}
	tried := r.Method == http.MethodPost && r.URL.Path == "/login"
	switch {
	case tried && (why.Status == http.StatusUnauthorized || why.Status == http.StatusTooManyRequests):
		d.Next = r.PostForm.Get(guard.NextParam) // empty if the form was not read
		public.Page(w, r, "login", d)
	case why.Status == http.StatusUnauthorized:
		d.Message = "" // nothing is wrong yet
		public.Page(w, r, "login", d)
	default:
		d.Title = http.StatusText(why.Status)
		public.Page(w, r, "error", d)
	}
}

// sides are what the program has beside the server.
type sides struct {
	flash *flashSide
	redis *redisSide
}

// greet prints where the server is. The token stands behind the #, so that no
// browser sends it in a request line and no log has it.
func greet(out io.Writer, address string, cfg config.Config, random bool, with sides) {
	if random {
		fmt.Fprintf(out, "\n  Open this address in a browser on this machine:\n\n    %s/#t=%s\n\n", address, cfg.Token)
		fmt.Fprintf(out, "  The token in it is new at each start. --token or EVERWIRE_TOKEN sets one of your own.\n")
	} else {
		fmt.Fprintf(out, "\n  Open %s/ in a browser and sign in with the token that you have set.\n", address)
	}
	on := "off (it is on by itself only at a loopback address; --shell-enabled on)"
	if cfg.ShellOn() {
		on = "on, as this user"
	}
	raw, dialects := "", "none"
	if slices.Contains(cfg.TransportsOn(), "websocket") {
		raw = " and raw WebSocket"
	}
	if on := cfg.TransportsOn(); slices.Contains(on, "websocket") || slices.Contains(on, "flashsocket") {
		dialects = strings.Join(cfg.Dialects(), ", ")
	}
	fmt.Fprintf(out, "  Shell: %s. Protocols: Socket.IO%s.\n", on, raw)
	fmt.Fprintf(out, "  Socket.IO clients: %s.\n", clientsOf(cfg.GenerationsOn()))
	fmt.Fprintf(out, "  Transports: %s.\n", strings.Join(cfg.TransportsOn(), ", "))
	fmt.Fprintf(out, "  WebSocket dialects: %s.\n", dialects)
	fmt.Fprintf(out, "  WebSocket over HTTP/2: %s.\n", describeHTTP2(&cfg))
	fmt.Fprintf(out, "  Flash: %s.\n", with.flash)
	if with.redis != nil {
		fmt.Fprintf(out, "  Redis: %s.\n", with.redis)
	}
	if cfg.AdminOn() {
		fmt.Fprintf(out, "  Admin page of @socket.io/admin-ui: %s, namespace %s.\n", cfg.Admin.Mode, adminNamespace)
	}
	fmt.Fprintf(out, "  Ctrl-C ends the server.\n\n")
}

// visitAddr is what a browser on this machine would call the listener.
func visitAddr(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return addr.String()
	}
	if tcp.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", fmt.Sprint(tcp.Port))
	}
	return tcp.String()
}
