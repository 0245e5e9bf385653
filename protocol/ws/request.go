package ws

import (
	"net/http"
	"strings"
)

// Request is the client's half of an opening handshake, checked. It holds
// copies of what it needs and keeps nothing of the http.Request alive.
type Request struct {
	Dialect Dialect
	// Key is the value of Sec-WebSocket-Key.
	Key string
	// Protocols are the subprotocols on offer, in the client's order of
	// preference.
	Protocols []string
	// Offers are the well-formed offers of permessage-deflate, in the
	// client's order of preference. Other extensions are left out.
	Offers []DeflateOffer
	// Origin is the client's Origin header, or empty if there was none. This
	// package only reads it: to compare it is the caller's duty, and the only
	// protection that a browser's user has (RFC 6455 section 10.2).
	Origin string
}

// IsUpgrade reports whether r asks for a WebSocket: whether its Upgrade header
// lists "websocket" and its Connection header lists "upgrade", in any case.
func IsUpgrade(r *http.Request) bool {
	return hasToken(r.Header["Upgrade"], "websocket") && hasToken(r.Header["Connection"], "upgrade")
}

// ParseRequest checks the client's half of the handshake (RFC 6455 section
// 4.2.1) and returns what it says. It reads neither the body nor anything but
// r's method, version, host and header. Every error is a *HandshakeError:
//
//	405  the method is not GET
//	426  not a WebSocket request, or of a version that is not supported; the
//	     header then names those that are
//	400  everything else that is wrong
//
// Host and Origin are not compared with anything.
func ParseRequest(r *http.Request) (*Request, error) {
	if r.Method != http.MethodGet {
		return nil, &HandshakeError{
			Status: http.StatusMethodNotAllowed,
			Header: http.Header{"Allow": {http.MethodGet}},
			Reason: "the method is not GET",
		}
	}
	if !hasToken(r.Header["Upgrade"], "websocket") {
		return nil, refuseVersion("not a WebSocket request")
	}
	if !hasToken(r.Header["Connection"], "upgrade") {
		return nil, badRequest("the Connection header has no upgrade")
	}
	if !r.ProtoAtLeast(1, 1) || r.ProtoMajor != 1 {
		return nil, badRequest("the handshake needs HTTP/1.1")
	}
	if r.Host == "" {
		return nil, badRequest("the Host header is missing")
	}
	dialect, err := dialectOf(r.Header)
	if err != nil {
		return nil, err
	}
	return dialect.wire().accept(r)
}

// single returns the value of a header that must not be repeated, or "".
func single(h http.Header, name string) (string, error) {
	switch v := h[name]; len(v) {
	case 0:
		return "", nil
	case 1:
		return strings.Clone(v[0]), nil
	default:
		return "", badRequest("the header " + name + " is repeated")
	}
}

// maxProtocols bounds the list of subprotocols, whose members are compared
// with each other.
const maxProtocols = 64

// protocolsOf returns the offered subprotocols: tokens, each named once (RFC
// 6455 section 4.1, item 10).
func protocolsOf(values []string) ([]string, error) {
	var list []string
	for _, v := range values {
		for v != "" {
			var item string
			item, v, _ = strings.Cut(v, ",")
			item = trim(item)
			switch {
			case item == "":
				continue // RFC 9110 section 5.6.1.2: ignore empty elements
			case !isToken(item):
				return nil, badRequest("a subprotocol is not a token")
			case len(list) == maxProtocols:
				return nil, badRequest("too many subprotocols")
			}
			for _, p := range list {
				if p == item {
					return nil, badRequest("a subprotocol is offered twice")
				}
			}
			list = append(list, strings.Clone(item))
		}
	}
	return list, nil
}
