package config

import (
	"log/slog"
	"net/netip"
	"slices"
	"time"
)

// Config has every setting of the everwire program. The zero value is not
// valid: start from Default. A Config is plain data; copying it shares the
// slices.
type Config struct {
	// Listen is the TCP address to serve on. Port 0 takes any free port. An
	// address that other machines can reach needs protection: see Exposed.
	Listen string `key:"listen" default:"127.0.0.1:8080" group:"Address and access" usage:"address to listen on, as host:port"`
	// Token is what a visitor proves to know. Empty means that the program
	// makes a random one at each start and prints it.
	Token string `key:"token" default:"" group:"Address and access" secret:"true" usage:"token that visitors log in with; empty makes a random one at each start"`
	// AllowOrigin lists the origins, beside the server's own, whose pages may
	// connect: exact scheme://host[:port], never a pattern.
	AllowOrigin []string `key:"allow_origin" default:"" group:"Address and access" usage:"further origins whose pages may connect, each exactly scheme://host[:port]"`
	// TLS makes the server speak HTTPS.
	TLS TLS `key:"tls" group:"Address and access"`
	// TrustedProxy lists the networks whose X-Forwarded-For, X-Forwarded-Proto
	// and X-Forwarded-Host headers are believed. The proxy has to append to
	// the first and to set or remove the other two.
	TrustedProxy []netip.Prefix `key:"trusted_proxy" default:"" group:"Address and access" usage:"networks of reverse proxies whose X-Forwarded-For, -Proto and -Host are believed, in CIDR form"`
	// Unprotected lets the program listen on an address that other machines
	// can reach without a login and TLS.
	Unprotected bool `key:"i_know_this_is_a_remote_shell_without_protection" default:"false" group:"Address and access" usage:"listen on a reachable address without a login and TLS"`

	// Shell, Chat and Echo are the handlers.
	Shell Shell `key:"shell" group:"Handlers"`
	Chat  Chat  `key:"chat" group:"Handlers"`
	Echo  Echo  `key:"echo" group:"Handlers"`
	// Admin is what the page of @socket.io/admin-ui talks to.
	Admin Admin `key:"admin" group:"Handlers"`

	// Modern switches off what only browsers of the past need: Socket.IO before
	// 1.0, the WebSocket dialects before RFC 6455, the transports flashsocket,
	// htmlfile and xhr-multipart, and all of Flash. It outweighs the settings of
	// each; Config.Outweighed tells which say something else.
	Modern bool `key:"modern" default:"false" group:"Protocols" usage:"serve only what today's browsers need: no Socket.IO before 1.0, no old WebSocket dialects, no Flash"`
	// Generations of Socket.IO are served, in any order; others are refused. See
	// Config.GenerationsOn.
	Generations []string `key:"generations" default:"Gen4,Gen3,Gen09,Gen06,Gen04" oneof:"Gen4|Gen3|Gen09|Gen06|Gen04" group:"Protocols" usage:"generations of Socket.IO to serve: 3 and 4, 1 and 2, 0.7 to 0.9, 0.5 and 0.6, 0.1 to 0.4"`
	// Transports are served, in any order; others are refused. Without
	// websocket there are no raw WebSockets. See Config.TransportsOn.
	Transports []string `key:"transports" default:"polling,websocket,flashsocket,htmlfile,xhr-multipart,xhr-streaming,eventsource" oneof:"polling|websocket|flashsocket|htmlfile|xhr-multipart|xhr-streaming|eventsource" group:"Protocols" usage:"transports to serve"`
	// WebSocket tunes the WebSocket transport, Polling long polling.
	WebSocket WebSocket `key:"websocket" group:"Protocols"`
	Polling   Polling   `key:"polling" group:"Protocols"`
	// Flash is what Flash programs need to open a socket.
	Flash Flash `key:"flash" group:"Protocols"`
	// InsecureFlashPolicy lets the Flash programs of every host in the world
	// open sockets to this server, with any Origin and Cookie.
	InsecureFlashPolicy bool `key:"insecure_flash_policy" default:"false" group:"Protocols" usage:"let Flash programs from every host open sockets to this server"`

	// Redis lets several servers be one.
	Redis Redis `key:"redis" group:"Several servers"`

	// Ping is the heartbeat of Engine.IO sessions.
	Ping Ping `key:"ping" group:"Timing"`
	// UpgradeTimeout is how long a transport upgrade may take before the
	// candidate is closed; the session goes on.
	UpgradeTimeout time.Duration `key:"upgrade_timeout" default:"10s" min:"1ms" max:"1h" group:"Timing" usage:"time that an upgrade to another transport may take"`
	// ConnectTimeout is how long a Socket.IO client may stay connected
	// without joining a namespace.
	ConnectTimeout time.Duration `key:"connect_timeout" default:"45s" min:"1ms" max:"1h" group:"Timing" usage:"time in which a Socket.IO client must join a namespace"`
	// DrainTimeout is how long sessions have to end after SIGTERM.
	DrainTimeout time.Duration `key:"drain_timeout" default:"10s" min:"1ms" max:"1h" group:"Timing" usage:"time that sessions have to end when the server stops"`

	// DrainSpread is over how long their ends are spread, so that clients do
	// not all come back in one moment. Few sessions take less, 10 ms each.
	DrainSpread time.Duration `key:"drain_spread" default:"5s" min:"0s" max:"1h" group:"Timing" usage:"time over which the ends of sessions are spread when the server stops; at most three quarters of drain_timeout"`

	// MaxPayload bounds one message or one HTTP body from a client, in bytes,
	// after decompression.
	MaxPayload int `key:"max_payload" default:"1000000" min:"1024" max:"1073741824" group:"Limits" usage:"largest message or request body from a client, in bytes"`
	// Limits bound what clients may use.
	Limits Limits `key:"limits" group:"Limits"`

	// Log says what is logged and how.
	Log Log `key:"log" group:"Logging"`
}

