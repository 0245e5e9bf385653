package server

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/transports"
	"github.com/everwire/everwire/transports/polling"
	"github.com/everwire/everwire/transports/websocket"
)

// Options configures a Server. The zero value is good for a library inside a
// program of its own: default timings and limits, no login, pages of the
// server's own origin only. Durations and numbers of zero mean the default
// that the field names.
type Options struct {
	// Logger gets the server's log. Nil: nothing is logged.
	Logger *slog.Logger
	// Version is shown by /healthz. Empty: left out.
	Version string
	// Path of Socket.IO. Empty means "/socket.io".
	Path string
	// Guard says who is let in.
	Guard guard.Config
	// Refused, if set, answers with a page what the guard refuses to browsers,
	// for example with a login form: requests for pages and actions (see Page
	// and Action), and to log in or out, unless Guard.Refused is set. It also
	// answers requests for unknown paths, with the status 404. The fields of
	// the header that belong to the refusal are set; the status is up to it.
	// Nil: a sentence in plain text.
	Refused func(w http.ResponseWriter, r *http.Request, why *guard.Refusal)

	// PingInterval (25 s) and PingTimeout (20 s) are the heartbeat.
	PingInterval, PingTimeout time.Duration
	// UpgradeTimeout (10 s) bounds a move to another transport.
	UpgradeTimeout time.Duration
	// ConnectTimeout (45 s) is how long a Socket.IO client may take to enter
	// a namespace.
	ConnectTimeout time.Duration
	// AckTimeout (10 s) bounds a socketio.Call without a deadline.
	AckTimeout time.Duration

	// MaxPayload (1,000,000) is the largest Engine.IO message or request
	// body, in bytes.
	MaxPayload int64
	// MaxMessage is the largest message of a raw WebSocket, in bytes. Zero
	// means MaxPayload.
	MaxMessage int64
	// OutboxBytes (1 MiB) and OutboxMessages (1,024) bound what waits for one
	// client: a client that does not read costs no more, and delays nobody.
	OutboxBytes, OutboxMessages int
	// Overflow is what Emit does to a client whose outbox is full. The zero
	// value, session.Disconnect, ends its session with session.SlowClient;
	// session.DropOldest drops its oldest whole events, and session.Refuse has
	// Emit to it fail with session.ErrQueueFull. Volatile events are dropped
	// before any of this. Observer hears of what is dropped.
	Overflow session.Overflow
	// DrainSpread (5 s) is over how long Shutdown ends the sessions, so that the
	// clients do not all connect again in the same moment, here after a restart
	// or to the other servers behind a load balancer. It takes less if there are
	// few sessions, 10 ms for each, and no more than three quarters of the time
	// that Shutdown's context allows. Negative: all at once.
	DrainSpread time.Duration
	// Generations of Socket.IO that are served, with the protocols below them.
	// Gen3 and Gen4 also say which plain clients HandleEngine takes. Empty means
	// all, from 0.1 to 4.x: all stand behind the same guard.
	Generations []socketio.Generation
	// SingleUTF8 takes the text of Gen3 as it comes. Otherwise text that can only
	// have been encoded as UTF-8 twice, as some clients from 1.0 to 1.7 do, is
	// decoded twice.
	SingleUTF8 bool
	// Transports that are served, by their names: "polling", which is also
	// xhr-polling and jsonp-polling of Socket.IO 0.x, "websocket",
	// "flashsocket", and those whose receive channel is one long answer:
	// "htmlfile", "xhr-multipart", "xhr-streaming" and "eventsource". Empty means
	// all. Raw WebSockets need "websocket".
	Transports []string
	// Dialects of WebSocket that are served. Zero means all that package ws
	// knows, from the drafts of 2009 to RFC 6455: all stand behind the same
	// guard.
	Dialects ws.Dialects
	// Compression offers permessage-deflate (RFC 7692) to WebSockets.
	Compression bool
	// HTTPCompression compresses answers to polls with gzip or deflate, where
	// the client takes that. The reference does so by default; here it is off,
	// since whoever sees the length of compressed answers, even encrypted ones,
	// and can have text of his own put beside a secret in them, can guess the
	// secret (BREACH). An answer with a message that was sent with the flag
	// compress off is never compressed.
	HTTPCompression bool
	// CompressionThreshold (1,024) is the smallest message, or answer to a
	// poll, in bytes that the two compress.
	CompressionThreshold int

	// Middleware handles every request of Engine.IO, polls and upgrades, before
	// its transport, but behind the guard. The first is the outermost. One that
	// answers by itself and does not call the next handler ends the request
	// there. Fields that it sets are in the answer, also in that of an upgrade.
	// The next handler must be called with the request or one derived from it,
	// before the middleware returns; it returns when a poll is answered, or at
	// once for an upgrade. See UseEngine.
	Middleware []func(http.Handler) http.Handler
	// InitialHeaders, if set, may add fields to the answer that opens a session,
	// Headers to every answer of a session, polls, POSTs and upgrades. The
	// fields that belong to a handshake of WebSocket cannot be set: such an
	// upgrade fails. Both may be called concurrently and must not block.
	InitialHeaders, Headers func(h http.Header, r *http.Request)
	// ConnectionError, if set, is told of requests of Engine.IO that are
	// refused before they belong to a session. It may be called concurrently
	// and must not block.
	ConnectionError func(ConnectionError)
	// Cookie, if set, is set by the first answer of a polling session.
	Cookie *Cookie
	// Client has the files that npm's package socket.io-client has in its
	// folder dist, to be served below Path: socket.io.js, socket.io.min.js,
	// socket.io.esm.min.js, socket.io.msgpack.min.js, and their source maps.
	// In folders named after a version, such as 2.5.0, it may have older clients,
	// served as /socket.io/2.5.0/socket.io.js and so on. The newest of 0.9 has
	// the paths of its time too: socket.io.v0.9.17.js, and for a client of some
	// transports only socket.io+websocket+xhr-polling.js. WebSocketMain.swf, the
	// Flash program of a client of 0.6 or 0.9, is served where its servers had it
	// while there is a transport for it.
	// Each is read once. Nil, or a file that is not there: a sentence with the
	// status 404. For example
	//
	//	os.DirFS("node_modules/socket.io-client/dist")
	Client fs.FS

	// Parser is the form of Socket.IO packets on the wire. Nil: the usual text.
	Parser socketio.Parser
	// EventMessages and Base64 are what clients of Socket.IO 0.x get of what
	// their generation has no form for; see socketio.Config.
	EventMessages, Base64 bool
	// KeepHeaders names the fields of a request's header that are kept with the
	// session that it opens, for session.Peer and socketio.Handshake. Each costs
	// memory for as long as the session lives. Nil means User-Agent,
	// Accept-Language and X-Forwarded-For; Origin is always kept. Cookie and
	// Authorization are kept only if they are named here: they are secrets, and
	// whatever shows a Peer shows them then.
	KeepHeaders []string
	// MaxChildren and CleanupEmptyChildren are those of socketio.Config.
	MaxChildren          int
	CleanupEmptyChildren bool
	// Recovery lets Socket.IO clients come back after their connection was lost.
	// Nil: they are new clients then.
	Recovery *socketio.Recovery
	// Adapter makes the adapter of each namespace; see socketio.Config. Nil: in
	// memory.
	Adapter func(*socketio.Namespace) socketio.Adapter
	// Observer is told of sessions. Nil: nobody. See Server.OverflowCounts too.
	Observer session.Observer
	// Health is what the program around the server adds to /healthz.
	Health Health

	overflows *session.OverflowCounter // set by New
}

