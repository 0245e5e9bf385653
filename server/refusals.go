package server

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/everwire/everwire/server/guard"
)

// refusalsPerMinute bounds what strangers can write into the log.
const refusalsPerMinute = 10

// refusalLog counts refusals by the minute.
type refusalLog struct {
	clock func() time.Time

	mu         sync.Mutex // guards below
	began      time.Time  // of the minute
	logged     int        // in it
	suppressed int        // since the last one that was logged
}

// next reports whether a refusal is to be logged, and how many before it were
// not.
func (l *refusalLog) next() (suppressed int, ok bool) {
	now := l.clock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.began) >= time.Minute {
		l.began, l.logged = now, 0
	}
	if l.logged >= refusalsPerMinute {
		l.suppressed++
		return 0, false
	}
	l.logged++
	suppressed, l.suppressed = l.suppressed, 0
	return suppressed, true
}

// logRefusal logs that the guard has refused a request. That somebody has to log
// in first is no warning, and takes nothing of what there may be of those.
func (s *Server) logRefusal(r *http.Request, where guard.Grant, why *guard.Refusal) {
	level, suppressed := slog.LevelDebug, 0
	if !why.Invites {
		var ok bool
		if suppressed, ok = s.refusals.next(); !ok {
			return
		}
		level = slog.LevelWarn
	}
	origin := where.Origin
	if origin == "" { // or there are two
		origin = r.Header.Get("Origin")
	}
	remote := where.RemoteAddr
	if remote == "" {
		remote = r.RemoteAddr
	}
	s.log.LogAttrs(r.Context(), level, "request refused", slog.Int("status", why.Status), slog.String("reason", why.Message),
		slog.String("url", guard.RedactURL(r.URL)), slog.String("origin", guard.LogText(origin)),
		slog.String("remote", remote), slog.Int("suppressed", suppressed))
}

// withoutSID returns a request for logRefusal whose path does not name the
// session, as those of the generations before Engine.IO do: its id is its
// authority.
func withoutSID(r *http.Request, sid string) *http.Request {
	segments := strings.Split(r.URL.EscapedPath(), "/")
	for i, s := range segments {
		if s == sid && s != "" {
			segments[i] = "SID"
		}
	}
	u := *r.URL
	u.RawPath = strings.Join(segments, "/")
	u.Path, _ = url.PathUnescape(u.RawPath) // it was escaped well
	r = r.WithContext(r.Context())
	r.URL = &u
	return r
}