// TLS names the certificate. Both files or none.
type TLS struct {
	// Cert is the path of a PEM file with the certificate chain.
	Cert string `key:"cert" default:"" usage:"PEM file with the certificate chain; turns TLS on"`
	// Key is the path of a PEM file with the private key.
	Key string `key:"key" default:"" usage:"PEM file with the certificate's private key"`
}

// Shell is the remote shell.
type Shell struct {
	// Enabled is auto, on or off; auto is on if the server listens on a
	// loopback address only. See Config.ShellOn.
	Enabled string `key:"enabled" default:"auto" oneof:"auto|on|off" usage:"offer a shell; auto is on for a loopback address only"`
	// Command is what runs, program first. Empty means the login shell of the
	// user that runs the server.
	Command []string `key:"command" default:"" split:"space" usage:"program and arguments to run; empty is the user's login shell"`
	// Max bounds the shells of one user at a time.
	Max int `key:"max" default:"10" min:"1" max:"10000" usage:"shells that one user may have at a time"`
}

// Chat is the chat.
type Chat struct {
	Enabled bool `key:"enabled" default:"true" usage:"offer the chat"`
	// History is the number of lines of each room that a newcomer is shown;
	// 0 is none.
	History int `key:"history" default:"50" min:"0" max:"10000" usage:"lines of each room that a newcomer is shown; 0 for none"`
}

// Echo is the handler that sends everything back.
type Echo struct {
	Enabled bool `key:"enabled" default:"true" usage:"offer the echo handler"`
}

// Admin is what the page of @socket.io/admin-ui talks to, in the namespace /admin.
// Its name and password come on top of the server's own login.
type Admin struct {
	// Mode is off, numbers, read-only or full. With numbers the page shows how
	// much there is of everything; read-only adds the clients, the rooms and all
	// that they send and get; full can emit, move clients between rooms and
	// disconnect them besides.
	Mode string `key:"mode" default:"off" oneof:"off|numbers|read-only|full" usage:"what the page of @socket.io/admin-ui may do: show numbers, show everything, or act too"`
	// Username and Password are what it signs in with. Unless Mode is off both
	// are wanted, the password with at least 16 characters.
	Username string `key:"username" default:"admin" usage:"name to sign in to the admin page with"`
	Password string `key:"password" default:"" secret:"true" usage:"password to sign in to the admin page with"`
}

