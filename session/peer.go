package session

import (
	"net/http"
	"net/url"
	"time"
)

// Peer is what is known of a session's client. It holds clones of a few
// values of the opening request and keeps nothing else of it alive. All
// snapshots share Query and Header: they must not be modified.
type Peer struct {
	// Transport that carries the session now: "websocket", "flashsocket" or
	// "polling".
	Transport string
	// Dialect of the WebSocket now, for example "RFC6455"; empty otherwise.
	Dialect string
	// Protocol above the transport: "Engine.IO 4" or "raw".
	Protocol string
	// RemoteAddr is the client's address as host:port, after trusted proxies.
	RemoteAddr string
	// Host of the opening request and whether it came over TLS.
	Host   string
	Secure bool
	// Path and Query of the opening request. Tickets and tokens are removed
	// from Query. What net/url finds malformed, such as a semicolon or a bare
	// percent sign in a value, is in it too, as the client has written it.
	Path  string
	Query url.Values
	// Header has the fields of the opening request's header that the server
	// keeps, by default Origin, User-Agent, Accept-Language and
	// X-Forwarded-For. Origin is there under this name whatever the dialect
	// calls it. Cookies and Authorization are kept only where the
	// server was told to.
	Header http.Header
	// Principal is the name of the logged-in user; empty without login.
	Principal string
	// Login is the id of the login that the session came of, if there is one
	// that can end before the session does. It is not a secret.
	Login string
	// Binary reports whether the client can take Binary messages. Where it
	// cannot, Send of one returns ErrUnsupported.
	Binary bool
	// Opened is when the session was opened.
	Opened time.Time
}

// opener is what a session keeps of the Peer that opened it: the rest is its
// configuration's or its carrier's.
type opener struct {
	remoteAddr, host, path string
	principal, login       string
	query                  url.Values
	header                 http.Header
	opened                 time.Time
	secure                 bool
}

func newOpener(p Peer) opener {
	if p.Opened.IsZero() {
		p.Opened = time.Now()
	}
	return opener{remoteAddr: p.RemoteAddr, host: p.Host, path: p.Path, principal: p.Principal, login: p.Login,
		query: p.Query, header: p.Header, opened: p.Opened, secure: p.Secure}
}

func (o *opener) peer() Peer {
	return Peer{RemoteAddr: o.remoteAddr, Host: o.host, Path: o.path, Principal: o.principal, Login: o.login,
		Query: o.query, Header: o.header, Opened: o.opened, Secure: o.secure}
}
