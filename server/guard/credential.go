package guard

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
)

// The names by which secrets travel.
const (
	// CSRFHeader is the header field that carries a page's CSRF value.
	CSRFHeader = "X-Everwire-CSRF"
	// CSRFParam is the query parameter and form field of the same.
	CSRFParam = "csrf"
	// TicketParam is the query parameter that carries a ticket.
	TicketParam = "ticket"
	// TokenParam is the form field that carries the token to the login.
	TokenParam = "token"
	// NextParam is the form field that names the page after the login.
	NextParam = "next"
)

// checkCredential finds out who asks. If several credentials are sent, the
// one that was sent on purpose counts: bearer token, then ticket, then
// cookie; a wrong one is not saved by another.
func (g *Guard) checkCredential(v *visit) *Refusal {
	if v.kind == Login {
		return nil
	}
	if !g.hasToken {
		return checkAnonymous(v)
	}
	if token, ok := bearer(v.r.Header); ok {
		if done, refusal := g.checkBearer(v, token); done {
			return refusal
		}
	}
	if v.kind == Open {
		if t, sent := queryValue(v.r, TicketParam); sent {
			if !g.tickets.valid(t, v.now) {
				return refuse(http.StatusUnauthorized, msgTicket)
			}
			v.ticket = t
			return nil
		}
	}
	if g.cookies() {
		if lg, ok := g.cookieLogin(v); ok {
			return g.checkCookie(v, lg)
		}
	}
	switch {
	case v.site == opaque:
		return refuse(http.StatusForbidden, msgOrigin)
	case v.kind != Continue:
		f := refuse(http.StatusUnauthorized, msgCredential)
		f.Invites = v.kind == Page
		return f
	}
	return nil
}

// checkAnonymous judges a request where there is no login: whoever reaches
// the server may use it, except through a page of another site.
func checkAnonymous(v *visit) *Refusal {
	switch {
	case v.site == opaque:
		return refuse(http.StatusForbidden, msgOrigin)
	case v.site == elsewhere && v.kind != Page:
		return refuse(http.StatusForbidden, msgElsewhere)
	}
	return nil
}

// bearer returns the credentials of Authorization: Bearer (RFC 6750 section
// 2.1). ok is false if there is no such field; other schemes are not ours.
func bearer(h http.Header) (token string, ok bool) {
	for _, v := range h["Authorization"] {
		scheme, rest, _ := strings.Cut(v, " ")
		if strings.EqualFold(scheme, "Bearer") {
			return strings.TrimLeft(rest, " "), true
		}
	}
	return "", false
}

// checkBearer judges a bearer token. done is false only for a Continue whose
// address has used up its attempts: the token is then not looked at, for the
// session's id is authority enough and the answer must not tell right from
// wrong.
func (g *Guard) checkBearer(v *visit, token string) (done bool, refusal *Refusal) {
	if v.site == opaque {
		return true, refuse(http.StatusForbidden, msgOrigin)
	}
	ok, wait := g.attempts.judge(v.addr, v.now, g.tokenMatches(token))
	switch {
	case ok:
		v.Principal = Owner
		return true, nil
	case wait == 0:
		return true, refuse(http.StatusUnauthorized, msgToken)
	case v.kind == Continue:
		return false, nil
	}
	return true, tooMany(msgAttempts, wait)
}

// tokenMatches compares hashes, so that neither content nor length of the
// token shows in the time it takes.
func (g *Guard) tokenMatches(token string) bool {
	sum := sha256.Sum256([]byte(token))
	return g.hasToken && subtle.ConstantTimeCompare(sum[:], g.token[:]) == 1
}

// checkCookie judges a request that carries the cookie of a login session.
func (g *Guard) checkCookie(v *visit, lg login) *Refusal {
	enough := v.site == proved || v.kind == Page || v.kind == Continue && v.site == unsaid
	if !enough && !csrfMatches(v, lg.csrf) {
		if v.site == elsewhere {
			return refuse(http.StatusForbidden, msgElsewhere)
		}
		return refuse(http.StatusForbidden, msgProof)
	}
	v.Principal, v.Login, v.CSRF = lg.principal, lg.id, lg.csrf
	return nil
}

// csrfMatches looks for the CSRF value in the header, the query and, for an
// Action, the form.
func csrfMatches(v *visit, want string) bool {
	if h := v.r.Header[http.CanonicalHeaderKey(CSRFHeader)]; len(h) == 1 && equal(h[0], want) {
		return true
	}
	if q, sent := queryValue(v.r, CSRFParam); sent && equal(q, want) {
		return true
	}
	if v.kind != Action || !isForm(v.r) {
		return false
	}
	if v.r.PostForm == nil {
		v.r.Body = http.MaxBytesReader(nil, v.r.Body, maxBody)
		if v.r.ParseForm() != nil {
			return false
		}
	}
	f := v.r.PostForm[CSRFParam]
	return len(f) == 1 && equal(f[0], want)
}

func equal(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

func isForm(r *http.Request) bool {
	t, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(t), "application/x-www-form-urlencoded")
}

// queryValue returns a query parameter. One that is sent twice is sent, but
// has no value.
func queryValue(r *http.Request, name string) (value string, sent bool) {
	if r.URL.RawQuery == "" {
		return "", false
	}
	// What is malformed is not in the map; the rest counts.
	q, _ := url.ParseQuery(r.URL.RawQuery)
	switch vs := q[name]; len(vs) {
	case 0:
		return "", false
	case 1:
		return vs[0], true
	}
	return "", true
}