// Ping is the heartbeat: the server sends a ping every Interval and ends a
// session whose answer is not there after Timeout.
type Ping struct {
	Interval time.Duration `key:"interval" default:"25s" min:"1ms" max:"1h" usage:"time between two pings"`
	Timeout  time.Duration `key:"timeout" default:"20s" min:"1ms" max:"1h" usage:"time in which a ping must be answered"`
}

// WebSocket tunes the WebSocket transport.
type WebSocket struct {
	// Compression offers permessage-deflate (RFC 7692). It costs memory and
	// time for every message, so it is off unless asked for.
	Compression bool `key:"compression" default:"false" usage:"offer per-message compression (RFC 7692)"`
	// Dialects are served, in any order; others are refused. See
	// Config.Dialects.
	Dialects []string `key:"dialects" default:"RFC6455,Hixie75,Hixie76,Hybi07,Hybi08" oneof:"RFC6455|Hixie75|Hixie76|Hybi07|Hybi08" usage:"dialects of WebSocket to serve"`
}

// Polling tunes long polling.
type Polling struct {
	// Compression compresses answers of 1,024 bytes and more with gzip or
	// deflate. It is off unless asked for: the length of what is compressed
	// tells of secrets to those who can put text of their own beside them.
	Compression bool `key:"compression" default:"false" usage:"compress long answers to polls (gzip, deflate)"`
}

// Flash is what Flash programs need to open a socket. See Config.PolicyPorts
// and Config.FlashOn.
type Flash struct {
	// PolicyPorts are served at the server's own address with a policy that
	// allows sockets to the server. Flash asks on 843; where that may not be
	// bound, 10843 can take its place. Port 0 takes any free port.
	PolicyPorts []int `key:"policy_ports" default:"843,10843" min:"0" max:"65535" usage:"ports for Flash's socket policy; [] for none"`
	// Inline answers a policy request on the server's own port too, unless it
	// speaks TLS.
	Inline bool `key:"inline" default:"true" usage:"serve Flash's socket policy on the server's own port"`
	// PublicPorts are further ports under which browsers reach this server,
	// behind a proxy or a container that maps ports. The policy allows them
	// beside the server's own: nothing else must be there.
	PublicPorts []int `key:"public_ports" default:"" min:"1" max:"65535" usage:"further ports that lead to this server, for Flash's socket policy"`
	// Proxy serves /flash/tcp, the way in for Flash programs that Ruffle runs.
	Proxy bool `key:"proxy" default:"true" usage:"let Flash programs in Ruffle reach this server, at /flash/tcp"`
}

// Limits bound what clients may use.
type Limits struct {
	// SessionsPerSecond bounds new sessions of one address.
	SessionsPerSecond int `key:"sessions_per_second" default:"20" min:"1" max:"1000000" usage:"new sessions per second from one address"`
	// UnauthenticatedConnections bounds connections of one address that have
	// not logged in.
	UnauthenticatedConnections int `key:"unauthenticated_connections" default:"100" min:"1" max:"1000000" usage:"connections of one address before login"`
	// LoginsPerMinute bounds attempts to log in from one address.
	LoginsPerMinute int `key:"logins_per_minute" default:"10" min:"1" max:"1000000" usage:"attempts to log in per minute from one address"`
	// OutboxBytes and OutboxMessages bound what waits to be sent to one
	// client, whichever is reached first.
	OutboxBytes    int `key:"outbox_bytes" default:"1048576" min:"4096" max:"1073741824" usage:"bytes that may wait to be sent to one client"`
	OutboxMessages int `key:"outbox_messages" default:"1024" min:"16" max:"1000000" usage:"messages that may wait to be sent to one client"`
}

