package transports

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/everwire/everwire/internal/query"
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
	// Status and Text are the plain answer otherwise. Status zero: there is no
	// answer, and the connection is closed.
	Status int
	Text   string
}

// Error returns the message for the client.
func (n *NotRouted) Error() string {
	switch {
	case n.Engine != nil:
		return n.Engine.Error()
	case n.Status == 0:
		return "transports: no answer"
	}
	return n.Text
}

// Write answers the request.
func (n *NotRouted) Write(w http.ResponseWriter, r *http.Request) {
	switch {
	case n.Engine != nil:
		Refuse(w, r, n.Engine.Status, *n.Engine)
		return
	case n.Status == 0:
		Drop(w)
		return
	}
	closeUpgrade(w, r)
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.WriteHeader(n.Status)
	w.Write([]byte(n.Text))
}

// Drop closes the connection of a request without an answer, as servers before
// Socket.IO 1.0 do for a session that they do not know. It may panic with
// http.ErrAbortHandler.
func Drop(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // a stream of HTTP/2
	}
	conn.Close()
}

func refused(why eio.Refusal, key, value string) error {
	return &NotRouted{Engine: &why, Context: map[string]string{key: value}}
}

var (
	errNotFound = &NotRouted{Status: http.StatusNotFound, Text: "Not found."}
	errVersion  = &NotRouted{Status: http.StatusInternalServerError, Text: "Protocol version not supported."}
	errIndex    = &NotRouted{Status: http.StatusBadRequest, Text: "The number of a callback has one to six digits."}
)

// Resolve finds the route of a request. rest is what follows the Socket.IO
// path, as the client wrote it: "/" or "" for Engine.IO, "/1/websocket/SID"
// for Socket.IO 0.9, and so on. The rows are tried in this order because the
// generations share one path and each has to be told from the ones before:
//
//	rest            query               generation
//	"/" or ""       transport           Engine.IO: EIO=4 is 3.x and 4.x, else 1.x and 2.x
//	"//", "///"...  transport           the same: a path with a slash too many behind it
//	"/" or ""       EIO, no transport   Engine.IO error 0
//	"/1", "/1/..."                      Socket.IO 0.7 to 0.9
//	"/<transport>"                      Socket.IO 0.1 to 0.6
//	"/" or ""                           the greeting of 0.9
//
// The error is a *NotRouted. The query is parsed once, and handed back for
// the caller's checks.
func (t *Table) Resolve(r *http.Request, rest string) (Route, url.Values, error) {
	q, ok := query.Parse(r.URL.RawQuery)
	if !ok {
		return Route{}, nil, refused(eio.BadRequest, "name", InvalidQuery)
	}
	if rest == "" || rest == "/" || q.Has("transport") && strings.Trim(rest, "/") == "" {
		rt, err := t.engine(r, q)
		return rt, q, err
	}
	segments := strings.Split(strings.TrimPrefix(rest, "/"), "/")
	rt, err := t.before1(r, q, segments)
	return rt, q, err
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
	// The comparison is exact, as in the reference: EIO=04 is not 4.
	var f *Family
	version := q.Get("EIO")
	switch {
	case version == "4":
		f = t.V4
	case version == "3", version == "2", version == "1", version == "" && transport != Polling:
		f = t.V3 // clients written by hand leave it away
	}
	switch transport {
	case Polling, WebSocket:
	case XHRStreaming, EventSource:
		if f != nil && f != t.V4 {
			return Route{}, refused(eio.TransportUnknown, "transport", transport)
		}
	case FlashSocket:
		if (f == nil || !f.FlashSocket) && (t.V4 == nil || !t.V4.FlashSocket) {
			return Route{}, refused(eio.TransportUnknown, "transport", transport)
		}
	default:
		return Route{}, refused(eio.TransportUnknown, "transport", transport)
	}
	if f == nil {
		return Route{}, refused(eio.UnsupportedVersion, "protocol", version)
	}
	sid, upgrade := q.Get("sid"), ws.IsUpgrade(r)
	switch {
	case sid == "" && r.Method != http.MethodGet && !(upgrade && r.Method == http.MethodConnect):
		return Route{}, refused(eio.BadHandshakeMethod, "method", r.Method)
	case upgrade != (transport == WebSocket || transport == FlashSocket):
		name := TransportHandshakeError
		if sid != "" {
			name = TransportMismatch
		}
		return Route{}, refused(eio.BadRequest, "name", name)
	}
	rt := Route{Family: f, Transport: transport, SID: sid}
	if q.Has("j") && transport == Polling {
		if rt.JSONP = q.Get("j"); !isIndex(rt.JSONP) {
			return Route{}, errIndex
		}
	}
	switch base64 := rt.JSONP != "" || q.Get("b64") != ""; {
	case sid != "":
	case base64 && f.Base64 != nil:
		rt.Family = f.Base64
	case !base64 && f.Bytes != nil && transport == Polling && version == "3" && isStamp(q.Get("t")):
		rt.Family = f.Bytes
	}
	return rt, nil
}

