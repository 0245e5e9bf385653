package guard

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Owner is the principal of whoever holds the token.
const Owner = "owner"

// Fixed times of a login session and of a ticket.
const (
	// LoginIdle is how long a login session lives without use.
	LoginIdle = 30 * time.Minute
	// LoginLifetime is how long a login session lives at most.
	LoginLifetime = 12 * time.Hour
	// TicketLifetime is how long a ticket can be redeemed.
	TicketLifetime = 60 * time.Second
)

// Bounds of what the guard keeps in memory.
const (
	maxLogins    = 10_000 // the one idle longest makes room
	maxTickets   = 10_000 // more are refused
	maxAddresses = 10_000 // the one silent longest is forgotten
	maxBody      = 64 << 10
)

// ErrConfig is wrapped by the errors of New.
var ErrConfig = errors.New("guard: bad configuration")

// Config says what a Guard lets in. The zero value is that of an embedded
// library: any Host (at a loopback address only local ones), the request's own origin only, no login, default limits.
type Config struct {
	// Hosts are the allowed values of the Host header, host or host:port,
	// compared without regard to case; an entry without port stands for the
	// scheme's default port. HostsFor derives them from a listener's address.
	//
	// If it is empty any well-formed Host passes: a library behind somebody's
	// mux or proxy cannot know its names. An Origin must still equal the
	// request's own scheme and Host, but that alone does not stop DNS
	// rebinding, where a hostile page's name is made to resolve to this
	// server. So, without a Token too, connections to a loopback address
	// (http.LocalAddrContextKey) may name only localhost, names below it, and
	// IP addresses: behind a local proxy that keeps public names, list these.
	// Other addresses have no such rule. Set Hosts on any server that grants
	// rights by being reachable.
	Hosts []string
	// Origins are the allowed foreign origins: exact tuples scheme://host or
	// scheme://host:port (RFC 6454), no patterns. The request's own origin is
	// always allowed. They may act on the login cookie, so list an origin
	// only if it is as trusted as this server's own pages.
	Origins []string
	// AnyOrigin lets requests of every origin pass, for conformance servers
	// and public services. Since no origin then proves anything, login
	// cookies are neither set nor read; bearer tokens and tickets work.
	AnyOrigin bool
	// Token is the secret of the token login and of bearer requests: visible
	// ASCII, best 256 random bits. Empty means no login: then Host and
	// Origin are checked, and whoever passes is let in without a name.
	Token string
	// Pages are the local paths that a login may lead to, each beginning with
	// one slash and without a query; the first is the default. Empty means "/".
	Pages []string
	// TrustedProxies are the networks whose X-Forwarded-For, X-Forwarded-Proto
	// and X-Forwarded-Host are believed; from all others they are ignored. The
	// proxy must append to the first and set or remove the other two, or its
	// clients can forge them. The last value of each field is the proxy's.
	TrustedProxies []netip.Prefix
	// SessionsPerSecond limits the sessions that one address opens, at once
	// and per second after that. Zero means 20, negative no limit.
	SessionsPerSecond int
	// UnauthenticatedConns limits the connections that one address holds
	// without having shown a credential on them; see Conns. Zero means 100,
	// negative no limit.
	UnauthenticatedConns int
	// LoginsPerMinute limits how often in any minute one address may have a
	// token judged: every POST to the login, and wrong bearer tokens. Zero
	// means 10, negative no limit. A hundredfold of it limits the logins of
	// all addresses together.
	LoginsPerMinute int
	// Refused, if set, answers for LoginHandler, LogoutHandler and
	// TicketHandler when these refuse a request of a client that does not
	// accept application/json: a page with the sentence and the form, say. The
	// fields of the header that belong to the refusal are set; the rest,
	// with the status, is up to it. The status can also be 404 (no login),
	// 405, 413 and 415 here. Nil: the sentence in plain text.
	Refused func(w http.ResponseWriter, r *http.Request, why *Refusal)
	// Clock tells the time; nil means time.Now. It must be safe for
	// concurrent use.
	Clock func() time.Time
}

// Guard decides who is let in. It is made by New, starts no goroutine of its
// own, and is safe for concurrent use.
type Guard struct {
	anyOrigin bool
	hosts     map[hostPort]struct{}
	origins   map[string]struct{}
	hasToken  bool
	token     [sha256.Size]byte
	pages     []string
	proxies   []netip.Prefix
	clock     func() time.Time
	refused   func(http.ResponseWriter, *http.Request, *Refusal)

	logins   *logins
	tickets  *tickets
	sessions *sessionLimit
	attempts *attemptLimit
	conns    *Conns

	hookMu sync.Mutex // guards below
	hooks  []func(login string)
	heard  []func(*http.Request, Grant, *Refusal)
}

