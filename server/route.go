package server

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unique"

	"github.com/gorilla/mux"

	"github.com/everwire/everwire/internal/query"
	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

// maxFields is how many header fields a request may have.
const maxFields = 64

// endpoint is what a route leads to. There are three kinds, and each passes
// the guard: fixed, engine and raw.
type endpoint interface {
	serve(s *Server, w http.ResponseWriter, r *http.Request, rest string)
}

// guarded is the one type of handler that the router has. The test of the
// routes depends on it.
type guarded struct {
	s    *Server
	path string
	end  endpoint
}

func (g *guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if len(r.Header["Upgrade"]) > 0 || mayHideARequest(r) {
		// Whatever the answer is, if it does not switch protocols, then what
		// the client sends next must not be read as a request: it can be
		// another protocol's, like the nonce of a Hixie76 handshake.
		w.Header().Set("Connection", "close")
	}
	guard.Headers(w, g.s.guard.Secure(r))
	if fields(r.Header) > maxFields {
		http.Error(w, "Too many header fields.", http.StatusRequestHeaderFieldsTooLarge)
		return
	}
	if r.Method == http.MethodConnect && !g.connects(r) {
		// A positive answer would be the beginning of a tunnel.
		w.Header().Set("Allow", "GET, HEAD, POST, OPTIONS")
		http.Error(w, "There is nothing to connect to here.", http.StatusMethodNotAllowed)
		return
	}
	limitBody(w, r)
	g.s.guard.StripForwarded(r)
	g.end.serve(g.s, w, r, strings.TrimPrefix(r.URL.EscapedPath(), g.path))
}

// connects reports whether a CONNECT may be for this route: it asks for a
// WebSocket over HTTP/2 (RFC 8441) where there are WebSockets.
func (g *guarded) connects(r *http.Request) bool {
	switch g.end.(type) {
	case engineEndpoint, rawEndpoint:
		return ws.IsUpgrade(r)
	}
	return false
}

// mayHideARequest reports whether a proxy in front may have found the end of
// the request elsewhere than net/http does, and so have let another request by
// as its body. A Content-Length beside chunks is ignored without a trace, and
// in HTTP/1.0 so are the chunks (RFC 9112 sections 6.1 and 11.2).
func mayHideARequest(r *http.Request) bool {
	return len(r.TransferEncoding) > 0 || !r.ProtoAtLeast(1, 1)
}

// fields counts the lines of a header: a field may be sent more than once.
func fields(h http.Header) int {
	n := 0
	for _, values := range h {
		n += len(values)
	}
	return n
}

// route serves a path and everything below it.
func (s *Server) route(path string, e endpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.router.MatcherFunc(func(r *http.Request, _ *mux.RouteMatch) bool {
		rest, ok := strings.CutPrefix(r.URL.EscapedPath(), path)
		return ok && (rest == "" || rest[0] == '/')
	}).Handler(&guarded{s, path, e}).Name(path + "/")
}

// routeExact serves a path and nothing below it.
func (s *Server) routeExact(path string, e endpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.router.Path(path).Handler(&guarded{s, path, e}).Name(path)
}

// match finds the handler of a request. The lock is not held while that works:
// a poll may wait for long.
func (s *Server) match(r *http.Request) http.Handler {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var m mux.RouteMatch
	if !s.router.Match(r, &m) || m.Handler == nil {
		return s.router.NotFoundHandler
	}
	return m.Handler
}

// serveUnknown answers requests for paths that lead nowhere.
func (s *Server) serveUnknown(w http.ResponseWriter, r *http.Request) {
	if s.opts.Refused == nil {
		http.NotFound(w, r)
		return
	}
	why := &guard.Refusal{Status: http.StatusNotFound, Message: "There is nothing at this address."}
	why.SetHeader(w.Header())
	s.opts.Refused(w, r, why)
}

// fixed is an endpoint whose requests are all of one kind.
func fixed(k guard.Kind, h http.Handler) endpoint { return fixedEndpoint{k, h} }

type fixedEndpoint struct {
	kind    guard.Kind
	handler http.Handler
}

func (e fixedEndpoint) serve(s *Server, w http.ResponseWriter, r *http.Request, _ string) {
	gr, why := s.admit(w, r, e.kind)
	if why != nil && why != answered {
		s.logRefusal(r, gr, why)
	}
	switch {
	case why == nil:
	case why == answered:
		return
	case (e.kind == guard.Page || e.kind == guard.Action) && s.opts.Refused != nil:
		why.SetHeader(w.Header())
		s.opts.Refused(w, r, why)
		return
	default:
		why.SetHeader(w.Header())
		http.Error(w, why.Message, why.Status)
		return
	}
	if e.kind == guard.Page && r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "This page is only for reading.", http.StatusMethodNotAllowed)
		return
	}
	e.handler.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), grantKey{}, gr)))
}

// own is an endpoint whose handler is the guard's own and asks it itself.
func own(h http.Handler) endpoint { return ownEndpoint{h} }

type ownEndpoint struct{ handler http.Handler }

func (e ownEndpoint) serve(_ *Server, w http.ResponseWriter, r *http.Request, _ string) {
	e.handler.ServeHTTP(w, r)
}

type grantKey struct{}

// Grant returns what the guard found out about a request that it let in, for
// handlers of Page, Action and Public.
func Grant(r *http.Request) guard.Grant {
	gr, _ := r.Context().Value(grantKey{}).(guard.Grant)
	return gr
}

