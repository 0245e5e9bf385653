package ws

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// The handshake with Sec-WebSocket-Key is that of RFC 6455 and of the drafts
// whose frames it kept. The three differ in where the origin is and in whether
// compression can be agreed on.

// acceptKeyed checks what is common to them (RFC 6455 section 4.2.1).
func acceptKeyed(r *http.Request, d Dialect) (*Request, []extension, error) {
	key, err := single(r.Header, "Sec-Websocket-Key")
	if err != nil {
		return nil, nil, err
	}
	if key == "" {
		return nil, nil, badRequest("the key is missing")
	}
	if hasBody(r) {
		return nil, nil, badRequest(bodyReason)
	}
	q, extensions, err := acceptFields(r, d)
	if err != nil {
		return nil, nil, err
	}
	q.Key = key
	return q, extensions, nil
}

// acceptFields checks the fields that RFC 8441 has kept too.
func acceptFields(r *http.Request, d Dialect) (*Request, []extension, error) {
	origin, err := single(r.Header, "Origin")
	if err != nil {
		return nil, nil, err
	}
	protocols, err := protocolsOf(r.Header["Sec-Websocket-Protocol"], ",", isToken)
	if err != nil {
		return nil, nil, err
	}
	extensions, err := parseExtensions(r.Header["Sec-Websocket-Extensions"])
	if err != nil {
		return nil, nil, badRequest(err.Error())
	}
	return &Request{Dialect: d, Protocols: protocols, Origin: origin}, extensions, nil
}

// acceptDraft checks a request of a hybi draft. Its origin is in
// Sec-WebSocket-Origin, or in Origin since hybi-11, which did not raise the
// version; whoever looks at one of them only can be deceived by the other. The
// extensions that clients of the time offered are not for the drafts of today.
func acceptDraft(r *http.Request, d Dialect) (*Request, error) {
	q, _, err := acceptKeyed(r, d)
	if err != nil {
		return nil, err
	}
	early, err := single(r.Header, "Sec-Websocket-Origin")
	if err != nil {
		return nil, err
	}
	_, hasLate := r.Header["Origin"]
	_, hasEarly := r.Header["Sec-Websocket-Origin"]
	switch {
	case hasEarly && hasLate && early != q.Origin:
		return nil, badRequest("the two origins differ")
	case hasEarly:
		q.Origin = early
	}
	return q, nil
}

// appendKeyedAnswer appends the server's half (RFC 6455 section 4.2.2, item 5).
func appendKeyedAnswer(dst []byte, q *Request, a Response) []byte {
	dst = append(dst, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"...)
	dst = appendField(dst, "Sec-WebSocket-Accept", AcceptKey(q.Key))
	if a.Protocol != "" {
		dst = appendField(dst, "Sec-WebSocket-Protocol", a.Protocol)
	}
	if a.Deflate != nil {
		dst = append(dst, "Sec-WebSocket-Extensions: "...)
		dst = a.Deflate.appendTo(dst)
		dst = append(dst, "\r\n"...)
	}
	return appendHeader(dst, a.Header)
}

// appendKeyedRequest appends the client's half (RFC 6455 section 4.1).
func appendKeyedRequest(dst []byte, c *ClientHandshake, originField string) []byte {
	dst = appendRequestLine(dst, c)
	dst = appendField(dst, "Host", c.Host)
	dst = append(dst, "Upgrade: websocket\r\nConnection: Upgrade\r\n"...)
	dst = appendField(dst, "Sec-WebSocket-Version", dialects[c.Dialect].version)
	dst = appendField(dst, "Sec-WebSocket-Key", c.Key())
	if c.Origin != "" {
		dst = appendField(dst, originField, c.Origin)
	}
	if len(c.Protocols) > 0 {
		dst = appendField(dst, "Sec-WebSocket-Protocol", strings.Join(c.Protocols, ", "))
	}
	if c.Deflate != nil {
		dst = append(dst, "Sec-WebSocket-Extensions: "...)
		dst = appendDeflate(dst, *c.Deflate, true)
		dst = append(dst, "\r\n"...)
	}
	return appendHeader(dst, c.Header)
}

// checkKeyedAnswer checks the server's half (RFC 6455 section 4.1, second
// list).
func checkKeyedAnswer(c *ClientHandshake, r *http.Response) (Response, error) {
	h := r.Header
	switch {
	case !hasToken(h["Upgrade"], "websocket"), !hasToken(h["Connection"], "upgrade"):
		return Response{}, fmt.Errorf("%w: not an upgrade", ErrBadHandshake)
	case len(h["Sec-Websocket-Accept"]) != 1, trim(h.Get("Sec-Websocket-Accept")) != AcceptKey(c.Key()):
		return Response{}, fmt.Errorf("%w: the accept value is wrong", ErrBadHandshake)
	}
	answer := Response{Header: h}
	var err error
	if answer.Protocol, err = c.checkProtocol(h["Sec-Websocket-Protocol"]); err != nil {
		return Response{}, err
	}
	list, err := parseExtensions(h["Sec-Websocket-Extensions"])
	if err != nil {
		return Response{}, fmt.Errorf("%w: %w", ErrBadHandshake, err)
	}
	if len(list) == 0 {
		return answer, nil
	}
	if answer.Deflate, err = c.checkDeflate(list); err != nil {
		return Response{}, err
	}
	return answer, nil
}

// checkProtocol checks the accepted subprotocol, of which there may be none.
func (c *ClientHandshake) checkProtocol(values []string) (string, error) {
	switch {
	case len(values) == 0:
		return "", nil
	case len(values) > 1, !slices.Contains(c.Protocols, values[0]):
		return "", fmt.Errorf("%w: subprotocol not offered", ErrBadHandshake)
	}
	return values[0], nil
}

// validKey reports whether key is the base64 form of 16 bytes. The unused
// bits at its end are not looked at: the RFC's own example has them set. The
// drafts' clients may have 15: npm's ws of the time made the key of the version,
// a hyphen and the time in milliseconds, which is 16 only since version 13.
func validKey(key string, d Dialect) bool {
	var buf [18]byte
	if len(key) > base64.StdEncoding.EncodedLen(16) {
		return false
	}
	n, err := base64.StdEncoding.Decode(buf[:], []byte(key))
	return err == nil && (n == 16 || n == 15 && d != RFC6455)
}

// AcceptKey returns the Sec-WebSocket-Accept that answers the given
// Sec-WebSocket-Key (RFC 6455 section 4.2.2, item 5.4).
func AcceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}