// New checks the configuration and returns its Guard. The errors wrap
// ErrConfig and say what to correct; none contains the token.
func New(c Config) (*Guard, error) {
	g := &Guard{
		anyOrigin: c.AnyOrigin,
		hosts:     make(map[hostPort]struct{}),
		origins:   make(map[string]struct{}),
		pages:     []string{"/"},
		clock:     c.Clock,
		refused:   c.Refused,
		logins:    newLogins(maxLogins),
		tickets:   newTickets(maxTickets),
	}
	if g.clock == nil {
		g.clock = time.Now
	}
	for _, s := range c.Hosts {
		h, ok := parseHost(s)
		if !ok {
			return nil, fmt.Errorf("%w: host %q is not host or host:port", ErrConfig, s)
		}
		g.hosts[h] = struct{}{}
	}
	for _, s := range c.Origins {
		o, err := parseOrigin(s)
		if err != nil {
			return nil, fmt.Errorf("%w: origin %q: %w", ErrConfig, s, err)
		}
		g.origins[o] = struct{}{}
	}
	if err := g.setToken(c.Token); err != nil {
		return nil, err
	}
	if err := g.setPages(c.Pages); err != nil {
		return nil, err
	}
	for _, p := range c.TrustedProxies {
		if !p.IsValid() {
			return nil, fmt.Errorf("%w: a trusted proxy is not a network", ErrConfig)
		}
		g.proxies = append(g.proxies, p.Masked())
	}
	if n := limit(c.SessionsPerSecond, 20); n > 0 {
		g.sessions = newSessionLimit(n)
	}
	if n := limit(c.LoginsPerMinute, 10); n > 0 {
		g.attempts = newAttemptLimit(n)
	}
	g.conns = newConns(limit(c.UnauthenticatedConns, 100), g.trusted)
	return g, nil
}

// limit resolves a configured limit; 0 means that there is none.
func limit(n, std int) int {
	switch {
	case n == 0:
		return std
	case n < 0:
		return 0
	}
	return n
}

func (g *Guard) setToken(token string) error {
	if token == "" {
		return nil
	}
	for i := range len(token) {
		if token[i] <= ' ' || token[i] > '~' {
			return fmt.Errorf("%w: the token has characters other than visible ASCII", ErrConfig)
		}
	}
	g.hasToken = true
	g.token = sha256.Sum256([]byte(token))
	return nil
}

func (g *Guard) setPages(pages []string) error {
	if len(pages) == 0 {
		return nil
	}
	for _, p := range pages {
		// "//host" and "/\host" lead away from this server.
		if !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || strings.ContainsFunc(p, func(c rune) bool {
			return c == '\\' || c == '?' || c == '#' || c <= ' ' || c > '~'
		}) {
			return fmt.Errorf("%w: page %q is not a local path", ErrConfig, p)
		}
	}
	g.pages = append([]string(nil), pages...)
	return nil
}

// Conns returns the counter of connections that have not shown a credential.
func (g *Guard) Conns() *Conns { return g.conns }

// HasLogin reports whether a login is configured.
func (g *Guard) HasLogin() bool { return g.hasToken }

// cookies reports whether login cookies are in use.
func (g *Guard) cookies() bool { return g.hasToken && !g.anyOrigin }

// OnRevoke adds a function that is called with the id of a login session when
// that ends: by Revoke, by logout, by expiry, or to make room for others. The
// owner of live sessions ends those whose Grant.Login is that id. It runs on
// the goroutine that caused the end, with no lock held, and must not block;
// calls may be concurrent.
func (g *Guard) OnRevoke(f func(login string)) {
	g.hookMu.Lock()
	defer g.hookMu.Unlock()
	g.hooks = append(g.hooks, f)
}

// OnRefusal adds a function that is called when one of the guard's own handlers
// refuses a request, for a log: with what is known of where it came from. A
// caller of Admit knows its refusals itself, and those of the handlers' form
// (404, 405, 413, 415) are not reported. It runs on the request's goroutine,
// with no lock held; calls may be concurrent.
func (g *Guard) OnRefusal(f func(r *http.Request, where Grant, why *Refusal)) {
	g.hookMu.Lock()
	defer g.hookMu.Unlock()
	g.heard = append(g.heard, f)
}

// Revoke ends a login session and voids its tickets. An unknown id and the
// empty one do nothing.
func (g *Guard) Revoke(login string) {
	if g.logins.end(login) {
		g.ended(login)
	}
}

// ended voids the tickets of login sessions that are over and tells the hooks.
func (g *Guard) ended(logins ...string) {
	if len(logins) == 0 {
		return
	}
	g.hookMu.Lock()
	hooks := g.hooks
	g.hookMu.Unlock()
	for _, id := range logins {
		g.tickets.void(id)
		for _, f := range hooks {
			f(id)
		}
	}
}

// Touch keeps a login session from idling out and reports whether it still
// lives. A server calls it for each live session every few minutes, so that a
// shell in use over one WebSocket keeps its login, and once after it has
// registered a new session, so that a login revoked in between is noticed.
// The empty id, a session without login, is always alive.
func (g *Guard) Touch(login string) bool {
	if login == "" {
		return true
	}
	alive, expired := g.logins.touch(login, g.clock())
	if expired {
		g.ended(login)
	}
	return alive
}

// Sweep forgets login sessions and tickets that have expired and reports the
// former to the OnRevoke functions. Without it expiry is noticed when the
// cookie is next used. A server calls it about once a second.
func (g *Guard) Sweep() {
	now := g.clock()
	g.tickets.sweep(now)
	g.ended(g.logins.sweep(now)...)
}
