package transports

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
)

// Route is where a request belongs.
type Route struct {
	Family    *Family
	Transport string
	// SID is the session that the request names; empty if it opens one.
	SID string
	// JSONP is the index of the callback that an answer in a script calls, as
	// decimal digits. Empty: the answer is no script.
	JSONP string
	// Handshake: the request opens a session of Gen09, which a transport carries
	// later.
	Handshake bool
	// Disconnect: the request ends the session that it names (Gen09).
	Disconnect bool
	// Opened, if set, is told of the session that the request opens, before
	// its family accepts it.
	Opened func(*session.Conn)
	// Header, if set, adds fields to each answer that accepts the request; see
	// Exchange.SetHeader.
	Header func(h http.Header, opened *session.Conn)
	// Rejected, if set, is told of a request that is refused before it belongs
	// to a session, and what is wrong with it: under "name" what kind of fault
	// it is, or under "transport", "sid", "method" or "protocol" the value that
	// is at fault.
	Rejected func(why eio.Refusal, context map[string]string)
	// Secure and Host are how the client sees this server, after trusted
	// proxies. An empty Host is that of the request.
	Secure bool
	Host   string
}

// Table holds the families that one Socket.IO path can lead to. A nil family
// is not served, and its requests are refused as the reference refuses them.
type Table struct {
	// V4 is Engine.IO 4 (Socket.IO 3.x and 4.x), V3 is Engine.IO 3 and before
	// (1.x and 2.x).
	V4, V3 *Family
	// Gen09 is Socket.IO 0.7 to 0.9, Gen06 is 0.1 to 0.6.
	Gen09, Gen06 *Family
}

// NotRouted is the answer to a request that leads to no session.
type NotRouted struct {
	// Engine is set for refusals in Engine.IO's own form, and Context then says
	// what is wrong; see Route.Rejected.
	Engine  *eio.Refusal
	Context map[string]string
	// Status and Text are the plain answer otherwise.
	Status int
	Text   string
}

// Error returns the message for the client.
func (n *NotRouted) Error() string {
	if n.Engine != nil {
		return n.Engine.Error()
	}
	return n.Text
}

// Write answers the request.
func (n *NotRouted) Write(w http.ResponseWriter, r *http.Request) {
	if n.Engine != nil {
		Refuse(w, r, n.Engine.Status, *n.Engine)
		return
	}
	closeUpgrade(w, r)
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.WriteHeader(n.Status)
	w.Write([]byte(n.Text))
}

func refused(why eio.Refusal, key, value string) error {
	return &NotRouted{Engine: &why, Context: map[string]string{key: value}}
}

// Resolve finds the route of a request. rest is what follows the Socket.IO
// path, as the client wrote it: "/" or "" for Engine.IO, "/1/websocket/SID"
// for Socket.IO 0.9, and so on. The rows are tried in this order because the
// generations share one path and each has to be told from the ones before:
//
//	rest            query               generation
//	"/" or ""       transport           Engine.IO: EIO=4 is 3.x and 4.x, else 1.x and 2.x
//	"/" or ""       EIO, no transport   Engine.IO error 0
//	"/1", "/1/..."                      Socket.IO 0.7 to 0.9
//	"/<transport>"                      Socket.IO 0.1 to 0.6
//	"/" or ""                           the greeting of 0.9
//
// The error is a *NotRouted. The query is parsed once, and handed back for
// the caller's checks.
func (t *Table) Resolve(r *http.Request, rest string) (Route, url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return Route{}, nil, refused(eio.BadRequest, "name", InvalidQuery)
	}
	if rest == "" || rest == "/" {
		rt, err := t.engine(r, q)
		return rt, q, err
	}
	segment, _, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	if segment != "" && strings.Trim(segment, "0123456789") == "" {
		// Socket.IO 0.7 to 0.9, and versions that never were.
		return Route{}, q, &NotRouted{Status: http.StatusInternalServerError, Text: "Protocol version not supported."}
	}
	return Route{}, q, &NotRouted{Status: http.StatusNotFound, Text: "Not found."}
}

// engine resolves the requests of Engine.IO.
func (t *Table) engine(r *http.Request, q url.Values) (Route, error) {
	transport := q.Get("transport")
	if transport == "" {
		if !q.Has("EIO") && r.URL.RawQuery == "" && r.Method == http.MethodGet && r.Header.Get("Origin") == "" {
			return Route{}, &NotRouted{Status: http.StatusOK, Text: "Welcome to socket.io."}
		}
		return Route{}, refused(eio.TransportUnknown, "transport", transport)
	}
	if transport != Polling && transport != WebSocket && (transport != FlashSocket || t.V4 == nil || !t.V4.FlashSocket) {
		return Route{}, refused(eio.TransportUnknown, "transport", transport)
	}
	// The comparison is exact, as in the reference: EIO=04 is not 4.
	if version := q.Get("EIO"); version != "4" || t.V4 == nil {
		return Route{}, refused(eio.UnsupportedVersion, "protocol", version)
	}
	sid, upgrade := q.Get("sid"), ws.IsUpgrade(r)
	switch {
	case sid == "" && r.Method != http.MethodGet && !(upgrade && r.Method == http.MethodConnect):
		return Route{}, refused(eio.BadHandshakeMethod, "method", r.Method)
	case upgrade == (transport == Polling):
		name := TransportHandshakeError
		if sid != "" {
			name = TransportMismatch
		}
		return Route{}, refused(eio.BadRequest, "name", name)
	}
	return Route{Family: t.V4, Transport: transport, SID: sid}, nil
}