// Log says what is logged and how. Logs go to standard error.
type Log struct {
	// Level is the lowest level that is logged. See Log.Threshold.
	Level string `key:"level" default:"info" oneof:"debug|info|warn|error" usage:"lowest level to log: debug, info, warn or error"`
	// Format is text for people and json for programs.
	Format string `key:"format" default:"text" oneof:"text|json" usage:"form of the log: text or json"`
}

// What no browser of today needs.
var (
	oldTransports  = []string{"flashsocket", "htmlfile", "xhr-multipart"}
	oldGenerations = []string{"Gen09", "Gen06", "Gen04"}
)

// Default returns a valid Config with every field at its documented default.
func Default() Config {
	var c Config
	for _, f := range c.Fields() {
		if err := f.Set(f.Default); err != nil {
			panic(err) // a mistake in a tag; the tests read them all
		}
	}
	return c
}

// Threshold returns Level for log/slog. A word that Validate refuses counts
// as info.
func (l Log) Threshold() slog.Level {
	var level slog.Level
	if level.UnmarshalText([]byte(l.Level)) != nil {
		return slog.LevelInfo
	}
	return level
}

// Dialects returns the names of the WebSocket dialects to serve, with Modern
// resolved.
func (c *Config) Dialects() []string {
	if c.Modern {
		return []string{"RFC6455"}
	}
	return c.WebSocket.Dialects
}

// TransportsOn returns the names of the transports to serve, with Modern
// resolved.
func (c *Config) TransportsOn() []string {
	if !c.Modern {
		return c.Transports
	}
	return without(c.Transports, oldTransports)
}

// GenerationsOn returns the names of the generations of Socket.IO to serve, with
// Modern resolved.
func (c *Config) GenerationsOn() []string {
	if !c.Modern {
		return c.Generations
	}
	return without(c.Generations, oldGenerations)
}

// Outweighed returns the keys of the settings that ask for what Modern switches off,
// those with their defaults too.
func (c *Config) Outweighed() (keys []string) {
	if !c.Modern {
		return nil
	}
	for key, asked := range map[string]bool{
		"generations":           len(c.GenerationsOn()) < len(c.Generations),
		"transports":            len(c.TransportsOn()) < len(c.Transports),
		"websocket.dialects":    slices.ContainsFunc(c.WebSocket.Dialects, func(d string) bool { return d != "RFC6455" }),
		"flash.policy_ports":    len(c.Flash.PolicyPorts) > 0,
		"flash.public_ports":    len(c.Flash.PublicPorts) > 0,
		"flash.inline":          c.Flash.Inline,
		"flash.proxy":           c.Flash.Proxy,
		"insecure_flash_policy": c.InsecureFlashPolicy,
	} {
		if asked {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// without returns the names of a list that are not in another.
func without(list, others []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(name string) bool { return slices.Contains(others, name) })
}

// FlashOn reports whether anything is done for Flash: Modern is not set.
// Nothing else in Flash counts when it is.
func (c *Config) FlashOn() bool { return !c.Modern }

// TunnelOn reports whether Flash programs in Ruffle reach this server at
// /flash/tcp, with Modern resolved. The way there is a WebSocket.
func (c *Config) TunnelOn() bool {
	return c.FlashOn() && c.Flash.Proxy && slices.Contains(c.Transports, "websocket")
}

// PolicyPorts returns the ports for Flash's socket policy, with Modern
// resolved.
func (c *Config) PolicyPorts() []int {
	if !c.FlashOn() {
		return nil
	}
	return c.Flash.PolicyPorts
}

// AdminOn reports whether the admin page may connect.
func (c *Config) AdminOn() bool { return c.Admin.Mode != "off" }

// ShellOn reports whether the shell is offered, with auto resolved.
func (c *Config) ShellOn() bool {
	return c.Shell.Enabled == "on" || c.Shell.Enabled == "auto" && c.Loopback()
}
