package server

import (
	"bufio"
	"context"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

// ConnectionError is a request of Engine.IO that was refused before it belonged
// to a session.
type ConnectionError struct {
	// Request is valid until the hook returns.
	Request *http.Request
	// Code and Message are what the client is told: 0 "Transport unknown", 1
	// "Session ID unknown", 2 "Bad handshake method", 3 "Bad request", 4
	// "Forbidden" for what the guard refuses, 5 "Unsupported protocol version".
	Code    int
	Message string
	// Context says more: under "name" what kind of fault it is, one of the
	// constants of package transports, or under "transport", "sid", "method"
	// or "protocol" the value that is at fault, and under "message" why the
	// guard refused. The values are the client's own words.
	Context map[string]string
}

// UseEngine adds middleware to those of Options.Middleware.
func (s *Server) UseEngine(middleware ...func(http.Handler) http.Handler) {
	for _, m := range middleware {
		s.mu.Lock()
		i := len(s.middleware)
		s.middleware = append(s.middleware, nil)
		s.mu.Unlock()
		// It is called without the lock: it is somebody's.
		h := m(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.next(i+1, w, r) }))
		s.mu.Lock()
		s.middleware[i] = h
		s.mu.Unlock()
	}
}

// next calls the middleware from the i-th on, and behind the last one the
// Engine.
func (s *Server) next(i int, w http.ResponseWriter, r *http.Request) {
	s.mu.RLock()
	for i < len(s.middleware) && s.middleware[i] == nil {
		i++ // it is being made
	}
	var h http.Handler
	if i < len(s.middleware) {
		h = s.middleware[i]
	}
	s.mu.RUnlock()
	if h != nil {
		h.ServeHTTP(w, r)
		return
	}
	er, ok := r.Context().Value(engineKey{}).(*engineRequest)
	if !ok {
		s.log.Error("middleware has called the next handler with a request of its own making, or later")
		http.Error(w, "Internal error.", http.StatusInternalServerError)
		return
	}
	er.w = w
	s.engineServe(er, r)
}

type engineKey struct{}

// engineRequest is an admitted request of Engine.IO on its way through the
// middleware.
type engineRequest struct {
	route     transports.Route
	notRouted *transports.NotRouted
	grant     guard.Grant
	query     url.Values
	w         http.ResponseWriter // as the middleware hands it on
	in        *engineWriter       // as it got it; nil if there is none
}

// engineEnter takes an admitted request of Engine.IO through the middleware.
func (s *Server) engineEnter(w http.ResponseWriter, r *http.Request, er *engineRequest) {
	er.w = w
	s.mu.RLock()
	none := len(s.middleware) == 0
	s.mu.RUnlock()
	if none {
		s.engineServe(er, r)
		return
	}
	er.in = &engineWriter{ResponseWriter: w, before: maps.Clone(w.Header())}
	s.next(0, er.in, r.WithContext(context.WithValue(r.Context(), engineKey{}, er)))
}

// engineServe hands the request to its transport.
func (s *Server) engineServe(er *engineRequest, r *http.Request) {
	if er.notRouted != nil {
		if why := er.notRouted.Engine; why != nil {
			s.rejected(r, *why, er.notRouted.Context)
		}
		er.notRouted.Write(er.w, r)
		return
	}
	o := &s.opts
	if o.ConnectionError != nil {
		er.route.Rejected = func(why eio.Refusal, context map[string]string) { s.rejected(r, why, context) }
	}
	if er.in != nil || o.Cookie != nil || o.InitialHeaders != nil || o.Headers != nil {
		er.route.Header = func(h http.Header, opened *session.Conn) { s.setHeader(h, er, r, opened) }
	}
	w := er.w
	if er.in != nil && er.upgrades() {
		// What takes a connection over needs the HTTP server's own writer.
		w = er.in.ResponseWriter
	}
	s.enter(w, r, er.route, er.grant, er.query)
}

func (er *engineRequest) upgrades() bool {
	return er.route.Transport == transports.WebSocket || er.route.Transport == transports.FlashSocket
}

// setHeader sets the fields that the answer to an accepted request has of this
// server's options and of middleware. opened is the session that a poll has
// opened.
func (s *Server) setHeader(h http.Header, er *engineRequest, r *http.Request, opened *session.Conn) {
	if er.in != nil && er.upgrades() {
		// Some middleware waits for the status to set its fields.
		er.w.WriteHeader(http.StatusSwitchingProtocols)
		er.in.copyTo(h)
	}
	if c := s.opts.Cookie; c != nil && opened != nil {
		h.Add("Set-Cookie", c.of(opened.ID(), er.grant.Secure).String())
	}
	if f := s.opts.InitialHeaders; f != nil && er.route.SID == "" {
		f(h, r)
	}
	if f := s.opts.Headers; f != nil {
		f(h, r)
	}
}

// rejected tells the program of a request that is refused.
func (s *Server) rejected(r *http.Request, why eio.Refusal, context map[string]string) {
	if f := s.opts.ConnectionError; f != nil {
		f(ConnectionError{Request: r, Code: why.Code, Message: why.Message, Context: context})
	}
}

// engineWriter is the writer that middleware gets.
type engineWriter struct {
	http.ResponseWriter
	before http.Header // what was set already
}

// WriteHeader passes every status on but that of an upgrade, whose answer the
// transport writes.
func (w *engineWriter) WriteHeader(status int) {
	if status != http.StatusSwitchingProtocols {
		w.ResponseWriter.WriteHeader(status)
	}
}

// Unwrap is for http.ResponseController.
func (w *engineWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush and Hijack are for middleware that asks the writer itself.
func (w *engineWriter) Flush() { http.NewResponseController(w.ResponseWriter).Flush() }

func (w *engineWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// copyTo adds to the answer to an upgrade what middleware has set, but for
// fields that describe a body, which there is none of, and the handshake's own.
func (w *engineWriter) copyTo(h http.Header) {
	for name, values := range w.Header() {
		switch {
		case slices.Equal(values, w.before[name]):
		case name == "Connection", name == "Upgrade", name == "Transfer-Encoding":
		case strings.HasPrefix(name, "Content-"), strings.HasPrefix(name, "Sec-Websocket-"):
		default:
			h[name] = slices.Clone(values)
		}
	}
}
