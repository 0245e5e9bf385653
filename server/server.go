package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/mux"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/transports"
)

// Server serves Socket.IO, raw WebSockets and the program's pages, all behind
// one guard. Use New. Its methods may be called concurrently, also while it
// serves: a handler that is registered then takes the requests that come after.
type Server struct {
	opts     Options
	log      *slog.Logger
	guard    *guard.Guard
	manager  *session.Manager
	engine   *transports.Engine
	sio      *socketio.Server
	raw      *session.Config
	logins   logins
	headers  headers
	refusals refusalLog

	draining atomic.Bool
	stop     context.CancelFunc // ends the goroutine of keepLogins
	kept     chan struct{}      // closed when it has ended

	mu     sync.RWMutex // guards below
	router *mux.Router
	names  []string // of handlers, sorted
	// middleware for Engine.IO in the order of calls; nil while one is made
	middleware []http.Handler
}

// New returns a Server. It panics if Options.Validate reports an error: check
// options that come from outside with that first.
func New(opts Options) *Server {
	if err := opts.Validate(); err != nil {
		panic(err)
	}
	opts.setDefaults()
	opts.overflows = new(session.OverflowCounter)
	if opts.Guard.Refused == nil {
		opts.Guard.Refused = opts.Refused
	}
	g, err := guard.New(opts.Guard)
	if err != nil {
		panic(err) // Validate has asked the same
	}
	s := &Server{
		opts: opts, log: opts.Logger, guard: g, manager: session.NewManager(),
		// A double slash in a path means something to old clients, so paths
		// are not cleaned.
		router: mux.NewRouter().SkipClean(true).UseEncodedPath(),
		raw:    opts.sessions(eio.Raw),
		sio: socketio.NewServer(socketio.Config{Logger: opts.Logger, ConnectTimeout: opts.ConnectTimeout,
			AckTimeout: opts.AckTimeout, MaxPayload: opts.MaxPayload, Parser: opts.Parser, Adapter: opts.Adapter,
			MaxChildren: opts.MaxChildren, CleanupEmptyChildren: opts.CleanupEmptyChildren,
			Recovery: opts.Recovery, OverflowCounter: opts.overflows, EventMessages: opts.EventMessages, Base64: opts.Base64}),
	}
	s.refusals.clock = opts.Guard.Clock
	if s.refusals.clock == nil {
		s.refusals.clock = time.Now
	}
	g.OnRefusal(s.logRefusal)
	s.engine = transports.NewEngine(s.manager, opts.Logger, opts.transports()...)
	s.route(opts.Path, engineEndpoint{client: newClient(opts.Client, opts.serves(transports.FlashSocket)), table: s.table()})
	s.router.NotFoundHandler = &guarded{s, "", fixed(guard.Public, http.HandlerFunc(s.serveUnknown))}
	s.routeExact("/healthz", fixed(guard.Public, http.HandlerFunc(s.serveHealth)))
	s.routeLogin()
	s.UseEngine(opts.Middleware...)
	return s
}

// family returns the family of Engine.IO sessions that accept takes.
func (s *Server) family(codec eio.Codec, cfg *session.Config, accept func(*session.Conn)) *transports.Family {
	f := &transports.Family{Codec: codec, Config: cfg, MaxPayload: s.opts.MaxPayload,
		FlashSocket: s.opts.serves(transports.FlashSocket), Accept: accept, Compression: s.opts.Compression,
		CompressPolls: s.opts.HTTPCompression, CompressionThreshold: s.opts.CompressionThreshold}
	if s.opts.serves(transports.WebSocket) {
		f.Upgrades = []string{transports.WebSocket}
	}
	return f
}

// ServeHTTP answers one request. A request that becomes a session may live on
// when it returns.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.match(r).ServeHTTP(w, r)
}

// Of returns a Socket.IO namespace and makes it if need be. "" and "/" are the
// root, which exists for clients only once it was asked for.
func (s *Server) Of(name string) *socketio.Namespace { return s.sio.Of(name) }

// SocketIO returns the Socket.IO server behind Of, for all that concerns more
// than one namespace.
func (s *Server) SocketIO() *socketio.Server { return s.sio }

