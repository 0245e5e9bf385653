package guard

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Refusal is the guard's no.
type Refusal struct {
	// Status of the HTTP answer: 421 for the Host, 403 for the Origin and for
	// missing rights, 401 for the credential, 429 for limits.
	Status int
	// Message is a sentence for the client that says what to do. It is
	// constant: nothing of the request and no secret is in it.
	Message string
	// RetryAfter is set with 429: how long to wait.
	RetryAfter time.Duration
	// Invites says that the request was for a page, by somebody with no credential
	// that counts (any more), and not with a wrong one: as everybody's first is. The
	// answer invites to log in.
	Invites bool
}

// SetHeader sets the fields that belong to the answer: Retry-After and
// WWW-Authenticate (RFC 9110 sections 10.2.3 and 11.6.1), and Cache-Control.
func (f *Refusal) SetHeader(h http.Header) {
	if f.Status == http.StatusTooManyRequests {
		h.Set("Retry-After", fmt.Sprint(max(1, int64((f.RetryAfter+time.Second-1)/time.Second))))
	}
	if f.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="everwire"`)
	}
	h.Set("Cache-Control", "no-store")
}

// The messages of refusals. They are constants so that nothing of a request
// can get into them.
const (
	msgHost           = "This server does not answer to this host name. Use the address it printed at start, or add the name to its allowed hosts."
	msgRebound        = "At a loopback address this server answers only to localhost and IP addresses. If a proxy in front of it keeps the name that clients ask for, add that name to its allowed hosts."
	msgOrigin         = "Pages of this origin may not use this server. Add the origin to its allowed origins if they should."
	msgOrigins        = "The request names more than one origin."
	msgProof          = "The login cookie counts only in requests of this server's own pages. Send an Origin, or the page's CSRF value in the header X-Everwire-CSRF or the query csrf."
	msgElsewhere      = "The browser says that another site's page sent this request. Send a bearer token or a ticket instead."
	msgCredential     = "Log in first, or send Authorization: Bearer TOKEN, or a ticket from POST /tickets as ?ticket=."
	msgToken          = "The token is wrong. Use the one that the server printed at start or was configured with."
	msgTicket         = "The ticket is unknown, used or expired. Fetch a new one with POST /tickets."
	msgOtherPrincipal = "This session was opened by another user."
	msgSessions       = "Too many new sessions from this address. Wait a moment and try again."
	msgAttempts       = "Too many login attempts. Wait a minute and try again."
)

func refuse(status int, message string) *Refusal {
	return &Refusal{Status: status, Message: message}
}

func tooMany(message string, wait time.Duration) *Refusal {
	return &Refusal{Status: http.StatusTooManyRequests, Message: message, RetryAfter: wait}
}

func wantsJSON(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "application/json")
}

// refuse is how the guard's own handlers refuse a request: those who listen
// hear of it, and it is answered.
func (g *Guard) refuse(w http.ResponseWriter, r *http.Request, where Grant, f *Refusal) {
	g.hookMu.Lock()
	heard := g.heard
	g.hookMu.Unlock()
	for _, h := range heard {
		h(r, where, f)
	}
	g.answer(w, r, f)
}

// answer is for browsers the page of Config.Refused.
func (g *Guard) answer(w http.ResponseWriter, r *http.Request, f *Refusal) {
	if g.refused == nil || wantsJSON(r) {
		writeRefusal(w, r, f)
		return
	}
	f.SetHeader(w.Header())
	g.refused(w, r, f)
}

func writeRefusal(w http.ResponseWriter, r *http.Request, f *Refusal) {
	f.SetHeader(w.Header())
	writeError(w, r, f.Status, f.Message)
}

// writeError answers with a sentence, as JSON if the client accepts that.
func writeError(w http.ResponseWriter, r *http.Request, status int, message string) {
	if wantsJSON(r) {
		writeJSON(w, status, struct {
			Message string `json:"message"`
		}{message})
		return
	}
	http.Error(w, message, status)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // an error means that the client is gone
}
