package ws

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// ErrBadHeader says that a header could not be written: its name is not a
// token, its value has a control character, or the handshake itself sets it.
var ErrBadHeader = errors.New("ws: bad header")

// ErrNotOffered says that an answer accepts a subprotocol or an extension that
// the client did not offer.
var ErrNotOffered = errors.New("ws: not offered by the client")

// Response is what the server adds to a successful answer.
type Response struct {
	// Protocol is the chosen subprotocol, one of Request.Protocols, or empty
	// for none.
	Protocol string
	// Deflate is what NegotiateDeflate returned, or nil for no compression.
	Deflate *Deflate
	// Secure says that the client used wss, and Host what it knows the server
	// by, if that is not Request.Host. The hixie dialects answer with the
	// whole address, which their clients compare with their own; only the
	// caller knows what a proxy has changed. The others ignore both.
	Secure bool
	Host   string
	// Header has further fields, for example Set-Cookie. Fields that belong to
	// the handshake (Connection, Upgrade, Sec-WebSocket-*, WebSocket-*, the
	// framing of a body) are refused.
	Header http.Header
}

// AppendResponse appends the complete answer with status 101, from the status
// line to the empty line; the first frame may follow at once, except for
// Hixie76, where the digest comes first: see Request.NonceLen. Errors are
// ErrBadHeader and ErrNotOffered, and ErrUnsupported for a request whose Connect
// is set; dst is then returned as it was.
func (q *Request) AppendResponse(dst []byte, a Response) ([]byte, error) {
	if q.Connect {
		return dst, fmt.Errorf("%w: HTTP/2 does not switch protocols", ErrUnsupported)
	}
	if err := q.check(a); err != nil {
		return dst, err
	}
	return q.Dialect.wire().appendAnswer(dst, q, a)
}

// check reports whether a may be the answer.
func (q *Request) check(a Response) error {
	if a.Protocol != "" && !slices.Contains(q.Protocols, a.Protocol) {
		return fmt.Errorf("%w: subprotocol %.40q", ErrNotOffered, a.Protocol)
	}
	if a.Deflate != nil && len(q.Offers) == 0 {
		return fmt.Errorf("%w: permessage-deflate", ErrNotOffered)
	}
	return checkHeader(a.Header)
}

// checkHeader reports whether h can be added to a handshake.
func checkHeader(h http.Header) error {
	for name, values := range h {
		if !isToken(name) || ownedByHandshake(name) {
			return fmt.Errorf("%w: name %.40q", ErrBadHeader, name)
		}
		for _, v := range values {
			if !isFieldValue(v) {
				return fmt.Errorf("%w: value of %.40q", ErrBadHeader, name)
			}
		}
	}
	return nil
}

func ownedByHandshake(name string) bool {
	for _, prefix := range []string{"Sec-WebSocket-", "WebSocket-"} {
		if len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
			return true
		}
	}
	for _, own := range []string{"Connection", "Upgrade", "Content-Length", "Transfer-Encoding"} {
		if strings.EqualFold(name, own) {
			return true
		}
	}
	return false
}

// appendHeader appends the fields of h, which was checked, in the order of
// their names, and the empty line.
func appendHeader(dst []byte, h http.Header) []byte {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range h[name] {
			dst = appendField(dst, name, v)
		}
	}
	return append(dst, "\r\n"...)
}

func appendField(dst []byte, name, value string) []byte {
	dst = append(dst, name...)
	dst = append(dst, ": "...)
	dst = append(dst, value...)
	return append(dst, "\r\n"...)
}
