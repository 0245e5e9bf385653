package admin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/everwire/everwire/socketio"
)

// Password returns a function for Config.Authenticate that knows one name and
// one password. It takes the same time for every wrong one. An empty password is
// never right.
func Password(username, password string) func(context.Context, string, string) bool {
	name, word := sha256.Sum256([]byte(username)), sha256.Sum256([]byte(password))
	return func(_ context.Context, u, p string) bool {
		n, w := sha256.Sum256([]byte(u)), sha256.Sum256([]byte(p))
		return subtle.ConstantTimeCompare(n[:], name[:])&subtle.ConstantTimeCompare(w[:], word[:]) == 1 && password != ""
	}
}

// Answers to a login, in the reference server's words where it has them: the
// page asks again for "invalid credentials".
var (
	errCredentials = &socketio.Error{Message: "invalid credentials"}
	errTooMany     = &socketio.Error{Message: "too many failed logins, try again in a minute"}
	errClosed      = &socketio.Error{Message: "the admin page has been closed"}
)

// sessionKey is the key of a socket's session id, if it has a new one.
type sessionKey struct{}

// Bounds of what logins keep.
const (
	maxSessions  = 1000
	maxAddresses = 10_000
	maxSecret    = 1024 // bytes of a name, password or session id
)

// logins remembers who has logged in, and who has failed to.
type logins struct {
	ttl       time.Duration
	perMinute int
	turns     chan struct{} // has as much room as Authenticate may run at once

	mu       sync.Mutex                      // guards below
	sessions map[[sha256.Size]byte]time.Time // by the hash of their id: when they end
	failures map[netip.Prefix]*failure       // by address
}

type failure struct {
	since time.Time
	count int
}

func newLogins(cfg Config) logins {
	return logins{ttl: cfg.SessionTTL, perMinute: cfg.LoginsPerMinute, turns: make(chan struct{}, cfg.LoginsAtOnce),
		sessions: make(map[[sha256.Size]byte]time.Time), failures: make(map[netip.Prefix]*failure)}
}

// admit is the middleware of the page's namespace.
func (ui *UI) admit(ctx context.Context, s *socketio.Socket) error {
	ui.mu.Lock()
	closed := ui.closed
	ui.mu.Unlock()
	if closed {
		return errClosed
	}
	var auth struct{ SessionID, Username, Password string }
	if s.BindAuth(&auth) != nil || len(auth.SessionID)+len(auth.Username)+len(auth.Password) > maxSecret {
		return errCredentials
	}
	l := &ui.logins
	if auth.SessionID != "" && l.known(auth.SessionID) {
		return nil
	}
	remote := slog.String("remote", s.Peer().RemoteAddr)
	address := addressKey(s.Peer().RemoteAddr)
	if !l.attempt(address) {
		ui.cfg.Logger.Warn("admin: too many failed logins", remote)
		return errTooMany
	}
	if auth.SessionID != "" && auth.Username == "" || !ui.authenticate(ctx, auth.Username, auth.Password) {
		ui.cfg.Logger.Warn("admin: login failed", remote)
		return errCredentials
	}
	l.succeeded(address)
	s.Set(sessionKey{}, l.begin())
	ui.cfg.Logger.Info("admin: login", remote)
	return nil
}

// authenticate asks the application when it is the login's turn.
func (ui *UI) authenticate(ctx context.Context, username, password string) bool {
	select {
	case ui.logins.turns <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	defer func() { <-ui.logins.turns }()
	return ui.cfg.Authenticate(ctx, username, password)
}

// known reports whether a session lives.
func (l *logins) known(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	// A hash, as a map's look-up takes a time that depends on the key.
	end, ok := l.sessions[sha256.Sum256([]byte(id))]
	return ok && time.Now().Before(end)
}

// begin returns the id of a new session. It authorises: 256 bits.
func (l *logins) begin() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	id := base64.RawURLEncoding.EncodeToString(b[:])
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	var oldest [sha256.Size]byte
	for hash, end := range l.sessions {
		if !now.Before(end) {
			delete(l.sessions, hash)
		} else if first, ok := l.sessions[oldest]; !ok || end.Before(first) {
			oldest = hash
		}
	}
	if len(l.sessions) >= maxSessions {
		delete(l.sessions, oldest)
	}
	l.sessions[sha256.Sum256([]byte(id))] = now.Add(l.ttl)
	return id
}

// attempt counts a login that is about to be tried, and reports whether it may
// be. The count comes first, so that many at once cannot go past it.
func (l *logins) attempt(address netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	f := l.failures[address]
	if f == nil || now.Sub(f.since) >= time.Minute {
		if f == nil && len(l.failures) >= maxAddresses && !l.forget(now) {
			return false
		}
		f = &failure{since: now}
		l.failures[address] = f
	}
	if f.count >= l.perMinute {
		return false
	}
	f.count++
	return true
}

// forget makes room among the failures. The caller holds mu.
func (l *logins) forget(now time.Time) bool {
	for a, f := range l.failures {
		if now.Sub(f.since) >= time.Minute {
			delete(l.failures, a)
		}
	}
	return len(l.failures) < maxAddresses
}

// succeeded takes back what attempt has counted.
func (l *logins) succeeded(address netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f := l.failures[address]; f != nil && f.count > 0 {
		f.count--
	}
}

// addressKey is what failures are counted by: an IPv4 address, or the /64 of an
// IPv6 address. What is no IP address shares the zero key.
func addressKey(remote string) netip.Prefix {
	var a netip.Addr
	if ap, err := netip.ParseAddrPort(remote); err == nil {
		a = ap.Addr()
	} else {
		a, _ = netip.ParseAddr(remote) // without a port
	}
	a = a.WithZone("").Unmap()
	bits := 64
	if a.Is4() {
		bits = 32
	}
	p, _ := a.Prefix(bits)
	return p
}