// isStamp reports whether s is what the clients of Socket.IO 1.0 to 1.3, and
// those written after them, put into t against caches: milliseconds, a hyphen
// and a number. Later ones have something shorter.
func isStamp(s string) bool {
	ms, n, ok := strings.Cut(s, "-")
	return ok && ms != "" && n != "" && strings.Trim(ms+n, "0123456789") == ""
}

// isIndex reports whether s may stand in a script as the number of a callback.
func isIndex(s string) bool {
	return len(s) > 0 && len(s) <= 6 && strings.Trim(s, "0123456789") == ""
}

// index returns s if it is one, or the first.
func index(s string) string {
	if isIndex(s) {
		return s
	}
	return "0"
}

// before1 resolves the requests of Socket.IO before 1.0, by the segments of the
// path.
func (t *Table) before1(r *http.Request, q url.Values, segments []string) (Route, error) {
	first := segments[0]
	switch {
	case first != "" && strings.Trim(first, "0123456789") == "":
		if first != "1" || t.Gen09 == nil {
			return Route{}, errVersion
		}
		return t.gen09(q, segments)
	case first == WebSocket, first == FlashSocket, first == HTMLFile, first == XHRMultipart, first == XHRPolling, first == JSONPPolling:
		if t.Gen06 != nil && (first != FlashSocket || t.Gen06.FlashSocket) {
			return t.gen06(r, segments), nil
		}
	}
	return Route{}, errNotFound
}

// gen09 resolves the requests of Socket.IO 0.7 to 0.9: /1 for a handshake, and
// /1/transport/sid, in which the transport of a request that only ends the
// session is empty.
func (t *Table) gen09(q url.Values, segments []string) (Route, error) {
	segments = append(segments, "", "")
	rt := Route{Family: t.Gen09, Transport: segments[1], SID: segments[2]}
	switch {
	case strings.Join(segments[3:], "") != "":
		return Route{}, errNotFound
	case rt.SID == "":
		rt.Handshake = true
		if j := q.Get("jsonp"); isIndex(j) {
			rt.JSONP = j
		}
		return rt, nil
	case q.Has("disconnect"):
		rt.Disconnect = true
		return rt, nil
	}
	switch rt.Transport {
	case XHRPolling, HTMLFile, WebSocket:
	case JSONPPolling:
		rt.JSONP = index(q.Get("i"))
	case FlashSocket:
		if !t.Gen09.FlashSocket {
			return Route{}, &NotRouted{}
		}
	default:
		return Route{}, &NotRouted{}
	}
	return rt, nil
}

// gen06 resolves the requests of Socket.IO 0.1 to 0.6: /transport/sid and more,
// where an empty sid opens a session. Both kinds of clients open it in the same
// way. What one answer holds cannot be for both, so there the cookie decides in
// which they keep the name of the transport; only the later kind has JSONP and
// flashsocket.
func (t *Table) gen06(r *http.Request, segments []string) Route {
	rt := Route{Family: t.Gen06, Transport: segments[0]}
	if len(segments) > 1 {
		rt.SID = segments[1]
	}
	if rt.Transport == JSONPPolling {
		rt.JSONP = index(segments[len(segments)-1])
	}
	if rt.SID != "" {
		return rt
	}
	var v *Family
	switch rt.Transport {
	case WebSocket, XHRMultipart:
		v = t.Gen06.Undecided
	case HTMLFile, XHRPolling:
		if _, err := r.Cookie("socketio"); err != nil {
			if _, err := r.Cookie("socket.io"); err == nil {
				v = t.Gen06.Old
			}
		}
	}
	if v != nil {
		rt.Family = v
	}
	return rt
}