// answered is a refusal that has been answered already.
var answered = &guard.Refusal{}

// admit asks the guard. It has answered preflights.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, k guard.Kind) (guard.Grant, *guard.Refusal) {
	s.guard.CORS(w, r)
	if s.guard.Preflight(w, r) {
		return guard.Grant{}, answered
	}
	return s.guard.Admit(r, k)
}

// entrance is the endpoint of Engine.IO.
func entrance(t *transports.Table) endpoint { return engineEndpoint{table: t} }

type engineEndpoint struct {
	table  *transports.Table
	client *client // of Socket.IO; nil where there is none
}

func (e engineEndpoint) serve(s *Server, w http.ResponseWriter, r *http.Request, rest string) {
	if e.client.serve(s, w, r, rest) {
		return
	}
	er := &engineRequest{}
	var err error
	er.route, er.query, err = e.table.Resolve(r, rest)
	er.notRouted, _ = err.(*transports.NotRouted)
	kind := guard.Open
	switch {
	case er.notRouted != nil:
		// Nothing will be opened: the answer is the same for everyone.
		kind = guard.Public
	case er.route.SID != "":
		kind = guard.Continue
	}
	var why *guard.Refusal
	er.grant, why = s.admit(w, r, kind)
	if why == nil && kind == guard.Continue {
		if c := s.manager.Get(er.route.SID); c != nil {
			s.guard.Conns().Authenticated(r.Context())
			why = er.grant.Continues(c.Peer().Principal)
		}
	}
	switch {
	case why == answered:
	case why != nil:
		s.rejected(r, eio.Forbidden, map[string]string{"message": why.Message})
		if f := er.route.Family; f != nil && f.Generation != transports.EngineIO {
			s.logRefusal(withoutSID(r, er.route.SID), er.grant, why)
			why.SetHeader(w.Header())
			refuseOld(w, r, &er.route, why.Status, why.Message)
			return
		}
		s.refuse(w, r, er.grant, why)
	default:
		s.engineEnter(w, r, er)
	}
}

// rawEntrance is the endpoint of raw WebSockets.
func rawEntrance(f *transports.Family) endpoint { return rawEndpoint{f} }

type rawEndpoint struct{ family *transports.Family }

func (e rawEndpoint) serve(s *Server, w http.ResponseWriter, r *http.Request, _ string) {
	gr, why := s.admit(w, r, guard.Open)
	switch {
	case why == answered:
		return
	case why != nil:
		s.refuse(w, r, gr, why)
		return
	}
	q, _ := query.Parse(r.URL.RawQuery)
	s.enter(w, r, transports.Route{Family: e.family, Transport: transports.WebSocket}, gr, q)
}

// refuse answers a request on the way to a session that the guard has
// refused, in Engine.IO's form.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, gr guard.Grant, why *guard.Refusal) {
	s.logRefusal(r, gr, why)
	why.SetHeader(w.Header())
	transports.Refuse(w, r, why.Status, eio.Refusal{Code: eio.Forbidden.Code, Message: why.Message})
}

// enter hands an admitted request to its transport.
func (s *Server) enter(w http.ResponseWriter, r *http.Request, rt transports.Route, gr guard.Grant, query url.Values) {
	rt.Secure = gr.Secure
	if !strings.EqualFold(gr.Host, r.Host) {
		rt.Host = gr.Host // a trusted proxy's word
	}
	var peer session.Peer
	if rt.SID == "" {
		peer = s.peer(r, gr, query)
		if login := gr.Login; login != "" {
			rt.Opened = func(c *session.Conn) { s.logins.add(login, c, s.guard) }
		}
	}
	s.engine.Serve(w, r, rt, peer)
}

// keptHeaders returns the header fields that a Peer has, in their canonical form.
func keptHeaders(names []string) []string {
	if names == nil {
		names = []string{"User-Agent", "Accept-Language", "X-Forwarded-For"}
	}
	kept := []string{"Origin"}
	for _, name := range names {
		if name = http.CanonicalHeaderKey(name); !slices.Contains(kept, name) {
			kept = append(kept, name)
		}
	}
	return kept
}

// wire are the query parameters of the transports themselves.
var wire = [...]string{"EIO", "transport", "sid", "t", "b64", "j", "jsonp", "i", "disconnect"}

// peer describes the client. It clones what it keeps: the strings of a request
// share one large buffer.
func (s *Server) peer(r *http.Request, gr guard.Grant, query url.Values) session.Peer {
	p := session.Peer{RemoteAddr: gr.RemoteAddr, Host: shared(gr.Host), Secure: gr.Secure,
		Path: shared(r.URL.EscapedPath()), Principal: gr.Principal, Login: gr.Login}
	if p.RemoteAddr == "" {
		p.RemoteAddr = strings.Clone(r.RemoteAddr)
	}
	p.Header = s.headers.of(r.Header, s.opts.KeepHeaders, gr.Origin)
	s.guard.StripSecrets(query)
	for _, name := range wire {
		delete(query, name)
	}
	for k, v := range query {
		if p.Query == nil {
			p.Query = make(url.Values)
		}
		p.Query[strings.Clone(k)] = cloneAll(v)
	}
	return p
}

// shared clones what many clients have in common, such as the name of a host:
// those that come between two collections of garbage share one copy.
func shared(s string) string { return unique.Make(s).Value() }

func cloneAll(in []string) []string {
	out := make([]string, len(in))
	for i, v := range in {
		out[i] = strings.Clone(v)
	}
	return out
}
