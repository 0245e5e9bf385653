package guard

import (
	"container/list"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"sync"
	"time"
)

// The cookie's names. The prefix __Host- makes browsers insist on Secure,
// Path=/ and no Domain (RFC 6265bis section 4.1.3).
const (
	cookiePlain  = "everwire"
	cookieSecure = "__Host-everwire"
)

func cookieName(secure bool) string {
	if secure {
		return cookieSecure
	}
	return cookiePlain
}

// secret returns 256 random bits as 43 characters.
func secret() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

const secretLen = 43

type secretHash [sha256.Size]byte

func hashSecret(s string) secretHash { return sha256.Sum256([]byte(s)) }

// login is one login session.
type login struct {
	id, principal, csrf string
	key                 secretHash // of the cookie's value, which is not kept
	created, seen       time.Time
}

func (l *login) expired(now time.Time) bool {
	return now.Sub(l.seen) >= LoginIdle || now.Sub(l.created) >= LoginLifetime
}

// logins are the login sessions. Methods return the ids of those that ended
// by the way, for the caller to announce without the lock.
type logins struct {
	max int

	mu    sync.Mutex // guards below
	byKey map[secretHash]*list.Element
	byID  map[string]*list.Element
	order *list.List // of *login, the one seen last in front
}

func newLogins(max int) *logins {
	return &logins{
		max:   max,
		byKey: make(map[secretHash]*list.Element),
		byID:  make(map[string]*list.Element),
		order: list.New(),
	}
}

// open starts a login session and returns its cookie's value.
func (l *logins) open(principal string, now time.Time) (cookie string, lg login, ended []string) {
	cookie = secret()
	n := &login{
		id: rand.Text(), principal: principal, csrf: secret(),
		key: hashSecret(cookie), created: now, seen: now,
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.order.Len() >= l.max {
		oldest := l.order.Back()
		ended = append(ended, oldest.Value.(*login).id)
		l.remove(oldest)
	}
	e := l.order.PushFront(n)
	l.byKey[n.key], l.byID[n.id] = e, e
	return cookie, *n, ended
}

// renew gives a login session a new cookie value and its full lifetime. The
// id and the CSRF value stay, so that the principal's open pages and sessions
// go on.
func (l *logins) renew(id string, now time.Time) (cookie string, ok bool) {
	cookie = secret()
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.byID[id]
	if !ok {
		return "", false
	}
	lg := e.Value.(*login)
	delete(l.byKey, lg.key)
	lg.key, lg.created, lg.seen = hashSecret(cookie), now, now
	l.byKey[lg.key] = e
	l.order.MoveToFront(e)
	return cookie, true
}

// find returns the login session of a cookie's value.
func (l *logins) find(cookie string, now time.Time) (lg login, ok bool, ended string) {
	if len(cookie) != secretLen {
		return login{}, false, ""
	}
	key := hashSecret(cookie)
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.byKey[key]
	if !ok {
		return login{}, false, ""
	}
	lg = *e.Value.(*login)
	if lg.expired(now) {
		l.remove(e)
		return login{}, false, lg.id
	}
	return lg, true, ""
}

// touch notes that a login session is in use.
func (l *logins) touch(id string, now time.Time) (alive, expired bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.byID[id]
	if !ok {
		return false, false
	}
	lg := e.Value.(*login)
	if lg.expired(now) {
		l.remove(e)
		return false, true
	}
	lg.seen = now
	l.order.MoveToFront(e)
	return true, false
}

// end removes a login session and reports whether there was one.
func (l *logins) end(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.byID[id]
	if ok {
		l.remove(e)
	}
	return ok
}

// sweep removes what has expired.
func (l *logins) sweep(now time.Time) (ended []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for e := l.order.Back(); e != nil; {
		prev := e.Prev()
		if lg := e.Value.(*login); lg.expired(now) {
			ended = append(ended, lg.id)
			l.remove(e)
		}
		e = prev
	}
	return ended
}

// remove needs the lock.
func (l *logins) remove(e *list.Element) {
	lg := l.order.Remove(e).(*login)
	delete(l.byKey, lg.key)
	delete(l.byID, lg.id)
}

// cookieLogin returns the login session that the request's cookie names. A
// neighbour on another port or sub-domain can plant a second cookie of the
// same name: a dead one beside ours is passed over, but two living ones are
// an ambiguity that nobody may profit from.
func (g *Guard) cookieLogin(v *visit) (login, bool) {
	var found login
	for _, c := range v.r.CookiesNamed(cookieName(v.Secure)) {
		lg, ok, ended := g.logins.find(c.Value, v.now)
		if ended != "" {
			g.ended(ended)
		}
		if !ok {
			continue
		}
		if found.id != "" && found.id != lg.id {
			return login{}, false
		}
		found = lg
	}
	return found, found.id != ""
}

// setCookie writes the login cookie. It has no Max-Age: the server keeps the
// time, and the browser forgets it when it closes.
func setCookie(w http.ResponseWriter, value string, secure bool) {
	c := &http.Cookie{
		Name: cookieName(secure), Value: value, Path: "/",
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: secure,
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}
