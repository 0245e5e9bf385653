package ws

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// ErrBadHandshake says that a server's answer does not complete the handshake.
var ErrBadHandshake = errors.New("ws: bad handshake")

// ClientHandshake is the client's side of an opening handshake of RFC 6455.
// The same value makes the request and then checks the answer.
type ClientHandshake struct {
	// Host and Target are those of the request line: "example.com:8080" and
	// "/chat?room=1". Both are required.
	Host   string
	Target string
	// Nonce must be 16 fresh random bytes for each handshake (RFC 6455
	// section 4.1, item 7).
	Nonce [16]byte
	// Origin is sent if it is not empty. Browsers always send it.
	Origin string
	// Protocols are the subprotocols to offer, best first.
	Protocols []string
	// Deflate offers permessage-deflate if it is not nil.
	Deflate *DeflateOffer
	// Header has further fields, under the rules of Response.Header; Host and
	// Origin are refused too.
	Header http.Header
}

// Key returns the Sec-WebSocket-Key of the handshake.
func (c *ClientHandshake) Key() string { return base64.StdEncoding.EncodeToString(c.Nonce[:]) }

// AppendRequest appends the complete request. If a part of it cannot stand in
// a header, it returns dst as it was and ErrBadHeader.
func (c *ClientHandshake) AppendRequest(dst []byte) ([]byte, error) {
	if err := c.check(); err != nil {
		return dst, err
	}
	dst = append(dst, "GET "...)
	dst = append(dst, c.Target...)
	dst = append(dst, " HTTP/1.1\r\n"...)
	dst = appendField(dst, "Host", c.Host)
	dst = append(dst, "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"...)
	dst = appendField(dst, "Sec-WebSocket-Key", c.Key())
	if c.Origin != "" {
		dst = appendField(dst, "Origin", c.Origin)
	}
	if len(c.Protocols) > 0 {
		dst = appendField(dst, "Sec-WebSocket-Protocol", strings.Join(c.Protocols, ", "))
	}
	if c.Deflate != nil {
		dst = append(dst, "Sec-WebSocket-Extensions: "...)
		dst = appendDeflate(dst, *c.Deflate, true)
		dst = append(dst, "\r\n"...)
	}
	return appendHeader(dst, c.Header), nil
}

func (c *ClientHandshake) check() error {
	for _, s := range []string{c.Host, c.Target} {
		if s == "" || !isFieldValue(s) || strings.ContainsAny(s, " \t") {
			return fmt.Errorf("%w: host or target %.40q", ErrBadHeader, s)
		}
	}
	if !isFieldValue(c.Origin) {
		return fmt.Errorf("%w: origin %.40q", ErrBadHeader, c.Origin)
	}
	for _, p := range c.Protocols {
		if !isToken(p) {
			return fmt.Errorf("%w: subprotocol %.40q", ErrBadHeader, p)
		}
	}
	for name := range c.Header {
		if strings.EqualFold(name, "Host") || strings.EqualFold(name, "Origin") {
			return fmt.Errorf("%w: name %.40q", ErrBadHeader, name)
		}
	}
	return checkHeader(c.Header)
}

// CheckResponse checks the server's answer (RFC 6455 section 4.1, second
// list) and returns what was agreed on. Every error wraps ErrBadHandshake; the
// client must then close the connection.
func (c *ClientHandshake) CheckResponse(r *http.Response) (Response, error) {
	h := r.Header
	switch {
	case r.StatusCode != http.StatusSwitchingProtocols:
		return Response{}, fmt.Errorf("%w: status %d", ErrBadHandshake, r.StatusCode)
	case !hasToken(h["Upgrade"], "websocket"), !hasToken(h["Connection"], "upgrade"):
		return Response{}, fmt.Errorf("%w: not an upgrade", ErrBadHandshake)
	case len(h["Sec-Websocket-Accept"]) != 1, trim(h.Get("Sec-Websocket-Accept")) != AcceptKey(c.Key()):
		return Response{}, fmt.Errorf("%w: the accept value is wrong", ErrBadHandshake)
	}
	answer := Response{Header: h}
	if v := h["Sec-Websocket-Protocol"]; len(v) > 0 {
		if len(v) > 1 || !slices.Contains(c.Protocols, v[0]) {
			return Response{}, fmt.Errorf("%w: subprotocol not offered", ErrBadHandshake)
		}
		answer.Protocol = v[0]
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

// checkDeflate checks the accepted extensions against the offer (RFC 7692
// section 7.1).
func (c *ClientHandshake) checkDeflate(list []extension) (*Deflate, error) {
	if c.Deflate == nil || len(list) != 1 || list[0].name != deflateName {
		return nil, fmt.Errorf("%w: extension not offered", ErrBadHandshake)
	}
	got, ok := parseDeflate(list[0].params, false)
	asked := c.Deflate
	switch {
	case !ok,
		asked.ServerNoContextTakeover && !got.ServerNoContextTakeover,
		asked.ServerMaxWindowBits > 0 && got.ServerMaxWindowBits == 0,
		asked.ServerMaxWindowBits > 0 && got.ServerMaxWindowBits > asked.ServerMaxWindowBits,
		got.ClientMaxWindowBits > asked.ClientMaxWindowBits:
		return nil, fmt.Errorf("%w: permessage-deflate not as offered", ErrBadHandshake)
	}
	return &Deflate{
		ServerNoContextTakeover: got.ServerNoContextTakeover,
		ClientNoContextTakeover: got.ClientNoContextTakeover || asked.ClientNoContextTakeover,
		ServerMaxWindowBits:     got.ServerMaxWindowBits,
		ClientMaxWindowBits:     got.ClientMaxWindowBits,
	}, nil
}
