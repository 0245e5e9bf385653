package guard

import (
	"net/http"
	"net/netip"
	"time"
)

// Kind is what a request wants. The zero value is the strictest.
type Kind uint8

const (
	// Open creates a session: a handshake, a first poll, a WebSocket. It
	// needs a bearer token, a ticket, or the login cookie with a same-origin
	// proof, and counts against SessionsPerSecond.
	Open Kind = iota
	// Continue belongs to an established session and names it by its id,
	// which is its authority. See Grant.Continues for what else it carries.
	Continue
	// Page is the GET of a page, which changes nothing and so may act on the
	// cookie alone. With any other method it is judged as Action, as a
	// WebSocket handshake it is judged as Open.
	Page
	// Action changes something at the wish of a page: a form, POST /tickets.
	// It needs a bearer token or the cookie with a same-origin proof.
	Action
	// Public is for everyone who names the right Host: assets, the login
	// page, /healthz.
	Public
	// Login is an attempt to log in: no foreign Origin, and counted.
	Login
)

var kindNames = [...]string{"open", "continue", "page", "action", "public", "login"}

// String returns the kind's name in lower case.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "invalid"
}

// Grant is the guard's yes: what it found out about the request.
type Grant struct {
	// Principal is the name of who shows a credential; empty without one.
	Principal string
	// CSRF is the value by which pages of the cookie's login session prove
	// themselves. It is set only if the cookie was the credential. Embed it
	// in pages; keep it out of logs.
	CSRF string
	// Login is the id of the login session behind the credential, as OnRevoke
	// and Revoke know it; empty for a bearer token and without login. It is
	// not a secret and not the cookie's value.
	Login string
	// RemoteAddr is the client's address as host:port, after trusted proxies.
	// The port is 0 if the proxy did not tell it; the whole is empty if the
	// connection has no IP address.
	RemoteAddr string
	// Secure is true if the client's connection has TLS.
	Secure bool
	// Host is the Host that the client named, in lower case.
	Host string
	// Origin is the one origin that the request names, in whichever field its
	// WebSocket dialect has it. It is empty if there is none or more than one.
	Origin string
}

// Continues says whether a request of an established session may go on: nil
// if it carries no credential or one of the principal that opened the
// session, else a 403.
func (gr Grant) Continues(principal string) *Refusal {
	if gr.Principal == "" || gr.Principal == principal {
		return nil
	}
	return refuse(http.StatusForbidden, msgOtherPrincipal)
}

// visit is one request on its way through Admit.
type visit struct {
	r    *http.Request
	kind Kind
	now  time.Time
	addr netip.Prefix // what limits are counted by
	site site
	// ticket is a valid one that is to be redeemed.
	ticket string
	Grant
}

// Admit decides about a request: the Host first, then Origin, credential,
// rights and limits. The request is let in if the Refusal is nil; else the
// Grant says no more than where the request came from. Call it once for each
// request, before anything is made or looked up for it. OPTIONS goes to
// Preflight instead.
//
// For Action it may read a form of at most 64 KB into r.PostForm, in search
// of the field csrf; other bodies are left unread. Admit does not block
// except for that.
func (g *Guard) Admit(r *http.Request, k Kind) (Grant, *Refusal) {
	v := &visit{r: r, kind: effective(r, k), now: g.clock()}
	v.Origin, _, _ = requestOrigin(r.Header)
	own, refusal := g.checkHost(v)
	if refusal != nil || v.kind == Public {
		return v.Grant, refusal
	}
	v.site = g.siteOf(r.Header, own)
	where := v.Grant
	for _, check := range [...]func(*visit) *Refusal{g.checkOrigin, g.checkCredential, g.checkLimits} {
		if refusal := check(v); refusal != nil {
			return where, refusal
		}
	}
	if !g.Touch(v.Login) { // it ended while we looked
		return where, refuse(http.StatusUnauthorized, msgCredential)
	}
	if v.Principal != "" || v.kind == Open {
		g.conns.Authenticated(r.Context())
	}
	return v.Grant, nil
}

// effective is the kind by which a request is judged, so that a page's route
// opens no door that the page's GET does not need.
func effective(r *http.Request, k Kind) Kind {
	switch {
	case k > Login:
		return Open
	case k != Page:
		return k
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return Action
	case len(r.Header["Upgrade"]) > 0:
		return Open
	}
	return k
}

// checkHost fills in where the request comes from and returns the origin of
// this server as the client sees it.
func (g *Guard) checkHost(v *visit) (own string, refusal *Refusal) {
	o := g.originate(v.r)
	v.addr, v.Secure = addressKey(o.peer.Addr()), o.secure
	if o.peer.IsValid() {
		v.RemoteAddr = o.peer.String()
	}
	h, ok := parseHost(o.host)
	if ok {
		v.Host = h.String()
	}
	// HTTP/1.0 has no Host. That is no name, so no list has it.
	if !ok && o.host != "" || !g.hostAllowed(h, o.secure) {
		return "", refuse(http.StatusMisdirectedRequest, msgHost)
	}
	if g.rebound(v.r, h) {
		return "", refuse(http.StatusMisdirectedRequest, msgRebound)
	}
	return ownOrigin(h, o.secure), nil
}

// checkOrigin refuses what no credential can save.
func (g *Guard) checkOrigin(v *visit) *Refusal {
	switch v.site {
	case foreign:
		return refuse(http.StatusForbidden, msgOrigin)
	case ambiguous:
		return refuse(http.StatusForbidden, msgOrigins)
	case opaque, opaqueOwn:
		// Only a form sends null to its own server; handshakes and pages
		// never do.
		if v.kind == Open || v.kind == Page {
			return refuse(http.StatusForbidden, msgOrigin)
		}
		if v.site == opaqueOwn {
			v.site = proved
		}
	case elsewhere:
		if v.kind == Login {
			return refuse(http.StatusForbidden, msgElsewhere)
		}
	}
	return nil
}

// checkLimits is last, so that only requests that would be let in count.
func (g *Guard) checkLimits(v *visit) *Refusal {
	switch v.kind {
	case Login:
		if ok, wait := g.attempts.take(v.addr, v.now); !ok {
			return tooMany(msgAttempts, wait)
		}
	case Open:
		if ok, wait := g.sessions.allow(v.addr, v.now); !ok {
			return tooMany(msgSessions, wait)
		}
		// A ticket is used up only now, so that a client that was too fast
		// can try again with it.
		if v.ticket != "" {
			t, ok := g.tickets.redeem(v.ticket, v.now)
			if !ok {
				return refuse(http.StatusUnauthorized, msgTicket)
			}
			v.Principal, v.Login = t.principal, t.login
		}
	}
	return nil
}
