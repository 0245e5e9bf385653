package server

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Cookie is the cookie that the first answer of a polling session sets, with the
// id of the session as its value. It is for load balancers that keep a client
// with one server by it; this server does not read it. The zero value is a
// cookie "io" for all paths, until the browser ends, with HttpOnly and
// SameSite=Lax. Secure is set where the client's connection has TLS.
type Cookie struct {
	// Name of the cookie. Empty means "io".
	Name string
	// Domain that gets it beside this host. Empty: no other.
	Domain string
	// Path below which it is sent. Empty means "/".
	Path string
	// MaxAge is how long a browser keeps it, in whole seconds. Zero: until the
	// browser ends.
	MaxAge time.Duration
	// SameSite says whether requests of other sites' pages have it. Zero means
	// http.SameSiteLaxMode. http.SameSiteNoneMode needs TLS.
	SameSite http.SameSite
	// Secure sets Secure in any case: for a proxy with TLS that is not among
	// guard.Config.TrustedProxies.
	Secure bool
	// Partitioned keeps the cookie apart for each site that embeds this one.
	Partitioned bool
	// Readable leaves HttpOnly away, so that scripts can read the cookie. Its
	// value is the authority over the session.
	Readable bool
}

// of returns the cookie of a session.
func (c *Cookie) of(sid string, secure bool) *http.Cookie {
	k := &http.Cookie{Name: c.Name, Value: sid, Domain: c.Domain, Path: c.Path, MaxAge: int(c.MaxAge / time.Second),
		SameSite: c.SameSite, Secure: secure || c.Secure, Partitioned: c.Partitioned, HttpOnly: !c.Readable}
	if k.Name == "" {
		k.Name = "io"
	}
	if k.Path == "" {
		k.Path = "/"
	}
	if k.SameSite == 0 {
		k.SameSite = http.SameSiteLaxMode
	}
	return k
}

// validate reports what is wrong with the cookie.
func (c *Cookie) validate() error {
	if c == nil {
		return nil
	}
	if c.MaxAge < 0 || c.MaxAge > 0 && c.MaxAge < time.Second {
		return errors.New("server: Cookie.MaxAge: must be a second or more, or zero")
	}
	if err := c.of("sid", true).Valid(); err != nil {
		return fmt.Errorf("server: Cookie: %w", err)
	}
	return nil
}
