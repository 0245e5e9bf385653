package ws

import (
	"fmt"
	"net/http"
	"strings"
)

// The hixie handshakes have no accept value, or prove little by it. What their
// clients compare is the address that they connected to and their own origin,
// both of which the answer repeats.

// acceptLocated reads what the two dialects have in common, which are
// everything but the subprotocols and the keys.
func acceptLocated(r *http.Request, d Dialect) (*Request, error) {
	origin, err := single(r.Header, "Origin")
	if err != nil {
		return nil, err
	}
	if !isFieldValue(origin) {
		return nil, badRequest("the origin has a control character")
	}
	if !isAddressPart(r.Host) {
		return nil, badRequest("the host has a space or a control character")
	}
	// The draft's clients send a path, never a whole address.
	if !strings.HasPrefix(r.RequestURI, "/") || !isAddressPart(r.RequestURI) {
		return nil, badRequest("the target is not a path")
	}
	return &Request{
		Dialect: d, Origin: origin,
		Host: strings.Clone(r.Host), Target: strings.Clone(r.RequestURI),
	}, nil
}

// appendLocatedAnswer appends the answer. The order of its lines is fixed, and
// the names of its fields begin with the given prefix.
func appendLocatedAnswer(dst []byte, q *Request, a Response, head, prefix string) ([]byte, error) {
	host := q.Host
	if a.Host != "" {
		host = a.Host
	}
	switch {
	case !isFieldValue(q.Origin):
		return dst, fmt.Errorf("%w: origin %.40q", ErrBadHeader, q.Origin)
	case !isAddressPart(host), !isAddressPart(q.Target):
		return dst, fmt.Errorf("%w: host %.40q or target %.40q", ErrBadHeader, host, q.Target)
	case !isFieldValue(a.Protocol):
		return dst, fmt.Errorf("%w: subprotocol %.40q", ErrBadHeader, a.Protocol)
	}
	dst = append(dst, head...)
	if q.Origin != "" {
		dst = appendField(dst, prefix+"Origin", q.Origin)
	}
	dst = appendField(dst, prefix+"Location", location(a.Secure, host, q.Target))
	if a.Protocol != "" {
		dst = appendField(dst, prefix+"Protocol", a.Protocol)
	}
	return appendHeader(dst, a.Header), nil
}

func location(secure bool, host, target string) string {
	if secure {
		return "wss://" + host + target
	}
	return "ws://" + host + target
}

// appendLocatedRequest appends the client's half up to its origin.
func appendLocatedRequest(dst []byte, c *ClientHandshake) ([]byte, error) {
	if c.Deflate != nil {
		return dst, fmt.Errorf("%w: permessage-deflate", ErrUnsupported)
	}
	dst = appendRequestLine(dst, c)
	dst = append(dst, "Upgrade: WebSocket\r\nConnection: Upgrade\r\n"...)
	dst = appendField(dst, "Host", c.Host)
	if c.Origin != "" {
		dst = appendField(dst, "Origin", c.Origin)
	}
	return dst, nil
}

// checkLocatedAnswer checks an answer as the drafts' browsers did: the address
// and the origin are compared, and the subprotocol if there is one.
func checkLocatedAnswer(c *ClientHandshake, h http.Header, prefix string) (Response, error) {
	field := func(name string) string {
		v := h[prefix+name]
		if len(v) != 1 {
			return ""
		}
		return v[0]
	}
	switch {
	case len(h["Upgrade"]) != 1, h.Get("Upgrade") != "WebSocket":
		return Response{}, fmt.Errorf("%w: Upgrade is not WebSocket", ErrBadHandshake)
	case len(h["Connection"]) != 1, !strings.EqualFold(h.Get("Connection"), "upgrade"):
		return Response{}, fmt.Errorf("%w: Connection is not Upgrade alone", ErrBadHandshake)
	case c.Origin != "" && field("Origin") != c.Origin:
		return Response{}, fmt.Errorf("%w: the origin is not ours", ErrBadHandshake)
	case field("Location") != location(c.Secure, c.Host, c.Target):
		return Response{}, fmt.Errorf("%w: the location is not the one asked for", ErrBadHandshake)
	}
	protocol, err := c.checkProtocol(h[prefix+"Protocol"])
	if err != nil {
		return Response{}, err
	}
	return Response{Protocol: protocol, Header: h, Secure: c.Secure, Host: c.Host}, nil
}

// isAddressPart reports whether s may stand for a host or a target: it is not
// empty and has neither spaces nor control characters.
func isAddressPart(s string) bool {
	return s != "" && isFieldValue(s) && !strings.ContainsAny(s, " \t")
}
