package guard

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// Messages of the handlers beyond the guard's own.
const (
	msgNoLogin  = "This server has no login."
	msgMethod   = "Use POST."
	msgForm     = "Send the form as application/x-www-form-urlencoded."
	msgTooLarge = "The form is too large."
	msgTickets  = "Too many tickets are waiting to be used. Try again in a minute."
)

// LoginHandler returns the handler of POST /login. It takes a form with the
// fields token and next, sets the login cookie and answers 303 to the page
// that next names, or to the first of Config.Pages if its path is none of
// these. A query behind the path is kept unless it has one of the parameters
// ticket, token, csrf and sid. A client that accepts application/json gets 204 instead. A wrong
// token is 401. If the request comes with a living cookie of the same
// principal, that login session is renewed.
//
// Like the other handlers here it sets the security headers and calls CORS,
// Preflight and Admit itself; do not admit its requests a second time.
func (g *Guard) LoginHandler() http.Handler { return http.HandlerFunc(g.serveLogin) }

func (g *Guard) serveLogin(w http.ResponseWriter, r *http.Request) {
	gr, ok := g.begin(w, r, Login)
	if !ok {
		return
	}
	if !isForm(r) {
		g.answer(w, r, refuse(http.StatusUnsupportedMediaType, msgForm))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			g.answer(w, r, refuse(http.StatusRequestEntityTooLarge, msgTooLarge))
			return
		}
		// A broken query is none of the login's business; a broken body has
		// no token in it.
	}
	if !g.tokenMatches(r.PostForm.Get(TokenParam)) {
		g.refuse(w, r, gr, refuse(http.StatusUnauthorized, msgToken))
		return
	}
	setCookie(w, g.logIn(r, gr), gr.Secure)
	finish(w, r, g.next(r.PostForm.Get(NextParam)))
}

// next returns where a login leads that asks for the given path and query: to
// the first of the pages, if the path is none of them. A query that names a
// secret, or is not written in visible ASCII, is left out as a whole.
func (g *Guard) next(want string) string {
	path, query, found := strings.Cut(want, "?")
	if !slices.Contains(g.pages, path) {
		return g.pages[0]
	}
	if !found || len(query) > maxLogged || strings.ContainsFunc(query, func(c rune) bool {
		return c == '\\' || c == '#' || c <= ' ' || c > '~'
	}) {
		return path
	}
	for pair := range strings.SplitSeq(query, "&") {
		if raw, _, _ := strings.Cut(pair, "="); !publicParam(pair, raw) {
			return path
		}
	}
	return want
}

// logIn opens or renews the owner's login session.
func (g *Guard) logIn(r *http.Request, gr Grant) (cookie string) {
	now := g.clock()
	if lg, ok := g.cookieLogin(&visit{r: r, now: now, Grant: gr}); ok && lg.principal == Owner {
		if cookie, ok := g.logins.renew(lg.id, now); ok {
			return cookie
		}
	}
	cookie, _, ended := g.logins.open(Owner, now)
	g.ended(ended...)
	return cookie
}

// LogoutHandler returns the handler of POST /logout. It is an Action: it ends
// the cookie's login session, and with it what OnRevoke functions end, clears
// the cookie and answers like LoginHandler.
func (g *Guard) LogoutHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		gr, ok := g.begin(w, r, Action)
		if !ok {
			return
		}
		g.Revoke(gr.Login)
		setCookie(w, "", gr.Secure)
		finish(w, r, g.pages[0])
	})
}

// TicketHandler returns the handler of POST /tickets. It is an Action and
// answers 200 with {"ticket":"...","expires_in":60}.
func (g *Guard) TicketHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		gr, ok := g.begin(w, r, Action)
		if !ok {
			return
		}
		value, err := g.IssueTicket(gr)
		if errors.Is(err, ErrTooManyTickets) {
			g.refuse(w, r, gr, tooMany(msgTickets, TicketLifetime))
			return
		}
		if err != nil {
			g.refuse(w, r, gr, refuse(http.StatusUnauthorized, msgCredential))
			return
		}
		writeJSON(w, http.StatusOK, struct {
			Ticket    string `json:"ticket"`
			ExpiresIn int    `json:"expires_in"`
		}{value, int(TicketLifetime.Seconds())})
	})
}

// begin does what all handlers begin with. ok is false if it has answered.
func (g *Guard) begin(w http.ResponseWriter, r *http.Request, k Kind) (gr Grant, ok bool) {
	Headers(w, g.Secure(r))
	w.Header().Set("Cache-Control", "no-store")
	if g.Preflight(w, r) {
		return Grant{}, false
	}
	g.CORS(w, r)
	if !g.hasToken || k == Login && !g.cookies() {
		if where, refusal := g.Admit(r, Public); refusal != nil {
			g.refuse(w, r, where, refusal)
			return Grant{}, false
		}
		g.answer(w, r, refuse(http.StatusNotFound, msgNoLogin))
		return Grant{}, false
	}
	if r.Method != http.MethodPost {
		if where, refusal := g.Admit(r, Public); refusal != nil {
			g.refuse(w, r, where, refusal)
			return Grant{}, false
		}
		w.Header().Set("Allow", "POST, OPTIONS")
		g.answer(w, r, refuse(http.StatusMethodNotAllowed, msgMethod))
		return Grant{}, false
	}
	gr, refusal := g.Admit(r, k)
	if refusal != nil {
		g.refuse(w, r, gr, refusal)
		return Grant{}, false
	}
	return gr, true
}

// finish answers a form with a redirect and a script with nothing.
func finish(w http.ResponseWriter, r *http.Request, next string) {
	if wantsJSON(r) {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Location", next)
	w.WriteHeader(http.StatusSeeOther)
}
