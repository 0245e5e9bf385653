package guard

import (
	"net/http"
	"strings"
)

// What a preflight allows, and for how many seconds it may be remembered.
const (
	corsMethods = "GET, POST, OPTIONS"
	corsMaxAge  = "600"
	maxCORSList = 1024
)

// CORS sets the response fields by which a browser hands an answer to a page
// of a foreign origin (Fetch Standard section 3.3.3). Call it before Admit on
// every route that such pages may use, so that refusals have them too: a page
// must be able to read why.
//
// For a configured origin that is the exact origin with credentials; for the
// server's own and for unknown origins nothing. With AnyOrigin it is "*",
// which browsers accept only for requests without credentials.
func (g *Guard) CORS(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if g.anyOrigin {
		if len(r.Header["Origin"]) > 0 {
			h.Set("Access-Control-Allow-Origin", "*")
		}
		return
	}
	if len(g.origins) == 0 {
		return
	}
	h.Add("Vary", "Origin")
	if origin, sent, ok := requestOrigin(r.Header); ok && sent && g.originListed(origin) {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
	}
}

// Preflight answers an OPTIONS request and reports whether it was one. It
// needs no credential: 421 for the Host, 403 for an Origin that is not
// allowed, else 204 and, for a foreign origin, what CORS sets, the methods
// GET, POST and OPTIONS, and the header fields that were asked for.
func (g *Guard) Preflight(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodOptions {
		return false
	}
	own, refusal := g.checkHost(&visit{r: r})
	if refusal == nil {
		// A preflight comes from another site by nature, so only its Origin
		// is judged.
		switch s := g.siteOf(r.Header, own); {
		case s == ambiguous:
			refusal = refuse(http.StatusForbidden, msgOrigins)
		case s == foreign, s == opaque, s == opaqueOwn:
			refusal = refuse(http.StatusForbidden, msgOrigin)
		}
	}
	if refusal != nil {
		writeRefusal(w, r, refusal)
		return true
	}
	g.CORS(w, r)
	h := w.Header()
	h.Set("Allow", corsMethods)
	if h.Get("Access-Control-Allow-Origin") != "" {
		h.Set("Access-Control-Allow-Methods", corsMethods)
		h.Set("Access-Control-Max-Age", corsMaxAge)
		h.Add("Vary", "Access-Control-Request-Headers")
		if list := tokenList(r.Header["Access-Control-Request-Headers"]); list != "" {
			h.Set("Access-Control-Allow-Headers", list)
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return true
}

// tokenList returns a list of field names if it is one and is not long, else
// nothing: what is echoed must be what it claims to be.
func tokenList(lines []string) string {
	if len(lines) != 1 || len(lines[0]) > maxCORSList {
		return ""
	}
	names := strings.Split(lines[0], ",")
	for i, n := range names {
		n = strings.Trim(n, " \t")
		if !validToken(n) {
			return ""
		}
		names[i] = n
	}
	return strings.Join(names, ", ")
}

// validToken checks for a token (RFC 9110 section 5.6.2).
func validToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0:
		default:
			return false
		}
	}
	return s != ""
}