// Handle serves a session handler to raw WebSockets at /ws/<name>, and to
// Socket.IO clients as the namespace /<name>. A name is made of letters and
// digits of ASCII and of ".", "_" and "-", and is not "." or ".."; Handle panics
// for any other before it registers anything.
func (s *Server) Handle(name string, h session.Handler) {
	s.HandleRaw(name, h)
	s.sio.Of("/" + name).Serve(h)
}

// HandleRaw serves a session handler to raw WebSockets at /ws/<name> only. For
// names see Handle.
func (s *Server) HandleRaw(name string, h session.Handler) {
	s.Announce(name)
	s.HandleRawAt("/ws/"+name, h)
}

// HandleRawAt serves a session handler to raw WebSockets at a path of its own,
// such as "/flash/tcp", and nothing below it.
func (s *Server) HandleRawAt(path string, h session.Handler) {
	if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#%{}") {
		panic(fmt.Sprintf("server: %q is no path for a handler", path))
	}
	f := &transports.Family{Codec: eio.Raw, Raw: true, Config: s.raw, MaxPayload: s.opts.MaxMessage,
		Compression: s.opts.Compression, CompressionThreshold: s.opts.CompressionThreshold, Accept: func(c *session.Conn) { c.Serve(h) }}
	s.routeExact(path, rawEntrance(f))
}

// Announce has /healthz list name among the handlers, as Handle and HandleRaw
// do for theirs: for what a program serves by a namespace of its own. For names
// see Handle. It serves nothing.
func (s *Server) Announce(name string) {
	if !validName(name) {
		panic(fmt.Sprintf("server: %q is no name for a handler: use letters, digits, \".\", \"_\" and \"-\" of ASCII", name))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i, ok := slices.BinarySearch(s.names, name); !ok {
		s.names = slices.Insert(s.names, i, name)
	}
}

func validName(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return s != "" && s != "." && s != ".." // clients take these out of paths
}

// HandleEngine serves a session handler to plain Engine.IO clients below path,
// without Socket.IO: each message packet is a message.
func (s *Server) HandleEngine(path string, h session.Handler) {
	accept := func(c *session.Conn) { c.Serve(h) }
	s.route(strings.TrimSuffix(path, "/"), entrance(&transports.Table{
		V4: s.engineFamily(socketio.Gen4, accept), V3: s.engineFamily(socketio.Gen3, accept)}))
}

// Page serves GET requests for a path to whoever may see pages: with login,
// whoever has its cookie.
func (s *Server) Page(path string, h http.Handler) { s.routeExact(path, fixed(guard.Page, h)) }

// Action serves requests that change something at the wish of a page, such as
// its forms. The login cookie counts only with a proof that the page is this
// server's own; see package guard. A request's body must come within 10 s; for
// more a handler sets a deadline with http.ResponseController.
func (s *Server) Action(path string, h http.Handler) { s.routeExact(path, fixed(guard.Action, h)) }

// Public serves everything below a path to everyone.
func (s *Server) Public(path string, h http.Handler) {
	s.route(strings.TrimSuffix(path, "/"), fixed(guard.Public, h))
}

// Sessions returns the number of sessions.
func (s *Server) Sessions() int { return s.manager.Len() }

// HTTPServer returns an http.Server for this handler with the limits that a
// server on its own port should have: 10 s for a request's head, 16 KB of
// header, and the guard's count of connections without a credential. Its
// WriteTimeout is zero, which long polls need. HTTP/2, where it is served, has
// the limits of transports.HTTP2Config.
func (s *Server) HTTPServer() *http.Server {
	return &http.Server{
		HTTP2:   transports.HTTP2Config(),
		Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ConnContext: s.guard.Conns().ConnContext, ConnState: s.guard.Conns().ConnState,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

// Shutdown refuses new sessions, ends all sessions after what they have queued,
// over Options.DrainSpread, answers pending polls, and waits for handlers and
// connections. Until it is its turn a session goes on as usual: events that are
// answered meanwhile are answered before it ends. When ctx is done first it ends the rest at once and returns the context's
// cause. Call http.Server.Shutdown at the same time or after it.
func (s *Server) Shutdown(ctx context.Context) error {
	s.draining.Store(true)
	if s.stop != nil {
		s.stop()
		<-s.kept
	}
	err := s.engine.Drain(ctx, max(s.opts.DrainSpread, 0))
	if late := s.sio.Shutdown(ctx); err == nil {
		err = late
	}
	return err
}
