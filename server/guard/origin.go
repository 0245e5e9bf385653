package guard

import (
	"errors"
	"net/http"
	"strings"
)

// site is what a request proves about the page that sent it.
type site uint8

const (
	unsaid    site = iota // neither Origin nor Sec-Fetch-Site: an old browser or no browser
	proved                // sent by a page of an allowed origin
	opaque                // Origin null, and nothing better said
	opaqueOwn             // Origin null, but Sec-Fetch-Site says same-origin
	elsewhere             // the browser says that another site's page sent it
	foreign               // an Origin that is not allowed
	ambiguous             // more than one Origin
)

var (
	errWildcard  = errors.New("patterns are not supported; AnyOrigin lets all origins in")
	errNotOrigin = errors.New("an origin is scheme://host or scheme://host:port")
)

// parseOrigin brings a configured origin into the form in which browsers send
// it (RFC 6454 section 6.2): lower-case, without the default port.
func parseOrigin(s string) (string, error) {
	if strings.Contains(s, "*") {
		return "", errWildcard
	}
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || !validScheme(scheme) {
		return "", errNotOrigin
	}
	h, ok := parseHost(rest)
	if !ok {
		return "", errNotOrigin
	}
	scheme = strings.ToLower(scheme)
	if scheme == "http" && h.port == "80" || scheme == "https" && h.port == "443" {
		h.port = ""
	}
	return scheme + "://" + h.String(), nil
}

func validScheme(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		switch {
		case c >= 'a' && c <= 'z':
		case i > 0 && (s[i] >= '0' && s[i] <= '9' || s[i] == '+' || s[i] == '-' || s[i] == '.'):
		default:
			return false
		}
	}
	return s != ""
}

// ownOrigin is the origin of the pages that are served under this Host.
func ownOrigin(h hostPort, secure bool) string {
	if h.name == "" {
		return ""
	}
	if h.port == defaultPort(secure) {
		h.port = ""
	}
	if secure {
		return "https://" + h.String()
	}
	return "http://" + h.String()
}

// requestOrigin returns the one origin that a request names. The WebSocket
// drafts 07 to 10 sent Sec-WebSocket-Origin; with Origin beside it the two
// must agree. ok is false if there is more than one answer.
func requestOrigin(h http.Header) (origin string, sent, ok bool) {
	for _, name := range [...]string{"Origin", "Sec-Websocket-Origin"} {
		for _, v := range h[name] {
			if sent && (name == "Origin" || v != origin) {
				return "", true, false
			}
			origin, sent = v, true
		}
	}
	return origin, sent, true
}

// siteOf judges Origin and Sec-Fetch-Site (W3C Fetch Metadata section 2.4).
// Only the exact value same-origin counts: Sec-Fetch-Mode says nothing about
// who asks, and same-site includes the other ports of localhost.
func (g *Guard) siteOf(h http.Header, own string) site {
	origin, sent, ok := requestOrigin(h)
	if !ok {
		return ambiguous
	}
	if g.anyOrigin {
		return proved
	}
	fetch := h["Sec-Fetch-Site"]
	same := len(fetch) == 1 && fetch[0] == "same-origin"
	if sent && origin != "null" {
		if g.originListed(origin) || own != "" && origin == own {
			return proved
		}
		if _, host, _ := strings.Cut(own, "://"); host != "" && origin == host && len(fetch) == 0 {
			// A browser names a scheme (RFC 6454 section 7). The WebSockets for Node
			// of 2012 name the server itself without one.
			return unsaid
		}
		return foreign
	}
	silent := len(fetch) == 0 || len(fetch) == 1 && fetch[0] == "none"
	switch {
	case same && !sent:
		return proved
	case same:
		return opaqueOwn
	case silent && !sent:
		return unsaid
	case silent:
		return opaque
	case !sent:
		return elsewhere
	}
	return foreign
}

func (g *Guard) originListed(origin string) bool {
	_, ok := g.origins[origin]
	return ok
}