// Health is what only the program around a Server knows of itself.
type Health struct {
	// PolicyPorts are the TCP ports on which Flash's socket policy is served,
	// beside the server's own.
	PolicyPorts []int
	// InlinePolicy: it is served on the server's own port too.
	InlinePolicy bool
	// HTTP2WebSocket: HTTP/2 is served, with WebSockets over it (RFC 8441).
	HTTP2WebSocket bool
	// FlashTunnel: the sockets of Flash programs in Ruffle are carried.
	FlashTunnel bool
	// Redis says how this server is joined with others by Redis. It is called for
	// each request and must not block. Nil: it is alone.
	Redis func() RedisHealth
	// Warnings are shown beside the server's own, for example of flags that
	// give up protection.
	Warnings []string
}

// RedisHealth says how a server is joined with others by Redis.
type RedisHealth struct {
	Adapter string `json:"adapter"` // such as "classic"
	Reached bool   `json:"reached"` // whether Redis is there; without it the server is alone
}

// allTransports are the names that Options.Transports may have.
var allTransports = append([]string{transports.Polling, transports.WebSocket, transports.FlashSocket}, streamNames()...)

// streamNames are the names of what streams returns.
func streamNames() (names []string) {
	for _, t := range streams() {
		names = append(names, t.Name())
	}
	return names
}

const (
	defaultPath         = "/socket.io"
	defaultPingInterval = 25 * time.Second
	defaultPingTimeout  = 20 * time.Second
	defaultMaxPayload   = 1_000_000
	defaultThreshold    = 1024
	defaultDrainSpread  = 5 * time.Second
)

