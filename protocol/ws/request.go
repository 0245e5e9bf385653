package ws

import (
	"errors"
	"net/http"
	"strings"
)

// Request is the client's half of an opening handshake, checked. It holds
// copies of what it needs and keeps nothing of the http.Request alive.
type Request struct {
	Dialect Dialect
	// Key is the value of Sec-WebSocket-Key; the hixie dialects have none.
	Key string
	// Host and Target are those of the request: "example.com:8080" and
	// "/chat?room=1". The answer of the hixie dialects repeats them; for the
	// others they are empty.
	Host   string
	Target string
	// Protocols are the subprotocols on offer, in the client's order of
	// preference.
	Protocols []string
	// Offers are the well-formed offers of permessage-deflate, in the
	// client's order of preference. Other extensions are left out. Only
	// RFC6455 has any.
	Offers []DeflateOffer
	// Origin is the client's Origin header, or empty if there was none;
	// Hybi07 and Hybi08 have it under the name Sec-WebSocket-Origin. This
	// package only reads it: to compare it is the caller's duty, and the only
	// protection that a browser's user has (RFC 6455 section 10.2).
	Origin string
	// Connect is set for an extended CONNECT of HTTP/2 (RFC 8441 section 5).
	// Its dialect is RFC6455, it has no Key, and it is answered by SetResponse
	// and the status 200.
	Connect bool

	numbers [2]uint32 // what the keys of Hixie76 stand for
}

// IsUpgrade reports whether r asks for a WebSocket: whether its Upgrade header
// lists "websocket" and its Connection header lists "upgrade", in any case, or
// in HTTP/2 whether it is a CONNECT for the protocol "websocket" (RFC 8441
// section 5).
func IsUpgrade(r *http.Request) bool {
	return isConnect(r) || hasToken(r.Header["Upgrade"], "websocket") && hasToken(r.Header["Connection"], "upgrade")
}

// ParseRequest is ParseRequestFor with RFC6455 alone.
func ParseRequest(r *http.Request) (*Request, error) {
	return ParseRequestFor(r, DialectsOf(RFC6455))
}

// ParseRequestFor tells the dialect of a request, which must be in the set,
// checks the client's half of its handshake (RFC 6455 section 4.2.1) and
// returns what it says. It reads neither the body nor anything but r's method,
// version, host, target and header. Every error is a *HandshakeError:
//
//	405  the method is not GET
//	426  not a WebSocket request, or of a dialect that is not in the set; the
//	     header then names the versions that are
//	400  everything else that is wrong
//
// Host and Origin are not compared with anything. For Hixie76 the handshake is
// not complete yet: see Request.NonceLen.
//
// In HTTP/2 a WebSocket is an extended CONNECT, whose Request has Connect set.
// There 426 does not exist, and is 400.
func ParseRequestFor(r *http.Request, set Dialects) (*Request, error) {
	q, err := ParseRequestOfAnyKey(r, set)
	if err == nil && q.keyed() && !validKey(q.Key, q.Dialect) {
		return nil, badRequest("the key is not 16 bytes in base64")
	}
	return q, err
}

// ParseRequestOfAnyKey is ParseRequestFor for clients of a time when servers did
// not look at the key: it must be there, but need not be 16 bytes in base64. The
// client alone is served by the key, which goes into nothing but its answer.
func ParseRequestOfAnyKey(r *http.Request, set Dialects) (*Request, error) {
	var q *Request
	var err error
	if isConnect(r) {
		q, err = acceptConnect(r, set)
	} else {
		q, err = acceptUpgrade(r, set)
	}
	if he, refused := errors.AsType[*HandshakeError](err); refused && r.ProtoMajor >= 2 {
		err = forHTTP2(he)
	}
	return q, err
}

// keyed reports whether the handshake is one with Sec-WebSocket-Key.
func (q *Request) keyed() bool { return !q.Connect && q.Key != "" }

// acceptUpgrade checks an upgrade of HTTP/1.1.
func acceptUpgrade(r *http.Request, set Dialects) (*Request, error) {
	if r.Method != http.MethodGet {
		return nil, badMethod()
	}
	if !hasToken(r.Header["Upgrade"], "websocket") {
		return nil, refuseVersion("not a WebSocket request", set)
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
	dialect, err := dialectOf(r.Header, set)
	if err != nil {
		return nil, err
	}
	return dialect.wire().accept(r)
}

// hasBody reports whether the request announces a body. What follows its
// header is the connection's, and would be taken for frames.
func hasBody(r *http.Request) bool { return r.ContentLength != 0 || len(r.TransferEncoding) > 0 }

const bodyReason = "the handshake has a body"

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

// protocolsOf returns the offered subprotocols: each named once, between any
// of the separators (RFC 6455 section 4.1, item 10).
func protocolsOf(values []string, separators string, valid func(string) bool) ([]string, error) {
	var list []string
	for _, v := range values {
		for v != "" {
			item := v
			if i := strings.IndexAny(v, separators); i >= 0 {
				item, v = v[:i], v[i+1:]
			} else {
				v = ""
			}
			item = trim(item)
			switch {
			case item == "":
				continue // RFC 9110 section 5.6.1.2: ignore empty elements
			case !valid(item):
				return nil, badRequest("a subprotocol has a byte that none may have")
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