// Validate reports what is wrong with the options: an impossible path, a
// negative number, or what guard.New refuses. New panics for the same.
func (o *Options) Validate() error {
	p := o.path()
	if !strings.HasPrefix(p, "/") || strings.HasSuffix(p, "/") || strings.ContainsAny(p, "?#%{}") {
		return fmt.Errorf("server: Path %q: must begin with a slash, not end with one, and contain no %q", p, "?#%{}")
	}
	var r socketio.Recovery
	if o.Recovery != nil {
		r = *o.Recovery
	}
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"Recovery.Window", int64(r.Window)}, {"Recovery.MaxEvents", int64(r.MaxEvents)}, {"Recovery.MaxBytes", int64(r.MaxBytes)},
		{"Recovery.MaxClients", int64(r.MaxClients)}, {"Recovery.MaxTotalBytes", int64(r.MaxTotalBytes)},
		{"Recovery.MaxTotalClients", int64(r.MaxTotalClients)},
		{"PingInterval", int64(o.PingInterval)}, {"PingTimeout", int64(o.PingTimeout)},
		{"UpgradeTimeout", int64(o.UpgradeTimeout)}, {"ConnectTimeout", int64(o.ConnectTimeout)},
		{"AckTimeout", int64(o.AckTimeout)}, {"MaxPayload", o.MaxPayload}, {"MaxMessage", o.MaxMessage},
		{"CompressionThreshold", int64(o.CompressionThreshold)}, {"MaxChildren", int64(o.MaxChildren)},
		{"OutboxBytes", int64(o.OutboxBytes)}, {"OutboxMessages", int64(o.OutboxMessages)},
	} {
		if n.value < 0 {
			return fmt.Errorf("server: %s must not be negative", n.name)
		}
	}
	for _, name := range o.Transports {
		if !slices.Contains(allTransports, name) {
			return fmt.Errorf("server: Transports: %q is none of %s", name, strings.Join(allTransports, ", "))
		}
	}
	if err := validGenerations(o.Generations); err != nil {
		return err
	}
	if err := o.Cookie.validate(); err != nil {
		return err
	}
	_, err := guard.New(o.Guard)
	return err
}

func (o *Options) path() string {
	if o.Path == "" {
		return defaultPath
	}
	return strings.TrimSuffix(o.Path, "/")
}

func (o *Options) setDefaults() {
	o.Path = o.path()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.PingInterval == 0 {
		o.PingInterval = defaultPingInterval
	}
	if o.PingTimeout == 0 {
		o.PingTimeout = defaultPingTimeout
	}
	if o.MaxPayload == 0 {
		o.MaxPayload = defaultMaxPayload
	}
	if o.DrainSpread == 0 {
		o.DrainSpread = defaultDrainSpread
	}
	if o.CompressionThreshold == 0 {
		o.CompressionThreshold = defaultThreshold
	}
	if len(o.Transports) == 0 {
		o.Transports = allTransports
	}
	if len(o.Generations) == 0 {
		o.Generations = allGenerations
	}
	o.KeepHeaders = keptHeaders(o.KeepHeaders)
	if o.Dialects == 0 {
		o.Dialects = ws.AllDialects
	}
	if o.MaxMessage == 0 {
		o.MaxMessage = o.MaxPayload
	}
}

func (o *Options) serves(transport string) bool { return slices.Contains(o.Transports, transport) }

// transports returns those that are served.
func (o *Options) transports() []transports.Transport {
	list := []transports.Transport{polling.Transport{As: transports.Sending}}
	if o.serves(transports.Polling) {
		list = polling.All()
	}
	others := []transports.Transport{websocket.Transport{Dialects: o.Dialects}, websocket.Transport{Dialects: o.Dialects, Flash: true}}
	for _, t := range append(others, streams()...) {
		if o.serves(t.Name()) {
			list = append(list, t)
		}
	}
	return list
}

// sessions returns the configuration of the sessions of one codec.
func (o *Options) sessions(codec eio.Codec) *session.Config {
	return &session.Config{
		Protocol:     codec.Name(),
		PingInterval: o.PingInterval, PingTimeout: o.PingTimeout,
		UpgradeTimeout: o.UpgradeTimeout,
		OutboxBytes:    o.OutboxBytes, OutboxMessages: o.OutboxMessages,
		InboxBytes: int(max(o.MaxPayload, 1<<20)),
		Overflow:   o.Overflow, OverflowCounter: o.overflows,
		Logger: o.Logger, Observer: o.Observer,
	}
}
